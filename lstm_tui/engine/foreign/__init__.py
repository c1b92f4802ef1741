"""Other people's checkpoints: opened without running anything in them, and understood completely or not at all.

`read_foreign(path)` reads a file in a capped child process; `from_module(module)` reads a live module by the same
rules. Importing this package does not import torch: the child must do without it.
"""

from __future__ import annotations

from lstm_tui.engine.foreign.model import ForeignModel, LayerWeights, PlainModel, from_module, read_foreign, read_plain

__all__ = ["ForeignModel", "LayerWeights", "PlainModel", "from_module", "read_foreign", "read_plain"]
