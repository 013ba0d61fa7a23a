"""The gate on two photons with Geant4 itself: how often it is wrong, and whether it finds defects.

399 pairs of the bundled CLD showers are split into two halves again and again, the one as baseline, the
other as candidate; the reference is all of them. Splitting without replacement is the exact null of the
two halves. 199 pairs a side are fewer than the gate asks for by default.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from calobench.detectors import load_detector
from calobench.diphoton.counting import fit_turnon
from calobench.diphoton.curves import EventTable, turnon
from calobench.diphoton.metrics import diphoton_metrics
from calobench.diphoton.request import DiphotonRequest, make_chain
from calobench.diphoton.sample import MODEL, SingleTable, pair_table, single_table
from calobench.diphoton.singles import bundled_singles, read_singles
from calobench.gate import Policy
from calobench.gate.changes import judge_entries
from calobench.gate.diphoton import diphoton_entries
from calobench.results.diphoton import Measured, TurnonRecord
from calobench.showers import Showers

CLD = load_detector("CLD")
CHAIN = make_chain(DiphotonRequest(detector=CLD))
PAIRS, HALF, TRIALS = 399, 199, 200
NO_FLOORS = {
    kind: {"absolute": 0, "relative": 0}
    for kind in (
        "separation", "efficiency", "multiplicity", "photon_energy", "photon_resolution", "fake"
    )
}  # fmt: skip


@pytest.fixture(scope="module")
def showers():
    found = read_singles(bundled_singles(CLD, 20e3), CLD).showers
    return found[:PAIRS], found[PAIRS : 2 * PAIRS]


def measured(first, second, side=0):
    """Pairs, and the single showers that they are made of: first ones, then second ones."""
    both = (single_table(one, CHAIN, side + k) for k, one in enumerate((first, second)))
    singles = SingleTable(*(np.concatenate(part) for part in zip(*both, strict=True)))
    return pair_table([(first, second)], CHAIN, side), singles


def chosen(sample, pairs):
    table, singles = sample
    rows = (pairs[:, None] * CHAIN.bins + np.arange(CHAIN.bins)).ravel()
    values = {name: column[rows] for name, column in table.values.items()}
    total = len(table.pair) // CHAIN.bins
    alone = np.concatenate([pairs, pairs + total])
    few = EventTable(*(column[rows] for column in table[:4]), values)
    return few, SingleTable(singles.found[alone], singles.response[alone])


@pytest.fixture(scope="module")
def geant4(showers):
    return measured(*showers)


@pytest.fixture(scope="module")
def whole(geant4):
    """Half-way point of all pairs with its error by resampling them."""
    table = geant4[0]
    rng = np.random.default_rng(1)
    return turnon(CHAIN.bins, table, table, replicas=100, rng=rng).reference_mm


def metrics(geant4, whole, sample):
    """A fit each; its error is that of all pairs, scaled: the bootstrap would take minutes."""
    table = sample[0]
    found = fit_turnon(table.separation, table.values["exactly_two"])
    scale = (PAIRS * CHAIN.bins / len(table.pair)) ** 0.5
    half = Measured(value=found.half_mm, error=whole.error * scale)
    record = TurnonRecord(reference_mm=whole, model_mm=half)
    return diphoton_metrics((geant4[0], table), (geant4[1], sample[1]), record, CHAIN.bins)


def changes(candidate, baseline, policy):
    entries, gaps = diphoton_entries(candidate, baseline, policy)
    assert not gaps
    return judge_entries(entries, policy)


@pytest.fixture(scope="module")
def splits(geant4, whole):
    rng = np.random.default_rng(7)
    orders = [rng.permutation(PAIRS) for _ in range(TRIALS)]
    return [
        tuple(
            metrics(geant4, whole, chosen(geant4, order[part]))
            for part in (slice(HALF), slice(HALF, 2 * HALF))
        )
        for order in orders
    ]


@pytest.mark.parametrize(
    ("alpha", "floors"), [(0.01, {}), (0.01, NO_FLOORS), (0.05, NO_FLOORS), (0.2, NO_FLOORS)]
)
def test_geant4_against_geant4_is_a_regression_at_most_as_often_as_asked(splits, alpha, floors):
    policy = Policy.model_validate({"alpha": alpha, "floors": floors})
    alarms = sum(
        any(change.status == "worse" for change in changes(after, before, policy))
        for before, after in splits
    )
    # More than that happens in 1 of 1,000 such tests if the gate keeps what it promises.
    assert alarms <= binom.ppf(0.999, TRIALS, alpha)


def test_errors_are_the_spread_of_the_differences(splits):
    pulls = {}
    for before, after in splits:
        for one, other in zip(before.metrics, after.metrics, strict=True):
            if one.form == "estimate":
                pull = (other.value - one.value) / np.hypot(one.error, other.error)
                pulls.setdefault(one.name, []).append(pull)
    assert len(pulls) == 10
    for name, values in pulls.items():
        # The spread of 200 values is known to 5 %; moments of resolutions are a little worse.
        assert 0.8 < np.std(values) < 1.2, name


def turned(energy, rng):
    """Every ring of every layer turned so that its hottest cell points one way in all of a shower."""
    n, _, sectors, _ = energy.shape
    turn = energy.argmax(axis=2) - rng.integers(sectors, size=(n, 1, 1))
    index = (np.arange(sectors)[None, None, :, None] + turn[:, :, None, :]) % sectors
    return np.take_along_axis(energy, index, axis=2)


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (lambda energy, _: energy * np.float32(0.97), {"response", "single.response"}),
        (turned, {"count", "separation", "single.response"}),
    ],
    ids=["response -3 %", "hot cells aligned"],
)
def test_a_defect_is_found_with_half_of_the_pairs(showers, geant4, whole, damage, named):
    rng = np.random.default_rng(3)
    damaged = (
        Showers(damage(one.energy[HALF : 2 * HALF], rng), one.conditions[HALF : 2 * HALF])
        for one in showers
    )
    candidate = metrics(geant4, whole, measured(*damaged, MODEL))
    baseline = metrics(geant4, whole, chosen(geant4, np.arange(HALF)))
    worse = {c.name for c in changes(candidate, baseline, Policy()) if c.status == "worse"}
    assert {f"diphoton.{name}" for name in named} & worse
