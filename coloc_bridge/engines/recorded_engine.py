"""The recorded runs as an engine: for a pair of the shipped set, what a real engine gave on it."""

from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from coloc_bridge import shipped
from coloc_bridge.engines import recorded
from coloc_bridge.engines.protocol import EngineRun
from coloc_bridge.engines.recorded import Case
from coloc_bridge.engines.registry import BUILT_IN
from coloc_bridge.errors import EngineError
from coloc_bridge.inputs import Array


class Recorded:
    """Looks a pair up in the shipped set by its pixels."""

    name = "recorded"
    title = "recorded runs"

    def available(self) -> str | None:
        """None: the recorded runs ship with the package."""
        return None

    def version(self) -> str | None:
        """Return the version of the package, with which they ship; those of the engines are in each run."""
        return metadata.version("coloc-bridge")

    def run(
        self, a: Array, b: Array, *, mask: Array | None = None, engine: str = "coloc2", **settings: Any
    ) -> EngineRun:
        """Return what `engine` gave on this pair, by the first of its runs that had these settings."""
        folder = shipped.validation_folder()
        case = next((case for case in _cases(folder) if _is_pair(case, a, b, mask)), None)
        if case is None:
            raise EngineError(
                "no recorded run on this pair: only the pairs of the shipped validation set have some; "
                f"run a live engine ({', '.join(BUILT_IN)}) instead"
            )
        runs = recorded.read_runs(folder, engine, case)
        for run in runs:
            if settings.items() <= dict(run.settings).items():
                return run
        known = "; ".join(str(dict(run.settings)) for run in runs) or "none"
        raise EngineError(f"no recorded run of {engine} on {case.id} with {settings}; recorded: {known}")


def _cases(folder: Path) -> Iterator[Case]:
    for case_id in recorded.case_ids(folder):
        yield recorded.read_case(folder, case_id)


def _is_pair(case: Case, a: Array, b: Array, mask: Array | None) -> bool:
    return _same(a, case.a) and _same(b, case.b) and _same(mask, case.mask)


def _same(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    return bool(one.dtype == other.dtype and np.array_equal(one, other, equal_nan=one.dtype.kind == "f"))
