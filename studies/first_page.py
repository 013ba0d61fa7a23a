"""Time from a clone of this repository to the first page, as a newcomer makes it.

python studies/first_page.py

The times go into ``docs/results/first_page.json``; packages come from the registry that pip is set to.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from calobench.harness.provenance import processor

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "docs" / "results" / "first_page.json"
STEPS = {
    "clone": ["git", "clone", "--quiet", str(ROOT), "clone"],
    "install": ["make", "-C", "clone", ".venv/.installed"],
    "run": ["make", "-C", "clone", "run"],
}


def measure() -> dict[str, object]:
    """Wall time of each step, s, and the load of the machine before."""
    load = os.getloadavg()[0]
    # As in a shell of one's own.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment = {**kept, "PYTHON": sys.executable}
    seconds = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, call in STEPS.items():
            start = time.monotonic()
            subprocess.run(call, cwd=folder, env=environment, check=True, capture_output=True)
            seconds[name] = time.monotonic() - start
        pages = list(Path(folder).glob("clone/calobench-out/*/report.html"))
        if len(pages) != 1:
            raise SystemExit("there is no page")
    return {"machine": processor(), "load_before": load, "seconds": seconds}


def main() -> None:
    """Measure and write."""
    argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0]).parse_args()
    RESULT.write_text(json.dumps(measure(), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
