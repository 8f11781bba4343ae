"""Tables on the terminal fit its width and lose nothing."""

import math
from pathlib import Path

import pytest
from rich.console import Console

from coloc_bridge.cli import tables

ROWS = [
    {
        "region": region,
        "region_name": f"cell {region}",
        "slice": math.nan,
        "channel_a": "GFP [x]",
        "channel_b": "mCherry",
        "n_pixels": 1000 * region,
        **dict.fromkeys(("pcc", "srcc", "icq", "overlap", "k1", "k2", "m1", "m2"), 0.12345 * region),
        "pcc_pvalue": 0.0,
        "threshold_a": 1234.5,
    }
    for region in (1, 2)
]


@pytest.fixture
def shown(monkeypatch, capsys):
    def show(rows, width, **options):
        monkeypatch.setattr(tables, "stdout", lambda: Console(highlight=False, width=width))
        tables.show_rows(rows, **options)
        return capsys.readouterr().out

    return show


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_no_number_is_broken_or_lost(shown, width):
    text = shown(ROWS, width)
    assert max(map(len, text.splitlines())) <= width
    words = text.split()
    assert words.count("0.2469") == 8
    assert words.count("2000") == 1
    assert {"region", "pixels", "overlap", "thr_a"} <= set(words)
    assert "A: GFP [x]   B: mCherry" in text
    assert "slice" not in words
    assert "pcc_pvalue" not in words


def test_several_pairs_have_their_names_in_every_row(shown):
    text = shown([ROWS[0], {**ROWS[1], "channel_b": "DAPI"}], 200)
    assert text.count("GFP [x]") == 2
    assert "DAPI" in text


def test_vertical_table_has_a_line_for_each_quantity(shown):
    lines = shown(ROWS, 80, vertical=True).splitlines()
    assert any(line.split() == ["pcc", "0.1235", "0.2469"] for line in lines)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.123456, "0.1235"),
        (552.1234, "552.1"),
        (3.0, "3"),
        (1e-7, "1e-07"),
        (-0.00791, "-0.0079"),
        (math.nan, "-"),
        (math.inf, "inf"),
        (None, ""),
        (12, "12"),
        ("x", "x"),
    ],
)
def test_numbers_as_text(value, text):
    assert tables.text_of(value) == text


@pytest.mark.parametrize(
    ("terminal", "written", "most"),
    [(True, None, 50), (True, Path("cells.csv"), 50), (False, None, 1000), (False, Path("cells.csv"), 50)],
)
@pytest.mark.parametrize("vertical", [False, True])
def test_of_very_many_rows_the_first_are_shown_and_it_is_said(monkeypatch, capsys, terminal, most, written, vertical):
    monkeypatch.setattr(tables, "stdout", lambda: Console(highlight=False, width=300, force_terminal=terminal))
    rows = [ROWS[0] | {"region": i} for i in range(1, 30_001)]
    tables.show_rows(rows, vertical=vertical, written=written)
    lines = capsys.readouterr().out.splitlines()
    where = "all of them are in cells.csv" if written else "give -o FILE.csv for all of them"
    assert lines[-1] == f"The first {most} of 30000 rows; {where}"
    assert sum("cell 1" in line for line in lines) in (most, most // 4 + (most % 4 > 0))
    tables.show_rows(rows[:most], vertical=vertical)
    assert "rows;" not in capsys.readouterr().out
    tables.show_rows(rows[: most + 1], vertical=vertical, every=True)  # the file could not be written
    assert "rows;" not in capsys.readouterr().out


@pytest.mark.parametrize(("terminal", "shown"), [(True, 50), (False, 3000)])
def test_very_many_remarks_are_counted_on_a_terminal(monkeypatch, capsys, terminal, shown):
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal, raising=False)
    tables.notes([f"region {i}: fewer than 2 pixels" for i in range(3000)])
    lines = capsys.readouterr().err.splitlines()
    assert sum(line.startswith("region ") for line in lines) == shown
    assert (lines[-1] == "2950 more remarks; redirect stderr (2> FILE) for all of them") == terminal
