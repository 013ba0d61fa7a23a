from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from challenge_showers import challenge_showers

from calobench.benchmarks.calochallenge import distances
from calobench.benchmarks.calochallenge.datasets import load_dataset
from calobench.benchmarks.calochallenge.record import read_calochallenge_results
from calobench.benchmarks.calochallenge.run import ProtocolRequest, run_protocol
from calobench.cli import main
from calobench.errors import ConditionsError, OutputError, ResultsError, SpecError

Make = Callable[..., Path]
PUBLISHED = ("E layer", "E total", "cell", "EC eta", "EC phi", "EC r",
             "EC eta std", "EC phi std", "EC r std", "sparsity")  # fmt: skip


def request(reference: Path, generated: Path, out: Path, **changes: Any) -> ProtocolRequest:
    settings: dict[str, Any] = {"dataset": "2", "replicas": 20, **changes}
    return ProtocolRequest((generated,), (reference,), out=out, **settings)


@pytest.mark.parametrize(("dataset", "extra"), [("2", ()), ("1-photons", ("E total by energy",))])
def test_a_run_has_the_rows_of_the_published_tables(
    challenge_file: Make, tmp_path: Path, dataset: str, extra: tuple[str, ...]
) -> None:
    n = 60 if dataset == "2" else 400
    files = [challenge_file(f"{salt}.h5", dataset=dataset, n=n, salt=salt) for salt in (1, 2)]
    outcome = run_protocol(request(files[0], files[1], tmp_path / "out", dataset=dataset))
    results = outcome.results
    names = [row.name for row in results.rows]
    assert sorted(names) == sorted(PUBLISHED + extra)
    assert names[:3] == ["E layer", "E total", "cell"]
    assert results.features == {"2": 362, "1-photons": 30}[dataset]
    layers = len(load_dataset(dataset).layers) if dataset != "2" else 45
    assert len(results.rows[0].histograms) == layers
    for row in results.rows:
        assert row.as_published is not None
        assert 0 < row.as_published.null_mean <= row.as_published.null_95
        assert row.floor is not None or row.name == "cell"
    assert not results.distances
    assert any("10,000 showers" in warning for warning in results.warnings)
    assert read_calochallenge_results(outcome.results_path) == results
    page = outcome.report_path.read_text(encoding="utf-8")
    for needed in (*PUBLISHED, "GEANT4", "Statistical floor".lower(), "this run"):
        assert needed in page
    assert "<script" not in page
    assert "http://" not in page.replace("http://www.w3.org", "")


@pytest.mark.usefixtures("page_without_figures")
def test_a_file_against_itself_is_zero_and_says_so(challenge_file: Make, tmp_path: Path) -> None:
    path = challenge_file("same.h5", n=30)
    results = run_protocol(request(path, path, tmp_path / "out")).results
    for row in results.rows:
        assert row.as_published is not None
        assert row.as_published.value == 0
        assert row.as_published.p_value == 1
    assert any("compared with themselves" in warning for warning in results.warnings)


@pytest.mark.usefixtures("page_without_figures")
def test_one_seed_one_result(challenge_file: Make, tmp_path: Path) -> None:
    files = [challenge_file(f"{salt}.h5", n=40, salt=salt) for salt in (1, 2)]
    first, again, other = (
        run_protocol(request(files[0], files[1], tmp_path / f"out{i}", seed=seed)).results.rows
        for i, seed in enumerate((1, 1, 2))
    )
    assert first == again != other
    assert [row.histograms for row in first] == [row.histograms for row in other]


def test_different_incident_spectra_are_an_error(challenge_file: Make, tmp_path: Path) -> None:
    reference = challenge_file("reference.h5", dataset="1-pions", n=300)
    energies, cells = challenge_showers("1-pions", 300, 2)
    generated = challenge_file("hard.h5", energies=energies**0.8, showers=cells)
    with pytest.raises(ConditionsError, match="different incident-energy spectra"):
        run_protocol(request(reference, generated, tmp_path / "out", dataset="1-pions"))
    assert not (tmp_path / "out").exists()


def test_a_reference_without_energy_is_an_error(challenge_file: Make, tmp_path: Path) -> None:
    reference = challenge_file("empty.h5", n=5, showers=np.full((5, 6480), 1e-4))
    with pytest.raises(ConditionsError, match="energies are in MeV"):
        run_protocol(request(reference, challenge_file("g.h5", n=5), tmp_path / "out"))


@pytest.mark.usefixtures("page_without_figures")
def test_negative_cells_and_lost_showers_are_warned_of(
    challenge_file: Make, tmp_path: Path
) -> None:
    energies, cells = challenge_showers("2", 80, 2)
    cells[:20] *= 0.01
    cells[5, 5] = -1
    generated = challenge_file("lossy.h5", energies=energies, showers=cells)
    results = run_protocol(request(challenge_file("r.h5", n=80), generated, tmp_path / "o")).results
    assert results.generated.negative_cells == 1
    assert any("1 generated cells were negative" in warning for warning in results.warnings)
    assert any(warning.startswith("E total: ") for warning in results.warnings)


def test_xml_of_another_data_set_is_refused(challenge_file: Make, tmp_path: Path) -> None:
    path = challenge_file("a.h5", n=3)
    xml = tmp_path / "binning.xml"
    xml.write_text(
        '<Bins><Bin name="electron"><Layer id="0" r_edges="0,1" n_bin_alpha="2"/></Bin></Bins>'
    )
    with pytest.raises(SpecError, match="has 2 voxels, CaloChallenge data set 2 has 6480"):
        run_protocol(request(path, path, tmp_path / "out", binning=xml))


@pytest.mark.usefixtures("page_without_figures")
def test_the_official_layout_as_xml_changes_nothing(challenge_file: Make, tmp_path: Path) -> None:
    files = [challenge_file(f"{salt}.h5", n=20, salt=salt) for salt in (1, 2)]
    layers = "".join(
        f'<Layer id="{layer.number}" r_edges="{",".join(map(str, layer.r_edges))}" '
        f'n_bin_alpha="{layer.n_alpha}"/>'
        for layer in load_dataset("2").binning.layers
    )
    xml = tmp_path / "binning.xml"
    xml.write_text(f'<Bins><Bin pid="11" name="electron">{layers}</Bin></Bins>')
    plain, given = (
        run_protocol(request(files[0], files[1], tmp_path / f"out{i}", binning=binning)).results
        for i, binning in enumerate((None, xml))
    )
    assert plain.rows == given.rows
    assert (plain.binning, given.binning) == ("calobench", "binning.xml")
    assert not any("differs from the binning" in warning for warning in given.warnings)
    xml.write_text(xml.read_text().replace("41.85", "50"))
    other = run_protocol(request(files[0], files[1], tmp_path / "other", binning=xml)).results
    assert any("differs from the binning" in warning for warning in other.warnings)


def test_a_run_is_not_overwritten_unasked(challenge_file: Make, tmp_path: Path) -> None:
    path = challenge_file("a.h5", n=3)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "results.json").write_text("{}")
    with pytest.raises(OutputError, match="--force"):
        run_protocol(request(path, path, tmp_path / "out"))
    with pytest.raises(ResultsError, match="not a result of --protocol"):
        read_calochallenge_results(tmp_path / "out" / "results.json")


def test_distances_use_the_settings_of_the_challenge(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[str, int, int, dict[str, Any]]] = []

    def record(name: str) -> Callable[..., tuple[float, float]]:
        def score(real: np.ndarray, gen: np.ndarray, **settings: Any) -> tuple[float, float]:
            calls.append((name, len(real), len(gen), settings))
            return float(len(real)), 0.5

        return score

    monkeypatch.setattr(distances, "fpd_jetnet", record("fpd"))
    monkeypatch.setattr(distances, "kpd_jetnet", record("kpd"))
    real, gen = np.zeros((25_000, 3)), np.zeros((12_000, 3))
    result = distances.distances(real, gen, np.random.default_rng(0))
    assert calls == [
        ("fpd", 25_000, 12_000, {"min_samples": 10_000}),
        ("fpd", 12_500, 12_500, {"min_samples": 10_000}),
        ("kpd", 25_000, 12_000, {"batch_size": 10_000}),
        ("kpd", 12_500, 12_500, {"batch_size": 10_000}),
    ]
    assert [(d.name, d.value, d.null_value, d.n_null) for d in result] == [
        ("FPD", 25_000, 12_500, 12_500),
        ("KPD", 25_000, 12_500, 12_500),
    ]
    few = distances.distances(real[:15_000], gen, np.random.default_rng(0))
    assert few[0].null_value is None
    assert distances.distances(real[:9999], gen, np.random.default_rng(0)) == ()


def test_halves_of_the_reference_share_no_shower(monkeypatch: pytest.MonkeyPatch) -> None:
    energies: list[set[float]] = []

    def score(real: np.ndarray, gen: np.ndarray, **_settings: Any) -> tuple[float, float]:
        energies.append(set(real[:, 0]) & set(gen[:, 0]))
        return 0.0, 0.0

    monkeypatch.setattr(distances, "fpd_jetnet", score)
    monkeypatch.setattr(distances, "kpd_jetnet", score)
    real, gen = np.arange(20_001.0)[:, None], -1 - np.arange(10_000.0)[:, None]
    distances.distances(real, gen, np.random.default_rng(0))
    assert energies == [set()] * 4


@pytest.mark.usefixtures("page_without_figures")
def test_command_prints_the_table(
    challenge_file: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [challenge_file(f"{salt}.h5", n=20, salt=salt) for salt in (1, 2, 3)]
    with pytest.raises(SystemExit) as exit_info:
        main(["run", "--protocol", "calochallenge", "--dataset", "2", "--replicas", "20",
              "--reference", f"{files[0]},{files[2]}", "--model", str(files[1]),
              "--out", str(tmp_path / "out")])  # fmt: skip
    assert exit_info.value.code == 0
    printed = capsys.readouterr().out
    for row in PUBLISHED:
        assert row in printed
    assert "20 showers against 40" in printed
    page = tmp_path / "out" / "report.html"
    assert page.exists()

    results = tmp_path / "out" / "results.json"
    for command, code, message in (
        (["report", results, "--out", tmp_path / "again.html"], 0, ""),
        (
            ["baseline", results, "-o", tmp_path / "base.json"],
            2,
            "which only 'calobench report' reads",
        ),
    ):
        with pytest.raises(SystemExit) as exit_info:
            main([str(word) for word in command])
        assert exit_info.value.code == code
        error = capsys.readouterr().err
        assert message in error
        assert error.count("\n") == (code == 2)
    assert (tmp_path / "again.html").read_text() == page.read_text()

    content = json.loads(results.read_text())
    content["rows"][0]["outside_reference"] = 0.5
    results.write_text(json.dumps(content))
    with pytest.raises(ResultsError, match="was edited"):
        read_calochallenge_results(results)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--protocol"], "unknown protocol ''"),
        (["--protocol", "calochalenge"], "did you mean 'calochallenge'"),
        (["--protocol", "calochallenge"], "Missing option '--model'"),
        (["--protocol=calochallenge", "--model", "a.h5", "--reference", "b.h5", "--dataset", "4"],
         "unknown CaloChallenge data set '4'"),
        (["--protocol=calochallenge", "--model", "a.h5", "--reference", "b.h5", "--dataset", "2",
          "--detector", "ODD"], "No such option"),
        (["--protocol=calochallenge", "--model", "a.h5", "--reference", "b.h5", "--dataset", "2"],
         "cannot read b.h5: it does not exist"),
        (["--model", "distilled"], "Missing option '--detector'"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_one_line_and_exit_code_2(
    arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str],
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as exit_info:
        main(["run", *arguments])
    assert exit_info.value.code == 2
    message = capsys.readouterr().err
    assert expected in message
    assert message.count("\n") == 1


def test_help_of_run_names_the_protocol(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["run", "--help"])
    assert "--protocol" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["run", "--protocol", "calochallenge", "--help"])
    assert "--binning" in capsys.readouterr().out
