"""A recording holds what was shown, line by line, and nothing else."""

from __future__ import annotations

import errno
import json
import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_tui.core.errors import RunFailed, UserError
from lstm_tui.core.step import Step
from lstm_tui.screencast.cast import Cast
from lstm_tui.screencast.markers import Markers
from lstm_tui.screencast.recorder import Recording
from lstm_tui.screencast.sanitise import drawn
from tests.screencast.casts import read_cast

ALLOWED = re.compile(r"\x1b\[[0-9;:]*[ABCDGHJKdm]|\x1b\[\?(?:7|25)l|[\b\t\n\r]|[^\x00-\x1f\x7f-\x9f]")


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "demo.cast")


def step(position: int, char: str | None) -> Step:
    return Step(position, 5, char, None, (), None)


class Clock:
    """Stands where it is put."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class TestTheFile:
    def test_the_header_says_the_size_and_nothing_of_the_machine(self, path: str) -> None:
        cast = Cast(path)
        cast.begin(80, 24, idle_time_limit=None)
        cast.close()
        assert read_cast(path)[0] == {"version": 2, "width": 80, "height": 24, "title": "lstm-tui"}

    def test_every_event_is_in_the_file_before_the_next(self, path: str) -> None:
        cast = Cast(path)
        cast.begin(80, 24)
        for number in range(5):
            cast.output(number / 4, f"frame {number}\x1b[H")
            assert read_cast(path)[1][-1] == (number / 4, "o", f"frame {number}\x1b[H")
        cast.marker(1.5, "t=7 'e'")
        cast.resized(2, 100, 30)
        assert read_cast(path)[1][-2:] == [(1.5, "m", "t=7 'e'"), (2.0, "r", "100x30")]
        cast.close()

    @pytest.mark.parametrize("bytes_lost", [1, 2, 5, 30])
    def test_a_torn_last_line_is_dropped_and_the_rest_plays(self, path: str, bytes_lost: int) -> None:
        cast = Cast(path)
        cast.begin(80, 24)
        cast.output(0.5, "the first")
        cast.output(1.0, "the second, which will lose its end")
        cast.close()
        data = Path(path).read_bytes()
        Path(path).write_bytes(data[:-bytes_lost])
        events = read_cast(path)[1]
        assert events[0] == (0.5, "o", "the first")
        assert len(events) == (2 if bytes_lost == 1 else 1)  # only the newline is missing: all was said

    def test_a_full_disk_leaves_whole_lines_and_is_said(self, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
        cast = Cast(path)
        cast.begin(80, 24)
        cast.output(0.5, "the first")
        real = os.write

        def full(descriptor: int, data: bytes) -> int:
            if len(data) > 10:
                return real(descriptor, data[:10])
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "write", full)
        with pytest.raises(RunFailed, match="no space left on device; it plays up to there"):
            cast.output(1, "a frame")
        monkeypatch.undo()
        cast.close()
        assert [json.loads(line) for line in Path(path).read_text().splitlines()][1:] == [[0.5, "o", "the first"]]

    def test_an_existing_file_is_replaced_only_when_it_is_said(self, path: str) -> None:
        Path(path).write_text("mine")
        with pytest.raises(UserError, match="exists"):
            Cast(path)
        assert Path(path).read_text() == "mine"
        cast = Cast(path, force=True)
        cast.begin(80, 24)
        cast.close()
        assert read_cast(path)[1] == []

    def test_a_recording_that_never_began_leaves_no_file(self, path: str) -> None:
        Cast(path).close()
        assert not os.path.exists(path)

    def test_another_ending_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match=r"\.cast"):
            Cast(str(tmp_path / "demo.json"))


class TestWhatIsRecorded:
    @pytest.mark.parametrize(
        "sequence",
        [
            "\x1b[>25u", "\x1b[<u", "\x1b[?2026$p", "\x1b[?2048$p", "\x1b[?1000h", "\x1b[?1003h", "\x1b[?1006l",
            "\x1b[?2004h", "\x1b[?1004h", "\x1b[?2026h", "\x1b]22;pointer\x1b\\", "\x1b]52;c;c2VjcmV0\x07", "\x07",
            "\x1b]0;user@host: /home/user\x07", "\x1b]8;;file:///home/user\x1b\\", "\x1bP=1s\x1b\\", "\x1b[6n",
            "\x1b[c", "\x1b[?1049l", "\x1b[?25h", "\x9b",
        ],
    )  # fmt: skip
    def test_what_talks_to_the_terminal_is_left_out(self, sequence: str) -> None:
        assert drawn(f"a{sequence}b") == "ab"

    def test_frames_stay_as_they_are(self) -> None:
        frame = "\x1b[?25l\x1b[m\x1b[2J\x1b[3;4Hc\u0303 █\x1b[1;38;2;1;2;3m▌\x1b[0m\r\n\b\x1b[2K\x1b[5G\x1b[2C"
        assert drawn(frame) == frame

    @given(st.text(st.characters(codec="utf-8") | st.sampled_from("\x1b[]?;0123456789hlmHu\x07\x9b\\P"), max_size=60))
    def test_nothing_but_what_draws_comes_through(self, text: str) -> None:
        assert ALLOWED.sub("", drawn(text)) == ""

    def test_a_marker_stands_behind_the_frame_that_shows_its_step(self, path: str) -> None:
        clock = Clock()
        recording = Recording(Cast(path), clock=clock, step_markers=True)
        recording.sent("step 0", 80, 24)
        recording.markers.step(step(1, "h"))
        clock.now += 1.25
        recording.sent("\x1b[?2026$p", 80, 24)  # no frame
        recording.sent("step 1", 80, 24)
        recording.close()
        assert read_cast(path)[1] == [
            (0, "o", "step 0"),
            (1.25, "o", "step 1"),
            (1.25, "m", "step 1 (t = 0)  reading 'h'"),
        ]

    def test_another_size_is_an_event_before_its_first_frame(self, path: str) -> None:
        recording = Recording(Cast(path), clock=Clock())
        recording.sent("small", 80, 24)
        recording.sent("large", 100, 30)
        recording.close()
        header, events = read_cast(path)
        assert (header["width"], header["height"]) == (80, 24)
        assert [(kind, data) for _, kind, data in events] == [("o", "small"), ("r", "100x30"), ("o", "large")]

    def test_a_disk_that_fills_up_stops_the_recording_and_not_the_session(
        self, path: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        recording = Recording(Cast(path), clock=Clock())
        recording.sent("before", 80, 24)

        def full(*_: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "write", full)
        recording.sent("never written", 80, 24)
        recording.sent("nor this", 80, 24)
        monkeypatch.undo()
        recording.sent("too late", 80, 24)
        with pytest.raises(RunFailed, match="no space left"):
            recording.close()
        assert [data for _, _, data in read_cast(path)[1]] == ["before"]

    def test_one_marker_a_step_and_none_for_the_zero_state(self) -> None:
        markers = Markers(steps=True)
        for position, char in [(0, None), (1, "h"), (1, "h"), (2, "\x1b"), (1, "h"), (0, None), (1, "h")]:
            markers.step(step(position, char))
        said = [(1, "h"), (2, "␛"), (1, "h"), (1, "h")]
        assert markers.due() == [f"step {step} (t = {step - 1})  reading '{char}'" for step, char in said]
        assert markers.due() == []

    def test_without_step_markers_there_are_the_authors_alone(self) -> None:
        markers = Markers()
        markers.step(step(1, "h"))
        markers.add("mine")
        assert markers.due() == ["mine"]
