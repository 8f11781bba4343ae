"""The Python of a menu command: a few lines of text in its script, run with the dialog's values as names."""

import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

from coloc_bridge.errors import ColocBridgeError
from coloc_bridge.fiji.commands import Cancelled
from coloc_bridge.fiji.screen import log


def run(title: str, body: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Run it.

    Parameters
    ----------
    title : str
        Name of the command.
    body : str
        Python that calls `coloc_bridge.fiji`, there as ``fiji``.
    inputs : mapping
        The names it finds.

    Returns
    -------
    dict
        ``names``, all it left behind; ``error``, a sentence for the user, and ``stopped``, both empty if all is well.

    Examples
    --------
    >>> run("Twice", "twice = 2 * number", {"number": 21})["names"]["twice"]
    42
    >>> run("Twice", "raise ValueError('no number is open')", {})["error"]
    'no number is open'
    """
    from coloc_bridge import fiji

    names = {"fiji": fiji, "Path": Path, **inputs}
    answer = {"names": names, "error": "", "stopped": ""}
    try:
        exec(compile(dedent(body), title, "exec"), names)
    except Cancelled as stop:
        answer["stopped"] = str(stop)
    except Exception as error:
        answer["error"] = failure(error, log)
    return answer


def failure(error: Exception, log: Callable[[str], None]) -> str:
    """What to tell the user; of an error that nobody expected the log has the whole story."""
    if isinstance(error, ColocBridgeError | ValueError | OSError):
        return str(error)
    log("".join(traceback.format_exception(error)))
    return f"unexpected {type(error).__name__}: {error} (details in the Log window)"
