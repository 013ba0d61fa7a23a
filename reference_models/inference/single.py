"""One shower at a time on the CPU: the whole chain as one graph of ONNX Runtime.

A simulation asks for one shower after the other. Around a network of 2 ms some 300 small steps of numpy then
take as long as the network; the same steps as nodes of one graph take half of that.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from onnxruntime import InferenceSession

from calobench.detectors import DetectorSpec
from calobench.models.files.convention import inputs_of
from calobench.showers import Conditions
from reference_models.export.chain import Chain, GraphDenoiser
from reference_models.export.onnx_file import onnx_bytes
from reference_models.inference.noise import white
from reference_models.inference.onnx_graph import OPSET, joint_attention
from reference_models.inference.onnx_runtime import session

if TYPE_CHECKING:
    from reference_models.edm_model import EdmModel

__all__ = ["SingleShower"]

Array = NDArray[np.float32]

# Of the hottest cell: what rounding differs by is a hundredth of it.
_MAX_DEVIATION = 1e-3


class SingleShower:
    """Showers of a variant one by one, as :meth:`reference_models.edm_model.EdmModel.from_noise` makes them.

    The graph is made when it is needed first: that takes as long as some hundred showers.

    Args:
        model: the variant.
    """

    def __init__(self, model: EdmModel) -> None:
        self._model = model
        self._agrees: bool | None = None

    @cached_property
    def _chain(self) -> Chain:
        model = self._model
        network = GraphDenoiser(model.finished.network, model.boundary, joint_attention)
        return Chain(model, "MeV", network=network)

    @cached_property
    def _session(self) -> InferenceSession:
        return session(onnx_bytes(self._chain, OPSET, noise_inside=False))

    def agrees(self, detector: DetectorSpec) -> bool:
        """Whether it makes the showers that the steps of the model make; compared once, for one shower.

        Args:
            detector: where the shower enters.
        """
        if self._agrees is None:
            conditions = Conditions(np.array([5e4]), np.array([np.pi / 2]), np.zeros(1))
            rng = np.random.default_rng(0)
            noise = rng.standard_normal((1, sum(self._chain.sizes))).astype(np.float32)
            expected = self._model.from_noise(conditions, detector, noise)
            off = np.abs(self.given(conditions, detector.one_hot_slot, noise) - expected).max()
            self._agrees = bool(off < _MAX_DEVIATION * expected.max())
        return self._agrees

    def seeded(
        self,
        conditions: Conditions,
        slot: int,
        first: torch.Generator,
        second: np.random.SeedSequence,
    ) -> Array:
        """The shower of :func:`reference_models.inference.noise.streams`, MeV, (1, R, PHI, Z).

        Args:
            conditions: the incident particle, (1,).
            slot: one-hot slot of the detector.
            first: of the marginals.
            second: seed of the shape.
        """
        of_marginals, of_shape = self._chain.sizes
        parts = [torch.randn(1, of_marginals, generator=first)]
        drawn, cells = white(second, self._chain.mesh), self._chain.cells
        parts += [drawn(slice(0, 1), k).reshape(1, -1) for k in range(of_shape // cells)]
        return self.given(conditions, slot, torch.cat(parts, dim=1).numpy())

    def given(self, conditions: Conditions, slot: int, noise: Array) -> Array:
        """The shower of given noise (1, K + D cells), see :meth:`EdmModel.from_noise`."""
        values = {"conditions": inputs_of(conditions, slot), "noise": noise}
        cells: Array = self._session.run(None, values)[0]
        return cells.reshape(1, *self._chain.mesh)
