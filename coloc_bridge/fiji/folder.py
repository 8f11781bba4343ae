"""Every image of a folder, as a command of the menu."""

from pathlib import Path
from typing import Any

from coloc_bridge import files
from coloc_bridge.fiji.commands import Cancelled, Progress, Result, unwatched


def batch(
    folder: Any,
    folder_b: Any = None,
    *,
    channels: Any = "1,2",
    metrics: Any = None,
    threshold_method: Any = "costes",
    per_slice: Any = False,
    per_timepoint: Any = False,
    output: Any = None,
    progress: Progress = unwatched,
) -> Result:
    """Measure every image of a folder; an image that fails is named in the notes and does not stop the others.

    Where the user stops it, the table has the images that were measured.

    Parameters
    ----------
    folder, folder_b : path
        Images with both channels, or two folders with files of the same names, a channel each.
    channels : str
        Two channels by number from 1, or by name, with a comma between; nothing for images with one channel each.
    output : path, optional
        Table to write: .csv, .json or .parquet.
    """
    from coloc_bridge.batch import Job, analyse_folder, check_job, check_table_path, write_table

    second, table = named_path(folder_b), named_path(output)
    names = tuple(part.strip() for part in str(channels or "").split(",") if part.strip())
    job = Job(
        channels=names or None,
        metrics=None if metrics is None else tuple(metrics),
        threshold=str(threshold_method),
        slices="each" if bool(per_slice) else None,
        timepoints="each" if bool(per_timepoint) else None,
    )
    check_job(job)
    if table is not None:
        check_table_path(table)

    result = analyse_folder(Path(str(folder)), second, job, progress=lambda done, total, name: progress(done, total))
    failures = [f"failed: {name}: {reason}" for name, reason in result.failures.items()]
    notes = [*result.passed, *result.notes, *failures]
    if result.stopped:
        notes.append(f"stopped by the user before {result.stopped}: the table has the images before it")
    if not result.rows:
        if result.stopped:
            raise Cancelled(f"stopped by the user before {result.stopped}")
        raise ValueError("; ".join(failures) or f"{folder}: no region to measure")
    if table is not None:
        try:
            write_table(result.rows, table)
        except OSError as error:
            notes.append(f"{table} could not be written ({files.reason(error)}): save the table from its window")
    return Result(result.rows, tuple(notes))


def named_path(given: Any) -> Path | None:
    """A path of a dialog; None where the field was left empty."""
    return Path(str(given)) if given is not None and str(given) else None
