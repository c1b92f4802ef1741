"""When Python's collector of garbage walks what is there: not while it is imported, and never over it afterwards."""

from __future__ import annotations

import gc

_MANY = 100_000
_own = gc.get_threshold()


def pause_for_imports() -> None:
    """Imports make hundreds of thousands of objects and no garbage: looking for it takes a tenth of their time."""
    gc.set_threshold(_MANY, *_own[1:])


def freeze_imported_objects() -> None:
    """torch brings 165,000 objects that live as long as the program, and a full collection walks them all for 0.09 s
    in the middle of somebody's key. Frozen, they are never looked at again."""
    if not gc.get_freeze_count():
        gc.freeze()
        gc.set_threshold(*_own)
