"""Where the Fiji comes from, what is in it, and what is said when something is not."""

import zipfile
from pathlib import Path

import pytest

from coloc_bridge.engines import registry
from coloc_bridge.engines.java import installation
from coloc_bridge.engines.java.installation import FIJI_COORDINATE, FIJI_VARIABLE, choose_fiji, plugin_jar
from coloc_bridge.errors import EngineNotAvailable

COLOC2, JACOP, BIOP = (registry.engine(name).plugin for name in ("coloc2", "jacop", "biop"))


def jar(path: Path, *entries: str, manifest: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for entry in entries:
            archive.writestr(entry, b"")
        if manifest:
            archive.writestr("META-INF/MANIFEST.MF", manifest)
    return path


def fiji(folder: Path) -> Path:
    """A folder with the least that makes it a Fiji."""
    jar(folder / "jars" / "ij-1.54p.jar", "ij/IJ.class")
    (folder / "plugins").mkdir()
    return folder.resolve()


def test_the_first_that_is_named_wins(clean: pytest.MonkeyPatch, tmp_path: Path) -> None:
    by = {name: fiji(tmp_path / name / "Fiji.app") for name in ("argument", "environment", "settings")}
    assert (choose_fiji().origin, choose_fiji().coordinate) == ("default", FIJI_COORDINATE)
    (tmp_path / "settings.toml").write_text(f"fiji = {str(by['settings'])!r}\n")
    assert choose_fiji().folder == by["settings"]
    clean.setenv(FIJI_VARIABLE, str(by["environment"]))
    assert choose_fiji().folder == by["environment"]
    assert choose_fiji(by["argument"]).folder == by["argument"]


@pytest.mark.parametrize(
    "named",
    [
        "Fiji.app",  # the folder itself
        ".",  # the one around it
        "Fiji.app/ImageJ-linux64",  # the launchers
        "Fiji.app/fiji-linux-x64",
        "Fiji.app/Contents/MacOS/ImageJ-macosx",
        "Fiji.app/Contents",  # the bundle of macOS
    ],
)
def test_whatever_of_an_old_fiji_is_named(clean: pytest.MonkeyPatch, tmp_path: Path, named: str) -> None:
    folder = fiji(tmp_path / "Fiji.app")
    (folder / "Contents" / "MacOS").mkdir(parents=True)
    for launcher in ("ImageJ-linux64", "fiji-linux-x64", "Contents/MacOS/ImageJ-macosx"):
        (folder / launcher).touch()
    assert choose_fiji(tmp_path / named).folder == folder


@pytest.mark.parametrize("named", ["Fiji", ".", "Fiji/Fiji.app", "Fiji/Fiji.app/Contents/MacOS/fiji-macos"])
def test_whatever_of_a_new_fiji_is_named(clean: pytest.MonkeyPatch, tmp_path: Path, named: str) -> None:
    folder = fiji(tmp_path / "Fiji")
    (folder / "Fiji.app" / "Contents" / "MacOS").mkdir(parents=True)
    (folder / "Fiji.app" / "Contents" / "MacOS" / "fiji-macos").touch()
    assert choose_fiji(tmp_path / named).folder == folder


@pytest.mark.parametrize("text", ["sc.fiji:fiji", "sc.fiji:fiji:2.17.0", "net.imagej:imagej:2.15.0"])
def test_a_coordinate(clean: pytest.MonkeyPatch, text: str) -> None:
    assert choose_fiji(text).coordinate == text


@pytest.mark.parametrize(
    ("named", "said"),
    [
        (".", "is no Fiji: it has no jars/ij-"),
        ("nowhere", "does not exist, and is no Maven coordinate"),
        ("settings.toml", "is no Fiji"),
    ],
)
def test_no_fiji(clean: pytest.MonkeyPatch, tmp_path: Path, named: str, said: str) -> None:
    (tmp_path / "settings.toml").touch()
    with pytest.raises(EngineNotAvailable, match=said) as error:
        choose_fiji(tmp_path / named)
    assert "name the folder that holds jars and plugins" in error.value.remedy


def test_settings_that_are_no_toml(clean: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("fiji: /opt/Fiji.app\n")
    with pytest.raises(EngineNotAvailable, match=r"settings\.toml is not valid TOML"):
        choose_fiji()


def test_offline_without_a_fiji(clean: pytest.MonkeyPatch, tmp_path: Path) -> None:
    problem = installation.offline_problem(choose_fiji())
    assert problem is not None
    assert "no Fiji was named" in str(problem)
    assert FIJI_VARIABLE in problem.remedy
    (tmp_path / "mark").touch()  # it was downloaded before
    assert installation.offline_problem(choose_fiji()) is None


@pytest.mark.parametrize(
    ("plugin", "name", "entry"),
    [
        (COLOC2, "plugins/Colocalisation_Analysis-3.0.5.jar", "sc/fiji/coloc/Coloc_2.class"),
        (JACOP, "plugins/JACoP_.jar", "_JACoP/ImageColocalizer.class"),
        (JACOP, "plugins/Analyze/renamed.jar", "_JACoP/ImageColocalizer.class"),
        (BIOP, "plugins/BIOP/ijp-jacop-b-1.2.0.jar", "ch/epfl/biop/coloc/utils/ImageColocalizer.class"),
    ],
)
def test_a_plugin_is_found_by_its_class(clean: pytest.MonkeyPatch, tmp_path: Path, plugin, name, entry) -> None:
    folder = fiji(tmp_path / "Fiji.app")
    path = jar(folder / name, entry)
    assert plugin_jar(plugin, choose_fiji(folder)) == path


@pytest.mark.parametrize("plugin", [COLOC2, JACOP, BIOP])
def test_a_missing_plugin(clean: pytest.MonkeyPatch, tmp_path: Path, plugin) -> None:
    folder = fiji(tmp_path / "Fiji.app")
    with pytest.raises(EngineNotAvailable) as error:
        plugin_jar(plugin, choose_fiji(folder))
    assert f"{plugin.title} is not in {folder}" in error.value.problem
    assert "Help > Update" in error.value.remedy or "https://" in error.value.remedy


def test_a_damaged_jar(clean: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = fiji(tmp_path / "Fiji.app")
    (folder / "plugins" / "JACoP_.jar").write_bytes(b"PK\x03\x04 half a download")
    with pytest.raises(EngineNotAvailable, match=r"JACoP_\.jar is damaged"):
        plugin_jar(JACOP, choose_fiji(folder))
    # a damaged jar of somebody else is not our business
    jar(folder / "plugins" / "Colocalisation_Analysis-3.0.5.jar", "sc/fiji/coloc/Coloc_2.class")
    assert plugin_jar(COLOC2, choose_fiji(folder)) is not None


def test_a_jar_named_in_the_settings(clean: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = fiji(tmp_path / "Fiji.app")
    path = jar(tmp_path / "elsewhere.jar", "_JACoP/ImageColocalizer.class")
    (tmp_path / "settings.toml").write_text(f"[plugins]\njacop = {str(path)!r}\n")
    assert plugin_jar(JACOP, choose_fiji(folder)) == path
    assert installation.named_jars() == [str(path)]
    path.unlink()
    with pytest.raises(EngineNotAvailable, match=r"elsewhere\.jar, named for jacop in \S+, is missing"):
        plugin_jar(JACOP, choose_fiji(folder))


def test_only_coloc2_is_part_of_the_coordinate(clean: pytest.MonkeyPatch) -> None:
    assert plugin_jar(COLOC2, choose_fiji()) is None
    with pytest.raises(EngineNotAvailable, match=r"JACoP is not part of sc\.fiji:fiji"):
        plugin_jar(JACOP, choose_fiji())


@pytest.mark.parametrize(
    ("name", "manifest", "expected"),
    [
        ("a-1.2.3.jar", "", ("1.2.3", "")),
        ("a-3.1.1-SNAPSHOT.jar", "", ("3.1.1-SNAPSHOT", "")),
        ("JACoP_.jar", "", ("", "")),
        ("a.jar", "Implementation-Version: 2.0\r\nImplementation-Build: 82af2de\r\n", ("2.0", "82af2de")),
    ],
)
def test_versions_of_jars(tmp_path: Path, name: str, manifest: str, expected: tuple[str, str]) -> None:
    assert installation.jar_version(jar(tmp_path / name, manifest=manifest)) == expected
