"""What the README promises is what is there: its commands, its key table, its example."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from lstm_tui.tui.keys import rows

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def key_table() -> str:
    """The key table in Markdown."""
    lines = ["| key | does |", "|---|---|"]
    for _, display, description, _ in rows():
        code = " ".join(f"`{word}`" for word in display.split())
        lines.append(f"| {code} | {description} |")
    return "\n".join(lines)


def fenced(language: str) -> list[str]:
    """The contents of the README's code blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_the_key_table_is_the_one_the_program_is_made_from() -> None:
    between = README.partition("<!-- keys -->")[2].partition("<!-- /keys -->")[0]
    assert between.strip() == key_table()


def test_the_first_two_commands_open_the_program_and_run_the_tests_from_the_pins() -> None:
    opens, tests = fenced("sh")[:2]
    assert opens.strip().endswith(".venv/bin/lstm-tui")
    assert tests.strip().endswith(".venv/bin/python -m pytest")
    for command in (opens, tests):
        assert command.startswith("python3 -m venv .venv && ")
        assert "-c constraints.txt" in command
        assert command.count("\n") == 1


def test_ci_runs_the_command_that_stands_in_the_readme() -> None:
    """The script takes it from there; what its own extraction yields must be the block a reader sees."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    extraction = re.search(r"^test_command=\$\((.*)\)$", script, re.MULTILINE)
    assert extraction is not None
    done = subprocess.run(["bash", "-c", extraction[1]], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == fenced("sh")[1].strip()


def test_plain_pytorch_reads_a_bundled_checkpoint_in_the_lines_of_the_readme() -> None:
    _, example = fenced("python")
    assert len(example.splitlines()) <= 6
    done = subprocess.run([sys.executable, "-c", example], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_five_lines_from_python_give_steps_and_a_file(tmp_path: Path) -> None:
    example, _ = fenced("python")
    assert len(example.splitlines()) == 5
    done = subprocess.run([sys.executable, "-c", example], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("e (")
    assert len((tmp_path / "hello.jsonl").read_text().splitlines()) == 6


@pytest.mark.parametrize("picture", re.findall(r"!\[[^]]*\]\(([^)]*)\)", README))
def test_every_picture_is_there(picture: str) -> None:
    assert (ROOT / picture).is_file(), "run screenshots/make.py"


@pytest.mark.parametrize("line", (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines())
def test_a_constraint_is_a_comment_or_one_exact_version(line: str) -> None:
    assert re.fullmatch(r"#.*|[A-Za-z0-9._-]+==[0-9][0-9a-z.]*", line)
