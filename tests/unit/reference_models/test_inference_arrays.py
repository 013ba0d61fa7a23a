"""Encoding, normalisation and noise in numpy agree with those of the training in PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from calobench.showers import Conditions
from reference_models.inference.arrays import correlators, encode, restorers
from reference_models.network.preprocessing import N_SLOTS, encode_conditions
from reference_models.samplers.noise import layer_mixing, ring_mixing
from reference_models.weights_io import WEIGHTS_DIR, load_model

RNG = np.random.default_rng(6)
CONDITIONS = Conditions(
    RNG.uniform(1e3, 1e5, 50), RNG.uniform(0.87, 2.27, 50), RNG.uniform(-3.2, 6.3, 50)
)


def tensors() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    energy, theta, phi = (
        torch.from_numpy(column).float()
        for column in (CONDITIONS.energy, CONDITIONS.theta, CONDITIONS.phi)
    )
    return energy, theta, phi


@pytest.mark.parametrize("slot", range(N_SLOTS))
def test_conditions_are_encoded_as_in_training(slot: int) -> None:
    expected = encode_conditions(*tensors(), torch.full((50,), slot)).numpy()
    encoded = encode(CONDITIONS, slot)
    assert encoded.dtype == np.float32
    np.testing.assert_allclose(encoded, expected, rtol=0, atol=5e-7)


@pytest.mark.parametrize("slot", range(N_SLOTS))
def test_normalised_showers_come_back(slot: int) -> None:
    transform = load_model(WEIGHTS_DIR / "edm_dit.safetensors").transform
    energy, slots = tensors()[0], torch.full((50,), slot)
    showers = RNG.lognormal(0, 2, (50, 9, 16, 45)).astype(np.float32)
    x = transform.normalise(torch.from_numpy(showers), energy, slots).numpy()
    restorer = restorers(transform)[slot]
    centre = restorer.centre(CONDITIONS.energy)
    np.testing.assert_allclose(centre, transform.centre(energy, slots), rtol=1e-5, atol=1e-6)
    restored = restorer.restore(x, centre)
    filled = showers > 2 * restorer.cut_mev
    np.testing.assert_allclose(restored[filled], showers[filled], rtol=1e-4)
    assert (restored[showers < 0.9 * restorer.cut_mev] == 0).all()


def test_noise_of_each_slot_is_correlated_as_in_pytorch() -> None:
    generator = torch.Generator().manual_seed(2)
    rings = ring_mixing(0.4 * torch.rand(N_SLOTS, 8, 45, generator=generator))
    layers = torch.stack([layer_mixing(45, 3, 0.1 * k, 0.2) for k in range(N_SLOTS)])
    white = torch.randn(3, 9, 16, 45, generator=generator)
    for slot, correlator in enumerate(correlators(rings, layers)):
        mixed = white * rings.own[slot] + white.roll(1, dims=1) * rings.before[slot]
        expected = mixed @ layers[slot].T
        np.testing.assert_allclose(correlator(white.numpy()), expected.numpy(), atol=1e-6)
