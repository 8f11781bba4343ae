"""What scripts and documents say of the metrics, rendered from them.

``python -m coloc_bridge.measures`` in a clone brings the tick boxes of the scripts for Fiji and the table of the
README up to date; a test fails while they are not.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from coloc_bridge import shipped
from coloc_bridge.measures import METRICS

_TICK_BOXES = re.compile(r"(?:#@ Boolean (?:%s) \(.*\)\n)+")
_CHOSEN = re.compile(r"fiji\.chosen\([^)]*\)")
_TABLE = re.compile(r"(<!-- metrics -->\n).*?(<!-- /metrics -->)", re.DOTALL)


def named() -> str:
    """Keys and names in a sentence.

    >>> named()[:46]
    "``pcc`` (Pearson's r), ``srcc`` (Spearman's rh"
    """
    return ", ".join(f"``{metric.key}`` ({metric.label})" for metric in METRICS.values())


def choices() -> str:
    """The keys, those computed by default first.

    >>> choices()
    'pcc, srcc, icq, overlap, mcc (all of these by default), ktau, area, rwc, tos, intersection, sig'
    """
    default = ", ".join(metric.key for metric in METRICS.values() if metric.default)
    return ", ".join([f"{default} (all of these by default)", *(m.key for m in METRICS.values() if not m.default)])


def tick_boxes() -> str:
    """The parameters of a script, a line for each metric."""
    return "".join(
        f'#@ Boolean {metric.parameter} (label="{metric.label}", description="{metric.help}", '
        f"value={str(metric.default).lower()}, persist=false)\n"
        for metric in METRICS.values()
    )


def rendered(script: str) -> str:
    """A script with the tick boxes of today's metrics, if it has any."""
    chosen = ", ".join(f"{metric.key}={metric.parameter}" for metric in METRICS.values())
    any_box = re.compile(_TICK_BOXES.pattern % "|".join(_parameters(script)))
    return _CHOSEN.sub(lambda _: f"fiji.chosen({chosen})", any_box.sub(lambda _: tick_boxes(), script, count=1))


def _parameters(script: str) -> list[str]:
    """The parameters that the script passes on as metrics."""
    call = _CHOSEN.search(script)
    return re.findall(r"=(\w+)", call[0]) if call else ["(?!)"]


def table() -> str:
    """A Markdown table: name, key, definition, source."""
    head = "| | key | standard definition | source |\n| --- | --- | --- | --- |\n"
    return head + "".join(f"| {m.label} | `{m.key}` | {m.definition} | {m.reference} |\n" for m in METRICS.values())


def texts() -> Iterator[tuple[Path, str]]:
    """The files of a clone that speak of metrics, each with the text it should have."""
    macros = shipped.macros_folder()
    for path in sorted((macros / "Coloc_Bridge").glob("*.groovy")):
        yield path, rendered(path.read_text("utf-8"))
    readme = macros.parent / "README.md"
    if readme.is_file():
        yield readme, _TABLE.sub(lambda found: found[1] + table() + found[2], readme.read_text("utf-8"))
