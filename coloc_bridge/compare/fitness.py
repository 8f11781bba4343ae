"""Whether a pair is fit for measuring, and what is known of the faults that were found."""

from collections.abc import Iterable, Iterator

from coloc_bridge import truth
from coloc_bridge.compare.model import Comparison, KnownError
from coloc_bridge.engines.recorded import Case
from coloc_bridge.quality import Finding, check


def findings_of(case: Case) -> tuple[Finding, ...]:
    """What `quality.check` finds in the pixels that are analysed."""
    return tuple(check(case.a, case.b, case.mask))


def known_errors(findings: Iterable[Finding], rows: Iterable[Comparison]) -> tuple[KnownError, ...]:
    """How far each coefficient of the standard and of the engines was from the truth in scenes with such a fault."""
    asked = dict.fromkeys(
        (engine, row.quantity)
        for row in rows
        if row.thresholds in ("", "own")
        for engine in (truth.STANDARD, row.engine)
        if truth.estimated(row.quantity)
    )
    return tuple(_looked_up(findings, asked))


def _looked_up(findings: Iterable[Finding], asked: Iterable[tuple[str, str]]) -> Iterator[KnownError]:
    for finding in findings:
        for engine, quantity in asked:
            found = truth.known_effect_of(finding, engine, quantity)
            if found is not None:
                who = "" if engine == truth.STANDARD else engine
                yield KnownError(finding.code, finding.channel, who, quantity, found.bias, found.rms, found.sentence)
