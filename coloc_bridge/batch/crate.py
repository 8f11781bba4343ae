"""A result as an RO-Crate: the table with what it was made of, by what and how, as machines and archives read it."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coloc_bridge import files
from coloc_bridge.extras import pip_install

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rocrate.rocrate import ROCrate

_PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
_HOME = "https://pypi.org/project/coloc-bridge/"
_FORMATS = {".csv": "text/csv", ".json": "application/json", ".parquet": "application/vnd.apache.parquet"}
_ACTION = "#analysis"
METADATA = "ro-crate-metadata.json"


def check_crate(folder: Path, used: Iterable[Path] = ()) -> None:
    """Refuse a folder that holds anything but a crate of this program, and a Python without the library.

    Parameters
    ----------
    folder : Path
        Where the crate is to be.
    used : iterable of Path
        Files and folders of the run, none of which may lie in the crate: it is replaced as a whole.

    Raises
    ------
    ValueError
        One sentence with the remedy.
    """
    try:
        import rocrate.rocrate  # noqa: F401
    except ImportError as error:
        raise ValueError(f"--crate: rocrate is not installed; {pip_install('crate')}") from error
    files.check_folder(folder.parent)
    for path in used:
        if Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder)):
            raise ValueError(f"{path}: lies in the folder of the crate, which is replaced; give it another folder")
    _check_replaceable(folder)


def _check_replaceable(folder: Path) -> None:
    """Refuse a folder in which anything would be lost."""
    if not os.path.lexists(folder) or (folder.is_dir() and not any(folder.iterdir())):
        return
    listed = _results(folder)
    if not listed:
        raise ValueError(
            f"{folder}: is there and is no crate that coloc_bridge wrote, so it is left alone; give a new folder"
        )
    for path in folder.iterdir():
        partitions = path.name in listed and path.is_dir()
        for inner in path.iterdir() if partitions else [path]:
            if not (inner.match("part-*.parquet") if partitions else inner.name in (*listed, METADATA)):
                raise ValueError(
                    f"{folder}: holds {inner.relative_to(folder)}, which is not of the crate and would be lost; "
                    "give a new folder"
                )


def _results(folder: Path) -> set[str]:
    """The names of what lies in a crate beside its metadata; none if another program wrote it."""
    try:
        entities = {entity["@id"]: entity for entity in files.read_json(folder / METADATA)["@graph"]}
        action = entities[_ACTION]
        if action["instrument"]["@id"] == _HOME:
            return {entities[result["@id"]]["name"] for result in action["result"]}
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return set()


def write_crate(folder: Path, provenance: dict[str, Any], outputs: Sequence[Path]) -> None:
    """Write a crate of the profile Process Run: outputs are copied, inputs named by where they are and their SHA-256.

    Parameters
    ----------
    folder : Path
        Replaced if it is a crate of this program; see `check_crate`.
    provenance : dict
        From `coloc_bridge.batch.provenance.record`.
    outputs : sequence of Path
        The table first, then what lies beside it.

    Raises
    ------
    ValueError
        If something else has come into the folder since it was checked.
    """
    from rocrate.rocrate import ROCrate

    crate: Any = ROCrate()
    crate.name = f"Colocalization table {outputs[0].name}"
    crate.description = (
        f"{provenance['table']['rows']} rows of colocalization coefficients of {len(provenance['inputs'])} images, "
        f"measured by coloc_bridge {provenance['versions']['coloc_bridge']}. Run the command of the action in any "
        "folder to get the table again."
    )
    crate.root_dataset["datePublished"] = provenance["run"]["finished"]
    profile = _entity(crate, _PROFILE, {"@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"})
    crate.root_dataset["conformsTo"] = profile
    action = _entity(
        crate,
        _ACTION,
        {
            "@type": "CreateAction",
            "name": "coloc-bridge analyse",
            "description": shlex.join(provenance["command"]),
            "startTime": provenance["run"]["started"],
            "endTime": provenance["run"]["finished"],
            "actionStatus": {"@id": "http://schema.org/CompletedActionStatus"},
        },
    )
    action["instrument"] = _program(crate, provenance["versions"])
    action["object"] = _inputs(crate, provenance)
    action["result"] = [_output(crate, path, provenance) for path in outputs]
    crate.root_dataset["mentions"] = action
    folder.parent.mkdir(parents=True, exist_ok=True)
    _check_replaceable(folder)
    with files.whole_folder(folder) as beside:
        crate.write(beside)


def _program(crate: ROCrate, versions: dict[str, str]) -> Any:
    """The package, with what it needs."""
    programs = {
        name: _entity(
            crate,
            _HOME if name == "coloc_bridge" else f"#{name}",
            {"@type": "SoftwareApplication", "name": name, "softwareVersion": version},
        )
        for name, version in versions.items()
        if name not in ("platform", "machine")
    }
    package = programs.pop("coloc_bridge")
    package["softwareRequirements"] = list(programs.values())
    return package


def _inputs(crate: Any, provenance: dict[str, Any]) -> list[Any]:
    listed = [file for image in provenance["inputs"] for file in image["files"]]
    if provenance["sheet"]:
        listed.append(provenance["sheet"])
    found = {}
    for file in listed:
        path = Path(file["path"])
        address = path.as_uri() if path.is_absolute() else file["path"]
        if address in found:
            continue
        about = {"name": path.name, "sha256": file["sha256"], "contentSize": str(file["bytes"])}
        add = crate.add_dataset if path.is_dir() else crate.add_file
        found[address] = add(address, fetch_remote=False, properties=about)
    return list(found.values())


def _output(crate: Any, path: Path, provenance: dict[str, Any]) -> Any:
    about = {"name": path.name, "encodingFormat": _FORMATS[path.suffix.lower()]}
    if path.name == provenance["table"]["file"]:
        about["sha256"] = provenance["table"]["sha256"]
    add = crate.add_dataset if path.is_dir() else crate.add_file
    return add(path, path.name, properties=about)


def _entity(crate: Any, address: str, properties: dict[str, Any]) -> Any:
    from rocrate.model.contextentity import ContextEntity

    return crate.add(ContextEntity(crate, address, properties=properties))
