"""Colours as they reach the terminal: a sign can be told by every eye, and read on its ground, at every depth."""

from __future__ import annotations

import pytest
from rich.color import ColorSystem

from lstm_tui.tui.system.theme import COLOURS, LEVELS, Palette
from tests.tui.eyes import EYES, apart, contrast, linear

EVERY_LEVEL = range(LEVELS + 1)
RAMPS = [f"{kind}.{level}" for kind in ("gate", "negative", "positive") for level in EVERY_LEVEL]
ANOTHER_COLOUR = 25.0
"""ΔE from which two colours have different names (a just noticeable difference is 2.3)."""
SIXTEEN = {
    "xterm": {"bright_cyan": "#00ffff", "bright_yellow": "#ffff00", "blue": "#0000ee", "red": "#cd0000"},
    "console": {"bright_cyan": "#55ffff", "bright_yellow": "#ffff55", "blue": "#0000aa", "red": "#aa0000"},
}


def colours(theme: str, name: str, system: ColorSystem) -> tuple[str, str]:
    style = Palette(theme)[name]
    assert style.color is not None
    assert style.bgcolor is not None
    text, ground = (colour.downgrade(system).get_truecolor().hex for colour in (style.color, style.bgcolor))
    return text, ground


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("system", [ColorSystem.TRUECOLOR, ColorSystem.EIGHT_BIT], ids=lambda s: s.name.lower())
@pytest.mark.parametrize("theme", COLOURS)
def test_every_eye_tells_minus_from_plus(theme: str, system: ColorSystem, eye: str) -> None:
    sides = [
        [colours(theme, f"{sign}.{level}", system)[0] for level in EVERY_LEVEL] for sign in ("negative", "positive")
    ]
    for minus in sides[0]:
        for plus in sides[1]:
            assert apart(minus, plus, EYES[eye]) >= ANOTHER_COLOUR, (minus, plus)


@pytest.mark.parametrize("system", [ColorSystem.TRUECOLOR, ColorSystem.EIGHT_BIT], ids=lambda s: s.name.lower())
@pytest.mark.parametrize("theme", COLOURS)
def test_everything_that_is_read_stands_out_from_its_ground(theme: str, system: ColorSystem) -> None:
    least = 7 if theme == "projector" else 4.5
    words = ["text", "title", "quiet", "ahead", "number", "selected", "mover", "status"]
    for name in [*words, *(word + "+row" for word in words), *RAMPS, "current"]:
        assert contrast(*colours(theme, name, system)) >= least, name
    for name in RAMPS:  # a bar on the selected unit's band has its number beside it
        assert contrast(*colours(theme, name + "+row", system)) >= 3, name


@pytest.mark.parametrize("terminal", SIXTEEN)
@pytest.mark.parametrize("theme", COLOURS)
def test_sixteen_colours_tell_the_sign_on_black_and_on_white(theme: str, terminal: str) -> None:
    style = {sign: Palette(theme, "16")[f"{sign}.{LEVELS}"] for sign in ("negative", "positive")}
    minus, plus = (SIXTEEN[terminal][style[sign].color.name] for sign in ("negative", "positive"))  # type: ignore[union-attr]
    ground = "#000000" if COLOURS[theme].dark else "#ffffff"
    for eye in EYES.values():
        assert apart(minus, plus, eye) >= ANOTHER_COLOUR
    for colour in (minus, plus):
        assert contrast(colour, ground) >= 4.5


@pytest.mark.parametrize("theme", COLOURS)
def test_sixteen_colours_make_five_steps(theme: str) -> None:
    palette = Palette(theme, "16")
    assert len({palette[f"{sign}.{level}"] for sign in ("negative", "positive") for level in EVERY_LEVEL[1:]}) == 4
    assert palette["gate.1"].color is None


@pytest.mark.parametrize("system", [ColorSystem.TRUECOLOR, ColorSystem.EIGHT_BIT], ids=lambda s: s.name.lower())
@pytest.mark.parametrize("theme", COLOURS)
def test_an_empty_track_is_seen_on_its_ground_and_on_the_selected_band(theme: str, system: ColorSystem) -> None:
    least = 3 if theme in ("projector", "contrast") else 1.7
    for name in ("track", "track+row"):
        assert contrast(*colours(theme, name, system)) >= least, name


def test_the_projector_alone_draws_no_rules() -> None:
    assert [name for name, colours in COLOURS.items() if colours.rule == colours.ground] == ["projector"]


@pytest.mark.parametrize("eye", EYES)
def test_simulated_eyes_see_greys_as_they_are(eye: str) -> None:
    for grey in ("#000000", "#808080", "#ffffff"):
        assert EYES[eye](linear(grey)) == pytest.approx(linear(grey), abs=1e-6)


def test_simulated_eyes_confuse_what_people_confuse() -> None:
    assert apart("#d02020", "#4f6a00", EYES["all cones"]) > 60
    assert apart("#d02020", "#897d20", EYES["deuteranopia"]) < apart("#d02020", "#897d20", EYES["all cones"]) / 3
    assert apart("#0000ff", "#004060", EYES["tritanopia"]) < apart("#0000ff", "#004060", EYES["all cones"]) / 3
