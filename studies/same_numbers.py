"""Compares two ``results.json`` number for number: which of the first are gone or others in the second.

    python studies/same_numbers.py before/results.json after/results.json

What tells when, where and how fast a run was made is no result and is left out. Things with a name
(observables, scores, metrics, ...) are compared by it, so that their order does not matter. The exit code is
1 where a value of the first file is missing in the second or is another there; what only the second has is
counted and changes nothing.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator
from pathlib import Path

Value = str | int | float | bool | None

# Circumstances of the run, and the digest of all.
_NOT_RESULTS = ("provenance", "stages", "digest", "run/command")
_SHOWN = 20


def leaves(content: object, path: str = "") -> Iterator[tuple[str, Value]]:
    """Path and value of all numbers and texts of a JSON document."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield from leaves(value, f"{path}/{key}")
    elif isinstance(content, list):
        for key, value in zip(_keys(content), content, strict=True):
            yield from leaves(value, f"{path}/[{key}]")
    elif isinstance(content, str | int | float | bool) or content is None:
        yield path, content


def _keys(values: list[object]) -> list[str]:
    """Keys of the entries of a list: a name of each, or their places."""
    for key in ("name", "score", "observable", "quantity", "kind"):
        names = [str(value.get(key)) if isinstance(value, dict) else "None" for value in values]
        if "None" not in names and len(set(names)) == len(names):
            return names
    return [str(place) for place in range(len(values))]


def results_of(path: Path) -> dict[str, Value]:
    """All values of a run, by their path in the document."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return {
        name: value
        for name, value in leaves(content)
        if not name.lstrip("/").startswith(_NOT_RESULTS)
    }


def same(first: Value, second: Value, tolerance: float) -> bool:
    """Whether two values are equal, numbers to a relative ``tolerance``."""
    numbers = [
        isinstance(one, int | float) and not isinstance(one, bool) for one in (first, second)
    ]
    if all(numbers) and tolerance > 0:
        return math.isclose(float(first or 0), float(second or 0), rel_tol=tolerance)
    return first == second


def main() -> int:
    """Compare, and say what differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--tolerance", type=float, default=0.0, help="relative; 0: to the last bit")
    given = parser.parse_args()
    before, after = results_of(given.before), results_of(given.after)
    gone = [name for name in before if name not in after]
    other = [
        name
        for name, value in before.items()
        if name in after and not same(value, after[name], given.tolerance)
    ]
    for word, names in (("gone", gone), ("other", other)):
        for name in names[:_SHOWN]:
            print(f"{word}  {name}: {before[name]!r} -> {after.get(name)!r}")
        if len(names) > _SHOWN:
            print(f"... and {len(names) - _SHOWN} more {word}")
    numbers = sum(isinstance(value, int | float) for value in before.values())
    print(
        f"{len(before)} values, {numbers} of them numbers: {len(gone)} gone, {len(other)} others; "
        f"{sum(name not in before for name in after)} new"
    )
    return 1 if gone or other else 0


if __name__ == "__main__":
    raise SystemExit(main())
