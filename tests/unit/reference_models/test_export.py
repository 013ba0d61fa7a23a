"""Exported files make the showers of the original: cell by cell for the same noise."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from calobench.detectors import load_detector
from calobench.models.checks import generate_checked
from calobench.models.files.convention import inputs_of
from calobench.models.files.torchscript import quiet_jit
from calobench.models.registry import load_model
from calobench.showers import Conditions
from reference_models.__main__ import main
from reference_models.edm_model import EdmModel
from reference_models.export.programs import ddml_lines, par04_lines
from reference_models.export.write import Exported, exported_bytes
from reference_models.variants import MODELS, Variant, make

ENERGIES = np.array([1.5e3, 1e4, 5e4, 9.5e4])
CONDITIONS = Conditions(ENERGIES, np.array([0.9, 1.3, 1.57, 2.2]), np.array([0.1, 3.0, 4.0, 6.2]))
DETECTORS = ("Par04SiW", "FCCeeCLD", "FCCeeALLEGRO")
# Of the hottest cell of a shower: order of sums in single precision.
SAME = 1e-5
SAME_AFTER_STEPS = 2e-4
"""Three coarse steps enlarge rounding: single precision is 5e-5 from double, with added noise or without."""
TOLERANCE_OF_A_CELL = 2e-4
"""Of a cell's own energy, at 1 % of the hottest cell or more."""


@pytest.fixture(scope="module")
def model() -> EdmModel:
    chain = MODELS["distilled"](backend="eager")
    assert isinstance(chain, EdmModel)
    # Every ring and layer is told apart.
    rings = np.random.default_rng(6).uniform(-0.4, 0.4, chain.calibration.ring_noise.shape)
    return chain.with_calibration(replace(chain.calibration, ring_noise=rings.astype(np.float32)))


def noise_of(n: int = 4) -> NDArray[np.float32]:
    return np.random.default_rng(7).standard_normal((n, 57 + 6480), dtype=np.float32)


def runs(
    content: bytes,
    how: Exported,
    inputs: NDArray[np.float32],
    noise: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Generate as Par04 and DDML do: one shower at a time, the first output."""
    noise = noise_of() if noise is None else noise
    if how.format == "torchscript":
        with quiet_jit():
            script = torch.jit.load(io.BytesIO(content))
        with torch.inference_mode():
            return np.stack(
                [
                    script(torch.from_numpy(x), torch.from_numpy(n)).numpy()
                    for x, n in zip(inputs, noise, strict=True)
                ]
            )
    runtime = pytest.importorskip("onnxruntime")
    session = runtime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return np.stack(
        [
            session.run(None, {"conditions": x[None], "noise": n[None]})[0]
            for x, n in zip(inputs, noise, strict=True)
        ]
    )


@pytest.mark.parametrize(
    "how",
    [
        Exported("torchscript", noise="input"),
        Exported("onnx", 17, noise="input"),
        Exported("onnx", 20, noise="input"),
    ],
    ids=lambda how: f"{how.format} {how.opset}",
)
def test_same_noise_gives_the_same_cells(model: EdmModel, how: Exported) -> None:
    if how.format == "onnx":
        pytest.importorskip("onnx")
    content = exported_bytes(model, how)
    for name in DETECTORS:
        detector = load_detector(name)
        expected = model.from_noise(CONDITIONS, detector, noise_of())
        inputs = inputs_of(CONDITIONS, detector.one_hot_slot)
        cells = 1000 * runs(content, how, inputs).reshape(expected.shape)
        hottest = expected.max(axis=(1, 2, 3), keepdims=True)
        assert np.all(np.abs(cells - expected) <= SAME * hottest)
        seen = expected > 0.01 * hottest
        np.testing.assert_allclose(cells[seen], expected[seen], rtol=TOLERANCE_OF_A_CELL)


@pytest.mark.parametrize("kind", ["torchscript", "onnx"])
def test_noise_of_every_step_is_part_of_the_file(kind: str) -> None:
    """Generate as ``full`` does, in five evaluations: its sampler adds noise on its way."""
    if kind == "onnx":
        pytest.importorskip("onnx")
    churned = make(
        Variant("churned", "", "edm_dit", "heun", nfe=5, options={"churn": 8.0}), backend="eager"
    )
    how = Exported(kind, 17, noise="input")
    content = exported_bytes(churned, how)
    allegro = load_detector("ALLEGRO")
    inputs, size = inputs_of(CONDITIONS, allegro.one_hot_slot), 57 + 2 * 6480
    noise = np.random.default_rng(8).standard_normal((4, size), dtype=np.float32)
    expected = churned.from_noise(CONDITIONS, allegro, noise)
    cells = 1000 * runs(content, how, inputs, noise).reshape(expected.shape)
    hottest = expected.max(axis=(1, 2, 3), keepdims=True)
    assert np.all(np.abs(cells - expected) <= SAME_AFTER_STEPS * hottest)
    # The noise of the second step is used, and not drawn anew.
    noise[:, -6480:] = -noise[:, -6480:]
    other = churned.from_noise(CONDITIONS, allegro, noise)
    assert np.abs(other - expected).max() > 0.01 * hottest.max()


def test_generate_and_given_noise_are_one_chain(
    model: EdmModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The expected showers are those that ``generate`` makes of the noise that it draws."""
    drawn, real = [], torch.randn

    def kept(*shape: Any, **settings: Any) -> torch.Tensor:
        drawn.append(real(*shape, **settings))
        return drawn[-1].clone()

    monkeypatch.setattr(torch, "randn", kept)
    detector = load_detector("ALLEGRO")
    expected = model.generate(CONDITIONS, detector, np.random.SeedSequence(5))
    noise = np.concatenate([part.reshape(4, -1).numpy() for part in drawn], axis=1)
    assert np.array_equal(model.from_noise(CONDITIONS, detector, noise), expected)


@pytest.mark.parametrize(
    "options", [["--format", "torchscript"], ["--format", "onnx", "--opset", "17"]]
)
def test_an_exported_file_is_a_model(tmp_path: Path, options: list[str]) -> None:
    if "onnx" in options:
        pytest.importorskip("onnxruntime")
    path = tmp_path / ("model.onnx" if "onnx" in options else "model.pt")
    main(["export", *options, "--out", str(path)], standalone_mode=False)
    detector = load_detector("ALLEGRO")
    exported, original = load_model(str(path), detector), load_model("distilled")
    n = 60
    conditions = Conditions(np.full(n, 3e4), np.full(n, 1.4), np.full(n, 1.0))
    seed = np.random.SeedSequence(11)
    one, other = (
        generate_checked(m, conditions, detector, seed, twice=True).showers.energy
        for m in (exported, original)
    )
    # The same law: totals and layers within the statistics of 60 showers.
    for axes in ((1, 2, 3), (1, 2), (2, 3)):
        a, b = one.sum(axis=axes).reshape(n, -1), other.sum(axis=axes).reshape(n, -1)
        error = np.sqrt((a.var(axis=0) + b.var(axis=0)) / n) + 1e-6
        assert np.abs((a.mean(axis=0) - b.mean(axis=0)) / error).max() < 4.5
    assert exported.info.detectors == original.info.detectors
    assert exported.info.nfe == 1
    assert exported.info.azimuth_stated
    assert not any("closure" in remark for remark in exported.info.remarks)


def test_torchscript_takes_both_ranks_and_draws_inside(model: EdmModel) -> None:
    content = exported_bytes(model, Exported())
    with quiet_jit():
        script = torch.jit.load(io.BytesIO(content))
    inputs = torch.from_numpy(inputs_of(CONDITIONS, 4)[1])
    with torch.inference_mode():
        torch.manual_seed(3)
        flat = script(inputs)
        torch.manual_seed(3)
        row = script(inputs[None])
        other = script(inputs)
    assert flat.shape == (1, 6480)
    assert torch.equal(flat, row)
    assert not torch.equal(flat, other)
    assert flat.is_contiguous()
    assert flat.dtype == torch.float32


@pytest.mark.parametrize(("opset", "ir"), [(17, 8), (20, 9)])
def test_onnx_is_of_old_versions_and_standard(model: EdmModel, opset: int, ir: int) -> None:
    onnx = pytest.importorskip("onnx")
    graph = onnx.load_from_string(exported_bytes(model, Exported("onnx", opset)))
    onnx.checker.check_model(graph, full_check=True)
    assert (graph.opset_import[0].version, graph.ir_version) == (opset, ir)
    assert [one.name for one in graph.graph.input] == ["conditions"]
    assert [one.name for one in graph.graph.output] == ["energies"]
    assert all(not node.domain for node in graph.graph.node)


def test_conventions_of_ddml(model: EdmModel) -> None:
    inputs = inputs_of(CONDITIONS, 4)
    par04, ddml = (
        runs(exported_bytes(model, how), how, inputs).reshape(4, 9, 16, 45)
        for how in (
            Exported(noise="input"),
            Exported(noise="input", unit="MeV", azimuth="0"),
        )
    )
    np.testing.assert_allclose(np.roll(par04, 8, axis=2) * 1000, ddml, rtol=1e-5, atol=1e-9)


def test_card_tells_the_programs(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    main(["export", "--out", str(path)], standalone_mode=False)
    card = json.loads((tmp_path / "model.pt.json").read_text())
    lines = card["par04"]["FCCeeCLD"]
    order = [
        "/Par04/inference/setModelPathName model.pt",
        "/Par04/inference/setModelType CaloDiT-2",
        "/Par04/inference/setInferenceLibrary TORCH",
        "/param/ActivateModel defineMesh",
        "/param/ActivateModel inferenceModel",
    ]
    assert [line for line in lines if line in order] == order
    assert "/Par04/mesh/setSizeOfZCells 5.05 mm" in lines
    assert "/Par04/inference/setSizeOfZCells 5.05 mm" in lines
    steering = "\n".join(card["ddml"]["FCCeeCLD"])
    compile(steering, "steering", "exec")
    assert '"ParallelWorldCaloDiTModelBarrelParallelTorchModel/BarrelModelTorch"' in steering
    assert card["mesh"] == [9, 16, 45]
    assert card["unit"] == "GeV"


def test_the_documentation_shows_the_lines_as_generated() -> None:
    page = (Path(__file__).parents[3] / "docs" / "model_files.md").read_text(encoding="utf-8")
    for lines in (par04_lines, ddml_lines):
        assert "\n".join(lines("distilled.pt", "TORCH", load_detector("CLD"))) in page


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--variant", "distiled"], "did you mean 'distilled'"),
        (["--opset", "17"], "--opset 17 is for --format onnx"),
        (["--out", "model.bin"], "a file of --format torchscript ends in .pt"),
    ],
)
def test_what_cannot_be_exported_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Exception, match=words):
        main(["export", *options], standalone_mode=False)
    assert not list(tmp_path.iterdir())
