"""The three classifiers of the CaloChallenge: their shapes, their splits, their errors and nulls."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import sparse

from calobench.benchmarks.calochallenge.binning import Binning, Layer
from calobench.benchmarks.calochallenge.classifiers import networks, training
from calobench.benchmarks.calochallenge.classifiers.catalogue import image_shape
from calobench.benchmarks.calochallenge.classifiers.inputs import (
    HighInputs,
    Inputs,
    LowInputs,
    cells_of,
)
from calobench.benchmarks.calochallenge.classifiers.judging import judge
from calobench.benchmarks.calochallenge.classifiers.rotation import Outputs, Split, rotations
from calobench.benchmarks.calochallenge.classifiers.score import (
    Classifier,
    classifier_score,
    require_classifiers,
)
from calobench.benchmarks.calochallenge.classifiers.store import TrainingStore
from calobench.benchmarks.calochallenge.datasets import load_dataset
from calobench.benchmarks.calochallenge.showers import ChallengeFiles
from calobench.errors import ConditionsError

N = 150


@pytest.mark.parametrize(
    ("columns", "shape", "parameters"),
    [
        (6481, None, 21_669_889),
        (362, None, 9_138_177),
        (6481, (45, 16, 9), 2_516_644),
        (40_501, (45, 50, 18), 2_516_644),
    ],
)
def test_networks_have_the_parameters_of_the_original(
    columns: int, shape: tuple[int, int, int] | None, parameters: int
) -> None:
    """Numbers of parameters of the original's own networks, data sets 2 and 3."""
    assert training.network_parameters(columns, shape) == parameters


def test_the_residual_network_sees_all_cells_and_the_energy() -> None:
    torch.manual_seed(1)
    network = networks.ResidualNetwork((45, 16, 9)).eval()
    inputs = torch.rand(2, 6481, requires_grad=True)
    output = network(inputs)
    assert output.shape == (2, 1)
    output.sum().backward()
    assert inputs.grad is not None
    assert (inputs.grad != 0).float().mean() > 0.99
    assert (inputs.grad[:, 0] != 0).all()


def test_splits_are_60_20_20_and_report_every_shower_once() -> None:
    labels = np.arange(2 * N) < N
    splits = rotations(labels, np.random.default_rng(1))
    assert sorted(np.concatenate([split.report for split in splits])) == list(range(2 * N))
    for split in splits:
        parts = split.train, split.select, split.report
        assert [len(part) for part in parts] == [180, 60, 60]
        assert all(labels[part].mean() == 0.5 for part in parts)
        assert len(np.unique(np.concatenate(parts))) == 2 * N


def test_inputs_are_those_of_the_original(challenge_file: Callable[..., Path]) -> None:
    path = challenge_file("a.h5", n=12)
    dataset = load_dataset("2")
    rows = np.array([1, 4, 11])
    with ChallengeFiles([path], dataset) as files:
        cells = cells_of(files, rows, lambda _: None)
        chunks = [chunk.cells for chunk in files.chunks()]
        energy = files.energy[rows]
    expected = np.concatenate(chunks)[rows]
    assert (expected[expected > 0] >= dataset.threshold_mev).all()
    np.testing.assert_array_equal(cells.toarray(), expected)
    seen = LowInputs(energy, cells).rows(np.array([2, 0]))
    np.testing.assert_allclose(seen[:, 0], np.log10(energy[[2, 0]]), rtol=1e-6)
    np.testing.assert_allclose(seen[:, 1:], (expected / energy[:, None])[[2, 0]], rtol=1e-6)


def test_layers_that_are_cut_differently_make_no_image() -> None:
    same = Binning("x", (Layer(0, (0, 1, 2), 4), Layer(1, (0, 1, 2), 4)), "x")
    assert image_shape(same) == (2, 4, 2)
    assert image_shape(load_dataset("3").binning) == (45, 50, 18)
    assert image_shape(load_dataset("1-photons").binning) is None


def _knows(shift: float, calls: list[int]) -> Classifier:
    """Knows the first column, in which the reference is ``shift`` higher; learns only a true label."""

    def train(inputs: Inputs, split: Split, seed: int) -> Outputs:
        calls.append(seed)
        select, report = (inputs.rows(rows)[:, 0].astype(float) for rows in split[2:])
        return Outputs(select, report, 3)

    return Classifier("high", "knows", 1, "cpu", train)


def _gaussians(shift: float, n: int = N) -> HighInputs:
    rng = np.random.default_rng(5)
    return HighInputs(rng.normal(shift, 1, (n, 3)), rng.normal(0, 1, (n, 3)))


def test_a_known_shift_has_its_known_area(tmp_path: Path) -> None:
    n, seed = 2000, np.random.SeedSequence(1)
    store = TrainingStore(tmp_path, "k")
    score = classifier_score(_knows(1, []), _gaussians(1, n), n, seed, store)
    # Two Gaussians a width apart: the normal distribution function at 1 / sqrt 2, and 0.161 bits, of which
    # steps of the calibration that saw one sample only take some.
    assert score.auc.value == pytest.approx(0.760, abs=3 * score.auc.error)
    assert 0.08 < score.jsd.value < 0.161
    assert 0.003 < score.auc.error < 0.012
    assert score.p_value < 1e-9
    assert score.auc.null == pytest.approx(0.5, abs=0.03)
    assert (score.n, score.n_train, score.n_report) == (n, 2400, 800)
    other = TrainingStore(tmp_path, "l")
    equal = classifier_score(_knows(0, []), _gaussians(0, n), n, np.random.SeedSequence(1), other)
    assert equal.auc.value == pytest.approx(0.5, abs=0.03)
    assert equal.p_value > 0.05


def test_a_run_that_was_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    calls: list[int] = []
    inputs, seed = _gaussians(1), np.random.SeedSequence(1)
    first = classifier_score(_knows(1, calls), inputs, N, seed, TrainingStore(tmp_path, "k"))
    seeds, calls[:] = list(calls), []
    assert len(seeds) == 10
    (tmp_path / ".trainings-k" / "high-0-3.npz").write_bytes(b"PK half a file")
    (tmp_path / ".trainings-k" / "high-1-2.npz").unlink()
    skipped: list[int] = []
    again = classifier_score(
        _knows(1, calls), inputs, N, np.random.SeedSequence(1), TrainingStore(tmp_path, "k"),
        done=lambda: skipped.append(1),
    )  # fmt: skip
    assert again == first
    assert calls == [seeds[3], seeds[7]]
    assert len(skipped) == 8
    TrainingStore(tmp_path, "other").clear()
    assert not list(tmp_path.iterdir())


def test_a_perfect_classifier_has_all_the_information_and_a_useless_one_none() -> None:
    labels = np.arange(2 * N) < N
    split = rotations(labels, np.random.default_rng(1))[0]
    sure = np.where(labels, 20.0, -20.0)
    perfect = judge(Outputs(sure[split.select], sure[split.report], 1), split)
    assert perfect.auc.value == 1
    assert perfect.jsd.value == pytest.approx(1, abs=1e-5)
    same = np.zeros(2 * N)
    useless = judge(Outputs(same[split.select], same[split.report], 1), split)
    assert (useless.auc.value, useless.p_value) == (0.5, 1)
    assert useless.jsd.value == pytest.approx(0, abs=1e-12)


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "HIDDEN", 64)


@pytest.mark.usefixtures("narrow")
def test_training_learns_repeats_itself_and_leaves_torch_as_it_was() -> None:
    inputs = _gaussians(2.5)
    split = rotations(np.arange(2 * N) < N, np.random.default_rng(1))[0]
    torch.manual_seed(7)
    before = torch.get_rng_state()
    torch.set_default_dtype(torch.float64)
    done: list[int] = []
    try:
        with torch.no_grad():
            trained = training.train(inputs, split, 3, epochs=40, advance=done.append)
    finally:
        torch.set_default_dtype(torch.float32)
    assert sum(done) == 40
    assert torch.equal(torch.get_rng_state(), before)
    assert judge(trained, split).auc.value > 0.9
    again = training.train(inputs, split, 3, epochs=40)
    np.testing.assert_array_equal(trained.report, again.report)
    other = training.train(inputs, split, 4, epochs=40)
    assert not np.array_equal(trained.report, other.report)


@pytest.mark.usefixtures("narrow")
def test_training_ends_where_the_accuracy_is_one() -> None:
    rng = np.random.default_rng(5)
    inputs = HighInputs(rng.normal(10, 1, (N, 3)), rng.normal(-10, 1, (N, 3)))
    split = rotations(np.arange(2 * N) < N, np.random.default_rng(1))[0]
    done: list[int] = []
    trained = training.train(inputs, split, 3, epochs=50, advance=done.append)
    assert trained.epoch < 50
    assert sum(done) == 50
    assert len(done) == trained.epoch + 1


@pytest.mark.parametrize("n", [1, 999, 1000, 1001, 1002, 2001])
def test_no_batch_of_a_single_shower_is_left(n: int) -> None:
    batches = list(training._batches(np.arange(n)))
    assert np.concatenate(batches).tolist() == list(range(n))
    assert min(map(len, batches)) > 1 or n == 1


def test_too_few_showers_are_refused() -> None:
    with pytest.raises(ConditionsError, match="need 100 showers of each sample, there are 99"):
        require_classifiers(500, 99)


def test_cells_are_kept_sparse() -> None:
    cells = sparse.csr_array(np.eye(3, 5))
    assert LowInputs(np.ones(3), cells).columns == 6
