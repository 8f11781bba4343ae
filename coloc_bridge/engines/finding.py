"""What a check-up says of one part."""

from dataclasses import dataclass
from enum import Enum


class State(Enum):
    """How a part was found."""

    GOOD = "ok"
    NOTE = "--"
    """Not there, and not needed."""
    BAD = "!!"


@dataclass(frozen=True)
class Finding:
    """One part that was looked at."""

    part: str
    state: State
    what: str
    remedy: str = ""
