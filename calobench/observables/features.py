"""The table of features: every observable of every shower."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from calobench._util.foreign import foreign_code, is_foreign, module_of
from calobench.detectors.spec import DetectorSpec
from calobench.errors import MeshMismatchError, PluginError
from calobench.observables.base import Observable, Projections
from calobench.showers import Conditions, Showers

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FeatureTable", "compute_features"]

Array = NDArray[np.float64]

_CONDITIONS = ("energy", "theta", "phi")


@dataclass(frozen=True)
class FeatureTable:
    """Observables of N showers; NaN where one is undefined for a shower without visible energy.

    Attributes:
        conditions: incident particles, (N,).
        scalars: the numbers, by name of the observable, each (N,).
        profiles: the vectors, by name of the observable, each (N, K).
    """

    conditions: Conditions
    scalars: dict[str, Array]
    profiles: dict[str, Array]

    def __len__(self) -> int:
        return len(self.conditions)

    def rows(self, index: NDArray[np.intp]) -> FeatureTable:
        """Some of the showers."""
        return FeatureTable(
            self.conditions[index],
            {name: column[index] for name, column in self.scalars.items()},
            {name: profile[index] for name, profile in self.profiles.items()},
        )

    @classmethod
    def concatenate(cls, tables: Sequence[FeatureTable]) -> FeatureTable:
        """The rows of several tables one after the other.

        Raises:
            ValueError: there is no table, or they do not hold the same observables.
        """
        return cls.collect(tables, sum(len(table) for table in tables))

    @classmethod
    def collect(cls, tables: Iterable[FeatureTable], n: int) -> FeatureTable:
        """The rows of tables that come one by one and need not be kept.

        Args:
            tables: parts of the table in order.
            n: number of rows of all.

        Raises:
            ValueError: there is no table, they do not hold the same observables, or not n rows.
        """
        columns: dict[tuple[str, str], Array] = {}
        done = 0
        for table in tables:
            parts = table._columns()
            if not columns:
                columns = {key: np.empty((n, *part.shape[1:])) for key, part in parts.items()}
            if parts.keys() != columns.keys():
                raise ValueError("tables of features hold different observables")
            for key, part in parts.items():
                columns[key][done : done + len(table)] = part
            done += len(table)
        if not columns:
            raise ValueError("there is no table of features to concatenate")
        if done != n:
            raise ValueError(f"tables of features have {done} rows instead of {n}")
        return cls(
            conditions=Conditions(*(columns["condition", name] for name in _CONDITIONS)),
            scalars={name: c for (kind, name), c in columns.items() if kind == "scalar"},
            profiles={name: c for (kind, name), c in columns.items() if kind == "profile"},
        )

    def _columns(self) -> dict[tuple[str, str], Array]:
        """All columns by kind and name, each (N, ...)."""
        return {
            **{("condition", name): getattr(self.conditions, name) for name in _CONDITIONS},
            **{("scalar", name): column for name, column in self.scalars.items()},
            **{("profile", name): column for name, column in self.profiles.items()},
        }

    def to_frame(self) -> pd.DataFrame:
        """One row per shower: conditions, numbers, then vectors as ``name[0]``, ``name[1]``, ..."""
        import pandas as pd

        columns = {
            "incident_energy": self.conditions.energy,
            "incident_theta": self.conditions.theta,
            "incident_phi": self.conditions.phi,
            **self.scalars,
        }
        for name, profile in self.profiles.items():
            columns |= {f"{name}[{k}]": column for k, column in enumerate(profile.T)}
        return pd.DataFrame(columns)


def compute_features(
    showers: Showers, detector: DetectorSpec, observables: Iterable[Observable]
) -> FeatureTable:
    """Compute observables of a batch of showers.

    A shower's row depends on that shower alone, so that batches can be computed anywhere and
    concatenated.

    Args:
        showers: cell energies, MeV, (N, R, PHI, Z).
        detector: gives the mesh.
        observables: what to compute.

    Raises:
        MeshMismatchError: the showers do not have the detector's number of cells.
        PluginError: an observable of another package fails, or gives an array of another shape than it
            declares.
    """
    mesh = detector.mesh_geometry
    if showers.energy.shape[1:] != mesh.shape:
        raise MeshMismatchError(
            f"showers have {showers.energy.shape[1:]} cells, detector {detector.name} has "
            f"{mesh.shape}; choose the detector that the showers were made for"
        )
    projections = Projections(showers, mesh)
    scalars: dict[str, Array] = {}
    profiles: dict[str, Array] = {}
    for observable in observables:
        columns = scalars if observable.axis is None else profiles
        columns[observable.name] = _computed(observable, projections, detector)
    return FeatureTable(showers.conditions, scalars, profiles)


def _computed(observable: Observable, projections: Projections, detector: DetectorSpec) -> Array:
    if is_foreign(observable.compute):
        # What it changes in place is its own: sums are kept, and showers are shared.
        energy = projections.showers.energy.view()
        energy.flags.writeable = False
        shown = Showers(energy, projections.showers.conditions)
        projections = Projections(shown, projections.mesh)
    with foreign_code(f"the observable '{observable.name}'", observable.compute):
        values = observable.compute(projections)
    expected: tuple[int, ...] = (len(projections.showers),)
    if observable.axis is not None:
        axis = observable.axis(detector)
        expected += (len(axis.edges) + (1 if axis.flow else -1),)
    if np.shape(values) != expected:
        raise PluginError(
            f"the observable '{observable.name}' of {module_of(observable.compute)} gives an array of "
            f"shape {np.shape(values)}, it must be {expected}: one entry per shower; mend it there"
        )
    return values
