"""A fault in a model's own code is reported with its name; arrays given to a model are copies."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from toy_models import Toy

from calobench.detectors import load_detector
from calobench.errors import ModelError
from calobench.harness.sources import ModelSource
from calobench.models.checks import generate_checked
from calobench.models.protocol import ModelInfo
from calobench.models.registry import load_model
from calobench.models.seed import Seed
from calobench.showers import Conditions

ODD = load_detector("ODD")
CONDITIONS = Conditions(np.array([5e3, 9e3]), np.array([1.0, 2.0]), np.array([0.0, 3.0]))


class Habit(Toy):
    """The toy model with one fault."""

    def __init__(self, habit: Any) -> None:
        super().__init__()
        self.habit = habit

    def generate(self, conditions: Any, detector: Any, seed: np.random.SeedSequence) -> Any:
        return self.habit(super().generate, conditions, detector, seed)


def generated(habit: Any, *, twice: bool = False) -> Any:
    return generate_checked(
        Habit(habit), CONDITIONS, ODD, np.random.SeedSequence(1), twice=twice
    ).showers


def _raises(generate: Any, *arguments: Any) -> None:
    raise RuntimeError("CUDA out of memory.\nTried to allocate 2.00 GiB")


def _reads_arguments(generate: Any, *arguments: Any) -> Any:
    import argparse

    argparse.ArgumentParser().parse_args()
    return generate(*arguments)


@pytest.mark.parametrize(
    ("habit", "message"),
    [
        (_raises, "model 'toy' failed when it generated 2 showers: RuntimeError: CUDA out of memory. Tr"),
        (lambda *_: sys.exit(0), r"model 'toy' ended the program \(exit code 0\) when it generated"),
        (lambda generate, *a: torch.tensor(generate(*a), requires_grad=True), "'toy' returned a tensor"),
        (lambda *_: None, "model 'toy' returned object"),
        (lambda *_: [[1.0], [1.0, 2.0]], "model 'toy' failed when it returned a list"),
    ],
)  # fmt: skip
def test_a_failure_of_the_model_names_it(habit: Any, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        generated(habit)


def test_the_command_line_is_not_the_model_s(monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ["calobench", "run", "--model", "toy"]
    monkeypatch.setattr(sys, "argv", arguments)
    assert len(generated(_reads_arguments)) == 2
    assert sys.argv is arguments


def test_a_tensor_is_taken() -> None:
    plain = generated(lambda generate, *a: generate(*a))
    tensor = generated(lambda generate, *a: torch.from_numpy(generate(*a)))
    np.testing.assert_array_equal(plain.energy, tensor.energy)


def test_conditions_changed_in_place_are_the_model_s_own() -> None:
    def in_gev(generate: Any, conditions: Any, detector: Any, seed: int) -> Any:
        showers = generate(conditions, detector, seed)
        for values in (conditions.energy, conditions.theta, conditions.phi):
            np.divide(values, 1000, out=values)
        return showers

    source = ModelSource(Habit(in_gev), CONDITIONS.repeated(150), ODD, 1)
    chunks = list(source.chunks(100))
    expected = ModelSource(Toy(), CONDITIONS.repeated(150), ODD, 1)
    for chunk, other in zip(chunks, expected.chunks(100), strict=True):
        np.testing.assert_array_equal(chunk.energy, other.energy)
        np.testing.assert_array_equal(chunk.conditions.energy, other.conditions.energy)
    assert source.conditions.energy.min() == 5e3


def test_an_array_used_again_changes_no_chunk() -> None:
    kept = np.empty((100, *ODD.mesh_geometry.shape), np.float32)

    def reusing(generate: Any, conditions: Any, detector: Any, seed: int) -> Any:
        view = kept[: len(conditions)]
        view[:] = generate(conditions, detector, seed)
        return view

    chunks = list(ModelSource(Habit(reusing), CONDITIONS.repeated(200), ODD, 1).chunks(100))
    expected = list(ModelSource(Toy(), CONDITIONS.repeated(200), ODD, 1).chunks(100))
    for chunk, other in zip(chunks, expected, strict=True):
        np.testing.assert_array_equal(chunk.energy, other.energy)


def _global_state(generate: Any, conditions: Any, detector: Any, seed: int) -> Any:
    return generate(conditions, detector, np.random.SeedSequence())


def test_a_model_that_ignores_its_seed_is_refused() -> None:
    with pytest.raises(
        ModelError,
        match=r"'toy' ignores its seed or remembers earlier calls: .* 2 of 2 showers changed",
    ):
        generated(_global_state, twice=True)
    with pytest.raises(ModelError, match="ignores its seed"):
        next(ModelSource(Habit(_global_state), CONDITIONS, ODD, 1).chunks(100))


def test_what_it_prints_is_no_document_of_calobench(capsys: pytest.CaptureFixture[str]) -> None:
    def talks(generate: Any, *arguments: Any) -> Any:
        print("step 1 of 25")  # noqa: T201
        return generate(*arguments)

    generated(talks)
    assert capsys.readouterr() == ("", "step 1 of 25\n")


def test_it_is_named_as_the_user_names_it() -> None:
    source = ModelSource(Habit(_raises), CONDITIONS, ODD, 1, "package.module:factory")
    with pytest.raises(ModelError, match=r"model 'package\.module:factory' failed when"):
        next(source.chunks(100))


def test_the_last_digit_of_a_parallel_sum_is_no_other_shower() -> None:
    rng = np.random.default_rng(1)

    def on_a_gpu(generate: Any, *arguments: Any) -> Any:
        showers = generate(*arguments)
        return showers * (1 + 1e-6 * rng.standard_normal(showers.shape, dtype=np.float32))

    assert len(generated(on_a_gpu, twice=True)) == 2


@pytest.mark.parametrize("library", ["torch", "numpy", "int"])
def test_the_seed_is_what_random_generators_take(library: str) -> None:
    def seeded(generate: Any, conditions: Any, detector: Any, seed: int) -> Any:
        if library == "torch":
            torch.manual_seed(seed)
            noise = torch.rand(1).item()
        elif library == "numpy":
            np.random.seed(seed)  # noqa: NPY002
            noise = np.random.random()  # noqa: NPY002
        else:
            noise = torch.rand(1, generator=torch.Generator().manual_seed(int(seed))).item()
        return np.float32(noise) * generate(conditions, detector, np.random.SeedSequence(1))

    first = generated(seeded, twice=True)
    other = generate_checked(Habit(seeded), CONDITIONS, ODD, np.random.SeedSequence(2))
    assert not np.array_equal(first.energy, other.showers.energy)


def test_the_seed_gives_the_numbers_of_numpy_s() -> None:
    plain = np.random.SeedSequence(7, spawn_key=(3, 1))
    seed = Seed.of(plain)
    expected = np.random.default_rng(plain).random(5)
    np.testing.assert_array_equal(np.random.default_rng(seed).random(5), expected)
    assert [child.spawn_key for child in seed.spawn(2)] == [(3, 1, 0), (3, 1, 1)]
    assert plain.n_children_spawned == 0


def test_rounding_below_zero_is_empty_and_said() -> None:
    def rounding(generate: Any, *arguments: Any) -> Any:
        showers = generate(*arguments)
        showers[:, 8, 3, 40:] = -1e-9
        return showers

    source = ModelSource(Habit(rounding), CONDITIONS, ODD, 1)
    (chunk,) = source.chunks(100)
    assert chunk.energy.min() == 0
    assert source.remarks() == (
        "toy: 10 cells were below zero, by 1e-09 MeV at most: that is rounding, they count as empty",
    )


def test_info_that_fails_or_is_something_else() -> None:
    class Fails(Toy):
        @property
        def info(self) -> None:
            raise RuntimeError("no card")

        @info.setter
        def info(self, value: Any) -> None:
            pass

    with pytest.raises(
        ModelError, match=r"'Fails' failed when it was asked for its info: .*no card"
    ):
        ModelSource(Fails(), CONDITIONS, ODD, 1)
    other: Any = Toy()
    other.info = {"name": "mine"}
    with pytest.raises(ModelError, match=r"its info is a dict; make it a .*ModelInfo"):
        ModelSource(other, CONDITIONS, ODD, 1)
    assert isinstance(Toy().info, ModelInfo)


MODULE = """
from toy_models import Toy
from own_helpers import SCALE

def factory():
    return Toy(SCALE)
"""


@pytest.mark.parametrize(
    "name", ["own_model:factory", "./own_model.py:factory", "{}/own_model.py:factory"]
)
def test_a_module_of_the_current_folder(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / ("here" if ":" in name and "{" not in name else "there")
    folder.mkdir()
    (folder / "own_model.py").write_text(MODULE)
    (folder / "own_helpers.py").write_text("SCALE = 1.5\n")
    monkeypatch.setattr(sys, "path", list(sys.path))
    for module in ("own_model", "own_helpers"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    if "{" not in name:
        monkeypatch.chdir(folder)
    model: Any = load_model(name.format(folder))
    assert model.scale == 1.5
    for module in ("own_model", "own_helpers"):
        monkeypatch.delitem(sys.modules, module, raising=False)


PARSES = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("-c", required=True)
parser.parse_args()
"""


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import sys\nsys.exit(3)", r"ended the program \(exit code 3\) when it was made"),
        ("import no_such_thing", r"failed when it was made: .*No module named 'no_such_thing'"),
        (PARSES,
         r"ended the program \(exit code 2\)"),
        ("def factory(): ...", "'bad_model:factory' is a NoneType without"),
    ],
)  # fmt: skip
def test_a_module_that_fails(
    source: str,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "bad_model.py").write_text(source)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "bad_model", raising=False)
    with pytest.raises(ModelError, match=message):
        load_model("bad_model:factory")
    assert "usage" not in capsys.readouterr().err
    monkeypatch.delitem(sys.modules, "bad_model", raising=False)


def test_a_module_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    with pytest.raises(ModelError, match="neither installed nor in the current folder"):
        load_model("no_such_model:factory")
    with pytest.raises(ModelError, match=r"no_such_model.py does not exist; check the path"):
        load_model("./no_such_model.py:factory")
