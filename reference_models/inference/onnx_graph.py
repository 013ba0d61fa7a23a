"""The network as an ONNX graph for one shower, from the rearranged weights.

It holds standard operators only (opset 20), nothing random, and no size that was frozen by tracing. Noise is
drawn outside, so that a seed means the same everywhere.
"""

from __future__ import annotations

from reference_models.inference.folded import FoldedWeights
from reference_models.inference.onnx_ops import OnnxOps
from reference_models.inference.transformer import evaluate_network, split_queries

__all__ = ["INPUTS", "OPSET", "onnx_model"]

OPSET = 20
"""The first with Gelu."""
INPUTS = ("x", "noise", "conditions")
"""Shower scaled by c_in (R, PHI, Z), embedding of the noise level (1, width), conditions (1, C)."""
# Of the file format, not the opset: 9 is what the first runtime with this opset reads.
_IR_VERSION = 9


def onnx_model(weights: FoldedWeights) -> bytes:
    """Serialised model: :data:`INPUTS` to ``raw``, the output of the network, (R, PHI, Z)."""
    ops, config = OnnxOps(OPSET), weights.config
    raw = evaluate_network(ops, split_queries(weights), *map(ops.given, INPUTS))
    mesh = list(config.mesh)
    shapes = (mesh, [1, config.width], [1, config.condition_size])
    return ops.model(dict(zip(INPUTS, shapes, strict=True)), raw, mesh, "raw", _IR_VERSION)
