"""What the command line says about itself: the commands there are, their usage and examples."""

from __future__ import annotations

COMMANDS: dict[str, str] = {
    "trace": "prints every step without a screen, as a table, jsonl or csv",
    "train": "trains without a screen and writes a model file",
    "find": "ranks the units that follow a track of the text",
    "inspect": "says what a model file holds",
    "cells": "lists the cell implementations",
    "record": "plays a script without a terminal and writes a screencast",
    "doctor": "says what will and will not work in this terminal",
}
"""The words that name a command when they stand first, and what each does."""

DEBUGGER = "debug"
"""What everything else means. It is no word of the command line: the debugger is `lstm-tui` itself."""

ABOUT = """A debugger for recurrent cells: it opens a character LSTM and steps it one
character at a time, forwards and backwards, showing f, i, c̃, o, c and h.
With no MODEL it opens the bundled 'hello'."""

COMMAND_LIST = "commands:\n" + "\n".join(f"  {name:9}{does}" for name, does in COMMANDS.items())

USAGE = {
    DEBUGGER: "lstm-tui [MODEL] [options]\n       lstm-tui COMMAND [options]",
    "trace": "lstm-tui trace [MODEL] [options]",
    "train": "lstm-tui train [MODEL] -o FILE.safetensors [options]",
    "find": "lstm-tui find [MODEL] --track NAME [options]",
    "inspect": "lstm-tui inspect MODEL",
    "cells": "lstm-tui cells",
    "record": "lstm-tui record SCRIPT [MODEL] -o FILE.cast [options]",
    "doctor": "lstm-tui doctor",
}

EXAMPLES = {
    DEBUGGER: """examples:
  lstm-tui                                the bundled model 'hello' (others: brackets, python)
  lstm-tui model.safetensors --file book.txt
  lstm-tui --text "hello world" --hidden 8 --train

MODEL is a file or a bundled model's name: hello is the bundled one, ./hello a file.
'lstm-tui COMMAND --help' says more about a command.""",
    "trace": """examples:
  lstm-tui trace hello
  lstm-tui trace model.safetensors --file book.txt --format csv --steps 0:100
  lstm-tui trace hello --where "f[3] < 0.1 or wrong"
  echo -n hello | lstm-tui trace hello --file - --format jsonl | head -n 3

Steps count from t = 0. In csv an empty field stands for what is not there: the last target and its loss.""",
    "train": """examples:
  lstm-tui train -o hello.safetensors --text hello
  lstm-tui train -o book.safetensors --file book.txt --hidden 64
  lstm-tui train -o better.safetensors book.safetensors --epochs 5 --file book.txt

With MODEL its weights are trained further; without, a fresh model learns the text. Adam starts afresh each time:
what it had gathered in an earlier training is in no file. Ctrl+C writes the best so far.""",
    "find": """examples:
  lstm-tui find brackets --track depth --random 5000
  lstm-tui find model.safetensors --file book.txt --track quote --top 5
  lstm-tui find python --track "regex:def \\w+" --quantity h --format json

Tracks: depth, quote, column, indent, word, upper, digit, regex:RE (inside a match), when:CONDITION (where it holds),
csv:FILE#COLUMN (one number a step). Yes/no tracks are scored by AUC, numbers by correlation: units are ranked on the
first half of the text, and the second half shows whether that was luck.""",
    "inspect": """examples:
  lstm-tui inspect model.safetensors
  lstm-tui inspect hello""",
    "doctor": """examples:
  lstm-tui doctor
  ssh -t host lstm-tui doctor""",
    "cells": """examples:
  lstm-tui cells
  lstm-tui hello --cell fused""",
    "record": """examples:
  lstm-tui record lesson.keys -o lesson.cast
  lstm-tui record tour.keys brackets -o tour.cast --theme projector
  lstm-tui record mine.keys -o mine.cast --trust

A script says one thing a line: press right*3, type "hello", wait 0.5, caption "the first l", expect "step 3/5",
picture step3.svg, mark "a chapter", size 120x40, and first of all, perhaps, open MODEL. # begins a comment.
Exit code 1 where the screen does not show what the script expects.

A script may be a stranger's: it reads and writes only in its own folder and below, its pictures beside the recording,
and runs no code (open --cell FILE.py:CLASS). --trust lets it do what you can; give it only for an author you trust.""",
}
