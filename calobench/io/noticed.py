"""Sums over the showers of a file that were read; those of parts are added up."""

from __future__ import annotations

from typing import NamedTuple

from calobench.showers import Rounded

__all__ = ["Noticed"]


class Noticed(NamedTuple):
    """Sums over showers that were read, which remarks are made of.

    Attributes:
        rounded: cells that were just below zero.
        point_energy_mev: of points that were summed in a mesh.
        outside_mev: of those, of points outside of the mesh.
    """

    rounded: Rounded = Rounded()
    point_energy_mev: float = 0.0
    outside_mev: float = 0.0

    def joined(self, other: Noticed) -> Noticed:
        """These and others."""
        return Noticed(
            self.rounded.joined(other.rounded),
            self.point_energy_mev + other.point_energy_mev,
            self.outside_mev + other.outside_mev,
        )
