"""Stand-ins for trained files: a parametrised shower as TorchScript or ONNX, in every known convention.

CaloDiT-2's own files are not to be had in tests; these have their interface.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from calobench.models.files.torchscript import quiet_jit

MESH = (9, 16, 45)
CELLS = 9 * 16 * 45
RESPONSE = 0.117
"""Visible over incident energy: ALLEGRO's."""


def shape_of_shower(azimuth: str = "-pi") -> NDArray[np.float32]:
    """Shares of the cells, (9, 16, 45): more energy where the azimuth is about 0."""
    z = np.arange(45) / 12
    phi = (np.arange(16) + 0.5) * 2 * np.pi / 16 - (np.pi if azimuth == "-pi" else 0.0)
    fractions = np.exp(-np.arange(9) / 1.5)[:, None, None] * (1 + 0.3 * np.cos(phi))[None, :, None]
    fractions = fractions * (z**3 * np.exp(-2.5 * z))[None, None, :]
    return (fractions / fractions.sum()).astype(np.float32)


class Shower(torch.nn.Module):
    """Shares times noise times energy."""

    def __init__(self, unit: str = "GeV", azimuth: str = "-pi", rank: int = 0) -> None:
        super().__init__()
        self.register_buffer("fractions", torch.from_numpy(shape_of_shower(azimuth)).clone())
        self.unit, self.rank = unit, rank
        self.response = RESPONSE

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.rank > 0 and x.dim() != self.rank:
            raise ValueError("of another rank")
        energy = x.reshape(-1)[0]
        # Not quite proportional to the energy, as the response of a calorimeter.
        cells = self.fractions * torch.rand(9, 16, 45) * 2 * self.response * (1 - 0.0005 * energy)
        if self.unit == "GeV":
            cells = cells * energy
        elif self.unit == "MeV":
            cells = cells * energy * 1000
        return cells.reshape(1, -1)


def torchscript(path: Path, module: torch.nn.Module, *, training: bool = False) -> Path:
    """Script a module and save it."""
    with quiet_jit():
        torch.jit.script(module.train(training)).save(path)
    return path


def traced(path: Path, module: torch.nn.Module, *example: torch.Tensor) -> Path:
    """Trace a module and save it."""
    with quiet_jit():
        torch.jit.trace(module.eval(), example, check_trace=False).save(path)
    return path


class OnnxShower:
    """Builds the same shower node by node.

    Attributes:
        nodes: of the graph so far.
        constants: of the graph so far.
    """

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def add(self, operator: str, *inputs: str, domain: str = "", **attributes: object) -> str:
        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], domain=domain, **attributes))
        return name

    def constant(self, values: object, dtype: Any = np.float32) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(values, dtype), name))
        return name

    def energy(self, source: str) -> str:
        """The first number of an input, (1,)."""
        flat = self.add("Reshape", source, self.constant([-1], np.int64))
        return self.add("Gather", flat, self.constant([0], np.int64))

    def model(
        self,
        inputs: dict[str, list[object]],
        outputs: dict[str, list[object]],
        opset: int = 17,
        ir: int = 8,
        domains: tuple[str, ...] = (),
    ) -> onnx.ModelProto:
        input_shapes, output_shapes = (
            [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in named.items()]
            for named in (inputs, outputs)
        )
        opsets = [
            helper.make_opsetid("", opset),
            *(helper.make_opsetid(name, 1) for name in domains),
        ]
        graph = helper.make_graph(self.nodes, "shower", input_shapes, output_shapes, self.constants)
        return helper.make_model(graph, opset_imports=opsets, ir_version=ir)


def onnx_shower(
    *,
    unit: str = "GeV",
    azimuth: str = "-pi",
    inputs: dict[str, list[object]] | None = None,
    noise: str = "inside",
    seed: float | None = None,
    opset: int = 17,
) -> onnx.ModelProto:
    """An ONNX graph that makes a shower.

    Args:
        unit: of the output.
        azimuth: where the first bin begins.
        inputs: names and shapes; None for one of (1, 8).
        noise: ``inside``, ``input`` or ``frozen``.
        seed: attribute of the random node.
        opset: of the standard operators.
    """
    build, shapes = OnnxShower(), dict(inputs or {"input": [1, 8]})
    energy = build.energy(next(iter(shapes)))
    if noise == "inside":
        fixed = {} if seed is None else {"seed": seed}
        drawn = build.add("RandomUniform", shape=[CELLS], low=0.0, high=2.0, **fixed)
    elif noise == "input":
        shapes["noise"] = [1, CELLS]
        square = build.add("Mul", "noise", "noise")
        drawn = build.add("Reshape", square, build.constant([-1], np.int64))
    else:
        drawn = build.constant(np.random.default_rng(1).random(CELLS) * 2)
    fractions = build.constant(shape_of_shower(azimuth).ravel() * RESPONSE)
    cells = build.add("Mul", fractions, drawn)
    bend = build.add("Sub", build.constant([1.0]), build.add("Mul", energy, build.constant([5e-4])))
    cells = build.add("Mul", cells, bend)
    if unit != "fraction":
        scale = build.constant([1.0 if unit == "GeV" else 1000.0])
        cells = build.add("Mul", cells, build.add("Mul", energy, scale))
    build.nodes[-1].output[0] = "output"
    return build.model(shapes, {"output": [CELLS]}, opset)
