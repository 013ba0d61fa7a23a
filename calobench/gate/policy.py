"""What the gate is told: how sure it must be, and which changes are too small to matter."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from calobench.errors import PolicyError
from calobench.results.diphoton import DIPHOTON_PREFIX, FEWEST_PAIRS
from calobench.results.quality import Kind
from calobench.results.record import Record
from calobench.suggestion import did_you_mean
from calobench.validation import describe_validation_error

__all__ = ["Floor", "Policy", "Rule", "read_policy"]

# What a physicist judges a calorimeter by: how much it measures and how well, where the shower is in
# depth and in radius, and how many cells it lights.
_HEADLINE = (
    "response.bias",
    "response.width",
    "centre_of_gravity_z.bias",
    "centre_of_gravity_r.bias",
    "cells_above_100kev.bias",
    # And two photons by how far apart they must be, how many are found and how much of them.
    "diphoton.half_separation",
    "diphoton.exactly_two",
    "diphoton.response",
)


FloorKind = Literal[Kind, "timing"]

Wanted = Literal["optional", "required", "ignore"]


class Floor(Record):
    """A change is large enough when it exceeds both parts.

    Attributes:
        absolute: in the metric's own unit.
        relative: of the distance to Geant4 that the baseline had.
    """

    absolute: float = Field(ge=0)
    relative: float = Field(ge=0)


# How names of metrics begin that only some runs have.
_PARTS = ("timing.", DIPHOTON_PREFIX)

# In widths of Geant4 at fixed energy and angle (bias, slope), in parts of the width, in Cohen's w for
# a histogram (0.1 is called small: Cohen, Statistical Power Analysis, 1988, chapter 7), in arctanh of a
# correlation, in parts of all showers, and in milliseconds a shower. Of two photons: a twentieth of the
# cells of 5 mm, in mm; one pair in a hundred, and so two photons in a hundred pairs; 1 % of the energy;
# a resolution as a width; one photon in a hundred.
_FLOORS: dict[FloorKind, Floor] = {
    "bias": Floor(absolute=0.1, relative=0.1),
    "width": Floor(absolute=0.05, relative=0.1),
    "shape": Floor(absolute=0.1, relative=0.1),
    "slope": Floor(absolute=0.1, relative=0.1),
    "correlation": Floor(absolute=0.1, relative=0.1),
    "rare": Floor(absolute=0.005, relative=0.1),
    "sample": Floor(absolute=0.005, relative=0.1),
    "timing": Floor(absolute=0.05, relative=0.1),
    "separation": Floor(absolute=0.25, relative=0.1),
    "efficiency": Floor(absolute=0.01, relative=0.1),
    "multiplicity": Floor(absolute=0.02, relative=0.1),
    "photon_energy": Floor(absolute=0.01, relative=0.1),
    "photon_resolution": Floor(absolute=0.05, relative=0.1),
    "fake": Floor(absolute=0.01, relative=0.1),
}


class Rule(Record):
    """An exception for the metrics that match.

    Attributes:
        match: name of a metric, or a pattern with ``*`` and ``?``.
        absolute: replaces that part of the floor.
        relative: likewise.
        ignore: leave the metrics out altogether.
    """

    match: str = Field(min_length=1)
    absolute: float | None = Field(default=None, ge=0)
    relative: float | None = Field(default=None, ge=0)
    ignore: bool = False


class Policy(Record):
    """Everything that can be set in ``policy.toml``; the defaults are the gate's own.

    Attributes:
        alpha: probability of any false alarm in quality, in timing and in two photons, each.
        min_showers: fewer than that in either sample is NO VERDICT.
        min_pairs: fewer pairs of showers than that in either run is no verdict on two photons.
        headline: metrics that share a part of ``alpha`` among themselves, so that they are not
            drowned by the hundreds of others.
        headline_share: that part; to have none, leave ``headline`` empty.
        timing: judge the timing where it can be judged (``optional``), say NO VERDICT where it cannot
            (``required``), or never (``ignore``).
        diphoton: likewise, two photons close together.
        floors: by kind of metric; those left out keep their defaults.
        metric: exceptions; where several match, each sets what it names and the last one wins.
    """

    alpha: float = Field(default=0.01, gt=0, lt=0.5)
    min_showers: int = Field(default=500, ge=50)
    min_pairs: int = Field(default=FEWEST_PAIRS, ge=50)
    headline: tuple[str, ...] = _HEADLINE
    headline_share: float = Field(default=0.5, gt=0, lt=1)
    timing: Wanted = "optional"
    diphoton: Wanted = "optional"
    floors: dict[FloorKind, Floor] = Field(default_factory=dict)
    metric: tuple[Rule, ...] = ()

    def floor(self, name: str, kind: FloorKind) -> Floor:
        """The effect floor of a metric."""
        floor = self.floors.get(kind, _FLOORS[kind])
        for rule in self._rules(name):
            given = rule.model_dump(include={"absolute", "relative"}, exclude_none=True)
            floor = floor.model_copy(update=given)
        return floor

    def ignores(self, name: str) -> bool:
        """Whether a metric is left out."""
        return any(rule.ignore for rule in self._rules(name))

    def is_headline(self, name: str) -> bool:
        """Whether a metric is among the headline."""
        return any(fnmatchcase(name, pattern) for pattern in self.headline)

    def check_names(self, known: Iterable[str]) -> None:
        """Check that every pattern means something.

        Args:
            known: names of the metrics of both runs; with none of quality, of timing or of two
                photons, patterns that could mean those are not looked at.

        Raises:
            PolicyError: a rule, or a headline that is not the default, matches none of them.
        """
        known = sorted(set(known))
        parts = {_part(name) for name in known}
        patterns = [rule.match for rule in self.metric]
        if self.headline != _HEADLINE:
            patterns += self.headline
        for pattern in patterns:
            if _part(pattern) not in parts:
                continue
            if not any(fnmatchcase(name, pattern) for name in known):
                hint = did_you_mean(pattern, known, cutoff=0.3)
                raise PolicyError(
                    f"policy: no metric is called '{pattern}': {hint}"
                    "'calobench gate --all' lists all of them"
                )

    def _rules(self, name: str) -> list[Rule]:
        return [rule for rule in self.metric if fnmatchcase(name, rule.match)]


def _part(name: str) -> str:
    """How names of the same part begin; '' for the quality."""
    return next((part for part in _PARTS if name.startswith(part)), "")


def read_policy(path: Path) -> Policy:
    """Read a policy.

    Raises:
        PolicyError: missing, not TOML, or with keys or values that there are not.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"cannot read the policy {path}; give a TOML file") from error
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"policy {path} is not TOML: {error}") from error
    try:
        # From TOML to Python types: lists become tuples.
        return Policy.model_validate(content)
    except ValidationError as error:
        raise PolicyError(f"policy {path}: {describe_validation_error(error)}") from error
