"""A call as it can be made again, in any folder."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

from coloc_bridge.batch.given import is_pattern
from coloc_bridge.images.remote import url_of

_OUTPUTS = ("output", "plots")
"""Named without their folder: the command made again writes where it is made, and not over what is there."""
_LEFT_OUT = ("crate",)


def command_of(context: Any) -> tuple[str, ...]:
    """The words of a command line that does what this one does: options that were given, files by their full names.

    Parameters
    ----------
    context : click.Context
        Of the command.
    """
    kinds = get_type_hints(context.command.callback)
    words = ["coloc-bridge", context.info_name or ""]
    arguments: list[str] = []
    for parameter in context.command.params:
        value = context.params.get(parameter.name)
        if value in (None, (), []) or value == parameter.default or parameter.name in _LEFT_OUT:
            continue
        if _names_files(kinds.get(parameter.name)):  # which older versions of typer give as text
            value = [Path(part) for part in value] if isinstance(value, list | tuple) else Path(value)
        if parameter.param_type_name == "argument":
            arguments += [_word(part) for part in (value if isinstance(value, list | tuple) else [value])]
        else:
            words += _option(parameter, value)
    return (*words, *arguments)


def _names_files(kind: Any) -> bool:
    return kind is Path or any(map(_names_files, get_args(kind)))


def _option(parameter: Any, value: Any) -> Iterator[str]:
    name = max(parameter.opts, key=len)
    if isinstance(value, bool):
        yield name if value else parameter.secondary_opts[0]
    elif parameter.multiple:
        for part in value:
            yield from (name, _word(part))
    elif isinstance(value, tuple):
        yield from (name, *map(_word, value))
    elif parameter.name in _OUTPUTS:
        yield from (name, Path(value).name)
    else:
        yield from (name, _word(value))


def _word(value: Any) -> str:
    if isinstance(value, Path):
        if is_pattern(value):
            # Of the folder before it every letter is meant as it is.
            return os.fspath(glob.escape(os.fspath(Path.cwd())) / value)
        return url_of(value) or os.fspath(value.absolute())
    return str(value)
