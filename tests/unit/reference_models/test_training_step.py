"""The optimiser step: bf16, batches drawn on the device, and the step that a GPU captures."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from small_weights import made_up_showers
from torch import Tensor, nn

from reference_models.network import dit
from reference_models.network.dit import DiT, NetworkConfig
from reference_models.network.symmetry import StaveSymmetry
from reference_models.training import step as step_module
from reference_models.training.dataset import Sample, TrainingSet, fit_tables
from reference_models.training.diffusion import diffusion_loss
from reference_models.training.on_device import DeviceSet
from reference_models.training.processes import ALONE
from reference_models.training.step import CapturedStep, EagerStep, Snapshot, in_precision
from reference_models.weights_io import WEIGHTS_DIR, load_model

SMALL = NetworkConfig(patch=(9, 16, 15), width=36, blocks=1, heads=2, condition_size=66)


def sample(slot: int, symmetry: StaveSymmetry) -> Sample:
    cells, of = made_up_showers(slot, 20)
    columns = (torch.from_numpy(c).float() for c in (of.energy, of.theta, of.phi))
    return Sample("some", slot, symmetry, torch.from_numpy(cells), *columns)


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    return [sample(0, StaveSymmetry(0, True)), sample(3, StaveSymmetry(12, False))]


def test_bf16_gives_the_same_loss_and_keeps_float32_parameters(samples: list[Sample]) -> None:
    model = load_model(WEIGHTS_DIR / "edm_dit.safetensors")
    network = model.network.requires_grad_(True)
    loss = diffusion_loss(TrainingSet(samples, fit_tables(samples, 0.005)), 4)
    results, gradients = [], []
    for precision in (None, "bf16"):
        network.zero_grad()
        value = loss(in_precision(network, precision), torch.Generator().manual_seed(1))
        torch.autograd.backward(value)
        assert value.dtype == torch.float32
        results.append(value.item())
        gradients.append(torch.cat([p.grad.flatten() for p in network.parameters()]))
    assert results[1] == pytest.approx(results[0], rel=1e-2)
    assert results[1] != results[0]
    assert gradients[1].dtype == torch.float32
    cosine = nn.functional.cosine_similarity(gradients[0], gradients[1], dim=0)
    assert float(cosine) > 0.99


def test_attention_stays_float32_on_the_cpu() -> None:
    q, k, v = torch.randn(3, 2, 2, 5, 4, dtype=torch.bfloat16).unbind(0)
    with torch.autocast("cpu", torch.bfloat16):
        assert dit._attended(q, k, v).dtype == torch.float32


def test_batches_drawn_on_the_device_are_those_of_the_cpu(samples: list[Sample]) -> None:
    tables = fit_tables(samples, 0.005)
    expected = TrainingSet(samples, tables).batch(24, torch.Generator().manual_seed(5))
    drawn = DeviceSet(samples, tables, torch.device("cpu"))
    result = drawn.batch(24, torch.Generator().manual_seed(5))
    torch.testing.assert_close(result.x, expected.x, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(result.conditions, expected.conditions, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(drawn.cell_weights, TrainingSet(samples, tables).cell_weights)


def made(samples: list[Sample], kind: type[EagerStep]) -> EagerStep:
    torch.manual_seed(0)
    network = DiT(SMALL)
    optimizer = torch.optim.AdamW(network.parameters(), betas=(0.9, 0.99), weight_decay=0.01)
    data = DeviceSet(samples, fit_tables(samples, 0.005), torch.device("cpu"))
    generator = torch.Generator().manual_seed(1)
    return kind(network, diffusion_loss(data, 4), optimizer, generator, ALONE)


def weights(step: EagerStep) -> Tensor:
    return torch.cat([p.detach().flatten() for p in step.network.parameters()])


@pytest.mark.parametrize("before", [0, 2])
def test_a_snapshot_brings_everything_back(samples: list[Sample], before: int) -> None:
    step = made(samples, EagerStep)
    for _ in range(before):
        step(0.01)
    snapshot, then = Snapshot(step.network, step.optimizer, step.generator), weights(step)
    first = [step(0.01), step(0.01)]
    moved = weights(step)
    assert not torch.equal(moved, then)
    snapshot.restore()
    torch.testing.assert_close(weights(step), then, rtol=0, atol=0)
    assert [step(0.01), step(0.01)] == first
    torch.testing.assert_close(weights(step), moved, rtol=0, atol=0)


class Replayed:
    """A CUDA graph on the CPU: a replay runs the step again."""

    def __init__(self) -> None:
        self.step: Any = None
        self.generators: list[torch.Generator] = []

    def register_generator_state(self, generator: torch.Generator) -> None:
        self.generators.append(generator)

    def replay(self) -> None:
        self.step._result = self.step._whole()


class Stream:
    def __init__(self, *_: object) -> None:
        pass

    def wait_stream(self, other: object) -> None:
        pass


def test_a_captured_step_does_what_the_eager_one_does(
    samples: list[Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All but CUDA itself: warm-up and capture leave no trace, and rates change between replays."""
    graphs: list[Replayed] = []

    @contextlib.contextmanager
    def nothing(*_: object) -> Iterator[None]:
        yield

    def graph() -> Replayed:
        graphs.append(Replayed())
        return graphs[-1]

    for name, value in {
        "CUDAGraph": graph, "graph": nothing, "stream": nothing, "Stream": Stream,
        "current_stream": Stream,
    }.items():  # fmt: skip
        monkeypatch.setattr(torch.cuda, name, value)
    monkeypatch.setattr(step_module, "_CAPTURABLE", False)  # which is refused on the CPU
    eager, captured = made(samples, EagerStep), made(samples, CapturedStep)
    rates = [0.01, 0.02, 0.005]
    expected = [eager(rate) for rate in rates]
    original = captured._capture  # type: ignore[attr-defined]

    def capture() -> Replayed:
        result: Replayed = original()
        result.step = captured
        return result

    monkeypatch.setattr(captured, "_capture", capture)
    # A rate in a tensor is rounded to float32.
    assert [captured(rate) for rate in rates] == [pytest.approx(e, rel=1e-5) for e in expected]
    # Adam moves a weight whose gradient is almost zero by the sign of its rounding.
    moved = (weights(eager) - weights(made(samples, EagerStep))).norm()
    assert float((weights(captured) - weights(eager)).norm() / moved) < 1e-2
    assert len(graphs) == 1
    assert graphs[0].generators == [captured.generator]


def test_a_step_without_a_number_leaves_the_network(samples: list[Sample]) -> None:
    step = made(samples, EagerStep)
    step(0.01)
    then = weights(step)
    step._loss = lambda network, _generator: network.patch_in.weight.sum() * float("nan")
    loss, _ = step(0.01)
    assert math.isnan(loss)
    torch.testing.assert_close(weights(step), then, rtol=0, atol=0)
