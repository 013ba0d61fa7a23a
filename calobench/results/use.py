"""The use of a model, and how far from Geant4 it may be for it: what a file in ``data_specs/uses`` holds."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from calobench._util.settings import Settings
from calobench.observables.base import TopicName

__all__ = ["ANY", "Quantity", "Tolerance", "Use"]

Quantity = Literal["mean", "width", "shape", "score"]
"""``mean`` and ``width`` of an observable at fixed incident particle; the ``shape`` of a
distribution (Wasserstein-1); a ``score`` of all observables together."""

ANY = "*"
"""Every observable: only for ``shape``."""

# What each quantity may be given in, beside the observable's own unit for a mean.
_UNITS: dict[str, tuple[str, ...]] = {
    "width": ("%",), "shape": ("sigma",), "score": ("",),
}  # fmt: skip


class Tolerance(Settings):
    """Tolerance on the distance of one quantity from Geant4.

    Attributes:
        observable: name of an observable, of a score of all observables together, or of a benchmark's
            metric (``diphoton.half_separation``).
        quantity: what of it.
        unit: ``%`` of Geant4's value, ``sigma`` (standard deviations of Geant4, for a mean those at fixed
            incident particle), the observable's own unit, or '' for a score.
        max: fit for the use is a model that is shown to be nearer.
        unusable: a model that is shown to be farther is of no use; None: never because of this alone.
        topic: under which it is shown; None: that of the observable.
        why: the reason for the numbers.
    """

    observable: str = Field(min_length=1)
    quantity: Quantity
    unit: str
    max: float = Field(gt=0)
    unusable: float | None = Field(default=None, gt=0)
    topic: TopicName | None = None
    why: str = Field(min_length=10)

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        allowed = _UNITS.get(self.quantity)
        if allowed is not None and self.unit not in allowed:
            known = " or ".join(f"'{unit}'" for unit in allowed)
            raise ValueError(f"the unit of a {self.quantity} is {known}, not '{self.unit}'")
        if self.observable == ANY and self.quantity != "shape":
            raise ValueError(f"'{ANY}' is only for the quantity shape; name an observable")
        if self.unusable is not None and self.unusable <= self.max:
            raise ValueError(f"unusable = {self.unusable:g} must be larger than max = {self.max:g}")
        return self

    @property
    def key(self) -> tuple[str, str]:
        """The quantity that it is a tolerance of."""
        return self.observable, self.quantity


class Use(Settings):
    """A use of a model.

    Attributes:
        name: as ``--use`` names it.
        title: for people, e.g. ``general fast simulation``.
        description: what the use is.
        tolerance: all of them.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    title: str = Field(min_length=1)
    description: str = Field(min_length=1)
    tolerance: tuple[Tolerance, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        seen: set[tuple[str, str]] = set()
        for one in self.tolerance:
            if one.key in seen:
                raise ValueError(f"{one.observable}, {one.quantity} has two tolerances; keep one")
            seen.add(one.key)
        return self
