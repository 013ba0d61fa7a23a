"""Exact properties of the diffusion transformer."""

from __future__ import annotations

import pytest
import torch

from reference_models.network.dit import DiT, NetworkConfig, sincos_positions


@pytest.fixture
def network() -> DiT:
    torch.manual_seed(1)
    return DiT(NetworkConfig())


def test_patches_come_back(network: DiT) -> None:
    x = torch.randn(2, 9, 16, 45)
    tokens = network.patchify(x)
    assert tokens.shape == (2, 108, 60)
    torch.testing.assert_close(network.unpatchify(tokens), x)


def test_a_patch_holds_neighbouring_cells(network: DiT) -> None:
    x = torch.zeros(1, 9, 16, 45)
    x[0, 3:6, 4:8, 10:15] = 1
    occupied = network.patchify(x).sum(dim=2)[0]
    assert (occupied > 0).sum() == 1
    assert occupied.max() == 60


def test_fresh_network_returns_zero(network: DiT) -> None:
    result = network(torch.randn(2, 9, 16, 45), torch.randn(2), torch.randn(2, 10))
    assert result.abs().max() == 0


def test_fresh_blocks_are_the_identity(network: DiT) -> None:
    tokens, condition = torch.randn(2, 108, 144), torch.randn(2, 144)
    torch.testing.assert_close(network.blocks[0](tokens, condition), tokens, rtol=0, atol=0)


def test_only_the_last_layer_learns_at_first(network: DiT) -> None:
    loss = (network(torch.randn(2, 9, 16, 45), torch.randn(2), torch.randn(2, 10)) - 1).square()
    loss.sum().backward()
    moved = {n for n, p in network.named_parameters() if p.grad is not None and p.grad.any()}
    assert moved == {"patch_out.weight", "patch_out.bias"}


def test_positions_differ() -> None:
    positions = sincos_positions((3, 4, 9), 144)
    assert positions.shape == (108, 144)
    assert len({tuple(row.tolist()) for row in positions}) == 108


def test_patch_must_divide_the_mesh() -> None:
    with pytest.raises(ValueError, match="does not divide"):
        NetworkConfig(patch=(2, 4, 5))


def test_config_survives_json_like_lists() -> None:
    config = NetworkConfig(patch=(3, 2, 3))
    listed = {k: list(v) if isinstance(v, tuple) else v for k, v in config.to_dict().items()}
    assert NetworkConfig.from_dict(listed) == config
    assert config.n_tokens == 360
