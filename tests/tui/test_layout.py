"""The rows of the screen: nothing overlaps, nothing is left out that has room."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_tui.tui.layout import COLUMNS, OTHER_ROWS, Room
from lstm_tui.tui.paint.layout import panel_layout


def room(width: int, height: int, units: int = 8, quantities: int = 6) -> Room:
    return Room(height, width, 0, (units,), quantities)


@given(st.integers(60, 250), st.integers(16, 90), st.integers(1, 600), st.integers(1, 8), st.booleans(), st.booleans())
def test_all_parts_fit_whatever_the_cell_and_the_screen(
    width: int, height: int, units: int, quantities: int, training: bool, walking: bool
) -> None:
    room = Room(height, width, 0, (units, 3), quantities, training, walking)
    bands = 1 if room.squeezed else -(-quantities // COLUMNS[quantities])
    left = height - OTHER_ROWS - room.message - room.panel_rows
    assert room.panel_rows >= bands
    assert left >= (quantities + 1 - (0 if room.curved or width < 100 else quantities // 2) if room.below else 0)
    assert not (room.message and room.below)


@pytest.mark.parametrize(
    ("width", "height", "below", "curved", "message"),
    [
        (80, 24, False, False, True),
        (100, 30, True, True, False),
        (120, 40, True, True, False),
        (80, 30, True, False, False),
    ],
)
def test_equations_and_a_curve_stand_at_100_by_30(
    width: int, height: int, below: bool, curved: bool, message: bool
) -> None:
    made = room(width, height)
    assert (made.below, made.curved, made.message) == (below, curved, message)
    assert made.panel_rows >= 18


def test_equations_of_eight_quantities_stand_at_100_by_30_before_a_curve_does() -> None:
    made = room(100, 30, quantities=8)
    assert (made.below, made.curved) == (True, False)
    assert (room(120, 38, quantities=8).below, room(120, 38, quantities=8).curved) == (True, True)


@pytest.mark.parametrize("size", [(60, 16), (100, 23), (80, 17)])
def test_a_row_that_no_panel_can_use_shows_the_selected_unit(size: tuple[int, int]) -> None:
    made = room(*size)
    assert made.message is (OTHER_ROWS + made.panel_rows < size[1])


@pytest.mark.parametrize("units", [12, 16, 24, 40])
def test_panels_leave_the_rows_that_their_units_do_not_stand_in(units: int) -> None:
    made = room(120, 38, units)
    assert panel_layout(units, 40, made.panel_rows // 2, 0).blank == 0


def test_few_units_leave_their_rows_to_the_equations() -> None:
    assert room(80, 24, units=4).below
    assert not room(80, 24, units=8).below


def test_many_units_get_the_rows_that_the_equations_do_not_need() -> None:
    assert room(120, 40, units=256).panel_rows > room(120, 40).panel_rows
