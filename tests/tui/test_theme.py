"""Colours: readable, few enough for a slow line, and never the only thing that tells a sign."""

from __future__ import annotations

from colorsys import rgb_to_hls

import pytest
from rich.color import ColorSystem

from lstm_tui.tui.system.theme import COLOURS, LEVELS, Palette, palette, textual_themes
from tests.tui.eyes import contrast

WORDS = ["text", "title", "quiet", "ahead", "mover", "selected", "number", "status", "message", "axis", "tick"]
RAMPS = [f"{kind}.{level}" for kind in ("gate", "negative", "positive") for level in range(LEVELS + 1)]

SOLID = {f"{kind}.{level}": of for kind, of in (("plus", "positive"), ("minus", "negative")) for level in range(1, 9)}
"""Full cells, which are no text, and the ramp whose hue they have."""


def colours(style_name: str, theme: str) -> tuple[str, str]:
    style = palette(theme)[style_name]
    assert style.color is not None
    assert style.bgcolor is not None
    return style.color.get_truecolor().hex, style.bgcolor.get_truecolor().hex


@pytest.mark.parametrize("theme", COLOURS)
def test_all_text_can_be_read_on_its_ground_and_on_the_selected_band(theme: str) -> None:
    least = 7.0 if theme == "projector" else 4.5
    for name in WORDS + RAMPS:
        for style in (name, name + "+row"):
            assert contrast(*colours(style, theme)) >= least, style


@pytest.mark.parametrize("theme", COLOURS)
def test_hue_is_sign_in_256_colours_too(theme: str) -> None:
    least = 7.0 if theme == "projector" else 4.5
    hues: dict[str, list[float]] = {}
    for name in [*RAMPS, *SOLID]:
        for row in ("", "+row"):
            style = palette(theme, "256")[name + row]
            ink, ground = (color.downgrade(ColorSystem.EIGHT_BIT) for color in (style.color, style.bgcolor))
            red, green, blue = ink.get_truecolor()
            assert name in SOLID or contrast(ink.get_truecolor().hex, ground.get_truecolor().hex) >= (
                4.3 if row else least
            ), name
            hue, _, saturation = rgb_to_hls(red / 255, green / 255, blue / 255)
            if name.startswith("gate"):
                assert saturation < 0.1
            else:
                hues.setdefault(SOLID.get(name, name.partition(".")[0]), []).append(hue * 360)
    for of_sign in hues.values():
        assert max(of_sign) - min(of_sign) <= 8
    assert abs(hues["negative"][0] - hues["positive"][0]) > 90


@pytest.mark.parametrize("theme", COLOURS)
def test_the_ramps_take_at_most_33_colours(theme: str) -> None:
    assert len({colours(name, theme)[0] for name in RAMPS}) <= 33


@pytest.mark.parametrize("theme", COLOURS)
def test_gates_have_no_hue(theme: str) -> None:
    for level in range(LEVELS + 1):
        red, green, blue = palette(theme)[f"gate.{level}"].color.get_truecolor()  # type: ignore[union-attr]
        assert max(red, green, blue) - min(red, green, blue) <= 16


def test_without_colour_no_style_has_any() -> None:
    plain = Palette("dark", "none")
    for name in [*WORDS, *RAMPS, "current", "alarm", "selected+row", "negative.3+reverse"]:
        assert plain[name].color is None
        assert plain[name].bgcolor is None
    assert plain["current"].reverse
    assert plain["negative.3+reverse"].reverse


def test_an_unknown_theme_is_the_default_one() -> None:
    assert palette("nord")["text"] == palette("dark")["text"]


def test_textual_wears_the_same_grounds() -> None:
    assert {theme.name: theme.background for theme in textual_themes()} == {n: c.ground for n, c in COLOURS.items()}
