"""Rows of numbers in files: what is read, how it is scaled, and the sentence for everything else."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest

from lstm_tui.core.errors import UserError
from lstm_tui.core.number_rows.array_file import read_arrays
from lstm_tui.core.number_rows.asked_rows import asked_table, fresh_rows, remembered_rows
from lstm_tui.core.number_rows.csv_table import read_csv
from lstm_tui.core.number_rows.row_sequence import RowFormat, Rows
from lstm_tui.core.options import ModelOptions

CSV = "day,temp,rain\n2026-03-01,12.5,0\n2026-03-02,1e1,20.25\n2026-03-03,-3,4\n"


def test_columns_of_numbers_are_read_and_the_others_name_steps_or_are_said_to_be_ignored() -> None:
    table = read_csv(CSV, "w.csv", None, None, None)
    assert {name: list(values) for name, values in table.columns.items()} == {
        "temp": [12.5, 10.0, -3.0],
        "rain": [0.0, 20.25, 4.0],
    }
    assert table.notes == ("ignored because they hold no numbers: day",)
    assert read_csv(CSV, "w.csv", ("rain",), "day", None).times == ("2026-03-01", "2026-03-02", "2026-03-03")
    for same in (CSV.replace(",", ";"), CSV.replace(",", "\t"), CSV.replace("\n", "\r\n"), CSV + "\n\n"):
        assert read_csv(same, "w.csv", None, None, None).columns == table.columns
    assert list(read_csv("1,2\n3,4\n", "w.csv", None, None, None).columns) == ["c0", "c1"]
    assert list(read_csv("2026-01-01,2\n2026-01-02,4\n", "w.csv", None, None, None).columns) == ["c1"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a;b\n1,5;2\n3,5;4\n", r"line 2, column 'a' of w.csv holds '1,5', a decimal comma: write 1\.5"),
        ('a,b\n"1,234.5",2\n', r"holds '1,234\.5', commas between thousands: write 1234\.5"),
        ("a,b\n1,5,2\n", r"line 2 of w.csv has 3 fields.*decimal commas"),
        ("a,b\n1\n", "line 2 of w.csv has 1 fields"),
        ("a,b\n1,2\n,3\n", "line 3, column 'a' of w.csv has no value.*--missing"),
        ("a,b\n1,2\nNaN,3\n", "line 3, column 'a' of w.csv has no value"),
        ("a,b\n1,2\n3,4\nx,5\n6,7\n", "line 4, column 'a' of w.csv holds 'x', which is not a number"),
        ("a,b\n1,inf\n", "line 2, column 'b' of w.csv holds inf"),
        ("a,a\n1,2\n", "more than one column 'a'"),
        ("a,b\n", "no rows"),
        ("\n", "no rows"),
        ("a,b\nx,y\n", "no column of numbers"),
        ('a,b\n"1,2\n', "is not CSV"),
    ],
)
def test_what_is_no_row_of_numbers_is_named_with_its_place(text: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        read_csv(text, "w.csv", None, None, None)


def test_missing_values_are_what_was_asked_for() -> None:
    text = "a\n1\nNA\n\n3\n"
    assert list(read_csv("a,b\n1,1\n,1\n?,1\n3,1\n", "w", None, None, "previous").columns["a"]) == [1, 1, 1, 3]
    assert list(read_csv(text, "w", None, None, "zero").columns["a"]) == [1, 0, 3]
    with pytest.raises(UserError, match="none is before it"):
        read_csv("a,b\n,1\n2,1\n3,1\n", "w", None, None, "previous")


def saved(array: object, **arrays: object) -> bytes:
    out = io.BytesIO()
    if arrays:
        np.savez_compressed(out, **arrays)  # type: ignore[arg-type]
    else:
        np.save(out, array, allow_pickle=True)  # type: ignore[arg-type]
    return out.getvalue()


@pytest.mark.parametrize("kind", ["<f8", ">f4", "<f2", "<i4", "u1", "?"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_are_what_numpy_reads(kind: str, order: str) -> None:
    array = np.asarray([[1, 0, 3], [4, 5, 0]], dtype=kind, order=order)  # type: ignore[call-overload]
    table = read_arrays(saved(array), "a.npy", None)
    assert [list(values) for values in table.columns.values()] == array.astype(float).T.tolist()


def test_arrays_of_an_archive_stand_side_by_side_and_no_pickle_is_read() -> None:
    table = read_arrays(saved(None, temp=np.arange(3.0), wind=np.ones((3, 2))), "a.npz", None)
    assert list(table.columns) == ["temp", "wind0", "wind1"]
    with pytest.raises(UserError, match="Python objects"):
        read_arrays(saved(np.array([{}, {}])), "a.npy", None)
    for data in (b"", b"PK\x03\x04", saved(np.ones(3))[:-1], saved(np.ones((2, 2, 2))), saved(np.array(["a"]))):
        with pytest.raises(UserError):
            read_arrays(data, "a.npy", None)
    with pytest.raises(UserError, match="different lengths"):
        read_arrays(saved(None, a=np.ones(2), b=np.ones(3)), "a.npz", None)
    with pytest.raises(UserError, match=r"row 1, column 'c0' of a\.npy has no value"):
        read_arrays(saved(np.array([1.0, np.nan])), "a.npy", None)


@pytest.mark.parametrize("scale", ["standard", "minmax", "none"])
def test_a_scale_is_numpys_and_comes_back_exactly(scale: str, tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(5, 3, (50, 2))
    values[:, 1] = 0.1  # never changes
    path = tmp_path / "w.npy"
    np.save(path, values)
    options = ModelOptions(rows=str(path), scale=scale)
    rows = fresh_rows(options, asked_table(options, None))
    shift, divisor = {
        "standard": (values.mean(0), values.std(0)),
        "minmax": (values.min(0), np.ptp(values, axis=0)),
        "none": (np.zeros(2), np.ones(2)),
    }[scale]
    expected = (values - shift) / np.where(divisor < 1e-12, 1, divisor)
    assert np.abs(np.array(rows.codes).reshape(50, 2) - expected).max() < 1e-12
    form = RowFormat.from_content(json.loads(json.dumps(rows.form.described())), UserError)
    again = remembered_rows(form, rows.start(1 << 20), "m")
    assert again.codes == rows.codes
    part = remembered_rows(form, rows.start(200), "m")
    assert 0 < len(part) < 50
    assert part.codes == rows.codes[: 2 * len(part)]


def scaler(tmp_path: Path, content: object) -> Rows:
    (tmp_path / "w.csv").write_text(CSV)
    (tmp_path / "s.json").write_text(content if isinstance(content, str) else json.dumps(content))
    options = ModelOptions(rows=str(tmp_path / "w.csv"), scaler=str(tmp_path / "s.json"), time="day")
    return fresh_rows(options, asked_table(options, None))


def test_a_scaler_given_is_used(tmp_path: Path) -> None:
    assert list(scaler(tmp_path, {"mean": [10, 0], "std": [2.5, 1]}).codes[:2]) == [1.0, 0.0]
    assert list(scaler(tmp_path, {"min": [0, 0], "max": [50, 81]}).codes[:4]) == [0.25, 0.0, 0.2, 0.25]
    wrong: list[object] = [
        "{",
        [],
        {},
        {"mean": [1], "std": [1]},
        {"mean": [1, 2], "std": [1, 0]},
        {"min": [1, 2], "max": [0, 3]},
    ]
    for bad in wrong:
        with pytest.raises(UserError, match="--scaler"):
            scaler(tmp_path, bad)
