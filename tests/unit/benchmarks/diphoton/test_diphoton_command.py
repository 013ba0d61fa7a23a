"""``calobench diphoton``: bad input, and a short run of a toy model."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import pytest
from toy_showers import toy_showers

from calobench.benchmarks.diphoton.record import DiphotonResults
from calobench.cli import main
from calobench.detectors import load_detector

TOY = ("--model", "toy_models:toy", "--detector", "CLD")


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stop:
        main(["diphoton", *arguments])
    return stop.value.code if isinstance(stop.value.code, int) else -1


@pytest.fixture(scope="module")
def singles(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("singles") / "cld.h5"
    showers = toy_showers(load_detector("CLD"), 12)
    with h5py.File(path, "w") as file:
        file["showers"] = showers.energy
        for name in ("energy", "theta", "phi"):
            file[f"incident_{name}"] = getattr(showers.conditions, name)
    return str(path)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--detector", "CLD"], "Missing option '--model'"),
        (["--model", "distiled", "--detector", "CLD"], "did you mean 'distilled'"),
        (["--model", "toy_models:toy", "--detector", "CLDD"], "did you mean"),
        (["--model", "toy_models:toy", "--detector", "Par04SiW"], "has no readout cells"),
        ([*TOY, "--separation", "0:5000"], "5000 mm apart do not fit on the readout"),
        ([*TOY, "--separation", "30:0"], "--separation 30:0 is no range"),
        ([*TOY, "--separation", "20"], "--separation 20 is no range; give LOW:HIGH in mm, such as"),
        ([*TOY, "--separation", "0:inf"], "inf mm apart do not fit on the readout"),
        ([*TOY, "--separation", "0:1e300"], "1e+300 mm apart do not fit on the readout"),
        ([*TOY, "--separation", "nan:5"], "--separation nan:5 is no range"),
        ([*TOY, "--separation", "5:5"], "--separation 5:5 is no range"),
        ([*TOY, "--separation", "far"], "--separation far is no range"),
        ([*TOY, "--energies", "20,20,20"], "give the energies of two photons"),
        ([*TOY, "--energies", "20,x"], "give the energies of two photons"),
        ([*TOY, "--energies", "0,20"], "must be above zero"),
        ([*TOY, "--energies", "33"], "calobench simulate --detector FCCeeCLD --energy 33"),
        ([*TOY, "--reference", "nowhere.h5"], "nowhere.h5"),
        ([*TOY, "--threshold", "-1"], "threshold is -1 MeV"),
        ([*TOY, "--method", "radiall"], "did you mean 'radial'"),
        ([*TOY, "--seeds", "0"], "--seeds"),
        ([*TOY, "-n", "0"], "-n"),
        ([*TOY, "-n", "6", "--seeds", "1"], "give -n 7 or more\n"),
        ([*TOY, "-n", "7", "--seeds", "2"], "give -n 13 or more, or fewer --seeds\n"),
        ([*TOY, "--into", "nowhere.json"], "nowhere.json"),
    ],
)
def test_bad_input(
    arguments: list[str],
    named: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One line, exit code 2, and nothing is left behind."""
    monkeypatch.chdir(tmp_path)
    assert run(*arguments) == 2
    message = capsys.readouterr().err
    assert named in message
    assert "Traceback" not in message
    assert not any(tmp_path.iterdir())


def test_energies_that_the_model_does_not_cover(
    singles: str, capsys: pytest.CaptureFixture[str]
) -> None:
    narrow = ["--model", "toy_models:narrow", "--detector", "CLD"]
    for more, remedy in (
        (["--reference", singles], "use a reference inside that range"),
        (["--energies", "33"], "choose --energies inside 1:2 GeV instead of 33,33"),
        (["--energies", "1e-5,2"], "choose --energies inside 1:2 GeV instead of 1e-05,2"),
    ):
        assert run(*narrow, *more) == 2
        message = capsys.readouterr().err
        assert "outside" in message
        assert message.endswith(f"{remedy}\n")


def test_a_short_run_and_the_output_that_is_there(
    singles: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Toy showers fill every cell of the mesh a little: a high threshold keeps this short.
    arguments = [*TOY, "--reference", singles, "-n", "12", "--seeds", "1", "--replicas", "20"]
    arguments += ["--threshold", "1", "--out", str(tmp_path / "out")]
    assert run(*arguments) == 0
    printed = capsys.readouterr().out
    assert "half of the pairs found as two" in printed
    path = tmp_path / "out" / "diphoton.json"
    record = DiphotonResults.model_validate(json.loads(path.read_text()))
    assert record.settings.threshold_mev == 1
    assert record.settings.edges_mm[-1] == 30
    page = path.with_suffix(".html").read_text()
    assert page.count("<svg") >= len(record.curves)
    assert 'src="http' not in page
    assert 'href="http' not in page
    assert run(*arguments) == 2
    assert "exists; replace it with --force" in capsys.readouterr().err
