"""Adaptation to ILD beside the same training from scratch: what the runs against Geant4 say, in one file.

    python studies/adaptation.py adapt=FOLDER,RUN/results.json scratch=FOLDER,RUN/results.json
    python studies/claims.py --write

FOLDER is the ``output`` of ``python -m reference_models adapt`` or ``scratch`` (its curves are in
``log.csv``), RUN a run of the weights that it wrote against showers that it has not seen. Writes
``docs/results/adaptation.json``.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model_table import equivalent, measured, summarised

__all__ = ["RESULT", "adaptation_table"]

RESULT = Path(__file__).parents[1] / "docs" / "results" / "adaptation.json"
_LABELS = {
    "adapt": "from the weights that ship (`adapt`)",
    "scratch": "from nothing (`scratch`)",
}


def adaptation_table(result: Mapping[str, Any]) -> str:
    """One row per training, for docs/guides/training.md."""
    lines = [
        "| start | steps of the shape | held-out loss after a fifth of them, at the end "
        "| AUC of trees (null 0.5) | FPD | worth Geant4 showers | response / Geant4 |",
        "|---|--:|---|--:|--:|--:|--:|",
    ]
    for name, label in _LABELS.items():
        one = result[name]
        curve = one["shape_curve"]
        early = min(curve, key=lambda entry: abs(entry[0] - curve[-1][0] / 5))
        cells = [
            label,
            f"{curve[-1][0]:,}",
            f"{early[1]:.3f}, {curve[-1][1]:.3f}",
            measured(one["run"]["scores"]["auc"]),
            measured(one["run"]["scores"]["fpd"]),
            equivalent(one["run"]["equivalent"]),
            measured(one["run"]["ratio"]["response"]),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _curve(folder: Path, part: str) -> list[list[float]]:
    """Steps and held-out losses of one of the two trainings."""
    with (folder / part / "log.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [[int(row[0]), float(row[2])] for row in rows]


def main() -> None:
    """Put the two trainings into the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("trainings", nargs=2, metavar="NAME=FOLDER,RESULTS")
    result = {}
    for given in parser.parse_args().trainings:
        name, _, places = given.partition("=")
        folder, _, path = places.partition(",")
        results = json.loads(Path(path).read_text(encoding="utf-8"))
        result[name] = {
            "shape_curve": _curve(Path(folder), "shape"),
            "marginals_curve": _curve(Path(folder), "marginals"),
            "run": summarised(results),
        }
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
