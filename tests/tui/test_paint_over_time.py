"""Views over time at every size: the cursor in view, clicks where things are drawn, nothing by colour alone."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_tui.tui.over_time_model import NO_LOSS, loss_scale
from lstm_tui.tui.paint import text_of, width_of
from lstm_tui.tui.paint.coloured_text import paint_text_over_time, text_at, text_lines
from lstm_tui.tui.paint.losses import loss_at, paint_losses
from lstm_tui.tui.paint.over_time import (
    HeatPlan,
    OverTimeData,
    heat_at,
    line_at,
    paint_heat,
    paint_lines,
)
from lstm_tui.tui.paint.together import paint_together, together_at
from lstm_tui.tui.system.theme import palette

SIZES = [(60, 11), (80, 18), (120, 22), (200, 40), (30, 4)]


def made(steps: int = 40, units: int = 6, kind: str = "signed", cursor: int = 7, **more: object) -> OverTimeData:
    rows = tuple(tuple(math.sin(step * (unit + 1) / 3) for step in range(steps)) for unit in range(units))
    if kind == "gate":
        rows = tuple(tuple((value + 1) / 2 for value in row) for row in rows)
    labels = tuple("ab(é漢"[step % 5] for step in range(steps))
    data = OverTimeData(
        "c of every unit", "c", kind, (1.0,) * units, 1, labels, rows, tuple(range(units)), units, 2, cursor, "told"
    )
    return replace(data, **more)  # type: ignore[arg-type]


class TestEveryPicture:
    @pytest.mark.parametrize("paint", [paint_heat, paint_lines, paint_together, paint_text_over_time, paint_losses])
    @pytest.mark.parametrize("size", SIZES)
    @pytest.mark.parametrize("kind", ["gate", "signed"])
    @pytest.mark.parametrize("ascii", [False, True])
    def test_it_is_as_large_as_asked(self, paint: object, size: tuple[int, int], kind: str, ascii: bool) -> None:
        for steps, units, cursor in ((1, 1, 0), (5, 8, 5), (60, 3, 30)):
            data = made(steps, units, kind, cursor, unit=0, labels=("x",) * steps)
            lines = paint(data, *size, ascii)  # type: ignore[operator]
            assert [width_of(line) for line in lines] == [size[0]] * size[1]
            if ascii:
                assert all(text_of(line).isascii() for line in lines)

    @pytest.mark.parametrize("paint", [paint_heat, paint_text_over_time])
    def test_the_number_under_the_cursor_is_written_out(self, paint: object) -> None:
        text = "".join(text_of(line) for line in paint(made(), 80, 18))  # type: ignore[operator]
        assert "told" in text

    def test_legends_have_numbers(self) -> None:
        assert text_of(paint_heat(made(scales=(5.0,) * 6), 80, 18)[0]).rstrip().endswith("+5")
        assert "-5 " in text_of(paint_heat(made(scales=(5.0,) * 6), 80, 18)[0])
        assert text_of(paint_heat(made(kind="gate"), 80, 18)[0]).rstrip().endswith("1")
        own = paint_heat(made(scales=(1.0, 2.0, 5.0, 1.0, 1.0, 1.0)), 80, 18)
        assert "±" in text_of(own[0])
        assert [text_of(line).rstrip().rpartition(" ")[2] for line in own[2:5]] == ["±1", "±2", "±5"]

    @pytest.mark.parametrize("width", [60, 80, 120])
    @pytest.mark.parametrize("ascii", [False, True])
    def test_the_legend_is_there_at_every_width(self, width: int, ascii: bool) -> None:
        title = "c of every unit over time"
        data = replace(made(50, 15, scales=(1.0, 2.0) * 7 + (5.0,)), title=title, units=256, solid=True)
        line = text_of(paint_heat(data, width, 18, ascii)[0])
        assert "0 to 14 of 256" in line
        assert line.rstrip().endswith(("at its end", "+", "below 0"))
        assert "…" not in line

    def test_in_ascii_the_legend_says_what_digits_and_letters_are(self) -> None:
        line, narrow = (text_of(paint_heat(made(scales=(5.0,) * 6), width, 18, True)[0]) for width in (80, 44))
        assert line.rstrip().endswith(".=0  1-8 eighths of 5  a-h of -5")
        assert narrow.rstrip().endswith("-5 hd.48 +5")
        own = text_of(paint_heat(made(scales=(1.0, 2.0, 5.0, 1.0, 1.0, 1.0)), 80, 18, True)[0])
        assert own.rstrip().endswith("1-8 eighths of the row's +-  a-h below 0")


class TestLosses:
    LOST = (*(0.5 if at % 7 else 4.0 for at in range(299)), math.nan)

    def seen(self, cursor: int, width: int, height: int) -> tuple[OverTimeData, list[str]]:
        labels = tuple("abcdefg"[at % 7] for at in range(300))
        data = made(
            300, 1, "gate", cursor, title="loss", values=(self.LOST,), labels=labels, scales=(4.0,), shown=(0,), unit=0
        )
        return data, [text_of(line) for line in paint_losses(data, width, height)]

    def test_no_spike_of_a_long_text_is_left_out_and_each_stands_above_what_was_to_be_guessed(self) -> None:
        _, lines = self.seen(150, 67, 20)
        assert "steps 1 to 300: the largest of 6 steps a column" in lines[0]
        for column in range(50):
            spiked = any(at % 7 == 0 for at in range(6 * column, min(6 * column + 6, 299)))
            assert lines[1][7 + column] == ("█" if spiked else " ")
        characters = next(at for at, line in enumerate(lines) if "abcdefg" in line)
        spikes = [at for at, glyph in enumerate(lines[11]) if glyph == "█"]
        assert spikes
        assert {lines[characters][at] for at in spikes} == {"a"}

    def test_the_cursor_s_column_is_marked_and_a_click_goes_to_the_spike_in_its_column(self) -> None:
        data, lines = self.seen(150, 67, 20)
        assert lines[9].index("▲") == 7 + 149 // 6
        assert lines[-1].index("▲") == 7 + 150 - int(lines[-1].split()[0])
        assert loss_at(data, 67, 20, 7 + 24, 3) == 148  # the spike among the steps 145 to 150
        assert loss_at(data, 67, 20, lines[-1].index("▲"), 15) == 150
        assert loss_at(data, 67, 20, 3, 3) is None

    def test_where_nothing_is_lost_it_says_why(self) -> None:
        data = made(3, 1, "gate", 1, values=((math.nan,) * 3,), labels=("a", "b", "c"), title=NO_LOSS)
        assert "no loss here is a number" in text_of(paint_losses(data, 80, 9)[0])

    @pytest.mark.parametrize(
        ("losses", "curve", "text"), [((0.0001,), 0.1, 0.1), ((1.0,) * 99 + (11.9,), 1.0, 1.0), ((2.5, 7.0), 8.0, 8.0)]
    )
    def test_a_few_losses_many_times_the_rest_blank_nothing(
        self, losses: tuple[float, ...], curve: float, text: float
    ) -> None:
        assert (loss_scale(losses, 4), loss_scale(losses, 2)) == (curve, text)


class TestTogether:
    def test_every_unit_stands_at_its_height_and_the_selected_one_is_marked(self) -> None:
        values = ((1.0, 0.0), (-1.0, 0.0), (0.0, -1.0))
        data = made(2, 3, values=values, labels=("a", "b"), unit=1, cursor=1)
        lines = [text_of(line) for line in paint_together(data, 30, 7)]
        assert [line[7:19] for line in lines[1:6]] == [
            "░░░░░       ",
            " " * 12,
            "░░░░░ █████ ",
            " " * 12,
            "█████ ░░░░░ ",
        ]
        assert "▲told" in lines[6]
        assert together_at(data, 30, 7, 13, 3) == 2

    def test_what_lies_beyond_the_scale_has_an_arrow(self) -> None:
        data = made(2, 2, values=((5.0, 0.0), (0.0, -5.0)), labels=("a", "b"), shown=(0, 1), scales=(1.0,) * 2)
        for ascii, up, down in ((False, "▲", "▼"), (True, "^", "v")):
            lines = [text_of(line)[7:] for line in paint_together(data, 30, 7, ascii)]
            assert (up in lines[1], down in lines[5]) == (True, True)
            assert up not in lines[5]
            assert down not in lines[1]


class TestHeat:
    def test_full_cells_are_told_by_colour_and_next_to_nothing_has_no_hue(self) -> None:
        data = made(
            3, 1, scales=(1.0,), values=((1.0, -1.0, 0.01),), labels=("a", "b", "c"), unit=5, cursor=9, solid=True
        )
        cells = [run for run in paint_heat(data, 30, 8)[2] if "▇" in run[0]]
        assert [style for _, style in cells] == ["plus.8", "minus.8", "plus.0"]
        red, green, blue = palette("dark")["plus.0"].color.get_truecolor()  # type: ignore[union-attr]
        assert max(red, green, blue) - min(red, green, blue) <= 16

    def test_without_colour_glyphs_tell_plus_from_minus(self) -> None:
        data = made(2, 1, scales=(1.0,), values=((0.5, -0.5),), labels=("a", "b"), unit=0, cursor=0)
        for ascii, mono in ((True, False), (False, True)):
            row = text_of(paint_heat(replace(data, mono=mono), 60, 8, ascii)[2])
            assert len({*row[3:].strip()[:12]} - {" "}) == 2

    def test_what_is_not_known_yet_is_blank(self) -> None:
        data = made(3, 1, scales=(1.0,), values=((0.5, 1.0, math.nan),), labels=("a", "b", "c"), unit=0)
        row = text_of(paint_heat(data, 60, 8)[2])
        assert "?" not in row
        assert not row[3 + 12 :].strip()

    def test_a_wide_character_under_the_cursor_moves_nothing(self) -> None:
        line = text_of(paint_heat(made(description="step 7  '漢'  c[2] +0.50"), 80, 18)[-1])
        assert "step 7  '漢'  c[2] +0.50" in line
        assert "…" not in line

    def test_the_cursor_points_from_below_and_the_unit_from_the_left(self) -> None:
        lines = [text_of(line) for line in paint_heat(made(), 80, 18)]
        plan = HeatPlan.of(6, 40, 80, 18)
        assert lines[-1].index("▲") == plan.gutter + 6 * plan.each
        assert [line.startswith("▸") for line in lines].index(True) == 2 + 2

    @given(st.integers(1, 60), st.integers(1, 12), st.sampled_from(SIZES[:4]), st.data())
    def test_a_click_hits_what_is_drawn(
        self, steps: int, units: int, size: tuple[int, int], data: st.DataObject
    ) -> None:
        rows = min(units, size[1] - 3)
        drawn = made(min(steps, HeatPlan.capacity(units, size[0])), units, unit=0)
        drawn = replace(drawn, values=drawn.values[:rows], shown=drawn.shown[:rows], scales=drawn.scales[:rows])
        plan = HeatPlan.of(units, len(drawn.labels), *size)
        step = data.draw(st.integers(1, len(drawn.labels)))
        unit = data.draw(st.integers(0, rows - 1))
        x = plan.gutter + (step - 1) * plan.each
        assert heat_at(drawn, *size, x, 2 + unit) == (step, unit)
        assert heat_at(drawn, *size, x, 1) == (step, None)
        assert heat_at(drawn, *size, 0, 2 + unit) is None
        assert heat_at(drawn, *size, x, 0) is None


class TestLines:
    def test_one_plot_a_unit_with_its_scale_and_number(self) -> None:
        data = made(20, 2, shown=(4, 1), unit=4, scales=(5.0, 1.0))
        text = [text_of(line) for line in paint_lines(data, 80, 18)]
        assert text[0].startswith(" ▸ c[4] over time")
        assert text[0].rstrip().endswith("±5")
        assert text[9].startswith(" c[1] over time")
        assert "▲step 7" in text[8]
        assert "▲step 7" in text[17]

    def test_a_click_hits_the_column_and_the_plot(self) -> None:
        data = made(70, 2, shown=(4, 1), unit=4)
        assert line_at(data, 80, 18, 7 + 30, 3) == (31, 4)
        assert line_at(data, 80, 18, 7 + 30, 12) == (31, 1)
        assert line_at(data, 80, 18, 3, 12) is None

    def test_what_is_not_known_yet_is_not_plotted(self) -> None:
        data = made(3, 1, values=((0.5, 1.0, math.nan),), labels=("a", "b", "c"), unit=0, scales=(1.0,))
        assert "?" not in "".join(text_of(line) for line in paint_lines(data, 60, 9))


class TestText:
    @given(st.text("ab\n漢", min_size=1, max_size=300), st.integers(0, 300), st.sampled_from(SIZES))
    def test_the_cursor_is_in_view_and_lines_fit(self, text: str, cursor: int, size: tuple[int, int]) -> None:
        cursor = min(cursor, len(text))
        data = made(
            len(text),
            1,
            cursor=cursor,
            labels=tuple("␊" if ch == "\n" else ch for ch in text),
            breaks=frozenset(at for at, ch in enumerate(text, 1) if ch == "\n"),
            unit=0,
        )
        lines = text_lines(data, *size)
        shown = [step for line in lines for step in line]
        assert shown == list(range(shown[0], shown[-1] + 1))
        assert cursor in shown or cursor == 0
        assert len(lines) <= max((size[1] - 2) // 2, 1)
        assert all(step - 1 not in data.breaks for line in lines for step in line[1:])
        painted = paint_text_over_time(data, *size)
        assert [width_of(line) for line in painted] == [size[0]] * size[1]
        for y, line in enumerate(lines):
            assert text_at(data, *size, 1, 1 + 2 * y) == line[0]

    def test_a_cell_stands_below_each_character(self) -> None:
        data = made(4, 1, values=((0.0, 0.5, 1.0, -0.5),), labels=tuple("ab漢d"), unit=0, scales=(1.0,), cursor=2)
        above, below = (text_of(line) for line in paint_text_over_time(data, 60, 8)[1:3])
        assert above.strip() == "ab漢d"
        assert below[1:].startswith("·▄▇▇▄")
        assert text_at(data, 60, 8, 4, 1) == 3
        assert text_at(data, 60, 8, 5, 2) == 4
        assert text_at(data, 60, 8, 30, 1) is None
