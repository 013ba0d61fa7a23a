"""Charts of the observables, of response and resolution, and of observables against the conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from calobench.report.comparison.charts import Array, Axis, Curve, Curves, Series
from calobench.report.comparison.runs import ComparedRun, Runs
from calobench.report.density import density_of
from calobench.report.figures.distribution import values_in_bins
from calobench.results.observable import declared_observables
from calobench.results.sample import BinnedObservable, ConditionBins, MaybeFloats
from calobench.results.schema import (
    Distribution,
    EnergyBin,
    EnergyDependence,
    ObservableResult,
    Profile,
)

__all__ = ["condition_charts", "energy_charts", "observable_charts"]

_MEV_PER_GEV = 1000.0
# Bins of what lies outside, of the width of the axis.
_OUTSIDE = 0.05


def energy_charts(runs: Runs) -> Iterator[Curves]:
    """Response and resolution against incident energy."""
    for name, title, label, value, error in _ENERGY:
        series = [_energy_series(run, value, error) for run in runs.runs]
        edges = series[0].edges
        log = bool(edges[0] > 0 and edges[-1] >= 10 * edges[0])
        yield Curves(
            f"{name}_against_energy",
            title,
            "energy",
            f"{title} in bins of incident energy; bins with fewer than 5 showers are left out.",
            Axis("incident energy", "GeV", log),
            Axis(label, "%"),
            tuple(series),
            steps=False,
        )


def observable_charts(runs: Runs) -> Iterator[Curves]:
    """Histogram or profile of every observable that a run has, in the order of the first run.

    Energies of rings are shown per area too.
    """
    declared = [(run, declared_observables(run.results)) for run in runs.runs]
    for name in dict.fromkeys(name for _, of_run in declared for name in of_run):
        having = [(run, of_run[name]) for run, of_run in declared if name in of_run]
        # An observable that another package gave another form is shown as the first run has it.
        kind = having[0][1].data.kind
        alike = [(run, one) for run, one in having if one.data.kind == kind]
        yield _chart(alike)
        densities = [
            (run, density) for run, one in alike if (density := density_of(one)) is not None
        ]
        if densities:
            yield _chart(densities)


def condition_charts(runs: Runs) -> Iterator[Curves]:
    """Means of all scalar observables in bins of energy and angles."""
    first = next((run.results.sample for run in runs.runs if run.results.sample), None)
    for bins in first.binned if first else ():
        labels = {
            one.name: (one.label, one.unit, one.family)
            for run in runs.runs
            for one in run.results.observables
        }
        for observable in bins.observables:
            if observable.name not in labels:
                continue
            series = tuple(_binned_series(runs.runs, bins.name, observable.name))
            label, unit, family = labels[observable.name]
            yield Curves(
                f"{observable.name}_in_{bins.name}",
                f"{label} against {bins.label}",
                family,
                f"Mean of {label} in bins of {bins.label}.",
                Axis(bins.label, _condition_unit(bins), bins.log),
                Axis(f"mean {label}", unit),
                series,
                steps=False,
            )


_ENERGY: tuple[
    tuple[str, str, str, Callable[[EnergyBin], float], Callable[[EnergyBin], float]], ...
] = (
    (
        "response",
        "Response",
        "⟨E_vis / E_inc⟩",
        lambda one: one.response,
        lambda one: one.response_error,
    ),
    (
        "resolution",
        "Resolution",
        "σ(E_vis / E_inc) / mean",
        lambda one: one.resolution,
        lambda one: one.resolution_error,
    ),
)


def _energy_series(
    run: ComparedRun, value: Callable[[EnergyBin], float], error: Callable[[EnergyBin], float]
) -> Series:
    data: EnergyDependence = run.results.energy_dependence

    def curve(bins: tuple[EnergyBin | None, ...]) -> Curve:
        return Curve(
            np.array([np.nan if one is None else 100 * value(one) for one in bins]),
            np.array([np.nan if one is None else 100 * error(one) for one in bins]),
        )

    edges = np.array(data.edges_mev) / _MEV_PER_GEV
    return Series(run.name, run.look, edges, curve(data.model), curve(data.reference))


def _chart(having: Sequence[tuple[ComparedRun, ObservableResult]]) -> Curves:
    _, first = having[0]
    data = first.data
    # A bin outside is shown for all models where one of them has something there.
    under = any(_outside(one, 0) for _, one in having)
    over = any(_outside(one, -1) for _, one in having)
    if isinstance(data, Profile):
        x = Axis(data.axis_label, data.axis_unit, data.log_x)
        y = Axis(first.label, first.unit, data.log_y)
    else:
        x = Axis(first.label, first.unit, _geometric(np.array(data.edges)))
        per = "" if data.lattice is None else " per value"
        y = Axis(f"fraction of showers{per}")
    series = tuple(_series(run, one, x, under=under, over=over) for run, one in having)
    return Curves(
        first.name,
        first.label,
        first.family,
        first.description,
        x,
        y,
        series,
        under=under,
        over=over,
    )


def _outside(observable: ObservableResult, end: int) -> bool:
    data = observable.data
    has_flow = isinstance(data, Distribution) or data.flow
    return has_flow and bool(data.model[end] or data.reference[end])


def _series(
    run: ComparedRun, observable: ObservableResult, x: Axis, *, under: bool, over: bool
) -> Series:
    data = observable.data
    if isinstance(data, Profile):
        kept = slice(int(data.flow and not under), -1 if data.flow and not over else None)
        return Series(
            run.name,
            run.look,
            _with_outside(np.array(data.edges), x, under=under, over=over),
            Curve(np.array(data.model)[kept], np.array(data.model_error)[kept]),
            Curve(np.array(data.reference)[kept], np.array(data.reference_error)[kept]),
            np.array(data.reference_spread)[kept],
        )
    edges, held, filled = values_in_bins(data)
    kept = slice(int(not under), -1 if not over else None)
    model, reference = (
        _fractions(np.array(counts)[filled], held, kept) for counts in (data.model, data.reference)
    )
    drawn = _with_outside(edges, x, under=under, over=over)
    return Series(run.name, run.look, drawn, model, reference)


def _fractions(counts: Array, held: Array, kept: slice) -> Curve:
    """Fraction of showers per bin, or per value that a bin can hold, with the error of counting."""
    scale = 1 / ((counts.sum() or 1.0) * held)
    return Curve((counts * scale)[kept], (np.sqrt(np.maximum(counts, 0)) * scale)[kept])


def _with_outside(edges: Array, x: Axis, *, under: bool, over: bool) -> Array:
    log = x.log and bool(edges[0] > 0)
    scaled = np.log(edges) if log else edges
    extra = _OUTSIDE * (scaled[-1] - scaled[0])
    low = [scaled[0] - extra] if under else []
    high = [scaled[-1] + extra] if over else []
    extended = np.concatenate([low, scaled, high])
    return np.exp(extended) if log else extended


def _geometric(edges: Array) -> bool:
    """Whether the bins grow by a constant factor: then the axis is logarithmic too."""
    if edges[0] <= 0 or len(edges) < 4:
        return False
    factors = edges[1:] / edges[:-1]
    return bool(np.ptp(factors) < 1e-3 * factors[0] and edges[-1] > 5 * edges[0])


def _condition_unit(bins: ConditionBins) -> str:
    return "GeV" if bins.unit == "MeV" else bins.unit


def _binned_series(
    runs: Sequence[ComparedRun], condition: str, observable: str
) -> Iterator[Series]:
    for run in runs:
        sample = run.results.sample
        bins = (
            next((one for one in sample.binned if one.name == condition), None) if sample else None
        )
        binned = _named(bins, observable)
        if bins is None or binned is None:
            continue
        edges = np.array(bins.edges) / (_MEV_PER_GEV if bins.unit == "MeV" else 1.0)
        yield Series(
            run.name,
            run.look,
            edges,
            _maybe(binned.model_mean, binned.model_mean_error),
            _maybe(binned.reference_mean, binned.reference_mean_error),
        )


def _named(bins: ConditionBins | None, name: str) -> BinnedObservable | None:
    return next((one for one in bins.observables if one.name == name), None) if bins else None


def _maybe(value: MaybeFloats, error: MaybeFloats) -> Curve:
    return Curve(np.array(value, dtype=np.float64), np.array(error, dtype=np.float64))
