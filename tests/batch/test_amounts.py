"""What is asked for beside the coefficients on the command line: areas in units, and pixels that are left out."""

import numpy as np
import pandas as pd
import pytest
import tifffile
from typer.testing import CliRunner

import coloc_bridge as cb
from coloc_bridge.cli.app import app


@pytest.fixture
def stack(tmp_path):
    rng = np.random.default_rng(0)
    channels = rng.gamma(1, 200, (2, 4, 60, 60))
    channels[1] += channels[0]
    channels[:, :, :10] = 0
    path = tmp_path / "stack.tif"
    planes = channels.astype(np.uint16).transpose(1, 0, 2, 3)
    metadata = {"axes": "ZCYX", "unit": "um", "spacing": 0.5}
    tifffile.imwrite(path, planes, imagej=True, resolution=(5, 5), metadata=metadata)
    return path, planes


def analysed(path, *options):
    table = path.with_suffix(".csv")
    run = CliRunner().invoke(app, ["analyse", str(path), "-o", str(table), *options])
    return run, pd.read_csv(table) if table.exists() else None


def test_area_and_volume_in_units(stack):
    path, planes = stack
    _, table = analysed(path, "--metrics", "area")
    row = table.iloc[0]
    assert row["size"] == pytest.approx(4 * 3600 * 0.2 * 0.2 * 0.5)
    assert row["size_both"] == pytest.approx(row["area_both"] * row["size"])
    assert row["size_unit"] == "µm^3"
    assert row["sum_a"] == planes[:, 0].sum()
    _, table = analysed(path, "--metrics", "area", "--slices", "2")
    assert table["size"].tolist() == pytest.approx([3600 * 0.04])
    assert table["size_unit"].tolist() == ["µm^2"]
    assert "size" not in analysed(path)[1]


def test_no_size_without_pixel_size(stack):
    path, planes = stack
    tifffile.imwrite(path, planes[0], photometric="minisblack", metadata={"axes": "CYX"})
    _, table = analysed(path, "--metrics", "area")
    assert "size" not in table


def test_pixels_of_two_zeros_left_out(stack):
    path, planes = stack
    a, b = planes[:, 0], planes[:, 1]
    run, table = analysed(path, "--no-zero-zero", "--metrics", "pcc")
    assert run.exit_code == 0
    assert table.loc[0, "n_pixels"] == ((a > 0) | (b > 0)).sum()
    assert table.loc[0, "pcc"] == pytest.approx(cb.pearson(a, b, zero_zero=False)[0], rel=1e-15)
    assert not table.loc[0, "zero_zero"]
    run, _ = analysed(path, "--no-zero-zero", "--convention", "coloc2")
    assert "left out in the standard convention only" in str(run.exception)


def test_a_search_without_a_zero_is_told_and_written(tmp_path):
    path = tmp_path / "line.tif"
    a = np.arange(100, dtype=np.uint8).reshape(10, 10)
    tifffile.imwrite(path, np.stack([a, 2 * a]), photometric="minisblack", metadata={"axes": "CYX"})
    run, table = analysed(path)
    assert "region 0 (C1 vs C2): Costes' search ended at the minimum" in run.stderr
    assert "Costes" not in run.stdout
    assert "ended at the minimum" in table.loc[0, "remark"]
