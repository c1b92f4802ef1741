"""What `inspect` says of a file."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from lstm_tui.core.errors import UserError
from lstm_tui.core.filesystem.bundled import bundled_path
from lstm_tui.core.options import ModelOptions
from lstm_tui.debugger.file_report import describe
from lstm_tui.debugger.prepare import prepare

HELLO = Path(bundled_path("hello") or "")


def test_hello() -> None:
    said = describe("hello")
    data = HELLO.read_bytes()
    assert (said.sha256, said.size) == (hashlib.sha256(data).hexdigest(), len(data))
    assert said.about.hidden_sizes == (8,)
    assert said.about.vocabulary == tuple("ehlo")
    assert (said.text, said.seed, said.about.epochs) == ("hello", 0, 200)
    assert said.metadata["cell"] == "by-hand"
    assert [name for name, _, _ in said.tensors][-2:] == ["fc.weight", "fc.bias"]
    assert sum(1 for name, _, _ in said.tensors) == 6


def test_every_tensor_has_a_shape_and_a_role(tmp_path: Path) -> None:
    path = str(tmp_path / "deep.safetensors")
    prepare(ModelOptions(text="abc", hidden=2, layers=3, cell="builtin")).open().save(path)
    said = describe(path)
    assert said.about.name == "deep"
    assert [shape for _, shape, _ in said.tensors][:5] == [(8, 3), (8, 2), (8,), (8,), (8, 2)]
    roles = [role for _, _, role in said.tensors]
    assert roles[0] == "layer 1, input → gates (rows i, f, g, o)"
    assert roles[9] == "layer 3, h → gates (rows i, f, g, o)"
    assert roles[-2:] == ["h → logits", "bias of the logits"]


@pytest.mark.parametrize("data", [b"", b"not a model", HELLO.read_bytes()[:300], b"PK\x03\x04" + bytes(50)])
def test_what_is_no_model(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(data)
    with pytest.raises(UserError, match=r"x\.safetensors"):
        describe(str(path))
    with pytest.raises(UserError, match="there is no file"):
        describe(str(tmp_path / "none"))
