"""What the gate is told: how sure it must be, and which changes are too small to matter."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, field_validator

from calobench._util.settings import Settings
from calobench._util.suggestion import did_you_mean
from calobench._util.validation import describe_validation_error
from calobench.benchmarks.diphoton.record import DIPHOTON_PREFIX, FEWEST_PAIRS
from calobench.errors import PolicyError
from calobench.gate.floors import FLOORS, Floor, FloorKind, FloorParts

__all__ = ["Policy", "Rule", "read_policy"]

# What a physicist judges a calorimeter by: how much it measures and how well, where the shower is in
# depth and in radius, and how many cells it lights. Each of the six of the quality may be wrong in one
# trial of a thousand.
_HEADLINE = (
    "response.bias",
    "response.width",
    "centre_of_gravity_z.bias",
    "centre_of_gravity_r.bias",
    "cells_above_100kev.bias",
    # What a few showers in a thousand show: against hundreds of other metrics ten outliers are nothing.
    "sample.outliers",
    # And two photons by how far apart they must be, how many are found and how much of them.
    "diphoton.half_separation",
    "diphoton.exactly_two",
    "diphoton.response",
)


Wanted = Literal["optional", "required", "ignore"]

# How names of metrics begin that only some runs have.
_PARTS = ("timing.", DIPHOTON_PREFIX)


class Rule(FloorParts):
    """An exception for the metrics that match: other parts of the floor, or none at all.

    Attributes:
        match: name of a metric, or a pattern with ``*`` and ``?``.
        ignore: leave the metrics out altogether.
    """

    match: str = Field(min_length=1)
    ignore: bool = False


class Policy(Settings):
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
        floors: by kind of metric; kinds, and parts of a floor, that are left out keep their defaults.
        metric: exceptions; where several match, each sets what it names and the last one wins.
    """

    alpha: float = Field(default=0.01, gt=0, lt=0.5)
    min_showers: int = Field(default=500, ge=50)
    min_pairs: int = Field(default=FEWEST_PAIRS, ge=50)
    headline: tuple[str, ...] = _HEADLINE
    headline_share: float = Field(default=0.6, gt=0, lt=1)
    timing: Wanted = "optional"
    diphoton: Wanted = "optional"
    floors: dict[FloorKind, FloorParts] = Field(default_factory=dict)
    metric: tuple[Rule, ...] = ()

    @field_validator("metric", mode="before")
    @classmethod
    def _rules_are_a_list(cls, given: object) -> object:
        if isinstance(given, dict):
            raise ValueError("must be a list: write [[metric]] and not [metric]")  # noqa: TRY004
        return given

    def floor(self, name: str, kind: FloorKind) -> Floor:
        """The effect floor of a metric."""
        floor = self.floors.get(kind, FloorParts()).replaced(FLOORS[kind])
        for rule in self._rules(name):
            floor = rule.replaced(floor)
        return floor

    def ignores(self, name: str) -> bool:
        """Whether a metric is left out."""
        return any(rule.ignore for rule in self._rules(name))

    def is_headline(self, name: str) -> bool:
        """Whether a metric is among the headline."""
        return any(fnmatchcase(name, pattern) for pattern in self.headline)

    def main_missing(self, part: str, compared: Iterable[str], gaps: Iterable[str]) -> list[str]:
        """Main metrics of a part that could not be compared: without them there is no verdict.

        Args:
            part: how the names of the part begin, '' for the quality.
            compared: names of the metrics that both runs have.
            gaps: of those that only one run has, or that were made differently.
        """
        found = [name for name in gaps if self.is_headline(name)]
        if not part:
            compared = list(compared)
            # The quality of every run has its main metrics. Two photons may never be half resolved.
            named = [name for name in self.headline if not _part(name)]
            found += [
                name
                for name in named
                if not any(fnmatchcase(one, name) for one in (*compared, *found))
            ]
        return sorted(name for name in set(found) if not self.ignores(name))

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
            part = _part(pattern)
            if part not in parts:
                continue
            if not any(fnmatchcase(name, pattern) for name in known):
                alike = [name for name in known if name.startswith(part)]
                hint = did_you_mean(pattern, alike, cutoff=0.3)
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
    except (ValueError, RecursionError) as error:
        # Of what tomllib leaves to Python itself.
        raise PolicyError(
            f"policy {path} has a number of too many digits, or brackets nested too deeply; "
            "see the example in docs/gate.md"
        ) from error
    try:
        # From TOML to Python types: lists become tuples.
        return Policy.model_validate(content)
    except ValidationError as error:
        raise PolicyError(f"policy {path}: {describe_validation_error(error)}") from error
