"""``coloc-bridge engines``: which engines can run here."""

from itertools import groupby
from operator import itemgetter
from typing import Annotated

import typer

from coloc_bridge.engines.registry import BUILT_IN


def either() -> str:
    """The keys of the built-in engines, as a choice."""
    *names, last = BUILT_IN
    return f"{', '.join(names)} or {last}"


def engines(
    fiji: Annotated[
        str | None,
        typer.Option(help="Fiji folder or Maven coordinate; else that of COLOC_BRIDGE_FIJI or the settings file."),
    ] = None,
) -> None:
    """Show which engines can run here, in which version, or why not.

    No engine is started: [cyan]coloc-bridge doctor[/cyan] does that.

    [bold]Exit status[/bold] 0, whatever was found.
    """
    from coloc_bridge.engines import available, registry

    found = available(fiji)
    width = max(map(len, found))
    for reason, group in groupby(found.items(), key=itemgetter(1)):
        for name, _ in group:
            if reason is None:
                engine = registry.engine(name, fiji=fiji)
                about = f"{engine.title} {engine.version() or '(version not stated)'}"
            else:
                about = registry.described(name).title
            typer.echo(f"{name:<{width}} {about:<32} {'available' if reason is None else 'not available'}")
        if reason is not None:
            typer.echo(f"{'':<{width}} {reason}")
