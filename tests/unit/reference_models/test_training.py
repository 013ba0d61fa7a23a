"""Training on a small sample: it learns, resumes exactly, and distils consistently."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from calobench.errors import ModelError, SpecError
from calobench.io.readers.lemurs import LemursFile
from reference_models.distillation.consistency import consistency_loss, pseudo_huber, teacher_step
from reference_models.inference.arrays import restorers
from reference_models.marginals.denoiser import MarginalsNetwork
from reference_models.marginals.standard import fit_standard
from reference_models.marginals.sums import sums_of
from reference_models.marginals.training import MarginalsSet, marginals_loss, vectors_of
from reference_models.network.dit import DiT, NetworkConfig
from reference_models.network.preconditioning import SIGMA_DATA, Denoiser
from reference_models.network.symmetry import StaveSymmetry
from reference_models.samplers.schedule import karras_sigmas
from reference_models.training.checkpoint import CheckpointStore
from reference_models.training.dataset import (
    Batch,
    Sample,
    TrainingSet,
    cell_weights,
    fit_tables,
    hold_out,
    thinned,
)
from reference_models.training.diffusion import diffusion_loss
from reference_models.training.files import require_unseen
from reference_models.training.schedule import Schedule, Stopping
from reference_models.training.trainer import Ema, Trainer, fixed_validation
from reference_models.weights_io import WEIGHTS_DIR

SMALL = NetworkConfig(patch=(9, 8, 15), width=48, blocks=1, heads=2, condition_size=66)

EVERY_THIRD = Stopping(curve_every=3)


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    generator = torch.Generator().manual_seed(1)
    files = []
    for slot, name in enumerate(("one", "two")):
        # All cells of a shower rise and fall together: easy to learn.
        size = torch.rand(20, 1, 1, 1, generator=generator) + 0.1
        cells = size * (1 + 0.1 * torch.rand(20, 9, 16, 45, generator=generator))
        energy = torch.rand(20, generator=generator) * 9e4 + 1e3
        angle = torch.rand(20, generator=generator)
        files.append(
            Sample(name, slot, StaveSymmetry(0, True), cells, energy, angle + 1, 6 * angle)
        )
    return files


def make_trainer(
    samples: list[Sample],
    folder: Path,
    steps: int,
    stopping: Stopping = EVERY_THIRD,
    configuration: str = "",
) -> Trainer:
    torch.manual_seed(0)
    data = TrainingSet(samples, fit_tables(samples, 0.01))
    return Trainer(
        DiT(SMALL),
        diffusion_loss(data, 4),
        Schedule(3e-3, 2, steps, 2),
        4,
        CheckpointStore(folder / "checkpoint.pt"),
        0.9,
        fixed_validation(diffusion_loss(data, 4), batches=1),
        seed=5,
        configuration=configuration,
        stopping=stopping,
    )


def test_training_lowers_the_loss(samples: list[Sample], tmp_path: Path) -> None:
    trainer = make_trainer(samples, tmp_path, 60, Stopping(20))
    before = trainer.validate(trainer.network)
    trainer.run(lambda _state, _loss: None)
    assert trainer.validate(trainer.ema.network) < 0.9 * before
    assert [step for step, _, _ in trainer.curve] == [20, 40, 60]


def test_interrupted_training_goes_on_exactly(samples: list[Sample], tmp_path: Path) -> None:
    whole = make_trainer(samples, tmp_path / "whole", 8)
    whole.run(lambda _state, _loss: None)

    def interrupt(state: object, _loss: float) -> None:
        if getattr(state, "step", 0) == 5:
            first.checkpoint()
            raise KeyboardInterrupt

    first = make_trainer(samples, tmp_path / "cut", 8)
    with pytest.raises(KeyboardInterrupt):
        first.run(interrupt)
    second = make_trainer(samples, tmp_path / "cut", 8)
    assert second.resume()
    assert second.state.step == 5
    second.run(lambda _state, _loss: None)
    assert second.curve == whole.curve
    assert [step for step, _, _ in whole.curve] == [3, 6]
    log = (tmp_path / "cut" / "log.csv").read_text()
    assert log == (tmp_path / "whole" / "log.csv").read_text()
    for continued, uninterrupted in zip(
        second.ema.network.parameters(), whole.ema.network.parameters(), strict=True
    ):
        torch.testing.assert_close(continued, uninterrupted, rtol=0, atol=0)


def test_the_marginals_learn(
    samples: list[Sample], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    data = MarginalsSet(samples, fit_standard(vectors_of(samples)))
    drawn = data.batch(40, torch.Generator().manual_seed(1))
    assert drawn.x.shape == (40, 57)
    # As many showers as this do not give a covariance of 57 numbers.
    assert 0.2 < drawn.x.std(dim=0).mean().item() < 1.5

    def alike(size: int, generator: torch.Generator) -> Batch:
        """All numbers of a vector are one: easy to learn."""
        return Batch(
            torch.randn(size, 1, generator=generator).expand(size, 57) / 2, torch.zeros(size, 10)
        )

    monkeypatch.setattr(data, "batch", alike)
    loss = marginals_loss(data, 16)
    validate = fixed_validation(loss, batches=2)
    trainer = Trainer(
        MarginalsNetwork(57, 10, 128, 1), loss, Schedule(3e-3, 2, 150, 50), 16,
        CheckpointStore(tmp_path / "c.pt"), 0.9, validate, seed=1,
    )  # fmt: skip
    before = trainer.validate(trainer.network)
    trainer.run(lambda _state, _loss: None)
    assert trainer.validate(trainer.ema.network) < 0.8 * before


def test_every_shower_is_told_its_own_marginals(samples: list[Sample]) -> None:
    tables = fit_tables(samples, 0.01)
    data = TrainingSet(samples, tables)
    batch = data.batch(8, torch.Generator().manual_seed(3))
    for slot in (0, 1):
        rows = slice(4 * slot, 4 * slot + 4)
        energy = batch.conditions[rows, 0].numpy().astype(np.float64) * 1e5
        restorer = restorers(tables.transform)[slot]
        cells = restorer.restore(batch.x[rows].numpy(), restorer.centre(energy))
        marginals = tables.scale.standardised(sums_of(cells), energy, slot)
        np.testing.assert_allclose(batch.conditions[rows, 10:].numpy(), marginals, atol=2e-3)


def test_cell_weights_have_mean_one_and_favour_energy(samples: list[Sample]) -> None:
    hot = [replace(s, showers=s.showers.clone()) for s in samples]
    for sample in hot:
        sample.showers[:, 0, :, 10] *= 50
    weights = cell_weights(hot)
    assert weights.shape == (9, 1, 45)
    assert weights.mean().item() == pytest.approx(1)
    assert weights.argmax().item() == 10


def test_pseudo_huber_is_the_distance_where_it_is_large() -> None:
    difference = torch.full((2, 9, 16, 45), 0.5)
    assert pseudo_huber(difference).item() == pytest.approx(1, abs=0.01)
    assert pseudo_huber(torch.zeros(2, 9, 16, 45)).item() == pytest.approx(0, abs=1e-7)


def test_fresh_training_has_nothing_to_resume(samples: list[Sample], tmp_path: Path) -> None:
    assert not make_trainer(samples, tmp_path, 8).resume()


def test_result_of_a_training_elsewhere_is_there_and_its_training_is_not_resumed(
    samples: list[Sample], tmp_path: Path
) -> None:
    trained = make_trainer(samples, tmp_path, 6)
    trained.run(lambda _state, _loss: None)
    saved = trained.store.load()
    assert saved is not None
    # The state of a generator of a GPU has another size.
    trained.store.save({**saved, "generators": [torch.zeros(16, dtype=torch.uint8)] * 2})
    here = make_trainer(samples, tmp_path, 6)
    assert here.restore_result()
    assert here.curve == trained.curve
    assert here.state.step == 6
    for result, expected in zip(
        here.result().parameters(), trained.result().parameters(), strict=True
    ):
        assert torch.equal(result, expected)
    with pytest.raises(SpecError, match="of a training by 2 processes"):
        here.resume()


def test_schedule_warms_up_and_decays() -> None:
    schedule = Schedule(rate=1.0, warm_up=10, steps=100, decay=20)
    assert schedule.at(0) == pytest.approx(0.1)
    assert schedule.at(50) == 1.0
    assert schedule.at(90) == pytest.approx(0.5)
    assert schedule.at(100) == 0.0


def test_average_follows() -> None:
    network = DiT(SMALL)
    average = Ema(network, 0.99)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(1.0)
    for step in range(2000):
        average.update(network, step)
    for mean, now in zip(average.network.parameters(), network.parameters(), strict=True):
        torch.testing.assert_close(mean, now, rtol=0, atol=1e-5)


def test_average_is_that_of_each_parameter() -> None:
    network = DiT(SMALL)
    average = Ema(network, 0.9)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn(parameter.shape))
    expected = [
        mean.lerp(now, 1 - (1 + 7) / (10 + 7))
        for mean, now in zip(average.network.parameters(), network.parameters(), strict=True)
    ]
    average.update(network, 7)
    for mean, value in zip(average.network.parameters(), expected, strict=True):
        torch.testing.assert_close(mean, value, rtol=0, atol=0)


def test_some_showers_of_each_detector_by_seed(samples: list[Sample]) -> None:
    def energies(seed: int, of: list[Sample], max_showers: int | None = 8) -> list[list[float]]:
        return [s.energy.tolist() for s in thinned(of, max_showers, seed)]

    first, second = energies(1, samples)
    assert len(set(first)) == len(set(second)) == 8
    assert set(first) < set(samples[0].energy.tolist())
    assert energies(1, samples) == [first, second]
    assert energies(1, samples[1:]) == [second]
    assert energies(2, samples) != [first, second]
    everything = [s.energy.tolist() for s in samples]
    assert energies(1, samples, None) == energies(1, samples, 20) == everything
    for chosen in thinned(samples, 8, 1):
        [whole] = [s for s in samples if s.name == chosen.name]
        for k, energy in enumerate(chosen.energy.tolist()):
            row = whole.energy.tolist().index(energy)
            assert torch.equal(chosen.showers[k], whole.showers[row])
            assert chosen.theta[k] == whole.theta[row]


def test_held_out_showers_are_not_trained_on(samples: list[Sample]) -> None:
    train, validation = hold_out(samples, 0.25)
    assert [len(s.energy) for s in train] == [15, 15]
    assert [len(s.energy) for s in validation] == [5, 5]
    assert not set(train[0].energy.tolist()) & set(validation[0].energy.tolist())


class GaussianTeacher(nn.Module):
    """The exact raw network for data of deviation SIGMA_DATA around 0: it adds nothing."""

    def forward(self, x: Tensor, c_noise: Tensor, conditions: Tensor) -> Tensor:
        return torch.zeros_like(x)


def test_teacher_step_follows_the_exact_trajectory() -> None:
    levels = karras_sigmas(65)[:-1].float()
    x = torch.randn(1, 9, 16, 45) * levels[0]
    start = x
    teacher = Denoiser(GaussianTeacher())
    for high, low in pairwise(levels):
        x = teacher_step(teacher, x, high[None], low[None], torch.zeros(1, 10))
    exact = start * ((SIGMA_DATA**2 + levels[-1] ** 2) / (SIGMA_DATA**2 + levels[0] ** 2)).sqrt()
    assert (x - exact).square().mean().sqrt().item() < 0.005


def test_distillation_learns_its_goal(samples: list[Sample], tmp_path: Path) -> None:
    # With a frozen target the goal stands still, and the loss has to fall.
    data = TrainingSet(samples, fit_tables(samples, 0.01))
    torch.manual_seed(0)
    goal, student = DiT(SMALL), DiT(SMALL)
    loss = consistency_loss(data, 16, 6, DiT(SMALL), lambda: goal)
    trainer = Trainer(
        student, loss, Schedule(1e-3, 2, 100, 50), 16, CheckpointStore(tmp_path / "c.pt"), 0.9,
        fixed_validation(loss, batches=1), seed=1,
    )  # fmt: skip
    before = trainer.validate(student)
    trainer.run(lambda _state, _loss: None)
    assert trainer.validate(trainer.ema.network) < before


def test_distillation_target_follows_and_is_resumed(samples: list[Sample], tmp_path: Path) -> None:
    data = TrainingSet(samples, fit_tables(samples, 0.01))

    def make() -> tuple[Trainer, Ema]:
        torch.manual_seed(0)
        student = DiT(SMALL)
        target = Ema(student, 0.5)
        loss = consistency_loss(data, 4, 6, DiT(SMALL), lambda: target.network)
        store = CheckpointStore(tmp_path / "c.pt")
        schedule = Schedule(1e-3, 2, 6, 2)
        validate = fixed_validation(loss, batches=1)
        return Trainer(student, loss, schedule, 4, store, 0.9, validate, 1, target), target

    trainer, target = make()
    trainer.run(lambda _state, _loss: None)
    assert bool(target.network.patch_out.weight.abs().sum() > 0)
    again, restored = make()
    assert again.resume()
    torch.testing.assert_close(restored.network.patch_out.weight, target.network.patch_out.weight)


def test_another_configuration_is_not_resumed(samples: list[Sample], tmp_path: Path) -> None:
    make_trainer(samples, tmp_path, 2, configuration='{"optimizer": {"rate": 0.1}}').run(
        lambda _state, _loss: None
    )
    other = make_trainer(samples, tmp_path, 2, configuration='{"optimizer": {"rate": 0.2}}')
    with pytest.raises(SpecError, match=r"optimizer.rate was 0.1 and is 0.2; restore it"):
        other.resume()


def test_training_ends_when_held_out_showers_say_so_and_keeps_the_best(
    samples: list[Sample], tmp_path: Path
) -> None:
    trainer = make_trainer(samples, tmp_path, 100, Stopping(curve_every=2, patience=2))
    losses = iter([0.5, 0.4, 0.6, 0.7, 0.3])
    kept = []

    def validate(network: nn.Module) -> float:
        kept.append({k: t.clone() for k, t in network.state_dict().items()})
        return next(losses)

    trainer.validate = validate
    trainer.run(lambda _state, _loss: None)
    assert (trainer.state.step, trainer.state.best_step) == (8, 4)
    for name, tensor in trainer.result().state_dict().items():
        torch.testing.assert_close(tensor, kept[1][name], rtol=0, atol=0)
    again = make_trainer(samples, tmp_path, 100, Stopping(curve_every=2, patience=2))
    assert again.resume()
    assert again.finished
    assert again.best is not None


def test_a_loss_that_is_no_number_ends_training_and_spares_the_checkpoint(
    samples: list[Sample], tmp_path: Path
) -> None:
    trainer = make_trainer(samples, tmp_path, 5)
    trainer.checkpoint()
    before = trainer.store.path.read_bytes()
    with torch.no_grad():
        trainer.network.patch_in.weight.fill_(torch.nan)
    with pytest.raises(ModelError, match="no number after step 0: lower"):
        trainer.run(lambda _state, _loss: None)
    assert trainer.store.path.read_bytes() == before


def test_showers_that_judge_are_not_trained_on(samples: list[Sample]) -> None:
    with LemursFile(WEIGHTS_DIR.parents[1] / "data_specs" / "reference" / "ODD.h5") as file:
        particles = file.conditions
    columns = [
        torch.from_numpy(c[:20]).float() for c in (particles.energy, particles.theta, particles.phi)
    ]
    require_unseen(samples)
    sample = Sample("ODD", 2, StaveSymmetry(16, True), samples[0].showers, *columns)
    with pytest.raises(SpecError, match="20 training showers of ODD are those of the bundled"):
        require_unseen([sample])
