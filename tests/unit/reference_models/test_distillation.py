"""Progressive distillation and consistency tuning: closed forms of a Gaussian, and the commands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from small_weights import SHORT, run, small_weights, student_config
from torch import Tensor, nn

from calobench.detectors import load_detector
from calobench.errors import SpecError
from calobench.showers import Conditions
from reference_models.devices import require_device
from reference_models.distillation.progressive import halving_loss, halving_target
from reference_models.distillation.tuning import lower_level, tuning_loss
from reference_models.network.preconditioning import (
    SIGMA_DATA,
    SIGMA_MAX,
    SIGMA_MIN,
    Denoiser,
    sample_sigma,
    scalings,
)
from reference_models.samplers.schedule import nested_sigmas
from reference_models.training.config import parse_config
from reference_models.training.dataset import Batch, TrainingSet
from reference_models.training.processes import ALONE
from reference_models.training.recipe import Place
from reference_models.training.recipes import make_recipes
from reference_models.variants import weights_file
from reference_models.weights_io import load_model

S2 = SIGMA_DATA**2
CELLS = (9, 16, 45)


@dataclass
class Gaussian:
    """Showers around 0, in place of a training sample."""

    deviation: float = SIGMA_DATA
    mean: float = 0.0
    cell_weights: Tensor = field(default_factory=lambda: torch.ones(9, 1, 45))
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        x = self.mean + self.deviation * torch.randn(size, *CELLS, generator=generator)
        return Batch(x, torch.zeros(size, 10))


def data(**changed: Any) -> TrainingSet:
    gaussian: Any = Gaussian(**changed)
    return gaussian


class Exact(nn.Module):
    """The raw network whose denoiser, or consistency function, is ``function(x, sigma)``."""

    def __init__(self, function: Callable[[Tensor, Tensor], Tensor], boundary: float | None = None):
        super().__init__()
        self.function, self.boundary = function, boundary
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, x: Tensor, c_noise: Tensor, conditions: Tensor) -> Tensor:
        sigma = (4 * c_noise).exp().view(-1, 1, 1, 1)
        skip, out, total = scalings(sigma, self.boundary)
        noisy = x * total
        raw: Tensor = (self.function(noisy, sigma) - skip * noisy) / out
        return raw.nan_to_num(0, 0, 0)


def optimal(x: Tensor, sigma: Tensor) -> Tensor:
    return x * S2 / (S2 + sigma**2)


@pytest.mark.parametrize("first", [0, 2, 6])
def test_the_target_of_a_halving_is_the_formula_of_the_paper(first: int) -> None:
    levels = nested_sigmas(8)[first : first + 3]
    x = torch.randn(1, *CELLS, dtype=torch.float64) * (levels[0] ** 2 + S2).sqrt()
    denoiser: Any = lambda x, sigma, _conditions: optimal(x, sigma.view(-1, 1, 1, 1))  # noqa: E731
    high, between, low = levels
    target = halving_target(denoiser, x, (high[None], between[None], low[None]), torch.zeros(1, 10))

    # Salimans and Ho, eq. 8 and 9: z = alpha x + sigma eps with alpha^2 + sigma^2 = 1.
    alpha = 1 / (1 + levels**2).sqrt()
    sigma = levels * alpha
    z, states = alpha[0] * x, []
    for k in range(2):
        denoised = optimal(z / alpha[k], levels[k])
        z_next = alpha[k + 1] * denoised + sigma[k + 1] / sigma[k] * (z - alpha[k] * denoised)
        states.append(z)
        z = z_next
    ratio = sigma[2] / sigma[0]
    expected = (z - ratio * states[0]) / (alpha[2] - ratio * alpha[0])
    torch.testing.assert_close(target, expected, rtol=1e-9, atol=1e-9)


def halved(x: Tensor, sigma: Tensor, steps: int) -> Tensor:
    """The exact student of the Gaussian: a factor for each of its levels."""
    levels = nested_sigmas(2 * steps)
    factors = []
    for first in range(0, 2 * steps, 2):
        high, between, low = levels[first : first + 3]
        factor = torch.ones(())
        for a, b in ((high, between), (between, low)):
            keep = S2 / (S2 + a**2)
            factor = factor * (keep + b / a * (1 - keep))
        factors.append((factor - low / high) / (1 - low / high))
    nearest = (sigma.flatten()[:, None] / levels[:-1:2].float()).log().abs().argmin(dim=1)
    return x * torch.stack(factors).float()[nearest].view(-1, 1, 1, 1)


def test_the_exact_student_has_no_loss_and_its_teacher_has_one() -> None:
    teacher = Exact(optimal)
    loss = halving_loss(data(), 16, 2, teacher)
    student = Exact(lambda x, sigma: halved(x, sigma, 2))
    assert float(loss(student, torch.Generator().manual_seed(1))) < 1e-8
    assert float(loss(teacher, torch.Generator().manual_seed(1))) > 1e-3


def test_levels_of_tuning_approach_one_another() -> None:
    level = torch.tensor([0.01, 1.0, 80.0])
    distances = [(level - lower_level(level, stage)) / level for stage in range(3, 9)]
    for wide, narrow in pairwise(distances):
        torch.testing.assert_close(narrow, wide / 2, rtol=1e-4, atol=0)
    # Geng et al.: 1 + 8 sigmoid(-t) is 5 at 0 and 1 far above.
    assert distances[0][2].item() == pytest.approx(1 / 16, rel=1e-4)
    assert distances[0][0].item() == pytest.approx(4.98 / 16, rel=1e-3)
    assert lower_level(level, 0)[0].item() == pytest.approx(SIGMA_MIN)


def test_tuning_has_no_loss_for_the_exact_function_of_one_shower() -> None:
    network = Exact(lambda x, _sigma: torch.full_like(x, 0.3), SIGMA_MIN)
    loss = tuning_loss(data(deviation=0.0, mean=0.3), 16, lambda: 8)
    assert float(loss(network, torch.Generator().manual_seed(1))) < 1e-4
    wrong = Exact(lambda x, sigma: 0.3 + 0.1 * x / sigma.clamp(min=1), SIGMA_MIN)
    assert float(loss(wrong, torch.Generator().manual_seed(1))) > 0.01


@pytest.mark.parametrize("stage", [1, 5])
def test_tuning_loss_of_the_exact_function_of_a_gaussian(stage: int) -> None:
    """f(x, t) = x a(t), a = sqrt((s^2 + sigma_min^2) / (s^2 + t^2)): the loss in closed form."""
    size = 32

    def amplitude(t: Tensor) -> Tensor:
        return ((S2 + SIGMA_MIN**2) / (S2 + t**2)).sqrt()

    network = Exact(lambda x, sigma: x * amplitude(sigma), SIGMA_MIN)
    generator = torch.Generator().manual_seed(3)
    loss = float(tuning_loss(data(), size, lambda: stage)(network, generator))
    generator.manual_seed(3)
    data().batch(size, generator)
    t = sample_sigma(size, generator, -1.1, 2.0).clamp(2 * SIGMA_MIN, SIGMA_MAX).double()
    r = lower_level(t, stage)
    # Both points lie on one straight line, with the same shower and noise, and not on one trajectory: the
    # exact function has a loss, of a difference that is Gaussian in every cell.
    variance = S2 * (amplitude(t) - amplitude(r)) ** 2 + (t * amplitude(t) - r * amplitude(r)) ** 2
    distance = ((variance + 0.00054**2).sqrt() - 0.00054) / SIGMA_DATA
    assert loss == pytest.approx(float((distance / (t - r)).mean()), rel=0.02)


def test_steps_are_halved_down_to_one(tmp_path: Path) -> None:
    config = student_config(tmp_path, teacher_steps=4)
    run("progressive", "--config", config)
    for name, steps in (("one_2", 2), ("one", 1)):
        model = weights_file(tmp_path / "w" / f"{name}.safetensors")
        assert model.info.nfe == steps
        torch.testing.assert_close(model.sigmas, nested_sigmas(steps))
        assert model.finished.card["steps"] == steps
    before = (tmp_path / "w" / "one.safetensors").read_bytes()
    run("progressive", "--config", config)
    assert (tmp_path / "w" / "one.safetensors").read_bytes() == before


def test_blocks_are_left_out_once(tmp_path: Path) -> None:
    path = student_config(tmp_path, teacher_steps=4, blocks=[0, 2])
    small_weights(tmp_path / "w", ["ILD"], blocks=3)
    run("progressive", "--config", path)
    first, last = (load_model(tmp_path / "w" / f"{name}.safetensors") for name in ("one_2", "one"))
    assert first.network.config.blocks == last.network.config.blocks == 2
    assert first.card["blocks_of_start"] == [0, 2]
    assert "blocks_of_start" not in last.card


def test_a_student_is_taught_further(tmp_path: Path) -> None:
    path = student_config(tmp_path, teacher_steps=2, blocks=[0, 2])
    small_weights(tmp_path / "w", ["ILD"], blocks=3)
    run("progressive", "--config", path)
    before = load_model(tmp_path / "w" / "one.safetensors")
    further = {"start": str(tmp_path / "w" / "one.safetensors"), "teacher_steps": 4}
    weights = tmp_path / "w" / "further.safetensors"
    still = {**SHORT, "rate": 1e-12}
    run("progressive", "--config", student_config(
        tmp_path, **further, weights=str(weights), output=str(tmp_path / "again"), optimizer=still,
    ))  # fmt: skip
    for name in ("further_2", "further"):
        # It begins where it ended, with as many blocks, and not as its teacher.
        after = load_model(weights.with_stem(name))
        for key, tensor in before.network.state_dict().items():
            torch.testing.assert_close(after.network.state_dict()[key], tensor)
    first, last = (load_model(weights.with_stem(name)).card for name in ("further_2", "further"))
    assert first["started_from"]["network_sha256"] == before.card["network_sha256"]
    assert "started_from" not in last


def test_blocks_that_are_not_there_are_named(tmp_path: Path) -> None:
    path = student_config(tmp_path, teacher_steps=2, blocks=[0, 9])
    config = parse_config(yaml.safe_load(path.read_text()), path)
    with pytest.raises(SpecError, match=r"network of the student: blocks \[0, 9\] must be some of"):
        next(make_recipes(config, path, Place(require_device("cpu"), ALONE)))


def test_tuning_goes_on_in_its_stage_when_interrupted(tmp_path: Path) -> None:
    def recipe(name: str) -> Any:
        path = student_config(
            tmp_path, kind="distill", tuning_stages=3, output=str(tmp_path / name),
            weights=str(tmp_path / "w" / f"{name}.safetensors"),
        )  # fmt: skip
        config = parse_config(yaml.safe_load(path.read_text()), path)
        return next(make_recipes(config, path, Place(require_device("cpu"), ALONE)))

    whole = recipe("whole")
    whole.trainer.run(lambda _state, _loss: None)

    def interrupt(state: Any, _loss: float) -> None:
        if state.step == 3:
            cut.trainer.checkpoint()
            raise KeyboardInterrupt

    cut = recipe("cut")
    with pytest.raises(KeyboardInterrupt):
        cut.trainer.run(interrupt)
    again = recipe("cut")
    assert again.trainer.resume()
    again.trainer.run(lambda _state, _loss: None)
    assert again.trainer.curve == whole.trainer.curve
    again.export()
    model = weights_file(tmp_path / "w" / "cut.safetensors")
    assert model.finished.card["tuning_stages"] == 3
    assert (model.info.nfe, model.boundary) == (1, SIGMA_MIN)


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "distill", "intervals": 4, "target_decay": 0.5},
        {"kind": "progressive", "teacher_steps": 4},
    ],
)
def test_a_student_may_have_other_tokens_than_its_teacher(
    tmp_path: Path, given: dict[str, Any]
) -> None:
    run(given["kind"], "--config", student_config(tmp_path, **given, patch=[9, 16, 9]))
    student = weights_file(tmp_path / "w" / "one.safetensors")
    teacher = load_model(tmp_path / "w" / "start.safetensors").network
    config = student.finished.network.config
    assert config.patch == (9, 16, 9) != teacher.config.patch == config.position_patch
    assert student.finished.card["patch"] == [9, 16, 9]
    particles = Conditions(np.full(3, 5e4), np.full(3, 1.5), np.zeros(3))
    showers = student.generate(particles, load_detector("ILD"), np.random.SeedSequence(1))
    assert np.all(np.isfinite(showers))
    assert np.all(showers.sum(axis=(1, 2, 3)) > 0)
    with pytest.raises(SpecError, match="does not divide the mesh"):
        path = student_config(tmp_path, **given, patch=[9, 16, 7])
        parsed = parse_config(yaml.safe_load(path.read_text()), path)
        next(make_recipes(parsed, path, Place(require_device("cpu"), ALONE)))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"teacher_steps": 6}, "'teacher_steps' must be 'student_steps' times 2, 4, 8"),
        ({"teacher_steps": 2, "optimizer": {**SHORT, "compiled": True}}, "is for 'train' alone"),
        ({"kind": "distill"}, "give 'intervals' and 'target_decay', or 'tuning_stages'"),
        ({"kind": "distill", "tuning_stages": 2, "intervals": 8}, "has neither 'intervals' nor"),
    ],
)
def test_settings_that_contradict_one_another_are_named(
    tmp_path: Path, changed: dict[str, Any], message: str
) -> None:
    path = student_config(tmp_path, **changed)
    with pytest.raises(SpecError, match=message):
        parse_config(yaml.safe_load(path.read_text()), path)


def test_a_consistency_function_is_no_teacher_of_steps(tmp_path: Path) -> None:
    path = student_config(tmp_path, teacher_steps=2)
    small_weights(tmp_path / "w", ["ILD"], kind="distill")
    config = parse_config(yaml.safe_load(path.read_text()), path)
    with pytest.raises(SpecError, match="distilled into a consistency function"):
        next(make_recipes(config, path, Place(require_device("cpu"), ALONE)))


def test_a_denoiser_of_a_gaussian_is_the_one_that_is_tested() -> None:
    x, sigma = torch.randn(2, *CELLS), torch.tensor([0.1, 3.0])
    result = Denoiser(Exact(optimal))(x, sigma, torch.zeros(2, 10))
    torch.testing.assert_close(result, optimal(x, sigma.view(-1, 1, 1, 1)), rtol=1e-4, atol=1e-5)
