"""Code in the documents: calls name commands and options that there are, Python names public functions."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import calobench
from calobench.cli import command_group
from calobench.cli._calochallenge import command as calochallenge
from reference_models.variants import VARIANTS

ROOT = Path(__file__).parents[2]
TEXTS = sorted(
    [
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "reference_models/README.md")),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "docs" / "tutorials").glob("*.py"),
    ]
)
_BLOCK = re.compile(
    r"^[# ]*```(?P<language>[^\n]*)\n(?P<code>.*?)^[# ]*```", re.DOTALL | re.MULTILINE
)


def calls(text: str) -> Iterator[list[str]]:
    """Words of each call in the text's blocks of code."""
    for block in _BLOCK.finditer(text):
        for line in block["code"].replace("\\\n", " ").splitlines():
            match = re.match(r"[#$ ]*calobench (.*)", line)
            if match:
                yield shlex.split(match[1], comments=True)


def wrong(words: list[str]) -> list[str]:
    """Words that no command, and no option of this one, has as its name."""
    command: click.Command = command_group()
    context = click.Context(command, resilient_parsing=True)
    rest = list(words)
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        name = rest.pop(0)
        subcommand = command.get_command(context, name)
        if subcommand is None:
            return [name]
        command = subcommand
    if "--protocol" in rest:
        command = calochallenge
    known = {"--help", "-h", "--version"}
    known |= {one for option in command.params for one in (*option.opts, *option.secondary_opts)}
    options = [word.partition("=")[0] for word in rest if re.match(r"--?[a-zA-Z]", word)]
    return [option for option in options if option not in known]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_calls_can_be_made(path: Path) -> None:
    faults = [(words, wrong(words)) for words in calls(path.read_text(encoding="utf-8"))]
    assert [f"calobench {shlex.join(words)}: {bad}" for words, bad in faults if bad] == []


def test_what_is_not_there_is_noticed() -> None:
    text = (
        "```\ncalobench run --model a --no-such 3  # words\ncalobench walk\n"
        "calobench time \\\n    --geant4\n```"
    )
    assert [wrong(words) for words in calls(text)] == [["--no-such"], ["walk"], []]
    assert sum(1 for path in TEXTS for _ in calls(path.read_text(encoding="utf-8"))) > 80


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_python_compiles_and_names_the_public_functions(path: Path) -> None:
    for block in _BLOCK.finditer(path.read_text(encoding="utf-8")):
        if block["language"] == "python":
            compile(block["code"], str(path), "exec")
            named = set(re.findall(r"\bcb\.(\w+)", block["code"]))
            assert sorted(named - set(calobench.__all__)) == []


def test_every_model_that_ships_is_described() -> None:
    page = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    assert [one.name for one in VARIANTS if f"`{one.name}`" not in page] == []
