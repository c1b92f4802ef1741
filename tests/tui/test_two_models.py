"""Two models on one screen: each with its own numbers, at one place of one text, at every size."""

from __future__ import annotations

from dataclasses import replace

from lstm_tui.core.options import ModelOptions
from lstm_tui.core.quantities import Quantity
from lstm_tui.core.step import Step
from lstm_tui.debugger.contrasts.asked_pair import SharedText, asked_beside, asked_pair
from lstm_tui.debugger.prepare import prepare
from lstm_tui.debugger.prepared import Prepared
from lstm_tui.debugger.stops import Stop
from lstm_tui.tui.widgets.quantity import QuantityPanel
from tests.engine import students
from tests.tui.staged import Staged, on_stage


def two(a: str = "hello", b: str = "cell:gru", text: str | None = None) -> Prepared:
    first, second = asked_pair((a, b), ModelOptions(text=text), ())
    return replace(first, beside=second)


def rows(stage: Staged) -> list[str]:
    return ["".join(row) for row in stage.cells()]


def values(step: Step, quantity: Quantity, unit: int) -> str:
    return f"{step.layers[0].values[quantity.name][unit]:{'+' if quantity.kind == 'signed' else ''}.2f}"


def shows_both(stage: Staged) -> None:
    """The selected unit's number stands in every panel of both, and it is its own model's."""
    frame, screen = stage.screen.frame, rows(stage)
    assert frame.sides is not None
    panels = [panel for panel in stage.screen.query(QuantityPanel) if panel.is_on_screen and panel.size.height]
    counts = [len(side.quantities) for side in frame.sides]
    assert [panel.side for panel in panels] == [0] * counts[0] + [1] * counts[1]
    for panel in panels:
        step = frame.sides[panel.side or 0].step
        assert step is not None
        place = panel.region
        shown = "".join(screen[y][place.x : place.right] for y in range(place.y, place.bottom))
        assert values(step, panel.quantity, frame.unit) in shown, (panel.quantity.name, shown)


def test_both_show_their_own_numbers_and_what_is_between_them_at_every_size() -> None:
    async def act(stage: Staged) -> None:
        await stage.settle(0.5)
        await stage.press("right", "right", "down")
        for width, height in ((80, 24), (120, 40), (60, 16), (160, 45), (100, 30), (200, 60)):
            await stage.resize(width, height)
            a, b = stage.screen.frame.sides or (None, None)
            assert a is not None
            assert b is not None
            assert a.step.position == b.step.position == 2
            text = "\n".join(rows(stage))
            assert "▸a hello" in text
            assert " b cell:gru" in text
            assert "a guesses 'l', b 'o'" in text
            assert "KL 1.46" in text
            if width > 60:
                shows_both(stage)
            first = next(panel.region for panel in stage.screen.query(QuantityPanel) if panel.side == 1)
            assert (first.x > 0) == (width >= 120)

    on_stage(two(), act, (100, 30))


def test_keys_act_on_the_selected_one_and_both_go_along() -> None:
    async def act(stage: Staged) -> None:
        await stage.settle(0.5)
        stage.screen.workspace.debugger.stops.set([Stop("differs")])
        await stage.press("c")
        await stage.settle(0.5)
        assert "stop 1: a.guess = 'e' != b.guess = 'o'" in stage.screen.message
        await stage.press("Y", "end")
        frame = stage.screen.frame
        assert frame.about.cell == "gru"
        assert [side.step.position for side in frame.sides or ()] == [5, 5]
        await stage.press("left", "left", "s", "s")  # walks through b's own step
        assert stage.screen.frame.step.stage is not None
        assert "r = " in "\n".join(rows(stage))
        await stage.press("right")
        assert [side.step.position for side in stage.screen.frame.sides or ()] == [4, 4]
        await stage.press("enter")
        assert "unit 0 at step 4" in "\n".join(rows(stage))
        await stage.press("enter", "z", "right")
        assert [side.edits for side in stage.screen.frame.sides or ()] == [(), (4,)]
        await stage.press("e")
        await stage.press(*"olleh")
        await stage.press("enter")
        await stage.press("end")
        assert [side.step.position for side in stage.screen.frame.sides or ()] == [5, 5]

    on_stage(two(), act, (80, 24))


def test_one_key_trains_both_and_one_plot_shows_both_losses() -> None:
    async def act(stage: Staged) -> None:
        await stage.settle(0.5)
        await stage.press("end", "t", "enter")
        await stage.settle(1)
        sides = stage.screen.frame.sides or ()
        assert [side.about.epochs for side in sides if side.about] == [5, 5]
        text = "\n".join(rows(stage))
        losses = [f"{side.about.loss:.4f}" for side in sides if side.about and side.about.loss is not None]
        assert f"epoch 5/5 · a {losses[0]}, b {losses[1]}" in text
        assert "•" in text
        assert stage.screen.message == f"trained 5 epochs, loss {losses[0]}; trained 5 epochs, loss {losses[1]}"
        await stage.press("u", "right")
        assert [side.about.epochs for side in stage.screen.frame.sides or () if side.about] == [0, 5]
        await stage.press("q")  # b's weights are not saved
        assert not stage.alone

    first = prepare(ModelOptions(text="hello", hidden=5, epochs=5))
    known = SharedText("hello", tuple("ehlo"), False, (5,))
    second = asked_beside("cell:gru", known, ModelOptions())
    second = replace(second, options=replace(second.options, epochs=5))
    on_stage(replace(first, beside=second), act, (120, 40))


def test_y_asks_for_the_other_model_and_takes_it_away() -> None:
    async def act(stage: Staged) -> None:
        await stage.press("right", "y")
        await stage.press(*"cell:lstm97")
        await stage.press("enter")
        await stage.settle(0.5)
        sides = stage.screen.frame.sides
        assert sides is not None
        assert [side.about.cell for side in sides if side.about] == ["by-hand", "lstm97"]
        kept = stage.screen.snapshot(False)
        assert kept is not None
        assert (kept.session.name, kept.session.position, kept.session.beside) == ("hello", 1, "cell:lstm97")
        await stage.press("y")
        assert stage.screen.frame.sides is None
        assert stage.screen.frame.about.name == "hello"
        assert "".join(rows(stage)[0]).startswith(" hello")
        await stage.press("Y")
        assert "y puts another one beside it" in stage.screen.message
        await stage.press("y")
        await stage.press("enter")
        await stage.settle(0.5)
        assert stage.screen.frame.sides is not None
        await stage.press("o", "enter")  # a model of its own has the whole screen
        await stage.settle(0.5)
        assert stage.screen.frame.sides is None

    on_stage(replace(two(), beside=None), act)


def test_a_class_of_ones_own_stands_alone_and_rows_too() -> None:
    async def act(stage: Staged) -> None:
        await stage.press("y")
        assert stage.alone
        assert "a class of your own stands alone" in stage.screen.message

    on_stage(prepare(ModelOptions(text="hello", hidden=4, cell=f"{students.__file__}:Textbook")), act)

    async def of_rows(stage: Staged) -> None:
        await stage.press("y")
        assert stage.alone
        assert "reads rows of numbers" in stage.screen.message

    on_stage(prepare(ModelOptions(model="weather")), of_rows)


def test_a_text_that_the_other_one_cannot_read_takes_it_away_with_a_sentence() -> None:
    async def act(stage: Staged) -> None:
        await stage.settle(0.5)
        await stage.press("e")
        await stage.press(*"xx")
        await stage.press("enter")
        await stage.settle(0.5)
        assert stage.screen.frame.sides is None
        assert "cannot read" in stage.screen.message

    first = prepare(ModelOptions(text="hello", vocab=tuple("ehlox")))
    known = SharedText("hello", tuple("ehlox"), False, (8,))
    on_stage(replace(first, beside=asked_beside("hello", known, ModelOptions())), act)
