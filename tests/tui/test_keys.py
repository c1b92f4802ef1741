"""The one list of keys: complete, free of clashes, and the source of footer, help and table."""

from __future__ import annotations

from itertools import pairwise

from rich.cells import cell_len
from textual.binding import Binding

from lstm_tui.debugger.door import Stop
from lstm_tui.tui.controllers.editing import ZERO_ALREADY
from lstm_tui.tui.help import help_text
from lstm_tui.tui.jobs import RUNNING
from lstm_tui.tui.keys import ALWAYS, KEYS, bindings
from lstm_tui.tui.palette import Commands, commands
from lstm_tui.tui.widgets.footer import KeyFooter, entries
from lstm_tui.tui.widgets.notice import spelled
from tests.test_readme import key_table
from tests.tui.fake import FakeDebugger
from tests.tui.pilots import opened, over

CONTRACT = """
    right space n l pagedown left p h pageup g home < end > up k down j K J tab ] shift+tab [ 1 2 3 4 5 6 7 8 0
    f F y Y W m M enter d v V i s S / backspace b c C a + = - r z t {
    } u ctrl+r x e o w : ctrl+p ? f1 ctrl+l ctrl+z q escape
"""


class TestKeys:
    def test_every_key_of_the_contract_is_bound_once(self) -> None:
        bound = [key for entry in KEYS for key in entry.keys.split(",")]
        assert sorted(bound) == sorted(CONTRACT.split())

    def test_every_binding_says_what_it_is(self) -> None:
        for binding in Binding.make_bindings(bindings()):
            assert binding.id
            assert binding.description
            assert binding.tooltip

    async def test_every_key_has_an_action(self) -> None:
        async with over(FakeDebugger()) as (_, screen):
            known = set(screen.actions)
        for key in KEYS:
            assert key.id in known

    def test_ids_are_unique(self) -> None:
        assert len({key.id for key in KEYS}) == len(KEYS)

    def test_table_and_help_name_every_displayed_key(self) -> None:
        table, page = key_table(), help_text().plain
        for key in KEYS:
            for word in key.display.split():
                assert f"`{word}`" in table
                assert word in page


def words(width: int) -> str:
    return "  ".join(f"{entry.sign} {entry.word}" for entry in entries(width))


class TestFooter:
    def test_what_matters_most_is_there_first(self) -> None:
        assert words(60) == "→ step  ← back  ↑↓ unit  enter explain  ? help  q quit"
        assert words(80) == "→ step  ← back  ↑↓ unit  enter explain  s equation  t train  ? help  q quit"
        assert words(84) == "→ step  ← back  ↑↓ unit  enter explain  s equation  t train  v view  ? help  q quit"
        assert len(entries(200)) == len([key for key in KEYS if key.footer])

    def test_it_fits_and_keeps_the_way_out(self) -> None:
        for width in (60, 80, 120, 200):
            shown = entries(width)
            assert shown[-1].stop <= width
            assert set(ALWAYS) <= {entry.key.id for entry in shown}

    def test_entries_stand_apart(self) -> None:
        shown = entries(200)
        assert all(left.stop < right.x for left, right in pairwise(shown))

    def test_ascii_signs_are_ascii(self) -> None:
        assert all(entry.sign.isascii() and cell_len(entry.sign) for entry in entries(200, ascii=True))


def test_in_ascii_no_sign_stands_for_another_key() -> None:
    signs = [entry.sign for entry in entries(200, ascii=True)]
    assert signs[:3] == ["right", "left", "up/down"]
    assert not {">", "<", "^v"} & set(signs)
    assert (
        spelled("→ goes on, c[1] +0.20 → +0.30, i = σ(…)", True)
        == "right goes on, c[1] +0.20 to +0.30, i = sigmoid(...)"
    )


async def test_what_does_nothing_now_is_dimmed_everywhere_and_its_key_says_why() -> None:
    debugger = FakeDebugger()
    async with over(debugger, (200, 30)) as (pilot, screen):
        footer = screen.query_one(KeyFooter)

        def dimmed() -> set[str]:
            line = footer.lines(200, 1, ascii=False)[0]
            return {text for text, style in line if style == "quiet"} & {"←", "→", "s", "c", "e", "↑↓"}

        def in_palette(id: str) -> tuple[bool, str]:
            command = next(each for each in commands() if each.id == id)
            hit = Commands(screen).hit(command)
            return "dim" in str(hit.display.spans), hit.help or ""

        assert dimmed() == {"←"}
        assert in_palette("state.zero") == (True, ZERO_ALREADY)
        page = help_text(refusal=screen.refusal)
        assert any("set" not in page.plain[span.start : span.end] and span.style == "dim" for span in page.spans)
        await pilot.press("z")
        assert screen.message == ZERO_ALREADY
        assert not debugger.edits
        await pilot.press("right")
        assert dimmed() == set()
        assert in_palette("state.zero") == (
            False,
            "Set h and c to 0 at this step and continue from there; u restores them",
        )
        debugger.stops.listed, debugger.stops.wait = (Stop("f[0] < 0.1"),), True
        await pilot.press("c")
        assert dimmed() == {"c"}
        assert in_palette("run.forward") == (True, RUNNING)
        await pilot.press("escape", "end")
        debugger.stops.runs[-1].finish.set()
        await opened(pilot)
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert dimmed() == {"→", "s", "c"}
