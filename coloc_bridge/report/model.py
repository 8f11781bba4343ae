"""What every format is made from: a validation with the pictures of its cases."""

from collections.abc import Sequence
from dataclasses import dataclass

from coloc_bridge.compare import Validation


@dataclass(frozen=True)
class Picture:
    """A picture of a case, ready to be set."""

    name: str
    """What it shows, in a word; of its file too."""
    caption: str
    """One sentence for those who see it."""
    alt: str
    """What those who do not see it should know."""
    width: int
    height: int
    webp: str
    """In base64."""


@dataclass(frozen=True)
class Report:
    """A validation, and the pictures of each of its cases in their order.

    >>> Report(Validation((), ())).pictures
    ()
    """

    validation: Validation
    pictures: tuple[Sequence[Picture], ...] = ()

    def __post_init__(self) -> None:
        if len(self.pictures) != len(self.validation.cases):
            cases = len(self.validation.cases)
            raise ValueError(f"pictures of {len(self.pictures)} cases were given for {cases}: one entry for each")
