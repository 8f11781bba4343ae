"""Java's number rules: what a Java 17 runtime and ImageJ 1.54p gave for these inputs."""

import math

import numpy as np
import pytest

from coloc_bridge.engines.imagej import java_numbers as java


@pytest.mark.parametrize(
    ("x", "rounded"),
    [
        (0.5, 1),
        (-0.5, 0),
        (-1.5, -1),
        (2.5, 3),
        (0.49999999999999994, 0),
        (4503599627370497.5, 4503599627370498),
        (9007199254740993.0, 9007199254740992),
        (1e300, 2**63 - 1),
        (-math.inf, -(2**63)),
        (math.nan, 0),
    ],
)
def test_math_round(x: float, rounded: int) -> None:
    assert java.math_round(x) == rounded


@pytest.mark.parametrize(
    ("x", "cut"),
    [(1.99, 1), (-1.99, -1), (3e9, 2**31 - 1), (-3e9, -(2**31)), (math.inf, 2**31 - 1), (math.nan, 0)],
)
def test_cast_to_int(x: float, cut: int) -> None:
    assert java.to_int(x) == cut
    assert java.to_int_array(np.array([x]))[0] == cut


@pytest.mark.parametrize(
    ("product", "kept"), [(2**31 - 1, 2**31 - 1), (2**31, -(2**31)), (60000 * 60000, -694967296)]
)
def test_int_products_wrap(product: int, kept: int) -> None:
    assert java.wrap_int(product) == kept


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (0.001, "0.001"),
        (0.0009999999, "9.999999E-4"),
        (9999999.5, "9999999.5"),
        (12345678.9, "1.23456789E7"),
        (2e-4, "2.0E-4"),
        (0.30753968253968256, "0.30753968253968256"),
        (math.nan, "NaN"),
        (-math.inf, "-Infinity"),
    ],
)
def test_double_to_string(x: float, text: str) -> None:
    assert java.double_to_string(x) == text


@pytest.mark.parametrize(
    ("x", "decimals", "text"),
    [
        (0.125, 2, "0.12"),
        (0.375, 2, "0.38"),
        (2.675, 2, "2.67"),
        (-0.002, 2, "-0.00"),
        (-0.0, 2, "-0.00"),
        (200.0, 2, "200.00"),
        (1e15, 3, "1000000000000000.000"),
        (37216252112504736.0, 2, "37216252112504736.00"),
        (-427387511906037820.0, 2, "-427387511906037820.00"),
        (3.4028234663852886e38, 3, "3.4e38"),
        (math.nan, 4, "NaN"),
        (math.inf, 4, "Infinity"),
        (-math.inf, 4, "-Infinity"),
    ],
)
def test_d2s(x: float, decimals: int, text: str) -> None:
    assert java.d2s(x, decimals) == text


@pytest.mark.parametrize(
    ("x", "kept"), [(0.7159, 0.715), (-1 + 1e-12, -0.999), (math.nan, 0.0), (-math.inf, -2147483.648)]
)
def test_truncate3(x: float, kept: float) -> None:
    assert java.truncate3(x) == kept
