"""``validate --truth``: pictures of a known colocalization."""

import csv
import json
from functools import partial

import numpy as np
import pytest
import tifffile

import coloc_bridge as cb
from coloc_bridge.batch.benchmark import measure_benchmark

NOMINAL = (0, 20, 40, 60, 80, 100)


def scenes():
    for share in NOMINAL:
        scene = cb.make_scene(shape=(64, 64), shared_a=share / 100, shared_b=share / 100, bits=8, seed=3)
        yield (
            np.maximum(scene.a, scene.clean_a > 0),
            np.maximum(scene.b, scene.clean_b > 0),
        )  # no light is rounded off


@pytest.fixture(scope="module")
def colour(tmp_path_factory):
    """Named as those of the Colocalization Benchmark Source, red and green, up to number 10 to be sorted."""
    folder = tmp_path_factory.mktemp("CBS")
    for number, (a, b) in zip((1, 2, 3, 4, 9, 10), scenes(), strict=True):
        picture = np.stack([a, b, np.zeros_like(a)], axis=-1)
        tifffile.imwrite(folder / f"CBS{number}RGM.tiff", picture.astype(np.uint8), photometric="rgb")
    (folder / "readme.txt").write_text("no picture")
    return folder


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pairs")
    for number, (a, b) in enumerate(scenes()):
        tifffile.imwrite(folder / f"{number}_green.tif", a.astype(np.uint8))
        tifffile.imwrite(folder / f"{number}_red.tif", b.astype(np.uint8))
    return folder


@pytest.mark.parametrize("kind", ["colour", "pairs"])
def test_true_shares_agree_with_the_nominal_ones(kind, request):
    found = measure_benchmark(request.getfixturevalue(kind), NOMINAL)
    named = {(one.engine, one.variant, one.quantity): one for one in found.agreements}
    for engine in ("standard", "coloc2", "jacop"):
        m1 = named[engine, "", "m1"]
        assert m1.values == pytest.approx([share / 100 for share in NOMINAL], abs=0.02)
        assert m1.rms < 0.02
        assert abs(m1.bias) < 0.02
        assert m1.order == pytest.approx(1)
    r = named["standard", "", "pearson"]
    assert np.isnan(r.bias)
    assert np.isnan(r.rms)
    assert r.order == pytest.approx(1)
    assert named["jacop", "", "costes_pearson_above"].undefined > 0


def test_channels_are_those_with_light_or_the_chosen_ones(colour):
    assert set(measure_benchmark(colour, NOMINAL, engines=()).channels) == {("red", "green")}
    assert set(measure_benchmark(colour, NOMINAL, engines=(), channels=("2", "red")).channels) == {("green", "red")}


@pytest.fixture
def validate(call):
    return partial(call, "validate")


def test_the_command_prints_tables_of_80_columns_and_writes_all(validate, colour, tmp_path):
    status, out, err = validate("--truth", colour, "--nominal", ",".join(map(str, NOMINAL)), "-o", tmp_path)
    assert status == 0, err
    lines = out.splitlines()
    assert max(map(len, [line for line in lines if not line.startswith("Written")])) <= 80
    assert "nominal, %                        0   20   40   60   80  100" in lines
    assert any(line.startswith("  Pearson’s r above thresholds, bisection") for line in lines)
    assert "\\x" not in out
    with (tmp_path / "benchmark.csv").open(encoding="utf-8", newline="") as file:
        written = list(csv.DictReader(file))
    assert len(written) == len(json.loads((tmp_path / "benchmark.json").read_text("utf-8")))
    m1 = [float(row["value"]) for row in written if (row["engine"], row["quantity"]) == ("jacop", "m1")]
    assert m1 == pytest.approx([share / 100 for share in NOMINAL], abs=0.02)
    assert [row["picture"] for row in written if (row["engine"], row["quantity"]) == ("jacop", "m1")][-2:] == [
        "CBS9RGM.tiff",
        "CBS10RGM.tiff",
    ]


def test_more_pictures_than_fit_are_blocks(pairs, capsys):
    from coloc_bridge.batch.benchmark import Agreement, Benchmark
    from coloc_bridge.cli.benchmark import lines

    values = tuple(i / 20 for i in range(21))
    one = Agreement("standard", "", "m1", values, 0.0, 0.0, 1.0, 0)
    said = lines(Benchmark(("x",) * 21, tuple(range(0, 101, 5)), (("a", "b"),) * 21, (one,)))
    assert [line.split()[2:] for line in said if line.startswith("nominal")] == [
        [str(n) for n in range(0, 50, 5)],
        [str(n) for n in range(50, 100, 5)],
        ["100"],
    ]
    assert max(map(len, said)) <= 80


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--nominal", "0,10"), "go together"),
        (("--truth", "{colour}"), "go together"),
        (("--truth", "{colour}", "--nominal", "0,10"), "has 6 pictures"),
        (("--truth", "{colour}", "--nominal", "0,x"), "give per cents"),
        (("--truth", "{colour}", "--nominal", "0,20,40,60,80,200"), "from 0 to 100, got 200"),
        (("--truth", "{colour}", "--nominal", "0", "--case", "a"), "the twins measure"),
        (("--truth", "{colour}/none", "--nominal", "0"), "no such folder"),
        (("--truth", "{colour}", "--nominal", "0,20,40,60,80,100", "--channels", "1"), "a pair has two"),
        (("--truth", "{colour}", "--nominal", "0,20,40,60,80,100", "--engine", "no"), "no"),
        (("--truth", "{empty}", "--nominal", "0"), "no image in this folder"),
        (("--truth", "{single}", "--nominal", "0"), "has one channel"),
        (("--truth", "{white}", "--nominal", "0"), "3 of its channels"),
    ],
)
def test_a_wrong_call_is_one_sentence(validate, words, said, colour, tmp_path):
    for name in ("empty", "single", "white"):
        (tmp_path / name).mkdir()
    tifffile.imwrite(tmp_path / "single" / "a.tif", np.arange(64, dtype=np.uint8).reshape(8, 8))
    white = np.repeat(np.arange(64, dtype=np.uint8).reshape(8, 8, 1), 3, axis=2)
    tifffile.imwrite(tmp_path / "white" / "a.tif", white, photometric="rgb")
    places = {name: tmp_path / name for name in ("empty", "single", "white")} | {"colour": colour}
    status, out, err = validate(*(word.format(**places) for word in words), "-o", tmp_path / "out")
    assert (status, out) == (2, "")
    assert said in err
    assert not (tmp_path / "out").exists()
