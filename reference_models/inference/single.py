"""One shower at a time on the CPU: the whole chain as one graph of ONNX Runtime.

A simulation asks for one shower after the other. Around a network of 2 ms some 300 small steps of numpy then
take as long as the network; the same steps as nodes of one graph take half of that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

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


class _Graph:
    """The chain of one detector.

    Args:
        model: the variant.
        slot: one-hot slot of the detector.
    """

    def __init__(self, model: EdmModel, slot: int) -> None:
        network = GraphDenoiser(model.finished.network, model.boundary, joint_attention)
        self.chain = Chain(model, "MeV", network=network, slot=slot)
        self._session = session(onnx_bytes(self.chain, OPSET, noise_inside=False))
        self._slot = slot

    def __call__(self, conditions: Conditions, noise: Array) -> Array:
        values = {"conditions": inputs_of(conditions, self._slot), "noise": noise}
        cells: Array = self._session.run(None, values)[0]
        return cells.reshape(1, *self.chain.mesh)


class SingleShower:
    """Showers of a variant one by one, as :meth:`reference_models.edm_model.EdmModel.from_noise` makes them.

    Each detector has a graph of its own, which is made when its first shower is asked for: that takes as long
    as some hundred showers.

    Args:
        model: the variant.
    """

    def __init__(self, model: EdmModel) -> None:
        self._model = model
        self._graphs: dict[int, _Graph] = {}
        self._agrees: dict[int, bool] = {}

    def _graph(self, slot: int) -> _Graph:
        if slot not in self._graphs:
            self._graphs[slot] = _Graph(self._model, slot)
        return self._graphs[slot]

    def agrees(self, detector: DetectorSpec) -> bool:
        """Whether it makes the shower that the steps of the model make; compared once.

        Args:
            detector: where the shower enters.
        """
        slot = detector.one_hot_slot
        if slot not in self._agrees:
            conditions = Conditions(np.array([5e4]), np.array([np.pi / 2]), np.zeros(1))
            rng = np.random.default_rng(0)
            noise = rng.standard_normal((1, sum(self._graph(slot).chain.sizes))).astype(np.float32)
            expected = self._model.from_noise(conditions, detector, noise)
            off = np.abs(self.given(conditions, slot, noise) - expected).max()
            self._agrees[slot] = bool(off < _MAX_DEVIATION * expected.max())
        return self._agrees[slot]

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
        chain = self._graph(slot).chain
        of_marginals, of_shape = chain.sizes
        parts = [torch.randn(1, of_marginals, generator=first)]
        drawn = white(second, chain.mesh)
        parts += [drawn(slice(0, 1), k).reshape(1, -1) for k in range(of_shape // chain.cells)]
        return self.given(conditions, slot, torch.cat(parts, dim=1).numpy())

    def given(self, conditions: Conditions, slot: int, noise: Array) -> Array:
        """The shower of given noise (1, K + D cells), see :meth:`EdmModel.from_noise`."""
        return self._graph(slot)(conditions, noise)
