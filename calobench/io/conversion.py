"""Rewriting a file of showers of any readable format in the LEMURS layout, packed or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calobench.detectors.spec import DetectorSpec
from calobench.errors import ShowerFileError
from calobench.io.joined import JoinedFiles
from calobench.io.shower_file import ShowerFile, scaled
from calobench.io.writers.lemurs import LemursWriter
from calobench.io.writers.packed import PackedWriter
from calobench.showers import Conditions, Showers

__all__ = ["convert"]

# Columns of shower energies: they are scaled as the showers are.
_ENERGY_COLUMNS = ("total_deposit",)


def convert(
    source: JoinedFiles,
    target: str | Path,
    *,
    shower_factor: float = 1,
    incident_factor: float = 1,
    detector: DetectorSpec | None = None,
    note: str = "",
    replace: bool = True,
    mantissa_bits: int | None = None,
    progress: Callable[[int], object] | None = None,
) -> int:
    """Write the showers of ``source`` to ``target``, with its attributes and per-shower columns.

    Args:
        source: the open files; their incident energies times ``incident_factor`` are MeV.
        target: the file to write.
        shower_factor: shower energies are multiplied by it.
        incident_factor: incident energies are multiplied by it.
        detector: detector to note in the file, if other than the source says.
        note: what was done, kept as the attribute ``conversion``.
        replace: an older file is replaced when the new one is complete; else it is kept.
        mantissa_bits: pack the showers, as :class:`~calobench.io.writers.packed.PackedWriter` does; None
            does not.
        progress: called with the number of showers of each chunk done.

    Returns:
        Number of showers written.

    Raises:
        MeshMismatchError: the source and the detector have different meshes.
        OutputError: the file cannot be written.
        ShowerFileError: the source is damaged, holds impossible values, or only some files have a column.
    """
    mesh = source.mesh
    _require_same_columns(source)
    if detector is not None:
        if mesh is not None:
            detector.mesh_geometry.require_same(mesh, str(source.path))
        mesh = detector.mesh_geometry
    plain = (str, int, float, np.generic)
    attributes = {k: v for k, v in source.files[0].attributes.items() if isinstance(v, plain)}
    if note:
        attributes["conversion"] = note
    name = detector.name if detector else source.detector
    make = (
        LemursWriter
        if mantissa_bits is None
        else partial(PackedWriter, mantissa_bits=mantissa_bits)
    )
    with make(target, detector=name, mesh=mesh, attributes=attributes, replace=replace) as writer:
        for part in source.files:
            for showers, columns in _chunks(part, shower_factor, incident_factor):
                writer.append(showers, columns)
                if progress is not None:
                    progress(len(showers))
        return len(writer)


def _require_same_columns(source: JoinedFiles) -> None:
    """Check that files can be written as one, with all their columns."""
    first, *others = source.files
    for other in others:
        odd = sorted(first.columns.keys() ^ other.columns.keys())
        if odd:
            raise ShowerFileError(
                f"{first.path} and {other.path} cannot be joined: only one has {', '.join(odd)}; "
                "join files with the same columns"
            )


def _chunks(
    source: ShowerFile, shower_factor: float, incident_factor: float
) -> Iterator[tuple[Showers, dict[str, NDArray[Any]]]]:
    done = 0
    for showers in source.chunks():
        rows = slice(done, done + len(showers))
        done = rows.stop
        columns = {name: column[rows] for name, column in source.columns.items()}
        for column in columns.keys() & _ENERGY_COLUMNS:
            factor = shower_factor * source.sampling_fraction
            columns[column] = scaled(columns[column], factor)
        incident = showers.conditions
        yield (
            Showers(
                showers.energy * np.float32(shower_factor),
                Conditions(incident.energy * incident_factor, incident.theta, incident.phi),
            ),
            columns,
        )
