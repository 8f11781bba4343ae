"""Fixtures every test may use."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from coloc_bridge import shipped

SHARED = Path(__file__).resolve().parents[2] / "shared"


# The same examples in every run: what a search finds becomes a case of its own. HYPOTHESIS_PROFILE=search looks on.
settings.register_profile("fixed", derandomize=True, deadline=None, database=None)
settings.register_profile("search", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))


@pytest.fixture
def call(monkeypatch, capsys):
    """Run the command line in this process; return its exit status, output and remarks."""
    from coloc_bridge.cli.app import main

    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["coloc-bridge", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return ended.value.code or 0, captured.out, captured.err

    return run


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
