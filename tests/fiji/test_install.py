"""``coloc-bridge install-scripts`` on made-up Fiji folders of both layouts, with spaces and accents in the path."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from coloc_bridge import shipped
from coloc_bridge.cli.app import app

SHIPPED = {
    path.name: path.read_bytes()
    for path in (shipped.macros_folder() / "Coloc_Bridge").iterdir()
    if path.suffix in (".groovy", ".ijm", ".txt")
}


@pytest.fixture(params=["Fiji.app", "Fiji"])
def fiji(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder that looks like a Fiji: ``Fiji.app`` of old, or the newer ``Fiji`` with its config folder."""
    folder = tmp_path / "Mes données à moi" / request.param
    for part in ("jars", "plugins", "scripts/Plugins", *(["config/jaunch"] if request.param == "Fiji" else [])):
        (folder / part).mkdir(parents=True)
    (folder / "jars" / "ij-1.54p.jar").write_bytes(b"")
    return folder


def call(*arguments: object, status: int = 0) -> str:
    result = CliRunner().invoke(app, ["install-scripts", *map(str, arguments)])
    assert result.exit_code == status, result.output
    return result.output


def menu(fiji: Path) -> Path:
    return fiji / "scripts" / "Plugins" / "Coloc_Bridge"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.is_dir() else {}


def test_all_scripts_are_copied_and_the_python_is_noted(fiji: Path) -> None:
    output = call(fiji)
    files = contents(menu(fiji))
    assert {name: data for name, data in files.items() if name in SHIPPED} == SHIPPED
    assert set(files) == {*SHIPPED, "python.txt", "installed.json"}
    assert files["python.txt"].decode() == f"{sys.executable}\n"
    assert "copied     Measure_Colocalization.groovy" in output
    assert "Restart Fiji: they are in Plugins > Coloc Bridge." in output


@pytest.mark.parametrize("named", ["", "..", "plugins/.."])
def test_the_folder_around_the_fiji_will_do(fiji: Path, named: str) -> None:
    call(fiji / named)
    assert set(SHIPPED) <= set(contents(menu(fiji)))


def test_a_python_of_its_own(fiji: Path, tmp_path: Path) -> None:
    program = tmp_path / "é b" / "python"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    program.chmod(0o755)
    assert f"The commands use {program}" in call(fiji, "--python", program)
    assert contents(menu(fiji))["python.txt"].decode() == f"{program}\n"


def test_a_python_without_the_package(fiji: Path, tmp_path: Path) -> None:
    program = tmp_path / "python"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S "$@"\n')
    program.chmod(0o755)
    result = CliRunner().invoke(app, ["install-scripts", str(fiji), "--python", str(program)])
    assert "has no coloc_bridge, which all scripts need" in str(result.exception)
    assert not menu(fiji).exists()


def test_a_dry_run_writes_nothing_and_says_what_would_be(fiji: Path) -> None:
    output = call(fiji, "--dry-run")
    assert not menu(fiji).exists()
    assert output.count("copied") == len(SHIPPED) + 1
    assert "dry run" in output


def test_installing_again_changes_nothing(fiji: Path) -> None:
    call(fiji)
    before = contents(menu(fiji))
    assert call(fiji).count("unchanged") == len(SHIPPED) + 1
    assert contents(menu(fiji)) == before


def test_an_older_version_is_updated_and_a_script_no_longer_shipped_is_removed(fiji: Path) -> None:
    import hashlib

    call(fiji)
    old = {"Measure_Colocalization.groovy": b"# older\n", "Gone.py": b"# was shipped once\n"}
    manifest = json.loads((menu(fiji) / "installed.json").read_text())
    for name, data in old.items():
        (menu(fiji) / name).write_bytes(data)
        manifest["files"][name] = hashlib.sha256(data).hexdigest()
    (menu(fiji) / "installed.json").write_text(json.dumps(manifest))
    output = call(fiji)
    assert "updated    Measure_Colocalization.groovy" in output
    assert "removed    Gone.py" in output
    assert contents(menu(fiji))["Measure_Colocalization.groovy"] == SHIPPED["Measure_Colocalization.groovy"]
    assert not (menu(fiji) / "Gone.py").exists()


def test_a_changed_file_is_kept_and_reported(fiji: Path) -> None:
    call(fiji)
    changed = menu(fiji) / "Li_ICA.groovy"
    changed.write_text("mine now")
    for arguments in ((), ("--uninstall",)):
        output = call(fiji, *arguments, status=1)
        assert "kept       Li_ICA.groovy: it was changed after it was installed" in output
        assert changed.read_text() == "mine now"
    assert set(contents(menu(fiji))) == {"Li_ICA.groovy", "installed.json"}


def test_a_file_of_somebody_else_is_kept_and_reported(fiji: Path) -> None:
    menu(fiji).mkdir()
    (menu(fiji) / "Measure_Colocalization.groovy").write_text("not yours")
    (menu(fiji) / "Other.py").write_text("not yours either")
    assert "kept       Measure_Colocalization.groovy: it was not written by coloc-bridge" in call(fiji, status=1)
    call(fiji, "--uninstall")
    assert {name: data.decode() for name, data in contents(menu(fiji)).items()} == {
        "Measure_Colocalization.groovy": "not yours",
        "Other.py": "not yours either",
    }


def test_uninstalling_leaves_no_trace(fiji: Path) -> None:
    call(fiji)
    assert call(fiji, "--uninstall", "--dry-run").count("removed") == len(SHIPPED) + 1
    assert set(SHIPPED) <= set(contents(menu(fiji)))
    call(fiji, "--uninstall")
    assert not menu(fiji).exists()
    assert "nothing is installed" in call(fiji, "--uninstall")


def test_list(fiji: Path) -> None:
    assert call(fiji, "--list").count("missing") == len(SHIPPED) + 1
    assert not menu(fiji).exists()
    call(fiji)
    (menu(fiji) / "Li_ICA.groovy").unlink()
    (menu(fiji) / "Measure_Colocalization.groovy").write_text("x")
    output = call(fiji, "--list", status=1)
    assert "missing    Li_ICA.groovy" in output
    assert "kept       Measure_Colocalization.groovy" in output


def test_an_interrupted_installation_is_finished_by_the_next_one(fiji: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from coloc_bridge import files
    from coloc_bridge.fiji import installer

    write, done = files.write_bytes, []

    def failing(path: Path, data: bytes) -> None:
        if len(done) == 4:
            raise KeyboardInterrupt
        done.append(path)
        write(path, data)

    monkeypatch.setattr(files, "write_bytes", failing)
    with pytest.raises(KeyboardInterrupt):
        installer.install(fiji, Path(sys.executable))
    monkeypatch.undo()
    assert "kept" not in call(fiji)
    assert set(contents(menu(fiji))) == {*SHIPPED, "python.txt", "installed.json"}


@pytest.mark.parametrize(
    ("prepare", "arguments", "message"),
    [
        ("", ("nowhere",), "nowhere (argument)"),
        ("empty", ("empty",), "is no Fiji"),
        ("", ("--list",), "no Fiji folder was named"),
    ],
)
def test_wrong_calls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prepare: str, arguments: tuple[str, ...], message: str
) -> None:
    monkeypatch.delenv("COLOC_BRIDGE_FIJI", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    if prepare:
        (tmp_path / prepare).mkdir()
    result = CliRunner().invoke(app, ["install-scripts", *arguments])
    assert message in str(result.exception)


@pytest.mark.parametrize("program", ["missing", "broken"])
def test_a_python_that_does_not_run(fiji: Path, tmp_path: Path, program: str) -> None:
    path = tmp_path / program
    if program == "broken":
        path.write_text("#!/bin/sh\necho no modules >&2\nexit 3\n")
        path.chmod(0o755)
    result = CliRunner().invoke(app, ["install-scripts", str(fiji), "--python", str(path)])
    assert "does not run as a Python" in str(result.exception)
    assert not menu(fiji).exists()


ENVIRONMENT = """# Use this file to configure Fiji's primary Python environment.
name: fiji
dependencies:
  - python = 3.12
  - pip
  - pip:
    # PyImageJ is used for in-process Java<->Python integration.
    - pyimagej>=1.7.0
    - appose
"""


@pytest.fixture
def own(fiji: Path) -> Path:
    path = fiji / "config" / "environment.yml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(ENVIRONMENT, encoding="utf-8")
    return path


def test_fijis_own_environment_lists_the_package_once_and_is_given_back(fiji: Path, own: Path) -> None:
    assert "updated    config/environment.yml" in call(fiji, "--environment", "0.1.0")
    line = '    - "coloc-bridge[fiji]==0.1.0"  # by coloc-bridge install-scripts\n'
    assert own.read_text("utf-8") == ENVIRONMENT.replace("  - pip:\n", "  - pip:\n" + line)
    assert "unchanged  config/environment.yml" in call(fiji, "--environment", "0.1.0")
    call(fiji, "--environment", "0.2.0")
    assert own.read_text("utf-8").count("coloc-bridge[fiji]") == 1
    call(fiji, "--uninstall")
    assert own.read_text("utf-8") == ENVIRONMENT


def test_a_line_of_the_user_is_left_alone(fiji: Path, own: Path) -> None:
    mine = ENVIRONMENT + "    - coloc-bridge\n"
    own.write_text(mine, encoding="utf-8")
    call(fiji, "--environment", "0.1.0")
    call(fiji, "--uninstall")
    assert own.read_text("utf-8") == mine


def test_a_dry_run_leaves_the_environment_alone(fiji: Path, own: Path) -> None:
    assert "updated    config/environment.yml" in call(fiji, "--environment", "0.1.0", "--dry-run")
    assert own.read_text("utf-8") == ENVIRONMENT


@pytest.mark.parametrize("source", ["0.1.0", "clone"])
def test_what_appose_builds_from_is_noted(fiji: Path, tmp_path: Path, source: str) -> None:
    noted = "coloc-bridge[fiji]==0.1.0"
    if source == "clone":
        (tmp_path / "clone").mkdir()
        (tmp_path / "clone" / "pyproject.toml").write_text("")
        source = str(tmp_path / "clone")
        noted = f"coloc-bridge[fiji] @ {(tmp_path / 'clone').as_uri()}"
    assert f"The first fetches Python and {noted}" in call(fiji, "--build", source)
    assert contents(menu(fiji))["python.txt"].decode() == f"build {noted}\n"


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--build", "nowhere", "nowhere: a version, such as 0.1.0, or the folder of a clone is needed"),
        ("--environment", "0.1.0", "environment.yml does not exist"),
    ],
)
def test_wrong_sources(fiji: Path, option: str, value: str, message: str) -> None:
    result = CliRunner().invoke(app, ["install-scripts", str(fiji), option, value])
    assert message in str(result.exception)
    assert not menu(fiji).exists()


def test_on_macos_the_packages_for_dialogs_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    from coloc_bridge.fiji import installer

    before = installer.check_environment(Path(sys.executable))
    monkeypatch.setattr(sys, "platform", "darwin")
    more = [sentence for sentence in installer.check_environment(Path(sys.executable)) if sentence not in before]
    lacking = [name for name in ("qtpy", "PyQt6") if importlib.util.find_spec(name) is None]
    assert [sentence.split()[0] for sentence in more] == lacking
    assert all("which dialogs in Fiji's Python mode on macOS need" in sentence for sentence in more)


def test_a_plain_imagej_gets_the_macro_where_its_menu_finds_it(tmp_path: Path) -> None:
    plain = tmp_path / "ImageJ"
    (plain / "plugins").mkdir(parents=True)
    (plain / "ij.jar").write_bytes(b"")
    output = call(plain)
    assert set(contents(plain / "plugins" / "Coloc_Bridge")) == {
        "Colocalization_Macro.ijm",
        "python.txt",
        "installed.json",
    }
    assert "Restart ImageJ: it is Plugins > Coloc Bridge > Colocalization Macro." in output
    call(plain, "--uninstall")
    assert not (plain / "plugins" / "Coloc_Bridge").exists()
    refused = CliRunner().invoke(app, ["install-scripts", str(plain), "--build", "0.1.0"])
    assert "is a plain ImageJ, which has no Appose to build with" in str(refused.exception)


def test_a_damaged_manifest_is_named(fiji: Path) -> None:
    call(fiji)
    (menu(fiji) / "installed.json").write_text("{")
    result = CliRunner().invoke(app, ["install-scripts", str(fiji)])
    assert "installed.json is damaged" in str(result.exception)
