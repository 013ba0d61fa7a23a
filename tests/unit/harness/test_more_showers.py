from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import toy_models
from results_factory import make_results

from calobench._util.progress import SilentProgress
from calobench.cli import main
from calobench.detectors import load_detector
from calobench.errors import ConditionsError, ResultsError
from calobench.evaluation.conditional.metrics import measure_quality
from calobench.gate.documents import make_baseline, write_baseline
from calobench.harness.more_showers import MoreShowers
from calobench.harness.reference import read_reference
from calobench.harness.sources import ModelSource
from calobench.observables import FeatureTable, all_observables, compute_features
from calobench.results.quality import CountMetric, EstimateMetric
from calobench.results.schema import Results
from calobench.results.store import write_results
from calobench.showers import Content, Showers

DETECTOR = load_detector("FCCeeALLEGRO")
N = 150


def run_of(name: str, *, quality: bool = False) -> Results:
    """Results of a run of 150 showers of a toy model."""
    results = make_results(n=200)
    record = results.run.model_copy(
        update={
            "n": N,
            "seed": 5,
            "chunk_size": 100,
            "content_sha256": None,
            "command": f"calobench run --model toy_models:{name} --detector ALLEGRO -n {N} --seed 5",
        }
    )
    model = results.model.model_copy(update={"name": "toy", "weights_hash": None})
    detector = results.detector.model_copy(
        update={"name": DETECTOR.name, "geometry_hash": DETECTOR.geometry_hash}
    )
    run = results.model_copy(
        update={"run": record, "model": model, "detector": detector, "quality": None}
    )
    if not quality:
        return run
    first = next(more(run, f"toy_models:{name}").samples(N + 1, 100, print, SilentProgress()))
    return run.model_copy(update={"quality": first})


def more(results: Results, model: str = "toy_models:toy") -> MoreShowers:
    return MoreShowers(results, model, DETECTOR)


def changed(results: Results, part: str, **fields: object) -> Results:
    return results.model_copy(update={part: getattr(results, part).model_copy(update=fields)})


def test_first_sample_is_the_run_and_each_holds_the_one_before() -> None:
    """The run of 150 showers has a chunk of 50: more showers begin behind it."""
    reference = read_reference(None, DETECTOR)
    source = ModelSource(
        toy_models.toy(), reference.conditions.repeated(N), DETECTOR, 5, "toy_models:toy"
    )
    showers = Showers.concatenate(list(source.chunks(100)))

    def table(sample: Showers) -> FeatureTable:
        return compute_features(sample, DETECTOR, all_observables())

    expected = measure_quality(
        table(reference.showers), table(showers), DETECTOR, all_observables()
    )
    remarks: list[str] = []
    results = changed(run_of("toy"), "run", content_sha256=Content.of(showers).sha256)
    samples = list(more(results).samples(350, 30, remarks.append, SilentProgress()))
    # Steps are whole chunks.
    assert [one.n for one in samples] == [150, 250, 350]
    assert expected is not None
    for one, other in zip(samples[0].metrics, expected.metrics, strict=True):
        assert one.name == other.name
        if isinstance(one, EstimateMetric) and isinstance(other, EstimateMetric):
            assert one.value == pytest.approx(other.value, rel=1e-4, abs=1e-5)
        if isinstance(one, CountMetric) and isinstance(other, CountMetric):
            assert (one.count, one.n) == (other.count, other.n)
    assert remarks == []


def test_other_first_showers_are_said() -> None:
    remarks: list[str] = []
    results = changed(run_of("toy"), "run", content_sha256="a" * 64)
    next(more(results).samples(200, 100, remarks.append, SilentProgress()))
    assert "the first 150 showers are not" in remarks[0]


@pytest.mark.parametrize(
    ("part", "fields", "word"),
    [
        ("model", {"weights_hash": "b" * 64}, "with the weights unknown now"),
        ("model", {"name": "other"}, "the results are of other"),
        ("detector", {"geometry_hash": "c" * 64}, "another geometry"),
        ("reference", {"content_sha256": "d" * 64}, "the reference has other showers"),
    ],
)
def test_what_is_not_as_in_the_results_is_refused(
    part: str, fields: dict[str, object], word: str
) -> None:
    results = changed(run_of("toy"), part, **fields)
    with pytest.raises(ResultsError, match=word):
        next(more(results).samples(200, 100, print, SilentProgress()))


def test_more_must_be_more_and_possible() -> None:
    with pytest.raises(ConditionsError, match="the run has 150 showers; give more"):
        more(run_of("toy")).require_more(N)
    with pytest.raises(ConditionsError, match=r"are of the file showers\.h5"):
        replace(more(run_of("toy")), model="showers.h5").require_more(1000)


def code_of(*arguments: object) -> object:
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    return stop.value.code


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("escalate")
    write_baseline(folder / "baseline.json", make_baseline(run_of("toy", quality=True)))
    write_results(folder / "worse.json", run_of("scaled_toy", quality=True))
    (folder / "policy.toml").write_text("min_showers = 50\n")
    return folder


def gate(files: Path, results: Path, *options: object) -> object:
    return code_of(
        "gate", results, "--baseline", files / "baseline.json", "--policy", files / "policy.toml",
        *options,
    )  # fmt: skip


def test_gate_makes_more_showers_and_confirms(
    files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert gate(files, files / "worse.json") == 1
    capsys.readouterr()
    assert gate(files, files / "worse.json", "--escalate", 300, "--json", tmp_path / "g.json") == 1
    assert "confirmed with" in " ".join(capsys.readouterr().out.split())
    assert '"outcome": "confirmed"' in (tmp_path / "g.json").read_text()


@pytest.mark.parametrize(
    ("command", "max_n", "word"),
    [
        ("calobench run --model toy_models:toy --detector ALLEGRO", N, "give more"),
        ("calobench run --model toy_models:toy --detector ALLEGRO", 0, "Invalid value"),
        ("calobench run --model showers.h5 --detector ALLEGRO", 500, "no more can be made"),
        ("calobench run --model toy_models:gone --detector ALLEGRO", 500, "gone"),
        ("calobench run --detector ALLEGRO", 500, "does not say how to make more showers"),
        ("calobench suite suite.yaml", 500, "does not say how to make more showers"),
        ("python study.py 'quoted", 500, "does not say how to make more showers"),
        ("", 500, "does not say how to make more showers"),
    ],
)
def test_bad_escalations_are_one_line_and_exit_code_2(
    files: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    command: str,
    max_n: int,
    word: str,
) -> None:
    from calobench.results.store import read_results

    results = changed(read_results(files / "worse.json"), "run", command=command)
    write_results(tmp_path / "r.json", results)
    assert gate(files, tmp_path / "r.json", "--escalate", max_n) == 2
    error = capsys.readouterr().err
    assert word in error
    assert error.rstrip().count("\n") == 0
