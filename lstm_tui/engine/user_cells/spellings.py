"""How people spell the quantities of a recurrent cell, in variables and in names of layers."""

from __future__ import annotations

import re

from lstm_tui.core.quantities import C_TILDE, H_GRU, LSTM, F, I, N, O, Quantity, R, Z

OWN_H = Quantity(H_GRU.name, H_GRU.symbol, H_GRU.word, H_GRU.kind, "memory and output in one", state=True)
"""The h of a cell that carries nothing else: how it is made is its own business."""

OWN_Z = Quantity(Z.name, Z.symbol, Z.word, Z.kind, "how old h and candidate are mixed")
"""Whether 1 keeps or replaces differs from textbook to textbook."""

_F = "f ft fgate forget forgetgate fg gatef gateforget forgett fgt forgetgatet"
_I = "i it igate ingate ingatet inputgate ig gatei gateinput inputt igt inp inpgate inputgatet"
_G = (
    "g gt ggate ctilde ctilda ctild ctildet chat chatt cand candidate candidatet cbar cbart cellcandidate ccand candc "
    "gateg tildec cellgate candidatecell newcandidate candidategate memorycandidate cdash cprop c\u0303 ccandidate "
    "candidates candt cellinput cellbar cellhat celltilde"
)
_O = "o ot ogate outputgate og gateo gateoutput outputt ogt outgate outputgatet"
_R = "r rt rgate reset resetgate rg gater gatereset resett rgt resetgatet"
_Z = "z zt zgate update updategate zg gatez gateupdate updatet zgt updategatet"
_N = "n nt ngate newgate ng gaten htilde htildet hhat hhatt hbar hbart cand candidate hcand hcandidate candidatet hprop"

_WEAK = {"input": "i", "output": "o", "out": "o", "new": "n", "u": "z", "ut": "z", "g": "n", "gt": "n"}
"""Words that are as often something else: taken where nothing better is there."""

_LSTM = {word: name for name, words in (("f", _F), ("i", _I), ("c_tilde", _G), ("o", _O)) for word in words.split()}
_OTHER = {
    word: name
    for name, words in (("r", _R), ("z", _Z), ("n", _N), ("f", _F), ("i", _I), ("o", _O))
    for word in words.split()
}

ORDER: dict[bool, tuple[Quantity, ...]] = {True: LSTM, False: (R, OWN_Z, F, I, N, O, OWN_H)}
"""Panel order, for cells with a c and without one."""


def quantity_of(name: str, with_c: bool) -> tuple[str, bool] | None:
    """The quantity a variable's name stands for, and whether the spelling is sure; None for any other name."""
    word = name.removeprefix("self.").lower().replace("_", "")
    table = _LSTM if with_c else _OTHER
    if word in table:
        return table[word], True
    weak = _WEAK.get(word)
    if weak is None or weak not in {q.name for q in ORDER[with_c]}:
        return None
    return weak, False


_TOKENS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_FILLER_WORDS = "w u v b linear lin fc layer gate proj net x h ih hh xh hx weight weights dense affine to"
_FILLERS = frozenset(_FILLER_WORDS.split())
_LETTERS = {"f": "f", "i": "i", "g": "c_tilde", "c": "c_tilde", "o": "o"}
_GRU_LETTERS = {"r": "r", "z": "z", "u": "z", "n": "n"}
_GRU_GLUED = re.compile(r"^[wuvb]?[xh]?([rzn])$")
_GLUED = re.compile(r"^[wuvb]?[xh]?([figco])$")


def gate_of_layer(name: str, with_c: bool = True) -> str | None:
    """The gate that a layer's name (`W_f`, `forget_gate`, `linear_c`, `Wxi`) says it belongs to; None if none."""
    table, letters, glue = (_LSTM, _LETTERS, _GLUED) if with_c else (_OTHER, _GRU_LETTERS, _GRU_GLUED)
    last = name.rpartition(".")[2]
    whole = last.lower().replace("_", "")
    if whole in table:
        return table[whole]
    tokens = [token.lower() for token in _TOKENS.findall(last) if not token.isdigit()]
    left = [token for token in tokens if token not in _FILLERS]
    word = "".join(left)
    if word in letters:
        return letters[word]
    if word == "cell" and with_c:
        return C_TILDE.name
    if word in table:
        return table[word]
    if word in ("input", "output") and with_c:
        return {"input": I.name, "output": O.name}[word]
    glued = glue.match(whole)
    return letters[glued.group(1)] if glued else None
