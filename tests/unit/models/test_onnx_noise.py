"""Noise of an ONNX graph is drawn outside of it, so that one session serves all seeds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
from graph_files import OnnxShower, onnx_shower  # noqa: E402

from calobench.models.files.onnx_graph import OnnxGraph  # noqa: E402
from calobench.models.files.onnx_noise import take_out_noise  # noqa: E402
from calobench.models.seed import Seed  # noqa: E402

INPUTS = np.ones((40, 8), np.float32)


def opened(tmp_path: Path, model: object) -> OnnxGraph:
    onnx.save(model, tmp_path / "model.onnx")
    return OnnxGraph(tmp_path / "model.onnx")


def normal(**options: object) -> object:
    build = OnnxShower()
    drawn = build.add("RandomNormal", shape=[1000], **options)
    cells = build.add("Mul", drawn, build.energy("input"))
    return build.model({"input": [1, 8]}, {cells: [1000]})


def test_numbers_are_of_the_law_of_the_node(tmp_path: Path) -> None:
    """40,000 Gaussian numbers of mean 2 and deviation 3: errors 0.015 and 0.011; five of them."""
    numbers = opened(tmp_path, normal(mean=2.0, scale=3.0)).run(INPUTS, Seed(5))
    assert abs(numbers.mean() - 2) < 5 * 0.015
    assert abs(numbers.std() - 3) < 5 * 0.011
    uniform = opened(tmp_path, onnx_shower()).run(INPUTS, Seed(5))
    lit = uniform[:, uniform.mean(axis=0) > 0]
    # From 0 to 2: mean 1, deviation 0.577; 6,336 cells of 40 showers each.
    spread = (lit.std(axis=0, ddof=1) / lit.mean(axis=0)).mean()
    assert abs(spread - 0.577) < 0.02


def test_one_session_serves_all_seeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    real = OnnxGraph._opened

    def counted(self: OnnxGraph) -> Any:
        made.append(1)
        return real(self)

    monkeypatch.setattr(OnnxGraph, "_opened", counted)
    graph = opened(tmp_path, normal(seed=3.0))
    one, again, other = (graph.run(INPUTS, Seed(seed)) for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.any(one == other)
    assert len({row.tobytes() for row in one}) == 40
    assert len(made) == 1


def test_nodes_of_unknown_shape_get_seeds_of_their_own(tmp_path: Path) -> None:
    build = OnnxShower()
    energy = build.energy("input")
    wide = build.add("Expand", energy, build.constant([1000], np.int64))
    drawn = build.add("RandomNormalLike", wide, dtype=1)
    cells = build.add("Mul", drawn, energy)
    model = build.model({"input": [1, 8]}, {cells: [1000]})
    assert take_out_noise(model) == ()
    graph = opened(tmp_path, model)
    one, again, other = (graph.run(INPUTS, Seed(seed)) for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.any(one == other)
