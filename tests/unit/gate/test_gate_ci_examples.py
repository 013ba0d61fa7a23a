"""The examples of docs/ci: valid, with commands that exist, and with the gate's exit code kept."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from quality_factory import make_run

from calobench.cli.gate import command as gate_command
from calobench.cli.run import command as run_command
from calobench.gate.documents import make_baseline, read_baseline, write_baseline
from calobench.gate.output.markdown import MARKER
from calobench.results.store import write_results

ROOT = Path(__file__).parents[3]
CI = ROOT / "docs" / "ci"


@pytest.fixture(scope="module")
def github() -> Any:
    text = (CI / "github-actions.yml").read_text()
    # YAML 1.1 reads the key 'on' as true.
    return yaml.safe_load(text.replace("\non:", '\n"on":', 1))


@pytest.fixture(scope="module")
def gitlab() -> Any:
    return yaml.safe_load((CI / "gitlab-ci.yml").read_text())["calobench"]


def steps(github: Any) -> Any:
    return {step.get("name", step.get("uses")): step for step in github["jobs"]["gate"]["steps"]}


def parsed(line: Any, variables: Any) -> Any:
    """The command's parameters, after the shell has put in the variables."""
    for name, value in variables.items():
        line = line.replace(f"${name}", value)
    program, name, *arguments = shlex.split(line)
    assert program == "calobench"
    command: click.Command = {"run": run_command, "gate": gate_command}[name]
    return command.make_context(name, arguments).params


def test_the_repository_uses_the_example_as_it_is() -> None:
    own = ROOT / ".github" / "workflows" / "calobench.yml"
    assert own.read_text() == (CI / "github-actions.yml").read_text()


def test_both_examples_give_the_commands_that_there_are(github: Any, gitlab: Any) -> None:
    on_github, on_gitlab = steps(github), gitlab["script"]
    gate = on_github["Gate"]["run"].replace("\\\n", " ").splitlines()[1].split("||")[0]
    for run, judge, variables in (
        (on_github["Run"]["run"], gate, github["env"]),
        (on_gitlab[0], on_gitlab[1], gitlab["variables"]),
    ):
        arguments = parsed(run, variables)
        assert arguments["model"] == "distilled"
        assert arguments["n"] >= 500
        arguments |= parsed(judge, variables)
        assert arguments["results"] == arguments["out"] / "results.json"
        assert {str(arguments[kind].parent) for kind in ("junit", "markdown", "json_file")} == {
            str(arguments["out"])
        }
        baseline = read_baseline(ROOT / arguments["baseline"])
        assert baseline.model.name == "distilled"
        assert baseline.run.n >= 500


def test_comment_is_found_again_by_the_marker_of_the_gate(github: Any) -> None:
    assert f'startswith("{MARKER}")' in steps(github)["Comment"]["run"]


def test_no_verdict_only_warns_on_gitlab(gitlab: Any) -> None:
    assert gitlab["allow_failure"] == {"exit_codes": [3]}
    assert gitlab["artifacts"]["when"] == "always"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    place = tmp_path_factory.mktemp("ci")
    (place / "bin").mkdir()
    program = place / "bin" / "calobench"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m calobench "$@"\n')
    program.chmod(0o755)
    (place / "calobench-out").mkdir()
    write_baseline(place / "baseline.json", make_baseline(make_run(seed=1)[0]))
    return place


@pytest.mark.parametrize(
    ("defect", "baseline", "code"),
    [({}, "baseline.json", 0), ({"shift": 0.6}, "baseline.json", 1), ({}, "none.json", 3)],
)
def test_steps_of_github_keep_the_exit_code(
    github: Any, folder: Any, defect: Any, baseline: str, code: int
) -> None:
    write_results(folder / "calobench-out" / "results.json", make_run(seed=3, **defect)[0])
    environment = {
        **os.environ,
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "BASELINE": baseline,
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
    }
    (folder / "output").unlink(missing_ok=True)

    def shell(script: Any) -> Any:
        return subprocess.run(
            ["bash", "-e", "-c", script],
            cwd=folder,
            env=environment,
            capture_output=True,
            check=False,
        ).returncode

    by_name = steps(github)
    # The step itself succeeds, so that comment and artifact follow; the last one has the verdict.
    assert shell(by_name["Gate"]["run"]) == 0
    output = (folder / "output").read_text()
    assert output == f"code={code}\n"
    assert MARKER in (folder / "summary").read_text()
    verdict = by_name["Verdict"]["run"].replace("${{ steps.gate.outputs.code }}", str(code))
    assert shell(verdict) == code
