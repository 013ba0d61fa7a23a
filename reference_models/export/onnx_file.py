"""The chain as an ONNX graph."""

from __future__ import annotations

from reference_models.export.chain import Chain
from reference_models.inference.onnx_graph import IR_VERSION, OPSET
from reference_models.inference.onnx_ops import OnnxOps

__all__ = ["IR_VERSIONS", "onnx_bytes"]

IR_VERSIONS = {17: 8, 20: 9}
"""Version of the file format by opset: read by ONNX Runtime from 1.12 and from 1.17 on."""
OUTPUT = "energies"


def onnx_bytes(chain: Chain, opset: int, *, noise_inside: bool) -> bytes:
    """The serialised model, one shower at a time: ``conditions`` (1, 8) to ``energies`` (1, cells).

    Args:
        chain: the chain.
        opset: one of :data:`IR_VERSIONS`, or :data:`~reference_models.inference.onnx_graph.OPSET`.
        noise_inside: draw the noise by a node RandomNormal without a seed; otherwise it is a second input
            ``noise``.
    """
    ops, versions = OnnxOps(opset), {**IR_VERSIONS, OPSET: IR_VERSION}
    first, second = chain.sizes
    inputs = {"conditions": [1, 8]}
    if noise_inside:
        noise = ops.add("RandomNormal", shape=[1, first + second])
    else:
        inputs["noise"] = [1, first + second]
        noise = ops.given("noise")
    cells = chain.shower(ops, ops.given("conditions"), noise)
    return ops.model(inputs, cells, [1, chain.cells], OUTPUT, versions[opset])
