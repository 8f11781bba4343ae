"""The p-values of one pair of images by every test there is, and which of them call it significant."""

import math
import warnings
from collections.abc import Iterable, Sequence

from coloc_bridge import metrics, significance, twins
from coloc_bridge.compare.model import SignificanceTest
from coloc_bridge.compare.standard import Standard
from coloc_bridge.engines.protocol import EngineRun, as_number
from coloc_bridge.engines.registry import described
from coloc_bridge.engines.spec import Draw, load
from coloc_bridge.errors import EngineError, EngineMisreads

LEVEL = 0.05
_ROUNDS = 99


def significance_tests(runs: Sequence[EngineRun], pixels: Standard) -> tuple[SignificanceTest, ...]:
    """Every test: the number of pixels, each engine's own, and those that know that neighbours repeat each other."""
    tests = (_of_engine(engine, runs, pixels) for engine in dict.fromkeys(run.engine for run in runs))
    return (_by_pixels(pixels), *filter(None, tests), _by_effective_pixels(pixels), _by_shifts(pixels))


def _by_pixels(pixels: Standard) -> SignificanceTest:
    p = metrics.pearson(pixels.a, pixels.b, pixels.mask)[1]
    convention = "Two-tailed, as if every pixel were independent of its neighbours, which makes it far too small."
    return SignificanceTest("number of pixels", "", p, _small(p), convention)


def _of_engine(engine: str, runs: Sequence[EngineRun], pixels: Standard) -> SignificanceTest | None:
    """What the engine drew, or, where it drew nothing, what its twin draws."""
    spec = described(engine)
    if spec.twin is None or spec.twin.randomize is None:
        return None
    drawn = next((run.random for run in runs if run.engine == engine and run.random), None)
    draw = load(spec.significance.read)(drawn) if spec.significance and drawn else None
    settings = {} if draw is None else dict(draw.settings)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", EngineMisreads)  # the differences that apply say so
            # As the rows of the engine's own significance ask for it: drawn once.
            null = pixels.recall(
                (engine, *settings.items()),
                lambda: twins.randomize(
                    engine, pixels.a, pixels.b, mask=pixels.mask, seed=0, rounds=_ROUNDS + 1, **settings
                ),
            )
    except (EngineError, ValueError) as error:
        return SignificanceTest("own test", engine, math.nan, None, f"No p-value: {error}.")
    if draw is None:
        p, source = float(null["p_value"]), " Drawn by the twin, with a seed."
    else:
        p, source = _printed(draw), ""
    return SignificanceTest(
        "own test", engine, p, _small(1 - p), f"{null['convention']}{source}", *_drawn(null["observed"], null["null"])
    )


def _printed(draw: Draw) -> float:
    """P of an engine that may print it in percent only."""
    if draw.p_value is not None or not draw.p_text:
        return math.nan if draw.p_value is None else draw.p_value
    number = as_number(None, draw.p_text.removesuffix("%"))
    return math.nan if number is None else number / (100 if draw.p_text.endswith("%") else 1)


def _by_effective_pixels(pixels: Standard) -> SignificanceTest:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # `method` says the same
        found = significance.correlation_test(pixels.a, pixels.b, pixels.mask)
    _, refused, reason = found["method"].partition("refused: ")
    size = found["effective_n"]
    convention = f"No p-value: {reason}." if refused else f"Two-tailed, of {size:.0f} effective pixels."
    return SignificanceTest("effective pixels", "", found["p_value"], _small(found["p_value"]), convention)


def _by_shifts(pixels: Standard) -> SignificanceTest:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        found = significance.shift_test(pixels.a, pixels.b, pixels.mask, n_shifts=_ROUNDS, seed=0)
    reason = "".join(str(item.message) for item in caught[-1:])
    convention = (
        f"{reason[:1].upper()}{reason[1:]}."
        if math.isnan(found["p_value"])
        else f"Two-tailed, {_ROUNDS} random shifts of at least {found['min_shift']:.0f} pixels, drawn with a seed."
    )
    return SignificanceTest(
        "random shifts", "", found["p_value"], _small(found["p_value"]), convention,
        *_drawn(found["observed"], found["null"]),
    )  # fmt: skip


def _drawn(observed: float, null: Iterable[float]) -> tuple[float, tuple[float, ...]]:
    """For a picture: four decimals are more than one sees."""
    return float(observed), tuple(round(float(r), 4) for r in null)


def _small(p: float) -> bool | None:
    return None if math.isnan(p) else p <= LEVEL
