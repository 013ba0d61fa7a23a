"""The recipes in docs/ci for a history and its site: they parse, and their commands exist."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from quality_factory import make_run

from calobench.cli import command_group
from calobench.gate.documents import make_baseline, write_baseline
from calobench.history.store import HistoryStore
from calobench.report import render
from calobench.results.store import write_results

ROOT = Path(__file__).parents[4]
CI = ROOT / "docs" / "ci"
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


_PROGRAM = """#!/bin/sh
# A run takes long: here one is there already. All else is calobench itself.
if [ "$1" = run ]; then
  while [ "$1" != --out ]; do shift; done
  mkdir -p "$2" && exec cp results.json report.html "$2"
fi
exec "{python}" -m calobench "$@"
"""
_CURL = """#!/bin/sh
while [ "$1" != --data-binary ]; do shift; done
cp "${2#@}" posted.json && echo "$3" > address
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a run, its baseline, and programs that a recipe calls."""
    results = make_run(seed=3)[0]
    write_results(tmp_path / "results.json", results)
    (tmp_path / "report.html").write_text(render(results))
    write_baseline(tmp_path / "baseline.json", make_baseline(make_run(seed=1)[0]))
    (tmp_path / "bin").mkdir()
    for name, text in (("calobench", _PROGRAM.format(python=sys.executable)), ("curl", _CURL)):
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    return tmp_path


def started(place: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    author = {
        f"GIT_{who}_{what}": "a@b.c"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    environment = {
        **os.environ,
        **author,
        **variables,
        "PATH": f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(place),
    }
    return subprocess.run(
        words, cwd=place, env=environment, capture_output=True, text=True, check=False
    )


def test_the_file_share_gets_a_history_and_a_site(place: Path) -> None:
    script = str(CI / "file-share.sh")
    done = started(place, "sh", script, "share", "distilled", "ALLEGRO", "baseline.json")
    assert done.returncode == 0, done.stderr
    (record,) = HistoryStore(place / "share" / "history").read().records
    assert record.gate is not None
    assert "distilled" in (place / "share" / "public" / "index.html").read_text()


def test_the_job_of_gitlab_keeps_the_history_in_its_branch(place: Path) -> None:
    for words in (
        ("init", "-q", "--bare", "-b", "history", "project.git"),
        ("clone", "-q", "project.git", "store"),
        ("-C", "store", "commit", "-q", "--allow-empty", "-m", "empty"),
        ("-C", "store", "push", "-q", "origin", "HEAD:history"),
        ("-C", "store", "branch", "-q", "--set-upstream-to", "origin/history"),
    ):
        done = started(place, "git", *words)
        assert done.returncode == 0, (words, done.stderr)
    job = yaml.safe_load((CI / "gitlab-pages.yml").read_text(encoding="utf-8"))["pages"]
    variables = {
        **job["variables"],
        "BASELINE": "baseline.json",
        "CI_PAGES_URL": "https://x.example",
    }
    done = started(place, "sh", "-e", "-c", "\n".join(job["script"]), **variables)
    assert done.returncode == 0, done.stderr
    assert (place / "public" / "index.html").exists()
    files = started(place, "git", "-C", "project.git", "ls-tree", "-r", "--name-only", "history")
    assert re.search(r"history/records/[0-9a-f]+\.jsonl", files.stdout)


def test_the_channel_gets_json_and_the_exit_code_stays(place: Path) -> None:
    script = str(CI / "webhook.sh")
    address = {"WEBHOOK": "https://chat.example/hooks/1"}
    done = started(place, "sh", script, "results.json", "baseline.json", **address)
    assert done.returncode == 0, done.stderr
    message = json.loads((place / "posted.json").read_text())
    assert "PASS" in message["text"]
    assert (place / "address").read_text().strip() == address["WEBHOOK"]
    (place / "posted.json").unlink()
    assert started(place, "sh", script, "no.json", "baseline.json", **address).returncode == 2
    assert not (place / "posted.json").exists()
