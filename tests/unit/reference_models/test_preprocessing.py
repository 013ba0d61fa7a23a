"""Normalisation, encoding of the conditions and the symmetries of the stack."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from reference_models.inference.arrays import restorers
from reference_models.network.preconditioning import SIGMA_DATA
from reference_models.network.preprocessing import encode_conditions, fit_transform
from reference_models.network.symmetry import StaveSymmetry, augment


@pytest.fixture
def showers() -> np.ndarray:
    rng = np.random.default_rng(4)
    cells = rng.lognormal(-1, 1.5, (40, 9, 16, 45)) * (rng.random((40, 9, 16, 45)) < 0.4)
    return cells.astype(np.float32)


def test_normalised_data_has_the_declared_deviation(showers: np.ndarray) -> None:
    energy, slot = np.geomspace(1e3, 1e5, 40), np.repeat([0, 4], 20)
    transform = fit_transform(showers, energy, slot, 0.01)
    x = transform.normalise(
        torch.from_numpy(showers), torch.from_numpy(energy).float(), torch.from_numpy(slot)
    )
    assert x.std().item() == pytest.approx(SIGMA_DATA, rel=0.01)
    assert x.mean().item() == pytest.approx(0.0, abs=0.01)


def test_restoring_gives_the_showers_back(showers: np.ndarray) -> None:
    energy, slot = np.geomspace(1e3, 1e5, 40), np.zeros(40, dtype=np.int64)
    transform = fit_transform(showers, energy, slot, 0.01)
    arguments = (torch.from_numpy(energy).float(), torch.from_numpy(slot))
    x = transform.normalise(torch.from_numpy(showers), *arguments)
    restorer = restorers(transform)[0]
    restored = restorer.restore(x.numpy(), restorer.centre(energy))
    above = showers > 2 * transform.cut_mev
    np.testing.assert_allclose(restored[above], showers[above], rtol=2e-3)
    assert (restored[showers == 0] == 0).all()


def test_restoring_never_overflows(showers: np.ndarray) -> None:
    transform = fit_transform(showers, np.full(40, 5e4), np.zeros(40, dtype=np.int64), 0.01)
    restorer = restorers(transform)[0]
    x = np.full((1, 9, 16, 45), 1e4, dtype=np.float32)
    assert np.isfinite(restorer.restore(x, restorer.centre(np.array([5e4])))).all()


def test_transform_survives_storage(showers: np.ndarray) -> None:
    transform = fit_transform(showers, np.full(40, 5e4), np.zeros(40, dtype=np.int64), 0.01)
    again = type(transform).from_tensors(transform.tensors())
    torch.testing.assert_close(again.mean, transform.mean)
    assert (again.offset_mev, again.cut_mev) == (transform.offset_mev, transform.cut_mev)


def test_conditions_are_encoded_linearly() -> None:
    encoded = encode_conditions(
        torch.tensor([100e3]), torch.tensor([2.27]), torch.tensor([math.pi / 2]), torch.tensor([4])
    )[0]
    assert encoded[0].item() == pytest.approx(1.0)
    assert encoded[2:5].tolist() == pytest.approx([1.0, 1.0, 0.0], abs=1e-6)
    assert encoded[5:].tolist() == [0, 0, 0, 0, 1]


def direction_and_axes(theta: float, phi_l: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """z', y', x' of the mesh frame in the stave's frame."""
    along = np.array(
        [math.sin(theta) * math.cos(phi_l), math.sin(theta) * math.sin(phi_l), math.cos(theta)]
    )
    y = np.array([-math.sin(phi_l), math.cos(phi_l), 0.0])
    return along, y, np.cross(y, along)


def azimuth_bin(point: np.ndarray, theta: float, phi_l: float) -> int:
    _, y, x = direction_and_axes(theta, phi_l)
    angle = math.atan2(point @ y, point @ x)
    return math.floor((angle + math.pi) / (2 * math.pi / 16)) % 16


@pytest.mark.parametrize("phi_l", [0.0, 0.1, math.radians(39.82)])
def test_reflection_along_the_beam_permutes_azimuth_as_documented(phi_l: float) -> None:
    rng = np.random.default_rng(8)
    for point in rng.normal(size=(50, 3)):
        mirrored = point * [1, 1, -1]
        k = azimuth_bin(point, 1.1, phi_l)
        assert azimuth_bin(mirrored, math.pi - 1.1, phi_l) == (7 - k) % 16


def test_reflection_across_the_stave_permutes_azimuth_as_documented() -> None:
    rng = np.random.default_rng(9)
    for point in rng.normal(size=(50, 3)):
        mirrored = point * [1, -1, 1]
        assert azimuth_bin(mirrored, 1.1, -0.1) == 15 - azimuth_bin(point, 1.1, 0.1)


@pytest.mark.parametrize(
    "symmetry", [StaveSymmetry(0, True), StaveSymmetry(12, True), StaveSymmetry(0, False)]
)
def test_augmentation_keeps_profiles_and_obliqueness(symmetry: StaveSymmetry) -> None:
    generator = torch.Generator().manual_seed(1)
    showers = torch.rand(30, 9, 16, 45, generator=generator)
    theta = torch.linspace(0.9, 2.2, 30)
    phi = torch.linspace(0.0, 6.2, 30)
    augmented, theta2, phi2 = augment(showers, theta, phi, symmetry, generator)
    torch.testing.assert_close(augmented.sum(dim=2), showers.sum(dim=2))
    torch.testing.assert_close(theta2.sin(), theta.sin())
    assert bool(((phi2 >= 0) & (phi2 < 2 * math.pi)).all())
    if symmetry.staves:
        width = 2 * math.pi / symmetry.staves

        def folded(angle: torch.Tensor) -> torch.Tensor:
            return ((angle + width / 2) % width - width / 2).abs()

        torch.testing.assert_close(folded(phi2), folded(phi), atol=1e-4, rtol=0)
