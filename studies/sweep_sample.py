"""The sample in ``reports/samples``: results and page of a sweep, without the runs that they are of.

python studies/sweep_sample.py calobench-out/sweep-FCCeeALLEGRO reports/samples/sweep-FCCeeALLEGRO
"""

from __future__ import annotations

import argparse
from pathlib import Path

from calobench.suite.sweep import SweepResults
from calobench.suite.sweep.page import render_sweep


def main() -> None:
    """Copy the results without the folders of their runs, and draw their page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("sweep", type=Path, help="folder of the sweep")
    parser.add_argument("out", type=Path, help="folder of the sample")
    options = parser.parse_args()
    sweep, out = options.sweep, options.out
    results = SweepResults.model_validate_json((sweep / "sweep.json").read_bytes())
    points = (point.model_copy(update={"folder": None}) for point in results.points)
    alone = results.model_copy(update={"points": tuple(points)})
    out.mkdir(parents=True, exist_ok=True)
    (out / "sweep.json").write_text(alone.model_dump_json(indent=1) + "\n")
    (out / "index.html").write_text(render_sweep(alone))


if __name__ == "__main__":
    main()
