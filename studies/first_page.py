"""Time from a clone of this repository to the first page, as a newcomer makes it.

    python studies/first_page.py

Clone, ``make run``, and the installation once more: first with an empty cache of packages, then with the one
that the first left. Seconds of the clock and of the processor go into ``docs/results/first_page.json``.
Packages come from where pip is set to look: how fast they come, and whether a cache helps, depends on it.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from calobench.harness.provenance import processor

__all__ = ["first_page_table"]

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "docs" / "results" / "first_page.json"
INSTALL = ("make", "-C", "clone", ".venv/.installed")
LABELS = {
    "clone": "`git clone` from the same disk",
    "install, cold": "`make run`: environment and installation, empty cache of packages",
    "install, warm": "the same again, with the cache of the first",
    "run": "`make run`: 1,000 showers, all scores, the page",
}


def measure() -> dict[str, Any]:
    """Seconds of each step, and the load of the machine before and after."""
    loads = [os.getloadavg()[0]]
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "cache"
        # As in a shell of one's own.
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        environment = {**kept, "PYTHON": sys.executable, "PIP_CACHE_DIR": str(cache)}
        clone = ("git", "clone", "--quiet", str(ROOT), "clone")
        steps = {"clone": _timed(clone, folder, environment)}
        steps["install, cold"] = _timed(INSTALL, folder, environment)
        shutil.rmtree(Path(folder) / "clone" / ".venv")
        steps["install, warm"] = _timed(INSTALL, folder, environment)
        steps["run"] = _timed(("make", "-C", "clone", "run"), folder, environment)
        pages = list(Path(folder).glob("clone/calobench-out/*/report.html"))
        if len(pages) != 1:
            raise SystemExit("there is no page")
        sizes = {
            "cache_mb": _megabytes(cache),
            "environment_mb": _megabytes(Path(folder) / "clone" / ".venv"),
            "page_mb": pages[0].stat().st_size / 1e6,
        }
    loads.append(os.getloadavg()[0])
    return {
        "machine": f"{os.cpu_count()} cores of {processor()}",
        "load": loads,
        "steps": steps,
        **sizes,
    }


def _timed(call: Sequence[str], folder: str, environment: Mapping[str, str]) -> dict[str, float]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    subprocess.run(call, cwd=folder, env=environment, check=True, capture_output=True)
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall_s": wall, "cpu_s": cpu}


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def first_page_table(result: Mapping[str, Any]) -> str:
    """The table in ``docs/guides/questions.md``."""
    lines = ["| step | seconds | of the processor |", "|---|--:|--:|"]
    for name, label in LABELS.items():
        step = result["steps"][name]
        lines.append(f"| {label} | {step['wall_s']:.0f} | {step['cpu_s']:.0f} |")
    return "\n".join(lines)


def main() -> None:
    """Measure, keep and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=RESULT)
    options = parser.parse_args()
    result = measure()
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(first_page_table(result))


if __name__ == "__main__":
    main()
