"""The model: showers of spots."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calobench import errors
from calobench.detectors import DetectorSpec
from calobench.models.protocol import ModelInfo
from calobench.showers import Conditions
from calobench_gflash.parameters import Parameters, read_parameters
from calobench_gflash.profiles import radius, truncated_moments, weight_inside
from calobench_gflash.stack import Stack, normals

__all__ = ["GFlash", "gflash"]

Array = NDArray[np.float64]

_PARAMETERS = Path(__file__).parent / "parameters"
_SPOTS_AT_ONCE = 2_000_000


class GFlash:
    """Parametrised showers of the detectors that there are parameters of.

    Args:
        parameters: by name of the detector.
    """

    def __init__(self, parameters: dict[str, Parameters]) -> None:
        self._parameters = parameters
        known = parameters.values()
        self.info = ModelInfo(
            name="gflash",
            description="parametrised shower (Grindhammer and Peters, hep-ex/0001020), fitted to Geant4",
            detectors=tuple(parameters),
            energy_range_mev=(
                max(one.energy_range_mev[0] for one in known),
                min(one.energy_range_mev[1] for one in known),
            ),
            theta_range=(
                max(one.theta_range[0] for one in known),
                min(one.theta_range[1] for one in known),
            ),
            parameters=max(one.count for one in known),
            post_processing=("spots are scaled to the visible energy that was drawn",),
        )

    def generate(
        self, conditions: Conditions, detector: DetectorSpec, seed: np.random.SeedSequence
    ) -> NDArray[np.float32]:
        """Cell energies in MeV, (N, R, PHI, Z).

        Raises:
            ModelError: there are no parameters of the detector, or they are of another geometry.
        """
        fitted = self._parameters.get(detector.name)
        if fitted is None or fitted.geometry_hash != detector.geometry_hash:
            what = "none" if fitted is None else "those of another geometry or mesh"
            raise errors.ModelError(
                f"gflash has {what} of detector {detector.name}; make some with "
                "'python -m calobench_gflash fit' and give them with --model gflash:parameters=FILE"
            )
        rng = np.random.default_rng(seed)
        showers = np.zeros((len(conditions), *detector.mesh_geometry.shape), np.float32)
        if len(conditions):
            plan = _Plan.draw(conditions, detector, fitted, rng)
            for rows in plan.blocks():
                showers[rows] = _showers(plan, rows, detector, fitted, rng)
        return showers


class _Plan:
    """Quantities that are drawn once per shower."""

    def __init__(self, energy_gev: Array, normal: Array, length: Array) -> None:
        self.energy_gev, self.normal, self.length = energy_gev, normal, length
        self.alpha = self.beta = self.depth_unit = self.visible = np.empty(0)
        self.n_spots = np.empty(0, np.int64)

    @classmethod
    def draw(
        cls,
        conditions: Conditions,
        detector: DetectorSpec,
        fitted: Parameters,
        rng: np.random.Generator,
    ) -> _Plan:
        """Shape, visible energy and number of spots of each shower."""
        normal = normals(detector, conditions)
        plan = cls(conditions.energy / 1000, normal, Stack.of(detector).length_mm(normal))
        log_y = np.log(conditions.energy / fitted.critical_energy_mev)
        slant = 1 / normal[:, 2] - 1
        mean, spread, correlation = fitted.longitudinal.moments(log_y, slant)
        first, second = rng.standard_normal(mean.shape)
        second = correlation * first + np.sqrt(1 - correlation**2) * second
        t_max, alpha = np.exp(mean + spread * np.stack([first, second]))
        # A Gamma distribution has a maximum where alpha > 1.
        plan.alpha = np.maximum(alpha, 1.05)
        plan.beta = (plan.alpha - 1) / (t_max * fitted.radiation_length_mm)
        plan.depth_unit = fitted.longitudinal.depth_unit(plan.alpha / plan.beta, log_y, slant)
        inside = truncated_moments(plan.alpha, plan.beta, plan.length)[0]
        response, relative = fitted.response.at(log_y, slant, plan.energy_gev)
        shape = 1 / relative**2
        plan.visible = conditions.energy * response * inside * rng.gamma(shape, 1 / shape)
        plan.n_spots = 1 + rng.poisson(plan.visible / fitted.spots.energy_mev)
        return plan

    def blocks(self) -> Iterator[slice]:
        """Showers that fit into memory together."""
        block = np.cumsum(self.n_spots) // _SPOTS_AT_ONCE
        starts = np.flatnonzero(np.diff(block, prepend=-1))
        for start, stop in zip(starts, [*starts[1:], len(block)], strict=True):
            yield slice(int(start), int(stop))


def _showers(
    plan: _Plan, rows: slice, detector: DetectorSpec, fitted: Parameters, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Spots of some showers, summed into cells, (n, R, PHI, Z)."""
    mesh = detector.mesh_geometry
    n_spots = plan.n_spots[rows]
    owner = np.repeat(np.arange(rows.start, rows.stop), n_spots)
    alpha, beta = plan.alpha[owner], plan.beta[owner]
    z = rng.gamma(alpha, 1 / beta)
    while (beyond := np.flatnonzero(z >= plan.length[owner])).size:
        z[beyond] = rng.gamma(alpha[beyond], 1 / beta[beyond])
    core, tail, weight = fitted.radial.at(z / plan.depth_unit[owner], plan.energy_gev[owner])
    core, tail = core * fitted.moliere_radius_mm, tail * fitted.moliere_radius_mm
    largest = mesh.n_r * mesh.dr_mm
    in_core = rng.random(len(z)) < weight_inside(core, tail, weight, largest)
    r = radius(np.where(in_core, core, tail), rng.random(len(z)), largest)
    azimuth = rng.random(len(z)) * 2 * np.pi - np.pi
    position = np.stack([r * np.cos(azimuth), r * np.sin(azimuth), z])
    z, inside = Stack.of(detector).collected(position, plan.normal[owner].T, rng.random(len(z)))
    energy = rng.gamma(fitted.spots.shape, 1.0, len(z))

    layer = np.floor(z / mesh.dz_mm).astype(np.int64)
    inside &= (layer >= 0) & (layer < mesh.n_z)
    ring = np.minimum((r / mesh.dr_mm).astype(np.int64), mesh.n_r - 1)
    sector = np.minimum(
        ((azimuth + np.pi) / (2 * np.pi) * mesh.n_phi).astype(np.int64), mesh.n_phi - 1
    )
    place = (owner - rows.start, ring, sector, layer)
    shape = (len(n_spots), *mesh.shape)
    cell = np.ravel_multi_index(tuple(index[inside] for index in place), shape)
    cells = np.bincount(cell, energy[inside], int(np.prod(shape))).reshape(len(n_spots), -1)
    total = cells.sum(axis=1, keepdims=True)
    scaled = cells * (plan.visible[rows, None] / np.where(total > 0, total, 1))
    return scaled.reshape(shape).astype(np.float32)


def gflash(parameters: str | None = None) -> GFlash:
    """The model; the entry point names this function.

    Args:
        parameters: a file that ``python -m calobench_gflash fit`` made; None for those that ship.

    Raises:
        ModelError: the file cannot be read.
    """
    paths = sorted(_PARAMETERS.glob("*.json")) if parameters is None else [Path(parameters)]
    known = [read_parameters(path) for path in paths]
    if not known:
        raise errors.ModelError(
            "gflash has no parameters; make some with 'python -m calobench_gflash fit'"
        )
    return GFlash({one.detector: one for one in known})
