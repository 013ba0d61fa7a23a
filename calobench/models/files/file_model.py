"""A trained file as a model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calobench._util.digest import sha256_of_file
from calobench._util.files import UnreadableError, require_readable
from calobench.detectors.spec import DetectorSpec
from calobench.errors import ModelError
from calobench.models.files.card import ModelFileCard, read_card
from calobench.models.files.convention import AZIMUTHS, Convention, inputs_of
from calobench.models.files.cpp_graph import CppGraph
from calobench.models.files.examine import examine
from calobench.models.files.graph import Graph
from calobench.models.files.onnx_graph import OnnxGraph
from calobench.models.files.torchscript import TorchScript
from calobench.models.protocol import ModelInfo
from calobench.models.seed import Seed
from calobench.showers import Conditions

__all__ = ["FileModel", "cpp_file", "onnx_file", "torchscript_file"]


class FileModel:
    """A graph from a file, with the interface of Par04 and DDML.

    Args:
        path: the file.
        graph: what it holds.
        convention: what the user says of its numbers.
        card: what the JSON beside it says.
        stated: whether the user or the card says where its azimuth begins.
    """

    def __init__(
        self,
        path: Path,
        graph: Graph,
        convention: Convention,
        card: ModelFileCard | None,
        *,
        stated: bool,
    ) -> None:
        self._path, self._graph, self._convention = path, graph, convention
        self._prepared: str | None = None
        self.info = ModelInfo(
            name=path.stem,
            description=f"{graph.kind} file {path.name}"
            + (f", {card.description}" if card and card.description else ""),
            device=graph.device,
            weights_hash=sha256_of_file(path),
            backend=graph.label,
            remarks=graph.remarks,
            azimuth_stated=stated,
        )
        if card is not None:
            kept = ("detectors", "energy_range_mev", "theta_range", "nfe", "parameters", "flops")
            self.info = replace(self.info, **{name: getattr(card, name) for name in kept})
        self._inside = () if card is None else card.post_processing

    def to(self, device: str) -> None:
        """See :class:`calobench.models.protocol.MovableModel`."""
        self._graph.to(device)
        self.info = replace(self.info, device=device)

    def prepare(self, detector: DetectorSpec) -> None:
        """See :class:`calobench.models.protocol.PreparedModel`.

        Raises:
            MeshMismatchError: the file makes another number of cells.
            ModelError: see :func:`calobench.models.files.examine.examine`.
        """
        if self._prepared == detector.geometry_hash:
            return
        closure = examine(self._graph, self._convention, detector, self._path)
        remarks = self._graph.remarks
        if self._convention.unit is None:
            remarks = (*remarks, f"{self._path.name}: {closure.words()}")
        self._known = replace(self._convention, unit=closure.unit)
        words = (*self._inside, *self._known.words())
        self.info = replace(self.info, post_processing=words, remarks=remarks)
        self._prepared = detector.geometry_hash

    def generate(
        self, conditions: Conditions, detector: DetectorSpec, seed: np.random.SeedSequence
    ) -> NDArray[np.float32]:
        """See :class:`calobench.models.protocol.ShowerModel`."""
        self.prepare(detector)
        slot = self._known.slot
        inputs = inputs_of(conditions, detector.one_hot_slot if slot is None else slot)
        return self._known.showers(
            self._graph.run(inputs, Seed.of(seed)), conditions.energy, detector
        )


def torchscript_file(
    path: Path,
    unit: str | None = None,
    azimuth: str | None = None,
    slot: int | None = None,
    threshold: float = 0.0,
) -> FileModel:
    """A TorchScript file as a model.

    Args:
        path: the file.
        unit: of the output: GeV, MeV or fraction; None: what its card says, else measured.
        azimuth: where the first azimuth bin begins, -pi or 0; None: what its card says, else -pi.
        slot: one-hot slot that is set; None for the detector's own.
        threshold: cells of at most this energy are set to zero, MeV.

    Raises:
        ModelError: the file is damaged or has another interface, or an argument is none.
        WeightsError: its card is of another file.
    """
    _require_content(path)
    return _model(path, TorchScript(path), unit, azimuth, slot, threshold)


def onnx_file(
    path: Path,
    unit: str | None = None,
    azimuth: str | None = None,
    slot: int | None = None,
    threshold: float = 0.0,
    optimisation: str = "all",
) -> FileModel:
    """An ONNX file as a model; arguments and errors as of :func:`torchscript_file`.

    Args:
        path: the file.
        unit: of the output.
        azimuth: where the first azimuth bin begins.
        slot: one-hot slot that is set.
        threshold: MeV.
        optimisation: how far ONNX Runtime may rewrite it: none (as Par04's macros), basic, extended, all.
    """
    _require_content(path)
    return _model(path, OnnxGraph(path, optimisation), unit, azimuth, slot, threshold)


def cpp_file(
    path: Path,
    unit: str | None = None,
    azimuth: str | None = None,
    slot: int | None = None,
    threshold: float = 0.0,
) -> FileModel:
    """A file that the C++ library runs; arguments and errors as of :func:`torchscript_file`.

    Args:
        path: a TorchScript or ONNX file.
        unit: of the output.
        azimuth: where the first azimuth bin begins.
        slot: one-hot slot that is set.
        threshold: MeV.

    Raises:
        MissingPackageError: the library is not built, or without what reads the file.
    """
    _require_content(path)
    return _model(path, CppGraph(path), unit, azimuth, slot, threshold)


def _model(
    path: Path,
    graph: Graph,
    unit: str | None,
    azimuth: str | None,
    slot: int | None,
    threshold: float,
) -> FileModel:
    card = read_card(path)
    if card is not None:
        unit, azimuth = unit or card.unit, azimuth or card.azimuth
    convention = Convention(unit, azimuth or AZIMUTHS[0], slot, threshold)
    return FileModel(path, graph, convention, card, stated=azimuth is not None)


def _require_content(path: Path) -> None:
    try:
        size = require_readable(path)
    except UnreadableError as error:
        raise ModelError(f"cannot read {path}: {error}") from error
    if not size:
        raise ModelError(f"{path} is empty (0 bytes); copy or export it again")
