"""Rules of the code's structure that the import contracts cannot say."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import coloc_bridge
from coloc_bridge.engines import registry

PACKAGE = Path(coloc_bridge.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
# They know engines by their specs alone.
NEUTRAL = ("compare", "report", "cli", "batch", "fiji")


def short(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def defined(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name


@pytest.mark.parametrize("path", MODULES, ids=short)
def test_a_file_fits_a_few_screens(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", MODULES, ids=short)
def test_no_function_shares_its_name_with_its_module_or_package(path: Path) -> None:
    own = {path.stem} if path.stem != "__init__" else {path.parent.name}
    if path.parts[-2] == "cli":  # a command and its module are one thing
        return
    assert not own & set(defined(ast.parse(path.read_text("utf-8"))))


@pytest.mark.parametrize("path", [p for name in NEUTRAL for p in sorted((PACKAGE / name).rglob("*.py"))], ids=short)
def test_no_engine_is_named_where_all_are_alike(path: Path) -> None:
    texts = [node.value for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Constant)]
    assert not set(registry.BUILT_IN) & {text for text in texts if isinstance(text, str)}


@pytest.mark.parametrize("path", MODULES, ids=short)
def test_loops_stand_in_modules_that_cache_them(path: Path) -> None:
    """A loop compiled anew in every process costs seconds, and a closure cannot be cached."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef):
            for decorator in node.decorator_list:
                text = ast.unparse(decorator)
                assert not text.startswith("njit") or "cache=True" in text, f"{path}: {node.name}"


@pytest.mark.parametrize("path", MODULES, ids=short)
def test_loops_are_compiled_where_no_cache_folder_is_needed(path: Path) -> None:
    """numba's own decorator ends the import where it can write nowhere."""
    imported = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.ImportFrom)]
    taken = {name.name for node in imported if node.module == "numba" for name in node.names}
    assert not taken & {"njit", "jit", "vectorize", "guvectorize", "stencil"}


OF_NUMBERS = {"ceil", "floor", "isfinite", "isnan", "log", "sqrt"}


@pytest.mark.parametrize("path", MODULES, ids=short)
def test_loops_call_no_function_of_numpy_on_arrays(path: Path) -> None:
    """numba compiles a dozen functions for one of those, which takes up to a second; new arrays come from `room`."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef) and any("njit" in ast.unparse(one) for one in node.decorator_list):
            called = {ast.unparse(call.func) for call in ast.walk(node) if isinstance(call, ast.Call)}
            names = {name.removeprefix("np.") for name in called if name.startswith("np.")}
            assert not {name for name in names - OF_NUMBERS if not isinstance(getattr(np, name), type)}, node.name


ROOT = PACKAGE.parent


@pytest.mark.parametrize("document", ["coloc_bridge/ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_what_documents_name_is_there(document: str) -> None:
    if not (ROOT / document).is_file():
        pytest.skip(f"{document} is part of a clone, not of an installed package")
    text = (ROOT / document).read_text("utf-8")
    named = re.findall(r"`([\w./-]+)`", text)
    paths = [name for name in named if "/" in name or name.endswith((".py", ".toml"))]
    assert len(paths) > 8
    assert not [name for name in paths if not ((ROOT / name).exists() or (PACKAGE / name).exists())]


def test_words_of_the_glossary_are_classes() -> None:
    glossary = (PACKAGE / "ARCHITECTURE.md").read_text("utf-8")
    classes = {name for path in MODULES for name in defined(ast.parse(path.read_text("utf-8")))}
    for name in (
        "Regions",
        "NamedRegions",
        "Plan",
        "ImageJPair",
        "IntPair",
        "ChannelSums",
        "ExactTally",
        "EngineSpec",
    ):
        assert f"`{name}" in glossary
        assert name in classes | {"Plan"}
    # One meaning for a word.
    for name in ("Regions", "Pair", "Channel"):
        homes = [path for path in MODULES if name in set(defined(ast.parse(path.read_text("utf-8"))))]
        assert len(homes) == 1, homes
