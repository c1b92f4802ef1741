"""A small, strict terminal: what it does not know is an error.

It halves wide characters as xterm does, and can be told to disagree with Rich about the width of joined emoji.
"""

from __future__ import annotations

import re

from wcwidth import wcwidth

CellState = tuple[str, tuple[str, ...], str]  # text, the SGR codes that made it (normalised), hyperlink

_TOKEN = re.compile(
    r"\x1b\[(?P<parameters>[0-?]*)(?P<middle>[ -/]*)(?P<final>[@-~])"
    r"|\x1b\](?P<osc>[^\x07\x1b]*)(?:\x07|\x1b\\)|(?P<text>[^\x00-\x1f\x7f])|(?P<control>[\r\n\b\a])|(?P<bad>.)",
    re.DOTALL,
)
_GROUPS = {"22": "bold dim", "23": "italic", "24": "underline", "25": "blink", "27": "reverse", "28": "hide"}
_GROUPS |= {"29": "strike", "54": "frame", "55": "overline"}
_NAMES = {"1": "bold", "2": "dim", "3": "italic", "4": "underline", "5": "blink", "6": "blink 6", "7": "reverse"}
_NAMES |= {"8": "hide", "9": "strike", "21": "underline 21", "51": "frame 51", "52": "frame 52", "53": "overline"}


class Emulator:
    """Feed it text; read `cells()` and `cursor`."""

    def __init__(self, width: int, height: int, joined: int = 2) -> None:
        self.width, self.height = width, height
        self.joined = joined  # columns that a sequence of emoji with joiners takes
        self.style: dict[str, str] = {}
        self.link = ""
        self.x = self.y = 0
        self.bells = 0
        self.others: list[str] = []
        self.rows = [self._blank_row() for _ in range(height)]
        self._joining = False

    def _blank_row(self) -> list[CellState]:
        return [(" ", (), "")] * self.width

    def resize(self, width: int, height: int) -> None:
        rows = [[*row, *([(" ", (), "")] * width)][:width] for row in self.rows[:height]]
        self.width, self.height = width, height
        self.rows = rows + [self._blank_row() for _ in range(height - len(rows))]
        self.x, self.y = min(self.x, width - 1), min(self.y, height - 1)

    def cells(self) -> list[list[CellState]]:
        return [list(row) for row in self.rows]

    def feed(self, data: str) -> None:
        for token in _TOKEN.finditer(data):
            if token["bad"] is not None:
                raise ValueError(f"not a sequence we know: {data[token.start() : token.start() + 12]!r}")
            if token["text"] is not None:
                self._print(token["text"])
                continue
            self._joining = False
            if token["control"] is not None:
                self._control(token["control"])
            elif token["osc"] is not None:
                self._osc(token["osc"])
            else:
                self._csi(token["parameters"], token["middle"], token["final"], token[0])

    def _print(self, character: str) -> None:
        width = wcwidth(character)
        if character == "\N{ZERO WIDTH JOINER}":
            self._joining = True
            return
        if width == 0:
            base = self.x - 1
            while base > 0 and self.rows[self.y][base][0] == "":
                base -= 1
            text, style, link = self.rows[self.y][max(base, 0)]
            self.rows[self.y][max(base, 0)] = (text + character, style, link)
            return
        if self._joining:  # the second half of a joined sequence: on its own only in a terminal that knows no better
            self._joining = False
            if self.joined == 2:
                return
        if self.x + width > self.width:
            self.x = self.width - width  # no wrapping: the last column is written over and over
        style = tuple(f"{name}={self.style[name]}" for name in sorted(self.style))
        for column in range(self.x, self.x + width):
            self._split(column)
        self.rows[self.y][self.x] = (character, style, self.link)
        if width == 2:
            self.rows[self.y][self.x + 1] = ("", style, self.link)
        self.x = min(self.x + width, self.width)

    def _split(self, column: int) -> None:
        """Writing over one half of a wide character blanks the other."""
        row = self.rows[self.y]
        if row[column][0] == "" and column:
            row[column - 1] = (" ", *row[column - 1][1:])
        if column + 1 < self.width and row[column + 1][0] == "":
            row[column + 1] = (" ", *row[column + 1][1:])

    def _control(self, control: str) -> None:
        if control == "\a":
            self.bells += 1
        elif control == "\r":
            self.x = 0
        elif control == "\b":
            assert self.x < self.width, "backspace from beyond the last column is read differently everywhere"
            self.x = max(0, self.x - 1)
        elif self.y < self.height - 1:
            self.x, self.y = 0, self.y + 1
        else:
            self.rows = [*self.rows[1:], self._blank_row()]
            self.x = 0

    def _osc(self, content: str) -> None:
        kind, _, rest = content.partition(";")
        if kind == "8":
            self.link = rest if rest != ";" else ""
        else:
            self.others.append(content)

    def _csi(self, parameters: str, middle: str, final: str, whole: str) -> None:
        if final == "m" and not parameters.startswith(("?", ">")):
            self._sgr(parameters)
            return
        if final not in "ABCDGHJK" or middle or parameters.startswith(("?", ">", "<")):
            assert final in "hlpuq", whole
            if whole == "\x1b[?1049h":
                self.rows = [self._blank_row() for _ in range(self.height)]
            self.others.append(whole)
            return
        numbers = [int(number or 0) for number in parameters.split(";")] + [0]
        count = max(numbers[0], 1)
        if final in "JK":
            assert whole in {"\x1b[2J", "\x1b[2K"}
            assert not self.style
            for y in range(self.height) if final == "J" else [self.y]:
                self.rows[y] = self._blank_row()
        elif final == "H":
            self.y, self.x = min(count, self.height) - 1, min(max(numbers[1], 1), self.width) - 1
        elif final == "G":
            self.x = min(count, self.width) - 1
        elif final in "CD":
            assert self.x < self.width, "a relative movement from beyond the last column is read differently everywhere"
            self.x = min(max(self.x + (count if final == "C" else -count), 0), self.width - 1)
        else:
            self.y = min(max(self.y + (count if final == "B" else -count), 0), self.height - 1)

    def _sgr(self, parameters: str) -> None:
        numbers = parameters.split(";")
        while numbers:
            code = numbers.pop(0) or "0"
            if code == "0":
                self.style = {}
            elif code in {"38", "48"}:
                take = 4 if numbers[0] == "2" else 2
                self.style["fg" if code == "38" else "bg"] = ";".join(numbers[:take])
                del numbers[:take]
            elif code in {"39", "49"}:
                self.style.pop("fg" if code == "39" else "bg", None)
            elif code in _GROUPS:
                for name in [name for name in self.style if name.split()[0] in _GROUPS[code].split()]:
                    del self.style[name]
            elif code in _NAMES:
                self.style[_NAMES[code]] = "on"
            else:
                number = int(code)
                assert 30 <= number <= 47 or 90 <= number <= 107, f"SGR {code}"
                self.style["fg" if 30 <= number <= 37 or 90 <= number <= 97 else "bg"] = code
