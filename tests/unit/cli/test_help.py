"""Help pages are made for reading."""

import pytest

from calobench.cli import main

COMMANDS = (
    "baseline compare convert detectors diphoton fetch gate history inspect models place plots report run "
    "simulate site submit time verify"
)


@pytest.mark.parametrize("command", COMMANDS.split())
def test_examples_keep_their_lines(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        main([command, "--help"])
    assert exit_info.value.code == 0
    page = capsys.readouterr().out
    assert "\\b" not in page
    for line in page.splitlines():
        assert not ("Example" in line and "calobench " in line)
