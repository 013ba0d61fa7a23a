"""Exact symmetries of a flat stack of layers, used to enlarge the training sample.

The showers come from flat staves (see ``data_specs/detectors``). Reflections that leave the stack as it
is map a shower to another allowed shower, with the azimuth bins of the mesh permuted:

* z -> -z (along the beam): theta -> pi - theta, azimuth bin k -> 7 - k (mod 16);
* y -> -y, where the stave is not inclined: phi -> -phi, azimuth bin k -> 15 - k;
* a turn by one stave: phi -> phi + 2 pi / staves; cylinders and constant inclinations allow any turn.

Mesh frame: z' along the particle, y' = (-sin phi_l, cos phi_l, 0), x' = y' x z'.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["StaveSymmetry", "augment"]


@dataclass(frozen=True)
class StaveSymmetry:
    """Symmetry of a detector: number of staves (0: any turn is allowed) and whether y -> -y holds."""

    staves: int
    mirror_y: bool


def augment(
    showers: Tensor,
    theta: Tensor,
    phi: Tensor,
    symmetry: StaveSymmetry,
    generator: torch.Generator,
) -> tuple[Tensor, Tensor, Tensor]:
    """Map each shower of one detector to a random equivalent one.

    Args:
        showers: (B, R, PHI, Z); any per-cell quantity that does not depend on azimuth.
        theta: (B,) rad.
        phi: (B,) rad.
        symmetry: the detector's.
        generator: source of randomness.

    Returns:
        showers, theta, phi of the equivalent showers; phi in [0, 2 pi).
    """
    n, n_phi = len(showers), showers.shape[2]

    def uniform() -> Tensor:
        return torch.rand(n, generator=generator, device=generator.device).to(showers.device)

    bins = torch.arange(n_phi, device=showers.device).expand(n, n_phi)
    flip_z = uniform() < 0.5
    bins = torch.where(flip_z[:, None], (n_phi // 2 - 1 - bins) % n_phi, bins)
    theta = torch.where(flip_z, math.pi - theta, theta)
    if symmetry.mirror_y:
        flip_y = uniform() < 0.5
        bins = torch.where(flip_y[:, None], n_phi - 1 - bins, bins)
        phi = torch.where(flip_y, -phi, phi)
    turn = uniform()
    if symmetry.staves:
        turn = (turn * symmetry.staves).floor() / symmetry.staves
    phi = (phi + 2 * math.pi * turn) % (2 * math.pi)
    index = bins[:, None, :, None].expand_as(showers)
    return showers.gather(2, index), theta, phi
