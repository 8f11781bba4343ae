"""Pages made from what the package says of itself: metrics, differences, commands, documents beside the code."""

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pictures

from coloc_bridge.compare.differences import Difference, known_differences
from coloc_bridge.engines.registry import described, recordable
from coloc_bridge.measures import METRICS, Metric
from coloc_bridge.report import names

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
GENERATED = DOCS / "generated"
_RULINGS = {
    "standard": "the standard",
    "engine": "the engine",
    "neither": "neither",
    "both": "both: two conventions are in use",
}


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("config-inited", lambda *_: write_all())
    return {"parallel_read_safe": True}


def write_all() -> None:
    """Write every page; one that is as it was is left alone, so that nothing is built anew for it."""
    differences = known_differences(recordable())
    pages: dict[str, str] = {
        **{f"metrics/{metric.key}.md": of_metric(metric, differences) for metric in METRICS.values()},
        "metrics/index.md": of_metrics(METRICS.values()),
        "differences.md": of_differences(differences),
        "commands.md": of_commands(),
        **dict(beside_the_code()),
    }
    for name, text in pages.items():
        path = GENERATED / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
    for metric in METRICS.values():
        pictures.of_metric(metric, GENERATED / "metrics" / f"{metric.key}.png")


def of_metrics(metrics: Iterable[Metric]) -> str:
    """The list of all coefficients."""
    listed = list(metrics)
    rows = "".join(f"| [{m.label}]({m.key}.md) | `{m.key}` | {m.definition} | {m.reference} |\n" for m in listed)
    toc = "\n".join(metric.key for metric in listed)
    return (
        "# The coefficients\n\nFormula, range, limits, and how each engine departs.\n\n"
        f"| | key | definition | source |\n| --- | --- | --- | --- |\n{rows}\n"
        f"```{{toctree}}\n:hidden:\n\n{toc}\n```\n"
    )


def of_metric(metric: Metric, differences: Iterable[Difference]) -> str:
    """The page of a coefficient."""
    parts = [f"# {metric.label}", f"{metric.help}."]
    if metric.equation:
        parts.append(f"$$\n{metric.equation}\n$$")
    parts.append(f"**Definition.** {metric.definition[:1].upper()}{metric.definition[1:]}. {metric.reference}.")
    if metric.bounds:
        parts.append(f"**Range.** {metric.bounds}")
    parts += [
        f"**When not to use it, and what moves it.** {metric.limits}",
        f"![{metric.label} of channels that share everything, half, and nothing]({metric.key}.png)",
        "## Columns",
        _columns(metric),
        "## How the engines depart",
        *_departures(metric, differences),
    ]
    return "\n\n".join(parts) + "\n"


def _columns(metric: Metric) -> str:
    rows = "".join(f"| `{column.name}` | {column.label} |\n" for column in metric.columns)
    asked = f'Asked for by `metrics=["{metric.key}"]` or `--metrics {metric.key}`.'
    return f"{asked}\n\n| column | what it is |\n| --- | --- |\n{rows}"


def _departures(metric: Metric, differences: Iterable[Difference]) -> Iterator[str]:
    """A section for each engine, with the entries about this metric's quantities and their kin (tM1 of M1)."""
    names_of_it = {column.quantity or column.name for column in metric.columns if column.role != "p-value"}
    about = [entry for entry in differences if any(_is_of(q, names_of_it) for q in entry.quantities)]
    if not about:
        yield "No engine that is compared departs from this definition, or none has the coefficient."
    for engine in dict.fromkeys(entry.engine for entry in about):
        yield f"### {described(engine).title}"
        for entry in (entry for entry in about if entry.engine == engine):
            shown = ", ".join(names.quantity(q, engine) for q in entry.quantities if _is_of(q, names_of_it))
            yield f"**{shown}: {entry.title}.** {entry.cause} [More](../differences.md#{entry.id})"


def _is_of(quantity: str, names_of_it: set[str]) -> bool:
    """Whether a quantity of an engine is one of these, perhaps at thresholds: ``tm1`` and ``costes_m1`` are M1."""
    bare = re.sub(r"^t(?=m[12]$)|^costes_|_thresholded$|_above$|_below$", "", quantity)
    return quantity in names_of_it or bare in names_of_it


def of_differences(differences: Iterable[Difference]) -> str:
    """Every known difference."""
    parts = [
        "# Why programs disagree",
        "Every known difference between the standard definitions and what an engine gives, with its cause, the side "
        "that the literature supports, and a pair of a few pixels that shows it.",
    ]
    engine = ""
    for entry in differences:
        if entry.engine != engine:
            engine = entry.engine
            parts.append(f"## {described(engine).title}")
        example = entry.example
        pixels = ", ".join(
            f"{name} = {values.ravel().tolist()}" for name, values in (("a", example.a), ("b", example.b))
        )
        given = example.engine if isinstance(example.engine, str) else f"{example.engine:.6g}"
        parts += [
            f"({entry.id})=\n### {entry.title[:1].upper()}{entry.title[1:]}",
            f"`{entry.id}`: {', '.join(names.quantity(q, engine) for q in entry.quantities)}",
            f"{entry.cause}",
            f"**Right is {_RULINGS[entry.right]}.** {entry.why}"
            + (f" ({entry.reference})" if entry.reference else ""),
            f"Example: {pixels}: {names.quantity(example.quantity, engine)} is {example.standard:.6g} by the "
            f"standard, {given} in {described(engine).title}.",
        ]
    return "\n\n".join(parts) + "\n"


def of_commands() -> str:
    """The command line, as its own help says it."""
    command = [sys.executable, "-m", "typer", "coloc_bridge.cli.app", "utils", "docs", "--name", "coloc-bridge"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, encoding="utf-8")
    bold = re.sub(r'<span style="font-weight: bold">(.*?)</span>', r"**\1**", done.stdout)
    return re.sub(r"</?span[^>]*>", "`", bold).replace("# `coloc-bridge`", "# Command line", 1)


def beside_the_code() -> Iterator[tuple[str, str]]:
    """Documents that stand beside what they are about; their links lead on within the site, or are named as files."""
    places = {
        "coloc_bridge/ARCHITECTURE.md": "architecture.md",
        "CONTRIBUTING.md": "contributing.md",
        "CHANGELOG.md": "changelog.md",
        "macros/README.md": "fiji_commands.md",
        **{
            str(path.relative_to(ROOT)): f"validation_{path.parent.name}.md"
            for path in ROOT.glob("validation/*/README.md")
        },
    }
    for source, name in places.items():
        path = ROOT / source
        yield name, _LINK.sub(lambda found, path=path: _led(found, path, places), path.read_text("utf-8"))


_LINK = re.compile(r"(!?)\[([^\]]*)\]\((?!https?:|#)([^)#]+)(#[^)]*)?\)")


def _led(link: re.Match[str], source: Path, places: dict[str, str]) -> str:
    target = (source.parent / link[3]).resolve()
    try:
        relative = str(target.relative_to(ROOT))
    except ValueError:
        return link[2]
    anchor = link[4] or ""
    if relative in places:
        return f"[{link[2]}]({places[relative]}{anchor})"
    if relative.startswith("docs/"):
        return f"[{link[2]}](../{relative.removeprefix('docs/')}{anchor})"
    return f"{link[1]}[{link[2]}](../../{relative})" if link[1] else f"{link[2]} (`{relative}`)"
