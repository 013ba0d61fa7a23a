"""The study of adaptation: its plan, its queue, and what it concludes from curves."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "studies"))

import adaptation_answers
import adaptation_page
import adaptation_quality
from adaptation import Queue, Worker
from adaptation_curves import factor, mean_over_seeds, reached
from adaptation_figure import draw
from adaptation_plan import (
    FULL,
    MINIATURE,
    SINGLE,
    SOURCES,
    TARGET,
    Job,
    Sizes,
    config_of,
    plan,
)
from adaptation_points import prepared

from calobench.detectors import load_detector
from reference_models.training.files import read_samples, require_unseen, training_files


@pytest.mark.parametrize("sizes", [FULL, MINIATURE])
def test_every_training_is_done_with_every_seed_after_what_it_needs(sizes: Sizes) -> None:
    jobs = plan(sizes)
    names = [job.name for job in jobs]
    assert len(set(names)) == len(names)
    for job in jobs:
        assert set(job.needs) <= set(names[: names.index(job.name)])
    seeds = Counter((job.part, job.kind, job.showers, job.steps) for job in jobs)
    assert set(seeds.values()) == {len(sizes.seeds)}


def test_what_the_claims_need_is_in_the_plan() -> None:
    shapes = {(job.kind, job.showers, job.steps) for job in plan(FULL) if job.part == "shape"}
    assert {("pretrain", None, FULL.pretrain), ("single", None, FULL.pretrain)} <= shapes
    for showers in (1000, None):
        assert {("adapt", showers, n) for n in (60, 200, 600, 2000)} <= shapes
        assert {("scratch", showers, n) for n in (200, 600, 2000, 6000)} <= shapes
    assert {("adapt", 200, 2000), ("scratch", 200, 2000)} <= shapes
    assert max(FULL.adapt) < max(FULL.scratch)


def test_pre_training_has_never_seen_the_target(tmp_path: Path) -> None:
    slots = set()
    for job in plan(FULL):
        if job.part == "chain":
            continue
        config = config_of(job, tmp_path, FULL, on_gpu=True)
        assert config.optimizer.seed == job.seed
        assert config.optimizer.batch_size % len(config.files) == 0
        if job.kind == "pretrain":
            assert set(config.files) == set(SOURCES)
            assert config.start is None
            slots = {load_detector(name).one_hot_slot for name in config.files}
        elif job.kind == "single":
            assert set(config.files) == {SINGLE}
        else:
            assert set(config.files) == {TARGET}
            assert config.max_showers == job.showers
            assert (config.start is None) == (job.kind == "scratch")
    assert slots == {0, 1, 2, 3}
    assert load_detector(TARGET).one_hot_slot not in slots


def test_no_training_sees_what_judges(tmp_path: Path) -> None:
    config = config_of(plan(FULL)[0], tmp_path, FULL, on_gpu=False)
    files = training_files(config.data_dir, {SINGLE: config.files[SINGLE]})
    samples = read_samples(files)
    require_unseen(samples)
    assert sum(len(sample.energy) for sample in samples) > 2000


def queue_of(folder: Path) -> Queue:
    prepared(folder)
    first = Job("shape", "pretrain", None, 1000, 1)
    second = Job("shape", "adapt", 20, 500, 1, (first.name,))
    third = Job("marginals", "scratch", 20, 500, 1)
    return Queue(folder, [first, second, third])


def finish(queue: Queue, stage: str, job: Job) -> None:
    (queue.folder / stage / f"{job.name}.json").write_text(json.dumps({"seed": job.seed}))


def test_the_queue_continues_from_files(tmp_path: Path) -> None:
    queue = queue_of(tmp_path)
    first, second, third = queue.jobs
    assert queue.to_train(("shape",), 1e9) == first
    assert queue.to_train(("marginals",), 1e9) == third
    queue.running.add(first.name)
    assert queue.to_train(("shape",), 1e9) is None  # the second needs the first
    finish(queue, "trained", first)

    again = queue_of(tmp_path)  # after a kill: nothing is running
    assert again.to_train(("shape",), 1e9) == second
    assert again.to_score() == first
    assert again.points() == []
    finish(again, "points", first)
    assert queue_of(tmp_path).to_score() is None
    assert again.points() == [{"seed": 1}]


def test_no_job_begins_that_would_end_too_late(tmp_path: Path) -> None:
    queue = queue_of(tmp_path)
    first, second, _ = queue.jobs
    assert queue.to_train(("shape",), 1.0) == first  # no rate is known yet
    queue.rates["shape"] = [10.0, 11.0, 9.0]
    finish(queue, "trained", first)
    assert queue.to_train(("shape",), 40.0) is None
    assert queue.to_train(("shape",), 100.0) == second
    queue.attempts[second.name] = 2
    assert queue.to_train(("shape",), 100.0) is None  # has failed twice


def test_a_worker_goes_on_after_a_fault() -> None:
    worker, job = Worker(), Job("shape", "pretrain", None, 1, 1)
    worker.start(job, json.JSONDecoder().decode)  # misses its argument
    with pytest.raises(TypeError):
        worker.result()
    assert worker.job is None
    worker.start(job, dict)
    assert worker.result() == {}


SCRATCH = [(100.0, 0.4), (1000.0, 0.3), (10000.0, 0.1)]


def test_a_curve_is_read_between_its_points() -> None:
    assert reached(SCRATCH, 0.3).amount == pytest.approx(1000)
    halfway = reached(SCRATCH, 0.03**0.5)
    assert halfway.amount == pytest.approx(1000 * 10**0.5)
    assert halfway.limit == ""
    assert reached(SCRATCH, 0.05).limit == ">"
    assert reached(SCRATCH, 0.05).amount == 10000
    assert reached(SCRATCH, 0.4) == reached(SCRATCH[::-1], 0.4)
    assert reached(SCRATCH, 0.5).limit == "<"
    # It counts where the quality is reached first.
    assert reached([(1, 0.4), (10, 0.1), (100, 0.2)], 0.2).amount == pytest.approx(10**0.5)


def test_the_factor_of_curves_that_are_shifted_is_the_shift() -> None:
    pairs = [
        ((amount / shift, d), SCRATCH)
        for shift, (amount, d) in zip((5, 10, 20), SCRATCH, strict=True)
    ]
    result = factor(pairs)
    assert result is not None
    assert (result.value, result.low, result.high) == pytest.approx((10, 5, 20))
    assert (result.limit, result.seeds) == ("", 3)


def test_limits_stay_limits() -> None:
    better, worse = ((100.0, 0.01), SCRATCH), ((100.0, 0.9), SCRATCH)
    measured = ((100.0, 0.3), SCRATCH)
    both = factor([better, measured])
    assert both is not None
    assert (both.limit, both.low, both.high) == (">", pytest.approx(10), pytest.approx(100))
    below = factor([worse, measured])
    assert below is not None
    assert below.limit == "<"
    assert factor([worse, better]) is None
    assert factor([]) is None


def test_errors_are_of_the_seeds() -> None:
    mean = mean_over_seeds([1.0, 2.0, 3.0])
    assert (mean.value, mean.error, mean.seeds) == pytest.approx((2, 1 / 3**0.5, 3))


def made_up(shift: float, seeds: int = 3) -> dict[str, Any]:
    """Adaptation that needs ``shift`` times fewer steps, and as many showers fewer."""

    def point(kind: str, showers: int | None, steps: int, seed: int, area: float) -> dict[str, Any]:
        scores = {
            "auc": area, "fpd": 10 * area, "shape": area, "equivalent": 100.0,
            "wasserstein": {"response": [0.1, 0.09], "azimuthal_coherence": [1 + area, 0.1]},
        }  # fmt: skip
        return {
            "part": "shape", "kind": kind, "showers": showers, "steps": steps, "seed": seed,
            "showers_seen": 32 * steps, "held_out_loss": area, "training_s": 60.0, "device": "made up",
            "torch": "0", "detector": "Par04SiW", "scores": scores, "scores_all_cells": scores,
            "training_showers": {"FCCeeALLEGRO": 0.9 * (showers or 2000)},
        }  # fmt: skip

    def area(effective: float, showers: int | None) -> float:
        return 0.5 + 0.3 / (effective * (showers or 2000)) ** 0.1

    points = []
    for seed in range(1, seeds + 1):
        for n in (200, 1000, None):
            luck = 1 + 0.05 * seed
            points += [
                point("adapt", n, s, seed, area(luck * shift * s, n)) for s in (60, 200, 600)
            ]
            points += [
                point("scratch", n, s, seed, area(luck * s, n)) for s in (200, 600, 2000, 6000)
            ]
        points += [
            point("single", None, 8000, seed, 0.6 + 0.001 * seed),
            point("pretrain", None, 8000, seed, 0.7 + 0.001 * seed),
        ]
    points += [
        {**one, "part": "chain"}
        for one in points
        if one["steps"] in (600, 6000) and one["kind"] != "single"
    ]
    return {"points": points, "jobs": len(points)}


def test_the_factor_that_was_put_in_comes_out() -> None:
    result = made_up(10.0)
    one = adaptation_quality.step_factor(result, 1000, 200, "auc")
    assert one is not None
    assert (one.value, one.seeds, one.limit) == (pytest.approx(10, rel=1e-6), 3, "")
    at_the_end = adaptation_quality.step_factor(result, 1000, 600, "auc")
    assert at_the_end is not None
    assert at_the_end.value == pytest.approx(10, rel=1e-6)


def test_the_page_says_what_is_in_the_result(tmp_path: Path) -> None:
    result = made_up(10.0)
    said = adaptation_answers.answers(result)
    assert "with 1,000 showers 10 at 60, 10 at 200, 10 at 600 steps" in said
    assert "0.702" in said
    assert "with this one alone is better (Welch's test, p = 0.00, 3 and 3 seeds)" in said
    # Few showers and all of them differ, for either way: the number counts.
    assert "no factor can be given" not in said
    blurred = {
        **result,
        "points": [
            {**one, "scores": {**one["scores"], "auc": 0.6 + one["seed"] / 100}}
            for one in result["points"]
        ],
    }
    assert "no factor can be given" in adaptation_answers.answers(blurred)
    assert adaptation_answers.answers(blurred).count("no difference is seen") == 4
    assert "made up with torch 0" in adaptation_answers.machine(result)
    table = adaptation_page.steps_table(result).splitlines()
    assert len(table) == 2 + 3 * (3 + 4)
    assert all(row.count("|") == table[0].count("|") for row in table)
    for make in (
        adaptation_page.factors_table,
        adaptation_page.showers_table,
        adaptation_page.detectors_table,
        adaptation_page.chain_table,
    ):
        rows = make(result).splitlines()
        assert len(rows) > 3
        assert len({row.count("|") for row in rows}) == 1
    draw(result, tmp_path / "a.svg")
    assert "<svg" in (tmp_path / "a.svg").read_text()


def test_a_result_that_is_not_complete_makes_a_page() -> None:
    few = made_up(10.0, seeds=1)
    few["points"] = [p for p in few["points"] if p["kind"] == "adapt" and p["part"] == "shape"]
    assert adaptation_answers.answers(few) == ""
    assert "±" not in adaptation_page.steps_table(few)
    assert len(adaptation_page.chain_table(few).splitlines()) == 2
