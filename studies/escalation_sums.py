"""Metrics of the gate for many samples of one pool at once, from sums over showers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, ndtr
from scipy.stats import hypergeom

from calobench.evaluation.conditional.failures import response_failed
from calobench.evaluation.conditional.histograms import quantile_edges
from calobench.evaluation.conditional.limits import LIMIT
from calobench.evaluation.conditional.metrics import Meter
from calobench.evaluation.conditional.yardstick import Sample, Yardstick
from calobench.gate import Policy
from calobench.gate.evidence import BET
from calobench.observables import FeatureTable
from calobench.stats.evalues import log_e_change, log_e_fractions
from calobench.stats.multiple import headline_weights

__all__ = ["Moments", "Sums", "sums_of"]

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Mean = Callable[[Array], Array]
# Weight (K,), logarithm of evidence, one-sided p-value, and whether worse, (samples, K) each.
Tested = tuple[Array, Array, Array, Flags]

KINDS = ("bias", "width", "slope", "correlation", "local")
PER_SHOWER = ("outliers", "response_outliers")


class Estimate(NamedTuple):
    """Numbers of one kind with their errors, (samples, K) each."""

    names: list[str]
    value: Array
    error: Array


def sums_of(yardstick: Yardstick, table: FeatureTable) -> Sums:
    """Of showers that were observed."""
    return Sums.of(yardstick, yardstick.measure(table))


@dataclass(frozen=True)
class Sums:
    """Terms of the sums over showers, (pool, ...) each."""

    columns: list[str]
    covariates: list[str]
    pairs: NDArray[np.intp]
    local: list[int]
    regions: list[str]
    residuals: Array
    covariate: Array
    region: NDArray[np.intp]
    bins: Array
    counts: dict[str, Array]

    @classmethod
    def of(cls, yardstick: Yardstick, sample: Sample) -> Self:
        """Of a sample in the units of a reference."""
        meter = Meter(yardstick)
        residuals = _limited(sample.residuals)
        edges = [quantile_edges(column) for column in _limited(yardstick.reference.residuals).T]
        bins = [
            np.eye(len(edge) + 1)[np.searchsorted(edge, column)]
            for edge, column in zip(edges, residuals.T, strict=True)
        ]
        names = [column.name for column in yardstick.columns]
        outliers = meter._counter._outliers(sample.residuals[:, meter._main])
        failed = response_failed(sample.residuals[:, names.index("response")])
        counts = {"sample.outliers": outliers, "sample.response_outliers": failed}
        rare = zip(yardstick.rare, sample.unusual.T, strict=True)
        counts |= {f"{column.name}.rare": flags for column, flags in rare}
        return cls(
            columns=names,
            covariates=list(yardstick.covariates.names),
            pairs=meter._pairs,
            local=meter._local,
            regions=list(yardstick.regions.names),
            residuals=residuals,
            covariate=sample.covariates,
            region=sample.region,
            bins=np.stack([_padded(one) for one in bins], axis=1),
            counts={name: np.asarray(flags, np.float64) for name, flags in counts.items()},
        )

    def moments(self, chosen: NDArray[np.float32]) -> Moments:
        """Metrics of samples.

        Args:
            chosen: 1 where a shower of the pool is in the sample, else 0, (samples, pool).
        """
        n = int(chosen[0].sum())

        def mean(values: Array) -> Array:
            flat = values.reshape(len(values), -1).astype(np.float32)
            return np.asarray((chosen @ flat).astype(np.float64) / n)

        return Moments(
            n=n,
            estimates=dict(zip(KINDS, self._estimates(mean, n), strict=True)),
            shapes=(mean(self.bins) * n).reshape(len(chosen), *self.bins.shape[1:]),
            shape_names=[f"{name}.shape" for name in self.columns],
            counts={name: mean(flags)[:, 0] * n for name, flags in self.counts.items()},
        )

    def _estimates(self, mean: Mean, n: int) -> Iterator[Estimate]:
        r = self.residuals
        first, second, third, fourth = (mean(r**k) for k in (1, 2, 3, 4))
        variance = np.maximum(second - first**2, 1e-6)
        central = fourth - 4 * first * third + 6 * first**2 * second - 3 * first**4
        width = np.log(variance) / 2
        error = np.sqrt(np.maximum(central / variance**2 - 1, 0) / (4 * n))
        yield Estimate([f"{k}.bias" for k in self.columns], first, np.sqrt(variance / n))
        yield Estimate([f"{k}.width" for k in self.columns], width, error)
        names, values, errors = [], [], []
        for k, covariate in enumerate(self.covariates):
            x = self.covariate[:, k : k + 1] - self.covariate[:, k].mean()
            x_mean, x_square = mean(x), mean(x**2)
            spread = x_square - x_mean**2
            names += [f"{name}.slope_{covariate}" for name in self.columns]
            values.append((mean(x * r) - x_mean * first) / spread)
            errors.append(np.sqrt(mean(x**2 * r**2) / n) / spread)
        yield Estimate(names, np.concatenate(values, axis=1), np.concatenate(errors, axis=1))
        yield self._correlations(mean, first, variance, n)
        yield self._local(mean, n)

    def _correlations(self, mean: Mean, first: Array, variance: Array, n: int) -> Estimate:
        i, j = self.pairs.T
        r, width = self.residuals, np.sqrt(variance)
        product = mean(r[:, i] * r[:, j]) - first[:, i] * first[:, j]
        rho = np.clip(product / (width[:, i] * width[:, j]), -0.999, 0.999)
        # The spread of the influence of a shower is taken from the whole pool.
        unit = (r - r.mean(axis=0)) / r.std(axis=0)
        x, y = unit[:, i], unit[:, j]
        common = (x * y).mean(axis=0)
        spread = (x * y - common * (x**2 + y**2) / 2).std(axis=0) / np.sqrt(n)
        names = [f"{self.columns[a]}~{self.columns[b]}.correlation" for a, b in self.pairs.tolist()]
        return Estimate(names, np.arctanh(rho), spread / (1 - rho**2))

    def _local(self, mean: Mean, n: int) -> Estimate:
        r = self.residuals[:, self.local]
        total, squares = mean(r), mean(r**2)
        names, values, errors = [], [], []
        for number, region in enumerate(self.regions):
            inside = (self.region == number).astype(np.float64)[:, None]
            fraction = mean(inside)
            here, square = mean(r * inside) / fraction, mean(r**2 * inside) / fraction
            rest = 1 - fraction
            elsewhere = (total - fraction * here) / rest
            other = (squares - fraction * square) / rest
            error = (square - here**2) / (n * fraction) + (other - elsewhere**2) / (n * rest)
            names += [f"{self.columns[k]}@{region}.local" for k in self.local]
            values.append(rest * (here - elsewhere))
            errors.append(rest * np.sqrt(np.maximum(error, 0)))
        return Estimate(names, np.concatenate(values, axis=1), np.concatenate(errors, axis=1))


@dataclass(frozen=True)
class Moments:
    """Metrics of many samples of one size."""

    n: int
    estimates: dict[str, Estimate]
    shapes: Array
    shape_names: list[str]
    counts: dict[str, Array]

    def evidence(self, before: Moments, reference: Moments, policy: Policy) -> Array:
        """As :class:`calobench.gate.evidence.Bets` has it: of all metrics that became worse, (samples,)."""
        total = np.zeros(len(self.shapes))
        for weight, log_e, _, worse in self._metrics(before, reference, policy):
            total += (weight * np.exp(np.minimum(log_e, 600.0)) * worse).sum(axis=1)
        return total

    def red(self, before: Moments, reference: Moments, policy: Policy) -> Flags:
        """Whether any metric is worse with a p-value below its part of alpha, (samples,)."""
        is_red = np.zeros(len(self.shapes), bool)
        for weight, _, p_value, worse in self._metrics(before, reference, policy):
            is_red |= ((p_value <= policy.alpha * weight) & worse).any(axis=1)
        return is_red

    def _metrics(self, before: Moments, reference: Moments, policy: Policy) -> Iterator[Tested]:
        """All metrics, kind by kind."""
        weights = self._weights(policy)
        for kind, now in self.estimates.items():
            then, origin = before.estimates[kind], reference.estimates[kind].value
            variance = now.error**2 + then.error**2
            square = (now.value - then.value) ** 2 / variance
            floor = np.array([policy.floor(name, kind).absolute for name in now.names])
            excess = np.abs(now.value - origin) - np.abs(then.value - origin)
            yield (
                np.array([weights[name] for name in now.names]),
                log_e_change(square, 1, variance, BET * floor),
                np.asarray(ndtr(-np.sqrt(square))),
                excess > floor,
            )
        yield self._of_shapes(before, reference, policy, weights)
        yield self._of_counts(before, reference, policy, weights)

    def _weights(self, policy: Policy) -> dict[str, float]:
        names = [name for one in self.estimates.values() for name in one.names]
        names += [*self.shape_names, *self.counts]
        headline = np.array([policy.is_headline(name) for name in names])
        return dict(zip(names, headline_weights(headline, policy.headline_share), strict=True))

    def _of_shapes(
        self, before: Moments, reference: Moments, policy: Policy, weights: dict[str, float]
    ) -> Tested:
        now, then, n, m = self.shapes, before.shapes, self.n, before.n
        both = now + then
        parts = (m * now - n * then) ** 2 / np.maximum(both, 1)
        square = parts.sum(axis=2) / (n * m)
        free = np.maximum((both > 0).sum(axis=2) - 1, 1)
        floor = np.array([policy.floor(name, "shape").absolute for name in self.shape_names])
        after, earlier = (
            _cohen(one.shapes, one.n, reference.shapes, reference.n) for one in (self, before)
        )
        return (
            np.array([weights[name] for name in self.shape_names]),
            log_e_change(square, free, 1 / m + 1 / n, BET * floor / np.sqrt(free)),
            np.asarray(chdtrc(free, square) / 2),
            after - earlier > floor,
        )

    def _of_counts(
        self, before: Moments, reference: Moments, policy: Policy, weights: dict[str, float]
    ) -> Tested:
        logs, p_values, worse = [], [], []
        for name, count in self.counts.items():
            then, origin = before.counts[name], reference.counts[name]
            log_e = log_e_fractions(count, self.n, then, before.n)
            p_value = _fisher(count, self.n, then, before.n)
            if name == "sample.response_outliers":
                fixed, n_fixed = then + origin, before.n + reference.n
                log_e = np.minimum(
                    log_e + np.log(10), log_e_fractions(count, self.n, fixed, n_fixed)
                )
                p_value = np.maximum(_fisher(count, self.n, fixed, n_fixed), p_value / 10)
            kind = "sample" if name.startswith("sample.") else "rare"
            fractions = count / self.n, then / before.n, origin / reference.n
            excess = np.abs(fractions[0] - fractions[2]) - np.abs(fractions[1] - fractions[2])
            logs.append(log_e)
            p_values.append(p_value)
            worse.append(excess > policy.floor(name, kind).absolute)
        weight = np.array([weights[name] for name in self.counts])
        return weight, np.stack(logs, 1), np.stack(p_values, 1), np.stack(worse, 1)


def _fisher(count: Array, n: int, other: Array, n_other: int) -> Array:
    return np.asarray(hypergeom.sf(np.rint(count) - 1, n + n_other, np.rint(count + other), n))


def _cohen(counts: Array, n: int, reference: Array, n_reference: int) -> Array:
    """Cohen's w without what finite samples add, as the gate has it."""
    bins = counts.shape[2]
    p, q = counts / n, (reference + 0.5) / (n_reference + 0.5 * bins)
    square = ((p - q) ** 2 / q).sum(axis=2) - (bins - 1) * (1 / n + 1 / n_reference)
    return np.asarray(np.sqrt(np.maximum(square, 0)))


def _limited(residuals: Array) -> Array:
    return np.clip(np.where(np.isnan(residuals), -LIMIT, residuals), -LIMIT, LIMIT)


def _padded(bins: Array, width: int = 14) -> Array:
    return np.pad(bins, ((0, 0), (0, width - bins.shape[1])))
