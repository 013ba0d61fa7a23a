"""Heads that are padded compute what they computed before."""

from __future__ import annotations

import pytest
import torch

from reference_models.inference.aligned import aligned_heads
from reference_models.network.dit import DiT, NetworkConfig


def network(heads: int, head_size: int | None = None) -> DiT:
    torch.manual_seed(1)
    config = NetworkConfig(mesh=(4, 6, 8), width=36, blocks=2, patch=(1, 6, 2), heads=heads,
                           head_size=head_size)  # fmt: skip
    made = DiT(config)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.copy_(0.3 * torch.randn(parameter.shape))
    return made


@pytest.mark.parametrize(
    ("heads", "head_size", "aligned"), [(2, None, 20), (6, None, 8), (3, 7, 8), (1, 1, 4)]
)
def test_the_function_is_the_same(heads: int, head_size: int | None, aligned: int) -> None:
    before = network(heads, head_size)
    after = aligned_heads(before)
    assert after.blocks[0].qkv.weight.shape == (3 * heads * aligned, 36)
    assert after.config.attention_width == heads * aligned
    x, noise, told = torch.randn(5, 4, 6, 8), torch.rand(5), torch.randn(5, 10)
    with torch.no_grad():
        expected, result = before(x, noise, told), after(x, noise, told)
    assert (result - expected).abs().max() <= 1e-5 * expected.abs().max()


def test_heads_that_are_aligned_stay_in_a_copy() -> None:
    before = network(3)
    after = aligned_heads(before)
    assert after.config == before.config
    changed = after.blocks[0].qkv.weight
    assert torch.equal(changed, before.blocks[0].qkv.weight)
    with torch.no_grad():
        changed.zero_()
    assert before.blocks[0].qkv.weight.abs().max() > 0
