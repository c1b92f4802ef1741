"""One network of several in a file: an encoder or a decoder, or the forward direction of one that reads both ways."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from lstm_tui.checkpoints.layout.parameters import FoundParameters, Parameter
from lstm_tui.checkpoints.layout.recurrent import recurrent_name
from lstm_tui.checkpoints.sandbox.limits import Unreadable

FORWARD = "forward"
_DIGITS = re.compile(r"\d+")
_ROLES = ("enc", "dec")


class Several(Unreadable):
    """A file whose networks have to be chosen from; `parts` gives each one's name and what it is, in words."""

    def __init__(self, sentence: str, parts: Sequence[tuple[str, str]]) -> None:
        super().__init__(sentence)
        self.parts = tuple(parts)


def several(what: str, parts: Sequence[tuple[str, str]]) -> Several:
    """The refusal of a file where nobody says which part of it is meant."""
    names = " or ".join(name for name, _ in parts[:6])
    return Several(f"{what}; {'name the part to step' if len(parts) > 1 else 'to step a part'}: --part {names}", parts)


def not_there(part: str, parts: Sequence[tuple[str, str]]) -> Several:
    """The refusal of a part that a file does not have."""
    listed = ", ".join(name for name, _ in parts[:12]) or "none: leave --part out"
    return Several(f"has no part '{part[:60]}'; its parts are {listed}", parts)


def matching(part: str, names: Sequence[str]) -> str | None:
    """The one of `names` that is asked for: by itself, or as `encoder` and `decoder` where its name says so."""
    if part in names:
        return part
    role = next((role for role in _ROLES if part.lower() in (role, f"{role}oder")), None)
    found = [name for name in names if role is not None and role in name.lower()]
    return found[0] if len(found) == 1 else None


@dataclass(eq=False)
class _Net:
    """The recurrent parameters of one network."""

    prefix: str
    """Of its module: what else is below this belongs to it. Empty for one that stands among others."""
    name: str
    recurrent: list[Parameter] = field(default_factory=list)

    @property
    def both_ways(self) -> bool:
        return any("_reverse" in parameter.name for parameter in self.recurrent)

    @property
    def words(self) -> str:
        """`LSTM of 64 units, reads 32 numbers`."""
        first = next((p for p in self.recurrent if "weight_ih" in p.name and len(p.tensor.shape) == 2), None)
        hh = next((p for p in self.recurrent if "weight_hh" in p.name and len(p.tensor.shape) == 2), None)
        if first is None or hh is None or not hh.tensor.shape[1]:
            return "incomplete"
        kind = {4: "LSTM", 3: "GRU"}.get(hh.tensor.shape[0] // hh.tensor.shape[1], "recurrent network")
        layers = sum("weight_hh" in p.name and "_reverse" not in p.name for p in self.recurrent)
        return (
            f"{kind} of {hh.tensor.shape[1]} units, {layers} layer{'s' * (layers > 1)}, "
            f"reads {first.tensor.shape[1]} numbers"
        )


def select(found: FoundParameters, part: str) -> tuple[FoundParameters, list[str]]:
    """The parameters of `part` ("": the whole file, which then must be one network), and what was left out, in words.

    Raises `Several` where there is a choice to be made, or no such part.
    """
    nets = _nets(found.parameters)
    listed = [(_called(net, len(nets)), net) for net in nets]
    choices = [(name, net.words + (", the forward direction alone" if net.both_ways else "")) for name, net in listed]
    if not part:
        if len(nets) > 1:
            raise several(f"has more than one recurrent network ({', '.join(net.name for net in nets[:6])})", choices)
        if nets and nets[0].both_ways:
            reverse = next(p.name for p in nets[0].recurrent if "_reverse" in p.name)
            what = (
                f"has a bidirectional network ({reverse}), which reads the text from both ends and is not stepped whole"
            )
            raise several(what, choices)
        return found, []
    name = matching(part, [name for name, _ in listed])
    net = next((net for called, net in listed if called == name), None)
    if net is None:
        raise not_there(part, choices)
    kept = [*(_forward(net) if net.both_ways else net.recurrent), *_others(found.parameters, net, nets)]
    chosen = {id(parameter) for parameter in kept}
    left = [parameter.name for parameter in found.parameters if id(parameter) not in chosen]
    return replace(found, parameters=kept), left


def _called(net: _Net, count: int) -> str:
    if not net.both_ways:
        return net.name
    return FORWARD if count == 1 else f"{net.name}.{FORWARD}"


def _nets(parameters: Sequence[Parameter]) -> list[_Net]:
    """The networks in the order of the file. Modules whose names differ in numbers alone are layers of one."""
    groups: dict[str, list[Parameter]] = {}
    for parameter in parameters:
        stem = recurrent_name(parameter.name)
        if stem is not None:
            groups.setdefault(_DIGITS.sub("#", stem), []).append(parameter)
    paths = {stem: stem.rstrip(".").split(".") for stem in groups}
    nets = []
    for stem, held in groups.items():
        own = paths[stem]
        apart = max((_shared(own, other) for key, other in paths.items() if key != stem), default=0)
        prefix = "" if apart + 1 >= len(own) else ".".join(own[: apart + 1]) + "."
        nets.append(_Net(prefix, own[min(apart, len(own) - 1)] or "network", held))
    return nets


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many components both begin with."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _forward(net: _Net) -> list[Parameter]:
    """The bottom layer's forward direction: what is above it reads both."""
    bottom = [p for p in net.recurrent if "_reverse" not in p.name]
    stems = sorted({recurrent_name(p.name) or "" for p in bottom}, key=_numbers)
    below = [p for p in bottom if recurrent_name(p.name) == stems[0]]
    return [p for p in below if not re.search(r"_l[1-9]\d*(_raw)?$", p.name)]


def _numbers(stem: str) -> list[int]:
    return [int(number) for number in _DIGITS.findall(stem)]


def _others(parameters: Sequence[Parameter], net: _Net, nets: Sequence[_Net]) -> list[Parameter]:
    """What may be the ends of `net`: all below its module; what is below none, and by its name not another's."""
    kept = []
    for parameter in parameters:
        if recurrent_name(parameter.name) is not None:
            continue
        owner = next((other for other in nets if other.prefix and parameter.name.startswith(other.prefix)), None)
        if owner is net or (owner is None and not _of_another(parameter.name, net, nets)):
            kept.append(parameter)
    return kept


def _of_another(name: str, net: _Net, nets: Sequence[_Net]) -> bool:
    """Whether a name says of an encoder or a decoder that it is the other's."""
    own = {role for role in _ROLES if role in net.name.lower()}
    others = {role for other in nets for role in _ROLES if role in other.name.lower()}
    said = {role for role in others if role in name.lower()}
    return bool(own) and bool(said) and not said & own
