"""What each part of the house really loads, in a fresh interpreter, so that nothing loaded before helps."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import lstm_tui
from lstm_tui.checkpoints.reading_child import PACKAGES, package_folders
from lstm_tui.checkpoints.sandbox import limits
from lstm_tui.core import vocabulary

PACKAGE = Path(lstm_tui.__file__).parent
HEAVY = ("torch", "numpy", "safetensors")
SCREEN = ("textual", "rich")
WITH_TORCH = ("changes", "contrasts.pair", "contrasts.reweighing", "cursor", "debuggee", "debugger")


def modules_under(folder: str) -> list[str]:
    """Dotted names of every module below a folder of the package (or the one module of that name)."""
    module = PACKAGE / f"{folder}.py"
    paths = [module] if module.exists() else sorted((PACKAGE / folder).rglob("*.py"))
    assert paths, f"lstm_tui/{folder} is gone: mend this test"
    names = (path.relative_to(PACKAGE.parent).with_suffix("").parts for path in paths)
    return [".".join(parts[:-1] if parts[-1] == "__init__" else parts) for parts in names]


def loaded_by(statement: str) -> set[str]:
    """The top-level packages in `sys.modules` after `statement` ran in a fresh interpreter."""
    code = f"{statement}\nimport sys, json; print(json.dumps([m.partition('.')[0] for m in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("module", ["lstm_tui", "lstm_tui.cli.commands", "lstm_tui.tui.screen", "lstm_tui.debugger"])
def test_the_first_frame_waits_for_no_torch(module: str) -> None:
    assert not loaded_by(f"import {module}") & set(HEAVY)


@pytest.mark.parametrize("command", ["cells", "doctor"])
def test_a_command_that_opens_no_model_waits_for_no_torch(command: str) -> None:
    assert not loaded_by(f"from lstm_tui.cli.commands import main; assert main([{command!r}]) == 0") & set(HEAVY)


FIRST_FRAME = """
import json, sys
from textual.app import App
from textual.widgets import Static

class Empty(App):
    def on_ready(self):
        self.exit()

Empty().run(headless=True)
textual = set(sys.modules)
from lstm_tui.cli import commands

def shown(prepared, screen, arguments):
    from lstm_tui.terminal_driver.driver import ThriftyDriver
    from lstm_tui.tui.app import make_app

    class Looked(type(make_app(prepared, screen))):
        async def on_loading_screen_shown(self):
            print(json.dumps(sorted(set(sys.modules) - textual)))
            self.exit()

    Looked(prepared, screen).run(headless=True)
    return 0

commands._shown, commands.check_terminal = shown, lambda: None
sys.exit(commands.main(["hello"]))
"""


def test_the_first_frame_waits_for_nothing_that_it_does_not_show() -> None:
    done = subprocess.run([sys.executable, "-c", FIRST_FRAME], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    ours = {name for name in loaded if name.startswith("lstm_tui")}
    others = {name for name in loaded - ours if not name.startswith(("rich._unicode_data.", "encodings."))}
    assert others <= {"argparse", "gettext", "gc"}
    later = ("lstm_tui.conditions", "lstm_tui.core.sessions.session", "lstm_tui.engine", "lstm_tui.tui.widgets")
    assert [name for name in ours if name.startswith((*later, "lstm_tui.tui.paint", "lstm_tui.tui.controllers"))] == []
    assert len(ours) <= 73, "each module costs 0.3 ms of the time before anything is seen"


def test_importing_the_package_or_the_command_line_loads_no_screen() -> None:
    assert not loaded_by("import lstm_tui, lstm_tui.cli.commands") & set(SCREEN)


def test_the_whole_screen_loads_without_torch() -> None:
    everything = "\n".join(f"import {name}" for name in modules_under("tui"))
    assert not loaded_by(everything) & set(HEAVY)


@pytest.mark.parametrize("folder", ["core", "conditions", "checkpoints"])
def test_the_shared_language_is_plain_python(folder: str) -> None:
    everything = "\n".join(f"import {name}" for name in modules_under(folder))
    assert not loaded_by(everything) & {*HEAVY, *SCREEN}


def test_everything_below_the_screen_loads_without_it() -> None:
    names = [*modules_under("engine"), *modules_under("debugger")]
    assert not loaded_by("\n".join(f"import {name}" for name in names)) & set(SCREEN)


@pytest.mark.parametrize("hdf5", [False, True])
def test_the_child_that_reads_untrusted_bytes_loads_its_own_two_folders_and_the_standard_library(hdf5: bool) -> None:
    """And for Keras's files `pyfive`, with what that one needs."""
    code = (
        "import sys; sys.path += sys.argv[1].split()\n"
        f"from lstm_tui.checkpoints.sandbox.process import prepare; prepare({hdf5})\n"
        "print(*sys.modules)"
    )
    places = " ".join((str(PACKAGE.parent), *package_folders()))
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code, places], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    ours = {name for name in loaded if name.startswith("lstm_tui")}
    allowed = {"lstm_tui", "lstm_tui.checkpoints", *modules_under("checkpoints/sandbox")}
    assert ours <= {*allowed, *modules_under("checkpoints/layout")}
    assert "lstm_tui.checkpoints.sandbox.reply" in ours
    others = {name.partition(".")[0] for name in loaded - ours} - {"__main__", "__mp_main__", *sys.stdlib_module_names}
    others = {name for name in others if "cython" not in name}  # what compiled modules share
    assert others <= (set(PACKAGES) if hdf5 else set())
    assert ("pyfive" in others) == hdf5


def test_the_child_allows_a_vocabulary_what_the_program_allows_it() -> None:
    names = ("MOST_SYMBOLS", "LONGEST_SYMBOL", "MOST_CHARACTERS")
    assert [getattr(limits, name) for name in names] == [getattr(vocabulary, name) for name in names]


def imports(tree: ast.AST, inside_functions: bool) -> Iterator[str]:
    """Modules a file imports when it is loaded (and inside its functions, if asked); typing-only ones do not count."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports of ours are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        elif inside_functions or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from imports(node, inside_functions)


@pytest.mark.parametrize("module", modules_under("debugger"))
def test_only_what_opens_a_model_makes_the_debugger_load_the_engine(module: str) -> None:
    path = PACKAGE.parent.joinpath(*module.split("."))
    source = (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text(encoding="utf-8")
    at_load = list(imports(ast.parse(source), inside_functions=False))
    if module.removeprefix("lstm_tui.debugger.") not in WITH_TORCH:
        opened = [f"lstm_tui.debugger.{name}." for name in WITH_TORCH]
        heavy = ("lstm_tui.engine", "torch", *opened)
        assert [name for name in at_load if name.startswith(heavy)] == []


@pytest.mark.parametrize("module", modules_under("tui/paint"))
def test_paint_imports_nothing_of_ours_but_paint_and_how_sums_are_printed(module: str) -> None:
    path = PACKAGE.parent.joinpath(*module.split("."))
    source = (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text(encoding="utf-8")
    ours = [name for name in imports(ast.parse(source), inside_functions=True) if name.startswith("lstm_tui")]
    assert [name for name in ours if not name.startswith(("lstm_tui.tui.paint", "lstm_tui.core.sums"))] == []


def test_a_name_that_the_package_lacks_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        lstm_tui.nonsense  # noqa: B018
