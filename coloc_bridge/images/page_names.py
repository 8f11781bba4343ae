"""Names that the pages of a TIFF bear, each a channel: PageName tags, and the descriptions of QPTIFF."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

from coloc_bridge.images.damage import whole_pages

_PAGE_NAME = 285
_QPTIFF = "qpi"
_PLAIN = {"generic", "uniform", "shaped", _QPTIFF}
"""Kinds of files that have no place of their own for the names of channels."""


def of(series: Any) -> Sequence[str]:
    """A name for every page of an image; empty where there are none, or not for all."""
    if series.kind not in _PLAIN or len(series.pages) < 2:
        return ()
    name = _of_qptiff if series.kind == _QPTIFF else _of_tag
    names = [name(page) for page in whole_pages([page for page in series.pages if page is not None])]
    return names if all(names) and len(set(names)) == len(names) else ()


def _of_tag(page: Any) -> str:
    return str(page.tags.valueof(_PAGE_NAME, "")).strip("\0 ")


def _of_qptiff(page: Any) -> str:
    """The biomarker, or else the fluorophore."""
    try:
        root = ElementTree.fromstring(page.description)
    except ElementTree.ParseError:
        return ""
    return next((text for tag in ("Biomarker", "Name") if (text := (root.findtext(tag) or "").strip())), "")
