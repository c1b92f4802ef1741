"""`debug`, `trace` and `load` as a script uses them: on a copy, with plain numbers."""

from __future__ import annotations

import html
import json
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

import lstm_tui
from lstm_tui.core.errors import UserError
from lstm_tui.terminal_driver.driver import ThriftyDriver
from lstm_tui.tui.app import LstmTui
from tests.checkpoints.nets import Cell, Net
from tests.checkpoints.wild import VOCAB

TEXT = "the hat is near"


class TestTrace:
    """The steps as a sequence."""

    @pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
    def test_a_live_module_gives_its_own_numbers(self, kind: type) -> None:
        torch.manual_seed(2)
        net = Net(10, 8, 2, e=4, kind=kind).eval()
        steps = lstm_tui.trace(net, TEXT, vocab=VOCAB)
        with torch.inference_mode():
            wanted = net(torch.tensor([VOCAB.index(ch) for ch in TEXT]))
        assert len(steps) == len(TEXT)
        for step, logits in zip(steps, wanted, strict=True):
            assert step.prediction is not None
            assert step.prediction.logits == pytest.approx(logits.tolist(), rel=1e-5, abs=5e-5)

    def test_it_is_a_sequence_of_steps(self) -> None:
        steps = lstm_tui.trace(Cell(10, 4, 8), TEXT, vocab=VOCAB)
        assert [step.t for step in steps] == list(range(len(TEXT)))
        assert steps[1].char == "h"
        assert steps[-1].char == "r"
        assert [step.char for step in steps[4:7]] == list("hat")
        assert steps.series("c", 3) == tuple(step.layers[0].values["c"][3] for step in steps)
        assert all(type(value) is float for value in steps[2].layers[0].values["f"])
        assert steps.names == ("f", "i", "c_tilde", "o", "c", "h")
        for outside in (len(TEXT), -len(TEXT) - 1):
            with pytest.raises(IndexError, match="there is no t ="):
                steps[outside]

    def test_a_step_says_what_it_read_guessed_and_lost_in_a_short_line(self) -> None:
        steps = lstm_tui.trace(Cell(10, 4, 8), TEXT, vocab=VOCAB)
        for step in (steps[3], steps[-1]):
            assert step.prediction is not None
            assert step.guess == step.prediction.top[0].symbol
            assert step.loss == step.prediction.loss
            for shown in (step, step.prediction, step.layers[0]):
                assert len(repr(shown)) < 80
        assert steps[3].p == pytest.approx(math.exp(-steps[3].loss))
        assert (steps[-1].loss, steps[-1].p) == (None, None)
        assert f"guess {steps[3].guess!r}" in repr(steps[3])

    @pytest.mark.parametrize("layer", [0, 1, -1])
    def test_arrays_are_the_steps(self, layer: int) -> None:
        steps = lstm_tui.trace(Net(10, 8, 2, e=4), TEXT, vocab=VOCAB)
        for name in steps.names:
            assert steps.to_numpy(name, layer).tolist() == [list(step.layers[layer].values[name]) for step in steps]
        assert steps.to_numpy("logits").tolist() == [list(step.prediction.logits) for step in steps]
        losses = [math.nan if step.loss is None else step.loss for step in steps]
        assert steps.to_numpy("loss").tolist() == pytest.approx(losses, nan_ok=True)
        assert steps.to_numpy("p").tolist()[:-1] == pytest.approx([step.p for step in steps][:-1])

    def test_a_frame_has_the_columns_of_csv(self, monkeypatch: pytest.MonkeyPatch) -> None:
        steps = lstm_tui.trace(Net(10, 8, 2, e=4), TEXT, vocab=VOCAB)
        monkeypatch.setitem(sys.modules, "pandas", None)
        with pytest.raises(UserError, match="pip install pandas"):
            steps.to_frame()
        monkeypatch.setitem(sys.modules, "pandas", _FewPandas())
        frame = steps.to_frame(layer=1, units=[5, 0], only="c")
        assert list(frame) == ["t", "char", "target", "guess", "p", "loss", "l1.c[5]", "l1.c[0]"]
        for t, step in enumerate(steps):
            row = [frame[name][t] for name in ("t", "char", "target", "guess", "l1.c[5]", "l1.c[0]")]
            c = step.layers[1].values["c"]
            assert row == [step.t, step.char, step.target, step.guess, c[5], c[0]]

    def test_jsonl_is_what_the_command_prints(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        from lstm_tui.cli.commands import main

        lstm_tui.trace("hello").to_jsonl(tmp_path / "t.jsonl")
        assert main(["trace", "hello", "--format", "jsonl"]) == 0
        assert (tmp_path / "t.jsonl").read_text() == capsys.readouterr().out
        with pytest.raises(UserError, match="exists"):
            lstm_tui.trace("hello").to_jsonl(tmp_path / "t.jsonl")
        lstm_tui.trace("hello").to_jsonl(str(tmp_path / "t.jsonl"), force=True)

    def test_a_page_is_written_and_a_notebook_shows_as_much_of_it_as_it_should_keep(self, tmp_path: Path) -> None:
        steps = lstm_tui.trace("hello", "helo" * 100)
        element = steps._repr_html_()
        assert element.startswith('<iframe sandbox="allow-scripts" ')
        assert element.endswith("<p>steps 1 to 208 of 400: to_html(path) writes all</p>")
        assert len(element) < 1_000_000
        lstm_tui.trace("hello").to_html(tmp_path / "t.html")
        whole = (tmp_path / "t.html").read_text()
        assert html.escape(whole) in lstm_tui.trace("hello")._repr_html_()
        with pytest.raises(UserError, match="exists"):
            lstm_tui.trace("hello").to_html(tmp_path / "t.html")

    def test_log_probabilities_are_labelled(self, tmp_path: Path) -> None:
        net = Net(10, 8)
        net.add_module("log", nn.LogSoftmax(dim=-1))
        lstm_tui.trace(net, TEXT, vocab=VOCAB).to_jsonl(tmp_path / "t.jsonl")
        lines = (tmp_path / "t.jsonl").read_text().splitlines()
        assert json.loads(lines[0])["logits"] == "log-probabilities"
        assert torch.tensor(json.loads(lines[1])["logits"]).exp().sum().item() == pytest.approx(1)


class TestACopy:
    """The user's module stays what it was."""

    def test_mode_gradients_weights_random_stream_and_threads(self) -> None:
        net = Net(10, 8, 2, e=4).train()
        net(torch.tensor([1, 2, 3])).sum().backward()
        before = {name: (p.detach().clone(), p.grad.clone(), p.requires_grad) for name, p in net.named_parameters()}
        state, threads = torch.get_rng_state(), torch.get_num_threads()
        torch.set_num_threads(3)
        try:
            steps = lstm_tui.trace(net, TEXT, vocab=VOCAB)
            list(steps)
            assert torch.get_num_threads() == 3
        finally:
            torch.set_num_threads(threads)
        assert torch.equal(torch.get_rng_state(), state)
        assert net.training
        assert torch.is_grad_enabled()
        for name, p in net.named_parameters():
            weight, grad, wanted = before[name]
            assert torch.equal(p, weight)
            assert p.grad is not None
            assert torch.equal(p.grad, grad)
            assert p.requires_grad is wanted
        with torch.no_grad():
            net.encoder.weight.zero_()
        assert steps[0].layers[0].values != lstm_tui.trace(net, TEXT, vocab=VOCAB)[0].layers[0].values


class TestLoad:
    """Files, read once and traced as often as one likes."""

    def test_somebody_elses_and_ours(self, tmp_path: Path) -> None:
        net = Net(10, 8)
        torch.save({"state_dict": net.state_dict(), "chars": list(VOCAB)}, tmp_path / "m.pt")
        model = lstm_tui.load(tmp_path / "m.pt")
        assert (model.name, model.vocabulary, model.hidden_sizes) == ("m", VOCAB, (8,))
        assert len(lstm_tui.trace(model, "hat")) == 3
        assert lstm_tui.trace(model, "hat", vocab=VOCAB[::-1]).about.vocabulary == VOCAB[::-1]
        hello = lstm_tui.load("hello")
        assert lstm_tui.trace(hello).text == "hello"
        assert len(lstm_tui.trace(hello, "lol")) == 3
        assert "by-hand, 8 units, 4 symbols" in repr(hello)

    def test_mistakes_are_one_sentence(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="there is no file"):
            lstm_tui.load(tmp_path / "none.pt")
        with pytest.raises(UserError, match="a model is a torch module, a path"):
            lstm_tui.trace(3, "a")  # type: ignore[arg-type]
        net = Net(10, 8)
        net.add_module("norm", nn.LayerNorm(8))
        with pytest.raises(UserError, match="LayerNorm"):
            lstm_tui.trace(net, TEXT, vocab=VOCAB)
        with pytest.raises(UserError, match=r"'x' ×1"):
            lstm_tui.trace(Net(10, 8), "x", vocab=VOCAB)

    @pytest.mark.parametrize(
        ("asked", "says"),
        [
            (lambda: lstm_tui.trace(Net(10, 8), TEXT), "give them with vocab="),
            (lambda: lstm_tui.trace("hello", "xyz"), "name with unknown= the symbol"),
            (lambda: lstm_tui.trace("hello", vocab="none.json"), "vocab='none.json'|there is no file"),
            (lambda: lstm_tui.trace("hello", ""), "^text= is empty"),
            (lambda: lstm_tui.trace("hello", cell="none.py:Cell"), "^cell='none.py:Cell': there is no file"),
            (lambda: lstm_tui.trace("hello", names="f=a"), "^names= is for your own class: add cell='"),
            (lambda: lstm_tui.trace("hello").to_numpy("q"), "quantity 'q' is not known: choose among f, i"),
            (lambda: lstm_tui.trace("hello").series("c", 8), "unit 8 does not exist: the model has 8 units, 0 to 7"),
            (lambda: lstm_tui.trace("hello").to_numpy("c", 1), "layer 1 does not exist"),
            (lambda: lstm_tui.debug("hello", step=6), "step=6 does not exist: the text has 5 steps"),
            (lambda: lstm_tui.debug("hello", theme="pink"), "theme='pink' is not known: choose one of dark"),
            (lambda: lstm_tui.debug("hello", stops="q < 1"), "there is no 'q'"),
        ],
    )
    def test_what_is_refused_is_said_in_python(self, asked: Callable[[], object], says: str) -> None:
        with pytest.raises(UserError, match=says) as caught:
            asked()
        assert "--" not in str(caught.value)


class _FewPandas:
    """As much of pandas as is used."""

    @staticmethod
    def DataFrame(data: Any, columns: list[str] | None = None) -> dict[str, list[Any]]:
        if columns is None:
            return {name: list(column) for name, column in data.items()}
        return {name: list(column) for name, column in zip(columns, data.T.tolist(), strict=True)}

    @staticmethod
    def concat(blocks: list[dict[str, list[Any]]], axis: int) -> dict[str, list[Any]]:
        assert axis == 1
        return {name: column for block in blocks for name, column in block.items()}


class TestDebug:
    """The screen from a script."""

    def test_it_opens_the_screen_on_a_copy_and_comes_back(self, monkeypatch: pytest.MonkeyPatch) -> None:
        shown: list[Any] = []
        monkeypatch.setattr("lstm_tui.terminal_driver.tty.check_terminal", lambda: None)
        monkeypatch.setattr(LstmTui, "run", lambda app, **_: shown.append(app.prepared.open()))
        threads = torch.get_num_threads()
        lstm_tui.debug(Net(10, 8, kind=nn.GRU), TEXT, vocab=VOCAB)
        assert [door.about.cell for door in shown] == ["gru"]
        assert shown[0].text == TEXT
        assert torch.get_num_threads() == threads

    def test_it_stands_where_it_is_asked_to_with_its_stops(self, monkeypatch: pytest.MonkeyPatch) -> None:
        shown: list[Any] = []
        monkeypatch.setattr("lstm_tui.terminal_driver.tty.check_terminal", lambda: None)
        monkeypatch.setattr(LstmTui, "run", lambda app, **_: shown.extend([app.prepared.open(), app.theme]))
        lstm_tui.debug("hello", stops=["f[3] < 0.1", "wrong"], step=3, theme="light")
        assert shown[0].step.position == 3
        assert [stop.text for stop in shown[0].stops.listed] == ["f[3] < 0.1", "wrong"]
        assert shown[1] == "light"

    @pytest.mark.parametrize(("code", "ends"), [(143, SystemExit), (129, SystemExit), (130, KeyboardInterrupt)])
    def test_a_signal_ends_the_script_too(
        self, monkeypatch: pytest.MonkeyPatch, code: int, ends: type[BaseException]
    ) -> None:
        drivers: list[type] = []
        monkeypatch.setattr("lstm_tui.terminal_driver.tty.check_terminal", lambda: None)
        monkeypatch.setattr("lstm_tui.tui.app.run", lambda _, __, driver: drivers.append(driver) or code)
        with pytest.raises(ends, match=None if ends is KeyboardInterrupt else str(code)):
            lstm_tui.debug("hello")
        assert drivers == [ThriftyDriver]  # what goes over a slow line is the same as from the command line

    def test_in_a_notebook_the_page_is_shown_with_a_sentence(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        shown: list[Any] = []
        kernel = SimpleNamespace(
            get_ipython=lambda: SimpleNamespace(kernel=object()), display=SimpleNamespace(display=shown.append)
        )
        monkeypatch.setitem(sys.modules, "IPython", kernel)
        lstm_tui.debug("hello")
        assert [steps.text for steps in shown] == ["hello"]
        assert capsys.readouterr().out.count("\n") == 1
        kernel.get_ipython = lambda: None  # IPython is loaded, and nobody runs in it
        with pytest.raises(UserError, match="needs a terminal"):
            lstm_tui.debug("hello")

    def test_without_a_terminal_it_says_so(self) -> None:
        script = "import lstm_tui\ntry: lstm_tui.debug('hello')\nexcept lstm_tui.UserError as error: print(error)"
        done = subprocess.run([sys.executable, "-c", script], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        assert "needs a terminal" in done.stdout


def test_importing_the_package_loads_neither_torch_nor_the_screen() -> None:
    script = (
        "import lstm_tui, sys; print(sorted({'torch', 'textual'} & set(sys.modules)), dir(lstm_tui).count('trace'))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] 1"
