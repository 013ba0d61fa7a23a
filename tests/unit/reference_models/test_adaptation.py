"""A detector of one's own: adapted, distilled, calibrated and run, by commands; bad input in one line."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from click.testing import CliRunner
from small_weights import MESH, SHORT, made_up_showers, my_detector, run, small_weights, stored

from calobench.detectors import load_detector
from calobench.errors import CalobenchError
from reference_models.__main__ import main
from reference_models.training.adaptation import stages
from reference_models.training.config import AdaptConfig, read_config
from reference_models.training.recipes import load_recipe
from reference_models.variants import weights_file
from reference_models.weights_io import load_model

ROOT = Path(__file__).parents[3]


def written(folder: Path, kind: str = "adapt", **changed: Any) -> Path:
    folder.mkdir(exist_ok=True)
    data = folder / "mine.h5"
    if not data.exists():
        stored(data, 1, 20)
        my_detector(folder)
    content = {
        "kind": kind,
        "data_dir": str(folder),
        "files": {str(folder / "my.yaml"): ["mine.h5"]},
        "validation_fraction": 0.2,
        "start": str(folder / "start" / "start.safetensors"),
        "output": str(folder / kind),
        "weights": str(folder / kind / "Mine.safetensors"),
        "dropout": 0.1,
        "marginals_optimizer": SHORT,
        "optimizer": SHORT,
        **changed,
    }
    path = folder / f"{kind}.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


BEFORE = ("Par04SiW", "Par04SciPb", "ODD", "FCCeeCLD")


def test_the_whole_recipe_by_commands(tmp_path: Path) -> None:
    first = load_model(small_weights(tmp_path / "start", BEFORE))
    config = written(tmp_path)
    assert "Mine_marginals.safetensors" in run("adapt", "--config", config)
    weights = tmp_path / "adapt" / "Mine.safetensors"
    adapted = load_model(weights)
    assert adapted.card["detectors"] == ["Mine"]
    assert adapted.card["one_hot_slots"] == {"Mine": 4}
    assert adapted.card["started_from"]["detectors"] == list(BEFORE)

    # The tables of the new slot are those of its showers, the others as they were.
    cells, of = made_up_showers(1, 20)
    logs = np.log(cells[:16] + 0.005)
    line = np.polyfit(np.log(of.energy[:16] / 3e4), logs.mean(axis=2).reshape(16, -1), 1)
    expected = line[1].reshape(9, 1, 45)
    np.testing.assert_allclose(adapted.transform.mean[4].numpy(), expected, atol=1e-4)
    for now, then in (
        (adapted.transform.mean, first.transform.mean),
        (torch.from_numpy(adapted.scale.mean), torch.from_numpy(first.scale.mean)),
        (
            torch.from_numpy(adapted.marginals.model.standard.mean),
            torch.from_numpy(first.marginals.model.standard.mean),
        ),
    ):
        torch.testing.assert_close(now[:4], then[:4], rtol=0, atol=0)
        assert not torch.equal(now[4], then[4])
    # Both networks have moved away from the start, and not far.
    for trained, started in (
        (adapted.network, first.network),
        (adapted.marginals.model.network, first.marginals.model.network),
    ):
        moved = [
            float((a - b).abs().max())
            for a, b in zip(trained.parameters(), started.parameters(), strict=True)
        ]
        assert 0 < max(moved) < 0.1

    # The comparison has other weights from the first step on.
    run("scratch", "--config", written(tmp_path, "scratch"))
    scratch = load_model(tmp_path / "scratch" / "Mine.safetensors")
    assert "started_from" not in scratch.card
    assert scratch.network.config == adapted.network.config
    torch.testing.assert_close(scratch.transform.mean[4], adapted.transform.mean[4])

    shared = {"data_dir": str(tmp_path), "files": {str(tmp_path / "my.yaml"): ["mine.h5"]}}
    student = tmp_path / "adapt" / "student.safetensors"
    distill = {
        "kind": "distill", **shared, "validation_fraction": 0.2, "output": str(tmp_path / "d"),
        "weights": str(student), "teacher": str(weights), "intervals": 4, "target_decay": 0.5,
        "optimizer": SHORT,
    }  # fmt: skip
    (tmp_path / "d.yaml").write_text(yaml.safe_dump(distill))
    run("distill", "--config", tmp_path / "d.yaml")
    calibrate = {
        "kind": "calibrate", **shared, "weights": str(student), "sampler": "consistency", "nfe": 1,
        "showers": 8, "rounds": 1, "seed": 1, "threads": 1,
    }  # fmt: skip
    (tmp_path / "c.yaml").write_text(yaml.safe_dump(calibrate))
    assert "Mine: " in run("calibrate", "--config", tmp_path / "c.yaml")
    calibrations = load_model(student).card["calibrations"]
    measured = calibrations["consistency-1"]["showers_for_the_noise"]
    (tmp_path / "c.yaml").write_text(yaml.safe_dump({**calibrate, "rounds": 0, "noise_showers": 3}))
    assert "the noise as before" in run("calibrate", "--config", tmp_path / "c.yaml")
    calibrations = load_model(student).card["calibrations"]
    assert calibrations["consistency-1"]["showers_for_the_noise"] == measured != 3

    model, mine = weights_file(student), load_detector(str(tmp_path / "my.yaml"))
    assert model.info.detectors == ("Mine",)
    drawn = model.generate(made_up_showers(2, 5)[1], mine, np.random.SeedSequence(1))
    assert drawn.shape == (5, *MESH)
    assert np.isfinite(drawn).all()
    assert (drawn.sum(axis=(1, 2, 3)) > 0).all()


def test_at_most_so_many_showers_of_a_detector(tmp_path: Path) -> None:
    small_weights(tmp_path / "start", BEFORE)
    path = written(tmp_path, max_showers=10)
    config = read_config(path, "adapt")
    assert isinstance(config, AdaptConfig)
    assert {one.max_showers for one in stages(config)} == {10}
    recipe = load_recipe(path)
    assert [len(sample.energy) for sample in recipe.train] == [8]
    whole = load_recipe(written(tmp_path))
    assert set(recipe.train[0].energy.tolist()) < set(
        made_up_showers(1, 20)[1].energy.astype(np.float32).tolist()
    )
    assert [len(sample.energy) for sample in whole.train] == [16]
    assert recipe.trainer.configuration != whole.trainer.configuration


def test_options_are_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = small_weights(tmp_path / "start", [*BEFORE, "FCCeeALLEGRO"])
    short = yaml.safe_load((ROOT / "reference_models/configs/adapt.yaml").read_text())
    short |= {"optimizer": SHORT, "marginals_optimizer": SHORT}
    (tmp_path / "short.yaml").write_text(yaml.safe_dump(short))
    monkeypatch.setattr("reference_models.training.adaptation.RECIPE", tmp_path / "short.yaml")
    data, out = stored(tmp_path / "mine.h5", 1, 20), tmp_path / "out"
    options = [
        "--detector", my_detector(tmp_path), "--data", data, "--start", first,
        "--replaces", "ALLEGRO", "--test", stored(tmp_path / "test.h5", 2, 8), "--out", out,
    ]  # fmt: skip
    run("adapt", *options)
    before = (out / "Mine.safetensors").read_bytes()
    card = json.loads((out / "Mine.json").read_text())
    assert card["training_data"][0]["file"] == "mine.h5"
    run("adapt", "--config", out / "adapt.yaml")  # is finished, and is written again
    assert (out / "Mine.safetensors").read_bytes() == before


def killed(folder: Path, log: Path) -> None:
    """Adapt, and kill it when a line of a log is there."""
    command = [sys.executable, "-m", "reference_models", "adapt", "--config", folder / "adapt.yaml"]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    while not log.exists() or log.read_text().count("\n") < 2:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_killed_and_resumed_both_weights_are_the_same(tmp_path: Path) -> None:
    longer = {
        "optimizer": {**SHORT, "steps": 20},
        "marginals_optimizer": {**SHORT, "steps": 20},
    }
    small_weights(tmp_path / "start", BEFORE)
    config = written(tmp_path, output=str(tmp_path / "run"), **longer)
    killed(tmp_path, tmp_path / "run" / "shape" / "log.csv")
    assert not (tmp_path / "adapt" / "Mine.safetensors").exists()
    run("adapt", "--config", config)
    cut = [p.read_bytes() for p in sorted((tmp_path / "adapt").glob("*.safetensors"))]
    run("adapt", "--config", written(tmp_path, output=str(tmp_path / "whole"), **longer))
    whole = [p.read_bytes() for p in sorted((tmp_path / "adapt").glob("*.safetensors"))]
    assert len(whole) == 2
    assert cut == whole


def fails(config: Path) -> str:
    with pytest.raises(CalobenchError) as error:
        CliRunner().invoke(main, [config.stem, "--config", str(config)], catch_exceptions=False)
    assert not (config.parent / "adapt" / "Mine.safetensors").exists()
    return str(error.value)


@pytest.mark.parametrize(
    ("detectors", "changed", "message"),
    [
        ([*BEFORE, "FCCeeALLEGRO"], {}, "has for FCCeeALLEGRO; free slots .*: none; or let it replace"),
        (BEFORE, {"replaces": ["FCCeeALLEGRO"]}, "was not trained on FCCeeALLEGRO"),
        (BEFORE, {"test": {"ILD": ["gone.h5"]}}, "no training file of ILD"),
        (BEFORE, {"optimizer": {**SHORT, "stepss": 1}}, "stepss: unknown key"),
    ],
)  # fmt: skip
def test_bad_input_is_named(
    tmp_path: Path, detectors: Sequence[str], changed: dict[str, Any], message: str
) -> None:
    small_weights(tmp_path / "start", detectors)
    assert re.search(message, fails(written(tmp_path, **changed)))


def test_test_showers_are_refused_by_content(tmp_path: Path) -> None:
    small_weights(tmp_path / "start", BEFORE)
    config = written(tmp_path, test={str(tmp_path / "my.yaml"): ["other.h5"]})
    stored(tmp_path / "other.h5", 1, 20)
    assert "20 training showers of Mine are in the files of 'test'" in fails(config)


def test_a_changed_configuration_or_start_is_not_resumed(tmp_path: Path) -> None:
    small_weights(tmp_path / "start", BEFORE)
    run("adapt", "--config", written(tmp_path))
    (tmp_path / "adapt" / "Mine.safetensors").unlink()
    changed = written(tmp_path, optimizer={**SHORT, "rate": 0.02})
    message = fails(changed)
    assert "optimizer.rate was 0.01 and is 0.02; restore it, or give another 'output'" in message
    small_weights(tmp_path / "start", BEFORE, width=48)
    assert "of another architecture" in fails(written(tmp_path))


def test_weights_that_cannot_be_adapted_are_named(tmp_path: Path) -> None:
    small_weights(tmp_path / "start", BEFORE, kind="distill")
    assert "distilled into a consistency function" in fails(written(tmp_path))
    small_weights(tmp_path / "start", BEFORE)
    other = written(tmp_path, start=str(tmp_path / "start" / "m.safetensors"))
    assert "card of" in fails(other)
    my_detector(tmp_path, mesh={"dr_mm": 4.65, "dz_mm": 5.275, "n_z": 30})
    stored(tmp_path / "mine.h5", 1, 20, n_z=30)
    assert "cells, Mine has (9, 16, 30)" in fails(written(tmp_path))


def test_two_detectors_of_one_slot_and_a_stranger_to_the_teacher(tmp_path: Path) -> None:
    first = small_weights(tmp_path / "start", BEFORE)
    both = {"ILD": ["mine.h5"], "FCCeeALLEGRO": ["mine.h5"]}
    assert "both have one-hot slot 4" in fails(written(tmp_path, files=both))
    config = written(tmp_path)
    content = yaml.safe_load(config.read_text())
    for key in ("start", "dropout", "marginals_optimizer"):
        del content[key]
    distill = {
        **content,
        "kind": "distill", "teacher": str(first), "intervals": 4, "target_decay": 0.5,
    }  # fmt: skip
    (tmp_path / "distill.yaml").write_text(yaml.safe_dump(distill))
    assert "was not trained on Mine in one-hot slot 4" in fails(tmp_path / "distill.yaml")


def test_the_committed_configuration_is_valid() -> None:
    config = read_config(ROOT / "reference_models/configs/adapt.yaml", "adapt")
    assert isinstance(config, AdaptConfig)
    marginals, shape = stages(config)
    assert (marginals.kind, shape.kind) == ("marginals", "train")
