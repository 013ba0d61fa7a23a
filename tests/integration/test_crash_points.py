"""A command that is killed before any change of the file system leaves no incomplete output."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HELPERS = Path(__file__).parents[1] / "helpers"

# Commands that write one file have about five, those that write several a few more for each.
MIN_POINTS = 4

pytestmark = [
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not hasattr(os, "fork"), reason="tried in forked processes"),
]


def outcomes_of(script: str, folder: Path) -> list[dict[str, Any]]:
    """Output of a script, run as a process of its own: one with threads must not be forked."""
    path = os.pathsep.join([str(HELPERS), *sys.path])
    done = subprocess.run(
        [sys.executable, str(HELPERS / script), str(folder)],
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_killed_before_every_change_of_the_file_system(tmp_path: Path) -> None:
    """Whole files, never of two calls; the same call again completes and clears."""
    outcomes = outcomes_of("crash_scenarios.py", tmp_path)
    assert {one["name"]: one["faults"] for one in outcomes if one["faults"]} == {}
    assert len(outcomes) == 21
    assert min(one["points"] for one in outcomes) >= MIN_POINTS
    # Killed after its commit point, a call that refuses to replace is completed, not refused.
    completed = {one["name"]: one["completed"] for one in outcomes if "into" in one["name"]}
    assert min(completed.values()) > 0


def test_commands_at_the_same_time(tmp_path: Path) -> None:
    """Both keep their work, or one is refused; a page belongs to the results beside it."""
    outcomes = outcomes_of("races.py", tmp_path)
    assert [one for one in outcomes if one["fault"]] == []
    assert len(outcomes) == 48
