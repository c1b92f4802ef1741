"""Other people's checkpoints: opened without running anything in them, and understood completely or not at all.

`read_foreign(path)` reads a file in a capped child process; `from_module(module)` reads a live module by the same
rules. Importing this package imports nothing: the child must do without torch, and starts sooner without the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lstm_tui.engine.foreign.model import (
        ForeignModel,
        LayerWeights,
        PlainModel,
        from_module,
        read_foreign,
        read_plain,
    )

__all__ = ["ForeignModel", "LayerWeights", "PlainModel", "from_module", "read_foreign", "read_plain"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from lstm_tui.engine.foreign import model

    return getattr(model, name)
