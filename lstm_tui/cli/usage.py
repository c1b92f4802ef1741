"""What the command line says about itself: the commands there are, their usage and examples."""

from __future__ import annotations

COMMANDS: dict[str, str] = {
    "trace": "print every step without a screen, as a table, jsonl, csv or a page",
    "train": "train without a screen and write a model file",
    "find": "rank the units that follow a track of the text",
    "compare": "put two models side by side on one text: losses, guesses, how far apart",
    "inspect": "say what a model file contains",
    "check": "say what a cell of your own computes, and where it departs from the textbook",
    "cells": "list the cells",
    "lesson": "play a lesson in the debugger, at your pace",
    "lessons": "list the lessons",
    "record": "play a script without a terminal: a screencast, a GIF or a page",
    "doctor": "say what will and will not work in this terminal",
}
"""The words that name a command in first place, and what each does."""

DEBUGGER = "debug"
"""What everything else means. It is not a word of the command line: the debugger is `lstm-tui` itself."""

ABOUT = """A debugger for recurrent cells: it opens a character LSTM and steps it one
character at a time, forwards and backwards, showing f, i, c̃, o, c and h.
With no MODEL it opens the bundled 'hello'."""

COMMAND_LIST = "commands:\n" + "\n".join(f"  {name:9}{does}" for name, does in COMMANDS.items())

USAGE = {
    DEBUGGER: "lstm-tui [MODEL] [options]\n       lstm-tui COMMAND [options]",
    "trace": "lstm-tui trace [MODEL] [options]",
    "train": "lstm-tui train [MODEL] -o FILE.safetensors [options]",
    "find": "lstm-tui find [MODEL] --track NAME [options]",
    "compare": "lstm-tui compare A B [options]",
    "inspect": "lstm-tui inspect MODEL",
    "check": "lstm-tui check FILE.py:CLASS [options]\n       lstm-tui check --quiz N [--answers]",
    "cells": "lstm-tui cells",
    "lesson": "lstm-tui lesson [NAME | FILE.keys] [options]",
    "lessons": "lstm-tui lessons",
    "record": "lstm-tui record SCRIPT [MODEL] -o FILE.cast|.gif|.html [options]",
    "doctor": "lstm-tui doctor",
}

EXAMPLES = {
    DEBUGGER: """examples:
  lstm-tui                                the bundled model 'hello' (others: brackets, python, weather, arabic)
  lstm-tui model.safetensors --file book.txt
  lstm-tui --text "hello world" --hidden 8 --train

MODEL is a file or a bundled model's name: hello is the bundled one, ./hello a file.
'lstm-tui COMMAND --help' describes a command.""",
    "trace": """examples:
  lstm-tui trace hello
  lstm-tui trace model.safetensors --file book.txt --format csv --steps 0:100
  lstm-tui trace hello --where "f[3] < 0.1 or wrong"
  lstm-tui trace hello --format html -o hello.html      a page that steps in a browser and needs nothing else
  echo -n hello | lstm-tui trace hello --file - --format jsonl | head -n 3

t counts from 0: t = 2 is step 3 on the screen. In csv what is missing, such as the last target, is empty.""",
    "train": """examples:
  lstm-tui train -o hello.safetensors --text hello
  lstm-tui train -o book.safetensors --file book.txt --hidden 64
  lstm-tui train -o better.safetensors book.safetensors --epochs 5 --file book.txt

With MODEL, training continues from its weights; without, a fresh model learns the text. Adam starts afresh each time:
no file keeps its state from an earlier training. Ctrl+C writes the best weights so far.""",
    "find": """examples:
  lstm-tui find brackets --track depth --random 5000
  lstm-tui find model.safetensors --file book.txt --track quote --top 5
  lstm-tui find python --track "regex:def \\w+" --quantity h --format json

Tracks: depth, quote, column, indent, word, upper, digit, regex:RE (inside a match), when:CONDITION (where it holds),
csv:FILE#COLUMN (one number a step). Yes/no tracks are scored by AUC, numbers by correlation: units are ranked on the
first half of the text, and the second half shows whether that was luck.""",
    "compare": """examples:
  lstm-tui compare hello cell:gru
  lstm-tui compare hello cell:gru --text "hello hello" --train --format table
  lstm-tui compare cell:by-hand cell:minlstm --file book.txt --seed 1 --train --format jsonl
  lstm-tui compare brackets brackets --clamp-b "c[0] = 3 from 12"

A and B are files, bundled models, or cell:KIND for a fresh one (of the other's vocabulary and sizes, unless you say
others); --train trains what is fresh. KL(a‖b) is in nats, over the symbols that both know.
A terminal shows both on the screen; --format, --steps and -o print them.""",
    "inspect": """examples:
  lstm-tui inspect model.safetensors
  lstm-tui inspect hello""",
    "check": """examples:
  lstm-tui check my_cell.py:MyLSTM
  lstm-tui check homework.ipynb:LSTMCell --against nn.LSTM
  lstm-tui check my_cell.py:MyCell --args "output_size=10" --format json

FILE is a Python file or a notebook; it is run. Exit code 0: nothing departs from the textbook; 1: something does;
2: it cannot be run. What is not judged is said.""",
    "lesson": """examples:
  lstm-tui lesson                  the first one: one step, six equations
  lstm-tui lesson forget-bias
  lstm-tui lesson mine.keys
  lstm-tui lesson 3 --notes        the presenter's words, which are never on the screen

space goes on; every key works in between, and space brings back the lesson's place. A lesson from elsewhere reads and
writes only in its own folder, and runs no code; --trust lifts that, for authors you trust.""",
    "lessons": """examples:
  lstm-tui lessons
  lstm-tui lesson counting""",
    "doctor": """examples:
  lstm-tui doctor
  ssh -t host lstm-tui doctor""",
    "cells": """examples:
  lstm-tui cells
  lstm-tui hello --cell fused""",
    "record": """examples:
  lstm-tui record lesson.keys -o lesson.cast
  lstm-tui record forget-bias -o forget-bias.html      a lesson that ships, as a page
  lstm-tui record tour.keys brackets -o tour.gif --theme projector     (needs lstm-tui[gif])
  lstm-tui record lesson.keys -o lesson.html      its captions and every step it shows, for a browser
  lstm-tui record mine.keys -o mine.cast --trust

A script has one command per line: press right*3, type "hello", wait 0.5, caption "the first l", expect "step 3/5",
picture step3.svg, mark "a chapter", size 120x40, title "Two l's". open MODEL, if present, comes first. # begins a
comment. The marks are a player's chapters; --step-markers adds one at every step.
The exit code is 1 if the screen does not show what the script expects.

A script may come from elsewhere: it reads and writes only in its own folder and below, writes its pictures beside the
recording, and runs no code (open --cell FILE.py:CLASS). --trust lifts these limits, for authors you trust.""",
}
