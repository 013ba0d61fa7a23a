"""Energy per area around the shower's axis."""

from __future__ import annotations

from calobench.report.figures.axes import Canvas
from calobench.report.figures.profile import SecondUnit, draw_profile
from calobench.results.schema import ObservableResult, Profile

__all__ = ["draw_areal_density"]


def draw_areal_density(density: ObservableResult, second: SecondUnit | None = None) -> Canvas:
    """Mean energy of each ring over its area, dE/dA, against radius.

    Args:
        density: as :func:`calobench.report.density.density_of` makes it.
        second: another unit of the radius.

    Raises:
        TypeError: it is no profile.
    """
    if not isinstance(density.data, Profile):
        raise TypeError(f"{density.name} is no profile")
    return draw_profile(density.data, density.label, density.unit, spread=False, second=second)
