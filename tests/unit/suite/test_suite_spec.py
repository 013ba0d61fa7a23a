"""The file of a suite: its content, and a report of all its mistakes at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from toy_showers import toy_showers

from calobench.detectors import load_detector
from calobench.errors import SpecError
from calobench.io import write_lemurs
from calobench.io.reading import UNDECLARED, Reading
from calobench.suite.entries import entries_of
from calobench.suite.spec import read_suite


def write(folder: Path, text: str) -> Path:
    path = folder / "suite.yaml"
    path.write_text(text)
    return path


def test_every_model_runs_on_every_detector(tmp_path: Path) -> None:
    (tmp_path / "my.py").write_text("")
    (tmp_path / "geant4.h5").write_text("")
    suite = read_suite(
        write(
            tmp_path,
            "models: [distilled, 'edm:sampler=heun,nfe=9', {name: mine, model: 'my.py:make:width=2'}]\n"
            "detectors: [ALLEGRO, CLD]\nn: 50\nseed: 3\nbenchmarks: [cells]\n"
            "references: {ALLEGRO: geant4.h5}\n",
        )
    )
    entries = entries_of(suite, tmp_path / "out")
    assert [entry.key for entry in entries] == [
        "distilled-FCCeeALLEGRO", "edm.sampler.heun.nfe.9-FCCeeALLEGRO", "mine-FCCeeALLEGRO",
        "distilled-FCCeeCLD", "edm.sampler.heun.nfe.9-FCCeeCLD", "mine-FCCeeCLD",
    ]  # fmt: skip
    mine = entries[2]
    assert mine.model == f"{tmp_path / 'my.py'}:make:width=2"
    assert mine.command == (
        f"calobench run --model {mine.model} --detector ALLEGRO -n 50 --seed 3 --replicas 200 "
        f"--reference {tmp_path / 'geant4.h5'} --with cells"
    )
    assert entries[3].reference is None


def test_a_file_of_showers_does_without_what_generates(tmp_path: Path) -> None:
    (tmp_path / "mine.h5").write_text("")
    suite = read_suite(
        write(tmp_path, "models: [mine.h5]\ndetectors: [CLD]\nbenchmarks: [cells, diphoton]")
    )
    (entry,) = entries_of(suite, tmp_path)
    assert entry.benchmarks == ("cells",)


def test_all_wrong_names_are_told_at_once(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "models: [distiled, solver]\ndetectors: [ALEGRO, CLD]\nbenchmarks: [cels]\n"
        "references: {SciPb: x.h5}\nuse: fast-sim\n",
    )
    with pytest.raises(SpecError) as error:
        read_suite(path)
    for words in (
        "unknown model 'distiled': did you mean 'distilled'?",
        "unknown detector 'ALEGRO': did you mean 'ALLEGRO'?",
        "unknown benchmark 'cels': did you mean 'cells'?",
        "'SciPb' is no detector of this suite",
        "x.h5 does not exist",
        "unknown use 'fast-sim': did you mean 'fast-sim-default'?",
    ):
        assert words in str(error.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("models: [solver, solver]\ndetectors: [CLD]", "models: 'solver' is there 2 times"),
        ("models: [solver]\ndetectors: [CLD, CLD]", "detectors: 'CLD' is there 2 times"),
        ("models: [solver]\ndetectors: [CLD, ODD, FCCeeCLD]", "CLD and FCCeeCLD are both FCCeeCLD"),
        ("models: []\ndetectors: [CLD]", "models:"),
        ("models: [solver]", "detectors: Field required"),
        ("models: [solver]\ndetectors: [CLD]\nnn: 3", "nn: unknown key: did you mean 'n'?"),
        ("models: [{name: a/b, model: solver}]\ndetectors: [CLD]", "models.0.name"),
        ("models: [solver]\ndetectors: [CLD]\nn: 0", "n:"),
        ("models: solver\ndetectors: [CLD]", "models:"),
        ("[1, 2", "not valid YAML"),
    ],
)
def test_bad_files_are_one_line(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SpecError, match="suite") as error:
        read_suite(write(tmp_path, text))
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="does not exist"):
        read_suite(tmp_path / "no.yaml")


def test_a_file_that_does_not_say_how_it_is_written_is_told_by_the_suite(tmp_path: Path) -> None:
    np.savez(tmp_path / "mine.npz", showers=np.zeros((1, 45, 16, 9)), incident_energy=[1e4])
    suite = read_suite(
        write(
            tmp_path,
            "models: [{name: mine, model: mine.npz, axes: 'z,phi,r', unit: GeV}, distilled]\n"
            "detectors: [CLD]\n",
        )
    )
    mine, distilled = entries_of(suite, tmp_path)
    assert mine.command.endswith(" --axes z,phi,r --unit GeV")
    assert mine.request().reading == Reading.declared(axes="z,phi,r", unit="GeV")
    assert distilled.request().reading == UNDECLARED


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("model: mine.h5, axes: 'z,phi,r'", "--axes is for files of the formats"),
        ("model: mine.h5, unit: keV", "give MeV or GeV"),
        ("model: distilled, unit: GeV", "distilled is no file of showers"),
    ],
)
def test_what_does_not_fit_the_file_is_told(tmp_path: Path, text: str, message: str) -> None:
    write_lemurs(tmp_path / "mine.h5", [toy_showers(load_detector("CLD"), 2)], detector="CLD")
    with pytest.raises(SpecError, match=message):
        read_suite(write(tmp_path, f"models: [{{name: mine, {text}}}]\ndetectors: [CLD]\n"))
