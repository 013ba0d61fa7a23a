"""``calobench baseline``: keep a run to compare later ones with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from calobench.cli._paths import FilePath
from calobench.cli._terminal import echo

if TYPE_CHECKING:
    from calobench.results.baseline import Baseline

__all__ = ["command"]

_HELP = """Make a baseline of RESULTS, the results.json of a run.

\b
Example:
  calobench baseline calobench-out/distilled-FCCeeALLEGRO/results.json -o baseline.json
"""


@click.command(help=_HELP)
@click.argument("results", type=FilePath())
@click.option(
    "-o",
    "--out",
    type=FilePath(),
    required=True,
    help="Where the baseline goes, e.g. baseline.json in your repository.",
)
@click.option("--force", is_flag=True, help="Replace an existing baseline.")
def command(results: Path, out: Path, force: bool) -> None:
    """Make a baseline of RESULTS, the results.json of a run."""
    from calobench.cli._outputs import require_apart
    from calobench.gate import Policy
    from calobench.gate.documents import make_baseline, write_baseline
    from calobench.gate.parts import gate_parts
    from calobench.results.store import read_results

    require_apart({"RESULTS": results}, {"-o": out})
    baseline = make_baseline(read_results(results))
    write_baseline(out, baseline, force=force)
    echo(
        f"baseline: {out} ({baseline.model.name} on {baseline.detector.name}, "
        f"{baseline.quality.n} showers, {len(baseline.quality.metrics)} metrics{_benchmarks(baseline)})"
    )
    policy = Policy()
    for name, record in baseline.benchmarks.items():
        warning = gate_parts()[name].too_small(record, policy.settings_of(name))
        if warning:
            echo(f"warning: {warning}", err=True)
    min_showers = policy.min_showers
    if baseline.quality.n < min_showers:
        echo(
            f"warning: the gate gives no verdict below {min_showers} showers unless its policy sets "
            "min_showers",
            err=True,
        )


def _benchmarks(baseline: Baseline) -> str:
    from calobench.gate.parts import gate_parts

    return "".join(
        f"; {name}: {len(gate_parts()[name].names(record))} metrics"
        for name, record in baseline.benchmarks.items()
    )
