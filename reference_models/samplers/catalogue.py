"""All samplers by name: each module of this package lists its own in ``SAMPLERS``."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from calobench.errors import ModelError, UnknownNameError
from reference_models import samplers
from reference_models.samplers.base import Sampler, SamplerKind

__all__ = ["all_samplers", "levels_for", "sampler_kind"]


@cache
def all_samplers() -> dict[str, SamplerKind]:
    """Every sampler, by name."""
    by_name: dict[str, SamplerKind] = {}
    for module in pkgutil.iter_modules(samplers.__path__):
        listed = importlib.import_module(f"{samplers.__name__}.{module.name}")
        for kind in getattr(listed, "SAMPLERS", ()):
            if kind.name in by_name:
                raise ValueError(f"two samplers are named '{kind.name}'; rename one")
            by_name[kind.name] = kind
    return by_name


def sampler_kind(name: str) -> SamplerKind:
    """The sampler of that name.

    Raises:
        UnknownNameError: there is none.
    """
    kinds = all_samplers()
    if name not in kinds:
        raise UnknownNameError("sampler", name, kinds)
    return kinds[name]


def levels_for(sampler: Sampler, nfe: int) -> int:
    """Number of noise levels at which a sampler needs ``nfe`` evaluations.

    Raises:
        ModelError: there is no such number; the message names the nearest.
    """
    possible = {sampler.nfe(n): n for n in range(1, max(nfe, 1) + 2)}
    if nfe not in possible:
        nearest = sorted(sorted(possible, key=lambda k: abs(k - nfe))[:2])
        raise ModelError(
            f"{type(sampler).__name__} cannot take {nfe} evaluations; give nfe="
            + " or nfe=".join(map(str, nearest))
        )
    return possible[nfe]
