"""``coloc-bridge compare-engines``: what it shows, writes and refuses."""

import csv
import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import tifffile

import coloc_bridge as cb
from coloc_bridge.cli import compare_engines, tables

RNG = np.random.default_rng(2)
A = np.clip(RNG.gamma(2, 15, (40, 32)), 0, 255).astype(np.uint8)
B = np.clip(0.6 * A + RNG.gamma(2, 8, A.shape), 0, 255).astype(np.uint8)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    inside = np.zeros(A.shape, np.uint8)
    inside[4:30, 5:25] = 255
    images = {"a": A, "b": B, "mask": inside, "float": A / np.float32(255)}
    for name, image in images.items():
        tifffile.imwrite(tmp_path / f"{name}.tif", image)
    tifffile.imwrite(tmp_path / "two.tif", np.stack([A, B]), imagej=True, metadata={"axes": "CYX"})
    return {name: tmp_path / f"{name}.tif" for name in (*images, "two")}


@pytest.fixture
def run(call):
    return partial(call, "compare-engines")


def test_numbers_marks_and_reasons(run, files):
    status, out, err = run(files["a"], files["b"])
    assert (status, err) == (0, "")
    lines = {line.split("  ")[0].strip(): line for line in out.splitlines()}
    columns = cb.compare_engines(A, B).attrs["sources"]
    assert lines["Pearson’s r"].split()[2:] == [f"{cb.pearson(A, B)[0]:.4f}"] * (1 + len(columns))
    costes_m2 = cb.twins.jacop(A, B)["costes_m2"]
    assert f"{costes_m2:.4f}≠" in lines["Manders’ M2 at Costes thresholds"]
    assert "Coloc 2: its twin; Coloc 2 itself runs in a Fiji" in out
    assert "≠ Costes threshold A, Costes threshold B" in out
    assert "the Costes search takes whole steps and rounds the thresholds (coloc2-costes-integer-steps)" in out


def test_two_channels_of_one_file_a_mask_and_one_engine(run, files, tmp_path):
    expected = run(files["a"], files["b"], "--mask", files["mask"], "--engine", "coloc2")
    found = run(files["two"], "--channels", "1,2", "--mask", files["mask"], "--engine", "coloc2")
    assert found == expected
    assert "JACoP" not in found[1]


def test_files(run, files, tmp_path):
    table = cb.compare_engines(A, B)
    for name in ("t.csv", "t.json"):
        assert run(files["a"], files["b"], "-o", tmp_path / name)[0] == 0
    rows = list(csv.DictReader((tmp_path / "t.csv").open(encoding="utf-8")))
    assert [row["coefficient"] for row in rows] == list(table.index)
    assert [float(row["jacop"] or "nan") for row in rows] == pytest.approx(list(table["jacop"]), nan_ok=True)
    document = json.loads((tmp_path / "t.json").read_text("utf-8"))
    assert document["sources"] == table.attrs["sources"]
    assert document["differences"] == table.attrs["differences"]
    assert [row["why"] for row in document["table"]] == list(table["why"])


def test_it_fits_a_terminal_of_80_columns(monkeypatch):
    from rich.console import Console

    table = cb.compare_engines(A, B)
    console = Console(width=80, record=True, highlight=False)
    compare_engines._show(console, table)
    lines = console.export_text().splitlines()
    assert max(map(len, lines)) <= 80
    text = " ".join(" ".join(lines).split())
    for title in ("Coloc 2", "JACoP", "≠ Costes threshold A"):
        assert title in text
    assert sum("Pearson’s r" in line for line in lines) > 1  # a block for some of the engines, and one for the others
    assert tables.stdout().width > 80


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("{a}",), "one file, so which of its channels are A and B? Say --channels 1,2"),
        (("{a}", "{b}", "--engine", "x"), "unknown engine 'x'; known: coloc2, "),
        (("{a}", "{b}", "-o", "t.xlsx"), "the table is written as .csv or .json"),
        (("{a}", "none.tif"), "none.tif"),
        (("{two}", "{two}"), "channels"),
    ],
)
def test_wrong_calls_end_in_a_sentence(run, files, arguments, words):
    status, out, err = run(*(argument.format(**files) for argument in arguments))
    assert status == 2
    assert words in err
    assert "Traceback" not in err + out
