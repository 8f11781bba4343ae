"""A result as an RO-Crate: the table with what it was made of, by what and how, as machines and archives read it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coloc_bridge import files
from coloc_bridge.extras import pip_install

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rocrate.rocrate import ROCrate

_PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
_HOME = "https://pypi.org/project/coloc-bridge/"
_FORMATS = {".csv": "text/csv", ".json": "application/json", ".parquet": "application/vnd.apache.parquet"}
METADATA = "ro-crate-metadata.json"


def check_crate(folder: Path) -> None:
    """Refuse a folder that holds anything but a crate, and a Python without the library.

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
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir()) and not (folder / METADATA).is_file()):
        raise ValueError(f"{folder}: is there and is no crate, so it is left alone; give a new folder")


def write_crate(folder: Path, provenance: dict[str, Any], outputs: Sequence[Path]) -> None:
    """Write a crate of the profile Process Run: outputs are copied, inputs named by where they are and their SHA-256.

    Parameters
    ----------
    folder : Path
        Replaced if it is a crate.
    provenance : dict
        From `coloc_bridge.batch.provenance.record`.
    outputs : sequence of Path
        The table first, then what lies beside it.
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
        "#analysis",
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
