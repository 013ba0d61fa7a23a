from __future__ import annotations

import numpy as np
from results_factory import make_results

from calobench.report.figures.distribution import draw_distribution, values_in_bins
from calobench.report.figures.style import plot_style
from calobench.results.schema import Distribution


def layers(*, lattice: bool) -> Distribution:
    """Even numbers of showers in each of 20 layers of 10 mm, in bins of 7 mm: a comb."""
    edges = np.linspace(0, 210, 31)
    depth = np.repeat(np.arange(20) * 10.0 + 5, 12)
    counts = np.histogram(depth, np.concatenate([[-np.inf], edges, [np.inf]]))[0].astype(float)
    first = make_results(events=0).observables[0].data
    assert isinstance(first, Distribution)
    update = {"edges": tuple(edges.tolist()), "reference": tuple(counts.tolist()),
              "model": tuple(counts.tolist()), "lattice": (5.0, 10.0) if lattice else None}  # fmt: skip
    return first.model_copy(update=update)


def test_bins_that_cannot_hold_a_value_are_joined_and_shares_are_per_value() -> None:
    comb, smooth = layers(lattice=False), layers(lattice=True)
    assert {0.0, 12.0} <= set(comb.reference[1:-1])
    edges, held, kept = values_in_bins(smooth)
    counts = np.array(smooth.reference)[kept] / held
    inner = counts[1:-1]
    # The last edge lies beyond the last layer: its bin has room for a layer that is not there.
    assert set(inner[:-1]) == {12.0}
    assert len(edges) == len(inner) + 1
    assert np.all(np.diff(edges) > 0)
    assert counts.sum() > 0
    assert (counts * held).sum() == sum(smooth.reference)


def test_both_can_be_drawn() -> None:
    with plot_style():
        for lattice in (False, True):
            assert draw_distribution(layers(lattice=lattice), "z_max", "mm")
