"""Bring what scripts and documents of a clone say of the metrics up to date."""

from coloc_bridge import files
from coloc_bridge.measures.documents import texts

for path, text in texts():
    if text != path.read_text("utf-8"):
        files.write_text(path, text)
        print(f"{path.name} brought up to date")
