"""The engines that are libraries beside their twins, live, on pairs of all types, degenerate ones among them."""

import warnings
from importlib.util import find_spec

import numpy as np
import pytest

from coloc_bridge import engines, twins
from coloc_bridge.engines import registry
from coloc_bridge.engines.equality import close
from coloc_bridge.errors import EngineError, EngineWouldThrow

LIBRARIES = {"cellprofiler": "cp_measure", "skimage": "skimage", "napari-colocalization": "napari_colocalization"}
SETTINGS = {
    "cellprofiler": [{}, {"accuracy": "fast", "scale_max": 255}, {"accuracy": "accurate", "scale_max": 100}],
    "skimage": [{}, {"threshold_a": 3, "threshold_b": 1.5}, {"threshold_method": "otsu"}],
    "napari-colocalization": [{}, {"threshold_a": 3, "threshold_b": 1.5}, {"threshold_method": "li"}],
}
DTYPES = ["bool", "u1", "u2", "u4", "i1", "i2", "i4", "f4", "f8"]
SHAPES = [(1, 1), (1, 2), (2, 3), (5, 9), (3, 6, 7), (24, 31)]


def pixels(rng: np.random.Generator, dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    """Constant, dark, few levels, dim, negative, or as bright as the type can hold."""
    kind = rng.integers(7)
    found = [
        lambda: np.full(shape, rng.integers(1, 9)),
        lambda: np.zeros(shape),
        lambda: rng.integers(0, 4, shape),
        lambda: rng.poisson(rng.gamma(2, 12, shape)),
        lambda: rng.random(shape),
        lambda: rng.normal(0, 20, shape),
        lambda: rng.random(shape) * (1e9 if np.dtype(dtype).kind in "fb" else np.iinfo(dtype).max),
    ][kind]()
    if np.dtype(dtype).kind in "ui":
        found = np.clip(found, np.iinfo(dtype).min, np.iinfo(dtype).max)
    return np.asarray(found).astype(dtype)


def pair(seed: int):
    rng = np.random.default_rng(seed)
    dtype, shape = str(rng.choice(DTYPES)), SHAPES[rng.integers(len(SHAPES))]
    a, b = pixels(rng, dtype, shape), pixels(rng, dtype, shape)
    if rng.random() < 0.4:
        shared = rng.random(shape) < 0.6
        b[shared] = a[shared]
    if dtype.startswith("f") and rng.random() < 0.2:
        a.flat[0] = rng.choice([np.nan, np.inf])
    return a, b, rng.random(shape) < 0.7 if rng.random() < 0.3 else None


def given(call):
    """Values and what was thrown: by the engine in its words, by the twin in a remark."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            found = call()
        except EngineError as error:
            return None, [str(error)]
    return found, [str(one.message) for one in caught if one.category is EngineWouldThrow]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("engine", LIBRARIES)
def test_twin_equals_engine(engine: str, seed: int) -> None:
    pytest.importorskip(LIBRARIES[engine])
    a, b, mask = pair(seed)
    settings = SETTINGS[engine][seed % 3]
    live, refusal = given(lambda: engines.run(engine, a, b, mask=mask, **settings))
    twin, remarks = given(lambda: twins.run(engine, a, b, mask=mask, **settings))
    if live is None or twin is None:
        assert (live, refusal) == (twin, remarks)
        return
    assert twin.keys() == live.values.keys()
    assert {name: twin[name] for name in twin if not close(twin[name], live.values[name])} == {}
    assert len(remarks) == len(live.exceptions)
    assert all(any(thrown in remark for remark in remarks) for thrown in live.exceptions.values())


@pytest.mark.parametrize("engine", LIBRARIES)
def test_what_is_known_without_an_import(engine: str) -> None:
    live = registry.engine(engine)
    assert (live.available() is None) == (find_spec(LIBRARIES[engine]) is not None)
    assert registry.spec_of(engine).title == live.title
    assert not registry.spec_of(engine).needs_fiji


def test_an_engine_of_its_own_type_says_what_a_user_of_it_sees() -> None:
    """8-bit products wrap round, 16-bit ones of the same pixels do not."""
    a, b = np.array([[200, 100, 50]]), np.array([[100, 200, 50]])
    wrapped = engines.run("skimage", a.astype("u1"), b.astype("u1")).values["overlap"]
    right = engines.run("skimage", a.astype("u2"), b.astype("u2")).values["overlap"]
    # 200*100 mod 256 = 32, 50*50 mod 256 = 196, 200² mod 256 = 64, 100² mod 256 = 16, so 260 / 276.
    assert (wrapped, right) == (pytest.approx(260 / 276), pytest.approx(42500 / 52500))
