"""The pace on a line that exists in arithmetic only: bytes, a rate, a latency, and a clock that nobody waits for."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from functools import partial
from itertools import count

import pytest

from lstm_tui.terminal_driver.flow_control import ASKING_FROM, FlowControl, LineRate, RoundTrips

FRAME = 2500  # bytes of a step
PART = 500  # bytes that the driver writes at a time, and so the error of what it takes to be on the way


class Line:
    """A program that autoplays, a line with a rate (bytes a second) and a latency (each way), a user with keys."""

    def __init__(self, rate: float, latency: float, answers: bool, buffer: float = 17_000) -> None:
        self.pace = FlowControl()
        if answers:  # the question Textual asks at the start
            self.pace.answers.asked(-1.0)
            self.pace.answers.answered(-1.0 + 2 * latency)
        self.rate, self.latency, self.buffer = rate, latency, buffer
        self.now = 0.0
        self.busy_until = 0.0  # when the line will have carried everything written
        self.due = False
        self.sent: list[tuple[float, float]] = []  # when each frame went and when it was whole at the terminal
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()

    def at(self, time: float, what: Callable[[], None]) -> None:
        heapq.heappush(self._events, (time, next(self._order), what))

    def run(self, until: float) -> None:
        while self._events and self._events[0][0] <= until:
            self.now, _, what = heapq.heappop(self._events)
            what()

    def autoplay(self, each: float, until: float) -> None:
        for step in range(int(until / each)):
            self.at(step * each, self.frame)

    def key(self) -> None:
        self.pace.key(self.now)
        self.frame()

    def frame(self) -> None:
        self.due = True
        self.paint()

    def paint(self) -> None:
        if not self.due:
            return
        wait = self.pace.wait(self.now)
        if wait == 0:
            self.send()
        elif wait < 60:
            self.at(self.now + wait, self.paint)

    def send(self) -> None:
        self.due = False
        began = self.now
        asked = self.pace.sent(FRAME, began)
        self.pace.queued += 1
        waiting = max(0.0, self.busy_until - began) * self.rate
        for part in range(0, FRAME, PART):
            # A part is written once the ones before it are in the buffer.
            when = max(began, self.busy_until - (self.buffer - part) / self.rate)
            self.at(when, partial(self.pace.drain.wrote, PART, waiting + part > self.buffer, when))
        self.busy_until = max(self.busy_until, began) + FRAME / self.rate
        arrived = self.busy_until + self.latency
        self.sent.append((began, arrived))
        # Writing returns as soon as all of it is in the buffer.
        ended = max(began, self.busy_until - self.buffer / self.rate)
        self.at(ended, self.written)
        if asked:
            self.at(arrived + self.latency, self.answer)

    def written(self) -> None:
        self.pace.written += 1
        self.paint()

    def answer(self) -> None:
        assert self.pace.answers.answered(self.now)
        self.paint()

    def answered_after(self, pressed: float) -> float:
        """Seconds from the key, when the user pressed it, to the last byte of the first frame sent from then on."""
        reached = pressed + self.latency
        return next(arrived for began, arrived in self.sent if began >= reached) - pressed


@pytest.mark.parametrize("answers", [True, False], ids=["a terminal that answers", "one that does not"])
def test_a_key_during_autoplay_waits_for_one_frame_at_most(answers: bool) -> None:
    line = Line(rate=8000, latency=0.15, answers=answers)
    line.autoplay(0.05, until=40)
    pressed = [8 + 1.37 * number for number in range(20)]
    for time in pressed:
        line.at(time + line.latency, line.key)
    line.run(until=60)
    trip, of_a_frame = 0.3, FRAME / line.rate
    assert max(line.answered_after(time) for time in pressed) <= trip + 2 * of_a_frame + PART / line.rate


@pytest.mark.parametrize("answers", [True, False], ids=["a terminal that answers", "one that does not"])
def test_a_held_key_queues_nothing_either(answers: bool) -> None:
    line = Line(rate=8000, latency=0.15, answers=answers)
    for press in range(30 * 20):
        line.at(press / 30, line.key)
    line.run(until=60)
    late = [arrived - began for began, arrived in line.sent if began > 8]
    assert max(late) <= line.latency + (2 * FRAME + PART) / line.rate


def test_the_last_step_always_arrives() -> None:
    for answers in (True, False):
        line = Line(rate=8000, latency=0.15, answers=answers)
        line.autoplay(0.05, until=10)
        line.run(until=60)
        assert not line.due
        assert line.sent[-1][0] >= 9.9


def test_a_long_but_fast_line_is_not_slowed_down() -> None:
    line = Line(rate=5_000_000, latency=0.15, answers=True)
    line.autoplay(0.05, until=20)
    line.run(until=60)
    assert len([began for began, _ in line.sent if began > 5]) >= 290  # of 300


def test_a_local_terminal_gets_every_frame() -> None:
    line = Line(rate=50_000_000, latency=0.0005, answers=True)
    line.autoplay(0.05, until=10)
    line.run(until=60)
    assert len(line.sent) == 200


def test_nothing_goes_while_the_last_write_hangs() -> None:
    pace = FlowControl()
    pace.queued = 1
    pace.key(0.0)
    assert pace.wait(0.0) == float("inf")
    pace.written = 1
    assert pace.wait(0.0) == 0


def test_an_answer_that_never_comes_is_given_up() -> None:
    answers = RoundTrips()
    answers.alive = True
    assert answers.sent(ASKING_FROM, 0.0)
    assert answers.open(1.0) == 1
    assert answers.open(6.0) == 0
    assert not answers.answered(6.0)


def test_small_frames_are_not_asked_about() -> None:
    answers = RoundTrips()
    answers.alive = True
    assert not answers.sent(100, 0.0)
    assert answers.sent(ASKING_FROM - 100, 0.0)


def test_the_speed_of_a_line_that_stays_full_is_measured_and_later_forgotten() -> None:
    drain = LineRate()
    for second in range(14):
        drain.wrote(2000, True, float(second))
    assert drain.rate == pytest.approx(0.75 * 2000)
    assert drain.down_to(0, 13.0) == pytest.approx(17_000 / 1500)
    assert drain.down_to(15_500, 13.0) == pytest.approx(1.0)
    assert drain.down_to(0, 100.0) == 0


def test_a_terminal_that_stood_still_once_is_not_taken_for_a_slow_line() -> None:
    drain = LineRate()
    for time in (0.0, 2.0, 2.01, 2.02, 2.03):
        for _ in range(9):
            drain.wrote(1000, True, time)
    assert drain.down_to(0, 2.03) == 0
