"""Names out of files: nothing in them steers a terminal, a spreadsheet or a file system, and none hides another."""

import csv
import io
import itertools
import os
import subprocess
import sys

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st

from coloc_bridge import texts
from coloc_bridge.batch import Job, analyse_file, analyse_folder, write_table
from coloc_bridge.cli.app import main

HOSTILE = {
    "escape": "\x1b[2J\x1b]0;title\x07",
    "line break": "a\nb\r",
    "turned": "\u202egnp.\u2066",
    "next line": "a\x85b\u2028c",
    "no character": "\udce9\ud800",
}
FORMULAS = ("=cmd|' /C calc'!A0", "+1+cmd", "-2+3+cmd", "@SUM(A1)", "\t=1", "\r=1", "-", "=")


def write(path, names, seed=0):
    values = np.random.default_rng(seed).integers(0, 4000, (len(names), 20, 25)).astype(np.uint16)
    tifffile.imwrite(path, values, imagej=True, metadata={"axes": "CYX", "Labels": list(names)})
    return path


def pictures(path, folder, **options):
    analyse_file(path, None, Job(plots=folder, **options))
    return {picture.name: picture.read_bytes() for picture in folder.iterdir()}


@settings(derandomize=True, deadline=None)
@given(st.text())
def test_what_is_shown_is_one_harmless_line(text):
    shown = texts.visible(text)
    shown.encode("utf-8")
    assert len(f"x{shown}x".splitlines()) == 1
    assert not any(ord(character) < 32 or 0x7F <= ord(character) < 0xA0 for character in shown)
    assert texts.visible(shown) == shown


@pytest.mark.parametrize("name", ["488 nm", "GFP\u00a0(1)", "核", "می\u200cخواهم", "µ-tubule", ""])
def test_ordinary_names_stay_as_they_are(name):
    assert texts.visible(name) == texts.decoded(name) == texts.cell(name) == name


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_in_a_table_are_text(text, tmp_path):
    write_table([{"file": text, "region": 1, "channel_a": "GFP", "pcc": -0.5, "icq": 1e-7}], tmp_path / "t.csv")
    row = next(csv.DictReader(io.StringIO((tmp_path / "t.csv").read_bytes().decode(), newline="")))
    led = "'" + text.replace("\r", "\\x0d")
    assert row == {"file": led, "region": "1", "channel_a": "GFP", "pcc": "-0.5", "icq": "1e-07"}


@pytest.mark.parametrize("number", ["-0.5", "+3", "-1e9", "-inf", "-nan", "-2.0 -1.0 0.0"])
def test_numbers_as_text_stay_numbers(number):
    assert texts.cell(number) == number


@pytest.mark.parametrize("suffix", [".csv", ".json", ".parquet"])
@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_every_table_takes_every_name(name, suffix, tmp_path):
    write_table([{"file": name, "channel_a": name, "pcc": 0.5}], tmp_path / f"t{suffix}")
    assert [path.name for path in tmp_path.iterdir()] == [f"t{suffix}"]


@pytest.mark.parametrize("name", [name for name in HOSTILE if name != "no character"])
def test_nothing_hostile_is_printed(name, tmp_path, monkeypatch, capsys):
    write(tmp_path / "a.tif", [HOSTILE[name], "B", "C"])
    monkeypatch.setattr("sys.argv", ["coloc-bridge", "analyse", str(tmp_path / "a.tif"), "--all-pairs"])
    with pytest.raises(SystemExit) as ended:
        main()
    printed = "".join(capsys.readouterr())
    assert ended.value.code == 0
    hidden = {character for character in HOSTILE[name] if texts.visible(character) != character}
    assert hidden
    assert not hidden & set(printed.replace("\n", ""))


@pytest.mark.skipif(os.name != "posix", reason="names of files are bytes on POSIX alone")
@pytest.mark.parametrize("arguments", [["{name}"], ["{name}", "x.tif", "y.tif"], ["{folder}", "--mask", "{name}"]])
def test_a_hostile_file_name_in_a_message(arguments, tmp_path, monkeypatch, capsys):
    name = str(tmp_path / f"no {HOSTILE['escape']}.tif")
    monkeypatch.setattr(
        "sys.argv", ["coloc-bridge", "analyse", *(a.format(name=name, folder=tmp_path) for a in arguments)]
    )
    with pytest.raises(SystemExit) as ended:
        main()
    printed = "".join(capsys.readouterr())
    assert ended.value.code == 2
    assert not set("\x1b\x07") & set(printed)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere file systems take names of Unicode alone")
@pytest.mark.parametrize("suffix", [".csv", ".json", ".parquet"])
def test_a_file_name_that_is_not_utf8(suffix, tmp_path, monkeypatch, capsys):
    folder = tmp_path / "images"
    folder.mkdir()
    write(folder / "a.tif", "AB")
    write(folder / os.fsdecode(b"caf\xe9.tif"), "AB")
    output = tmp_path / f"t{suffix}"
    for remark in ("", "2 files were finished by an earlier run"):
        monkeypatch.setattr("sys.argv", ["coloc-bridge", "analyse", str(folder), "-o", str(output)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert (ended.value.code, "failed" in err, remark in err) == (0, False, True)
        assert "caf\\xe9.tif" in out
    assert [row["file"] for row in analyse_folder(folder, None, Job()).rows] == ["a.tif", "caf\\xe9.tif"]


@pytest.mark.parametrize(
    "names",
    [
        ("GFP (1)", "GFP [1]", "GFP {1}"),
        ("a_b", "c", "a", "b_c"),
        ("***", "///", "???"),
        ("x" * 10_000 + "1", "x" * 10_000 + "2", "x" * 10_000 + "3"),
        ("核" * 200, "核" * 201, "µ"),
        tuple(name for name in HOSTILE.values() if "\udce9" not in name),
        ("..", "../..", "/etc/passwd"),
    ],
    ids=lambda names: ascii(names)[:30],
)
def test_every_pair_has_its_pictures(names, tmp_path):
    path = write(tmp_path / "s.tif", names)
    found = pictures(path, tmp_path / "pictures", all_pairs=True)
    assert len(found) == 2 * len(list(itertools.combinations(names, 2)))
    assert all(name.endswith(".png") and not name.startswith(".") for name in found)
    assert pictures(path, tmp_path / "pictures", all_pairs=True).keys() == found.keys()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pictures", "s.tif"]


def test_files_alike_but_for_the_suffix_have_pictures_of_their_own(tmp_path):
    first, second = write(tmp_path / "s.tif", "AB", 1), write(tmp_path / "s.tiff", "AB", 2)
    alone = pictures(first, tmp_path / "pictures")
    assert sorted(alone) == ["s_A_B.png", "s_A_B_cytofluorogram.png"]
    both = pictures(second, tmp_path / "pictures")
    assert len(both) == 4
    assert {name: both[name] for name in alone} == alone
    assert pictures(second, tmp_path / "pictures").keys() == both.keys()


def test_a_picture_of_somebody_else_is_kept(tmp_path):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "s_A_B.png").write_bytes(b"mine")
    found = pictures(write(tmp_path / "s.tif", "AB"), tmp_path / "pictures")
    assert found["s_A_B.png"] == b"mine"
    assert len(found) == 3


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "cp932"},
        {"PYTHONIOENCODING": "", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
    ids=lambda environment: "-".join(filter(None, environment.values())),
)
@pytest.mark.parametrize(
    "arguments",
    [["analyse", "s.tif"], ["validate", "--case", "{case}", "-o", "report"], ["analyse", "--help"]],
    ids=lambda arguments: arguments[0] + arguments[1][:2],
)
def test_a_pipe_with_few_characters(arguments, environment, tmp_path, validation):
    write(tmp_path / "s.tif", ["é核µ·─", "B"])
    case = sorted((validation / "recorded" / "coloc2").iterdir())[0].stem
    done = subprocess.run(
        [sys.executable, "-c", "from coloc_bridge.cli.app import main; main()"]
        + [argument.format(case=case) for argument in arguments],
        capture_output=True,
        env={**os.environ, **environment},
        cwd=tmp_path,
        timeout=600,
    )
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)
    assert b"codec" not in done.stderr
    assert done.stdout
