"""Exit codes of the command line: errors of the user, of the system and of calobench."""

from __future__ import annotations

from typing import Any

import click
import pytest

from calobench import cli
from calobench.cli import main


def code(*arguments: str) -> object:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    return stop.value.code


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Any:
    def fail_with(error: BaseException) -> None:
        def body() -> None:
            raise error

        group = click.Group("calobench", commands=[click.Command("fail", callback=body)])
        monkeypatch.setattr(cli, "_group", group)

    return fail_with


def test_a_name_that_is_too_long_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert code("report", "a" * 300) == 2
    assert code("gate", "a" * 300, "--baseline", "b" * 300) == 2
    assert capsys.readouterr().err.count("\n") == 2


def test_a_name_that_is_no_text_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert code("inspect", "\udcff.h5") == 2
    assert capsys.readouterr().err == (
        "calobench: error: '\\udcff.h5' is not UTF-8; rename the file\n"
    )


def test_too_little_memory_is_one_line(failing: Any, capsys: pytest.CaptureFixture[str]) -> None:
    failing(MemoryError("Unable to allocate 7 TiB"))
    assert code("fail") == 2
    assert "ask for less" in capsys.readouterr().err


def test_an_error_of_our_own_is_no_verdict(
    failing: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    failing(IndexError("that should not be"))
    assert code("fail") == 70
    assert "IndexError: that should not be" in capsys.readouterr().err


def test_an_interrupt_is_told(failing: Any, capsys: pytest.CaptureFixture[str]) -> None:
    failing(KeyboardInterrupt())
    assert code("fail") == 130
    assert capsys.readouterr().err.strip() == "calobench: error: interrupted"
