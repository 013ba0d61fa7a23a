"""Figures and tables of several runs of the CaloChallenge's protocol."""

from __future__ import annotations

from calobench.benchmarks.calochallenge.charts import (
    histogram_charts,
    layer_charts,
    single_charts,
)
from calobench.benchmarks.calochallenge.several import ChallengeRuns
from calobench.benchmarks.calochallenge.tables import measure_table, position_table
from calobench.report.publication.build import Material
from calobench.results.seal import digest_of

__all__ = ["material_of"]


def material_of(runs: ChallengeRuns) -> Material:
    """Separation by layer and single histograms unasked; those of every layer where they are asked for."""
    described = {
        run.name: {
            "colour": run.look.colour,
            "results": digest_of(run.results),
            "showers": run.results.generated.n,
        }
        for run in runs.runs
    }
    return Material(
        runs.title,
        (*layer_charts(runs), *single_charts(runs)),
        lambda: histogram_charts(runs),
        (measure_table(runs), position_table(runs)),
        described,
        runs.notes,
    )
