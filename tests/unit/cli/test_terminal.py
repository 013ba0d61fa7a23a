"""Names from users and files are shown on the terminal as text, without any effect there."""

from __future__ import annotations

from typing import Any

import pytest
from rich.table import Table

from calobench._util.visible import visible
from calobench.cli import main
from calobench.cli._terminal import echo, make_console

HOSTILE = "\x1b[2J\u202e\u200b\x07[red]:smile:\x9b31m"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("10 \u00b1 1 \u00b5m, \u2705", "10 \u00b1 1 \u00b5m, \u2705"),
        ("two\nlines\tand\u00a0spaces\u2009", "two\nlines\tand\u00a0spaces\u2009"),
        ("\x1b[31m", r"\x1b[31m"),
        ("a\u202eb\u2066c\u200bd\ufeff", r"a\u202eb\u2066c\u200bd\ufeff"),
        ("\x00\r\x7f\x9b\u2028", r"\x00\r\x7f\x9b\u2028"),
        ("\udcff", r"\udcff"),
    ],
)
def test_what_acts_is_written_out_and_what_is_seen_is_kept(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_lines_and_tables_show_names_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    console = make_console()
    table = Table(title=HOSTILE)
    table.add_column(HOSTILE)
    table.add_row(HOSTILE)
    console.print(table)
    console.print(HOSTILE, style="yellow", soft_wrap=True)
    echo(HOSTILE)
    written = capsys.readouterr().out
    assert not set(written) & set("\x1b\u202e\u200b\x07\x9b")
    assert written.count("[red]:smile:") == 5


@pytest.mark.parametrize(
    "arguments",
    [
        ["inspect", f"{HOSTILE}.h5"],
        ["detectors", HOSTILE],
        [HOSTILE],
        ["run", f"--{HOSTILE}"],
        ["run", "--model", "full", "--detector", HOSTILE],
        ["gate", HOSTILE, "--baseline", HOSTILE],
        ["convert", HOSTILE, HOSTILE],
        ["inspect", "a\0.h5"],
    ],
)
def test_an_argument_in_an_error_is_text(
    arguments: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    written = capsys.readouterr()
    assert written.out == ""
    assert written.err.startswith("calobench: error: ")
    assert written.err.count("\n") == 1
    assert not set(written.err) & set("\x00\x1b\u202e\u200b\x07\x9b")
