"""Feature tables of made-up showers with known means, widths and correlations, and results of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from results_factory import make_results
from toy_detector import toy_detector

from calobench.evaluation.conditional.metrics import measure_quality
from calobench.observables import Axis, FeatureTable, Observable
from calobench.results.schema import Results
from calobench.showers import Conditions

__all__ = ["OBSERVABLES", "make_conditions", "make_run", "make_table"]


def _number(name: str, label: str, unit: str = "", **declared: Any) -> Observable:
    return Observable(name, label, unit, "made up", "Made up.", lambda _: np.empty(0), **declared)


def _layers(name: str, label: str) -> Observable:
    return _number(name, label, part_of="longitudinal_profile", local=True, correlated=True)


def _profile(name: str, label: str, parts: int, judged_by: tuple[str, ...]) -> Observable:
    axis = Axis(label="part", unit="", edges=np.arange(parts + 1.0))
    return Observable(
        name,
        label,
        "",
        "made up",
        "Made up.",
        lambda _: np.empty((0, parts)),
        lambda _: axis,
        judged_by=judged_by,
    )


OBSERVABLES = (
    _number("response", "E_vis / E_inc", main=1),
    _number("centre_of_gravity_z", "⟨z⟩", "mm", main=2),
    _number("centre_of_gravity_r", "⟨r⟩", "mm", main=3),
    _number("cells_above_100kev", "cells above 0.1 MeV", main=4),
    _layers("layers_00_04", "E(layers 0-4) / E_vis"),
    _layers("layers_05_09", "E(layers 5-9) / E_vis"),
    _number("sparks", "sparks"),
    _profile("longitudinal_profile", "E_layer / E_vis", 12, ("layers_00_04", "layers_05_09")),
)


def make_conditions(n: int, rng: np.random.Generator) -> Conditions:
    """Energies flat in 1-100 GeV, directions as in the reference samples."""
    return Conditions(
        rng.uniform(1e3, 1e5, n), rng.uniform(0.87, 2.27, n), rng.uniform(0, 2 * np.pi, n)
    )


def make_table(
    conditions: Conditions,
    rng: np.random.Generator,
    *,
    shift: float = 0.0,
    stretch: float = 1.0,
    correlation: float = 0.8,
    theta_slope: float = 0.0,
    sparks: float = 0.0,
) -> FeatureTable:
    """Observables that depend on energy, with residuals Gaussian, skewed and correlated.

    Args:
        conditions: of the showers.
        rng: source of randomness.
        shift: of the response, in widths.
        stretch: of the response's width.
        correlation: of the two groups of layers (its opposite).
        theta_slope: of the depth against cos theta, in widths.
        sparks: probability of what Geant4 never shows.
    """
    n = len(conditions)
    x = np.log(conditions.energy / 1e4)
    g = rng.standard_normal((n, 4))
    skewed = (rng.gamma(4, size=n) - 4) / 2
    second = -correlation * g[:, 3] + np.sqrt(1 - correlation**2) * rng.standard_normal(n)
    width = 0.17 / np.sqrt(conditions.energy / 1e3)
    depth = rng.gamma(np.linspace(1, 6, 12), size=(n, 12))
    scalars = {
        "response": 0.03 * (1 + width * (shift + stretch * g[:, 0])),
        "centre_of_gravity_z": 70
        + 9 * x
        + 8 * (g[:, 1] + theta_slope * np.cos(conditions.theta) / 0.38),
        "centre_of_gravity_r": 9 + 0.3 * skewed,
        "cells_above_100kev": 900 * np.exp(0.8 * x + 0.05 * g[:, 2]),
        "layers_00_04": 0.3 - 0.02 * x + 0.03 * g[:, 3],
        "layers_05_09": 0.5 + 0.01 * x + 0.04 * second,
        "sparks": (rng.random(n) < sparks).astype(float),
    }
    profiles = {"longitudinal_profile": depth / depth.sum(axis=1, keepdims=True)}
    return FeatureTable(conditions, scalars, profiles)


def make_run(
    n: int = 600, seed: int = 1, reference: int = 400, **defects: float
) -> tuple[Results, FeatureTable]:
    """Results with metrics of a model that shares its conditions with the reference, and its table.

    The reference is the same for all seeds.
    """
    rng = np.random.default_rng(7)
    conditions = make_conditions(reference, rng)
    truth = make_table(conditions, rng)
    table = make_table(conditions.repeated(n), np.random.default_rng((8, seed)), **defects)
    quality = measure_quality(truth, table, toy_detector(), OBSERVABLES)
    results = make_results(n=200)
    run = results.run.model_copy(update={"n": n, "seed": seed})
    return results.model_copy(update={"quality": quality, "run": run}), table


def with_benchmark(run: Any, name: Any, record: Any) -> Any:
    """The run with this record of a benchmark alone, or with none."""
    return run.model_copy(update={"benchmarks": {} if record is None else {name: record}})
