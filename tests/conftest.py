"""Fixtures every test may use."""

from pathlib import Path

import pytest

from coloc_bridge import shipped

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def validation() -> Path:
    """The shipped validation set."""
    return shipped.validation_folder()


@pytest.fixture(scope="session")
def coloc2_images() -> Path:
    """Coloc 2's own test pictures with recorded runs, which are not ours to ship."""
    folder = SHARED / "coloc2-images"
    if not folder.is_dir():
        pytest.skip("Coloc 2's own test images are not shipped, and shared/coloc2-images is missing here")
    return folder


collect_ignore = ["core/toy"]  # registers a metric, so it is run in a process of its own
