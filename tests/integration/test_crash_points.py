"""A command that is killed before any single change of the file system leaves nothing half done."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HELPERS = Path(__file__).parents[1] / "helpers"
SCRIPT = HELPERS / "crash_scenarios.py"

# Commands that write one file have about five, those that write several a few more for each.
MIN_POINTS = 4


@pytest.mark.skipif(
    not hasattr(os, "fork"), reason="the crash points are tried in forked processes"
)
def test_killed_before_every_change_of_the_file_system(tmp_path: Path) -> None:
    """Whole files, never of two calls; the same call again completes and clears.

    In a process of its own, because one with threads must not be forked.
    """
    path = os.pathsep.join([str(HELPERS), *sys.path])
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    outcomes = [json.loads(line) for line in done.stdout.splitlines()]
    assert {one["name"]: one["faults"] for one in outcomes if one["faults"]} == {}
    assert len(outcomes) == 19
    assert min(one["points"] for one in outcomes) >= MIN_POINTS
    # Killed after its commit point, a call that refuses to replace is completed, not refused.
    completed = {one["name"]: one["completed"] for one in outcomes if "into" in one["name"]}
    assert min(completed.values()) > 0
