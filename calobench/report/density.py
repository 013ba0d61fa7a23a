"""Energy per area around the shower's axis, from the energies of rings."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from calobench.results.observable import ObservableResult, Profile

__all__ = ["areal_density", "density_of"]


def areal_density(data: Profile) -> Profile:
    """Mean energy of each ring over its area, dE/dA, per mm².

    Args:
        data: energies of rings, with the radii of their edges, mm.
    """
    area = np.pi * np.diff(np.array(data.edges) ** 2)
    if data.flow:
        # What lies outside has no area.
        area = np.concatenate([[np.inf], area, [np.inf]])
    update: Mapping[str, object] = {
        name + tail: tuple((np.array(getattr(data, name + tail)) / area).tolist())
        for name in ("reference", "model")
        for tail in ("", "_error", "_spread")
    }
    return data.model_copy(update={**update, "log_y": True})


def density_of(observable: ObservableResult) -> ObservableResult | None:
    """The observable per area, without scores; None where it is not energies of rings around the axis.

    Args:
        observable: with what it declares.
    """
    data = observable.data
    if not observable.per_area or not isinstance(data, Profile) or data.edges[0] < 0:
        return None
    return observable.model_copy(
        update={
            "name": f"{observable.name}_per_area",
            "label": "dE/dA",
            "unit": f"{observable.unit}/mm²",
            "description": "Mean energy of each ring over its area.",
            "data": areal_density(data),
            "scores": (),
        }
    )
