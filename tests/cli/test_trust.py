"""What a file says is never a path to code: every field of every format we read, beside code that leaves a mark."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from lstm_tui.core.errors import RunFailed, UserError
from lstm_tui.core.filesystem.bundled import bundled_path
from lstm_tui.core.options import ModelOptions
from lstm_tui.debugger.prepare import prepare
from tests.checkpoints.nets import Net
from tests.cli.running import Run
from tests.files_made import changed, with_metadata
from tests.tui.staged import Staged, on_stage

EVIL = """
from pathlib import Path
from torch import nn
Path({mark!r}).touch()
class Evil(nn.LSTMCell):
    def forward(self, x, h, c):
        return super().forward(x, (h, c))
"""
FORMS = (
    "evil.py:Evil", "{here}/evil.py:Evil", "./evil.py:Evil", "../{folder}/evil.py:Evil", "notes.txt:Evil", "evil:Evil",
    "evil.Evil", "evil", "evil.py", "evil.ipynb:Evil", "evil.ipynb", "evil/__init__.py:Evil", "file://{here}/evil.py:Evil",
    "evil.py:Evil\x1b[2J", "Evil",
)  # fmt: skip
METADATA = (
    "lstm_tui.format", "cell", "vocab", "text", "seed", "epochs", "loss", "class", "hidden", "tied", "max_norm",
    "log_softmax", "output", "module", "import", "names",
)  # fmt: skip
OWN = "add --cell path/to/file.py:"


@pytest.fixture
def forms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Names of code that is really there, in the current folder and importable; none of it has run afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    code = EVIL.format(mark=str(tmp_path / "mark"))
    (tmp_path / "evil").mkdir()
    notebook = json.dumps({"nbformat": 4, "cells": [{"cell_type": "code", "source": [code]}]})
    for name, text in (("evil.py", code), ("notes.txt", code), ("evil/__init__.py", code), ("evil.ipynb", notebook)):
        (tmp_path / name).write_text(text)
    yield [form.format(here=tmp_path, folder=tmp_path.name) for form in FORMS]
    assert not (tmp_path / "mark").exists()


def ours(name: str = "hello") -> bytes:
    path = bundled_path(name)
    assert path is not None
    return Path(path).read_bytes()


def refusal(options: ModelOptions) -> str:
    """What opening says; empty where it opens."""
    try:
        prepare(options).open()
    except (UserError, RunFailed) as error:
        return str(error)
    return ""


def test_the_code_beside_would_leave_its_mark_if_the_user_named_it(forms: list[str], tmp_path: Path) -> None:
    assert refusal(ModelOptions(cell=forms[0])) == ""
    (tmp_path / "mark").unlink()


def of_a_class(data: bytes) -> bytes:
    """The same file with tensors as a user's class has them."""

    def change(header: dict[str, object]) -> None:
        for name in [name for name in header if name.startswith("lstm.")]:
            header[name.replace("lstm.", "cell.0.")] = header.pop(name)

    return with_metadata(changed(data, change), hidden="[8]")


def test_a_cell_that_is_not_ours_asks_for_the_users_class_whoever_opens_the_file(
    forms: list[str], refused: Callable[..., str], run: Run, tmp_path: Path
) -> None:
    for form, field in itertools.product(forms, ("cell", "class")):
        data = with_metadata(ours() if field == "cell" else of_a_class(ours()), **{field: form})
        (tmp_path / "gift.safetensors").write_bytes(data)
        for command in (("trace",), ("train", "-o", "out.safetensors", "--epochs", "1"), ()):
            sentence, _, named = refused(*command, "gift.safetensors").rpartition(OWN)
            assert sentence == f"'gift.safetensors' holds weights of your class {named}: "
            assert named in ("Evil", "evil", "Class", "__init__")
        code, out, _ = run("inspect", "gift.safetensors")
        assert code == 0
        assert f"cell        {named}\n" in out
        for options in (ModelOptions(fresh=True), ModelOptions(cell="by-hand"), ModelOptions(cell="fused", fresh=True)):
            refusal(replace(options, model="gift.safetensors"))


def test_no_field_of_our_own_file_is_code(forms: list[str], tmp_path: Path) -> None:
    for form, field in itertools.product(forms, METADATA):
        (tmp_path / "gift.safetensors").write_bytes(with_metadata(ours(), **{field: form}))
        refusal(ModelOptions(model="gift.safetensors", text="hello"))
    for form in forms:

        def renamed(header: dict[str, object], form: str = form) -> None:
            header[form] = header.pop("fc.bias")

        (tmp_path / "gift.safetensors").write_bytes(changed(ours(), renamed))
        assert refusal(ModelOptions(model="gift.safetensors"))


def test_the_open_dialog_asks_for_the_class_too(forms: list[str], tmp_path: Path) -> None:
    (tmp_path / "gift.safetensors").write_bytes(with_metadata(ours(), cell=forms[0]))

    async def act(stage: Staged) -> None:
        await stage.press("o", *"gift.safetensors", "enter")
        await stage.settle(2.0)
        shown = "".join("".join(row) for row in stage.cells())
        assert "your class Evil" in " ".join(shown.split())
        assert not stage.alone

    on_stage(prepare(ModelOptions(model="hello")), act)


def test_no_field_of_a_strangers_file_or_of_what_lies_beside_it_is_code(
    forms: list[str], run: Run, tmp_path: Path
) -> None:
    names = (
        "cell", "class", "cls", "model", "model_class", "module", "__module__", "__class__", "__reduce__", "arch",
        "rnn_type", "config", "hparams", "hyper_parameters", "args", "path", "file",
        "vocab", "itos", "stoi", "tokens", "vocabulary", "dictionary",
    )  # fmt: skip
    many = [dict.fromkeys(names, form) for form in forms]
    for said in (dict.fromkeys(names[:-6], forms[0]), {"tokens": forms[0]}, {"stoi": dict.fromkeys(forms, forms[0])}):
        torch.save({"state_dict": Net(10, 4).state_dict(), "many": many, **said}, "gift.pt")
        refusal(ModelOptions(model="gift.pt"))
    torch.save({"state_dict": Net(15, 4).state_dict()}, "gift.pt")
    (tmp_path / "vocab.json").write_text(json.dumps(forms))
    assert refusal(ModelOptions(model="gift.pt")) == ""
    run("inspect", "gift.pt")
    run("trace", "gift.pt")
    save_file(Net(10, 4).state_dict(), "other.safetensors", {name: forms[0] for name in (*METADATA[1:], *names)})
    refusal(ModelOptions(model="other.safetensors"))


def test_no_file_that_an_option_names_is_code(forms: list[str]) -> None:
    options = ModelOptions(model="hello", text=None)
    for field in ("model", "file", "vocab", "vocab_from", "unknown", "encoding", "device", "names"):
        for form in forms:
            refusal(replace(options, **{field: form}))  # type: ignore[arg-type]


def test_no_word_after_open_in_a_script_is_code_but_the_users_own_cell(
    forms: list[str], refused: Callable[..., str], tmp_path: Path
) -> None:
    for form in forms[:3]:
        for option in ("", "--file ", "--vocab ", "--vocab-from ", "--names ", "--encoding ", "--theme ", "--resume "):
            (tmp_path / "gift.keys").write_text(f'open {"" if not option else "hello "}{option}"{form}"\npress right\n')
            refused("record", "gift.keys", "-o", "out.cast")
