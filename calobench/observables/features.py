"""The table of features: every observable of every shower."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from calobench.detectors.spec import DetectorSpec
from calobench.errors import MeshMismatchError
from calobench.observables.base import Observable, Projections
from calobench.showers import Conditions, Showers

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FeatureTable", "compute_features"]

Array = NDArray[np.float64]


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

    @classmethod
    def concatenate(cls, tables: Sequence[FeatureTable]) -> FeatureTable:
        """The rows of several tables one after the other.

        Raises:
            ValueError: there is no table, or they do not hold the same observables.
        """
        if not tables:
            raise ValueError("there is no table of features to concatenate")
        first = tables[0]
        for table in tables[1:]:
            same_scalars = table.scalars.keys() == first.scalars.keys()
            if not same_scalars or table.profiles.keys() != first.profiles.keys():
                raise ValueError("tables of features hold different observables")
        return cls(
            conditions=Conditions(
                energy=np.concatenate([table.conditions.energy for table in tables]),
                theta=np.concatenate([table.conditions.theta for table in tables]),
                phi=np.concatenate([table.conditions.phi for table in tables]),
            ),
            scalars={
                name: np.concatenate([table.scalars[name] for table in tables])
                for name in first.scalars
            },
            profiles={
                name: np.concatenate([table.profiles[name] for table in tables])
                for name in first.profiles
            },
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a shower: conditions, numbers, then vectors as ``name[0]``, ``name[1]``, ..."""
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
        columns[observable.name] = observable.compute(projections)
    return FeatureTable(showers.conditions, scalars, profiles)
