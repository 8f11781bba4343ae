"""Standard, engine and twin put side by side, with a verdict for every number."""

from coloc_bridge.compare.marks import threshold_marks
from coloc_bridge.compare.model import (
    FAILURES,
    MEANING,
    CaseResult,
    Cell,
    Change,
    Comparison,
    RunInfo,
    Tally,
    Validation,
    Verdict,
)
from coloc_bridge.compare.one_table import compare_engines
from coloc_bridge.compare.validation import validate, validate_set

__all__ = [
    "FAILURES",
    "MEANING",
    "CaseResult",
    "Cell",
    "Change",
    "Comparison",
    "RunInfo",
    "Tally",
    "Validation",
    "Verdict",
    "compare_engines",
    "threshold_marks",
    "validate",
    "validate_set",
]
