"""The background under the panels: nothing but the theme's colour, asked for in every frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.geometry import Region
from textual.strip import Strip

from lstm_tui.tui.system.theme import DEFAULT_LOOK, palette
from lstm_tui.tui.widgets.painted import inks_of

if TYPE_CHECKING:
    from textual.widget import Widget

    Base = Widget
else:
    Base = object  # a mixin: Textual looks for styles along the first base that is one of its own


class Ground(Base):
    """A screen or a container that has no border, padding or words of its own, only children."""

    def render_lines(self, crop: Region) -> list[Strip]:
        """Blank lines in the text's own style, all of them one."""
        app = self.app
        look = getattr(app, "look", DEFAULT_LOOK)
        inks = inks_of(palette(app.theme, look.depth), tuple(app.get_line_filters()), self.background_colors[1])
        return [Strip([inks[" " * crop.width, "text"]], crop.width)] * crop.height
