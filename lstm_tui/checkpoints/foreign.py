"""A foreign model, understood as plain bytes and words: nothing in its file is run, and no torch is needed."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from typing import Any

from lstm_tui.checkpoints.beside import find_vocabulary_beside, scalers
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


def read_plain(
    path: str | os.PathLike[str], *, vocab: Vocab = None, vocab_from: str | os.PathLike[str] | None = None,
    encoding: str = "utf-8", seconds: float = SECONDS, gates: str | None = None, head: str | None = None,
    cell: str | None = None, rows: bool = False,
) -> PlainModel:  # fmt: skip
    """Reads the checkpoint at `path` in a child process, without torch. Raises `UserError` with one sentence.

    `vocab`: a preset's name (`printable`), the path of a JSON list, or the symbols themselves; `vocab_from`: the text
    it was trained on, in `encoding`. Before the latter comes what the file and the files beside it say; never a guess.
    `gates`: `sigmoid` or `hard`, for a Keras file that leaves it open; `head`: the activations of its linear layers;
    `cell`: the cell it is to be stepped with, which says a plain RNN's nonlinearity where the weights do not.
    `rows`: it is to read numbers where its shapes leave open whether it does.
    """
    name = os.fspath(path)
    reply = ask(name, seconds)
    try:
        settle_gates(reply.about, gates)
        settle_head(reply.about, head)
        settle_nonlinearity(reply.about, cell)
        if rows:
            settle_numbers(reply.about, visible(os.path.basename(name))[:120])
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
    vocabulary, source, notes = _symbols(about, path, vocab, vocab_from, encoding, seconds)
    warnings += notes
    if about["numbers"] and (found := scalers(path)):
        warnings.append(f"{', '.join(found)} beside the file may say how its numbers were scaled (not read yet)")
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
        unsteppable=_unsteppable(about),
        about=about,
        data=reply.data,
    )


def _symbols(
    about: dict[str, Any],
    path: str,
    vocab: Vocab,
    vocab_from: str | os.PathLike[str] | None,
    encoding: str,
    seconds: float,
) -> tuple[tuple[str, ...] | None, str, list[str]]:
    """The vocabulary, from the user, the file or those beside it; where it comes from; what the reader must know."""
    size, notes = int(about["symbols"]), [visible(str(note)[:900]) for note in about["vocabulary_notes"]]
    vocabulary: tuple[str, ...] | None = None if about["vocabulary"] is None else tuple(about["vocabulary"])
    source, unused = visible(str(about["vocabulary_source"])), list[str]()
    if about["numbers"]:
        vocabulary = None
    elif vocabulary is None and vocab is None:
        beside = find_vocabulary_beside(path, size, seconds)
        vocabulary, source = beside.vocabulary, visible(beside.source)
        notes = beside.notes if vocabulary else [*notes, *beside.notes]
    if vocabulary is not None and vocab is None and vocab_from is not None:
        unused, vocab_from = [unneeded(source)], None
    given = chosen(vocab, vocab_from, size, encoding)
    if given is not None:
        return (*given, unused)
    return vocabulary, missing(size) if vocabulary is None else source, [*unused, *notes]


def settle_gates(about: dict[str, Any], gates: str | None) -> None:
    """What makes gates, as the user says it where the file leaves it open, or only suggests it."""
    if gates is None:
        return
    if about["gates_said"]:
        about["warnings"].append(f"--gates was not used: the file says what makes its gates ({about['gates']})")
    else:
        about["gates"] = "hard_sigmoid" if gates == "hard" else "sigmoid"
        about["inferred"] = [line for line in about["inferred"] if not str(line).startswith("gates: ")]


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
    if len(names) not in (1, len(open_)):
        raise UserError(f"--head names {len(names)} activations, and the head has {len(open_)} layers that need one")
    for dense, name in zip(open_, names * len(open_), strict=False):
        dense[2] = name


def settle_nonlinearity(about: dict[str, Any], cell: str | None) -> None:
    """A plain RNN's squashing function, as the cell asked for has it, where nothing in the file says."""
    if about["kind"] == "rnn" and not about["content_said"] and cell in ("rnn", "rnn-relu"):
        about["content"] = "relu" if cell == "rnn-relu" else "tanh"
        about["inferred"] = [line for line in about["inferred"] if not str(line).startswith("nonlinearity: ")]


def settle_numbers(about: dict[str, Any], shown: str) -> None:
    """The user gives rows: where symbols would enter one-hot, numbers do. Raises `UserError` where none can."""
    if about["embedding"] is not None:
        raise UserError(f"{shown} looks symbols up in an embedding, so it reads no rows of numbers: give it a text")
    about["numbers"] = True


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
