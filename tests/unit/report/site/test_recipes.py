"""The recipes in docs/ci for a history and its site: they parse, and their commands exist."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from calobench.cli import command_group

CI = Path(__file__).parents[4] / "docs" / "ci"
YAML = ("github-pages.yml", "gitlab-pages.yml", "github-submissions.yml")
SHELL = ("file-share.sh", "webhook.sh")


def commands_of(text: str) -> list[list[str]]:
    """Every call of calobench in a script, as words; what the shell would put in stays as it is."""
    commands = []
    for line in text.replace("\\\n", " ").splitlines():
        code = re.sub(r"(^|\s)#.*", "", line)
        match = re.search(r"(?<!name: )calobench ([a-z].*?)(\|\||<|$)", code)
        if match and "xargs" not in code:
            commands.append(shlex.split(match[1]))
    return commands


def checked(words: list[str]) -> str:
    """Name of the command, once click has taken all its arguments."""
    command: click.Command = command_group()
    context = click.Context(command)
    names = []
    while isinstance(command, click.Group):
        names.append(words[0])
        subcommand = command.get_command(context, words[0])
        assert subcommand is not None
        command, words = subcommand, words[1:]
    command.make_context(names[-1], list(words))
    return " ".join(names)


@pytest.mark.parametrize("name", YAML)
def test_workflows_parse_and_their_scripts_are_shell(name: str) -> None:
    text = (CI / name).read_text(encoding="utf-8")
    content: dict[str, Any] = yaml.safe_load(text.replace("\non:", '\n"on":', 1))
    if "jobs" in content:
        steps = [step for job in content["jobs"].values() for step in job["steps"]]
        scripts = [step["run"] for step in steps if "run" in step]
        assert content["permissions"]["contents"] in ("read", "write")
    else:
        job = content["pages"]
        scripts = ["\n".join([*job["before_script"], *job["script"]])]
        assert job["artifacts"]["paths"] == ["public"]
    for script in scripts:
        subprocess.run(["sh", "-n", "-c", script], check=True)


@pytest.mark.parametrize("name", SHELL)
def test_scripts_are_shell_and_can_be_started(name: str) -> None:
    assert os.access(CI / name, os.X_OK)
    subprocess.run(["sh", "-n", str(CI / name)], check=True)


def test_all_commands_exist_with_their_options() -> None:
    texts = [(CI / name).read_text(encoding="utf-8") for name in (*YAML, *SHELL)]
    named = [checked(words) for text in texts for words in commands_of(text)]
    assert set(named) == {"run", "gate", "history add", "site"}
    assert len(named) == 13
    # The files come from standard input there.
    assert "xargs -0 -r calobench verify" in texts[2]
    checked(["verify", "submissions/x.json"])
