"""``coloc-bridge install-scripts``: the menu commands for Fiji."""

import sys
from pathlib import Path
from typing import Annotated

import typer


def install_scripts(
    fiji: Annotated[
        Path | None,
        typer.Argument(help="Fiji folder; without it that of COLOC_BRIDGE_FIJI or of the settings file."),
    ] = None,
    python: Annotated[
        Path | None,
        typer.Option(help="Python program of the environment the scripts use; by default the one running now."),
    ] = None,
    build: Annotated[
        str | None,
        typer.Option(
            metavar="SOURCE",
            help="Let Appose build the environment when a command first needs it, from a version of coloc-bridge, or "
            "the folder of a clone; needs internet.",
        ),
    ] = None,
    environment: Annotated[
        str | None,
        typer.Option(
            metavar="SOURCE",
            help="List that version, or folder, in Fiji's own config/environment.yml: then Fiji installs it for its "
            "Python mode.",
        ),
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="Only show what is installed.")] = False,
    uninstall: Annotated[
        bool, typer.Option("--uninstall", help="Remove what was installed and not changed.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")] = False,
) -> None:
    """Put the menu Plugins > Coloc Bridge into a Fiji.

    The scripts go to scripts/Plugins/Coloc_Bridge in the Fiji folder; into a
    plain ImageJ (a folder with ij.jar) goes the macro alone, where its menu
    finds it. A file there that you wrote or changed is never touched, and named.

    [bold]Examples[/bold]

    [cyan]coloc-bridge install-scripts ~/Fiji.app[/cyan]

    [cyan]coloc-bridge install-scripts ~/Fiji.app --environment 0.1.0[/cyan]

    [cyan]coloc-bridge install-scripts ~/Fiji.app --uninstall --dry-run[/cyan]

    [bold]Exit status[/bold] 0: fine. 1: a file was kept as it is. 2: no such Fiji, or no such Python.
    """
    from coloc_bridge.engines.java.installation import choose_fiji
    from coloc_bridge.fiji import environment as own
    from coloc_bridge.fiji import installer

    folder = fiji if fiji is not None and installer.is_plain(fiji) else choose_fiji(fiji).folder
    if folder is None:
        raise ValueError(
            "no Fiji folder was named: give the folder that holds jars and plugins (Fiji.app, or Fiji), "
            "e.g. coloc-bridge install-scripts ~/Fiji.app"
        )
    program = own.requirement(build) if build else (python or Path(sys.executable)).absolute()
    lacking: list[str] = []
    if build is not None and installer.is_plain(folder):
        raise ValueError(f"{folder} is a plain ImageJ, which has no Appose to build with: name a Python by --python")
    if environment is not None:
        own.listed(folder, environment)  # before anything is written
    if list_:
        steps = installer.installed(folder)
    elif uninstall:
        steps = installer.uninstall(folder, dry_run=dry_run)
    else:
        lacking = [] if isinstance(program, str) else installer.check_environment(program)
        steps = installer.install(folder, program, dry_run=dry_run)
    typer.echo(str(installer.menu_folder(folder)) + (" (nothing was changed: dry run)" if dry_run else ""))
    for step in steps:
        typer.echo(f"  {step.action:<10} {step.file}" + (f": {step.reason}" if step.reason else ""))
    if not list_ and (environment or (uninstall and (folder / own.FILE).is_file())):
        done = own.write(folder, None if uninstall else environment, dry_run=dry_run)
        typer.echo(f"  {done:<10} {own.FILE.as_posix()}")
    if environment and not (list_ or uninstall):
        typer.echo("Rebuild Fiji's environment: Edit > Options > Python..., Rebuild Python environment.")
    if not steps:
        typer.echo("  nothing is installed")
    if not (list_ or uninstall):
        typer.echo(_next_steps(program, plain=installer.is_plain(folder)))
    for sentence in lacking:
        typer.echo(f"note: {sentence}")
    raise typer.Exit(1 if any(step.action == "kept" for step in steps) else 0)


def _next_steps(program: Path | str, *, plain: bool) -> str:
    if isinstance(program, str):
        return f"Restart Fiji: the commands are in Plugins > Coloc Bridge. The first fetches Python and {program}."
    if plain:
        return f"The macro uses {program}.\nRestart ImageJ: it is Plugins > Coloc Bridge > Colocalization Macro."
    environment = program.parent.parent if program.parent.name in ("bin", "Scripts") else program.parent
    return (
        f"The commands use {program}.\n"
        "Restart Fiji: they are in Plugins > Coloc Bridge.\n"
        "In Fiji's Python mode (Edit > Options > Python...) they run in its own Python where coloc-bridge is in it,\n"
        f"as with the environment directory {environment}: then no second process is started."
    )
