"""The classifier test on cells: known areas, known nulls, and separate showers for training and test."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import kstest, norm
from toy_detector import toy_detector

from calobench._util.progress import SilentProgress
from calobench.benchmarks.cells import classify as cells
from calobench.benchmarks.cells import network as cell_network
from calobench.benchmarks.cells.classify import CellTest, cell_test, require_torch
from calobench.benchmarks.cells.images import (
    SCALE_MEV,
    Standardiser,
    incident_columns,
    log_image,
)
from calobench.benchmarks.cells.sample import drawn
from calobench.detectors.spec import Staves
from calobench.errors import ConditionsError, MissingPackageError
from calobench.evaluation.multivariate.samples import Pool
from calobench.results.multivariate import ClassifierTest
from calobench.showers import Conditions, Showers

MESH = (3, 4, 3)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(29)


def pool_of(n: int, m: int, *, paired: bool = False) -> Pool:
    return Pool.of(np.empty((n, 0)), np.empty((m, 0)), paired=paired)


def judge(
    pool: Any, images: Any, incident: Any, seed: int = 1, duplicate_of: Any = None
) -> ClassifierTest:
    duplicate_of = np.arange(len(pool)) if duplicate_of is None else duplicate_of
    images, incident = images.astype(np.float32), incident.astype(np.float32)
    return cell_test(pool, images, incident, duplicate_of, np.random.default_rng(seed))


@pytest.fixture
def few_trainings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve networks instead of 36."""
    monkeypatch.setattr(cells, "SEEDS", 1)
    monkeypatch.setattr(cells, "TRAININGS", 3)


@pytest.mark.usefixtures("few_trainings")
def test_two_gaussians_in_one_cell(rng: np.random.Generator) -> None:
    """No test is better than Phi(d / sqrt 2); the error on 300 against 200 is 2 %."""
    n, m, distance = 300, 200, 1.2
    images = np.zeros((n + m, *MESH))
    images[:, 1, 2, 1] = 5 + rng.standard_normal(n + m)
    images[n:, 1, 2, 1] += distance
    score = judge(pool_of(n, m), images, rng.standard_normal((n + m, 2))).score
    assert score is not None
    best = norm.cdf(distance / np.sqrt(2))
    assert best - 0.07 < score.value < best + 3 * 0.02
    assert score.p_value < 0.01
    assert (score.n_reference, score.n_model, score.null_replicas) == (n, m, cells.TRAININGS)


def lobes(rng: np.random.Generator, n: Any) -> Any:
    """Cells brighter on one side than on the other, the same side in all rings and layers."""
    azimuth = np.arange(8) * np.pi / 4
    side = rng.uniform(0, 2 * np.pi, n)
    lobe = np.cos(azimuth - side[:, None])[:, None, :, None]
    return 3 + 0.8 * lobe + 0.5 * rng.standard_normal((n, 3, 8, 6))


@pytest.mark.usefixtures("few_trainings")
def test_what_neither_rings_nor_layers_nor_the_spectrum_show(rng: np.random.Generator) -> None:
    """Every ring of every layer turned by itself; with p < 0.01 by chance in 1 % of the seeds."""
    n = 150
    images = lobes(rng, 2 * n)
    turned = images[n:].copy()
    by = rng.integers(8, size=(n, 3, 1, 6))
    turned = np.take_along_axis(turned, (np.arange(8)[:, None] + by) % 8, axis=2)
    np.testing.assert_allclose(turned.sum(axis=2), images[n:].sum(axis=2))
    np.testing.assert_array_equal(np.sort(turned, axis=None), np.sort(images[n:], axis=None))
    images[n:] = turned
    result = judge(pool_of(n, n), images, np.zeros((2 * n, 2)))
    assert result.score is not None
    assert result.classifier is not None
    assert result.score.value > 0.7
    assert result.score.p_value < 0.01
    # Weights lie on the right sides of zero, and all showers are in the histograms.
    reference, model = (
        np.array(side) for side in (result.classifier.reference, result.classifier.model)
    )
    assert reference.sum() == model.sum() == n
    middles = np.arange(len(model))
    assert model @ middles > reference @ middles
    assert result.classifier.importance == ()


@pytest.mark.usefixtures("few_trainings")
def test_samples_that_agree(rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    """16 pairs of samples, half of them paired, unbalanced, with cells that follow the energy.

    p-values are uniform, or this fails once in 1,000 times; p <= 0.05 in more than 4 of 16 has a
    probability of 0.1 %.
    """
    monkeypatch.setattr(cell_network, "EPOCHS", 4)
    scores = []
    for repeat in range(16):
        n, m = 40, 100
        energy = rng.standard_normal(n + m)
        if paired := repeat % 2 == 0:
            energy[n:] = np.resize(energy[:n], m)
        images = 4 + energy[:, None, None, None] + rng.standard_normal((n + m, *MESH))
        score = judge(pool_of(n, m, paired=paired), images, energy[:, None], seed=repeat).score
        assert score is not None
        scores.append((score.value, score.p_value))
    areas, p_values = np.array(scores).T
    assert areas.mean() == pytest.approx(0.5, abs=0.06)  # four errors of a mean of 16
    assert kstest(p_values, "uniform").pvalue > 1e-3
    assert np.count_nonzero(p_values <= 0.05) <= 4


def test_copies_of_the_reference_are_not_told_apart(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cells, "TRAININGS", 3)
    images = rng.standard_normal((60, *MESH))
    duplicate_of = np.tile(np.arange(60), 2)
    result = judge(
        pool_of(60, 60),
        np.concatenate([images, images]),
        np.zeros((120, 1)),
        duplicate_of=duplicate_of,
    )
    assert result.score is not None
    # Each output is given once to either sample, but their folds differ.
    assert result.score.value == pytest.approx(0.5, abs=0.12)
    assert result.score.p_value > 0.01


def test_a_collapsed_model_has_too_few_distinct_showers(rng: np.random.Generator) -> None:
    images = rng.standard_normal((120, *MESH))
    duplicate_of = np.concatenate([np.arange(60), np.full(60, 60)])
    result = judge(pool_of(60, 60), images, np.zeros((120, 1)), duplicate_of=duplicate_of)
    assert result.score is None
    assert result.notes == ("too few distinct showers for the network on the cells",)


def test_the_same_for_any_number_of_threads(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cells, "TRAININGS", 2)
    monkeypatch.setattr(cell_network, "EPOCHS", 2)
    images = rng.standard_normal((160, 9, 16, 12))
    before, state, results = torch.get_num_threads(), torch.random.get_rng_state(), []
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            results.append(judge(pool_of(80, 80), images, np.zeros((160, 2))))
            assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    assert results[0] == results[1]
    assert results[0] != judge(pool_of(80, 80), images, np.zeros((160, 2)), seed=2)
    # Nor does anybody else's randomness change.
    assert torch.equal(state, torch.random.get_rng_state())


def test_the_network_does_not_care_where_azimuth_begins(rng: np.random.Generator) -> None:
    images = rng.standard_normal((60, 4, 6, 7)).astype(np.float32)
    incident, is_model = np.zeros((60, 1), np.float32), np.arange(60) % 2 == 0
    network = cell_network.CellNetwork(images, incident, is_model, 1)
    network._harmonics.zero_()  # but for the first harmonic, which is there to see asymmetries
    outputs = [network.decision_function(np.roll(images, by, axis=2), incident) for by in (0, 1, 5)]
    np.testing.assert_allclose(outputs[1], outputs[0], atol=1e-5)
    np.testing.assert_allclose(outputs[2], outputs[0], atol=1e-5)


def test_standardised_images_do_not_know_the_incident_particle(rng: np.random.Generator) -> None:
    incident = rng.uniform(-1, 1, (400, 2)).astype(np.float32)
    mean = 2 + incident[:, 0] + 0.5 * incident[:, 1] ** 2
    width = np.array([1.0, 2.0, 3.0])
    noise = rng.standard_normal((400, *MESH)) * width
    images = (mean[:, None, None, None] + noise).astype(np.float32)
    half = slice(200)
    standardised = Standardiser(images[half], incident[half])(images[200:], incident[200:])
    assert standardised.cells.dtype == np.float32
    np.testing.assert_allclose(standardised.cells.std(axis=(0, 1, 2)), 1, atol=0.06)
    flat = standardised.cells.mean(axis=(1, 2, 3))
    assert abs(np.corrcoef(flat, incident[200:, 0])[0, 1]) < 0.25
    np.testing.assert_allclose(standardised.incident.std(axis=0), 1, atol=0.1)


def test_images_and_columns() -> None:
    energy = np.array([0, SCALE_MEV, 1e-5], np.float32).reshape(1, 3, 1, 1)
    np.testing.assert_allclose(log_image(energy).ravel(), [0, np.log(2), 1e-4], rtol=1e-3)
    conditions = Conditions(np.array([np.e]), np.array([1.0]), np.array([np.pi / 12]))
    np.testing.assert_allclose(incident_columns(conditions, Staves()), [[1, 1]])
    with_staves = incident_columns(conditions, Staves(count=12))
    np.testing.assert_allclose(with_staves, [[1, 1, -1, 0]], atol=1e-6)


def sample(rng: np.random.Generator, detector: Any, n: Any) -> Showers:
    shape = (n, *detector.mesh_geometry.shape)
    energy = rng.uniform(1e3, 1e5, n)
    return Showers(rng.gamma(1, 1, shape).astype(np.float32), Conditions(energy, energy, energy))


@pytest.mark.parametrize("paired", [False, True])
def test_showers_are_drawn_as_they_pass_by(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch, paired: bool
) -> None:
    monkeypatch.setattr(cells, "MAX_SHOWERS", 50)
    monkeypatch.setattr(cells, "TRAININGS", 2)
    monkeypatch.setattr(cell_network, "EPOCHS", 1)
    detector = toy_detector(n_z=3)
    reference, model = sample(rng, detector, 70), sample(rng, detector, 150)
    drawn = []
    for size in (9, 64):
        test = CellTest(
            reference.conditions, model.conditions, detector,
            paired=paired, seed=np.random.SeedSequence(1),
        )  # fmt: skip
        for look, showers in ((test.look_reference, reference), (test.look_model, model)):
            for start in range(0, len(showers), size):
                look(showers[start : start + size])
        drawn.append(test.measure(SilentProgress()))
        assert len(test._images) == 100
        kept = test._pool.condition[:50]
        assert np.isin(test._pool.condition, kept).all()
        of_model = test._model._chosen
        np.testing.assert_array_equal(test._images[50:], log_image(model.energy[of_model]))
    assert drawn[0] == drawn[1]
    assert drawn[0].score is not None
    assert (drawn[0].score.n_reference, drawn[0].score.n_model) == (50, 50)
    assert "100 of 220 showers" in drawn[0].notes[0]


def test_too_few_showers(rng: np.random.Generator) -> None:
    detector = toy_detector(n_z=3)
    few, many = sample(rng, detector, 39).conditions, sample(rng, detector, 60).conditions
    with pytest.raises(ConditionsError, match="needs 40 showers of the model and of Geant4"):
        CellTest(many, few, detector, paired=False, seed=np.random.SeedSequence(1))


def test_without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    require_torch()
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingPackageError, match="pip install torch"):
        require_torch()


def test_a_large_reference_costs_no_showers_of_the_model(rng: np.random.Generator) -> None:
    """Only showers of the same conditions can be permuted: they are drawn first."""
    rows = drawn(pool_of(10_000, 1_000, paired=True), 2_000, rng)
    assert np.array_equal(rows[2_000:], np.arange(10_000, 11_000))
    assert np.array_equal(rows[:1_000], np.arange(1_000))
    assert len(np.unique(rows)) == 3_000


@pytest.mark.parametrize(
    ("change", "back"),
    [
        (lambda: torch.set_grad_enabled(False), lambda: torch.set_grad_enabled(True)),
        (
            lambda: torch.set_default_dtype(torch.float64),
            lambda: torch.set_default_dtype(torch.float32),
        ),
    ],
    ids=["gradients off", "double precision"],
)
def test_what_a_model_does_to_torch_changes_nothing(
    rng: np.random.Generator, change: Any, back: Any
) -> None:
    cells = rng.random((40, *MESH)).astype(np.float32)
    incident = rng.random((40, 2)).astype(np.float32)
    is_model = np.arange(40) % 2 == 0

    def judged() -> Any:
        network = cell_network.CellNetwork(cells, incident, is_model, 3)
        return network.decision_function(cells, incident)

    expected = judged()
    change()
    try:
        result = judged()
    finally:
        back()
    assert np.array_equal(result, expected)
