"""What a live engine does otherwise than it did when it was recorded."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from operator import eq
from typing import Any

from coloc_bridge.engines.equality import close
from coloc_bridge.engines.protocol import EngineRun


@dataclass(frozen=True)
class Change:
    """One number or text that is not what was recorded."""

    what: str
    """Quantity, that with `PRINTED` behind it for its text, or ``warnings``, ``exceptions``."""
    recorded: str
    live: str

    @property
    def quantity(self) -> str:
        return self.what.removesuffix(PRINTED)


PRINTED = " (printed)"


def changes(recorded: EngineRun, live: EngineRun) -> list[Change]:
    """Return everything that was recorded and is different now; what is new is no change.

    A run that failed as a whole and fails again is the same, whatever it says.
    """
    if not recorded.values and not live.values:
        return []
    return [
        *_changed(recorded.values, live.values, close),
        *_changed(recorded.printed, live.printed, eq, PRINTED),
        *_whole("warnings", recorded.warnings, live.warnings),
        *_whole("exceptions", dict(recorded.exceptions), dict(live.exceptions)),
    ]


def compared(recorded: EngineRun) -> int:
    """Return how many numbers and texts of a recorded run are compared."""
    return len(recorded.values) + len(recorded.printed)


def _changed(
    recorded: Mapping[str, Any], live: Mapping[str, Any], same: Callable[[Any, Any], bool], suffix: str = ""
) -> Iterator[Change]:
    for name, before in recorded.items():
        if name not in live:
            yield Change(name + suffix, str(before), "missing")
        elif not same(before, live[name]):
            yield Change(name + suffix, str(before), str(live[name]))


def _whole(what: str, recorded: Any, live: Any) -> Iterator[Change]:
    if recorded != live:
        yield Change(what, str(recorded), str(live))
