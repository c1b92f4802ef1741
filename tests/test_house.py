"""How the house is roomed: no circle of imports, no crowded folder, no name that means two things."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import lstm_tui

PACKAGE = Path(lstm_tui.__file__).parent
MIRRORED = "what is painted, and the widget that shows it"
MOST_ROOMS, MOST_MODULES, MOST_ANCESTORS = 14, 16, 3
SAME_BASENAME = {
    "base": "what every cell, and every dialog, builds on",
    "debugger": "the room's name is its main class's",
    "equations": MIRRORED,
    "explained": MIRRORED,
    "files": "what is done with files: by the program, and by the screen's keys",
    "history": "what was done, and the row of what was read",
    "jobs": "what takes long, and what the screen does while it does",
    "layout": f"of a stranger's tensors; {MIRRORED}",
    "loading": "of models, and the screen's while it lasts",
    "over_time": MIRRORED,
    "quantity": MIRRORED,
    "search": "the room's name is its main function's; what the screen's keys ask of it",
    "source": MIRRORED,
    "stops": "a debugger's, and the dialog that lists them",
    "activated": "the descriptions of cells, and the cells",
    "variants": "the descriptions of cells, and the cells",
    "training": "the engine's, and what the screen's keys ask of it",
}
"""Names of modules that occur twice, and why that is no trouble."""


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


@cache
def trees() -> dict[str, ast.Module]:
    """Every module of ours but the package itself, whose version anybody may read; read when the first test asks."""
    found = {name_of(path): ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}
    del found["__init__"]
    return found


def imported(tree: ast.AST, typing_only: bool) -> Iterator[str]:
    """What a file of ours imports from the package, anywhere in it; for the types' sake alone if asked too."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("lstm_tui."):
            module = (node.module or "").removeprefix("lstm_tui.")
            for alias in node.names:
                whole = f"{module}.{alias.name}"
                yield whole if whole in trees() else module
        elif typing_only or not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)):
            yield from imported(node, typing_only)


def test_no_module_is_imported_by_what_it_imports() -> None:
    left = {name: set(imported(tree, typing_only=False)) for name, tree in trees().items()}
    while free := {name for name, wanted in left.items() if not wanted & left.keys()}:
        left = {name: wanted for name, wanted in left.items() if name not in free}
    assert sorted(left) == [], "these import each other, or what does"


def test_no_two_modules_name_each_other_even_for_their_types() -> None:
    wanted = {name: set(imported(tree, typing_only=True)) for name, tree in trees().items()}
    tied = {(a, b) for a in wanted for b in wanted[a] if a < b and a in wanted[b]}
    assert tied == set()


def test_no_two_modules_have_one_name() -> None:
    rooms = Counter(name.rpartition(".")[2] for name in trees())
    assert {name for name, count in rooms.items() if count > 1} <= SAME_BASENAME.keys()


def test_no_two_classes_have_one_name() -> None:
    """Those within others, such as a widget's messages, bear their owner's name too."""
    classes = Counter(node.name for tree in trees().values() for node in tree.body if isinstance(node, ast.ClassDef))
    assert {name for name, count in classes.items() if count > 1} == set()


def test_no_room_is_crowded() -> None:
    rooms = [path for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()]
    assert len(rooms) <= MOST_ROOMS
    crowds = Counter(path.parent for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")
    assert [folder.name for folder, count in crowds.items() if count > MOST_MODULES] == []


def test_no_class_stands_on_a_tower() -> None:
    bases = {
        node.name: [base.id if isinstance(base, ast.Name) else "" for base in node.bases]
        for tree in trees().values()
        for node in tree.body
        if isinstance(node, ast.ClassDef)
    }

    def ancestors(name: str) -> set[str]:
        ours = [base for base in bases.get(name, ()) if base in bases]
        return {*ours, *(above for base in ours for above in ancestors(base))}

    assert {name for name in bases if len(ancestors(name)) > MOST_ANCESTORS} == set()
