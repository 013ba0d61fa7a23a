"""Fewer heads and hidden numbers: what is superfluous goes, and the rest makes up for what is not."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import yaml
from small_weights import run, small_weights, student_config, trained
from torch import Tensor

from calobench.errors import SpecError
from reference_models.devices import require_device
from reference_models.network.dit import DiT
from reference_models.network.pruning import Example, pruned
from reference_models.training.config import parse_config
from reference_models.training.processes import ALONE
from reference_models.training.recipe import Place
from reference_models.training.recipes import make_recipes
from reference_models.weights_io import load_model

PATCH = (1, 16, 5)


def example(n: int = 12, seed: int = 1) -> Example:
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(n, 9, 16, 45, generator=generator)
    return Example(x, torch.randn(n, generator=generator), torch.rand(n, 10, generator=generator))


def everything_twice(network: DiT) -> DiT:
    """The same function with every head and hidden number there twice, each with a share of its weight."""
    config = network.config
    wide = DiT(replace(config, heads=2 * config.heads, head_size=18, mlp_ratio=8))
    state = dict(network.state_dict())
    first, second = 0.3, 0.7
    for name, tensor in network.state_dict().items():
        if name.endswith(("attention_out.weight", "mlp_out.weight")):
            state[name] = torch.cat([first * tensor, second * tensor], dim=1)
        elif ".mlp_in." in name:
            state[name] = torch.cat([tensor, tensor])
        elif ".qkv." in name:
            state[name] = torch.cat([part for one in tensor.chunk(3) for part in (one, one)])
    wide.load_state_dict(state)
    return wide


def off(one: DiT, other: DiT, of: Example) -> Tensor:
    return (one(*of) - other(*of)).square().mean().sqrt()


@torch.no_grad()
def test_what_is_there_twice_goes_without_a_trace() -> None:
    network = trained(PATCH)
    wide = everything_twice(network)
    unseen = example(seed=2)
    size = network(*unseen).square().mean().sqrt()
    assert off(wide, network, unseen) < 1e-5 * size
    before = deepcopy(wide.state_dict())
    narrow = pruned(wide, 8, 4, example())
    assert narrow.config == replace(network.config, head_size=18)
    assert off(narrow, network, unseen) < 1e-3 * size
    assert all(torch.equal(before[name], tensor) for name, tensor in wide.state_dict().items())


@torch.no_grad()
def test_what_stays_makes_up_for_what_goes() -> None:
    network = trained(PATCH)
    for block in network.blocks:  # hidden numbers that go together, as those of trained networks do
        weight = block.mlp_in.weight
        weight.copy_(torch.randn(weight.shape[0], 20) @ torch.randn(20, weight.shape[1]) / 50)
    narrow = pruned(network, 8, 2, example())
    cut = pruned(network, 8, 2, example())
    for own, block in zip(cut.blocks, network.blocks, strict=True):
        own.mlp_in.weight.copy_(block.mlp_in.weight[:288])
        own.mlp_in.bias.copy_(block.mlp_in.bias[:288])
        own.mlp_out.weight.copy_(block.mlp_out.weight[:, :288])
        own.mlp_out.bias.copy_(block.mlp_out.bias)
    unseen = example(seed=2)
    assert off(narrow, network, unseen) < 0.3 * off(cut, network, unseen)


def test_nothing_goes_where_all_may_stay() -> None:
    network = trained(PATCH)
    with torch.no_grad():
        assert off(pruned(network, 8, 4, example()), network, example(seed=2)) < 1e-5


@pytest.mark.parametrize(("heads", "mlp_ratio"), [(9, 4), (0, 4), (8, 5), (8, 0)])
def test_there_must_be_as_many(heads: int, mlp_ratio: int) -> None:
    with pytest.raises(ValueError, match="from 1 to those of the start, 8 and 4"):
        pruned(trained(PATCH), heads, mlp_ratio, example())


def test_a_student_is_made_narrower_once(tmp_path: Path) -> None:
    path = student_config(tmp_path, teacher_steps=4, heads=1, mlp_ratio=2)
    small_weights(tmp_path / "w", ["ILD"])
    run("progressive", "--config", path)
    first, last = (load_model(tmp_path / "w" / f"{name}.safetensors") for name in ("one_2", "one"))
    assert (first.card["heads"], first.card["mlp_ratio"]) == (1, 2)
    assert "heads" not in last.card
    config = last.network.config
    assert (config.heads, config.head_size, config.mlp_ratio) == (1, 18, 2)
    assert config == first.network.config


def test_heads_that_are_not_there_are_named(tmp_path: Path) -> None:
    path = student_config(tmp_path, teacher_steps=2, heads=3)
    config = parse_config(yaml.safe_load(path.read_text()), path)
    with pytest.raises(SpecError, match="network of the student: heads 3 and mlp_ratio 4 must be"):
        next(make_recipes(config, path, Place(require_device("cpu"), ALONE)))
