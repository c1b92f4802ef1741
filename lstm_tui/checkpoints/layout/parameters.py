"""Walks what a checkpoint holds and sorts it: the model's parameters by dotted name, and everything that is plain data.

A parameter is a tensor in a state dict, or in the `_parameters` and persistent `_buffers` of a module's stand-in: what
`state_dict()` would have listed. Optimisers are recognised by their form and left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lstm_tui.checkpoints.sandbox.limits import Unreadable
from lstm_tui.checkpoints.sandbox.sniff import RESAVE
from lstm_tui.checkpoints.sandbox.stand_ins import StandIn, Unordered
from lstm_tui.checkpoints.sandbox.tensors import Tensor

MOST_NODES = 2_000_000
MOST_PARAMETERS = 2_000
MOST_PATH = 2_000

_PARAMETER = re.compile(r"(^|[._])(weight|bias|weight_[a-z0-9_]+|bias_[a-z0-9_]+|[Ww]_?[a-z]{2}|b_?[a-z]|gamma|beta)$")
_PACKED = re.compile(r"(^|[._])(packed_params|all_weight_values)(\.|$)")
_WRAPPERS = re.compile(r"^(module|_orig_mod|model|net|network|_forward_module|rnn_model|lm)\.")


@dataclass(frozen=True, eq=False)
class Parameter:
    """One named tensor of the model."""

    path: str
    """Where in the file it is, from the top."""
    name: str
    """The path without containers and wrappers that all parameters share."""
    tensor: Tensor


@dataclass(eq=False)
class FoundParameters:
    """Everything of interest in one checkpoint."""

    parameters: list[Parameter] = field(default_factory=list)
    mappings: list[tuple[str, Mapping[object, object]]] = field(default_factory=list)
    """Dicts and attributes, outermost first, where vocabularies and settings are looked for."""
    modules: dict[str, StandIn] = field(default_factory=dict)
    """Stand-ins of modules, by the path their parameters have."""
    loose: list[tuple[str, Tensor]] = field(default_factory=list)
    """Tensors outside every state dict: saved by the way, part of no model."""
    stripped: tuple[str, ...] = ()
    """Wrapper prefixes that every parameter had: `module.`, `_orig_mod.` …"""
    ties: dict[str, str] = field(default_factory=dict)


def _is_optimiser(node: Mapping[object, object]) -> bool:
    return "param_groups" in node and ("state" in node or "defaults" in node)


def _is_state_dict(node: Mapping[object, object]) -> bool:
    tensors = [key for key, value in node.items() if isinstance(value, Tensor)]
    named = [key for key in tensors if isinstance(key, str)]
    if len(named) != len(tensors) or not tensors:
        return False
    return any(len(key) <= MOST_PATH and _PARAMETER.search(key) for key in named) or (len(tensors) == len(node) > 1)


def _join(path: str, key: object) -> str:
    if isinstance(key, str):
        part = key[: MOST_PATH + 1]  # a name of megabytes must not be copied for all that is in it
    else:
        part = str(key) if isinstance(key, int) and abs(key) < 1 << 64 else "?"
    return f"{path}.{part}" if path and part else path or part


def find_parameters(root: object, ties: Mapping[str, str] | None = None) -> FoundParameters:
    """Sorts everything under `root`. Raises `Unreadable` where there is far more than any recurrent model has."""
    walker = _Walker()
    walker.find_parameters(root)
    found = walker.found
    _refuse_packed(walker.mappings)
    found.mappings = [(path, node) for _, path, node in sorted(walker.mappings, key=lambda entry: entry[0])]
    found.ties = dict(ties or {})
    found.parameters, found.stripped = _named(walker.placed)
    used = {tensor.place for _, _, tensor in walker.placed}
    dropped = {parameter.path.removesuffix("_raw") for parameter in found.parameters}  # weight drop's leftovers
    found.loose = [
        (name, t)
        for name, t in found.loose
        if t.place not in used and name not in dropped and len(t.shape) > 0 and "._flat_weights." not in name
    ]  # a number beside the weights is a score or a count; torch's own list of a module's weights may be out of date
    return found


def _refuse_packed(mappings: list[tuple[int, str, Mapping[object, object]]]) -> None:
    """Quantised modules hold their weights in objects that only torch can open, or in none that a name tells."""
    for _, path, node in mappings:
        for key in node:
            if isinstance(key, str) and _PACKED.search(f"{path[-MOST_PATH:]}.{key[:MOST_PATH]}"):
                raise Unreadable(
                    "is quantised (quantize_dynamic or the like): its weights are rounded and packed; save them from "
                    "the model as it was before that: " + RESAVE
                )


class _Walker:
    """Depth first, without recursion: a file may nest as deep as it likes, and may contain itself."""

    def __init__(self) -> None:
        self.found = FoundParameters()
        self.placed: list[tuple[str, str, Tensor]] = []
        """(container, name inside it, tensor) of every parameter."""
        self.mappings: list[tuple[int, str, Mapping[object, object]]] = []
        self._pending: list[tuple[str, object, int, str | None]] = []
        self._seen: dict[int, object] = {}  # holds the nodes, so that no id is used twice

    def find_parameters(self, root: object) -> None:
        """Visits everything once, in the order it was saved."""
        self._pending.append(("", root, 0, None))
        while self._pending:
            path, node, depth, inside = self._pending.pop()
            if id(node) in self._seen:
                continue
            self._seen[id(node)] = node
            if len(self._seen) > MOST_NODES or len(self.placed) > MOST_PARAMETERS or len(path) > MOST_PATH:
                raise Unreadable("contains far more than a recurrent model does; save only the weights: " + RESAVE)
            if isinstance(node, StandIn):
                self._stand_in(path, node, depth, inside)
            elif isinstance(node, dict):
                self._dict(path, node, depth)
            elif isinstance(node, (list, tuple)):
                self._children(path, [(index, value) for index, value in enumerate(node) if _inner(value)], depth)

    def _children(self, path: str, children: Iterable[tuple[object, object]], depth: int) -> None:
        inner = []
        for key, value in children:
            if isinstance(value, Tensor):
                self.found.loose.append((_join(path, key), value))
            elif _inner(value):
                inner.append((_join(path, key), value, depth + 1, None))
        self._pending.extend(reversed(inner))

    def _dict(self, path: str, node: dict[object, object], depth: int) -> None:
        if _is_optimiser(node):
            return
        if _is_state_dict(node):
            for key, value in node.items():
                if isinstance(value, Tensor) and isinstance(key, str) and _counts(value):
                    self.placed.append((path, key, value))
            self._children(path, [(k, v) for k, v in node.items() if not isinstance(v, Tensor)], depth)
        else:
            self._children(path, node.items(), depth)
        self.mappings.append((depth, path, node))

    def _stand_in(self, path: str, node: StandIn, depth: int, inside: str | None) -> None:
        state = node.state
        if _is_optimiser(state):
            return
        own, modules = state.get("_parameters"), state.get("_modules")
        if not isinstance(own, dict) or not isinstance(modules, dict):
            self._children(path, enumerate((*node.args, *node.items)), depth)
            self._children(path, node.entries.items(), depth)
            self._children(path, state.items(), depth)
            self.mappings += [(depth, path, node.entries), (depth, path, state)]
            return
        top = path if inside is None else inside
        self.found.modules[path] = node
        buffers, fleeting = state.get("_buffers"), state.get("_non_persistent_buffers_set")
        passing = fleeting.members if isinstance(fleeting, Unordered) else []
        kept = {k: v for k, v in buffers.items() if k not in passing} if isinstance(buffers, dict) else {}
        for key, value in (*own.items(), *kept.items()):
            if isinstance(value, Tensor) and isinstance(key, str) and _counts(value):
                self.placed.append((top, _join(path, key)[len(top) :].removeprefix("."), value))
        transparent = ("_parameters", "_modules", "_buffers", "_non_persistent_buffers_set")
        self._children(path, [(k, v) for k, v in state.items() if k not in transparent], depth)
        inner = [(_join(path, key), value, depth + 1, top) for key, value in modules.items() if _inner(value)]
        self._pending.extend(reversed(inner))  # on top: a module met as an attribute too has its proper name first
        self.mappings.append((depth, path, state))


def _inner(value: object) -> bool:
    return isinstance(value, (dict, list, tuple, StandIn, Tensor))


def _counts(tensor: Tensor) -> bool:
    """Counters and masks of whole numbers are not weights."""
    return tensor.dtype not in ("int64", "int32", "int16", "bool") and (len(tensor.shape) > 0 or bool(tensor.problem))


def _named(placed: list[tuple[str, str, Tensor]]) -> tuple[list[Parameter], tuple[str, ...]]:
    """Parameters with the names their state_dict has, less the wrappers that all of them share."""
    one = len({container for container, _, _ in placed}) == 1
    names = [name if one else _join(container, name) for container, name, _ in placed]
    stripped: list[str] = []
    while names and (wrapper := _WRAPPERS.match(names[0])) and all(n.startswith(wrapper.group()) for n in names):
        stripped.append(wrapper.group())
        names = [name[len(wrapper.group()) :] for name in names]
    parameters = [Parameter(_join(c, n), name, t) for (c, n, t), name in zip(placed, names, strict=True)]
    return parameters, tuple(stripped)
