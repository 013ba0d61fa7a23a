"""The network as an ONNX graph for one shower, from the rearranged weights.

It holds standard operators only (opset 23), nothing random, and no size that was frozen by tracing. Noise is
drawn outside, so that a seed means the same everywhere.
"""

from __future__ import annotations

from reference_models.inference.folded import FoldedWeights
from reference_models.inference.onnx_ops import Node, OnnxOps
from reference_models.inference.transformer import Projections, evaluate_network, split_queries
from reference_models.network.dit import NetworkConfig

__all__ = ["INPUTS", "IR_VERSION", "OPSET", "joint_attention", "onnx_model"]

OPSET = 23
"""The first with Attention."""
INPUTS = ("x", "noise", "conditions")
"""Shower scaled by c_in (R, PHI, Z), embedding of the noise level (1, width), conditions (1, C)."""
IR_VERSION = 11
"""Of the file format: what the first runtime with this opset reads."""


def onnx_model(weights: FoldedWeights) -> bytes:
    """Serialised model: :data:`INPUTS` to ``raw``, the output of the network, (R, PHI, Z)."""
    ops, config = OnnxOps(OPSET), weights.config
    given = map(ops.given, INPUTS)
    raw = evaluate_network(ops, split_queries(weights), *given, attention=joint_attention)
    mesh = list(config.mesh)
    shapes = (mesh, [1, config.width], [1, config.condition_size])
    return ops.model(dict(zip(INPUTS, shapes, strict=True)), raw, mesh, "raw", IR_VERSION)


def joint_attention(ops: OnnxOps, layers: Projections, x: Node, config: NetworkConfig) -> Node:
    """One operator, which reads and writes the heads where they lie: nothing is copied into another order."""
    shape = (config.n_tokens, config.attention_width)
    queries, keys, values = (ops.reshape(ops.linear(x, *layer), 1, *shape) for layer in layers)
    heads = {"q_num_heads": config.heads, "kv_num_heads": config.heads}
    # The queries are divided by sqrt(head size) already.
    mixed = ops.add("Attention", queries, keys, values, scale=1.0, **heads)
    return ops.reshape(mixed, *shape)
