"""Commands that other packages register under ``calobench.commands``."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import click
import pytest

from calobench import cli
from calobench.cli import COMMAND_GROUP, main


@click.command()
@click.option("--times", type=int, default=1)
def echoes(times: int) -> None:
    """Say it again."""
    click.echo("again " * times)


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {
        "echoes": f"{__name__}:echoes",
        "broken": "no_such_package.anywhere:command",
        "number": "math:pi",
        "run": f"{__name__}:echoes",
    }
    entries = [EntryPoint(name, value, COMMAND_GROUP) for name, value in names.items()]
    monkeypatch.setattr(cli, "entry_points", lambda group: entries)


def ended(*words: str) -> int:
    with pytest.raises(SystemExit) as stop:
        main(words)
    return stop.value.code if isinstance(stop.value.code, int) else -1


@pytest.mark.usefixtures("registered")
def test_a_command_of_another_package_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended("echoes", "--times", "2") == 0
    assert capsys.readouterr().out.split() == ["again", "again"]
    assert ended("echoes", "--times", "many") == 2


@pytest.mark.usefixtures("registered")
@pytest.mark.filterwarnings("always::calobench.errors.PluginWarning")
def test_a_broken_one_is_told_and_the_others_work(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended("--help") == 0
    shown = capsys.readouterr()
    assert "Say it again." in shown.out
    assert "simulate" in shown.out
    assert "the command 'broken' (no_such_package.anywhere:command) cannot be" in shown.err
    assert "the command 'number' (math:pi) is a float" in shown.err
    assert ended("broken") == 2


@pytest.mark.usefixtures("registered")
def test_own_ones_are_not_replaced(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended("run", "--help") == 0
    assert "Say it again." not in capsys.readouterr().out
