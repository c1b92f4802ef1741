"""Quantity panels at every size: aligned, scrolled to the selection, never wider or higher than asked."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_tui.tui.paint import PanelData, paint_panel, panel_layout, text_of, width_of

F = (0.04, 0.01, 0.0, 0.01, 1.0, 1.0, 0.05, 1.0)
C = (0.97, -0.22, -0.98, 0.04, 1.89, -1.78, 0.13, -0.80)
BEFORE = (-0.85, 0.89, 0.96, 0.95, 0.94, -0.98, 0.91, 0.20)
SIZES = [(26, 9), (26, 10), (40, 12), (66, 24), (80, 18), (20, 5), (8, 3), (1, 1)]


def gate(values: tuple[float, ...] | None = F, units: int = 8, **more: object) -> PanelData:
    data = PanelData(
        1, "f", "forget", "gate", "how much old memory to keep", "erase", "keep", units=units, values=values
    )
    return replace(data, **more)  # type: ignore[arg-type]


def cell(values: tuple[float, ...] | None = C, units: int = 8, **more: object) -> PanelData:
    data = PanelData(5, "c", "cell", "signed", "memory carried on = f·c' + i·c̃", state=True, units=units, values=values)
    return replace(data, **{"scale": 2.0, **more})  # type: ignore[arg-type]


def painted(data: PanelData, width: int, height: int, ascii: bool = False) -> list[str]:
    return [text_of(line) for line in paint_panel(data, width, height, ascii)]


class TestEightUnits:
    def test_a_gate_at_80_by_24(self) -> None:
        lines = painted(gate(unit=2), 26, 9)
        assert lines[0] == " 1 f forget ─ erase..keep "
        assert lines[1] == " 0 ╸··············  0.04  "
        assert lines[3] == "▸2 ···············  0.00  "
        assert lines[8] == " 7 ━━━━━━━━━━━━━━━  1.00  "

    def test_the_cell_has_its_scale_ticks_and_arrows(self) -> None:
        lines = painted(cell(unit=2, before=BEFORE, movers=(4, 0, 2)), 26, 9)
        assert lines[0] == " 5 c cell ──────────── ±2 "
        assert lines[1] == " 0     ╎  │▄▄▄▖    +0.97▲ "
        assert lines[8] == " 7     ▄▄▄│╎       -0.80▼ "

    def test_movers_are_bright_and_the_others_are_not(self) -> None:
        lines = paint_panel(cell(unit=7, before=BEFORE, movers=(4,)), 26, 9)
        assert ("  +1.89▲"[2:], "mover") in [(text.strip(), style) for text, style in lines[5]]
        assert ("▲", "quiet") in lines[1]

    def test_a_value_that_stood_still_has_no_arrow(self) -> None:
        assert not set("▲▼") & set("".join(painted(cell(before=C), 26, 9)))

    def test_the_scale_follows_c_to_thirty(self) -> None:
        lines = painted(cell((29.87, -30.0), 2, scale=50.0), 26, 9)
        assert "±50" in lines[0]
        assert "+29.87" in lines[1]
        assert "-30.00" in lines[2]

    def test_nan_and_infinity_are_words(self) -> None:
        lines = painted(cell((math.nan, math.inf, -math.inf), 3, before=(0.0, math.nan, 1.0)), 26, 9)
        assert [line.split()[-1] for line in lines[1:4]] == ["nan", "+inf", "-inf"]

    def test_a_larger_panel_says_its_sentence(self) -> None:
        lines = painted(gate(), 40, 11)
        assert lines[0].rstrip().endswith("0 erase … 1 keep")
        assert lines[1].strip() == "how much old memory to keep"
        assert lines[2].startswith("▸0 ")
        assert "how much old memory to keep ─" in painted(gate(), 80, 11)[0]


class TestStepZero:
    @pytest.mark.parametrize("data", [gate(None, start=True), cell((0.0,) * 8, start=True)])
    def test_a_panel_too_low_for_its_sentence_says_it_and_labels_no_unit_with_it(self, data: PanelData) -> None:
        lines = painted(data, 26, 9)[1:]
        assert " ".join(" ".join(lines).split()).startswith(data.sentence)
        assert not any(line[:3].strip() for line in lines)

    def test_states_are_zero_where_the_sentence_has_its_own_row(self) -> None:
        assert all("+0.00" in line for line in painted(cell((0.0,) * 8, start=True), 40, 10)[2:])

    def test_without_any_step_only_the_sentence_shows(self) -> None:
        text = " ".join(" ".join(painted(gate(None, units=0), 26, 9)[1:]).split())
        assert text == "how much old memory to keep"

    def test_the_state_before_stays_in_sight_until_it_is_replaced(self) -> None:
        lines = paint_panel(cell(None, before=BEFORE), 26, 9)
        assert [text_of(line)[-8:].strip() for line in lines[1:]] == [f"{value:+.2f}'" for value in BEFORE]
        assert not any(style.startswith(("positive", "negative")) for line in lines for _, style in line)


class TestManyUnits:
    @pytest.mark.parametrize("units", [1, 8, 9, 16, 64, 512, 1024])
    @pytest.mark.parametrize(("width", "height"), SIZES)
    @pytest.mark.parametrize("ascii", [False, True])
    def test_every_line_has_the_width_and_the_selection_is_marked(
        self, units: int, width: int, height: int, ascii: bool
    ) -> None:
        values = tuple(math.sin(unit) for unit in range(units))
        for unit in {0, units // 2, units - 1}:
            for data in (gate(values, units, unit=unit), cell(values, units, unit=unit, before=values[::-1])):
                lines = paint_panel(data, width, height, ascii)
                assert [width_of(line) for line in lines] == [width] * height
                if width >= 20 and height >= 3:
                    marks = sum(text_of(line).count(">" if ascii else "▸") for line in lines)
                    assert marks in (1, 2)  # in the cells, and in the bars below them
                if ascii:
                    assert all(text_of(line).isascii() for line in lines)

    def test_sixteen_units_keep_their_numbers_at_80_by_24(self) -> None:
        text = "\n".join(painted(cell(tuple(unit / 10 for unit in range(16)), 16), 26, 9))
        assert "+1.50" in text
        assert "+0.00" in text

    @pytest.mark.parametrize(("units", "size"), [(256, (40, 10)), (256, (40, 11)), (160, (26, 9)), (512, (66, 12))])
    def test_no_unit_is_left_out_where_all_have_room_and_it_is_said_where_they_have_not(
        self, units: int, size: tuple[int, int]
    ) -> None:
        values = tuple(unit / units for unit in range(units))
        lines, layout = painted(gate(values, units), *size), panel_layout(units, *size, 0)
        drawn = {layout.unit_at(x, y) for y in range(layout.heat_rows) for x in range(size[0])} - {None}
        assert drawn == set(range(len(drawn)))
        assert (len(drawn) == units) is not (f"0 to {len(drawn) - 1} of {units}" in lines[-1])
        assert len(drawn) == units or "↓ more" in lines[-1]
        assert len(drawn) == units or len(drawn) >= (size[1] - 3) * (size[0] - 6)

    @pytest.mark.parametrize("width", [62, 66, 80])
    def test_a_sentence_stands_whole_in_a_title_before_its_scale_is_spelled_out(self, width: int) -> None:
        line = painted(gate(tuple(unit / 256 for unit in range(256)), 256), width, 12)[0]
        assert "how much old memory to keep" in line
        assert "…" not in line.replace("0 erase … 1 keep", "")

    def test_one_cell_a_unit_tells_the_selected_number_in_the_title(self) -> None:
        values = tuple(unit / 512 for unit in range(512))
        assert "300 0.59" in painted(gate(values, 512, unit=300), 40, 12)[0]

    def test_one_cell_a_unit_leaves_room_for_bars_around_the_selection(self) -> None:
        lines = painted(gate(tuple(unit / 64 for unit in range(64)), 64, unit=37), 26, 10)
        assert any(line.startswith("▸37 ") and line.rstrip().endswith("0.58") for line in lines)

    @given(st.integers(1, 1100), st.sampled_from(SIZES), st.data())
    def test_the_selected_unit_is_always_where_the_mouse_finds_it(
        self, units: int, size: tuple[int, int], data: st.DataObject
    ) -> None:
        selected = data.draw(st.integers(0, units - 1))
        layout = panel_layout(units, *size, selected)
        drawn = [layout.unit_at(x, y) for y in range(layout.rows) for x in range(size[0])]
        if size[0] >= 20 and layout.rows:
            assert selected in drawn
        assert all(unit is None or 0 <= unit < units for unit in drawn)

    @given(st.integers(2, 1100), st.sampled_from(SIZES[:5]), st.data())
    def test_nothing_scrolls_while_the_selection_stays_in_the_first_place(
        self, units: int, size: tuple[int, int], data: st.DataObject
    ) -> None:
        """Two selections on one page have one layout: the function has no memory to drift."""
        selected = data.draw(st.integers(0, units - 1))
        layout = panel_layout(units, *size, selected)
        again = panel_layout(units, *size, layout.first if not layout.per_row else selected)
        assert (again.first, again.heat_first) == (layout.first, layout.heat_first)
