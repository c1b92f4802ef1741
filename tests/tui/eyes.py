"""How colours look to people who lack one kind of cone, and how far apart two colours are.

Protanopia and deuteranopia follow Viénot, Brettel and Mollon, "Digital video colourmaps for checking the legibility of
displays by dichromats" (1999): one plane in a linear space of cone answers. Tritanopia follows Brettel, Viénot and
Mollon, "Computerized simulation of color appearance for dichromats" (1997): two half planes that meet in the greys. The
cone answers are those of Smith and Pokorny, as the 1999 paper gives them for a display's primaries. Distances are
CIELAB's, ΔE 1976, under D65.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

Triple = tuple[float, float, float]
Eye = Callable[[Triple], Triple]

CONES: tuple[Triple, Triple, Triple] = (
    (17.8824, 43.5161, 4.11935),
    (3.45565, 27.1554, 3.86714),
    (0.0299566, 0.184309, 1.46709),
)
"""Linear red, green and blue to the answers of the long, middle and short cones."""


def linear(colour: str) -> Triple:
    """`#rrggbb` as amounts of light, 0..1."""
    values = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values)
    return red, green, blue


def contrast(colour: str, ground: str) -> float:
    """The contrast of two colours as WCAG 2 defines it, 1..21."""
    amounts = [sum(w * v for w, v in zip((0.2126, 0.7152, 0.0722), linear(c), strict=True)) for c in (colour, ground)]
    return (max(amounts) + 0.05) / (min(amounts) + 0.05)


def times(matrix: Sequence[Triple], vector: Triple) -> Triple:
    first, second, third = (sum(m * v for m, v in zip(row, vector, strict=True)) for row in matrix)
    return first, second, third


def cross(a: Triple, b: Triple) -> Triple:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def dot(a: Triple, b: Triple) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


def inverse(matrix: tuple[Triple, Triple, Triple]) -> tuple[Triple, Triple, Triple]:
    a, b, c = matrix
    size = dot(a, cross(b, c))
    columns = cross(b, c), cross(c, a), cross(a, b)
    first, second, third = ((x / size, y / size, z / size) for x, y, z in zip(*columns, strict=True))
    return first, second, third


LIGHTS = inverse(CONES)
WHITE = times(CONES, (1.0, 1.0, 1.0))
BLUE, YELLOW = times(CONES, (0.0, 0.0, 1.0)), times(CONES, (1.0, 1.0, 0.0))

TO_XYZ: tuple[Triple, Triple, Triple] = (
    (0.4124, 0.3576, 0.1805),
    (0.2126, 0.7152, 0.0722),
    (0.0193, 0.1192, 0.9505),
)
# Where the two half planes of tritanopia are anchored: light of 485 and of 660 nm, which tritanopes see as others do,
# as the CIE's standard observer of 1931 has it.
LIGHT_485: Triple = (0.05795, 0.1693, 0.6162)
LIGHT_660: Triple = (0.1649, 0.061, 0.0)
ANCHOR_485, ANCHOR_660 = (times(CONES, times(inverse(TO_XYZ), light)) for light in (LIGHT_485, LIGHT_660))


def _without(cone: int, first: Triple, second: Triple) -> Eye:
    """An eye that sees every colour as the one with the same two other answers in the plane of `first`, `second`."""
    normal = cross(first, second)

    def see(light: Triple) -> Triple:
        answers = list(times(CONES, light))
        answers[cone] = 0.0
        answers[cone] = -dot(normal, (answers[0], answers[1], answers[2])) / normal[cone]
        red, green, blue = times(LIGHTS, (answers[0], answers[1], answers[2]))
        return tuple(min(max(v, 0.0), 1.0) for v in (red, green, blue))  # type: ignore[return-value]

    return see


def _tritanopia(light: Triple) -> Triple:
    answers = times(CONES, light)
    redder = answers[1] * WHITE[0] < answers[0] * WHITE[1]
    return _without(2, WHITE, ANCHOR_660 if redder else ANCHOR_485)(light)


EYES: dict[str, Eye] = {
    "all cones": lambda light: light,
    "protanopia": _without(0, BLUE, YELLOW),
    "deuteranopia": _without(1, BLUE, YELLOW),
    "tritanopia": _tritanopia,
}


def lab(light: Triple) -> Triple:
    """Linear light in CIELAB."""
    x, y, z = (
        v ** (1 / 3) if v > 216 / 24389 else (24389 / 27 * v + 16) / 116
        for v in (a / b for a, b in zip(times(TO_XYZ, light), (0.9505, 1.0, 1.089), strict=True))
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def apart(one: str, other: str, eye: Eye) -> float:
    """How different two colours look to an eye: 2.3 is just noticeable, 20 is another colour."""
    a, b = lab(eye(linear(one))), lab(eye(linear(other)))
    return math.dist(a, b)
