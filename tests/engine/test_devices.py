"""Where a model is trained, and that nothing is computed less exactly than float32 anywhere. No GPU is needed here:
`cpu:0` stands for one. What only a GPU can show is in `tests/gpu`."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from lstm_tui.core.errors import WEIGHTS_KEPT, UserError
from lstm_tui.core.facts import facts
from lstm_tui.core.options import ModelOptions
from lstm_tui.debugger.prepare import prepare
from lstm_tui.engine import devices
from lstm_tui.engine.devices import device_named, training_device
from lstm_tui.engine.network import fresh
from lstm_tui.engine.process_settings import compute_alone_and_exactly, settings_kept
from lstm_tui.engine.runners.fused_network import FusedNetwork
from lstm_tui.engine.training.loop import Recipe, train
from tests.engine import students

GPU = torch.device("cpu", 0)
TEXT = "hello world " * 20


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> list[torch.device]:
    """A device called `cuda`; where networks were moved to."""
    moves: list[torch.device] = []
    on = FusedNetwork.on

    def counted(fast: FusedNetwork, device: torch.device) -> FusedNetwork:
        moves.append(device)
        return on(fast, device)

    monkeypatch.setattr(devices, "_available", lambda kind: kind == "cuda")
    named = device_named
    monkeypatch.setattr(devices, "device_named", lambda name: GPU if named(name).type == "cuda" else named(name))
    monkeypatch.setattr(FusedNetwork, "on", counted)
    return moves


def precisions() -> list[str]:
    cudnn: Any = torch.backends.cudnn  # its operations are not in torch's stubs
    mkldnn: Any = torch.backends.mkldnn
    backends = (torch.backends.cuda.matmul, cudnn.conv, cudnn.rnn, mkldnn.matmul, mkldnn.conv, mkldnn.rnn)
    return [backend.fp32_precision for backend in backends]


def test_nothing_is_computed_less_exactly_and_a_script_gets_its_own_back() -> None:
    with settings_kept():
        torch.set_float32_matmul_precision("medium")
        torch.backends.cudnn.allow_tf32 = True
        loose = precisions()
        with settings_kept():
            compute_alone_and_exactly()
            assert set(precisions()) == {"ieee"}
            assert not torch.backends.cudnn.allow_tf32
            assert torch.get_float32_matmul_precision() == "highest"
        assert precisions() == loose
        assert torch.backends.cudnn.allow_tf32


def test_opening_a_model_makes_torch_exact() -> None:
    with settings_kept():
        torch.set_float32_matmul_precision("medium")
        prepare(ModelOptions(text="ab")).open()
        assert set(precisions()) == {"ieee"}


@pytest.mark.parametrize("name", ["cuda", "mps"])
def test_a_device_that_is_not_there_is_one_sentence(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "_available", lambda kind: False)
    with pytest.raises(UserError, match=f"--device {name}: torch sees no .* train on the CPU"):
        prepare(ModelOptions(text="ab", device=name)).open()
    assert prepare(ModelOptions(text="ab", device="auto")).open().about.trained_on == ""


def test_training_goes_to_the_device_and_the_model_stays(gpu: list[torch.device]) -> None:
    there, here = (prepare(ModelOptions(text=TEXT, device=name)).open() for name in ("cuda", "cpu"))
    assert facts(there.about)[-1] == "trains on cuda"
    assert gpu == []
    learned = []
    for debugger in (there, here):
        training = debugger.training(epochs=2)
        training.run()
        debugger.adopt(training)
        learned.append((training.losses, debugger.to(5).layers[0].values))
        assert debugger.debuggee.network.like.device == torch.device("cpu")
    assert learned[0] == learned[1]
    assert gpu == [GPU, torch.device("cpu")]


def test_a_tied_output_stays_tied_on_the_device() -> None:
    model = fresh(6, 4)
    model.embedding, model.tied = torch.nn.Parameter(torch.randn(6, 4)), True
    fast = FusedNetwork(model).on(GPU)
    assert fast.output is not None
    assert fast.output.weight is fast.embedding


@pytest.mark.parametrize("faster", ["cpu", "cuda"])
def test_auto_takes_what_was_measured_to_be_faster(
    faster: str, gpu: list[torch.device], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        devices,
        "_seconds",
        lambda model, symbols, where, enough=0.0: 1.0 if (where == GPU) == (faster == "cuda") else 2.0,
    )
    symbols = torch.zeros(4, 16, dtype=torch.long)
    assert training_device("auto", fresh(8, 128), symbols) == (GPU if faster == "cuda" else torch.device("cpu"))
    assert training_device("auto", fresh(8, 8), symbols) == torch.device("cpu"), "too small to be worth measuring"


def test_what_auto_measures_changes_no_weight(gpu: list[torch.device]) -> None:
    model = fresh(8, 32)
    before = [p.clone() for p in model.parameters()]
    assert devices._seconds(model, torch.zeros(4, 2, dtype=torch.long), GPU) > 0
    assert all(map(torch.equal, before, model.parameters()))
    assert gpu == [GPU]


def test_a_cell_of_the_users_is_trained_on_the_cpu_and_that_is_said(gpu: list[torch.device]) -> None:
    debugger = prepare(ModelOptions(text="abab", cell=f"{students.__file__}:Textbook", device="cuda")).open()
    assert debugger.about.trained_on == ""
    assert any("--device cuda changes nothing here" in note for note in debugger.about.notes)
    assert list(train(fresh(3, 4), torch.tensor([0, 1, 2, 1]), Recipe(1, 0.1, 1, 3, None, False, "cuda")))


def test_a_device_without_room_is_one_sentence_and_the_model_is_whole(
    gpu: list[torch.device], monkeypatch: pytest.MonkeyPatch
) -> None:
    debugger = prepare(ModelOptions(text=TEXT, device="cuda")).open()
    before = debugger.to(3).layers[0].values

    def full(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of …")

    monkeypatch.setattr(FusedNetwork, "forward", full)
    training = debugger.training(epochs=2)
    training.run()
    assert training.outcome == "failed"
    assert training.sentence == (
        f"training failed, {WEIGHTS_KEPT}: the device has no memory left for it; "
        "train with --device cpu, or a model of fewer units"
    )
    monkeypatch.undo()
    assert debugger.to(3).layers[0].values == before
