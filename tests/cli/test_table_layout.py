"""Which columns stand where in a table on the terminal, and when it is cut in two."""

import io
import math

import pytest
from rich.console import Console

from coloc_bridge.cli import tables

ROW = {"region": 1, "channel_a": "red", "channel_b": "green", "n_pixels": 12, "pcc": 0.5, "srcc": math.nan}


@pytest.fixture
def shown(monkeypatch, capsys):
    def show(rows, width=200, **options):
        monkeypatch.setattr(tables, "stdout", lambda: Console(highlight=False, width=width))
        tables.show_rows(rows, **options)
        return [line.split() for line in capsys.readouterr().out.splitlines() if line.strip(" ─")]

    return show


def test_nothing_is_printed_of_nothing(shown):
    assert shown([]) == []


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([ROW], [["region", "pixels", "pcc"], ["1", "12", "0.5000"]], id="an empty column is left out"),
        pytest.param(
            [ROW, ROW | {"region": 0}],
            [["region", "pixels", "pcc"], ["1", "12", "0.5000"], ["0", "12", "0.5000"]],
            id="a whole image beside regions",
        ),
        pytest.param([ROW | {"region": 0}], [["pixels", "pcc"], ["12", "0.5000"]], id="the whole image"),
        pytest.param(
            [ROW | {"region": -1}], [["region", "pixels", "pcc"], ["-1", "12", "0.5000"]], id="a negative label"
        ),
        pytest.param(
            [ROW, ROW | {"region": 2, "srcc": 0.25}],
            [["region", "pixels", "pcc", "srcc"], ["1", "12", "0.5000", "-"], ["2", "12", "0.5000", "0.2500"]],
            id="a column with one value",
        ),
        pytest.param(
            [{"pcc": 0.5, "n_pixels": 3, "slice": 2, "file": "a.tif"} | ROW],
            [["slice", "file", "region", "pcc", "pixels"], ["2", "a.tif", "1", "0.5000", "12"]],
            id="what a row is about stands first",
        ),
    ],
)
def test_columns_of_one_pair(shown, rows, expected):
    assert shown(rows) == [["A:", "red", "B:", "green"], *expected]


def test_columns_of_several_pairs(shown):
    rows = [ROW | {"region": 0}, ROW | {"region": 0, "channel_b": "blue"}]
    assert shown(rows) == [
        ["channel_a", "channel_b", "pixels", "pcc"],
        ["red", "green", "12", "0.5000"],
        ["red", "blue", "12", "0.5000"],
    ]


def test_a_column_that_some_rows_lack(shown):
    assert shown([ROW, ROW | {"region": 2, "k1": 3.0}])[1:] == [
        ["region", "pixels", "pcc", "k1"],
        ["1", "12", "0.5000"],
        ["2", "12", "0.5000", "3"],
    ]


@pytest.mark.parametrize(
    ("width", "heads"),
    [
        # region 6, pixels 6, pcc 6, k1 6 characters, and 3 between: 36 hold them all.
        (36, [["region", "pixels", "pcc", "k1"]]),
        (35, [["region", "pixels", "pcc"], ["region", "k1"]]),
        (26, [["region", "pixels"], ["region", "pcc"], ["region", "k1"]]),
        (1, [["region", "pixels"], ["region", "pcc"], ["region", "k1"]]),
    ],
)
def test_a_table_is_cut_where_the_width_ends(width, heads):
    rows = [ROW | {"k1": 0.125}]
    columns = tables._fitting(rows, width, one_pair=True)
    assert [[tables._SHORT.get(name, name) for name in group] for group in columns] == heads


def test_numbers_stand_right_and_words_left(monkeypatch, capsys):
    monkeypatch.setattr(tables, "stdout", lambda: Console(highlight=False, width=80))
    tables.show_rows([ROW | {"file": "a.tif", "n_pixels": 1}, ROW | {"file": "longer.tif", "n_pixels": 100_000}])
    _, _, head, _, first, second, *_ = capsys.readouterr().out.splitlines()
    assert first.index("a.tif") == second.index("longer.tif") == head.index("file")
    assert first.index(" 1  ", first.index("1") + 1) + 2 == second.index("100000") + 6


def test_p_values_are_for_the_file():
    assert {"pcc_pvalue", "srcc_pvalue", "ktau_pvalue", "remark"} == set(tables._HIDDEN)


@pytest.mark.parametrize(("count", "tables_of"), [(1, [1]), (4, [4]), (5, [4, 1]), (8, [4, 4]), (9, [4, 4, 1])])
def test_four_rows_side_by_side(shown, count, tables_of):
    lines = shown([ROW | {"region": i} for i in range(count)], vertical=True)
    regions = [line[1:] for line in lines if line[0] == "region"]
    assert [len(line) for line in regions] == tables_of
    assert [number for line in regions for number in line] == [str(i) for i in range(count)]
    assert [line[0] for line in lines[:5]] == ["region", "channel_a", "channel_b", "n_pixels", "pcc"]
    assert not any(line[0] == "srcc" for line in lines)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.001, "0.0010"),
        (0.000999, "0.000999"),
        (9.99999, "10.0000"),
        (9.5, "9.5000"),
        (-9.5, "-9.5000"),
        (10.5, "10.5"),
        (1e14, "100000000000000"),
        (1e15, "1e+15"),
        (-1e15, "-1e+15"),
        (-4.0, "-4"),
        (0.0, "0"),
        (123456.7, "1.235e+05"),
        (True, "True"),
    ],
)
def test_numbers_at_the_edges_of_their_forms(value, text):
    assert tables.text_of(value) == text


def test_what_is_no_terminal_is_wide_enough_for_anything(monkeypatch):
    monkeypatch.setattr("sys.stdout", io.StringIO())
    assert tables.stdout().width == 400


def test_remarks_go_to_stderr(capsys):
    tables.note("a remark")
    assert capsys.readouterr() == ("", "a remark\n")


@pytest.mark.parametrize("terminal", [False, True])
def test_progress_is_shown_on_a_terminal_only(monkeypatch, terminal):
    stream = io.StringIO()
    stream.isatty = lambda: terminal
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    with tables.progress() as step:
        step(3, 7, "measuring [x]")
    text = stream.getvalue()
    assert ("measuring [x]" in text) == ("3/7" in text) == terminal
    assert bool(text.strip()) == terminal
    # The last thing it does is to erase its line.
    assert text.endswith("\x1b[2K") == terminal


def test_a_vertical_table_has_no_head(monkeypatch, capsys):
    monkeypatch.setattr(tables, "stdout", lambda: Console(highlight=False, width=80))
    tables.show_rows([ROW], vertical=True)
    lines = capsys.readouterr().out.splitlines()
    assert next(line.split()[0] for line in lines if line.strip()) == "region"
    assert not any("─" in line for line in lines)
