"""The command line: one module per verb in this folder, gathered here."""

import gc
import io
import sys
import warnings
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from coloc_bridge import __version__, texts
from coloc_bridge.cli.analyse import AnalyseCommand, analyse
from coloc_bridge.cli.ccf import ccf
from coloc_bridge.cli.check import check
from coloc_bridge.cli.compare_engines import compare_engines
from coloc_bridge.cli.doctor import doctor
from coloc_bridge.cli.engines import engines
from coloc_bridge.cli.ica import ica
from coloc_bridge.cli.install_scripts import install_scripts
from coloc_bridge.cli.objects import objects
from coloc_bridge.cli.randomize import randomize
from coloc_bridge.cli.record import record
from coloc_bridge.cli.report import report
from coloc_bridge.cli.sample import sample
from coloc_bridge.cli.surface import surface
from coloc_bridge.cli.validate import validate
from coloc_bridge.errors import ColocBridgeError


class _Commands(TyperGroup):
    def invoke(self, ctx: Any) -> Any:
        """A wrong call is shown as it was typed, or as a folder's names were put in its place."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            if isinstance(message := getattr(error, "message", None), str):
                error.message = texts.visible(message)  # type: ignore[attr-defined]
            raise


app = typer.Typer(
    name="coloc-bridge",
    cls=_Commands,
    help="Colocalization analysis that reproduces, and explains, the numbers of Fiji's Coloc 2 and JACoP.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)

app.command(cls=AnalyseCommand)(analyse)
app.command()(check)
app.command()(randomize)
app.command()(ccf)
app.command()(ica)
app.command()(objects)
app.command()(surface)
app.command()(validate)
app.command()(compare_engines)
app.command()(report)
app.command()(sample)
app.command()(install_scripts)
app.command()(engines)
app.command()(doctor)
app.command()(record)


def _print_version(wanted: bool) -> None:
    if wanted:
        from coloc_bridge.engines import registry

        typer.echo(f"coloc-bridge {__version__}")
        typer.echo(f"engines: {', '.join(registry.described(name).title for name in registry.recordable())}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Show the version, and the engines it knows."
        ),
    ] = False,
) -> None:
    pass


def _sentence(error: Exception) -> str:
    """The system says what is wrong before it says with which file, and nothing of what to do."""
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror.lower()}; check the name, the disk and the rights"
    if isinstance(error, MemoryError):
        return "the images do not fit into memory; crop them, or measure fewer planes (--slices, --timepoints)"
    return str(error)


def main() -> None:
    """Run the command line; a wrong call ends in one sentence on stderr and exit status 2, never a traceback."""
    warnings.formatwarning = lambda message, *_, **__: f"{texts.visible(str(message))}\n"
    for stream in (sys.stdout, sys.stderr):
        # Few encodings have all that is printed; what one lacks must not end the work.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        app()
    except (ColocBridgeError, ValueError, OSError, MemoryError) as error:
        print(f"coloc-bridge: {texts.visible(_sentence(error))}", file=sys.stderr)
        sys.exit(2)
    finally:
        gc.freeze()  # the end would look through all that was imported, which takes most of a second
