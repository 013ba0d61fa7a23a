"""A student of an adapted denoiser from differences of weights: the formula, the command, and bad input."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from small_weights import SHORT, run, small_weights, stored

from calobench.detectors import load_detector
from calobench.errors import SpecError
from calobench.showers import Conditions
from reference_models.distillation.transfer import transfer, transferred
from reference_models.network.dit import DiT
from reference_models.training.recipes import load_recipe
from reference_models.variants import weights_file
from reference_models.weights_io import FinishedModel, load_model, save_model


def trained(folder: Path, kind: str, name: str, **changed: Any) -> Path:
    """Weights of a short training on ILD, which takes the slot of ALLEGRO."""
    content = {
        "kind": kind, "data_dir": str(folder), "files": {"ILD": ["a.h5"]}, "validation_fraction": 0.2,
        "output": str(folder / name), "weights": str(folder / "w" / f"{name}.safetensors"),
        "optimizer": SHORT, **changed,
    }  # fmt: skip
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(content))
    run(kind, "--config", path)
    return folder / "w" / f"{name}.safetensors"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Showers, a denoiser that knows ILD, students of it with two steps and one, and an adapted denoiser."""
    made = tmp_path_factory.mktemp("transfer")
    stored(made / "a.h5", 1, 20)
    start = small_weights(made / "w", ["ILD"])
    trained(made, "progressive", "student", teacher=str(start), teacher_steps=4)
    trained(made, "adapt", "adapted", start=str(start), dropout=0.1, marginals_optimizer=SHORT)
    return made / "w"


def parameters(path: Path) -> dict[str, torch.Tensor]:
    return load_model(path).network.state_dict()


def transferred_by_command(folder: Path, name: str) -> Path:
    files = {name: folder / f"{name}.safetensors" for name in ("adapted", "start", "student")}
    arguments = [part for name, path in files.items() for part in (f"--{name}", path)]
    run("transfer", *arguments, "--out", folder / f"{name}.safetensors")
    return folder / f"{name}.safetensors"


def test_the_differences_are_added(folder: Path) -> None:
    new = transferred_by_command(folder, "sum")
    student, start, adapted = (
        parameters(folder / f"{name}.safetensors") for name in ("student", "start", "adapted")
    )
    moved = 0.0
    for name, tensor in parameters(new).items():
        expected = student[name] + adapted[name] - start[name]
        torch.testing.assert_close(tensor, expected, rtol=1e-3, atol=1e-5)
        moved = max(moved, float((tensor - adapted[name]).abs().max()))
    assert moved > 1e-3

    model = weights_file(new)
    card, of_adapted = model.finished.card, load_model(folder / "adapted.safetensors")
    assert (model.info.nfe, card["kind"], card["steps"]) == (1, "progressive", 1)
    assert card["training_data"] == of_adapted.card["training_data"]
    assert card["marginals"] == of_adapted.card["marginals"]
    assert "steps_done" not in card, "nothing was trained"
    torch.testing.assert_close(model.finished.transform.mean, of_adapted.transform.mean)
    particles = Conditions(np.full(3, 5e4), np.full(3, 1.5), np.zeros(3))
    showers = model.generate(particles, load_detector("ILD"), np.random.SeedSequence(1))
    assert np.all(showers.sum(axis=(1, 2, 3)) > 0)


def test_where_the_adaptation_changes_nothing_the_student_stays(folder: Path) -> None:
    student, start = (load_model(folder / f"{name}.safetensors") for name in ("student", "start"))
    same = transferred(student, start, start).network.state_dict()
    for name, tensor in student.network.state_dict().items():
        torch.testing.assert_close(same[name], tensor, rtol=0, atol=0)


def test_the_last_student_names_the_first_teacher(folder: Path) -> None:
    card = load_model(folder / "student.safetensors").card
    first = load_model(folder / "start.safetensors").card["network_sha256"]
    assert card["first_teacher_network_sha256"] == first != card["teacher_network_sha256"]


def changed(path: Path, name: str, change: Any) -> Path:
    other = path.with_name(f"{name}.safetensors")
    save_model(other, change(load_model(path)))
    return other


def another(model: FinishedModel) -> FinishedModel:
    torch.manual_seed(1)
    card = {key: value for key, value in model.card.items() if not key.startswith("first")}
    network = DiT(model.network.config)
    for tensor in network.parameters():
        torch.nn.init.normal_(tensor)
    return replace(model, network=network, card=card)


def test_weights_that_do_not_belong_together_are_refused(folder: Path) -> None:
    student, start, adapted = (
        folder / f"{name}.safetensors" for name in ("student", "start", "adapted")
    )
    new = folder / "new.safetensors"
    foreign = changed(start, "foreign", another)
    with pytest.raises(SpecError, match=r"start.safetensors is no student"):
        transfer(start, start, adapted, new)
    with pytest.raises(SpecError, match=r"student.safetensors was not distilled from .*foreign"):
        transfer(student, foreign, adapted, new)
    with pytest.raises(SpecError, match=r"start.safetensors was not adapted from"):
        transfer(student, start, start, new)
    # A card from before students named their first teacher: decided by the weights.
    old = changed(student, "old", lambda m: replace(m, card=another(m).card))
    unrelated = changed(student, "unrelated", another)
    with pytest.raises(SpecError, match=r"unrelated.safetensors was not distilled from"):
        transfer(unrelated, start, adapted, new)
    with pytest.raises(SpecError, match=r"write new.safetensors beside"):
        transfer(student, start, adapted, folder.parent / "new.safetensors")
    with pytest.raises(SpecError, match=r"is one of the weights that are added"):
        transfer(student, start, adapted, adapted)
    assert not new.exists()
    assert transfer(old, start, adapted, new) == new


def test_a_student_with_other_tokens_is_refused(folder: Path) -> None:
    start = folder / "start.safetensors"
    other = trained(
        folder.parent, "distill", "other", teacher=str(start), intervals=4, target_decay=0.5, patch=[9, 16, 9]
    )  # fmt: skip
    with pytest.raises(SpecError, match="of another architecture"):
        transfer(other, start, folder / "adapted.safetensors", folder / "new.safetensors")


@pytest.mark.parametrize("kind", ["adapt", "train", "distill"])
def test_a_student_is_no_denoiser(folder: Path, kind: str) -> None:
    student = str(folder / "student.safetensors")
    special: dict[str, Any] = {
        "adapt": {"start": student, "dropout": 0.1, "marginals_optimizer": SHORT},
        "train": {
            "start": student, "patch": [9, 16, 15], "offset_mev": 0.005,
            "marginals": str(folder / "m.safetensors"),
        },
        "distill": {"teacher": student, "intervals": 4, "target_decay": 0.5},
    }[kind]  # fmt: skip
    with pytest.raises(SpecError, match="was distilled to fewer steps and is no denoiser any more"):
        trained(folder.parent, kind, f"from_student_{kind}", **special)


def test_a_student_teaches_only_half_of_its_own_steps(folder: Path) -> None:
    student = str(folder / "student_2.safetensors")
    with pytest.raises(SpecError, match="was distilled to 2 steps, not 4"):
        trained(folder.parent, "progressive", "four", teacher=student, teacher_steps=4)
    trained(folder.parent, "progressive", "two", teacher=student, teacher_steps=2)


def test_tuning_begins_with_a_student_that_does_not_know_the_detector(folder: Path) -> None:
    """Tables and marginals are those of the adapted weights, the network that of the student."""
    adapted = str(folder / "adapted.safetensors")
    given = {"teacher": adapted, "start": str(folder / "student.safetensors"), "tuning_stages": 2}
    made = load_model(trained(folder.parent, "distill", "tuned", **given))
    assert (
        made.card["started_from"]["network_sha256"]
        == (load_model(folder / "student.safetensors").card["network_sha256"])
    )
    torch.testing.assert_close(made.transform.mean, load_model(Path(adapted)).transform.mean)
    recipe = load_recipe(folder.parent / "tuned.yaml")
    for name, tensor in parameters(folder / "student.safetensors").items():
        torch.testing.assert_close(recipe.trainer.network.state_dict()[name], tensor)
