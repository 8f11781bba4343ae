"""Files in, rows out: one image, or a folder of them."""

from coloc_bridge.batch.conventions import check_job
from coloc_bridge.batch.file import FileResult, analyse_file
from coloc_bridge.batch.folder import FolderResult, analyse_folder
from coloc_bridge.batch.job import Job
from coloc_bridge.batch.table import check_table_path, write_table

__all__ = (
    "FileResult",
    "FolderResult",
    "Job",
    "analyse_file",
    "analyse_folder",
    "check_job",
    "check_table_path",
    "write_table",
)
