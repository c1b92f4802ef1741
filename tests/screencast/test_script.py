"""The script language: what is understood, and the sentence and line for what is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_tui.core.errors import UserError
from lstm_tui.screencast.keyboard import NAMED, event, known_key
from lstm_tui.screencast.script import parse, read_script
from lstm_tui.screencast.script_commands import (
    Ask,
    Caption,
    Check,
    Expect,
    Mark,
    Note,
    Pause,
    Picture,
    Press,
    ScriptCommand,
    ShowGuess,
    Size,
    Type,
    Wait,
)
from lstm_tui.tui.keys import KEYS


def command(line: str) -> ScriptCommand:
    (only,) = parse(f"\n{line}\n", "lesson.keys").commands
    assert only.line == 2
    return only


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("press right*3 down", Press(2, ("right", "right", "right", "down"))),
        ("press x X 0 ? < ctrl+l shift+tab f1 *", Press(2, (*"xX0?<", "ctrl+l", "shift+tab", "f1", "*"))),
        ("press **2 number_sign quotation_mark space", Press(2, ("*", "*", "#", '"', "space"))),
        ("press right # three", Press(2, ("right",))),
        ('type "he said \\"no\\"\\n# not a comment" # one', Type(2, 'he said "no"\n# not a comment')),
        ("wait 0.5", Wait(2, 0.5)),
        ('caption "c̃ is proposed"', Caption(2, "c̃ is proposed")),
        ('caption ""', Caption(2, "")),
        ("mark", Mark(2, "line 2")),
        ('mark "two l\'s"', Mark(2, "two l's")),
        ("expect \"step 3/5  reading 'l'\"", Expect(2, "step 3/5  reading 'l'")),
        ("picture counting.svg", Picture(2, "counting.svg")),
        ('picture "two words.svg"', Picture(2, "two words.svg")),
        ("pause", Pause(2)),
        ("check c[3] > 2 and char == '#'", Check(2, "c[3] > 2 and char == '#'")),
        ('ask "which?" = "3" | "three"', Ask(2, "which?", ("3", "three"))),
        ("hide guess", ShowGuess(2, False)),
        ("show guess", ShowGuess(2, True)),
        ('note "say why"', Note(2, "say why")),
    ],
)
def test_a_command_is_understood(line: str, expected: ScriptCommand) -> None:
    assert command(line) == expected


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("pres right", "no command 'pres'"),
        ("pause 3", "wait takes seconds"),
        ("check", "a condition, as in"),
        ('ask "which?"', "a question and its answers"),
        ('ask "which?" "3"', "a question and its answers"),
        ('ask "which?" = "3" "4"', "a question and its answers"),
        ('ask "which?" = " "', "at least one character"),
        ("hide", "hide takes the word guess"),
        ("show all", "show takes the word guess"),
        ("press", "press takes keys"),
        ("press rigt", "did you mean right?"),
        ("press right*0", "key with a count"),
        ("press right*99999", "key with a count"),
        ('press "', "closing quote"),
        ("type hello", "double quotes"),
        ('type "hello', "closing quote"),
        ('type "a" "b"', "one string"),
        ('type "\\q"', "after a"),
        ("type \u201chello\u201d", "double quotes"),
        ("wait soon", "seconds"),
        ("wait -1", "seconds"),
        ("wait nan", "seconds"),
        ("wait 1 2", "seconds"),
        ("size 120", "columns x rows"),
        ("size 10x3", "columns x rows"),
        ("size 9999x9999", "columns x rows"),
        ("expect", "double quotes"),
        ('expect "  "', "one row"),
        ("picture counting.png", ".svg"),
        ("picture", ".svg"),
        ("open hello", "open comes first"),
        ('title "late"', "title comes before the first key"),
        ('title " "', "at least one character"),
        ("\x1b[31m", "no command '␛[31m'"),
    ],
)
def test_a_mistake_names_its_line_and_the_mend(line: str, complaint: str) -> None:
    with pytest.raises(UserError) as caught:
        parse(f"press right\n# a comment\n{line}\n", "lesson.keys")
    assert str(caught.value).startswith("'lesson.keys', line 3: ")
    assert complaint in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_what_is_set_up_first_is_no_command() -> None:
    script = parse("# a lesson\nopen brackets --text '(()' # so\nsize 80x24\npress right\nsize 100x30\n", "lesson.keys")
    assert script.opened is not None
    assert script.opened.words == ("brackets", "--text", "(()")
    assert script.size == (80, 24)
    assert script.title == "lesson"
    assert parse('size 80x24\ntitle "a\\u001bb"\npress right\n', "a/b.keys").title == "a␛b"
    assert script.commands == (Press(4, ("right",)), Size(5, 100, 30))


def test_a_script_without_a_command_is_refused() -> None:
    with pytest.raises(UserError, match="no command"):
        parse("# nothing yet\n\nsize 80x24\n", "lesson.keys")


def test_one_picture_is_not_written_over_by_another() -> None:
    with pytest.raises(UserError, match=r"line 3: 'a\.svg' is already the picture of line 1"):
        parse("picture a.svg\npress right\npicture a.svg\n", "lesson.keys")
    with pytest.raises(UserError, match="the picture of line 1"):
        parse("picture a.svg\npicture ./a.svg\n", "lesson.keys")


def test_a_script_is_read_in_utf_8_and_a_byte_that_is_not_has_a_line(tmp_path: Path) -> None:
    path = tmp_path / "lesson.keys"
    path.write_bytes('\ufeffcaption "c̃"\n'.encode())
    assert read_script(str(path)).commands == (Caption(1, "c̃"),)
    path.write_bytes(b"press right\n# Fran\xe7ois\n")
    with pytest.raises(UserError, match=r"lesson\.keys', line 2: byte 0xe7 is not UTF-8") as caught:
        read_script(str(path))
    assert "--encoding" not in str(caught.value)  # there is none for scripts


@given(
    st.text(max_size=80)
    | st.lists(st.sampled_from(["press", "type", '"', "\\", "*", "right", "#", "size", "\n", " "])).map("".join)
)
def test_any_text_is_a_script_or_a_sentence_with_a_line(text: str) -> None:
    said = ""
    try:
        assert parse(text, "lesson.keys").commands
    except UserError as error:
        said = str(error)
    assert re.match(r"$|'lesson\.keys'(, line [1-9]\d*:| contains no command)", said)


def test_every_key_of_the_program_can_be_pressed() -> None:
    for key in KEYS:
        for name in key.keys.split(","):
            assert event(known_key(name) or "").key in (name, event(name).key)


@pytest.mark.parametrize("name", NAMED)
def test_a_named_key_has_no_character_unless_it_types_one(name: str) -> None:
    pressed = event(name)
    assert pressed.key == name
    assert (pressed.character is not None) == (name in ("space", "enter", "tab", "escape", "backspace"))
