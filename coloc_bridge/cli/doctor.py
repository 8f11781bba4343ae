"""``coloc-bridge doctor``: what the live engines need, and what is missing here."""

from typing import Annotated

import typer


def doctor(
    fiji: Annotated[
        str | None,
        typer.Option(help="Fiji folder or Maven coordinate; else that of COLOC_BRIDGE_FIJI or the settings file."),
    ] = None,
) -> None:
    """Look at everything the engines of Fiji need, and try them on a small pair.

    Each problem is shown with its remedy. Analysis and validation against the
    recorded runs need none of this.

    A Fiji can be named once for all, in the settings file (its place is shown
    when no Fiji is found), and so can jars that are not in the Fiji folder:

    [cyan]fiji = "/home/me/Fiji.app"[/cyan]

    [cyan]\\[plugins][/cyan]

    [cyan]jacop = "/home/me/JACoP_.jar"[/cyan]

    [bold]Exit status[/bold] 0: every engine gives numbers. 1: some do. 2: none does.
    """
    from coloc_bridge.engines.checkup import examine, usable

    findings = []
    for finding in examine(fiji):
        findings.append(finding)
        typer.echo(f"{finding.state.value} {finding.part}: {finding.what}")
        if finding.remedy:
            typer.echo(f"   remedy: {finding.remedy}")
    good, all_ = usable(findings)
    typer.echo(f"{good} of {all_} live engines can be used here")
    raise typer.Exit(0 if good == all_ else 1 if good else 2)
