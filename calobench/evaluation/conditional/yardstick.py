"""The reference as a yardstick: what showers are measured with, fitted once to Geant4."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from calobench._util.edges import levels
from calobench.detectors.spec import DetectorSpec
from calobench.evaluation.conditional.columns import ColumnInfo, columns_of
from calobench.evaluation.conditional.covariates import Covariates
from calobench.evaluation.conditional.model import ConditionalModel
from calobench.evaluation.conditional.regions import Regions
from calobench.observables.base import Observable
from calobench.observables.features import FeatureTable
from calobench.results.quality import Column
from calobench.showers import Conditions

__all__ = ["Sample", "Yardstick"]

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

# A column with one value in more than this part of the reference has no width worth the name.
RARE = 0.9

# Profiles that make up the shape of a shower, whatever its energy and its azimuth.
_SHAPE = ("longitudinal_profile", "radial_profile")


class Sample(NamedTuple):
    """Showers as the metrics see them.

    Attributes:
        residuals: of the K columns, in widths of the reference; NaN where undefined, (N, K).
        covariates: the incident particle, standardised over the reference, (N, C).
        region: of energy and angle, by its number in ``Yardstick.regions``, (N,).
        unusual: where a rare column differs from its usual value, (N, R).
        shape: profiles in standard deviations of the reference, (N, S).
        empty: showers without any energy, (N,).
    """

    residuals: Array
    covariates: Array
    region: NDArray[np.intp]
    unusual: Flags
    shape: Array
    empty: Flags

    def __len__(self) -> int:
        return len(self.residuals)

    def rows(self, index: NDArray[np.intp]) -> Sample:
        """Some of the showers."""
        return Sample(
            self.residuals[index],
            self.covariates[index],
            self.region[index],
            self.unusual[index],
            self.shape[index],
            self.empty[index],
        )


@dataclass(frozen=True)
class Yardstick:
    """Conversion of a table of observables to a :class:`Sample`.

    Attributes:
        detector: the detector.
        observables: of the tables.
        model: means and widths at fixed conditions.
        covariates: what residuals must not depend on.
        regions: of energy and angle, in each of which residuals must be those of the whole.
        columns: the K columns with residuals.
        rare: the R columns that nearly always have one value.
        usual: that value, (R,).
        shape_mean: of the profiles, (S,).
        shape_width: their standard deviation, 1 where there is none, (S,).
        reference: the showers it was fitted to, each as if the fit had not known it.
    """

    detector: DetectorSpec
    observables: tuple[Observable, ...]
    model: ConditionalModel
    covariates: Covariates
    regions: Regions
    columns: tuple[Column, ...]
    rare: tuple[Column, ...]
    usual: Array
    shape_mean: Array
    shape_width: Array
    reference: Sample

    @classmethod
    def fit(
        cls,
        table: FeatureTable,
        detector: DetectorSpec,
        observables: Sequence[Observable],
        conditional: ConditionalModel | None = None,
    ) -> Self:
        """Fit to the reference.

        Args:
            table: observables of the reference showers, at least 50.
            detector: the detector.
            observables: of the table.
            conditional: fitted to the reference, if that is done already.

        Raises:
            ConditionsError: too few showers.
        """
        values = columns_of(table, detector, observables)
        modes = {info: _mode(column) for info, column in values.items()}
        rare = {info: value for info, (value, fraction) in modes.items() if fraction > RARE}
        smooth = {info: column for info, column in values.items() if info not in rare}
        smooth_table = _table(table.conditions, smooth)
        model = ConditionalModel.fit(smooth_table, staves=detector.staves.count, known=conditional)
        residuals = model.standardise_fitted(smooth_table)
        columns = tuple(
            _described(info, column, residuals[info.name]) for info, column in smooth.items()
        )
        covariates = Covariates.of(table.conditions, detector.staves.count)
        regions = Regions.of(table.conditions)
        shape = _profiles(table)
        width = shape.std(axis=0)
        usual = np.array(list(rare.values()), np.float64)
        scale = np.where(width > 0, width, 1.0)
        return cls(
            detector=detector,
            observables=tuple(observables),
            model=model,
            covariates=covariates,
            regions=regions,
            columns=columns,
            rare=tuple(_described(info, values[info], None) for info in rare),
            usual=usual,
            shape_mean=shape.mean(axis=0),
            shape_width=scale,
            reference=Sample(
                residuals=_stacked(residuals, columns, len(table)),
                covariates=covariates(table.conditions),
                region=regions(table.conditions),
                unusual=_unusual(values, list(rare), usual, len(table)),
                shape=(shape - shape.mean(axis=0)) / scale,
                empty=_empty(table),
            ),
        )

    def measure(self, table: FeatureTable) -> Sample:
        """Other showers in the units of the reference."""
        values = columns_of(table, self.detector, self.observables)
        by_name = {info.name: (info, column) for info, column in values.items()}
        smooth = dict(by_name[column.name] for column in self.columns)
        residuals = self.model.standardise(_table(table.conditions, smooth))
        rare = [by_name[column.name][0] for column in self.rare]
        return Sample(
            residuals=_stacked(residuals, self.columns, len(table)),
            covariates=self.covariates(table.conditions),
            region=self.regions(table.conditions),
            unusual=_unusual(values, rare, self.usual, len(table)),
            shape=(_profiles(table) - self.shape_mean) / self.shape_width,
            empty=_empty(table),
        )


def _table(conditions: Conditions, columns: dict[ColumnInfo, Array]) -> FeatureTable:
    scalars = {info.name: column for info, column in columns.items()}
    return FeatureTable(conditions, scalars, {})


def _mode(column: Array) -> tuple[float, float]:
    """The commonest value (NaN among them) and its fraction; values that differ by rounding are one."""
    undefined = np.isnan(column)
    values, counts = levels(column[~undefined])
    most = int(counts.argmax()) if len(counts) else -1
    if most < 0 or undefined.sum() > counts[most]:
        return float("nan"), float(undefined.mean())
    return float(values[most]), float(counts[most] / len(column))


def _described(info: ColumnInfo, column: Array, residuals: Array | None) -> Column:
    """A column with its mean and its mean width, from the reference.

    At fixed conditions a column is its mean plus residual times width: its covariance with the
    residuals is their variance times the mean width.
    """
    defined = np.isfinite(column)
    mean = float(column[defined].mean()) if defined.any() else 0.0
    width = 0.0
    if residuals is not None and defined.sum() > 1:
        r = residuals[defined]
        # r varies: a column that does not is rare.
        width = float(np.mean((column[defined] - mean) * (r - r.mean())) / r.var())
    return Column(**info._asdict(), mean=mean, width=abs(width))


def _stacked(residuals: dict[str, Array], columns: Sequence[Column], n: int) -> Array:
    if not columns:
        return np.empty((n, 0))
    return np.stack([residuals[column.name] for column in columns], axis=1)


def _unusual(
    values: dict[ColumnInfo, Array], rare: Sequence[ColumnInfo], usual: Array, n: int
) -> Flags:
    flags = np.zeros((n, len(rare)), bool)
    for k, (info, value) in enumerate(zip(rare, usual, strict=True)):
        flags[:, k] = ~np.isclose(values[info], value, rtol=1e-9, atol=0, equal_nan=True)
    return flags


def _profiles(table: FeatureTable) -> Array:
    parts = [np.nan_to_num(table.profiles[name]) for name in _SHAPE if name in table.profiles]
    return np.concatenate([np.empty((len(table), 0)), *parts], axis=1)


def _empty(table: FeatureTable) -> Flags:
    response = table.scalars.get("response")
    return np.zeros(len(table), bool) if response is None else ~(response > 0)
