"""Known blind spots of the gate, with the powers that the studies measured.

    python studies/blind_spots.py

Writes the counts of ``docs/gate_calibration.json`` and ``docs/rare_failures.json`` into
``data_specs/blind_spots.toml``. Words and order stay; what is measured and not named here is an error.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
SPOTS = ROOT / "data_specs" / "blind_spots.toml"
DETECTOR = "FCCeeALLEGRO"


class Measured(NamedTuple):
    """Source of the power for a blind spot.

    Attributes:
        result: name of the file in ``docs``, without ending.
        defect: as the study names it.
    """

    result: str
    defect: str


MEASURED = {
    "one shower in a hundred with 0.8 of its energy": Measured(
        "rare_failures", "1 % at 0.8 of their energy"
    ),
    "one shower in a thousand without any energy": Measured("rare_failures", "1 in 1,000 empty"),
    "cells rounded to half precision": Measured("gate_calibration", "cells in half precision"),
    "noise of 0.01 to 0.1 MeV in one cell of a thousand": Measured(
        "gate_calibration", "noise in one cell of 1,000"
    ),
    "a polar angle that is ignored in one corner of energy and angle only": Measured(
        "gate_calibration", "theta ignored in that corner"
    ),
}


def power(measured: Measured) -> dict[str, Any]:
    """``found``, ``trials``, ``n`` and ``source`` of a blind spot."""
    result = json.loads((ROOT / "docs" / f"{measured.result}.json").read_text())
    rows = result["rows"] if measured.result == "rare_failures" else result["defects"]
    name = "defect" if measured.result == "rare_failures" else "name"
    row = next(
        one
        for one in rows
        if one[name] == measured.defect and one.get("detector", DETECTOR) == DETECTOR
    )
    return {
        "found": row["found"],
        "trials": row["trials"],
        "n": result["n"],
        "source": f'"docs/{measured.result}.md"',
    }


def written(text: str) -> str:
    """The file with the counts as they are measured."""
    head, *tables = text.split("[[blind_spot]]\n")
    return "[[blind_spot]]\n".join([head, *map(_table, tables)])


def _table(table: str) -> str:
    what = re.search(r'^what = "(.*)"$', table, re.MULTILINE)
    counted = re.search(r"^found = ", table, re.MULTILINE)
    if what is None or counted is None:
        return table
    if what[1] not in MEASURED:
        raise SystemExit(f"'{what[1]}' has counts, and no study is named for it here")
    for key, value in power(MEASURED[what[1]]).items():
        table = re.sub(rf"^{key} = .*$", f"{key} = {value}", table, flags=re.MULTILINE)
    return table


def main() -> None:
    """Write the file."""
    argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0]).parse_args()
    SPOTS.write_text(written(SPOTS.read_text()))


if __name__ == "__main__":
    main()
