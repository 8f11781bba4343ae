"""What a check found."""

from dataclasses import asdict, dataclass, field
from typing import Any

Value = float | tuple[float, ...]


@dataclass(frozen=True)
class Finding:
    """A property of a pair of images that makes its coefficients something else than they seem."""

    code: str
    """One of `coloc_bridge.quality.CODES`."""
    channel: str
    """``"a"``, ``"b"``, or empty where it is of both; of bleed-through the channel that receives the light."""
    value: Value
    """What was measured; its page in ``docs/quality/`` says in which unit."""
    limit: float
    """What it is compared with."""
    sentence: str
    """What was found, and what it does to the coefficients of this pair."""
    effect: dict[str, float] = field(default_factory=dict)
    """Coefficient -> as measured less what it is without the fault: positive where the fault raises it."""
    remedy: str = ""
    """What to do."""

    def as_dict(self) -> dict[str, Any]:
        """The fields, for JSON.

        >>> Finding("empty", "b", 0.0, 4.0, "Channel B is constant.").as_dict()["channel"]
        'b'
        """
        return asdict(self)
