"""Images that no array of Java can hold are refused before they are copied or sent. None here has its pixels."""

import numpy as np
import pytest

from coloc_bridge.engines import registry
from coloc_bridge.engines.java.pixels import check_size

MOST = 2**31 - 1
ENGINES = tuple(name for name, spec in registry.BUILT_IN.items() if spec.needs_fiji)


def image(shape, dtype):
    return np.broadcast_to(np.dtype(dtype).type(0), shape)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("shape", "dtype"),
    [((1, 2**31), "uint8"), ((2, 1 << 15, 1 << 15), "uint16"), ((1 << 15, 1 << 15), "float32"), ((3, 2**40), "bool")],
)
def test_a_plane_of_too_many_pixels_is_refused_in_one_sentence(engine, shape, dtype, monkeypatch):
    monkeypatch.setattr("coloc_bridge.engines.java.live.worker", None)
    big = image(shape, dtype)
    with pytest.raises(
        ValueError,
        match=r"^big (has a plane|is a stack) of [0-9]+ pixels, as .*at most 2147483647: pass a part of it$",
    ):
        registry.engine(engine).run(big, big, titles=("big", "b"))


@pytest.mark.parametrize(
    ("shape", "dtype", "whole", "refused"),
    [
        ((1, MOST), "uint8", False, False),
        ((1, MOST + 1), "uint8", False, True),
        ((1, MOST // 2), "uint16", False, False),
        ((1, MOST // 2 + 1), "uint16", False, True),
        ((1, MOST // 4), "float32", False, False),
        ((1, MOST // 4 + 1), "float32", False, True),
        ((1, MOST // 4 + 1), "float64", False, True),
        ((1, MOST // 4 + 1), "int16", False, True),
        ((100, 1 << 14, 1 << 14), "uint16", False, False),
        ((100, 1 << 14, 1 << 14), "uint8", True, True),
        ((2, 1 << 14, 1 << 14), "uint8", True, True),
        ((1, 1 << 14, 1 << 14), "uint8", True, False),
    ],
)
def test_what_java_can_index(shape, dtype, whole, refused):
    if refused:
        with pytest.raises(ValueError, match="pass a part of it"):
            check_size(image(shape, dtype), "a", whole=whole)
    else:
        check_size(image(shape, dtype), "a", whole=whole)


def test_only_jacop_has_a_whole_stack_in_one_array(monkeypatch):
    stack = image((100, 1 << 14, 1 << 14), "uint8")

    class Reached(Exception):
        pass

    def reached(*_):
        raise Reached

    monkeypatch.setattr("coloc_bridge.engines.java.live.as_pair", reached)
    refused = []
    for name in ENGINES:
        with pytest.raises((ValueError, Reached)) as ended:
            registry.engine(name).run(stack, stack)
        refused += [name] if ended.type is ValueError else []
    assert refused == ["jacop"]
