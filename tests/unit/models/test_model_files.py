"""Trained files as models: every known interface and convention, and what is measured of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
import torch  # noqa: E402
from graph_files import (  # noqa: E402
    CELLS,
    RESPONSE,
    Shower,
    onnx_shower,
    shape_of_shower,
    torchscript,
)

from calobench.detectors import load_detector  # noqa: E402
from calobench.errors import ModelError, WeightsError  # noqa: E402
from calobench.models.checks import generate_checked  # noqa: E402
from calobench.models.files import catalogue  # noqa: E402
from calobench.models.files.convention import inputs_of  # noqa: E402
from calobench.models.protocol import MovableModel, PreparedModel  # noqa: E402
from calobench.models.registry import load_model  # noqa: E402
from calobench.showers import Conditions  # noqa: E402

ALLEGRO = load_detector("ALLEGRO")
FIVE = Conditions(np.full(5, 20e3), np.full(5, 1.4), np.full(5, 4.0))
SEED = np.random.SeedSequence(3)


def saved(path: Path, model: object) -> str:
    onnx.save(model, path)
    return str(path)


def check_showers(name: str) -> None:
    """Energies in MeV, azimuth from -pi, other showers each, and the same for the same seed."""
    model = load_model(name, ALLEGRO)
    cells = generate_checked(model, FIVE, ALLEGRO, SEED, twice=True).showers.energy
    response = cells.sum(axis=(1, 2, 3)) / 20e3
    np.testing.assert_allclose(response, RESPONSE * (1 - 0.01), rtol=0.05)
    assert len({float(total) for total in response}) == 5
    sectors = cells.sum(axis=(0, 1, 3))
    expected = shape_of_shower("-pi").sum(axis=(0, 2))
    assert np.corrcoef(sectors, expected)[0, 1] > 0.95


@pytest.mark.parametrize("unit", ["GeV", "MeV", "fraction"])
def test_unit_is_measured(tmp_path: Path, unit: str) -> None:
    for name in (
        str(torchscript(tmp_path / "shower.pt", Shower(unit))),
        saved(tmp_path / "shower.onnx", onnx_shower(unit=unit)),
    ):
        check_showers(name)
        info = load_model(name, ALLEGRO).info
        words = "a fraction of the incident energy" if unit == "fraction" else unit
        assert any(f"is taken to be {words}, from the energy closure" in r for r in info.remarks)
        stated = load_model(f"{name}:unit={unit}", ALLEGRO).info
        assert not any("closure" in remark for remark in stated.remarks)


@pytest.mark.parametrize("azimuth", ["-pi", "0"])
def test_azimuth_is_turned_when_it_is_told(tmp_path: Path, azimuth: str) -> None:
    for name in (
        str(torchscript(tmp_path / "shower.pt", Shower("GeV", azimuth))),
        saved(tmp_path / "shower.onnx", onnx_shower(azimuth=azimuth)),
    ):
        check_showers(f"{name}:azimuth={azimuth}")


@pytest.mark.parametrize("rank", [1, 2])
def test_torchscript_of_either_rank(tmp_path: Path, rank: int) -> None:
    check_showers(str(torchscript(tmp_path / "shower.pt", Shower(rank=rank))))


@pytest.mark.parametrize(
    "inputs",
    [
        {"input": [8]},
        {"input": [1, 8]},
        {"input": ["batch", 8]},
        {"input": [1, 3]},
        {"energy": [1, 1], "phi": [1, 1], "theta": [1, 1]},
        {"energy": [1], "phi": [1], "theta": [1]},
    ],
    ids=str,
)
def test_onnx_interfaces(tmp_path: Path, inputs: dict[str, list[object]]) -> None:
    check_showers(saved(tmp_path / "shower.onnx", onnx_shower(inputs=inputs)))


@pytest.mark.parametrize("opset", [13, 17, 20])
def test_onnx_opsets(tmp_path: Path, opset: int) -> None:
    check_showers(saved(tmp_path / "shower.onnx", onnx_shower(opset=opset)))


def test_noise_as_an_input_comes_from_the_seed(tmp_path: Path) -> None:
    model = load_model(saved(tmp_path / "shower.onnx", onnx_shower(noise="input")), ALLEGRO)
    first, again, other = (
        model.generate(FIVE, ALLEGRO, np.random.SeedSequence(seed)) for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_noise_of_a_fixed_seed_is_replaced_and_told(tmp_path: Path) -> None:
    fixed = load_model(saved(tmp_path / "fixed.onnx", onnx_shower(seed=7.0)), ALLEGRO)
    free = load_model(saved(tmp_path / "free.onnx", onnx_shower()), ALLEGRO)
    one, other = (fixed.generate(FIVE, ALLEGRO, np.random.SeedSequence(s)) for s in (1, 2))
    assert not np.array_equal(one, other)
    assert any("every job gets the same showers" in remark for remark in fixed.info.remarks)
    assert any("sessions of one process" in remark for remark in free.info.remarks)


def test_sessions_of_one_process_repeat_each_other() -> None:
    """ONNX Runtime does what the remark says; if this fails, remark and docs/parity.md are out of date."""
    import onnxruntime

    graph = onnx_shower().SerializeToString()
    inputs = {"input": np.array([[10, 0, 1.5, 0, 0, 0, 0, 1]], np.float32)}
    draws = []
    for _ in range(2):
        session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
        draws.append([session.run(None, inputs)[0] for _ in range(2)])
    assert np.array_equal(draws[0], draws[1])
    assert not np.array_equal(draws[0][0], draws[0][1])


def test_torchscript_leaves_the_generator_of_the_process_alone(tmp_path: Path) -> None:
    model = load_model(str(torchscript(tmp_path / "shower.pt", Shower())), ALLEGRO)
    before = torch.random.get_rng_state()
    model.generate(FIVE, ALLEGRO, SEED)
    assert torch.equal(before, torch.random.get_rng_state())


def test_inputs_are_those_of_par04() -> None:
    inputs = inputs_of(Conditions(np.array([5e3]), np.array([1.2]), np.array([4.0])), 3)
    np.testing.assert_allclose(inputs, [[5, 4 - 2 * np.pi, 1.2, 0, 0, 0, 1, 0]], rtol=1e-6)


class OfSlot(Shower):
    """Makes showers only where the slot is the last one."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        inputs = x.reshape(-1)
        return self.fractions * torch.rand(9, 16, 45) * 2 * self.response * inputs[0] * inputs[7]


def test_slot_and_threshold(tmp_path: Path) -> None:
    name = str(torchscript(tmp_path / "shower.pt", OfSlot()))
    with pytest.raises(ModelError, match="makes empty showers for FCCeeALLEGRO, slot 3"):
        load_model(f"{name}:slot=3", ALLEGRO)
    cells = load_model(f"{name}:slot=4,threshold=0.5", ALLEGRO).generate(FIVE, ALLEGRO, SEED)
    assert cells[cells > 0].min() > 0.5


def test_training_mode_is_told(tmp_path: Path) -> None:
    name = str(torchscript(tmp_path / "shower.pt", Shower(), training=True))
    assert any("saved in training mode" in remark for remark in load_model(name).info.remarks)


def test_protocols(tmp_path: Path) -> None:
    model = load_model(str(torchscript(tmp_path / "shower.pt", Shower())))
    assert isinstance(model, PreparedModel)
    assert isinstance(model, MovableModel)
    assert model.info.weights_hash


def test_card_says_what_need_not_be_measured(tmp_path: Path) -> None:
    import hashlib
    import json

    path = torchscript(tmp_path / "shower.pt", Shower("MeV", "0"))
    card = {
        "format": "calobench model file 1",
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "unit": "MeV",
        "azimuth": "0",
        "detectors": ["FCCeeALLEGRO"],
        "nfe": 1,
        "par04": ["for Par04 only"],
    }
    place = tmp_path / "shower.pt.json"
    place.write_text(json.dumps(card))
    check_showers(str(path))
    info = load_model(str(path), ALLEGRO).info
    assert (info.detectors, info.nfe, info.azimuth_stated) == (("FCCeeALLEGRO",), 1, True)
    place.write_text(json.dumps({**card, "sha256": "0" * 64}))
    with pytest.raises(WeightsError, match=r"is not the file that shower\.pt\.json describes"):
        load_model(str(path))


def test_external_data_beside_the_file_is_read(tmp_path: Path) -> None:
    onnx.save(
        onnx_shower(), tmp_path / "shower.onnx", save_as_external_data=True, location="numbers.bin",
        size_threshold=1000,
    )  # fmt: skip
    assert (tmp_path / "numbers.bin").stat().st_size > CELLS
    check_showers(str(tmp_path / "shower.onnx"))


def test_weights_are_made_by_the_package_that_registers_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from importlib.metadata import EntryPoint

    import reference_models

    value = "reference_models.variants:weights_file"
    entry = EntryPoint(".safetensors", value, catalogue.FILE_GROUP)
    monkeypatch.setattr(catalogue, "entry_points", lambda group: [entry])
    folder = Path(reference_models.__file__).parent / "weights"
    one = load_model(f"{folder / 'edm_dit_distilled.safetensors'}:backend=fused", ALLEGRO)
    named = load_model("distilled:backend=fused")
    two = Conditions(np.full(2, 20e3), np.full(2, 1.4), np.full(2, 1.0))
    assert np.array_equal(one.generate(two, ALLEGRO, SEED), named.generate(two, ALLEGRO, SEED))
    assert load_model(f"{folder / 'edm_dit.safetensors'}:sampler=heun,nfe=5").info.nfe == 5
    with pytest.raises(ModelError, match="is for the other kind"):
        load_model(f"{folder / 'edm_dit.safetensors'}:sampler=consistency")
