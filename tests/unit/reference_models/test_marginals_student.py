"""Marginals drawn with one evaluation: a network that was taught the draws of another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from small_weights import run, sample, small_weights, student_config

from calobench.detectors import load_detector
from calobench.errors import CalobenchError, MeshMismatchError, SpecError
from calobench.showers import Conditions
from reference_models.marginals.denoiser import MarginalsNetwork
from reference_models.marginals.model import MarginalsModel
from reference_models.marginals.standard import fit_standard
from reference_models.marginals.training import MarginalsSet, draws_loss, vectors_of
from reference_models.network.preconditioning import SIGMA_DATA
from reference_models.network.preprocessing import THETA_RANGE
from reference_models.training.checkpoint import CheckpointStore
from reference_models.training.recipes import load_recipe
from reference_models.training.schedule import Schedule
from reference_models.training.trainer import Trainer, fixed_validation
from reference_models.variants import weights_file
from reference_models.weights_io import load_marginals, save_marginals


def lively(width: int = 32) -> MarginalsNetwork:
    """A denoiser that does something: a fresh one is the best linear one."""
    torch.manual_seed(4)
    network = MarginalsNetwork(57, 10, width, 1, dropout=0.0)
    torch.nn.init.normal_(network.out.weight, std=0.05)
    return network.requires_grad_(False)


def particles() -> MarginalsSet:
    samples = [sample(0), sample(1)]
    return MarginalsSet(samples, fit_standard(vectors_of(samples)))


def test_its_loss_is_the_square_by_which_draws_differ() -> None:
    data, teacher = particles(), lively()
    same = draws_loss(data, 20, teacher, 12)(teacher, torch.Generator().manual_seed(1))
    assert float(same) == 0
    # A network that gives nothing leaves the noise as it is.
    silent = MarginalsNetwork(57, 10, 8, 1).requires_grad_(False)
    loss = float(draws_loss(data, 20, teacher, 1)(silent, torch.Generator().manual_seed(1)))
    generator = torch.Generator().manual_seed(1)
    told = data.batch(20, generator).conditions
    noise = torch.randn(20, 57, generator=generator)
    energies = (1e5 * told[:, 0]).double().numpy()
    low, high = THETA_RANGE
    theta = (told[:, 2].double().numpy() * (high - low) + low + high) / 2
    phi = torch.atan2(told[:, 3], told[:, 4]).double().numpy()
    model = MarginalsModel(teacher, fit_standard(vectors_of([sample(0), sample(1)])), 45, 12)
    drawn = np.empty((20, 57))
    for slot in (0, 1):
        rows = slice(10 * slot, 10 * slot + 10)
        of = Conditions(energies[rows], theta[rows], phi[rows])
        drawn[rows] = model.uncorrelated(of, slot, noise[rows]) / SIGMA_DATA
    assert loss == pytest.approx(((drawn - noise.numpy()) ** 2).mean(), rel=1e-3)


def test_it_learns_the_draws_of_its_teacher(tmp_path: Path) -> None:
    data, teacher = particles(), lively()
    torch.manual_seed(1)
    student = MarginalsNetwork(57, 10, 64, 1, dropout=0.0)
    loss = draws_loss(data, 100, teacher, 1)
    trainer = Trainer(
        student, loss, Schedule(3e-3, 5, 150, 100), 100, CheckpointStore(tmp_path / "c.pt"), 0.9,
        fixed_validation(loss, batches=2), seed=1,
    )  # fmt: skip
    before = trainer.validate(student)
    trainer.run(lambda _state, _loss: None)
    assert trainer.validate(trainer.ema.network) < 0.3 * before


def written(folder: Path, **changed: Any) -> Path:
    of_marginals = {
        "kind": "marginals",
        "teacher": str(folder / "w" / "m.safetensors"),
        "evaluations": 1,
        "width": 12,
        "blocks": 1,
        "dropout": 0.0,
    }
    return student_config(folder, **{**of_marginals, **changed})


def test_a_model_may_have_them(tmp_path: Path) -> None:
    run("marginals", "--config", written(tmp_path))
    student = load_marginals(tmp_path / "w" / "one.safetensors")
    assert student.model.evaluations == student.card["evaluations"] == 1
    teacher = load_marginals(tmp_path / "w" / "m.safetensors")
    assert student.card["teacher_sha256"] == teacher.card["weights_sha256"]
    shape = student_config(
        tmp_path, teacher_steps=2, marginals=str(tmp_path / "w" / "one.safetensors"),
        output=str(tmp_path / "halved"), weights=str(tmp_path / "w" / "half.safetensors"),
    )  # fmt: skip
    run("progressive", "--config", shape)
    model = weights_file(tmp_path / "w" / "half.safetensors")
    assert model.finished.marginals.model.evaluations == 1
    of = Conditions(np.full(3, 5e4), np.full(3, 1.5), np.zeros(3))
    showers = model.generate(of, load_detector("ILD"), np.random.SeedSequence(1))
    assert np.all(showers.sum(axis=(1, 2, 3)) > 0)


def test_marginals_of_a_model_know_its_detectors(tmp_path: Path) -> None:
    small_weights(tmp_path / "others", ["ODD"])
    others = str(tmp_path / "others" / "m.safetensors")
    with pytest.raises(SpecError, match="was not trained on ILD"):
        load_recipe(student_config(tmp_path, teacher_steps=2, marginals=others))


def test_a_teacher_has_the_rings_and_layers_of_the_showers(tmp_path: Path) -> None:
    """Not only as many numbers: 10 rings and 44 layers are as many as 9 and 45."""
    config = written(tmp_path)
    own = load_marginals(tmp_path / "w" / "m.safetensors")
    other = tmp_path / "w" / "other.safetensors"
    save_marginals(other, replace(own.model, n_z=44), own.card)
    load_recipe(config)
    with pytest.raises(MeshMismatchError, match=r"is for \(10, 16, 44\) cells"):
        load_recipe(written(tmp_path, teacher=str(other)))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"evaluations": None}, "give both or neither"),
        ({"teacher": None}, "give both or neither"),
        ({"evaluations": 0}, "greater than 0"),
        ({"teacher": "w/one.safetensors"}, "is no denoiser any more; give its teacher"),
        (
            {"teacher": None, "evaluations": None, "start": "w/one.safetensors"},
            "is no denoiser any",
        ),
        ({"teacher": "w/none.safetensors"}, r"none\.safetensors"),
    ],
)
def test_bad_input_is_named_in_one_line(
    tmp_path: Path, changed: dict[str, Any], message: str
) -> None:
    run("marginals", "--config", written(tmp_path))
    for key in ("teacher", "start"):
        if changed.get(key):
            changed = {**changed, key: str(tmp_path / changed[key])}
    path = written(tmp_path, **{"output": str(tmp_path / "again"), **changed})
    with pytest.raises(CalobenchError, match=message) as failed:
        load_recipe(path)
    assert "\n" not in str(failed.value)
