"""Sizes and shapes a file claims: checked before they are believed, whatever the container."""

from __future__ import annotations

import json
import pickle
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch

from lstm_tui.checkpoints.sandbox import safetensors_file, safetensors_header, tensors
from lstm_tui.checkpoints.sandbox.limits import MOST_FILE_BYTES
from lstm_tui.core.errors import UserError
from tests.checkpoints.nets import Net, read_foreign


def rewritten(source: Path, target: Path, compression: int = zipfile.ZIP_STORED, **parts: bytes) -> Path:
    """A copy of a torch zip with some members replaced (`data_pkl` names `data.pkl`)."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", compression) as new:
        for name in old.namelist():
            key = name.partition("/")[2].replace(".", "_").replace("/", "_")
            new.writestr(name, parts.get(key, old.read(name)))
    return target


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    torch.save(Net(10, 8, 1).state_dict(), tmp_path / "plain.pt")
    return tmp_path / "plain.pt"


def refusal(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        read_foreign(path)
    return str(caught.value)


class TestClaims:
    """Sizes a file claims and does not have."""

    def test_160_gigabytes_in_a_small_file(self, plain: Path, tmp_path: Path) -> None:
        big = 40_000_000_000
        with zipfile.ZipFile(plain) as archive:
            data = archive.read("plain/data.pkl")
        number = pickle.dumps(big, 2)[2:-1]
        claimed = data.replace(b"M@\x01", number)  # 320 numbers, weight_ih
        assert claimed != data
        sentence = refusal(rewritten(plain, tmp_path / "m.pt", data_pkl=claimed))
        assert "claims" in sentence or "impossible shape" in sentence

    def test_a_zip_bomb(self, plain: Path, tmp_path: Path) -> None:
        bomb = bytes(MOST_FILE_BYTES // 8)
        path = tmp_path / "m.pt"
        with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
            for name in old.namelist():
                new.writestr(name, old.read(name))
            for number in range(9):
                new.writestr(f"plain/data/9{number}", bomb)
        assert path.stat().st_size < 10_000_000
        assert "zip bomb" in refusal(path)

    def test_a_bomb_in_the_pickle(self, plain: Path, tmp_path: Path) -> None:
        path = rewritten(plain, tmp_path / "m.pt", zipfile.ZIP_DEFLATED, data_pkl=bytes(100 << 20))
        assert "zip bomb" in refusal(path)

    def test_deflated_members_are_read_all_the_same(self, plain: Path, tmp_path: Path) -> None:
        assert read_foreign(rewritten(plain, tmp_path / "m.pt", zipfile.ZIP_DEFLATED)).kind == "lstm"

    def test_stride_0(self, tmp_path: Path) -> None:
        state = Net(10, 8, 1).state_dict()
        state["decoder.weight"] = torch.zeros(1).expand(10, 8)
        torch.save(state, tmp_path / "m.pt")
        assert "repeats its numbers" in refusal(tmp_path / "m.pt")

    def test_a_window_outside_its_storage(self, plain: Path, tmp_path: Path) -> None:
        with zipfile.ZipFile(plain) as archive:
            data = archive.read("plain/data.pkl")
        moved = data.replace(b"K\x00K K\n\x86", b"K\x05K K\n\x86")
        assert moved != data
        assert "outside its storage" in refusal(rewritten(plain, tmp_path / "m.pt", data_pkl=moved))

    def test_windows_on_one_storage_are_what_flattened_weights_are(self, tmp_path: Path) -> None:
        net = Net(10, 8, 1)
        flat = torch.cat([value.detach().flatten() for value in net.state_dict().values()])
        state, at = {}, 0
        for name, value in net.state_dict().items():
            state[name] = flat[at : at + value.numel()].view(value.shape)
            at += value.numel()
        torch.save(state, tmp_path / "m.pt")
        found = read_foreign(tmp_path / "m.pt")
        assert torch.equal(found.layers[0].weight_hh, net.state_dict()["rnn.weight_hh_l0"])
        assert found.tied is False

    def test_transposed_weights_keep_their_order(self, tmp_path: Path) -> None:
        net = Net(10, 8, 1)
        state = net.state_dict()
        state["decoder.weight"] = net.decoder.weight.detach().T.contiguous().T
        torch.save(state, tmp_path / "m.pt")
        read = read_foreign(tmp_path / "m.pt").output_weight
        assert read is not None
        assert torch.equal(read, net.state_dict()["decoder.weight"])


def safetensors(header: Any, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def entry(begin: int, end: int, shape: list[int] | None = None) -> dict[str, Any]:
    return {"dtype": "F32", "shape": shape or [(end - begin) // 4], "data_offsets": [begin, end]}


SAFETENSORS = {
    "100,000 names": (safetensors({f"a{n}": entry(0, 0, [0]) for n in range(100_000)}), "100,000 tensors"),
    "overlapping": (safetensors({"a": entry(0, 8), "b": entry(4, 12)}, bytes(12)), "overlap"),
    "a hole": (safetensors({"a": entry(0, 4), "b": entry(8, 12)}, bytes(12)), "gaps"),
    "trailing bytes": (safetensors({"a": entry(0, 4)}, bytes(12)), "describes"),
    "160 GB": (safetensors({"a": entry(0, 160_000_000_000)}, bytes(12)), "describes"),
    "other size than shape": (
        safetensors({"a": entry(0, 8, [40_000_000_000])}, bytes(8)),
        "claims sizes other than those it stores",
    ),
    "negative": (safetensors({"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}}, bytes(4)), "damaged"),
    "deep nesting": (safetensors(b'{"a":' + b"[" * 200_000), "damaged"),
    "a name twice": (safetensors(b'{"a":{}, "a":{}}'), "duplicate key"),
    "a list": (struct.pack("<Q", 3) + b"{ }", "contains no model weights"),
}


def test_numbers_are_as_large_under_their_names_in_safetensors_as_under_torchs() -> None:
    sizes = {name: safetensors_header.ITEM_SIZES[code] for code, name in safetensors_file._SAFE_TYPES.items()}
    assert sizes.items() <= tensors.ITEM_SIZES.items()


@pytest.mark.parametrize("what", SAFETENSORS)
def test_hostile_safetensors(what: str, tmp_path: Path) -> None:
    content, said = SAFETENSORS[what]
    (tmp_path / "m.safetensors").write_bytes(content)
    assert said in refusal(tmp_path / "m.safetensors")


class TestShapesOfData:
    def test_a_cyclic_dict(self, tmp_path: Path) -> None:
        saved: dict[str, Any] = {"state_dict": Net(10, 8, 1).state_dict()}
        saved["self"] = saved
        saved["list"] = [saved]
        torch.save(saved, tmp_path / "m.pt")
        assert read_foreign(tmp_path / "m.pt").kind == "lstm"

    @pytest.mark.parametrize(("opening", "closing"), [(b"]", b"a"), (b"}X\x01\x00\x00\x00a", b"s"), (b"", b"\x85")])
    def test_nesting_100_000_deep(self, opening: bytes, closing: bytes, plain: Path, tmp_path: Path) -> None:
        depth = 100_000
        data = b"\x80\x02" + opening * depth + b"N" + closing * depth + b"."
        assert refusal(rewritten(plain, tmp_path / "m.pt", data_pkl=data))

    def test_a_million_laughs(self, plain: Path, tmp_path: Path) -> None:
        data = b"\x80\x02]" + b"2\x87" * 3000 + b"."  # each tuple holds the one before three times
        assert refusal(rewritten(plain, tmp_path / "m.pt", data_pkl=data))

    def test_a_memo_index_of_four_billion(self, plain: Path, tmp_path: Path) -> None:
        data = b"\x80\x02}r\xff\xff\xff\xff."
        assert "contains no model weights" in refusal(rewritten(plain, tmp_path / "m.pt", data_pkl=data))

    def test_a_deep_tuple_as_a_key(self, plain: Path, tmp_path: Path) -> None:
        data = b"\x80\x02}N" + b"\x85" * 200_000 + b"Ns."
        assert "impossible type" in refusal(rewritten(plain, tmp_path / "m.pt", data_pkl=data))

    @pytest.mark.parametrize(("value", "word"), [(float("nan"), "NaN"), (float("inf"), "infinite")])
    def test_weights_that_are_no_numbers_open_with_the_first_tensor_named(
        self, value: float, word: str, tmp_path: Path
    ) -> None:
        state = Net(10, 8, 2).state_dict()
        state["rnn.weight_hh_l1"][3, 2] = value
        state["decoder.bias"][0] = value
        torch.save(state, tmp_path / "m.pt")
        warning = read_foreign(tmp_path / "m.pt").warnings[0]
        assert warning.startswith("rnn.weight_hh_l1 holds 1 ")
        assert word in warning
