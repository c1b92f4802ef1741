"""When may the next frame go? Keeps at most about one frame on a slow line, so that the answer to a key never waits
behind a queue.

Three signs say that a line is slow. The writing thread has not got rid of the last frame. The terminal has not yet
answered the small question sent after it (on a real line the kernel, ssh and tmux swallow far more than the terminal
has seen). And where a terminal answers no questions, a buffer that stays full shows how fast the line drains. Pure:
time comes in as an argument.
"""

from __future__ import annotations

import math
from collections import deque

ASKING_FROM = 512  # bytes after which it is worth asking whether they have arrived
_SLOWER = 1.3  # a round trip this much longer than the shortest means that bytes are waiting somewhere
_SLACK = 0.02  # s, so that the jitter of a fast line does not count
_MOST = 8  # frames on a long but fast line
_STRETCH = 8000  # bytes over which the speed of a full line is measured
_FEW = 16  # bytes not worth waiting for
_USED = 0.75  # of the measured speed
_GAP = 3.0  # s without the line being full, after which it must be measured afresh
_FULL = 17_000  # bytes that a line is taken to hold once writing to it blocks
_REMEMBER = 60.0  # s after which a measured speed is no longer believed
_KEY = 0.2  # s within which a frame counts as the answer to a key
_PATIENCE = 5.0  # s after which an answer is taken as lost


class RoundTrips:
    """How many questions the terminal has still to answer, and how many may be open at once."""

    def __init__(self) -> None:
        self.alive = False
        self.window = 1
        self.shortest = math.inf
        self._asked: deque[float] = deque()
        self._unasked = 0

    def sent(self, size: int, now: float) -> bool:
        """After `size` bytes: whether to ask now."""
        self._unasked += size
        if not self.alive or self._unasked < ASKING_FROM:
            return False
        self._unasked = 0
        self.asked(now)
        return True

    def asked(self, now: float) -> None:
        """A question goes. Textual's own at the start, with nothing before it, shows how long an empty line takes."""
        self._asked.append(now)

    def answered(self, now: float) -> bool:
        """An answer came; whether it was to one of these questions."""
        self.alive = True
        if not self._asked:
            return False
        trip = now - self._asked.popleft()
        self.shortest = min(self.shortest, trip)
        fast = trip <= self.shortest * _SLOWER + _SLACK
        self.window = min(self.window + 1, _MOST) if fast else 1
        return True

    def open(self, now: float) -> int:
        """How many questions are open; those never answered are given up."""
        if self._asked and now - self._asked[0] > _PATIENCE:
            self._asked.clear()
        return len(self._asked)


class LineRate:
    """A bucket that fills with what is written and drains as fast as a line was seen to that stayed full for a while.

    A terminal that merely stood still for a moment must not count as slow: three stretches of much the same speed are
    needed. A pty takes kilobytes at a time, so their mean is only roughly right, and a part of it is left unused.
    """

    def __init__(self) -> None:
        self.rate = math.inf  # bytes per second
        self._held = 0.0  # bytes on the way, at time `_at`
        self._at = 0.0
        self._full_at = -math.inf
        self._began = 0.0  # the stretch being measured, and the bytes in it
        self._bytes = 0
        self._stretches: list[tuple[int, float]] = []

    def wrote(self, size: int, full: bool, now: float) -> None:
        """`size` bytes are written at `now`; `full`: the line's buffer had no room for them."""
        if full:
            self._measure(now)
            self._held, self._at = _FULL, now
        self._held = min(self.held(now) + size, _FULL)
        self._at = now
        self._bytes += size

    def _measure(self, now: float) -> None:
        gap = now - self._full_at
        self._full_at = now
        if gap > _GAP:
            self._stretches.clear()
        elif self._bytes < _STRETCH or now - self._began < 0.5:
            return
        else:
            self._stretches = [*self._stretches[-2:], (self._bytes, now - self._began)]
            speeds = [size / time for size, time in self._stretches]
            if len(speeds) == 3 and max(speeds) < 4 * min(speeds):
                sizes, times = zip(*self._stretches, strict=True)
                self.rate = _USED * sum(sizes) / sum(times)
        self._began, self._bytes = now, 0

    def held(self, now: float) -> float:
        """Bytes that the line has not carried yet."""
        if now - self._full_at > _REMEMBER:
            self.rate = math.inf
        return 0.0 if math.isinf(self.rate) else max(0.0, self._held - self.rate * (now - self._at))

    def down_to(self, size: int, now: float) -> float:
        """Seconds until no more than `size` bytes, and a few, are on the way."""
        left = self.held(now) - size
        return left / self.rate if left > _FEW else 0.0


class FlowControl:
    """All three signs together."""

    def __init__(self) -> None:
        self.answers = RoundTrips()
        self.drain = LineRate()
        self.queued = 0  # writes handed to the writing thread
        self.written = 0  # and those it has finished with
        self._key_at = -math.inf
        self._last = 0  # bytes of the last frame of any size

    def key(self, now: float) -> None:
        """The user did something: the next frame answers it."""
        self._key_at = now

    def wait(self, now: float) -> float:
        """Seconds the next frame must still wait; 0: it may go now; infinite: until something reports."""
        if self.queued != self.written:
            return math.inf
        urgent = now - self._key_at <= _KEY
        if self.answers.alive:
            free = self.answers.open(now) < self.answers.window + urgent
            return 0.0 if free else _PATIENCE
        return self.drain.down_to(self._last if urgent else 0, now)

    def sent(self, size: int, now: float) -> bool:
        """A frame went; whether to ask the terminal about it. A small one, such as a moved caret, answers no key."""
        if size >= ASKING_FROM:
            self._key_at, self._last = -math.inf, size
        return self.answers.sent(size, now)
