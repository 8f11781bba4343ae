"""The command line: one module per verb in this folder, gathered here."""

import sys

import typer

from coloc_bridge.errors import ColocBridgeError

app = typer.Typer(
    name="coloc-bridge",
    help="Colocalization analysis that reproduces, and explains, the numbers of Fiji's Coloc 2 and JACoP.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run the command line; a wrong call ends in one sentence on stderr and exit status 2, never a traceback."""
    try:
        app()
    except (ColocBridgeError, ValueError, OSError) as error:
        print(f"coloc-bridge: {error}", file=sys.stderr)
        sys.exit(2)
