"""Ways of evaluation agree; a fault is seen, and so is the operation where it begins."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
sys.path.insert(0, str(Path(__file__).parents[3] / "studies"))
from parity_graphs import ErfGelu, ScaledTwice, against_double

from reference_models.__main__ import main
from reference_models.export.chain import Chain
from reference_models.inference.onnx_ops import OnnxOps
from reference_models.parity.first_node import Step, first_difference
from reference_models.parity.record import Difference, difference
from reference_models.variants import MODELS


@pytest.fixture(scope="module")
def chain() -> Chain:
    return Chain(MODELS["distilled"](backend="eager"))


def test_what_is_right_differs_by_rounding(chain: Chain) -> None:
    comparison, operation = against_double(chain, OnnxOps)
    assert comparison.verdict == "rounding"
    assert operation is None


def test_another_gelu_is_more_than_rounding_and_is_named(chain: Chain) -> None:
    comparison, operation = against_double(chain, ErfGelu)
    assert comparison.verdict == "more than rounding"
    assert operation is not None
    assert operation.startswith("gelu, operation ")


def test_another_scale_of_attention_is_a_fault_and_is_named(chain: Chain) -> None:
    comparison, operation = against_double(chain, ScaledTwice)
    assert comparison.verdict == "FAULT"
    assert operation is not None
    assert operation.startswith("softmax, operation ")


def test_what_rounding_of_the_noise_moves_as_far_is_not_where_ways_begin_to_differ() -> None:
    fine, quotient = Step("add", 1e-7, 5e-5), Step("where_above", 2e-5, 6e-6)
    assert first_difference([fine, quotient]) is None
    for wrong in (Step("gelu", 4e-4, 1e-5), Step("exp", float("nan"), 1e-5)):
        assert first_difference([fine, quotient, wrong]) is wrong


def test_showers_that_are_not_finite_are_a_fault() -> None:
    expected = np.ones((1, 2, 2, 2))
    cells = np.full((1, 2, 2, 2), np.nan, dtype=np.float32)
    assert (
        difference(cells, expected, {"total": (cells[0, 0, 0], expected[0, 0, 0])}).verdict
        == "FAULT"
    )


def test_all_ways_of_the_distilled_variant(tmp_path: Path) -> None:
    out = tmp_path / "parity.json"
    main(["parity", "-n", "2", "--detector", "CLD", "--out", str(out)], standalone_mode=False)
    document = json.loads(out.read_text())
    ways = document["differences"]
    assert {"eager, batch 1", "fused, batch 16", "TorchScript, 2 threads"} <= set(ways)
    assert sum(name.startswith("ONNX opset 17, optimisation") for name in ways) == 5
    assert {Difference(**one).verdict for one in ways.values()} <= {
        "rounding",
        "rounding at the cut",
    }
    assert all(milliseconds > 0 for milliseconds in document["cpu_ms"].values())
    assert [name for name, same in document["repeated"].items() if same] == [
        "ONNX Runtime, two sessions of one process",
        "ONNX Runtime, a session in each of two threads",
    ]
    assert all(one["moved"] < 1e-4 for one in ways.values())
    assert set(document["first"].values()) == {None}
