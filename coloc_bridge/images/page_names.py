"""Names that the pages of a TIFF bear, each a channel: PageName tags, and the descriptions of QPTIFF."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

import numpy as np

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
    return names if all(names) and len(set(names)) == len(names) and not _is_count(names) else ()


def _is_count(names: Sequence[str]) -> bool:
    """Whether names say no more than which page it is, e.g. ``slice 1``, ``slice 2``."""
    numbers = [[int(digits) for digits in re.findall(r"\d+", name)] for name in names]
    stems = {(re.sub(r"\d+", "#", name), len(found)) for name, found in zip(names, numbers, strict=True)}
    return len(stems) == 1 and bool(np.isin(np.diff(np.array(numbers, dtype=object), axis=0), (0, 1)).all())


def _of_tag(page: Any) -> str:
    return str(page.tags.valueof(_PAGE_NAME, "")).strip("\0 ")


def _of_qptiff(page: Any) -> str:
    """The biomarker, or else the fluorophore."""
    try:
        root = ElementTree.fromstring(page.description)
    except ElementTree.ParseError:
        return ""
    return next((text for tag in ("Biomarker", "Name") if (text := (root.findtext(tag) or "").strip())), "")
