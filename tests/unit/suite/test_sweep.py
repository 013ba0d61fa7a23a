"""A sweep: its points, what is kept of it, its rows and its page."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from timing_factory import make_timing

import calobench as cb
from calobench.benchmarks.timing.record import TimingResults
from calobench.benchmarks.timing.request import TimingRequest
from calobench.cli import main
from calobench.errors import ConditionsError, ModelError, SpecError, UnknownNameError
from calobench.executors.base import K, V
from calobench.io import write_lemurs
from calobench.suite.sweep import SweepRequest, SweepResults, sweep
from calobench.suite.sweep import run as sweep_run
from calobench.suite.sweep.page import render_sweep
from calobench.suite.sweep.points import parse_evaluations, points_of, possible_points
from calobench.suite.sweep.published import published_times
from calobench.suite.sweep.spectrum import ONE_ENERGY, Spectrum, parse_spectrum
from calobench.suite.sweep.times import geant4_time, sweep_times

HELPERS = Path(__file__).parents[2] / "helpers"
ROOT = HELPERS.parents[1]
CLD = cb.load_detector("CLD")
MODEL = "toy_models:swept"


class Here:
    """Does the runs in this process."""

    def map_shards(self, function: Callable[[K], V], keys: Sequence[K]) -> Iterator[tuple[K, V]]:
        for key in keys:
            yield key, function(key)

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("reference") / "geant4.h5"
    write_lemurs(path, [cb.reference("CLD")[:40]], detector="FCCeeCLD", mesh=CLD.mesh_geometry)
    return path


def request(out: Path, reference: Path, **changes: object) -> SweepRequest:
    options: dict[str, object] = {
        "detector": CLD, "out": out, "samplers": ("odd",), "evaluations": (1, 2), "model": MODEL,
        "n": 40, "replicas": 20, "reference": reference, "timed": False,
    }  # fmt: skip
    return SweepRequest(**(options | changes))


@pytest.fixture(scope="module")
def swept(reference: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[SweepResults, Path]:
    out = tmp_path_factory.mktemp("sweep")
    return cb.sweep(request(out, reference, others=("toy_models:toy",)), Here()), out


class TestPoints:
    def test_every_sampler_with_every_number_and_then_the_others(self) -> None:
        points = points_of("edm:backend=eager", ["heun", "lms"], [5, 10], ["distilled"])
        assert [point.name for point in points] == [
            "heun-5",
            "heun-10",
            "lms-5",
            "lms-10",
            "distilled",
        ]
        assert points[1].model == "edm:backend=eager,sampler=heun,nfe=10"
        assert points[-1].model == "distilled"

    def test_what_a_sampler_cannot_do_is_told_and_the_rest_is_done(self) -> None:
        one, two = possible_points(points_of(MODEL, ["odd"], [1, 2], []))
        assert (one.refusal, two.refusal) == (
            None,
            "odd takes odd numbers of evaluations; give 1 or 3",
        )

    def test_the_bundled_samplers(self) -> None:
        points = possible_points(points_of("edm", ["heun", "lms"], [4, 5], ["distilled"]))
        assert [point.refusal is None for point in points] == [False, True, True, True, True]
        assert [point.nfe for point in points] == [4, 5, 4, 5, 1]

    def test_a_sampler_with_a_number_of_its_own(self) -> None:
        points = points_of("edm", ["heun:79", "lms"], [5, 10], [])
        assert [(point.sampler, point.nfe) for point in points] == [
            ("heun", 79),
            ("lms", 5),
            ("lms", 10),
        ]
        assert points[0].model == "edm:sampler=heun,nfe=79"

    def test_one_file_of_weights_with_different_arguments(self) -> None:
        points = points_of("edm", [], [], ["cd.safetensors:nfe=1", "cd.safetensors:nfe=2"])
        assert [point.name for point in points] == ["cd.nfe.1", "cd.nfe.2"]

    def test_a_file_of_showers_is_a_point_without_a_model(self, reference: Path) -> None:
        (point,) = possible_points(points_of("edm", [], [], [str(reference)]))
        assert (point.name, point.nfe, point.generates) == ("geant4", None, False)

    def test_a_sampler_without_any_point_is_an_error(self) -> None:
        with pytest.raises(ModelError, match="odd takes odd numbers"):
            possible_points(points_of(MODEL, ["odd", "any"], [2, 4], []))
        with pytest.raises(UnknownNameError, match="did you mean 'odd'"):
            possible_points(points_of(MODEL, ["ood"], [1], []))

    @pytest.mark.parametrize("number", ["", "a", "0", "-1", "99999", "5:6"])
    def test_a_number_behind_a_sampler_that_is_none(self, number: str) -> None:
        with pytest.raises(SpecError, match="give one number of evaluations from 1"):
            points_of("edm", [f"heun:{number}"], [], [])

    @pytest.mark.parametrize("text", ["", "a", "0", "5,-1", "1.5", "99999", "5;10"])
    def test_numbers_of_evaluations_that_are_none(self, text: str) -> None:
        with pytest.raises(SpecError, match="numbers of evaluations from 1"):
            parse_evaluations(text)

    def test_numbers_of_evaluations(self) -> None:
        assert parse_evaluations("25, 5,5") == (5, 25)

    def test_nothing_and_the_same_twice(self) -> None:
        with pytest.raises(SpecError, match="nothing to sweep"):
            points_of("edm", [], [], [])
        with pytest.raises(SpecError, match="'lms-5' is there twice"):
            points_of("edm", ["lms", "lms"], [5], [])


class TestSweep:
    def test_rows(self, swept: tuple[SweepResults, Path]) -> None:
        results, out = swept
        assert [(p.name, p.state, p.nfe) for p in results.points] == [
            ("odd-1", "done", 1),
            ("odd-2", "impossible", 2),
            ("toy_models.toy", "done", 1),
        ]
        toy = results.points[2]
        assert toy.response is not None
        record = json.loads((out / "toy_models.toy" / "results.json").read_text())
        (average,) = (
            one for one in record["energy_dependence"]["averages"] if one["quantity"] == "response"
        )
        assert toy.response == pytest.approx(
            (math.exp(average["log_ratio"]), math.exp(average["log_ratio"]) * average["error"])
        )
        first, impossible, _ = results.points
        assert {score.name for score in first.scores} >= {"fpd"}
        assert impossible.folder is None
        assert SweepResults.model_validate_json((out / "sweep.json").read_bytes()) == results
        assert (out / "odd-1" / "report.html").exists()

    def test_page(self, swept: tuple[SweepResults, Path]) -> None:
        page = (swept[1] / "index.html").read_text()
        assert 'href="odd-1/report.html"' in page
        assert "impossible: odd takes odd numbers of evaluations" in page
        assert page.count("<svg") >= 1
        assert '"row">Geant4</th>' not in page  # nothing was timed

    def test_page_without_the_runs(self, swept: tuple[SweepResults, Path]) -> None:
        points = [point.model_copy(update={"folder": None}) for point in swept[0].points]
        page = render_sweep(swept[0].model_copy(update={"points": tuple(points)}))
        assert "report.html" not in page
        assert page.count("<svg") == (swept[1] / "index.html").read_text().count("<svg")

    def test_what_is_finished_is_not_done_again(
        self, swept: tuple[SweepResults, Path], reference: Path
    ) -> None:
        _, out = swept
        stamp = (out / "odd-1" / "results.json").stat().st_mtime_ns
        more = sweep(request(out, reference, samplers=("odd", "any"), evaluations=(1,)), Here())
        assert [point.state for point in more.points] == ["done", "done"]
        assert (out / "odd-1" / "results.json").stat().st_mtime_ns == stamp

    def test_all_are_timed_in_one_timing_and_it_is_kept(
        self, swept: tuple[SweepResults, Path], reference: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        requests: list[TimingRequest] = []

        def measure(timing: TimingRequest, *_: object) -> TimingResults:
            requests.append(timing)
            result = make_timing(command=timing.command)
            names = dict(
                zip(dict.fromkeys(row.model for row in result.rows), timing.models, strict=False)
            )
            rows = [row.model_copy(update={"model": names[row.model]}) for row in result.rows]
            return result.model_copy(update={"rows": tuple(rows)})

        monkeypatch.setattr(sweep_run, "measure", measure)
        timed = request(swept[1], reference, others=("toy_models:toy",), timed=True, geant4=True)
        first, again = sweep(timed, Here()), sweep(timed, Here())
        assert first == again
        (timing,) = requests
        assert timing.models == (f"{MODEL}:sampler=odd,nfe=1", "toy_models:toy")
        assert (timing.batch_sizes, timing.geant4, timing.threads) == ((1,), True, 1)
        assert first.geant4_ms is not None
        times = [point.time for point in first.points]
        assert [time is None for time in times] == [False, True, False]
        assert times[0] is not None
        assert times[0].speed_up_cpu == pytest.approx(
            first.geant4_ms[0] / times[0].cpu_ms, rel=0.05
        )
        assert times[0].speed_up == pytest.approx(first.geant4_ms[0] / times[0].median_ms, rel=0.05)
        page = render_sweep(first)
        assert '"row">Geant4</th>' in page
        assert page.count("<svg") >= 2
        # A further point makes a timing of all: times are compared in one run only.
        sweep(
            request(swept[1], reference, samplers=("odd", "any"), evaluations=(1,), timed=True),
            Here(),
        )
        assert len(requests) == 2

    def test_published_times_stand_beside_measured_ones(
        self, swept: tuple[SweepResults, Path]
    ) -> None:
        table = published_times()
        heun, nothing = table.time("heun", 79), table.time("heun", 78)
        assert nothing is None
        assert heun is not None
        assert heun.speed_up == pytest.approx(0.32, abs=0.01)
        one = swept[0].points[2]
        assert one.published is not None  # one evaluation, as their distilled model
        assert one.published.speed_up == pytest.approx(25, abs=0.5)

    def test_a_file_of_showers_is_judged_and_not_timed(
        self, swept: tuple[SweepResults, Path], reference: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sweep_run, "measure", lambda *_: pytest.fail("nothing can be timed"))
        results = sweep(
            request(swept[1], reference, samplers=(), others=(str(reference),), timed=True), Here()
        )
        (point,) = results.points
        assert (point.state, point.time) == ("done", None)


class TestSpectrum:
    def test_nodes_have_the_mean_of_a_flat_spectrum_to_the_third_power(self) -> None:
        nodes = np.array(Spectrum(10e3, 90e3).nodes_mev)
        for power in range(4):
            integral = (90e3 ** (power + 1) - 10e3 ** (power + 1)) / (power + 1) / 80e3
            assert np.mean(nodes**power) == pytest.approx(integral, rel=1e-12)

    def test_words(self) -> None:
        assert parse_spectrum("10:90", CLD) == Spectrum(10e3, 90e3)
        assert str(Spectrum(10e3, 90e3)) == "10:90"
        assert parse_spectrum("20", CLD).nodes_mev == (20e3,)
        assert parse_spectrum(None, CLD) == ONE_ENERGY
        with pytest.raises(ConditionsError, match="--energies"):
            parse_spectrum("10:900", CLD)

    def test_times_are_means_over_its_nodes(self) -> None:
        spectrum = Spectrum(10e3, 90e3)
        timing = make_timing(energies_mev=spectrum.nodes_mev)
        geant4 = geant4_time(timing, spectrum)
        assert geant4 is not None
        assert timing.geant4 is not None
        bare = [row for row in timing.geant4.energies if not row.callbacks]
        assert len(bare) == 3
        assert geant4.value == pytest.approx(np.mean([row.mean_ms for row in bare]))
        assert geant4.error == pytest.approx(np.hypot.reduce([row.error_ms for row in bare]) / 3)
        times = sweep_times(timing, spectrum, geant4)
        assert len(times) == 2
        for model, mean in times.items():
            rows = [row for row in timing.rows if row.model == model and row.batch_size == 1]
            cpu = np.mean([row.time.cpu_ms for row in rows if row.time is not None])
            assert mean.cpu_ms == pytest.approx(cpu)
            assert mean.speed_up_cpu == pytest.approx(geant4.value / cpu)
            assert mean.speed_up_cpu_error is not None
            assert mean.speed_up_cpu_error > mean.speed_up_cpu * geant4.error / geant4.value

    def test_a_model_that_was_not_measured_at_every_node_has_no_time(self) -> None:
        spectrum = Spectrum(10e3, 90e3)
        timing = make_timing(energies_mev=spectrum.nodes_mev[:2])
        assert sweep_times(timing, spectrum, None) == {}
        assert geant4_time(timing, spectrum) is None


def call(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stop:
        main(["sweep", *map(str, arguments)])
    return int(stop.value.code or 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--samplers", "heunn", "--nfe", "5"), "did you mean 'heun'"),
        (("--samplers", "heun", "--nfe", "4"), "Heun cannot take 4 evaluations"),
        (("--samplers", "heun"), "--nfe ''"),
        (("--samplers", "heun:4"), "Heun cannot take 4 evaluations"),
        (("--samplers", "heun:x"), "--samplers 'heun:x'"),
        (("--models", "distilled", "--energies", "1:2:3"), "--energies"),
        (("--samplers", "heun", "--nfe", "x"), "--nfe 'x'"),
        ((), "nothing to sweep"),
        (("--models", "distiled"), "did you mean 'distilled'"),
        (("--samplers", "lms", "--nfe", "5", "--model", "distilled"), "sampler"),
    ],
)
def test_bad_input_is_one_line(
    arguments: tuple[str, ...], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("--detector", "CLD", "--out", tmp_path / "out", *arguments) == 2
    output = capsys.readouterr().err.strip()
    assert message in output
    assert "Traceback" not in output
    assert len(output.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_killed_sweep_goes_on_where_it_was(reference: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [
        sys.executable, "-m", "calobench", "sweep", "--detector", "CLD", "--model", MODEL, "--samplers",
        "odd,any", "--nfe", "1", "-n", "40", "--replicas", "20", "--reference", str(reference), "--no-time",
        "--out", str(out),
    ]  # fmt: skip
    path = os.pathsep.join([str(HELPERS), str(ROOT), *filter(None, sys.path)])
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    first = out / "odd-1" / "results.json"
    with subprocess.Popen(
        command, env=environment, start_new_session=True, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        while not first.exists() or not (out / "odd-1" / "report.html").exists():
            assert process.poll() is None
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL)
    assert not (out / "sweep.json").exists()
    stamp = first.stat().st_mtime_ns
    subprocess.run(command, env=environment, check=True, capture_output=True)
    assert first.stat().st_mtime_ns == stamp
    states = [point["state"] for point in json.loads((out / "sweep.json").read_text())["points"]]
    assert states == ["done", "done"]
