"""Makes `lstm_tui/texts/weather.csv`: thirty days of weather that nobody measured.

Run as `python -m tests.made_weather`. The temperature follows the hour, a slow drift and the rain, which cools; wind
and rain come in spells.
"""

from __future__ import annotations

import math
import random
from pathlib import Path

PLACE = Path(__file__).parent.parent / "lstm_tui" / "texts" / "weather.csv"
DAYS = 30


def weather() -> str:
    """The file."""
    draw = random.Random(2026)
    lines, drift, spell, wind, cooled = ["time,temp,rain,wind"], 0.0, 0.0, 3.0, 0.0
    for hour in range(24 * DAYS):
        drift = 0.99 * drift + draw.gauss(0, 0.25)
        spell = max(0.0, spell - 1) if spell else (draw.randint(3, 9) if draw.random() < 0.03 else 0.0)
        rain = round(draw.uniform(0.5, 6), 1) if spell else 0.0
        wind = 0.9 * wind + 0.1 * (3 + 3 * bool(spell)) + draw.gauss(0, 0.3)
        cooled = 0.8 * cooled + 0.25 * rain
        temp = 12 + 5 * math.sin((hour % 24 - 9) / 24 * 2 * math.pi) + drift - cooled + draw.gauss(0, 0.15)
        when = f"2026-04-{hour // 24 + 1:02} {hour % 24:02}:00"
        lines.append(f"{when},{temp:.1f},{rain:.1f},{abs(wind):.1f}")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    PLACE.write_text(weather())
