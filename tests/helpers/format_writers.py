"""Showers in formats that calobench reads and does not write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from toy_detector import toy_detector

from calobench.io.readers.edm4hep import face_of
from calobench.showers import Mesh, Showers
from calobench.showers.frame import direction, mesh_axes

__all__ = [
    "points_of",
    "write_arrays",
    "write_calochallenge",
    "write_edm4hep",
    "write_root",
    "write_showerdata",
]

TOY = toy_detector()


def write_calochallenge(path: Path, showers: Showers) -> None:
    with h5py.File(path, "w") as file:
        file["incident_energies"] = showers.conditions.energy[:, None]
        file["showers"] = showers.energy.transpose(0, 3, 2, 1).reshape(len(showers), -1) / 0.033


def write_arrays(path: Path, showers: Showers) -> None:
    incident = showers.conditions
    np.savez(
        path,
        showers=showers.energy,
        incident_energy=incident.energy,
        incident_theta=incident.theta,
        incident_phi=incident.phi,
    )


def points_of(energy: np.ndarray, mesh: Mesh) -> tuple[np.ndarray, np.ndarray]:
    """A point in each filled cell, off its middle, in the frame of the mesh: mm (P, 3), and energies (P,)."""
    r, phi, z = np.nonzero(energy)
    radius = (r + 0.6) * mesh.dr_mm
    angle = (phi + 0.6) * 2 * np.pi / mesh.n_phi - np.pi
    positions = [radius * np.cos(angle), radius * np.sin(angle), (z + 0.6) * mesh.dz_mm]
    return np.stack(positions, axis=1), energy[r, phi, z]


def write_showerdata(
    path: Path, showers: Showers, mesh: Mesh = TOY.mesh_geometry, **changes: Any
) -> None:
    """All particles at right angles to the face; z is the depth in mm."""
    axes = mesh_axes(np.pi / 2, 0.0)
    clouds = []
    for energy in showers.energy:
        positions, deposits = points_of(energy, mesh)
        depth, across, along = axes.T @ positions.T
        clouds.append(np.stack([across, along, depth, deposits, 0 * deposits], axis=1))
    n = len(showers)
    content = {
        "energies": showers.conditions.energy[:, None].astype(np.float32),
        "directions": np.tile(np.float32([0, 0, 1]), (n, 1)),
        "pdg": np.full(n, 22, np.int32),
        "shape": np.array([n, max(map(len, clouds)), 5]),
        "num_points": np.array([len(cloud) for cloud in clouds], np.int32),
    } | changes
    with h5py.File(path, "w") as file:
        points = file.create_dataset("showers", (n,), h5py.vlen_dtype(np.float32))
        for row, cloud in enumerate(clouds):
            points[row] = cloud.astype(np.float32).reshape(-1)
        for name, values in content.items():
            if values is not None:
                file[name] = values


def write_edm4hep(
    path: Path, showers: Showers, mesh: Mesh = TOY.mesh_geometry, collection: str = "ECalBarrel"
) -> None:
    """One photon from the origin per event, with its deposits; hits are at the centre of the detector."""
    incident = showers.conditions
    columns: dict[str, list[Any]] = {}

    def add(**values: Any) -> None:
        for name, value in values.items():
            columns.setdefault(name, []).append(np.atleast_1d(value))

    for energy, gev, theta, phi in zip(
        showers.energy, incident.energy / 1000, incident.theta, incident.phi, strict=True
    ):
        positions, deposits = points_of(energy, mesh)
        along = direction(theta, phi)
        steps = positions @ mesh_axes(theta, phi) + face_of(TOY, np.zeros(3), along)
        add(cellID=np.uint64(7), energy=np.float32(deposits.sum() / 1000))
        add(**{f"position.{axis}": np.float32(0) for axis in "xyz"})
        add(step_energy=deposits / np.float32(1000))
        add(**{f"stepPosition.{axis}": steps[:, k] for k, axis in enumerate("xyz")})
        # A secondary beside the particle, which a generator did not hand over.
        add(generatorStatus=np.array([1, 0], np.int32), mass=np.zeros(2))
        add(**{f"momentum.{axis}": np.array([gev * along[k], 1.0]) for k, axis in enumerate("xyz")})
        add(**{f"vertex.{axis}": np.zeros(2) for axis in "xyz"})
    write_root(path, columns, collection)


def write_root(path: Path, columns: dict[str, list[Any]], collection: str) -> None:
    import awkward as ak
    import uproot

    def branch(name: str) -> str:
        if name == "step_energy":
            return f"{collection}Contributions.energy"
        if name.startswith("stepPosition"):
            return f"{collection}Contributions.{name}"
        of_hit = name in {"cellID", "energy"} or name.startswith("position")
        return f"{collection if of_hit else 'MCParticles'}.{name}"

    with uproot.recreate(path) as file:
        arrays = {
            branch(name): ak.unflatten(np.concatenate(values), [len(one) for one in values])
            for name, values in columns.items()
        }
        tree = file.mktree("events", {name: array.type.content for name, array in arrays.items()})
        tree.extend(arrays)
