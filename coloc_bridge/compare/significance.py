"""Significance tests draw at random: whether what an engine drew fits its null model, never whether it is equal."""

import math
import re
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coloc_bridge import diagnostics, twins
from coloc_bridge.compare.model import Cell, Comparison, Verdict
from coloc_bridge.compare.standard import Standard
from coloc_bridge.engines.protocol import EngineRun
from coloc_bridge.errors import EngineError, EngineMisreads

QUANTITY = "costes_p_value"
_ROUNDS = 100
_RESAMPLES = 4000
# A draw is called incompatible when fewer of the twin's own draws lie as far out.
_RARE = 1e-3

Null = NDArray[np.float64]


@dataclass(frozen=True)
class _Draw:
    """What the engine's unseeded test gave, and the settings it ran with."""

    p_value: Cell
    mean: float
    sd: float
    rounds: int
    block: int
    settings: dict[str, Any]


def compare_significance(run: EngineRun, pixels: Standard, reasons: tuple[str, ...]) -> Comparison:
    """Return the row of the engine's significance test."""
    draw = _jacop_draw(run) if run.engine == "jacop" else _coloc2_draw(run)
    try:
        null = pixels.recall((run.engine, *draw.settings.items()), lambda: _null(run.engine, pixels, draw))
    except (EngineError, ValueError) as error:
        twin, note = Cell(), f"Drawn at random; the twin has no null model here: {error}."
    else:
        twin = Cell(float(null["p_value"]))
        sentence = _fit_sentence if run.engine == "jacop" else _draw_sentence
        note = f"{sentence(draw, null['null'])} {null['convention']}"
    standard = Cell(pixels.recall(("p-value", draw.block), lambda: _standard_p_value(pixels, draw.block)))
    return Comparison(
        run.engine, run.variant, QUANTITY, "", standard, draw.p_value, twin, Verdict.NOT_COMPARABLE, reasons, note
    )


def _null(engine: str, pixels: Standard, draw: _Draw) -> dict[str, Any]:
    with warnings.catch_warnings():
        # That the engine misreads the image is said by the differences that apply.
        warnings.simplefilter("ignore", EngineMisreads)
        return twins.randomize(engine, pixels.a, pixels.b, mask=pixels.mask, seed=0, rounds=_ROUNDS, **draw.settings)


def _draw_sentence(draw: _Draw, null: Null) -> str:
    found = f"Drawn at random: {draw.rounds} rounds with mean {draw.mean:.3f} and sd {draw.sd:.3f}"
    if np.isnan(null).any():
        return f"{found}; the correlation is undefined here, so there is no null model to compare with."
    answer = "compatible" if _compatible(draw, null) else "not compatible"
    return f"{found}, {answer} with the twin's null model (mean {null.mean():.3f}, sd {null.std(ddof=1):.3f})."


def _fit_sentence(draw: _Draw, null: Null) -> str:
    found = f"Drawn at random, {draw.rounds} rounds; the engine's fit has mean {draw.mean:.3f} and sd {draw.sd:.3f}"
    if np.isnan(null).any():
        return f"{found}; the correlation is undefined here, so there is no null model to compare with."
    inside = null.min() <= draw.mean <= null.max()
    answer = "compatible with" if inside else "the fit failed: it lies outside"
    return f"{found}, {answer} the twin's null model ({null.min():.3f} to {null.max():.3f}, mean {null.mean():.3f})."


def _compatible(draw: _Draw, null: Null) -> bool:
    """Whether mean and sd of so many rounds lie among those of as many rounds drawn from the twin's null."""
    samples = np.random.default_rng(0).choice(null, (_RESAMPLES, draw.rounds))
    pairs = ((draw.mean, samples.mean(axis=1)), (draw.sd, samples.std(axis=1, ddof=1)))
    return all(min(np.mean(drawn <= value), np.mean(drawn >= value)) > _RARE / 2 for value, drawn in pairs)


def _standard_p_value(pixels: Standard, block: int) -> float | None:
    if min(pixels.a.shape) < block:
        return None
    result = diagnostics.costes_randomization(
        pixels.a, pixels.b, pixels.mask, n_iter=_ROUNDS, block_size=block, seed=0
    )
    return float(result["p_value"])


def _coloc2_draw(run: EngineRun) -> _Draw:
    found = run.random
    psf = int(found["psf"])
    mean, sd = float(found["null_mean"]), float(found["null_sd"])
    return _Draw(Cell(float(found["p_value"])), mean, sd, int(found["rounds"]), psf, {"psf": psf})


def _jacop_draw(run: EngineRun) -> _Draw:
    log, settings = str(run.random["log"]), run.random["settings"]
    fit = re.search(r"r \(randomized\)=(\S+)±(\S+)", log)
    mean, sd = (float(fit.group(1)), float(fit.group(2))) if fit else (math.nan, math.nan)
    percent = re.search(r"P-value=(\S+%)", log)
    return _Draw(
        Cell(text=percent.group(1) if percent else None),
        mean,
        sd,
        int(settings["nbRand"]),
        int(settings["xyBlock"]),
        {"xy_block": settings["xyBlock"], "z_block": settings["zBlock"], "bin_width": settings["binWidth"]},
    )
