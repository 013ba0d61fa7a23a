"""Calibration of cells: closed forms, symmetries, and known distortions that are undone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from calobench.detectors import load_detector
from calobench.errors import SpecError
from reference_models.calibration.cells import CellCorrection
from reference_models.calibration.fit import (
    coherence,
    fit_noise,
    fit_spread,
    radial_correlation,
)
from reference_models.calibration.map_fit import MapFit, composed
from reference_models.calibration.run import calibrate, evenly
from reference_models.calibration.tables import (
    ENERGY_NODES,
    HIGHEST_LOG_MEV,
    KNOTS,
    LOWEST_LOG_MEV,
    OFFSET_MEV,
    UNCHANGED_ABOVE_MEV,
    Calibration,
    identity,
    knot_step,
    refined,
)
from reference_models.marginals.sums import fit_to_sums, sums_of
from reference_models.network.symmetry import StaveSymmetry
from reference_models.samplers.noise import MAX_CORRELATION
from reference_models.samplers.sampling import Sampling
from reference_models.training.config import read_calibrate_config
from reference_models.training.dataset import Sample
from reference_models.variants import VARIANTS, Variant, edm, make
from reference_models.weights_io import WEIGHTS_DIR, load_model

Cells = NDArray[np.float32]
ENERGY = np.geomspace(1e3, 1e5, 40)


def showers(seed: int, n: int = 40, empty: float = 0.4) -> Cells:
    rng = np.random.default_rng(seed)
    cells = rng.lognormal(-3, 2, (n, 9, 16, 45))
    return np.where(rng.random(cells.shape) < empty, 0, cells).astype(np.float32)


@pytest.fixture(scope="module")
def some() -> Calibration:
    """A calibration in which everything is changed, for slot 0."""
    tables = identity(9, 45, 1e-6)
    made = np.exp(0.8 * np.log(np.maximum(showers(1, empty=0), 1e-9)) - 1).astype(np.float32)
    tables.empty_below[0], tables.cell_map[0] = MapFit(showers(2), ENERGY)(made)
    tables.spread[0, 0], tables.spread[0, 1] = 0.9, -0.05
    return tables


def test_identity_only_cuts() -> None:
    cells = showers(3)
    correct = CellCorrection(identity(9, 45, 0.01), 2)
    expected = np.where(cells > 0.01, cells, 0)
    np.testing.assert_allclose(correct(cells, ENERGY), expected, rtol=2e-5)


def test_empty_cells_stay_empty_and_none_is_below_zero(some: Calibration) -> None:
    cells = showers(4)
    corrected = CellCorrection(some, 0)(cells, ENERGY)
    assert (corrected[cells == 0] == 0).all()
    assert np.isfinite(corrected).all()
    assert (corrected >= 0).all()
    empty = np.zeros((2, 9, 16, 45), np.float32)
    np.testing.assert_array_equal(CellCorrection(some, 0)(empty, ENERGY[:2]), empty)


def test_symmetries_of_the_stack_commute_with_it(some: Calibration) -> None:
    cells = showers(5)
    correct = CellCorrection(some, 0)
    for order in ((7 - np.arange(16)) % 16, 15 - np.arange(16)):
        np.testing.assert_allclose(
            correct(cells[:, :, order], ENERGY), correct(cells, ENERGY)[:, :, order], rtol=1e-5
        )


def test_a_shower_alone_is_corrected_as_in_a_batch(some: Calibration) -> None:
    cells, correct = showers(5), CellCorrection(some, 0)
    together = correct(cells, ENERGY)
    # What is rounded is log(E + offset), near 5 for a cell of some keV; kernels of processors differ in it.
    rounding = 4 * np.spacing(np.float32(abs(LOWEST_LOG_MEV)))
    for k in (0, 17, 39):
        one = slice(k, k + 1)
        alone = correct(cells[one], ENERGY[one])
        assert np.all(np.abs(alone - together[one]) <= rounding * (together[one] + OFFSET_MEV))
        np.testing.assert_array_equal(alone > 0, together[one] > 0)


def test_only_rings_of_another_power_are_spread_out() -> None:
    """Whether a ring is left out or raised to the power 1 makes no difference."""
    tables, cells = identity(9, 45, 0.01), showers(5)
    tables.spread[0, 0, 2:4], tables.spread[0, 1, 3] = 0.8, 0.1
    tables.spread[1] = tables.spread[0]
    # Of the second detector the outermost ring has a power that is not quite 1: no ring is left out.
    tables.spread[1, 0, [0, 8]] = np.nextafter(np.float32(1), np.float32(2))
    some_rings, all_rings = (CellCorrection(tables, slot)(cells, ENERGY) for slot in (0, 1))
    np.testing.assert_allclose(some_rings, all_rings, rtol=2e-6)
    cut = np.where(cells > 0.01, cells, 0)
    np.testing.assert_allclose(
        np.delete(some_rings, [2, 3], 1), np.delete(cut, [2, 3], 1), rtol=2e-5
    )
    assert not np.allclose(some_rings[:, 2], cut[:, 2], rtol=1e-2)


def test_sums_are_exact_after_it(some: Calibration) -> None:
    sums = sums_of(showers(6, empty=0))
    finished = fit_to_sums(CellCorrection(some, 0)(showers(7, empty=0), ENERGY), sums)
    np.testing.assert_allclose(sums_of(finished).layers, sums.layers, rtol=1e-5)


def test_a_known_distortion_of_low_cells_is_undone() -> None:
    """Cells of a network without empty cells and with low energies compressed are mapped to Geant4's."""
    truth, rng = showers(8, n=400), np.random.default_rng(9)
    other = showers(10, n=400)
    noise = np.exp(rng.normal(-9, 0.5, other.shape))
    distorted = np.where(other > 0, 0.3 * other**0.7 + 2e-3, noise).astype(np.float32)
    distorted = np.where(other > UNCHANGED_ABOVE_MEV, other, distorted).astype(np.float32)
    tables, energy = identity(9, 45, 1e-6), np.geomspace(1e3, 1e5, 400)
    tables.empty_below[0], tables.cell_map[0] = MapFit(truth, energy)(distorted)
    mended = CellCorrection(tables, 0)(distorted, energy)
    assert (mended > 0).mean() == pytest.approx((truth > 0).mean(), abs=2e-3)
    edges = [1e-3, 3e-3, 1e-2, 3e-2, 0.1]
    counts, expected = (np.histogram(c, edges)[0] for c in (mended, truth))
    np.testing.assert_allclose(counts, expected, rtol=0.05)
    assert (np.histogram(distorted, edges)[0] / expected).max() > 1.5
    high = other > UNCHANGED_ABOVE_MEV
    np.testing.assert_allclose(mended[high], other[high], rtol=1e-5)


def test_a_sharp_peak_of_the_cells_is_made() -> None:
    """As that of minimum-ionising particles in silicon: a few cells below 0.13 MeV, many above."""
    rng, energy = np.random.default_rng(14), np.full(300, 1e4)
    shape = (300, 9, 16, 45)
    peaks = 0.13 * (1 + rng.exponential(0.25, shape)), rng.lognormal(np.log(0.16), 0.35, shape)
    sharp = rng.random(shape) < 0.3
    truth, smooth = (
        np.where(sharp, peak, rng.lognormal(-1.5, 1.2, shape)).astype(np.float32) for peak in peaks
    )
    tables = identity(9, 45, 1e-6)
    tables.empty_below[0], tables.cell_map[0] = MapFit(truth, energy)(smooth)
    mended = CellCorrection(tables, 0)(smooth, energy)
    edges = np.geomspace(0.05, 0.6, 16)
    counts, expected = (np.histogram(cells, edges)[0] for cells in (mended, truth))
    np.testing.assert_allclose(counts, expected, rtol=0.25)
    rise = expected[1:] / expected[:-1]
    assert rise.max() > 2


def test_the_spectrum_is_right_between_factors_of_two() -> None:
    """A distortion whose sign changes from one bin of energy to the next."""
    rng, energy = np.random.default_rng(17), np.full(300, 1e4)
    truth, other = (rng.lognormal(-1.5, 2, (300, 9, 16, 45)).astype(np.float32) for _ in range(2))
    logs = np.log(other + OFFSET_MEV)
    distorted = np.exp(logs + 0.08 * np.sin(2 * np.pi * logs / np.log(4))) - OFFSET_MEV
    tables, distorted = identity(9, 45, 1e-6), np.maximum(distorted, 0).astype(np.float32)
    tables.empty_below[0], tables.cell_map[0] = MapFit(truth, energy)(distorted)
    mended = CellCorrection(tables, 0)(distorted, energy)
    edges = np.geomspace(0.01, 8, 21)
    counts, expected, before = (np.histogram(c, edges)[0] for c in (mended, truth, distorted))
    np.testing.assert_allclose(counts, expected, rtol=0.05)
    assert abs(before / expected - 1).max() > 0.1


def test_maps_with_more_knots_are_the_same() -> None:
    some, energy = identity(9, 45, 1e-6), np.geomspace(1e3, 1e5, 20)
    rng = np.random.default_rng(15)
    few = np.sort(
        rng.uniform(LOWEST_LOG_MEV, HIGHEST_LOG_MEV, (*some.cell_map.shape[:2], 25, 9, 45))
    )
    before = replace(some, cell_map=np.sort(few, axis=2).astype(np.float32))
    after = refined(before)
    assert (before.knots, after.knots) == (25, KNOTS)
    cells = showers(16, n=20, empty=0)
    expected, result = (CellCorrection(one, 0)(cells, energy) for one in (before, after))
    np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-6)


def test_no_cell_is_emptied_where_geant4_leaves_none_empty() -> None:
    empty_below, _ = MapFit(showers(12, empty=0), ENERGY)(showers(11, empty=0))
    assert (np.exp(empty_below) - OFFSET_MEV < 2e-5).all()


def test_maps_increase_even_where_there_is_nothing() -> None:
    nothing = np.zeros((40, 9, 16, 45), np.float32)
    for generated, reference in ((nothing, nothing), (showers(1), nothing), (nothing, showers(1))):
        _, cell_map = MapFit(reference, ENERGY)(generated)
        assert (np.diff(cell_map, axis=1) >= 0).all()


def test_layers_with_few_cells_are_mapped_together() -> None:
    """Rare cells of an outer ring, twice as many as Geant4 has in each layer, become about as many."""
    rng, energy = np.random.default_rng(3), np.full(200, 5e4)

    def rare(probability: float) -> Cells:
        cells = rng.uniform(0.1, 0.2, (200, 9, 16, 45))
        higher = rng.random((200, 16, 45)) < probability
        cells[:, 8] += np.where(higher, rng.exponential(2, higher.shape), 0)
        return cells.astype(np.float32)

    generated, reference = rare(1e-2), rare(5e-3)
    assert ((reference[:, 8] > 2.56).sum(axis=(0, 1)) < 20).all()
    tables = identity(9, 45, 1e-6)
    tables.empty_below[0], tables.cell_map[0] = MapFit(reference, energy)(generated)
    mended = CellCorrection(tables, 0)(generated, energy)
    count, before, expected = (
        np.array([(c[:, 8] > above).sum() for above in (1, 2.56, 5)])
        for c in (mended, generated, reference)
    )
    assert (before > 1.7 * expected).all()
    np.testing.assert_allclose(count, expected, rtol=0.1)


def test_maps_are_composed() -> None:
    first, second = (identity(9, 45, 1e-6).cell_map[0] for _ in range(2))
    first[:, 1:] = np.minimum(first[:, 1:] + 0.2, np.float32(HIGHEST_LOG_MEV))
    second[:, 1:-1] -= np.float32(0.1)
    both = composed(first, second)
    np.testing.assert_allclose(both[:, 6:-9], first[:, 6:-9] - 0.1, atol=1e-6)
    np.testing.assert_allclose(both[:, -1], HIGHEST_LOG_MEV)
    np.testing.assert_allclose(composed(first, identity(9, 45, 1e-6).cell_map[0]), first, atol=1e-6)


def test_maps_do_not_become_steep_however_often_they_are_composed() -> None:
    """Three maps of slope 3 have one of 27 together; cells are still mapped in order."""
    steep = identity(9, 45, 1e-6).cell_map[0]
    last = np.float32(HIGHEST_LOG_MEV)
    steep[:] = np.maximum(steep[:, :1], last - 3 * (last - steep))
    thrice = composed(composed(steep, steep), steep)
    slope = np.diff(thrice, axis=1) / knot_step(KNOTS)
    assert slope.max() == pytest.approx(3, abs=1e-4)
    assert slope.min() >= 0
    np.testing.assert_allclose(thrice[:, -1], last)


def test_rounding_does_not_decide_which_cells_are_empty() -> None:
    """No threshold lies on a cell: showers that are changed by rounding get the same map, and stay alike."""
    generated, reference = showers(16, n=60, empty=0), showers(17, n=60)
    rounded = generated * np.float32(1 + 3e-7)
    energy = np.full(60, 1e3)  # all at one node: nothing is between maps
    fit, corrected = MapFit(reference, energy), []
    for cells in (generated, rounded):
        tables = identity(9, 45, 1e-6)
        tables.empty_below[0], tables.cell_map[0] = fit(cells)
        corrected.append(CellCorrection(tables, 0)(cells, energy))
        filled = (corrected[-1] > 0).sum(axis=(0, 2))
        np.testing.assert_array_equal(filled, (reference > 0).sum(axis=(0, 2)))
    np.testing.assert_array_equal(corrected[0] > 0, corrected[1] > 0)
    own = tables.empty_below[0, 0][:, None], np.log(generated + np.float32(OFFSET_MEV))
    assert np.abs(own[1] - own[0]).min() > 0


def test_maps_follow_the_incident_energy() -> None:
    """At a node it is that node's map, half way in ln E the mean of two, outside that of the last."""
    tables = identity(9, 45, 1e-6)
    for node, change in enumerate((0.1, 0.3, 0.2)):
        tables.cell_map[0, node, 1:-1] += np.float32(change)
    cells = np.full((4, 9, 16, 45), 1.0, np.float32)
    middle = ENERGY_NODES.first_mev * np.exp(ENERGY_NODES.log_step / 2)
    energy = np.array([1e3, ENERGY_NODES.first_mev, middle, 1e5])
    changes = np.log(CellCorrection(tables, 0)(cells, energy)[:, 0, 0, 0])
    np.testing.assert_allclose(changes, [0.1, 0.1, 0.2, 0.2], atol=2e-3)


def test_a_known_spread_is_undone() -> None:
    """Cells of the innermost ring made 1.25 times too uneven in a logarithm get a power near 0.8."""
    rng = np.random.default_rng(13)
    energy = rng.uniform(1e3, 1e5, 800)
    logs = 0.2 * rng.standard_normal((800, 9, 16, 45))
    generated, reference = (np.exp(f * logs).astype(np.float32) for f in (1.25, 1.0))
    spread = fit_spread(generated, reference, energy)
    assert spread[0, 0] == pytest.approx(0.8, abs=0.01)
    np.testing.assert_array_equal(spread[0, 1:], 1)
    np.testing.assert_allclose(spread[1], 0, atol=0.01)


def test_coherence_is_that_of_the_observable() -> None:
    rng = np.random.default_rng(14)
    pattern = rng.random((30, 9, 16, 1)) + np.zeros(45)
    assert coherence(pattern.astype(np.float32), 3) == pytest.approx([1, 1])
    apart = rng.random((300, 9, 16, 45)).astype(np.float32)
    assert coherence(apart, 3) == pytest.approx([0, 0], abs=0.01)
    assert coherence(np.zeros((2, 9, 16, 45), np.float32), 3).tolist() == [0, 0]


def test_radial_correlation_is_that_of_neighbouring_rings() -> None:
    """Logarithms of rings that have a correlation of 0.3 with the next one, and none in the last layers."""
    rng = np.random.default_rng(15)
    logs = rng.standard_normal((600, 9, 16, 45))
    logs[:, 1:, :, :30] += 0.5 * logs[:, :-1, :, :30].copy()
    showers = (0.1 * np.expm1(np.abs(logs.min()) + logs)).astype(np.float32)
    correlation, weight = radial_correlation(showers)
    assert correlation.shape == weight.shape == (8, 45)
    # The innermost ring has no other before it: its logarithms have variance 1, the others 1.25.
    np.testing.assert_allclose(correlation[0, :25], 0.5 / 1.25**0.5, atol=0.02)
    np.testing.assert_allclose(correlation[1:, :25], 0.5 / 1.25, atol=0.02)
    np.testing.assert_allclose(correlation[:, 36:], 0, atol=0.02)
    np.testing.assert_array_equal(radial_correlation(np.zeros_like(showers), weight)[0], 0)


def test_noise_is_found_where_coherence_follows_it() -> None:
    def measure(correlations: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.array([0.18, 0.09]) + np.array([0.75, 0.9]) * correlations

    result = fit_noise(measure, np.array([0.21, 0.213]))
    np.testing.assert_allclose(measure(result), [0.21, 0.213], atol=1e-6)
    beyond = fit_noise(measure, np.array([5.0, -5.0]))
    np.testing.assert_allclose(beyond, [MAX_CORRELATION, -MAX_CORRELATION])


@pytest.mark.parametrize("name", ["solver", "full", "distilled", "distilled2", "distilled_small"])
def test_committed_configurations_are_valid(name: str, tmp_path: Path) -> None:
    folder = Path(__file__).parents[3] / "reference_models" / "configs"
    config = read_calibrate_config(folder / f"calibrate_{name}.yaml")
    assert len(config.files) == 5
    wrong = tmp_path / "c.yaml"
    wrong.write_text((folder / f"calibrate_{name}.yaml").read_text().replace("rounds:", "round:"))
    with pytest.raises(SpecError, match="round: unknown key: did you mean 'rounds'"):
        read_calibrate_config(wrong)


def test_a_network_is_calibrated() -> None:
    """The shipped student's noise, measured anew, lets layers and rings go together as they were given."""
    variant = next(v for v in VARIANTS if v.name == "distilled")
    cells = showers(15, n=30, empty=0.2)
    # All layers and rings have the same pattern, and their centre is on the axis.
    cells = np.sort(cells, axis=2)[:, :, [*range(0, 16, 2), *range(1, 16, 2)]]
    columns = (torch.full((30,), 5e4), torch.full((30,), 1.5), torch.zeros(30))
    sample = Sample("FCCeeALLEGRO", 4, StaveSymmetry(0, False), torch.from_numpy(cells), *columns)
    start, lines = identity(9, 45, 1e-3), []
    tables = calibrate(
        lambda calibration: make(variant, calibration=calibration),
        [(load_detector("FCCeeALLEGRO"), sample)],
        start,
        lambda detector, result: lines.append((detector, result)),
        showers=10,
    )
    assert tables.noise[4, 1] > 0.2
    assert tables.ring_noise[4].mean() > 0.2
    for kind in ("noise", "ring_noise"):
        assert not getattr(tables, kind)[:4].any()
        assert not getattr(start, kind).any()
    np.testing.assert_array_equal(tables.cell_map[:4], start.cell_map[:4])
    assert lines[0][0] == "FCCeeALLEGRO"


def test_without_rounds_the_noise_stays_and_cells_are_calibrated() -> None:
    variant = next(v for v in VARIANTS if v.name == "distilled")
    cells = showers(15, n=30, empty=0.2)
    columns = (torch.full((30,), 5e4), torch.full((30,), 1.5), torch.zeros(30))
    sample = Sample("FCCeeALLEGRO", 4, StaveSymmetry(0, False), torch.from_numpy(cells), *columns)
    start = identity(9, 45, 1e-3)
    start.noise[4], results = (0.1, 0.2), []
    tables = calibrate(
        lambda calibration: make(variant, calibration=calibration),
        [(load_detector("FCCeeALLEGRO"), sample)],
        start,
        lambda _detector, result: results.append(result),
        showers=10,
        rounds=0,
    )
    np.testing.assert_array_equal(tables.noise, start.noise)
    assert results[0].startswith(
        "10 showers, the noise as before; noise 0.100 in tokens, 0.200 across"
    )
    assert (tables.cell_map[4] != start.cell_map[4]).any()


def test_a_calibration_is_of_the_sampler_that_it_was_measured_with() -> None:
    """DPM-Solver++(3M) has not the errors of (2M) that the map of (2M) undoes: trees saw an area of 0.89."""
    weights = load_model(WEIGHTS_DIR / "edm_dit.safetensors")
    own = Sampling("dpmpp_2m", 25)
    assert weights.calibration_for(own) is weights.calibrations["dpmpp_2m-25"]
    for other in (
        Sampling("dpmpp_3m", 25),
        Sampling("dpmpp_2m", 26),
        Sampling("dpmpp_2m", 25, schedule="exponential"),
        Sampling("heun", 63),
    ):
        assert weights.calibration_for(other) is None
        stand_in = weights.only_noise(other)
        nearest = "heun-63-churn8" if other.nfe == 63 else "dpmpp_2m-25"
        np.testing.assert_array_equal(stand_in.noise, weights.calibrations[nearest].noise)
        blank = identity(9, 45, weights.transform.cut_mev)
        for table in ("spread", "empty_below", "cell_map"):
            np.testing.assert_array_equal(getattr(stand_in, table), getattr(blank, table))


def test_a_model_says_whether_its_sampler_is_calibrated() -> None:
    calibrated, other = edm("dpmpp_2m", 25), edm("dpmpp_3m", 25)
    assert "calibrated on training showers" in calibrated.info.post_processing[1]
    assert "cells are not calibrated for this sampler" in other.info.post_processing[1]
    assert "cells below 2.5 keV set to zero" in other.info.post_processing[1]


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_what_ships_is_calibrated_for_its_own_sampling(variant: Variant) -> None:
    label = Sampling(variant.sampler, variant.nfe, variant.options, variant.schedule).label
    model = make(variant)
    assert model.calibration is model.finished.calibrations[label]


def test_noise_is_measured_with_energies_that_are_evenly_spread() -> None:
    # Half of the training showers are of 1 to 10 GeV.
    energy = np.concatenate([np.linspace(1e3, 9.9e3, 500), np.linspace(1e4, 9.99e4, 500)])
    chosen = evenly(energy // 1e4, 300, seed=1)
    assert len(np.unique(chosen)) == 300
    assert np.bincount((energy[chosen] // 1e4).astype(int)).tolist() == [30] * 10
    assert not np.array_equal(chosen, evenly(energy // 1e4, 300, seed=2))
    # Where one kind has too few, the others have more.
    scarce = np.repeat([0, 1], [10, 90])
    assert np.bincount(scarce[evenly(scarce, 40, seed=1)]).tolist() == [10, 30]
    assert len(evenly(scarce, 1000, seed=1)) == 100
