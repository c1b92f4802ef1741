"""Which text a stranger's model reads, with which symbols, in which cell."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch import nn

from lstm_tui.core.options import ModelOptions
from lstm_tui.debugger.file_report import describe
from lstm_tui.debugger.prepare import prepare
from lstm_tui.tui.widgets.notice import folded
from tests.checkpoints.nets import Net
from tests.checkpoints.wild import VOCAB
from tests.debugger.foreign_made import opened, refused, saved


class TestTexts:
    """Which text is read, and with which symbols."""

    def test_without_a_vocabulary_it_opens_with_numbers_and_says_how_to_give_one(self, tmp_path: Path) -> None:
        debugger = opened(saved(tmp_path, Net(100, 8, e=6)))
        assert debugger.about.vocabulary[:3] == ("#0", "#1", "#2")
        notes = "; ".join(debugger.about.notes)
        for words in ("no text is given", "first 64 symbols", "--text", "symbols unnamed", "--vocab printable"):
            assert words in notes
        assert list(opened(tmp_path / "model.pt", text="#17#1#99").symbols) == ["#17", "#1", "#99"]

    @pytest.mark.parametrize("symbols", [10, 65, 100, 50_257])
    def test_what_is_said_on_opening_leaves_the_panels_to_be_seen(self, symbols: int, tmp_path: Path) -> None:
        notes = opened(saved(tmp_path, Net(symbols, 4, e=4, kind=nn.GRU))).about.notes
        assert "agrees" in notes[-1]
        assert len(folded("; ".join(notes), 80)) <= 2

    def test_inspect_says_what_the_note_leaves_out(self, tmp_path: Path) -> None:
        stranger = describe(str(saved(tmp_path, Net(100, 8)))).foreign_file
        assert stranger is not None
        for words in ("--vocab FILE", "--vocab printable", "--vocab-from TEXTFILE"):
            assert words in stranger.vocabulary

    def test_a_text_without_a_vocabulary_is_refused_with_the_mend(self, tmp_path: Path) -> None:
        sentence = refused(saved(tmp_path, Net(100, 8)), text="hello")
        for words in ("'h', 'e', 'l', 'o'", "--vocab FILE", "--vocab printable", "--vocab-from TEXTFILE", "#0#1#2"):
            assert words in sentence

    def test_the_vocabulary_by_file_by_text_by_preset(self, tmp_path: Path) -> None:
        path = saved(tmp_path, Net(10, 8))
        (tmp_path / "v.json").write_text(json.dumps(VOCAB[::-1]))
        (tmp_path / "t.txt").write_bytes("é234567890".encode("latin-1"))
        assert opened(path, vocab=str(tmp_path / "v.json")).about.vocabulary == VOCAB[::-1]
        symbols = opened(path, vocab_from=str(tmp_path / "t.txt"), encoding="latin-1").about.vocabulary
        assert symbols == tuple(sorted("é234567890"))
        assert opened(saved(tmp_path, Net(100, 8)), vocab="printable", text="Hi\n").length == 3

    def test_the_files_own_vocabulary_goes_before_a_texts_and_after_the_one_named(self, tmp_path: Path) -> None:
        path = tmp_path / "m.pt"
        torch.save({"state_dict": Net(10, 8).state_dict(), "tokens": VOCAB}, path)
        (tmp_path / "t.txt").write_text("1234567890")
        debugger = opened(path, vocab_from=str(tmp_path / "t.txt"))
        assert debugger.about.vocabulary == VOCAB
        assert any("--vocab-from is not used" in note for note in debugger.about.notes)
        assert opened(path, vocab=VOCAB[::-1]).about.vocabulary == VOCAB[::-1]
        assert "both name a vocabulary" in refused(path, vocab=VOCAB, vocab_from=str(tmp_path / "t.txt"))

    def test_tokens_are_read_longest_first(self, tmp_path: Path) -> None:
        symbols = ("<", "e", "o", "s", ">", "<eos>", "<eo>", "t", "a", " ")
        debugger = opened(saved(tmp_path, Net(10, 8)), vocab=symbols, text="te<eos><eo>s<>")
        assert list(debugger.symbols) == ["t", "e", "<eos>", "<eo>", "s", "<", ">"]

    def test_the_made_up_text_reads_symbols_only(self, tmp_path: Path) -> None:
        symbols = ("<", "eos>", "<eos>", "a", "b", "c", "d", "e", "o", "s")
        debugger = opened(saved(tmp_path, Net(10, 8)), vocab=symbols)
        assert list(debugger.symbols) == [s for s in symbols if s != "eos>"]

    def test_unknown_characters_become_the_symbol_named(self, tmp_path: Path) -> None:
        path = saved(tmp_path, Net(10, 8))
        assert "'x' ×1" in refused(path, vocab=VOCAB, text="sixth")
        assert opened(path, vocab=VOCAB, text="sixth", unknown="e").length == 5

    def test_another_order_is_said_when_it_shows(self, tmp_path: Path) -> None:
        trained = prepare(ModelOptions(text="the shore is near", hidden=16)).open()
        training = trained.training(epochs=100)
        training.run()
        trained.adopt(training)
        trained.save(str(tmp_path / "m.safetensors"))
        from safetensors.torch import load_file

        torch.save(load_file(tmp_path / "m.safetensors"), tmp_path / "m.pt")
        right = trained.about.vocabulary
        good = opened(tmp_path / "m.pt", vocab=right, text="the shore is near")
        bad = opened(tmp_path / "m.pt", vocab=right[::-1], text="the shore is near")
        assert not any("vocabulary in a different order" in note for note in good.about.notes)
        assert any("vocabulary in a different order" in note for note in bad.about.notes)


class TestCells:
    """Which cell steps it."""

    @pytest.mark.parametrize("cell", ["by-hand", "fused"])
    def test_an_lstm_in_each_cell(self, cell: str, tmp_path: Path) -> None:
        path = saved(tmp_path, Net(10, 8, 2, e=4))
        one, other = opened(path, text="#1#2#3"), opened(path, text="#1#2#3", cell=cell)
        assert other.about.cell == cell
        for a, b in zip(one.to(3).layers, other.to(3).layers, strict=True):
            for name, vector in a.values.items():
                assert b.values[name] == pytest.approx(vector, abs=1e-6)

    def test_the_other_kind_is_refused(self, tmp_path: Path) -> None:
        assert "holds an LSTM, which --cell gru does not" in refused(saved(tmp_path, Net(10, 8, e=4)), cell="gru")
        path = saved(tmp_path, Net(10, 8, e=4, kind=nn.GRU))
        assert "holds a GRU, which --cell fused does not" in refused(path, cell="fused")
        opened(path).save(str(tmp_path / "m.safetensors"))
        assert "holds a GRU" in refused(tmp_path / "m.safetensors", cell="fused")

    def test_a_gru_steps_with_its_own_names(self, tmp_path: Path) -> None:
        debugger = opened(saved(tmp_path, Net(10, 8, 2, e=4, kind=nn.GRU)))
        assert [q.name for q in debugger.quantities] == ["r", "z", "n", "h"]
        assert [e.quantity for e in (debugger.to(2), debugger.equations(1, 3))[1]] == ["r", "z", "n", "h"]
        debugger.zero()
        assert set(debugger.step.layers[0].values["h"]) == {0.0}
        assert debugger.cells() == ("gru",)
