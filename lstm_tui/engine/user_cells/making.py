"""A user's class made with the sizes that are wanted: which of its constructor's arguments they are."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from lstm_tui.core.errors import UserError
from lstm_tui.core.vocabulary import visible
from lstm_tui.engine.cells import State
from lstm_tui.engine.user_cells.file import UserClass, failed
from lstm_tui.engine.user_cells.user_code import running

_INPUT = (
    "inputsize nin din infeatures inputdim insize ic d indim isize inchannels inputs ninputs numinputs inp input "
    "inputunits embed embdim embeddim embeddingdim embeddingsize embsize nfeatures features featuresize numfeatures "
    "inputfeatures inputchannels xdim xsize nx dx inputsz inputlength dimin vocabsize"
)
_HIDDEN = (
    "hiddensize nhidden units hiddendim hsize outfeatures nout hc u numhidden numunits nunits statesize outsize hidden "
    "hiddenunits hiddenfeatures hiddenchannels nh dh hdim numcells cellsize celldim h dimhidden hiddensz memorysize "
    "outdim dout outputdim hid nhid hidsize hiddim lstmunits rnnunits dmodel dimout hiddenlayersize memsize"
)
_USUAL: dict[str, Any] = {
    "bias": True, "usebias": True, "numlayers": 1, "nlayers": 1, "layers": 1, "batchsize": 1, "bs": 1, "dropout": 0.0,
    "device": "cpu", "batchfirst": True, "bidirectional": False, "seqlen": 1, "dtype": None, "numchunks": 4,
    "dropoutrate": 0.0, "pdropout": 0.0, "p": 0.0, "sequencelength": 1, "seqlength": 1,
}  # fmt: skip
_WORDS = {"input": frozenset(_INPUT.split()), "hidden": frozenset(_HIDDEN.split())}


def arguments_for(
    user: UserClass, inputs: int, units: int, given: Mapping[str, Any]
) -> tuple[list[Any], dict[str, Any]]:
    """What the constructor is called with for D = `inputs` and H = `units`. Raises `UserError` with the mend."""
    try:
        found = list(inspect.signature(user.cls).parameters.values())
    except (TypeError, ValueError):
        return [inputs, units], dict(given)
    named = [one for one in found if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)]
    unknown = [name for name in given if name not in {one.name for one in named}]
    if unknown and not any(one.kind is one.VAR_KEYWORD for one in found):
        listed = ", ".join(one.name for one in named)
        raise UserError(f"--args {visible(unknown[0])}: {user.where} takes {visible(listed)}")
    roles = {one.name: _role(one.name) for one in named if one.name not in given}
    x = next((name for name, role in roles.items() if role == "input"), None)
    h = next((name for name, role in roles.items() if role == "hidden"), None)
    free = [one.name for one in named if one.name not in given and one.name not in (x, h)]
    if x is None and free:
        x = next((n for n in free if _needed(named, n) and _word(n) not in _USUAL), None)
        free = [n for n in free if n != x]
    if h is None and free:
        h = next((n for n in free if _needed(named, n) and _word(n) not in _USUAL), None)
    if x is None and h is None and any(one.kind is one.VAR_POSITIONAL for one in found):
        return [inputs, units], dict(given)
    sizes = {name: size for name, size in ((x, inputs), (h, units)) if name is not None}
    chosen: dict[str, Any] = {**given, **sizes}
    for one in named:
        if one.name not in chosen and one.default is one.empty:
            if _word(one.name) not in _USUAL:
                raise UserError(
                    f'{user.where} also needs {visible(one.name)}: add --args "{visible(one.name)}=…", such as 10'
                )
            chosen[one.name] = _USUAL[_word(one.name)]
    return [], chosen


def make(user: UserClass, inputs: int, units: int, given: Mapping[str, Any]) -> nn.Module:
    """A new one. Raises `UserError` with the line where it fails."""
    plain, named = arguments_for(user, inputs, units, given)
    try:
        with running():
            return user.cls(*plain, **named)
    except BaseException as error:
        shown = ", ".join([*map(str, plain), *(f"{name}={value!r}" for name, value in named.items())])
        raise UserError(f"{visible(user.name)}({visible(shown)}) fails: {failed(user, error)}") from None


def _role(name: str) -> str | None:
    return next((role for role, words in _WORDS.items() if _word(name) in words), None)


def _word(name: str) -> str:
    return name.lower().replace("_", "")


def _needed(named: list[inspect.Parameter], name: str) -> bool:
    return any(one.name == name and one.default is one.empty for one in named)


def probe(inputs: int, units: int, like: Tensor) -> tuple[Tensor, State]:
    """An input and states that look like nothing in particular; no random number is drawn for them."""
    steps = torch.arange(max(inputs, units), dtype=like.dtype, device=like.device)
    x = torch.cos(1.7 * steps[:inputs] + 0.3)
    h = 0.8 * torch.sin(2.3 * steps[:units] + 0.9)
    c = 1.2 * torch.sin(1.1 * steps[:units] + 2.1)
    return x[None], (h[None], c[None])
