"""Put the scripts into a Fiji folder, and take them out again; no file that was not written here is touched."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from coloc_bridge import __version__, files, shipped
from coloc_bridge.extras import pip_install
from coloc_bridge.fiji.environment import BUILD

MENU_FOLDER = Path("scripts", "Plugins", "Coloc_Bridge")
"""Where SciJava looks for scripts; the folders are the menu path."""
PLAIN_FOLDER = Path("plugins", "Coloc_Bridge")
"""Where an ImageJ without SciJava looks for macros."""
PYTHON_FILE = "python.txt"
"""One line: the Python program that the commands start outside of Fiji's Python mode, or what to build one from."""
MANIFEST = "installed.json"
"""Version, and SHA-256 of every file as it was written."""
_IN_BUNDLE = "ImageJ.app/Contents/Java"
_SCRIPTS = (".groovy", ".ijm", ".txt")
_NEEDED = {
    "coloc_bridge": "all scripts",
    "appose": "all commands outside of Fiji's Python mode",
    "scyjava": "all commands in Fiji's Python mode",
    "imagej": "Fiji's Python mode and Cross Validate",
}
_NEEDED_ON_MACOS = dict.fromkeys(("qtpy", "PyQt6"), "dialogs in Fiji's Python mode on macOS")


@dataclass(frozen=True)
class Step:
    """What was done, or would be done, with one file."""

    action: str
    """``copied``, ``updated``, ``unchanged``, ``removed``, ``missing``, ``kept``."""
    file: str
    reason: str = ""


def install(fiji: Path, python: Path | str, *, dry_run: bool = False) -> list[Step]:
    """Copy the scripts and note the Python they use.

    Parameters
    ----------
    fiji : Path
        The folder with ``jars`` and ``plugins``; or that of a plain ImageJ, which gets the macro alone.
    python : Path or str
        The Python program of an environment with this package; or what Appose is to build one from, as
        `coloc_bridge.fiji.environment.requirement` says it.
    dry_run : bool
        Only tell what would be done.
    """
    folder = menu_folder(fiji)
    written, wanted = read_manifest(folder), _wanted(fiji, python)
    steps = {name: _step(folder / name, wanted.get(name), written.get(name)) for name in {**wanted, **written}}
    if not dry_run:
        folder.mkdir(parents=True, exist_ok=True)
        ours = {name: _hash(data) for name, data in wanted.items() if steps[name].action != "kept"}
        kept = {name: written[name] for name, step in steps.items() if step.action == "kept" and name in written}
        # First the manifest: after an interruption every file here that is ours is still known as ours.
        files.write_bytes(folder / MANIFEST, _manifest(ours | kept))
        for name, step in steps.items():
            if step.action in ("copied", "updated"):
                files.write_bytes(folder / name, wanted[name])
            elif step.action == "removed":
                (folder / name).unlink()
    return list(steps.values())


def uninstall(fiji: Path, *, dry_run: bool = False) -> list[Step]:
    """Remove every file that was written here and not changed since."""
    folder = menu_folder(fiji)
    written = read_manifest(folder)
    steps = [_step(folder / name, None, digest) for name, digest in written.items()]
    if not dry_run and written:
        for step in steps:
            if step.action == "removed":
                (folder / step.file).unlink()
        kept = {step.file: written[step.file] for step in steps if step.action == "kept"}
        if kept:
            files.write_bytes(folder / MANIFEST, _manifest(kept))
        else:
            (folder / MANIFEST).unlink()
            if not any(folder.iterdir()):
                folder.rmdir()
    return steps


def installed(fiji: Path) -> list[Step]:
    """The state of every file that belongs there: ``unchanged``, ``missing`` or ``kept`` (changed, or not ours)."""
    folder = menu_folder(fiji)
    written = read_manifest(folder)
    names = {**dict.fromkeys(_wanted(fiji, Path(sys.executable))), **dict.fromkeys(written)}
    return [_state(folder / name, written.get(name)) for name in names]


def read_manifest(folder: Path) -> dict[str, str]:
    """File name -> SHA-256 of what was written.

    Raises
    ------
    ValueError
        If the file is there and cannot be read as one.
    """
    path = folder / MANIFEST
    if not path.exists():
        return {}
    try:
        written = json.loads(path.read_text(encoding="utf-8"))["files"]
        return {str(name): str(digest) for name, digest in written.items() if Path(name).name == name}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{path} is damaged ({error}): delete it and the scripts beside it that are not yours, then install again"
        ) from error


def check_environment(python: Path) -> list[str]:
    """What an environment lacks for the scripts, a sentence each; nothing when all is there.

    Raises
    ------
    ValueError
        If the program does not run, or has no coloc_bridge.
    """
    needed = _NEEDED | (_NEEDED_ON_MACOS if sys.platform == "darwin" else {})
    probe = (
        "import importlib.util, json; "
        f"print(json.dumps([n for n in {list(needed)!r} if importlib.util.find_spec(n) is None]))"
    )
    try:
        done = subprocess.run(
            [str(python), "-c", probe], capture_output=True, text=True, timeout=120, cwd=Path(python).parent
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ValueError(f"{python} does not run as a Python: {error}") from error
    if done.returncode:
        raise ValueError(f"{python} does not run as a Python: {done.stderr.strip().splitlines()[-1:]}")
    lacking = json.loads(done.stdout)
    remedy = pip_install("fiji", pip=f'"{python}" -m pip')
    if "coloc_bridge" in lacking:
        raise ValueError(f"{python} has no coloc_bridge, which all scripts need: {remedy}")
    return [f"{name} is missing, which {needed[name]} need: {remedy}" for name in lacking]


def is_plain(imagej: Path) -> bool:
    """Whether a folder is that of ImageJ alone, which runs no script but macros."""
    return not (imagej / "jars").is_dir() and any((imagej / place / "ij.jar").is_file() for place in ("", _IN_BUNDLE))


def menu_folder(fiji: Path) -> Path:
    """Where the menu of a Fiji, or of a plain ImageJ, finds the commands."""
    return fiji / (PLAIN_FOLDER if is_plain(fiji) else MENU_FOLDER)


def _wanted(fiji: Path, python: Path | str) -> dict[str, bytes]:
    source = shipped.macros_folder() / "Coloc_Bridge"
    suffixes = (".ijm",) if is_plain(fiji) else _SCRIPTS
    scripts = {path.name: path.read_bytes() for path in sorted(source.iterdir()) if path.suffix in suffixes}
    return scripts | {PYTHON_FILE: f"{BUILD if isinstance(python, str) else ''}{python}\n".encode()}


def _step(path: Path, wanted: bytes | None, written: str | None) -> Step:
    """What to do with a file, given what should be in it (None: nothing) and the hash of what was written before."""
    found = _state(path, written)
    if found.action == "kept":
        return found
    if wanted is None:
        return found if found.action == "missing" else Step("removed", path.name)
    if found.action == "missing":
        return Step("copied", path.name)
    return Step("unchanged" if _hash(wanted) == written else "updated", path.name)


def _state(path: Path, written: str | None) -> Step:
    if not path.exists():
        return Step("missing", path.name)
    if written is None:
        return Step(
            "kept", path.name, "it was not written by coloc-bridge; rename or delete it to have the shipped one"
        )
    if _hash(path.read_bytes()) != written:
        return Step(
            "kept", path.name, "it was changed after it was installed; rename or delete it to have the shipped one"
        )
    return Step("unchanged", path.name)


def _manifest(written: Mapping[str, str]) -> bytes:
    text = json.dumps({"coloc_bridge": __version__, "files": dict(written)}, indent=1, ensure_ascii=False)
    return (text + "\n").encode()


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
