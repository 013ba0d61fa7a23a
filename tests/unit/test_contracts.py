"""The contract of each kind, tested over everything that is registered, whoever wrote it.

The rules stand in the docstrings of :class:`Observable`, :class:`ScoreFunction`, :class:`ShowerModel`,
:class:`Benchmark` and :class:`Format`. Things of other packages are tested with the rest where they are
installed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from diphoton_factory import make_diphoton
from format_writers import write_arrays, write_calochallenge, write_edm4hep, write_showerdata
from results_factory import make_results
from timing_factory import make_timing
from toy_detector import toy_detector

from calobench._util.progress import SilentProgress
from calobench.benchmarks.base import Benchmark, SampleSetup, SharedShowers
from calobench.benchmarks.catalogue import all_benchmarks
from calobench.detectors import load_detector
from calobench.errors import CalobenchError, ShowerFileError
from calobench.evaluation.conditional.columns import judged
from calobench.evaluation.multivariate import Task, all_multivariate
from calobench.evaluation.multivariate.evaluate import prepare
from calobench.evaluation.univariate import Distributions, Profiles, all_scores
from calobench.evaluation.univariate.samples import Samples, Weights
from calobench.gate.kinds import metric_kinds
from calobench.io import FileHead, Reading, open_showers, write_lemurs
from calobench.io.formats import find_format, formats
from calobench.models.registry import load_model, registered_models
from calobench.observables import Axis, FeatureTable, all_observables, compute_features
from calobench.report.environment import page_environment
from calobench.results.multivariate import ClassifierTest
from calobench.results.record import Record
from calobench.results.schema import Results
from calobench.results.store import json_schema, read_results, write_results
from calobench.showers import Conditions, Showers
from calobench.stats.weights import Draws, as_they_are

NAME = re.compile(r"[a-z][a-z0-9_]*")
DETECTOR = toy_detector()
OBSERVABLES = {observable.name: observable for observable in all_observables()}
SCORES = {score.name: score for score in all_scores()}


def conditions(n: int) -> Conditions:
    rng = np.random.default_rng(2)
    return Conditions(rng.uniform(1e3, 1e5, n), rng.uniform(0.9, 2.2, n), rng.uniform(0, 6, n))


def odd_showers() -> Showers:
    """Usual ones, one without energy, and ones whose energy is in one cell, tiny, or in every cell."""
    rng = np.random.default_rng(1)
    energy = np.zeros((9, 9, 16, 45), np.float32)
    energy[:4] = rng.exponential(2.0, energy[:4].shape) * (rng.random(energy[:4].shape) < 0.1)
    energy[5, 0, 0, 0] = 1e3
    energy[6, 8, 15, 44] = 1e-6
    energy[7] = 0.5
    energy[8, :, :, 20] = 1e4
    # A shower that is exactly even in azimuth has no direction, which is another rule.
    energy[7:, 3, 2, 20] *= 2
    return Showers(energy, conditions(len(energy)))


def values_of(name: str, showers: Showers) -> np.ndarray:
    table = compute_features(showers, DETECTOR, [OBSERVABLES[name]])
    return (table.scalars | table.profiles)[name]


@pytest.mark.parametrize("name", OBSERVABLES)
class TestObservable:
    def test_says_what_it_is(self, name: str) -> None:
        observable = OBSERVABLES[name]
        assert NAME.fullmatch(name)
        assert observable.label
        assert observable.family
        assert observable.description.endswith(".")
        assert observable.part_of is None or observable.part_of in OBSERVABLES
        assert set(observable.judged_by) <= OBSERVABLES.keys()
        assert observable.harmonics is None or observable.axis is not None

    def test_is_judged_by_the_gate_once(self, name: str) -> None:
        """Itself, or by others that are, however far one has to look; what it declares is of use there."""
        observable, kept = OBSERVABLES[name], {one.name for one in judged(OBSERVABLES.values())}
        looked_at, judges = set(), set(observable.judged_by)
        while judges:
            assert name not in judges, "it is judged in place of itself"
            looked_at |= judges
            judges = {b for one in judges for b in OBSERVABLES[one].judged_by} - looked_at
        assert not observable.judged_by or kept & looked_at
        if observable.headline or observable.main is not None or observable.local:
            assert name in kept

    def test_is_finite_unless_a_shower_is_empty(self, name: str) -> None:
        showers = odd_showers()
        before = showers.energy.copy()
        values = values_of(name, showers)
        empty = showers.energy.sum(axis=(1, 2, 3)) == 0
        assert empty.sum() == 1
        assert values.dtype.kind in "fiu"
        assert np.isfinite(values[~empty]).all()
        assert not np.isinf(values[empty]).any()
        np.testing.assert_array_equal(showers.energy, before)

    def test_has_the_shape_that_it_declares(self, name: str) -> None:
        observable, values = OBSERVABLES[name], values_of(name, odd_showers())
        if observable.axis is None:
            assert values.shape == (9,)
            return
        axis = observable.axis(DETECTOR)
        assert values.shape == (9, len(axis.edges) + (1 if axis.flow else -1))
        assert (np.diff(axis.edges) > 0).all()

    def test_of_a_shower_depends_on_that_shower_alone(self, name: str) -> None:
        showers = odd_showers()
        parts = [values_of(name, showers[rows]) for rows in (slice(0, 1), slice(1, 6), slice(6, 9))]
        np.testing.assert_allclose(np.concatenate(parts), values_of(name, showers), rtol=1e-12)


DEPTH = Axis("depth", "mm", np.arange(5) * 4.0)


def distributions(reference: np.ndarray, model: np.ndarray) -> Samples:
    return Distributions.of(reference, model)


def profiles(reference: np.ndarray, model: np.ndarray) -> Samples:
    """Four layers; a NaN makes the whole vector undefined."""
    layers = np.arange(1.0, 5.0)
    return Profiles.of(abs(reference)[:, None] ** layers, abs(model)[:, None] ** layers, DEPTH)


def numbers(n: int, seed: int, shift: float = 0.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(1 + shift, 0.3, n)


def replicas(n: int, m: int, seed: int = 3) -> Weights:
    """Five replicas, in which each shower is one unit."""
    rng = np.random.default_rng(seed)
    return Weights(
        *(Draws(rng.multinomial(k, [1 / k] * k, 5).astype(np.uint8), np.arange(k)) for k in (n, m))
    )


@pytest.mark.parametrize("make", [distributions, profiles])
@pytest.mark.parametrize("name", SCORES)
class TestScore:
    def test_says_what_it_is(self, name: str, make: Callable[..., Samples]) -> None:
        declared = SCORES[name].record
        assert declared.name == name
        assert declared.title
        assert declared.description.endswith(".")
        # Of two that judge, one is first.
        ranks = [one.judges for one in SCORES.values() if one.judges is not None]
        assert len(set(ranks)) == len(ranks)

    def test_is_zero_where_samples_agree_and_larger_where_not(
        self, name: str, make: Callable[..., Samples]
    ) -> None:
        score, sample = SCORES[name], numbers(400, 1)
        assert score(make(sample, sample), as_they_are(400, 400)).value == 0
        # The same distribution at another size.
        again = score(make(sample, np.tile(sample, 5)), as_they_are(400, 2000)).value[0]
        assert again == pytest.approx(0, abs=1e-12)
        near, far = (
            score(make(sample, numbers(400, 2, shift)), as_they_are(400, 400)).value[0]
            for shift in (0.05, 0.5)
        )
        assert 0 < near < far

    @pytest.mark.parametrize(
        "model", [np.full(30, np.nan), np.zeros(30), np.full(30, 2.0), np.full(30, 1e12)]
    )
    @pytest.mark.parametrize("reference", [numbers(40, 1), np.full(40, np.nan), np.zeros(40)])
    def test_is_finite_where_it_is_undefined(
        self, name: str, make: Callable[..., Samples], reference: np.ndarray, model: np.ndarray
    ) -> None:
        values = SCORES[name](make(reference, model), replicas(40, 30)).value
        assert values.shape == (5,)
        assert np.isfinite(values).all()
        assert (values >= 0).all()

    def test_weights_alone_decide(self, name: str, make: Callable[..., Samples]) -> None:
        score, reference, model = SCORES[name], numbers(60, 1), numbers(50, 2, 0.2)
        weights = replicas(60, 50)
        expected = score(make(reference, model), weights).value
        rng = np.random.default_rng(4)
        first, second = rng.permutation(60), rng.permutation(50)
        moved = Weights(
            Draws(weights.reference_draws.counts[:, first], np.arange(60)),
            Draws(weights.model_draws.counts[:, second], np.arange(50)),
        )
        # Bins, and the scale of a distance, are made from the reference as it is: of the same showers.
        permuted = score(make(reference[first], model[second]), moved).value
        np.testing.assert_allclose(permuted, expected, rtol=1e-9)
        # What counts twice is as if it were there twice; what counts for nothing, as if it were not.
        once = as_they_are(60, 50)
        drawn = np.repeat(model, weights.model_draws.counts[0])
        repeated = score(make(reference, drawn), once).value[0]
        alone = Weights(once.reference_draws, weights.model_draws.part(slice(0, 1)))
        assert score(make(reference, model), alone).value[0] == pytest.approx(repeated, rel=1e-9)

    def test_replicas_know_nothing_of_each_other(
        self, name: str, make: Callable[..., Samples]
    ) -> None:
        weights = replicas(60, 50)
        samples = (numbers(60, 1), numbers(50, 2, 0.2))
        together = SCORES[name](make(*samples), weights).value
        for k in range(5):
            one = slice(k, k + 1)
            alone = Weights(weights.reference_draws.part(one), weights.model_draws.part(one))
            value = SCORES[name](make(*samples), alone).value
            np.testing.assert_allclose(value, together[one], rtol=1e-12)


MULTIVARIATE = {score.name: score for score in all_multivariate()}


def task(*, shift: float = 0.0, seed: int = 5) -> Task:
    """Sixty showers against eighty, paired; all but the incident particle is shifted by so many widths."""
    rng = np.random.default_rng(seed)
    particles = conditions(60)
    tables: list[Any] = []
    for n, moved in ((60, 0.0), (80, shift)):
        who = particles.repeated(n)
        scalars = {
            name: rng.normal(moved, 1, n) * (1 + 0.1 * np.cos(who.theta))
            for name in ("response", "visible_energy", "width_z", "width_r")
        }
        layers = rng.dirichlet(np.arange(1.0, 7.0), n)
        profiles = {"longitudinal_profile": layers, "layer_energy": layers * who.energy[:, None]}
        scalars["response"] = 1 + 0.05 * scalars["response"]
        tables.append(FeatureTable(who, scalars, profiles))
    first, second = tables
    made = prepare(
        first, second, DETECTOR, paired=True, permutations=19, seed=np.random.SeedSequence(seed)
    )
    assert made is not None
    return made


@pytest.mark.parametrize("name", MULTIVARIATE)
class TestMultivariateScore:
    def test_says_what_it_is(self, name: str) -> None:
        assert NAME.fullmatch(name)
        outcome = MULTIVARIATE[name](task())
        for score in (*(one.score for one in outcome.judged), *outcome.scores):
            assert score.label
            assert score.description.endswith(".")
            declared = {one.key: one for one in MULTIVARIATE[name].names}
            assert declared[score.name].headline == score.headline

    def test_has_a_statistic_per_labelling_and_finite_numbers(self, name: str) -> None:
        for shift in (0.0, 3.0, 1e9):
            for one in MULTIVARIATE[name](task(shift=shift)).judged:
                assert one.statistic.shape == (20,)
                assert np.isfinite(one.statistic).all()
                assert one.score.p_value >= 1 / 20

    def test_is_a_pure_function_of_its_task(self, name: str) -> None:
        first, again = MULTIVARIATE[name](task()), MULTIVARIATE[name](task())
        assert [one.score for one in first.judged] == [one.score for one in again.judged]
        assert (first.scores, first.records) == (again.scores, again.records)
        one_task = task()
        before = [one_task.samples.pool.features.copy(), one_task.samples.symmetric.features.copy()]
        MULTIVARIATE[name](one_task)
        np.testing.assert_array_equal(one_task.samples.pool.features, before[0])
        np.testing.assert_array_equal(one_task.samples.symmetric.features, before[1])


# The bundled networks have tests of their own, and were not made for a toy detector.
MODELS = ("toy_models:toy", *sorted(registered_models().keys() - {"full", "solver", "distilled"}))


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_a_pure_function_of_its_arguments(name: str) -> None:
    model = load_model(name)
    assert model.info.description
    known = model.info.detectors
    detector = load_detector(known[0]) if known and DETECTOR.name not in known else DETECTOR
    made = [
        model.generate(conditions(3), detector, np.random.SeedSequence(seed)) for seed in (1, 2, 1)
    ]
    assert made[0].dtype == np.float32
    assert made[0].shape == (3, *detector.mesh_geometry.shape)
    assert np.isfinite(made[0]).all()
    assert (made[0] >= 0).all()
    np.testing.assert_array_equal(made[0], made[2])
    assert (made[0] != made[1]).any()


BENCHMARKS = all_benchmarks()
EXAMPLES: dict[str, Callable[[], Record]] = {
    "cells": lambda: ClassifierTest(score=None, classifier=None, notes=("too few",)),
    "diphoton": make_diphoton,
    "timing": make_timing,
}


def example(benchmark: Benchmark) -> Record:
    """A record: made up, or measured on toy showers where that is all that a benchmark needs."""
    if benchmark.name in EXAMPLES:
        return EXAMPLES[benchmark.name]()
    assert isinstance(benchmark.in_run, SharedShowers), f"add '{benchmark.name}' to EXAMPLES"
    showers = odd_showers()
    watcher = benchmark.in_run.watch(
        SampleSetup(showers.conditions, showers.conditions, DETECTOR, paired=True, seed=1)
    )
    watcher.look_reference(showers)
    watcher.look_model(showers)
    return watcher.measure(SilentProgress())


@pytest.fixture(scope="module")
def results() -> Results:
    return make_results(n=100, events=1)


@pytest.mark.parametrize("name", BENCHMARKS)
class TestBenchmark:
    def test_its_record_is_read_as_it_was_written(
        self, name: str, results: Results, tmp_path: Path
    ) -> None:
        benchmark = BENCHMARKS[name]
        record = example(benchmark)
        assert NAME.fullmatch(name)
        assert benchmark.title
        assert type(record) is benchmark.record
        write_results(tmp_path / "results.json", results.with_benchmarks({name: record}))
        assert read_results(tmp_path / "results.json").benchmark(name, benchmark.record) == record
        assert type(benchmark.kept(record)) is benchmark.record
        assert f'"{name}"' in json_schema()

    def test_its_section_is_there_when_the_record_is(self, name: str, results: Results) -> None:
        benchmark = BENCHMARKS[name]
        if benchmark.section is None:
            return
        section = benchmark.section()
        assert (section.name, bool(section.title)) == (name, True)
        assert section.template.is_file()
        assert section.context(results) is None
        context = section.context(results.with_benchmarks({name: example(benchmark)}))
        assert context is not None
        assert section.render(page_environment(), context).strip()

    def test_its_metrics_carry_its_name(self, name: str) -> None:
        benchmark = BENCHMARKS[name]
        if benchmark.gate is None:
            return
        part, record = benchmark.gate(), example(benchmark)
        names = part.names(record)
        assert names
        assert all(metric.startswith(f"{name}.") for metric in names)
        assert len(set(names)) == len(names)
        assert set(part.headline) <= set(names)
        assert part.absent
        assert {kind.name for kind in part.kinds} <= metric_kinds().keys()
        assert part.obstacles(record, record, part.settings()) == []


# How calobench's own formats are written; another package's says so itself.
WRITERS: dict[str, Callable[[Path, Showers], object]] = {
    "calochallenge": write_calochallenge,
    "edm4hep": write_edm4hep,
    "lemurs": lambda path, showers: write_lemurs(path, [showers]),
    "numpy": write_arrays,
    "showerdata": write_showerdata,
}
# Points have no mesh that could be another.
POINTS = {"edm4hep", "showerdata"}
FORMATS = formats()
READING = Reading(DETECTOR, unit="MeV", incident_unit="MeV")


def write_as(name: str, path: Path) -> Path:
    if name == "edm4hep":
        pytest.importorskip("uproot", reason="ROOT is read with uproot")
    write = WRITERS.get(name, FORMATS[name].write)
    if write is None:
        pytest.skip(f"the format '{name}' says not how it is written")
    write(path, odd_showers())
    return path


@pytest.mark.parametrize("name", FORMATS)
class TestFormat:
    @pytest.fixture
    def path(self, name: str, tmp_path: Path) -> Path:
        ending = next(iter(FORMATS[name].endings), ".h5")
        return write_as(name, tmp_path / f"showers{ending}")

    def test_says_what_it_is(self, name: str) -> None:
        assert NAME.fullmatch(name)
        assert FORMATS[name].description
        assert FORMATS[name].takes <= {"axes", "unit", "collection"}
        assert all(ending.startswith(".") for ending in FORMATS[name].endings)

    def test_is_recognised_by_itself_alone(self, name: str, path: Path) -> None:
        assert find_format(path) is FORMATS[name]
        assert find_format(path, name) is FORMATS[name]

    def test_takes_no_other_file_for_its_own(self, name: str, tmp_path: Path) -> None:
        for number, content in enumerate(
            (b"", b"\0", b"some text\n", b"\x89HDF\r\n\x1a\n", b"PK\3\4")
        ):
            other = tmp_path / f"other{number}"
            other.write_bytes(content)
            head = FileHead(other, content)
            if not head.is_hdf5:  # a stub of HDF5 is told as damaged before anybody is asked
                assert FORMATS[name].recognises(head) is False

    def test_is_read_as_it_was_written(self, path: Path) -> None:
        expected = odd_showers()
        with open_showers(path, READING) as file:
            showers = file.read()
            assert len(file) == len(expected) == len(file.conditions)
            np.testing.assert_allclose(showers.energy, expected.energy, rtol=1e-6)
            np.testing.assert_allclose(
                file.conditions.energy, expected.conditions.energy, rtol=1e-6
            )
            assert showers.energy.dtype == np.float32
            for values in (file.conditions.energy, file.conditions.theta, file.conditions.phi):
                assert (values.dtype, values.shape) == (np.float64, (9,))
            if file.mesh is not None:
                assert file.mesh.shape == showers.energy.shape[1:]

    @pytest.mark.parametrize("size", [1, 4, 100])
    def test_chunks_make_up_the_whole(self, path: Path, size: int) -> None:
        with open_showers(path, READING) as file:
            chunks, whole = list(file.chunks(size)), file.read()
            some = list(file.chunks(size, stop=5))
        assert all(0 < len(chunk) <= size for chunk in chunks)
        assert sum(map(len, some)) == 5
        np.testing.assert_array_equal(np.concatenate([c.energy for c in chunks]), whole.energy)
        for column in ("energy", "theta", "phi"):
            parts = [getattr(chunk.conditions, column) for chunk in chunks]
            np.testing.assert_array_equal(np.concatenate(parts), getattr(whole.conditions, column))

    def test_a_file_that_is_cut_short_is_named(self, name: str, path: Path) -> None:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        with pytest.raises(ShowerFileError, match=re.escape(str(path))) as caught:
            open_showers(path, replace(READING, format_name=name)).read()
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize("spoil", ["shape", "nan"])
    def test_impossible_showers_are_named(self, name: str, spoil: str, tmp_path: Path) -> None:
        if spoil == "shape" and name in POINTS:
            pytest.skip("points have no mesh that could be another")
        if name == "edm4hep":
            pytest.importorskip("uproot", reason="ROOT is read with uproot")
        showers = odd_showers()
        if spoil == "nan":
            showers.energy[2] = np.nan
        else:
            showers = Showers(showers.energy[..., :-1], showers.conditions)
        path = tmp_path / f"spoilt{next(iter(FORMATS[name].endings), '.h5')}"
        try:
            write: Any = WRITERS.get(name, FORMATS[name].write)
            write(path, showers)
        except CalobenchError:
            return  # it does not let itself be written
        message = ""
        try:
            with open_showers(path, READING) as file:
                mesh, again = file.mesh, file.read()
        except CalobenchError as error:
            message = str(error)
        if message:
            assert str(path) in message
            assert "\n" not in message
            return
        # A file that states another mesh is read as it is: who compares it with a detector says so.
        assert (spoil, mesh is not None) == ("shape", True), "it was read as if nothing were wrong"
        assert again.energy.shape == showers.energy.shape == (len(showers), *mesh.shape)
