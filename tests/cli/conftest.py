"""The command line, called as a user calls it."""

import pytest

from coloc_bridge.cli.app import main


@pytest.fixture
def call(monkeypatch, capsys):
    """Run the command line in this process; return its exit status, output and remarks."""

    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["coloc-bridge", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return ended.value.code or 0, captured.out, captured.err

    return run
