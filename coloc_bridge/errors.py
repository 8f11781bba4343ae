"""The exceptions a caller may want to tell apart; every message says what was wrong, what was got, what to do."""


class ColocBridgeError(Exception):
    """Base of all errors of this package that are not a plain ValueError."""


class ImageFileError(ColocBridgeError, ValueError):
    """A file could not be read as the image, mask or ROI it was given as."""


class OneChannel(ImageFileError):
    """An image has one channel, and a pair was to be taken from it."""


def in_words(error: BaseException) -> str:
    """What an error of another library says, in one line, or is called if it says nothing."""
    return " ".join(str(error).split()) or type(error).__name__


class EngineError(ColocBridgeError, RuntimeError):
    """An engine, or its twin, could not give numbers for this input: the engine threw or refused."""


class EngineNotAvailable(EngineError):
    """Java, Fiji or a plugin is missing; the message says what was looked for, where, and the remedy."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(f"{problem}; {remedy}" if remedy else problem)
        self.problem = problem
        self.remedy = remedy


class EngineTimeout(EngineError):
    """An engine run took longer than its time limit and was ended."""


class EngineWouldThrow(UserWarning):
    """A step of the engine ends in an exception on this input, so a twin leaves its quantities out."""


class EngineMisreads(UserWarning):
    """The engine takes this input, but not for what it is: the twin repeats its numbers, which mean nothing."""
