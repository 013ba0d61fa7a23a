"""How a network is sampled: a sampler with its settings, its evaluations and the levels of the noise."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor

from calobench.errors import UnknownNameError
from reference_models.network.preconditioning import SIGMA_MIN
from reference_models.samplers.base import Sampler
from reference_models.samplers.catalogue import levels_for, sampler_kind
from reference_models.samplers.schedule import SCHEDULES

__all__ = ["LABEL", "Sampling", "evaluations"]

LABEL = re.compile(r"[a-z0-9_]+-([1-9][0-9]{0,3})(-[a-z0-9_+-]+)?")
"""What a label of a way of sampling looks like."""


@dataclass(frozen=True)
class Sampling:
    """One way of sampling.

    Attributes:
        sampler: name of the sampler.
        nfe: network function evaluations of one shower.
        options: of the sampler.
        schedule: of the noise levels.
    """

    sampler: str
    nfe: int
    options: Mapping[str, float] = field(default_factory=dict)
    schedule: str = "karras"

    @property
    def label(self) -> str:
        """All of it in one word, for files: ``dpmpp_2m-25``, ``heun-63-churn8``, ``ddim-1-nested``."""
        options = [f"{name}{value:g}" for name, value in sorted(self.options.items())]
        schedule = [] if self.schedule == "karras" else [self.schedule]
        # A dot separates the parts of a table's name.
        return "-".join([self.sampler, str(self.nfe), *options, *schedule]).replace(".", "_")

    def make(self) -> Sampler:
        """The sampler.

        Raises:
            UnknownNameError: there is no such sampler.
        """
        return sampler_kind(self.sampler).make(**self.options)

    def sigmas(self) -> Tensor:
        """The noise levels, float64, the last one 0.

        Raises:
            UnknownNameError: there is no such sampler or schedule.
            ModelError: the sampler cannot take that number of evaluations.
        """
        if self.schedule not in SCHEDULES:
            raise UnknownNameError("schedule", self.schedule, SCHEDULES)
        return SCHEDULES[self.schedule](levels_for(self.make(), self.nfe))

    @property
    def boundary(self) -> float | None:
        """sigma_min of a consistency function; None for a denoiser."""
        return SIGMA_MIN if sampler_kind(self.sampler).consistency else None


def evaluations(label: str) -> int:
    """Number of evaluations in a label.

    Raises:
        ValueError: it is no label.
    """
    match = LABEL.fullmatch(label)
    if match is None:
        raise ValueError(f"'{label}' is no sampler with a number of evaluations")
    return int(match[1])
