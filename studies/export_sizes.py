"""Sizes of the exported variants, and the CPU time that each export takes, as JSON.

python studies/export_sizes.py docs/results/exports.json
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reference_models.export.command import export
from reference_models.variants import VARIANTS

__all__ = ["exports_table", "measure"]

_KINDS = {"torchscript": "pt", "onnx": "onnx"}


def measure(folder: Path) -> list[dict[str, Any]]:
    """One row per variant: its evaluations, and bytes and CPU seconds of each kind of file."""
    rows = []
    for variant in VARIANTS:
        row: dict[str, Any] = {"name": variant.name, "evaluations": variant.nfe}
        for kind, ending in _KINDS.items():
            path = folder / f"{variant.name}.{ending}"
            before = time.process_time()
            export.main(
                ["--variant", variant.name, "--format", kind, "--out", str(path)],
                standalone_mode=False,
            )
            row[kind] = {"bytes": path.stat().st_size, "cpu_s": time.process_time() - before}
        rows.append(row)
    return rows


def exports_table(result: Mapping[str, Any]) -> str:
    """The table of ``docs/model_files.md``."""
    lines = [
        "| | evaluations | TorchScript | ONNX, opset 20 | CPU time of the export, TorchScript and ONNX |",
        "|---|--:|--:|--:|--:|",
    ]
    for row in result["rows"]:
        sizes = (f"{row[kind]['bytes'] / 1e6:.1f} MB" for kind in _KINDS)
        seconds = (f"{row[kind]['cpu_s']:.2g} s" for kind in _KINDS)
        lines.append(
            f"| `{row['name']}` | {row['evaluations']} | {' | '.join(sizes)} | {', '.join(seconds)} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure, and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(Path(folder))
    options.out.write_text(json.dumps({"rows": rows}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
