"""Exact properties of the diffusion transformer."""

from __future__ import annotations

import pytest
import torch
from small_weights import trained

from reference_models.network.dit import DiT, NetworkConfig, sincos_positions
from reference_models.network.students import with_blocks, with_patch


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
    positions = sincos_positions(NetworkConfig())
    assert positions.shape == (108, 144)
    assert len({tuple(row.tolist()) for row in positions}) == 108


def test_positions_may_be_counted_in_other_tokens() -> None:
    known = sincos_positions(NetworkConfig(patch=(1, 16, 3)))
    wide = NetworkConfig(patch=(1, 16, 9), position_patch=(1, 16, 3))
    # The middle of nine layers is that of the second of three tokens.
    expected = known.view(9, 15, 144)[:, 1::3].reshape(45, 144)
    torch.testing.assert_close(sincos_positions(wide), expected, rtol=0, atol=1e-5)


def test_a_network_for_the_same_tokens_is_a_copy() -> None:
    network = trained((1, 16, 3))
    copy = with_patch(network, (1, 16, 3))
    x, noise, told = torch.randn(2, 9, 16, 45), torch.randn(2), torch.randn(2, 10)
    torch.testing.assert_close(copy(x, noise, told), network(x, noise, told), rtol=0, atol=0)
    with torch.no_grad():
        copy.patch_in.weight.zero_()
    assert network.patch_in.weight.any()


@pytest.mark.parametrize("patch", [(1, 16, 5), (3, 16, 3), (1, 8, 1)])
def test_a_network_for_other_tokens_sees_a_uniform_shower_alike(
    patch: tuple[int, int, int],
) -> None:
    network = trained((1, 16, 3))
    with torch.no_grad():  # no cell of a token counts more than another
        for rows in (network.patch_in.weight, network.patch_out.weight.T):
            rows.copy_(rows.mean(dim=1, keepdim=True).expand_as(rows))
        network.patch_out.bias.fill_(0.1)
    other = with_patch(network, patch)
    assert other.config.n_tokens != network.config.n_tokens
    assert other.config.position_patch == (1, 16, 3)
    embedded = other.patch_in(other.patchify(torch.ones(1, 9, 16, 45)))
    expected = network.patch_in(network.patchify(torch.ones(1, 9, 16, 45)))
    torch.testing.assert_close(embedded[0, 0], expected[0, 0])
    tokens = torch.randn(1, 1, 144)
    assert other.patch_out(tokens)[0, 0, 0].item() == pytest.approx(
        network.patch_out(tokens)[0, 0, 0].item(), rel=1e-4
    )


def test_positions_stay_those_of_the_first_network() -> None:
    there = with_patch(with_patch(trained((1, 16, 3)), (1, 16, 5)), (1, 16, 9))
    assert there.config.position_patch == (1, 16, 3)


def test_a_network_with_some_of_the_blocks_skips_the_others() -> None:
    network = trained((1, 16, 3))
    x, noise, told = torch.randn(2, 9, 16, 45), torch.randn(2), torch.randn(2, 10)
    some = with_blocks(network, [0, 2])
    assert some.config.blocks == 2
    assert not torch.allclose(some(x, noise, told), network(x, noise, told))
    with torch.no_grad():  # blocks without a gate are the identity
        for k in (1, 3):
            network.blocks[k].modulation.weight.zero_()
            network.blocks[k].modulation.bias.zero_()
    torch.testing.assert_close(some(x, noise, told), network(x, noise, told))


@pytest.mark.parametrize("kept", [[], [2, 0], [0, 4], [1, 1], [-1]])
def test_kept_blocks_are_blocks_in_order(kept: list[int]) -> None:
    with pytest.raises(ValueError, match="some of 0 to 3, in rising order"):
        with_blocks(trained((1, 16, 3)), kept)


@pytest.mark.parametrize("patch", [(0, 16, 3), (1, 16), 3, (1, 16, 3.5)])
def test_the_patch_of_positions_is_three_sizes(patch: object) -> None:
    values = {**NetworkConfig().to_dict(), "position_patch": patch}
    with pytest.raises(ValueError, match="position_patch of the network"):
        NetworkConfig.from_dict(values)


def test_patch_must_divide_the_mesh() -> None:
    with pytest.raises(ValueError, match="does not divide"):
        NetworkConfig(patch=(2, 4, 5))


def test_config_survives_json_like_lists() -> None:
    config = NetworkConfig(patch=(3, 2, 3))
    listed = {k: list(v) if isinstance(v, tuple) else v for k, v in config.to_dict().items()}
    assert NetworkConfig.from_dict(listed) == config
    assert config.n_tokens == 360
