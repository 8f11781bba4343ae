"""``coloc-bridge engines``: which engines can run here."""

from typing import Annotated

import typer


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

    for name, reason in available(fiji).items():
        state = "available" if reason is None else "not available"
        about = registry.LIVE[name].title if name in registry.LIVE else name
        if reason is None:
            where = {"fiji": fiji} if name in registry.LIVE else {}
            engine = registry.engine(name, **where)
            about = f"{engine.title} {engine.version() or '(version not stated)'}"
        typer.echo(f"{name:<10} {about:<32} {state}")
        if reason is not None:
            typer.echo(f"{'':<10} {reason}")
