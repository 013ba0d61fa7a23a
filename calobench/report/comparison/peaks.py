"""Charts of the response at each energy: the peak of every model over that of Geant4."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from calobench.report.comparison.charts import Array, Axis, Curve, Curves, Series
from calobench.report.comparison.runs import ComparedRun, Runs
from calobench.results.energy import ResponsePeak

__all__ = ["peak_charts"]


def peak_charts(runs: Runs) -> Iterator[Curves]:
    """Fraction of showers against E_vis / E_inc, a chart per bin of incident energy of any run."""
    peaks: dict[tuple[float, float], list[tuple[ComparedRun, ResponsePeak]]] = {}
    for run in runs.runs:
        for peak in run.results.energy_dependence.peaks:
            peaks.setdefault(peak.energy_mev, []).append((run, peak))
    for low, high in sorted(peaks):
        first, last = f"{low / 1e3:.3g}", f"{high / 1e3:.3g}"
        name = f"response_at_{first}_{last}_gev".replace(".", "p")
        words = f"{first} to {last} GeV"
        yield Curves(
            name,
            f"Response from {words}",
            "energy",
            f"Visible over incident energy of the showers of {words}; what lies outside is counted and "
            "not drawn.",
            Axis("E_vis / E_inc"),
            Axis("fraction of showers"),
            tuple(_series(run, peak) for run, peak in peaks[low, high]),
        )


def _series(run: ComparedRun, peak: ResponsePeak) -> Series:
    model, reference = (_fractions(np.array(counts)) for counts in (peak.model, peak.reference))
    return Series(run.name, run.look, np.array(peak.edges), model, reference)


def _fractions(counts: Array) -> Curve:
    """Of all showers of the bin, without under- and overflow, with the error of counting."""
    total = max(float(counts.sum()), 1.0)
    return Curve(counts[1:-1] / total, np.sqrt(counts[1:-1]) / total)
