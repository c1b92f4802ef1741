"""What a file says about itself beside its tensors. Shapes are believed; settings only warn, refuse, or explain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lstm_tui.checkpoints.layout.parameters import FoundParameters
from lstm_tui.checkpoints.sandbox.limits import Unreadable

_HIDDEN = ("n_hidden", "hidden_size", "hidden_dim", "nhid", "rnn_size", "hidden_units")
_LAYERS = ("n_layers", "num_layers", "nlayers")
_SYMBOLS = ("vocab_size", "ntoken", "ntokens", "n_tokens", "output_size", "n_chars", "num_chars")

_SILENT = (
    "Dropout", "Identity", "ModuleList", "ModuleDict", "Sequential", "Embedding", "LSTM", "GRU", "LSTMCell", "GRUCell",
    "RNN", "RNNCell", "Linear", "ParameterList", "DataParallel", "DistributedDataParallel",
)  # fmt: skip
"""torch modules that are parameters we see, or change nothing outside training."""


@dataclass(eq=False)
class Facts:
    """What a whole module's classes and attributes say that its tensors do not."""

    log_softmax: bool | None = None
    max_norm: float | None = None
    nonlinearity: str | None = None
    """Of plain RNN layers: tanh or relu; None where nothing says."""
    warnings: list[str] = field(default_factory=list)


def module_facts(found: FoundParameters) -> Facts:
    """Looks through modules and settings. Raises `Unreadable` for a model that reads backwards."""
    facts = Facts()
    silent_others = []
    for path, module in found.modules.items():
        kind = module.of.rpartition(".")[2]
        if not module.of.startswith("torch.nn.") or kind in _SILENT:
            norm = module.state.get("max_norm")
            if kind == "Embedding" and isinstance(norm, (int, float)) and not isinstance(norm, bool) and norm > 0:
                facts.max_norm = float(norm)
                if module.state.get("norm_type", 2.0) != 2.0:
                    raise Unreadable(
                        f"has an embedding with norm_type {module.state['norm_type']!r:.40}; use norm_type=2"
                    )
            if module.of.startswith("torch.nn.") and kind in ("RNN", "RNNCell"):
                _note_nonlinearity(facts, module.state)
        elif kind == "LogSoftmax":
            facts.log_softmax = True
        elif not kind.endswith(("Softmax", "Loss", "Dropout", "Dropout1d", "Dropout2d")):
            silent_others.append(f"{kind} ({path})")
    if silent_others:
        listed = ", ".join(silent_others[:5])
        facts.warnings.append(
            f"the module also contains {listed}: whether its forward() uses them cannot be determined"
        )
    for _, key, value in _settings(found, ("is_forward_lm",)):
        if value is False:
            raise Unreadable(f"is a backward language model ({key} is False): it reads texts from their end")
    return facts


def _note_nonlinearity(facts: Facts, state: Mapping[object, object]) -> None:
    """What the layers of a plain RNN are squashed by. Raises `Unreadable` where two layers have different ones."""
    given = str(state.get("nonlinearity") or state.get("mode") or "").lower().removeprefix("rnn_")
    if given not in ("tanh", "relu"):
        return
    if facts.nonlinearity not in (None, given):
        raise Unreadable("mixes RNN layers of tanh and of relu, which is not supported; use one nonlinearity")
    facts.nonlinearity = given


def _settings(found: FoundParameters, keys: Iterable[str]) -> Iterable[tuple[str, str, object]]:
    wanted = tuple(keys)
    for path, mapping in found.mappings:
        if _of_torch(found, path, mapping):
            continue
        for key in wanted:
            if key in mapping:
                yield path, key, mapping[key]


def _of_torch(found: FoundParameters, path: str, mapping: Mapping[object, object]) -> bool:
    """Attributes of torch's own modules: an inner Linear's sizes say nothing about the model."""
    module = found.modules.get(path)
    return module is not None and module.state is mapping and module.of.startswith("torch.nn.")


def disagreements(found: FoundParameters, widths: tuple[int, ...], symbols: int) -> list[str]:
    """Sentences for settings that the shapes contradict."""
    contradictions: dict[str, None] = {}
    truths: tuple[tuple[tuple[str, ...], set[int], str], ...] = (
        (_HIDDEN, set(widths), "hidden size"),
        (_LAYERS, {len(widths)}, "number of layers"),
        (_SYMBOLS, {symbols}, "number of symbols"),
    )
    for keys, true, what in truths:
        for _, key, value in _settings(found, keys):
            if type(value) is int and value not in true:
                shown = ", ".join(map(str, sorted(true)))
                contradictions[
                    f"the file says {key} = {value}, its tensors say {shown} ({what}): the tensors take precedence"
                ] = None
    return list(contradictions)[:5]
