"""A foreign model, understood as plain bytes and words: nothing in its file is run, and no torch is needed."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any

from lstm_tui.checkpoints.beside import ScalerFile, find_vocabulary_beside, look_for_scaler
from lstm_tui.checkpoints.reading_child import SECONDS, Reply, ask
from lstm_tui.checkpoints.vocabulary_choice import Vocab, chosen, missing, unneeded
from lstm_tui.core.errors import UserError
from lstm_tui.core.kinds import KINDS
from lstm_tui.core.kinds.activated import ACTIVATED
from lstm_tui.core.vocabulary import visible

HEAD_ACTIVATIONS = ("linear", "relu", "tanh", "sigmoid", "elu", "selu", "gelu", "softplus", "softsign", "silu")
"""What `--head` takes."""
_WORDS = {"gru-before": "GRU (with the reset gate before the product)"}


@dataclass(frozen=True, eq=False, kw_only=True)
class ModelFacts:
    """What can be known of a foreign model without its weights. Every string but the vocabulary is fit to be shown."""

    kind: str
    """Of `core.kinds`; or one of a function that no cell here computes yet."""
    hidden_sizes: tuple[int, ...]
    """H of each layer."""
    symbols: int
    """V: how many symbols, or numbers, enter at a step."""
    outputs: int | None
    """How many numbers come out; None without an output layer."""
    embedded: bool
    """Whether an embedding looks the symbols up."""
    vocabulary: tuple[str, ...] | None
    """Raw symbols in index order: `visible()` before showing. None where neither the file nor the user names them."""
    vocabulary_source: str
    """Where it comes from; without one, how to give it."""
    warnings: tuple[str, ...]
    """What the reader must know."""
    names: tuple[str, ...]
    """Foreign classes and functions the file mentions: none was looked up or run."""
    sha256: str
    """Of the file; "" for a live module."""
    masked: bool = False
    """Whether it skips symbol 0, which stands for padding."""
    numbers: bool = False
    """Whether it reads rows of `symbols` numbers instead of symbols."""
    classes: int = 0
    """How many classes it tells apart; 0 where it says what comes next."""
    each: bool = False
    """Whether each of them is there or not on its own."""
    unsteppable: str = ""
    """Why it cannot be stepped, though all of it is understood: a predicate; empty where it can."""

    def facts(self) -> dict[str, Any]:
        """These, by name."""
        return {field.name: getattr(self, field.name) for field in fields(ModelFacts)}


@dataclass(frozen=True, eq=False, kw_only=True)
class PlainModel(ModelFacts):
    """What the reading child found, before torch is imported."""

    about: dict[str, Any]
    """The child's whole answer."""
    data: tuple[memoryview, ...]
    """The bytes of the tensors it lists."""
    scaler: ScalerFile | None = None
    """What a file beside it says of how its numbers were scaled."""


def read_plain(
    path: str | os.PathLike[str], *, vocab: Vocab = None, vocab_from: str | os.PathLike[str] | None = None,
    encoding: str = "utf-8", seconds: float = SECONDS, gates: str | None = None, head: str | None = None,
    cell: str | None = None, rows: bool = False, classes: bool = False, part: str | None = None,
    reset: str | None = None,
) -> PlainModel:  # fmt: skip
    """Reads the checkpoint at `path` in a child process, without torch. Raises `UserError` with one sentence.

    `vocab`: a preset's name (`printable`), the path of a JSON list, or the symbols themselves; `vocab_from`: the text
    it was trained on, in `encoding`. Before the latter comes what the file and the files beside it say; never a guess.
    `gates` (`sigmoid`, `hard`) and `reset` (`before`, `after`): what a Keras file may leave open; `head`: the
    activations of its linear layers; `cell`: the cell it is to be stepped with, which says a plain RNN's nonlinearity
    where the weights do not.
    `rows`: it is to read numbers, `classes`: its outputs are classes, where its shapes leave that open. `part`: one
    network of several.
    """
    name = os.fspath(path)
    reply = ask(name, seconds, part=part or "")
    try:
        settle_gates(reply.about, gates)
        _settle_reset(reply.about, reset)
        settle_nonlinearity(reply.about, cell)
        settle(reply.about, visible(os.path.basename(name))[:120], head=head, rows=rows, classes=classes)
        return understood(reply, name, vocab, vocab_from, encoding, seconds)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):  # what the child says is foreign too
        shown = visible(os.path.basename(name))[:120]
        raise UserError(f"{shown} cannot be read: its contents are not a valid checkpoint") from None


def understood(
    reply: Reply, path: str, vocab: Vocab, vocab_from: str | os.PathLike[str] | None, encoding: str, seconds: float
) -> PlainModel:
    """What a child said of the file at `path`, with the symbols that others give. Raises `UserError`, and `KeyError`
    and its like where no sense can be made of it."""
    about = reply.about
    warnings = [visible(str(warning)[:900]) for warning in about["warnings"]]
    vocabulary, source = _vocabulary(about, path, vocab, vocab_from, encoding, seconds, warnings)
    scaler = _scaler(about, path, warnings, seconds)
    classes, each = classes_of(about)
    output = about["output_weight"]
    return PlainModel(
        kind=kind_of(about),
        hidden_sizes=tuple(int(about["tensors"][layer[1]]["shape"][1]) for layer in about["layers"]),
        symbols=int(about["symbols"]),
        outputs=None if output is None else int(about["tensors"][output]["shape"][0]),
        embedded=about["embedding"] is not None,
        vocabulary=vocabulary,
        vocabulary_source=source,
        warnings=tuple(warnings),
        names=tuple(visible(str(name)[:200]) for name in about["names"]),
        sha256=reply.sha256,
        masked=bool(about["masked"]),
        numbers=bool(about["numbers"]),
        classes=classes,
        each=each,
        unsteppable=_unsteppable(about),
        about=about,
        data=reply.data,
        scaler=scaler,
    )


def _vocabulary(
    about: dict[str, Any], path: str, vocab: Vocab, vocab_from: str | os.PathLike[str] | None, encoding: str,
    seconds: float, warnings: list[str],
) -> tuple[tuple[str, ...] | None, str]:  # fmt: skip
    """The symbols as the user gives them, the file or one beside it, and which of these, or how to give them."""
    size = int(about["symbols"])
    vocabulary: tuple[str, ...] | None = None if about["vocabulary"] is None else tuple(about["vocabulary"])
    source, notes = visible(str(about["vocabulary_source"])), [visible(str(n)[:900]) for n in about["vocabulary_notes"]]
    if about["numbers"]:
        vocabulary = None
    elif vocabulary is None and vocab is None:
        beside = find_vocabulary_beside(path, size, seconds)
        vocabulary, source = beside.vocabulary, visible(beside.source)
        notes = beside.notes if vocabulary else [*notes, *beside.notes]
    if vocabulary is not None and vocab is None and vocab_from is not None:
        warnings.append(unneeded(source))
        vocab_from = None
    given = chosen(vocab, vocab_from, size, encoding)
    if given is not None:
        vocabulary, source = given
    elif vocabulary is None:
        source = missing(size)
    warnings += notes if given is None else []
    return vocabulary, source


def _scaler(about: dict[str, Any], path: str, warnings: list[str], seconds: float) -> ScalerFile | None:
    """The scaler beside a model of numbers; joins what is to be said of it."""
    if not about["numbers"]:
        return None
    scaler, notes = look_for_scaler(path, seconds)
    warnings += notes
    if scaler is not None:
        about["inferred"].append(f"{scaler.words} beside the file says how rows are scaled")
    return scaler


def settle(about: dict[str, Any], shown: str, *, head: str | None, rows: bool, classes: bool) -> None:
    """What the user says of a model where its file leaves it open: see `read_plain`. Raises `UserError`."""
    settle_head(about, head)
    if rows:
        _settle_numbers(about, shown)
    if classes:
        _settle_classes(about, shown)
    if about["classes"] == 1 and about["output_activation"] in ("", "linear"):
        about["inferred"].append("one output: taken as the logit of the second of two classes")


def settle_gates(about: dict[str, Any], gates: str | None) -> None:
    """What makes gates, as the user says it where the file leaves it open, or only suggests it."""
    if gates is None:
        return
    if about["gates_said"]:
        about["warnings"].append(f"--gates was not used: the file says what makes its gates ({about['gates']})")
    else:
        about["gates"] = "hard_sigmoid" if gates == "hard" else "sigmoid"
        about["inferred"] = [line for line in about["inferred"] if not str(line).startswith("gates: ")]


def _settle_reset(about: dict[str, Any], reset: str | None) -> None:
    """Where a GRU's reset gate stands, before the product or after it, as the user says it where the file does not."""
    if reset is None:
        return
    if about["reset_said"] or about["kind"] not in ("gru", "gru-before"):
        about["warnings"].append("--reset was not used: the file leaves no reset gate's place open")
        return
    about["kind"] = "gru-before" if reset == "before" else "gru"
    about["inferred"] = [line for line in about["inferred"] if not str(line).startswith("reset: ")]


def settle_head(about: dict[str, Any], head: str | None) -> None:
    """The activations after the linear layers between h and the output, in order; one for all of them.

    Raises `UserError` where they are not as many, or unknown.
    """
    open_, names = [dense for dense in about["head"] if not dense[2]], [] if head is None else head.split(",")
    if head is None:
        return
    if unknown := next((name for name in names if name not in HEAD_ACTIVATIONS), None):
        raise UserError(f"--head '{visible(unknown)}' is not known: use {', '.join(HEAD_ACTIVATIONS)}")
    if not open_:
        about["warnings"].append("--head was not used: the file leaves no activation of its head open")
        return
    if len(names) == 1:  # with a BatchNorm between, it stands after that
        for dense, above in pairwise(about["head"]):
            if not dense[2] and len(above) > 3:
                dense[2] = "linear"
        open_ = [dense for dense in open_ if not dense[2]]
    elif len(names) != len(open_):
        raise UserError(f"--head names {len(names)} activations, and the head has {len(open_)} layers that need one")
    for dense, name in zip(open_, names * len(open_), strict=False):
        dense[2] = name


def settle_nonlinearity(about: dict[str, Any], cell: str | None) -> None:
    """A plain RNN's squashing function, as the cell asked for has it, where nothing in the file says."""
    if about["kind"] == "rnn" and not about["content_said"] and cell in ("rnn", "rnn-relu"):
        about["content"] = "relu" if cell == "rnn-relu" else "tanh"
        about["inferred"] = [line for line in about["inferred"] if not str(line).startswith("nonlinearity: ")]


def _settle_numbers(about: dict[str, Any], shown: str) -> None:
    """The user gives rows: where symbols would enter one-hot, numbers do. Raises `UserError` where none can."""
    if about["embedding"] is not None:
        raise UserError(f"{shown} looks symbols up in an embedding, so it reads no rows of numbers: give it a text")
    about["numbers"] = True
    if about["output_activation"] == "softmax":  # one-hot symbols were assumed because of it
        about["classes"] = _outputs(about)


def _settle_classes(about: dict[str, Any], shown: str) -> None:
    """The user names classes: what comes out are those, and no next symbols or numbers."""
    if about["output_weight"] is None:
        raise UserError(f"{shown} has no output layer, so there are no classes to name: leave --classes out")
    about["classes"] = _outputs(about)


def classes_of(about: dict[str, Any]) -> tuple[int, bool]:
    """How many classes an answer speaks of, and whether each of them is there or not on its own.

    One output is the logit of the second of two.
    """
    outputs = int(about["classes"])
    if outputs == 1 and about["output_activation"] in ("", "linear", "sigmoid"):
        return 2, False
    return outputs, about["output_activation"] == "sigmoid"


def _outputs(about: dict[str, Any]) -> int:
    return int(about["tensors"][about["output_weight"]]["shape"][0])


def kind_of(about: dict[str, Any]) -> str:
    """Of `core.kinds`, where one computes what the file says; else what the file says."""
    kind = str(about["kind"])[:40]
    found = ACTIVATED.get((kind, about["gates"], about["content"]))
    return kind if found is None else found.name


def _unsteppable(about: dict[str, Any]) -> str:
    kind, activations = str(about["kind"])[:40], (str(about["gates"])[:40], str(about["content"])[:40])
    if kind not in KINDS:
        return f"holds {_WORDS.get(kind, visible(kind))} layers, which no cell here computes yet; inspect shows them"
    if not activations[0]:
        return (
            "does not say what makes its gates, and the Keras that wrote it had two defaults: say --gates sigmoid (the "
            "layers of TensorFlow 2) or --gates hard (those of TensorFlow 1)"
        )
    if activations != ("sigmoid", "tanh") and (kind, *activations) not in ACTIVATED:
        named = " and ".join(map(visible, activations))
        return f"has layers of the activations {named} in place of sigmoid and tanh, which no cell here computes yet"
    return ""
