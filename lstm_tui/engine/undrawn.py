"""Modules whose weights are about to be overwritten: to draw fifty million random numbers first takes half a second."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor, nn

M = TypeVar("M", bound=nn.Module)


def undrawn(make: Callable[[], M], like: Tensor) -> M:
    """What `make` makes, with room for weights of the type of `like` and nothing in it; no random stream moves.

    Not `Module.to_empty`, which imports a compiler of hundreds of modules in the middle of a key press.
    """
    with torch.device("meta"):
        module = make()
    for owner in module.modules():
        for name, given in list(owner.named_parameters(recurse=False)):
            room = torch.empty(given.shape, dtype=like.dtype, device=like.device)
            setattr(owner, name, nn.Parameter(room, given.requires_grad))
    return module
