"""Weights with their cards, and the registered models on real conditions."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from calobench.detectors import DetectorSpec, load_detector
from calobench.errors import MeshMismatchError, SpecError, WeightsError
from calobench.models.protocol import ShowerModel
from calobench.showers import Conditions
from reference_models.calibration.tables import identity
from reference_models.training.config import read_config
from reference_models.training.recipes import load_recipe
from reference_models.variants import MODELS
from reference_models.weights_file import part, write_weights
from reference_models.weights_io import WEIGHTS_DIR, load_model, save_model

distilled, full, solver = MODELS["distilled"], MODELS["full"], MODELS["solver"]

CONDITIONS = Conditions(
    np.array([2e3, 5e4, 9e4]), np.array([1.0, 1.57, 2.2]), np.array([0.1, 3.0, 6.0])
)
CALIBRATED = "ddim-1-nested"
CONFIGS = Path(__file__).parents[3] / "reference_models" / "configs"


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    for name in ("edm_dit_distilled", "marginals"):
        for suffix in (".safetensors", ".json"):
            shutil.copy(WEIGHTS_DIR / f"{name}{suffix}", tmp_path)
    path = tmp_path / "edm_dit_distilled.safetensors"
    model = load_model(path)
    save_model(path, replace(model, calibrations={CALIBRATED: identity(9, 45, 1e-3)}))
    return path


def by_number(tensors: dict[str, Any], number: str = "1") -> dict[str, Any]:
    """Tables of the calibration under the name that they had before samplers were in it."""
    return {
        name.replace(CALIBRATED, number): table.clone()
        for name, table in tensors.items()
        if name.startswith("calibration.")
    }


def test_changed_weights_are_refused(weights: Path) -> None:
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(WeightsError, match="restore the file"):
        load_model(weights)


@pytest.mark.parametrize("missing", [".safetensors", ".json"])
def test_missing_part_is_named(weights: Path, missing: str) -> None:
    weights.with_suffix(missing).unlink()
    with pytest.raises(WeightsError, match="cannot read weights"):
        load_model(weights)


def test_card_of_another_network_is_refused(weights: Path) -> None:
    card = json.loads(weights.with_suffix(".json").read_text())
    card["network"]["blocks"] = 3
    weights.with_suffix(".json").write_text(json.dumps(card))
    with pytest.raises(WeightsError, match="does not hold what its card says"):
        load_model(weights)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t, c: c["network"].update(width=0), "width of the network is 0"),
        (lambda t, c: c["network"].update(blocks=10**9), "blocks of the network is 1000000000"),
        (lambda t, c: c["network"].update(heads=True), "heads of the network is True"),
        (lambda t, c: c["network"].update(mesh=[9, 0, 45]), "mesh of the network is"),
        (lambda t, c: c["network"].update(mesh=[9, 16]), "mesh of the network is"),
        (lambda t, c: c["network"].update(width=144.0), "width of the network is 144.0"),
        (lambda t, c: c["network"].update(condition_size=9), "condition_size is 9, it must be 66"),
        (lambda t, c: c["network"].update(depth=9), "does not hold what its card says"),
        (lambda t, c: c.update(network=[]), "network: must be a mapping"),
        (lambda t, c: c.update(parameters=5), "the card says 5 parameters"),
        (lambda t, c: c.update(parameters="5"), "parameters: "),
        (lambda t, c: c.update(detectors="ODD"), "detectors: "),
        (lambda t, c: c.pop("detectors"), "detectors: "),
        (lambda t, c: t.pop("scale.mean"), r"no table 'scale.mean' \(1 in all\)"),
        (lambda t, c: t.pop("network.patch_in.bias"), "no table 'network.patch_in.bias'"),
        (lambda t, c: t.update(more=torch.zeros(2)), "an unknown table 'more'"),
        (lambda t, c: t.update({"scale.slope": torch.zeros(5)}), "'scale.slope' has the shape"),
        (lambda t, c: t.update({"transform.cuts": torch.zeros(2, dtype=torch.int64)}), "int64"),
        (
            lambda t, c: t.update({"scale.mean": t["scale.mean"].to(torch.float8_e5m2)}),
            "'scale.mean' holds torch.float8_e5m2 instead of half",
        ),
        (
            lambda t, c: t["network.patch_in.bias"].fill_(torch.nan),
            "'network.patch_in.bias' holds NaN",
        ),
        (
            lambda t, c: t["transform.mean"][2, 3].fill_(torch.inf),
            "'transform.mean' holds NaN or",
        ),
        (lambda t, c: t["transform.scale"].zero_(), "'transform.scale' holds deviations"),
        (lambda t, c: t["transform.cuts"].neg_(), "'transform.cuts' holds"),
        (lambda t, c: t["scale.deviation"].zero_(), "'scale.deviation' holds deviations"),
        (
            lambda t, c: t.pop(f"calibration.{CALIBRATED}.spread"),
            f"no table 'calibration.{CALIBRATED}.spread'",
        ),
        (
            lambda t, c: t[f"calibration.{CALIBRATED}.ring_noise"][0, 0, 0].fill_(-0.6),
            f"'calibration.{CALIBRATED}.ring_noise' holds correlations",
        ),
        (
            lambda t, c: t[f"calibration.{CALIBRATED}.noise"].fill_(0.6),
            f"'calibration.{CALIBRATED}.noise' holds correlations",
        ),
        (lambda t, c: t[f"calibration.{CALIBRATED}.cell_map"].neg_(), "a map that falls"),
        (
            lambda t, c: (
                t.update(by_number(t)),
                c["calibrations"].update({"1": {"sampler": "ddim"}}),
            ),
            "two calibrations of 'ddim-1-nested'",
        ),
        (
            lambda t, c: t.update(by_number(t, "3")),
            "does not say of which sampler calibration '3' is",
        ),
        (lambda t, c: t.update(by_number(t, "0")), "'0' is no sampler with a number"),
        (
            lambda t, c: c["calibrations"][CALIBRATED].update(sampler=3),
            r"calibrations\.ddim-1-nested\.sampler",
        ),
        (lambda t, c: c.update(marginals=3), "marginals: must be a mapping"),
        (lambda t, c: c["marginals"].update(file="../x.safetensors"), "marginals.file"),
        (lambda t, c: c["marginals"].update(file="other.safetensors"), "cannot read weights"),
        (lambda t, c: c["marginals"].update(sha256="0" * 64), "other marginals"),
    ],
)
def test_tables_and_card_must_fit_even_if_the_hash_does(
    weights: Path, change: Any, message: str
) -> None:
    tensors, card = load_file(weights), json.loads(weights.with_suffix(".json").read_text())
    change(tensors, card)
    write_weights(weights, tensors, card)
    with pytest.raises(WeightsError, match=message) as error:
        load_model(weights)
    assert "\n" not in str(error.value)


def test_calibrations_from_before_rings_were_correlated_are_read(weights: Path) -> None:
    tensors, card = load_file(weights), json.loads(weights.with_suffix(".json").read_text())
    del tensors[f"calibration.{CALIBRATED}.ring_noise"]
    write_weights(weights, tensors, card)
    calibration = load_model(weights).calibrations[CALIBRATED]
    assert calibration.ring_noise.shape == (5, 8, 45)
    assert not calibration.ring_noise.any()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_any_table_may_be_in_half_precision(weights: Path, dtype: torch.dtype) -> None:
    tensors, card = load_file(weights), json.loads(weights.with_suffix(".json").read_text())
    halves = {name: tensor.to(dtype) for name, tensor in tensors.items()}
    write_weights(weights, halves, card)
    load_model(weights)
    prefixes = {name.partition(".")[0] for name in halves}
    assert {t.dtype for one in prefixes for t in part(one, halves).values()} == {torch.float32}


def test_networks_and_calibrations_are_rounded_when_they_are_saved_and_other_tables_are_not(
    weights: Path,
) -> None:
    model = load_model(weights)
    with torch.no_grad():
        for parameter in model.network.parameters():
            parameter.mul_(1 + 1e-5)
    exact = {name: t.clone() for name, t in model.network.state_dict().items()}
    save_model(weights, model)
    kinds = {name: tensor.dtype for name, tensor in load_file(weights).items()}
    rounded = {name for name in kinds if name.startswith(("network.", "calibration."))}
    assert {kinds[name] for name in rounded} == {torch.float16}
    assert torch.float16 not in {kinds[name] for name in kinds.keys() - rounded}
    again = load_model(weights).network.state_dict()
    assert all(torch.equal(again[name], t.half().float()) for name, t in exact.items())
    # Files of single precision, from before or from elsewhere, are read as they are.
    card = json.loads(weights.with_suffix(".json").read_text())
    single = {f"network.{name}": t for name, t in exact.items()}
    write_weights(weights, {**load_file(weights), **single}, card)
    again = load_model(weights).network.state_dict()
    assert all(torch.equal(again[name], t) for name, t in exact.items())


@pytest.mark.parametrize("value", [1e5, -7e4, float("nan"), float("inf")])
def test_parameters_that_half_precision_cannot_hold_are_not_saved(
    weights: Path, value: float
) -> None:
    before, model = weights.read_bytes(), load_model(weights)
    model.network.patch_in.bias[3] = value
    stated = re.escape(f"parameter 'patch_in.bias' of the network holds {value:g} (1 such value)")
    with pytest.raises(WeightsError, match=stated):
        save_model(weights, model)
    assert weights.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1]", "card of .* is damaged"),
        ("{", "cannot read weights"),
        ("[" * 100_000, "nested too deeply"),
        ('{"detectors": ["a"], "detectors": ["b"]}', "the key 'detectors' is there twice"),
        ("1" * 5000, "cannot read weights"),
    ],
)
def test_a_card_that_is_none_is_one_line(weights: Path, text: str, message: str) -> None:
    weights.with_suffix(".json").write_text(text)
    with pytest.raises(WeightsError, match=message):
        load_model(weights)


def test_a_calibration_without_its_sampler_in_the_name_is_that_of_the_card(weights: Path) -> None:
    tensors, card = load_file(weights), json.loads(weights.with_suffix(".json").read_text())
    older = {n: t for n, t in tensors.items() if not n.startswith("calibration.")}
    card["calibrations"] = {"1": {"sampler": "ddim", "options": {}, "seed": 5}}
    write_weights(weights, older | by_number(tensors), card)
    model = load_model(weights)
    assert set(model.calibrations) == set(model.card["calibrations"]) == {CALIBRATED}
    assert model.card["calibrations"][CALIBRATED]["seed"] == 5
    card["calibrations"]["1"] |= {"sampler": "heun", "options": {"churn": 8.5}}
    write_weights(weights, older | by_number(tensors), card | {"kind": "train"})
    assert set(load_model(weights).calibrations) == {"heun-1-churn8_5"}


def test_saving_and_loading_keeps_everything(weights: Path, tmp_path: Path) -> None:
    model = load_model(weights)
    save_model(tmp_path / "again.safetensors", model)
    again = load_model(tmp_path / "again.safetensors")
    np.testing.assert_array_equal(again.scale.mean, model.scale.mean)
    assert set(again.calibrations) == set(model.calibrations) == {CALIBRATED}
    for name, table in vars(model.calibrations[CALIBRATED]).items():
        np.testing.assert_array_equal(getattr(again.calibrations[CALIBRATED], name), table)
    assert again.card["network_sha256"] == model.card["network_sha256"]
    loaded, saved = again.network.state_dict(), model.network.state_dict()
    assert all(bool((loaded[name] == saved[name]).all()) for name in saved)


@pytest.mark.parametrize(
    "name", ["edm_dit", "edm_dit_distilled", "edm_dit_distilled2", "edm_dit_distilled_small"]
)
def test_cards_say_what_was_done(name: str) -> None:
    card = json.loads((WEIGHTS_DIR / f"{name}.json").read_text())
    assert card["licence"] == "Apache-2.0"
    assert card["steps_done"] == card["optimizer"]["steps"]
    assert card["training_showers"] > 1000
    marginals = "marginals_distilled" if name.endswith("_small") else "marginals"
    assert card["marginals"]["file"] == f"{marginals}.safetensors"
    if name == "edm_dit":
        assert card["loss_curve"][-1][1] < card["loss_curve"][0][1]
    else:
        assert (card["kind"], card["steps"]) == ("progressive", 2 if name[-1] == "2" else 1)
    assert (WEIGHTS_DIR / f"{name}.safetensors").stat().st_size < 8e6


@pytest.mark.parametrize(("factory", "nfe"), [(full, 63), (solver, 25), (distilled, 1)])
def test_variants_declare_themselves(factory: Any, nfe: int) -> None:
    model = factory()
    assert isinstance(model, ShowerModel)
    assert model.info.nfe == nfe
    assert model.info.parameters > 1e6
    assert len(model.info.detectors) == 5
    assert len(model.info.post_processing) == 3


def test_same_seed_same_showers_whatever_ran_before() -> None:
    model, detector = distilled(), load_detector("ALLEGRO")
    first = model.generate(CONDITIONS, detector, np.random.SeedSequence(4))
    other = model.generate(CONDITIONS, detector, np.random.SeedSequence(5))
    second = model.generate(CONDITIONS, detector, np.random.SeedSequence(4))
    np.testing.assert_array_equal(first, second)
    assert (first != other).any()
    same = np.random.SeedSequence(4)
    for _ in range(2):
        np.testing.assert_array_equal(model.generate(CONDITIONS, detector, same), first)


@pytest.mark.parametrize("name", ["Par04SiW", "Par04SciPb", "ODD", "FCCeeCLD", "FCCeeALLEGRO"])
def test_response_is_near_the_sampling_fraction(name: str) -> None:
    detector = load_detector(name)
    many = CONDITIONS.repeated(30)
    cells = distilled().generate(many, detector, np.random.SeedSequence(1))
    response = cells.sum(axis=(1, 2, 3)) / many.energy
    assert response.mean() == pytest.approx(detector.sampling_fraction, rel=0.05)


def test_another_mesh_is_refused() -> None:
    spec = load_detector("ODD").model_dump()
    spec["mesh"]["n_z"] = 40
    with pytest.raises(MeshMismatchError, match="makes"):
        distilled().generate(
            CONDITIONS, DetectorSpec.model_validate(spec), np.random.SeedSequence(1)
        )


@pytest.mark.parametrize("kind", ["marginals", "train", "distill", "progressive", "adapt"])
def test_committed_configurations_are_valid(kind: str) -> None:
    assert read_config(CONFIGS / f"{kind}.yaml", kind).kind == kind


def test_bad_configurations_are_named(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    with pytest.raises(SpecError, match="cannot read"):
        read_config(path)
    path.write_text((CONFIGS / "train.yaml").read_text().replace("patch:", "pach:"))
    with pytest.raises(SpecError, match="pach: unknown key: did you mean 'patch'"):
        read_config(path)
    with pytest.raises(SpecError, match="not for 'train'"):
        read_config(CONFIGS / "distill.yaml", "train")


def test_unequal_batches_are_refused(tmp_path: Path) -> None:
    text = (CONFIGS / "train.yaml").read_text()
    path = tmp_path / "c.yaml"
    path.write_text(text.replace("batch_size: 160", "batch_size: 162"))
    with pytest.raises(SpecError, match="multiple of the 5 detectors"):
        load_recipe(path)
