"""Whether model and Geant4 differ: all the evidence, with one false-alarm rate.

No difference is seen only where no part of the evidence objects: not the observables one by one, not the mean
response and resolution, not the scores of all of them together (repeated showers among those), not those
with nulls of their own, as boosted trees have, not a classifier of a benchmark. Each part has its part of
alpha, and within a part the tests are one family.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from calobench.results.benchmarks import classifiers
from calobench.results.multivariate import MultivariateScore
from calobench.results.schema import Results
from calobench.verdict.energy import RatioTest, ratio_tests
from calobench.verdict.observables import Judged, Status, judge
from calobench.verdict.parts import PARTS, part_level

__all__ = ["Decision", "Part", "PartName", "decide"]

PartName = Literal["observables", "energy", "together", "alone", "benchmarks"]


class Part(NamedTuple):
    """One part of the evidence.

    Attributes:
        name: which.
        p_value: of the part, all its tests taken together.
        smallest: the smallest p-value that it could have had.
        level: at which it objects.
        scores: the many-dimensional scores that it is made of, those that object first.
        ratios: response and resolution, the least likely first.
    """

    name: PartName
    p_value: float
    smallest: float
    level: float
    scores: tuple[MultivariateScore, ...] = ()
    ratios: tuple[RatioTest, ...] = ()

    @property
    def objects(self) -> bool:
        """Whether model and Geant4 differ by this part alone."""
        return self.p_value <= self.level

    def ratio_p_value(self, quantity: str) -> float | None:
        """Of response, or resolution, by itself, both taken together (Bonferroni); None: not tested."""
        own = (one.p_value for one in self.ratios if one.quantity == quantity)
        p_value = next(own, None)
        return None if p_value is None else min(1.0, len(self.ratios) * p_value)

    def ratio_objects(self, quantity: str) -> bool:
        """Whether response, or resolution, differs by itself, both taken together."""
        p_value = self.ratio_p_value(quantity)
        return p_value is not None and p_value <= self.level

    @property
    def can_object(self) -> bool:
        """Whether there were permutations enough to tell."""
        return self.smallest <= self.level


class Decision(NamedTuple):
    """The decision that follows from all parts.

    Attributes:
        status: compatible where no part objects; it differs where most observables do.
        p_value: how often a model as Geant4 has a part this extreme, at most.
        alpha: false-alarm rate.
        judged: the observables.
        parts: those that were measured.
        copies: showers of the model that are showers of the reference, cell by cell.
    """

    status: Status | None
    p_value: float
    alpha: float
    judged: tuple[Judged, ...]
    parts: tuple[Part, ...]
    copies: int = 0

    def part(self, name: PartName) -> Part | None:
        """The part of that name, if it was measured."""
        return next((part for part in self.parts if part.name == name), None)

    def with_status(self, status: Status) -> tuple[Judged, ...]:
        """The observables of which that is said."""
        return tuple(one for one in self.judged if one.status is status)

    @property
    def objects(self) -> bool:
        """Whether a part objects."""
        return any(part.objects for part in self.parts)

    @property
    def decided(self) -> bool:
        """Whether a part objects, or all could have objected."""
        return any(part.objects for part in self.parts) or all(p.can_object for p in self.parts)


def decide(results: Results) -> Decision:
    """Judge a run by all that was measured.

    Args:
        results: of a run.
    """
    alpha, judged = results.run.alpha, judge(results)
    level = part_level(alpha)
    parts = [
        *_observables(results, judged, level),
        *_energy(results, level),
        *_together(results, level),
        *_classifiers(results, level),
    ]
    if not parts:
        return Decision(None, 1.0, alpha, judged, ())
    smallest = min(part.p_value for part in parts)
    close = results.multivariate and results.multivariate.closeness
    return Decision(
        _status(judged, parts),
        min(1.0, PARTS * smallest),
        alpha,
        judged,
        tuple(parts),
        close.exact if close else 0,
    )


def _status(judged: Sequence[Judged], parts: Sequence[Part]) -> Status:
    if not any(part.objects for part in parts):
        return Status.COMPATIBLE
    differ = sum(one.status is Status.DIFFERS for one in judged)
    return Status.DIFFERS if differ > len(judged) / 2 else Status.BORDERLINE


def _observables(results: Results, judged: Sequence[Judged], level: float) -> list[Part]:
    if not judged:
        return []
    # What is significant and has no size is no difference.
    p_value = min((one.family_p_value for one in judged if one.has_size), default=1.0)
    in_families = all(one.score.family_p_value is not None for one in judged)
    smallest = (1 if in_families else len(judged)) / (results.run.null_replicas + 1)
    return [Part("observables", p_value, smallest, level)]


def _energy(results: Results, level: float) -> list[Part]:
    showers = min(results.run.n, results.reference.n)
    ratios = ratio_tests(results.energy_dependence.averages, showers)
    if not ratios:
        return []
    p_value = min(1.0, len(ratios) * ratios[0].p_value)
    return [Part("energy", p_value, 0.0, level, ratios=ratios)]


def _together(results: Results, level: float) -> list[Part]:
    family = results.multivariate and results.multivariate.family
    if not results.multivariate or not family:
        return []
    scores = sorted(
        (score for score in results.multivariate.scores if score.in_family),
        key=lambda score: score.p_value,
    )
    smallest = 1 / (family.permutations + 1)
    return [Part("together", family.p_value, smallest, level, tuple(scores))]


def _classifiers(results: Results, level: float) -> list[Part]:
    many = () if results.multivariate is None else results.multivariate.scores
    of_benchmarks = [one.test.score for one in classifiers(results) if one.test.score is not None]
    return [
        *_each_alone("alone", [score for score in many if not score.in_family], level),
        *_each_alone("benchmarks", of_benchmarks, level),
    ]


def _each_alone(name: PartName, scores: Sequence[MultivariateScore], level: float) -> list[Part]:
    """Scores with nulls of their own, which share the level (Bonferroni)."""
    if not scores:
        return []
    ranked = sorted(scores, key=lambda score: score.p_value)
    # Their nulls are laws, so that a p-value may be as small as it is.
    p_value = min(1.0, len(ranked) * ranked[0].p_value)
    return [Part(name, p_value, 0.0, level, tuple(ranked))]
