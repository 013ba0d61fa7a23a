"""The workflows of the repository: what they call is there, and they test what pyproject.toml promises."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def workflow(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in workflow(path)["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_each_step_calls_something_that_there_is(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    extras = PROJECT["optional-dependencies"].keys()
    for step in steps(path):
        assert ("run" in step) != ("uses" in step)
        run = step.get("run", "")
        for target in re.findall(r"\bmake ([a-z-]+)", run):
            assert target in targets
        for names in re.findall(r"\.\[([a-z0-9,]+)\]", run):
            assert set(names.split(",")) <= set(extras)
        for name in re.findall(r"(?:^|\s)((?:tests|studies|data_specs|docs)/[\w./-]*)", run):
            assert (ROOT / name).exists(), name
        for name in re.findall(r"-c ([\w.]+\.txt)", run):
            assert (ROOT / name).is_file(), name


def test_tests_run_on_every_python_that_is_promised_and_on_the_lower_bounds() -> None:
    jobs = workflow(ROOT / ".github" / "workflows" / "tests.yml")["jobs"]
    tested = [entry["python"] for entry in jobs["tests"]["strategy"]["matrix"]["include"]]
    named = "Programming Language :: Python :: 3."
    promised = [one.removeprefix(named) for one in PROJECT["classifiers"] if one.startswith(named)]
    assert tested == [f"3.{minor}" for minor in promised]
    lowest = PROJECT["requires-python"].removeprefix(">=")
    assert tested[0] == lowest
    oldest = str(jobs["oldest"]["steps"])
    assert f"'python-version': '{lowest}'" in oldest
    assert "--resolution lowest-direct" in oldest
    # A lower bound for every package: otherwise its lowest version is its first one.
    unbound = [one for one in PROJECT["dependencies"] if ">=" not in one]
    assert unbound == []
    assert any("make lint" in step.get("run", "") for step in jobs["lint"]["steps"])


def test_the_tutorial_is_executed() -> None:
    """By the test of the site, which is skipped where what builds the site is not installed."""
    jobs = workflow(ROOT / ".github" / "workflows" / "tests.yml")["jobs"]
    runs = [step["run"] for step in jobs["docs"]["steps"] if "run" in step]
    assert any("pip install" in run and "docs" in run for run in runs)
    assert runs[-1].endswith("tests/integration/test_docs.py")
    assert list((ROOT / "docs" / "tutorials").glob("*.py")) != []


def test_what_lint_checks_is_all_that_is_python() -> None:
    makefile = (ROOT / "Makefile").read_text()
    recipe = makefile[makefile.index("\nlint:") :].split("\n\n")[0]
    for words in ("ruff check .", "ruff format --check .", "mypy --strict calobench", "studies"):
        assert words in recipe
    assert "--config-file tests/mypy.ini tests" in recipe
    assert "lint-imports" in recipe


def test_reports_of_failures_ask_for_the_examination() -> None:
    for name in ("failure.yml", "wrong-number.yml"):
        template = workflow(ROOT / ".github" / "ISSUE_TEMPLATE" / name)
        fields = [
            field
            for field in template["body"]
            if "calobench doctor" in field["attributes"]["label"]
        ]
        assert [field["validations"]["required"] for field in fields] == [True], name
