"""Rows beside the label image they are of, as a feature table in the OME-Zarr image: what ngio and Fractal read."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from coloc_bridge import __version__, files, texts
from coloc_bridge.analysis import Row
from coloc_bridge.batch.job import Job
from coloc_bridge.batch.planning import Step
from coloc_bridge.batch.table import check_parquet
from coloc_bridge.errors import ImageFileError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_MARK = "coloc_bridge"
"""Attribute of a table that may be written anew."""
_INSTANCE = "label"


def check_features(name: str, job: Job) -> None:
    """Refuse what would give no row for each label, or a name that no reader finds.

    Raises
    ------
    ValueError
        One sentence with the remedy.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"features {name!r}: a table needs a name of letters, digits, '_', '-' and '.'")
    several = {
        "ROIs": job.roi,
        "--all-pairs": job.all_pairs,
        "--slices": job.slices,
        "--timepoints": job.timepoints,
        "--image each": job.image == "each",
    }
    if given := [what for what, chosen in several.items() if chosen]:
        raise ValueError(f"a feature table has one row for each label of a label image, and {given[0]} gives others")
    check_parquet(f"features {name!r}")


def check_places(name: str, steps: Iterable[Step]) -> None:
    """Refuse images that are measured more than once: each has place for one table of a name.

    Raises
    ------
    ValueError
        One sentence with the remedy.
    """
    first: dict[str, Step] = {}
    for step in steps:
        if (other := first.setdefault(os.path.realpath(step.a.path), step)) is not step:
            raise ValueError(
                f"features {name!r}: {step.a.path} is measured twice ({other.title}, {step.title}), and has "
                "one table of that name; measure it a second time by another sheet, with another name of the table"
            )


def write_features(image: Path, labels: Path | None, name: str, rows: Sequence[Row]) -> None:
    """Write ``tables/<name>`` into an OME-Zarr image: table type ``feature_table``, version 1, kept as Parquet.

    Its column ``label`` is the value in the label image; ``region`` in its attributes says which that is.

    Parameters
    ----------
    image : Path
        The folder of the image.
    labels : Path
        Its label image, ``<image>/labels/<labels>``.
    name : str
        Of the table; one of this name that this package wrote is replaced.
    rows : sequence of dict
        One for each label.

    Raises
    ------
    ImageFileError
        If the labels are not in the image, a table of somebody else is called so, or rows have a column ``label``.
    """
    import zarr

    inside = None if labels is None else labels.resolve()
    if inside is None or inside.parent != image.resolve() / "labels":
        raise ImageFileError(
            f"{image}: a feature table goes with a label image inside of the image, and the labels are "
            f"{labels or 'none'}; give those of {image / 'labels'}"
        )
    version: Any = 3 if (image / "zarr.json").is_file() else 2
    tables: Any = zarr.open_group(str(image / "tables"), mode="a", zarr_format=version)
    listed = list(tables.attrs.get("tables", []))
    place = image / "tables" / name
    if place.exists() and (name not in tables or _MARK not in tables[name].attrs):
        raise ImageFileError(f"{image}: has a table {name!r} that another program wrote; give another name")
    frame, measured, others = _frame(rows)
    attributes: dict[str, Any] = {
        "type": "feature_table",
        "table_version": "1",
        "fractal_table_version": "1",
        "region": {"path": f"../labels/{inside.name}"},
        "instance_key": _INSTANCE,
        "backend": "parquet",
        "index_key": _INSTANCE,
        "index_type": "int",
        "measurement_columns": measured,
        "categorical_columns": [],
        "metadata_columns": others,
        _MARK: __version__,
    }
    with files.whole_folder(place) as beside:  # half of a table would be taken for that of another program
        zarr.open_group(str(beside), mode="a", zarr_format=version, attributes=attributes)
        frame.to_parquet(beside / "table.parquet", index=False)
    if name not in listed:
        tables.attrs.update({"tables": [*listed, name]})


def _frame(rows: Sequence[Row]) -> tuple[Any, list[str], list[str]]:
    """The table, its columns of numbers and those of texts. What is empty in all rows is left out."""
    import pandas as pd

    if any(_INSTANCE in row for row in rows):
        raise ImageFileError(f"the sheet has a column {_INSTANCE!r}, and a feature table as well; call it otherwise")
    frame = pd.DataFrame(list(rows)).dropna(axis="columns", how="all").rename(columns={"region": _INSTANCE})
    frame = frame.map(lambda value: texts.decoded(value) if isinstance(value, str) else value)
    frame = frame[[_INSTANCE, *(column for column in frame if column != _INSTANCE)]]
    numbers = [column for column in frame.columns[1:] if pd.api.types.is_numeric_dtype(frame[column])]
    return frame, numbers, [column for column in frame.columns[1:] if column not in numbers]
