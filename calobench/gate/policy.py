"""Policy of the gate: how sure it must be, and which changes are too small to matter."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

from pydantic import Field, SerializeAsAny, ValidationError, field_validator

from calobench._util.foreign import is_foreign
from calobench._util.settings import Settings
from calobench._util.suggestion import did_you_mean
from calobench._util.toml_file import read_toml
from calobench._util.validation import describe_validation_error
from calobench.errors import PolicyError
from calobench.gate.floors import FloorParts
from calobench.gate.kinds import Floor, metric_kind, metric_kinds
from calobench.gate.part import PartSettings
from calobench.gate.parts import gate_parts, part_of
from calobench.observables.base import Observable
from calobench.observables.catalogue import all_observables

__all__ = ["Policy", "Rule", "default_headline", "read_policy"]

# What a few showers in a thousand show: against hundreds of other metrics ten outliers are nothing.
_OF_THE_SAMPLE = ("sample.outliers", "sample.response_outliers")


def default_headline() -> tuple[str, ...]:
    """The main metrics of the quality, and those that benchmarks declare.

    Observables declare them: what a physicist judges a calorimeter by, how much it measures and how
    well, where the shower is in depth and in radius, and how many cells it lights.
    """
    return (
        *(name for one in all_observables() for name in _main(one)),
        *_OF_THE_SAMPLE,
        *(name for part in gate_parts().values() for name in part.headline),
    )


def _others() -> set[str]:
    """Main metrics of observables of other packages."""
    return {name for one in all_observables() if is_foreign(one.compute) for name in _main(one)}


def _main(observable: Observable) -> list[str]:
    return [f"{observable.name}.{kind}" for kind in observable.headline]


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
        alpha: probability of any false alarm in the quality and in each benchmark.
        min_showers: fewer than that in either sample is NO VERDICT.
        headline: metrics that share a part of ``alpha`` among themselves, so that they are not
            drowned by the hundreds of others.
        headline_share: that part; to have none, leave ``headline`` empty.
        benchmark: by name: whether it is judged, and what else it may be told.
        floors: by kind of metric; kinds, and parts of a floor, that are left out keep their defaults.
        metric: exceptions; where several match, each sets what it names and the last one wins.
    """

    alpha: float = Field(default=0.01, gt=0, lt=0.5)
    min_showers: int = Field(default=500, ge=50)
    headline: tuple[str, ...] = Field(default_factory=default_headline)
    headline_share: float = Field(default=0.7, gt=0, lt=1)
    benchmark: dict[str, SerializeAsAny[PartSettings]] = Field(default_factory=dict)
    floors: dict[str, FloorParts] = Field(default_factory=dict)
    metric: tuple[Rule, ...] = ()

    @field_validator("metric", mode="before")
    @classmethod
    def _rules_are_a_list(cls, given: object) -> object:
        if isinstance(given, dict):
            raise ValueError("must be a list: write [[metric]] and not [metric]")  # noqa: TRY004
        return given

    @field_validator("benchmark", mode="before")
    @classmethod
    def _settings_of_benchmarks(cls, given: object) -> object:
        if not isinstance(given, dict):
            return given
        parts = gate_parts()
        read = {}
        for name, table in given.items():
            if name not in parts:
                raise ValueError(f"no benchmark '{name}': {did_you_mean(str(name), parts)}")
            try:
                read[name] = parts[name].settings.model_validate(table)
            except ValidationError as error:
                raise ValueError(f"{name}: {describe_validation_error(error)}") from error
        return read

    @field_validator("floors")
    @classmethod
    def _kinds_are_known(cls, floors: dict[str, FloorParts]) -> dict[str, FloorParts]:
        for kind in floors:
            if kind not in metric_kinds():
                raise ValueError(
                    f"no kind of metric '{kind}': {did_you_mean(kind, metric_kinds())}"
                )
        return floors

    def settings_of(self, benchmark: str) -> PartSettings:
        """Statements of the policy about a benchmark."""
        return self.benchmark.get(benchmark) or gate_parts()[benchmark].settings()

    def floor(self, name: str, kind: str) -> Floor:
        """The effect floor of a metric."""
        floor = metric_kind(kind).floor
        if kind in self.floors:
            floor = self.floors[kind].replaced(floor)
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
        missing = [name for name in gaps if self.is_headline(name)]
        if not part:
            compared = list(compared)
            # The quality of every run has its main metrics. Two photons may never be half resolved.
            # Nor need runs have what another package adds where it is installed.
            named = [name for name in self.headline if not part_of(name) and name not in _others()]
            missing += [
                name
                for name in named
                if not any(fnmatchcase(one, name) for one in (*compared, *missing))
            ]
        return sorted(name for name in set(missing) if not self.ignores(name))

    def check_names(self, known: Iterable[str]) -> None:
        """Check that every pattern means something.

        Args:
            known: names of the metrics of both runs; with none of the quality or of a benchmark,
                patterns that could mean those are not looked at.

        Raises:
            PolicyError: a rule, or a headline that is not the default, matches none of them.
        """
        known = sorted(set(known))
        parts = {part_of(name) for name in known}
        patterns = [rule.match for rule in self.metric]
        if self.headline != default_headline():
            patterns += self.headline
        for pattern in patterns:
            part = part_of(pattern)
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


def read_policy(path: Path) -> Policy:
    """Read a policy.

    Raises:
        PolicyError: missing, not TOML, or with keys or values that there are not.
    """
    content = read_toml(path, "policy", PolicyError, "the example in docs/gate.md")
    try:
        # From TOML to Python types: lists become tuples.
        return Policy.model_validate(content)
    except ValidationError as error:
        raise PolicyError(f"policy {path}: {describe_validation_error(error)}") from error
