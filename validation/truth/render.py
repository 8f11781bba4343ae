"""The tables of README.md and docs/truth.md, and the figure, from table.csv."""

import csv
import itertools
import math
import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import design
import numpy as np
from advice import advice

from coloc_bridge.engines import registry
from coloc_bridge.measures import METRICS
from coloc_bridge.truth import STANDARD

HERE = Path(__file__).parent
DOCUMENT = HERE.parent.parent / "docs" / "truth.md"
SURVIVES, SUFFERS = 0.05, 0.15
"""RMS errors up to which a coefficient survives a fault, and suffers from it; beyond, it fails."""

Column = tuple[str, int]
"""Fault and strength."""
ALONE: tuple[Column, ...] = (("none", 0), *((fault, 2) for fault in design.FAULTS))
MIXED: tuple[Column, ...] = tuple((name, 1) for name in design.MIXTURES)


@dataclass
class Line:
    """A coefficient, or both of a pair such as M1 and M2, in all columns."""

    engine: str
    name: str
    squares: dict[Column, list[float]] = field(default_factory=lambda: defaultdict(list))
    biases: dict[Column, list[float]] = field(default_factory=lambda: defaultdict(list))
    undefined: dict[Column, float] = field(default_factory=lambda: defaultdict(float))

    def rms(self, column: Column) -> float:
        return math.sqrt(np.mean(self.squares[column]))

    def cell(self, column: Column) -> str:
        """RMS error, whether it is most often too high or too low, and how often there is no value."""
        rms, bias = self.rms(column), float(np.mean(self.biases[column]))
        if math.isnan(rms):
            return "-"
        text = f"{rms:.2f}" + ("↑" if bias > rms / 2 else "↓" if bias < -rms / 2 else "")
        text = f"**{text}**" if rms <= SURVIVES else f"_{text}_" if rms > SUFFERS else text
        return text + (f" ({self.undefined[column]:.0%})" if self.undefined[column] > 0.005 else "")


def lines() -> list[Line]:
    """One for each coefficient, channels together; those of an engine that are the standard's in all are left out."""
    found: dict[tuple[str, str, str], Line] = {}
    with (HERE / "table.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            quantity = _of_both(row["quantity"])
            line = found.setdefault(
                (row["engine"], quantity, row["variant"]),
                Line(row["engine"], _name(row["engine"], row["quantity"], row["variant"])),
            )
            column = row["fault"], int(row["strength"])
            line.squares[column].append(float(row["rms"] or "nan") ** 2)
            line.biases[column].append(float(row["bias"] or "nan"))
            line.undefined[column] += int(row["undefined"]) / int(row["scenes"]) / (1 + (quantity != row["quantity"]))
    standard = {_digits(line) for line in found.values() if line.engine == STANDARD}
    return [line for line in found.values() if line.engine == STANDARD or _digits(line) not in standard]


def _of_both(quantity: str) -> str:
    """The same for both channels: m1_thresholded and m2_thresholded, rwc1 and rwc2."""
    return re.sub(r"(?<=m|k|c)[12](?=_|$)", "", quantity)


def _digits(line: Line) -> tuple[float, ...]:
    return tuple(round(line.rms(column), 7) for column in ALONE + MIXED)


def _name(engine: str, quantity: str, variant: str) -> str:
    if engine == STANDARD:
        named = {c.quantity or c.name: c.label for metric in METRICS.values() for c in metric.columns}
    else:
        named = dict(registry.described(engine).columns)
    name = named.get(quantity, quantity)
    name = re.sub(r" of Ch2| for imgA", "", name)
    if quantity != _of_both(quantity):
        name = re.sub(r"(?<=[MkC_])1\b", "1, 2", re.sub(r" A$", " A, B", name))
    if engine == STANDARD and quantity in ("m1", "m2"):
        return f"{name}, {variant or 'thresholds 0'}"
    return f"{name}, {variant}" if variant else name


def table(columns: tuple[Column, ...], chosen: list[Line]) -> str:
    head = ["", *(fault for fault, _ in columns)]
    rows = [f"| {' | '.join(head)} |", f"| --- |{' ---: |' * len(columns)}"]
    engine = ""
    for line in chosen:
        if line.engine != engine:
            engine = line.engine
            title = "The standard" if engine == STANDARD else registry.described(engine).title
            rows.append(f"| **{title}** |{' |' * len(columns)}")
        rows.append(f"| {line.name} | {' | '.join(line.cell(column) for column in columns)} |")
    return "\n".join(rows)


def sizes() -> str:
    """How large each fault is at each strength."""
    found: dict[str, list[str]] = defaultdict(list)
    with (HERE / "table.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            text = f"{float(row['size'] or 'nan'):.3g}"
            if row["fault"] in design.FAULTS and len(found[row["fault"]]) < int(row["strength"]):
                found[row["fault"]].append(text)
    units = {
        "saturation": "share of the pixels with light that are at the ceiling",
        "offset": "share of the channel's mean that is offset",
        "background": "share of the channel's mean that is light from elsewhere",
        "few-levels": "number of grey levels in use",
        "compression": "quality of the JPEG, of 8 bits",
        "shift": "pixels of B against A, along the diagonal",
        "bleed-through": "share of A that is added to B",
        "photon-noise": "what is left of r",
        "read-noise": "what is left of r; cut off at 0, as after an offset is taken off",
        "sampling": "size of a pixel over that of Nyquist",
        "region": "share of the region that is an empty frame around the scene",
        "scale": "how many times dimmer B is",
        "blur": "sigma of the Gaussian in pixels",
    }
    head = "| fault | size | slight | middle | strong |\n| --- | --- | ---: | ---: | ---: |\n"
    return head + "\n".join(f"| {fault} | {units[fault]} | {' | '.join(found[fault])} |" for fault in design.FAULTS)


def draw(chosen: list[Line], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt
    from matplotlib.colors import BoundaryNorm, ListedColormap

    columns = ALONE + MIXED
    rms = np.array([[line.rms(column) for column in columns] for line in chosen])
    colours = ListedColormap(["#2166ac", "#92c5de", "#f4a582", "#b2182b"])
    colours.set_bad("0.85")
    edges = (0, SURVIVES, SUFFERS, 0.3, 100)
    figure, axis = plt.subplots(figsize=(13, 0.27 * len(chosen) + 2.2), layout="constrained")
    picture = axis.imshow(rms, cmap=colours, norm=BoundaryNorm(edges, 4), aspect="auto")
    for (i, j), value in np.ndenumerate(rms):
        dark = value <= SURVIVES or value > 0.3
        text = "-" if math.isnan(value) else f"{value:.2f}" if value < 10 else f"{value:.0f}"
        axis.text(j, i, text, ha="center", va="center", fontsize=7, color="w" if dark else "k")
    titles = ["the standard" if line.engine == STANDARD else registry.described(line.engine).title for line in chosen]
    axis.set_yticks(
        range(len(chosen)), [f"{t}: {line.name}" for t, line in zip(titles, chosen, strict=True)], fontsize=7.5
    )
    axis.set_xticks(range(len(columns)), [fault for fault, _ in columns], rotation=40, ha="left", fontsize=8)
    axis.tick_params(top=True, bottom=False, labeltop=True, labelbottom=False, length=0)
    for at, (one, other) in enumerate(itertools.pairwise(chosen)):
        if one.engine != other.engine:
            axis.axhline(at + 0.5, color="k", lw=1)
    axis.axvline(len(ALONE) - 0.5, color="k", lw=1)
    axis.axvline(0.5, color="k", lw=1)
    bar = figure.colorbar(picture, ax=axis, shrink=0.4, aspect=30, ticks=edges[:-1], label="RMS error")
    bar.ax.set_yticklabels([f"{edge:g}" for edge in edges[:-1]])
    figure.savefig(path, dpi=80)
    plt.close(figure)


def fill(path: Path, **parts: str) -> None:
    """Put texts between their markers in a document."""
    text = path.read_text("utf-8")
    for name, content in parts.items():
        pattern = rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
        text, count = re.subn(pattern, lambda m, new=content: f"{m[1]}{new}\n{m[2]}", text, flags=re.DOTALL)
        assert count == 1, f"{path} has no place for {name}"
    path.write_text(text, encoding="utf-8")


def render(versions: str) -> None:
    found = lines()
    draw(found, HERE / "survival.png")
    fill(DOCUMENT, advice="\n".join(f"- {sentence}" for sentence in advice()), sizes=sizes())
    fill(HERE / "README.md", versions=versions, alone=table(ALONE, found), mixed=table(MIXED, found))
