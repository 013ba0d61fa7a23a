"""Adaptation to a new detector against training from nothing, and several detectors against one.

    python studies/adaptation.py --scratch FOLDER --out docs/results/adaptation.json --device cuda
    python studies/adaptation_page.py
    python studies/claims.py --write

Trainings of ``adaptation_plan.py``, several side by side on one GPU; showers of each are scored on the CPU
meanwhile. What is done is kept in FOLDER: the same call again continues. The result is written anew after
every point. ``--miniature`` tries everything in a minute, on a CPU too.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from adaptation_plan import FULL, MINIATURE, Job, Sizes, plan
from adaptation_points import CUT_MEV, SAMPLER, judged, prepared, trained

from calobench._util.atomic import write_text

_MAX_ATTEMPTS = 2
_LONG = 500
"""A training of so many steps tells how many are done per second."""
_START_S = 10.0
"""What a training takes besides its steps."""
_LAST_SCORES_S = 25.0
"""For scores, after the last training has ended."""


@dataclass
class Queue:
    """Jobs that are left; what is done is known by files.

    Attributes:
        folder: of all files.
        jobs: of the plan, in order.
        running: names of jobs that are being done.
        attempts: how often each was begun.
        rates: steps per second of long trainings, of each part.
    """

    folder: Path
    jobs: Sequence[Job]
    running: set[str] = field(default_factory=set)
    attempts: dict[str, int] = field(default_factory=dict)
    rates: dict[str, list[float]] = field(default_factory=dict)

    def done(self, stage: str, name: str) -> bool:
        """Whether the record of a job is there: in ``trained``, or with scores in ``points``."""
        return (self.folder / stage / f"{name}.json").exists()

    def points(self) -> list[dict[str, Any]]:
        """Records of all jobs that are finished, in the order of the plan."""
        paths = (self.folder / "points" / f"{job.name}.json" for job in self.jobs)
        return [json.loads(path.read_text()) for path in paths if path.exists()]

    def to_train(self, parts: Iterable[str], left_s: float) -> Job | None:
        """The first job whose needs are met and that will probably end in time."""
        for job in self.jobs:
            if job.part not in parts or not self._free(job) or self.done("trained", job.name):
                continue
            ready = all(self.done("trained", name) for name in job.needs)
            if ready and self.expected_s(job) < left_s:
                return job
        return None

    def to_score(self) -> Job | None:
        """The first job whose showers wait."""
        for job in self.jobs:
            waits = self.done("trained", job.name) and not self.done("points", job.name)
            if waits and self._free(job):
                return job
        return None

    def expected_s(self, job: Job) -> float:
        """How long a job will take, by the rate of others; 0 while none is known."""
        rates = self.rates.get(job.part)
        if job.part == "chain" or not rates:
            return 0.0
        return _START_S + job.steps / statistics.median(rates[-5:])

    def _free(self, job: Job) -> bool:
        return job.name not in self.running and self.attempts.get(job.name, 0) < _MAX_ATTEMPTS


class Worker:
    """A process that does one job after the other; after a fault a new one takes its place."""

    def __init__(self) -> None:
        self._pool = self._new()
        self.job: Job | None = None
        self.future: Future[Any] | None = None

    @staticmethod
    def _new() -> ProcessPoolExecutor:
        return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))

    def start(self, job: Job, task: Callable[[], Any]) -> None:
        """Begin a job."""
        self.job, self.future = job, self._pool.submit(task)

    def result(self) -> Any:
        """Of the job that has ended; what went wrong there is raised here."""
        future, self.job, self.future = self.future, None, None
        try:
            return future.result() if future else None
        except Exception:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = self._new()
            raise


def run(
    queue: Queue,
    sizes: Sizes,
    out: Path,
    device: str,
    workers: int,
    scorers: int,
    deadline_s: float,
) -> None:
    """Do all jobs, or as many as end in time."""
    started = time.monotonic()
    on_device, on_cpu = [Worker() for _ in range(workers)], [Worker() for _ in range(scorers)]

    def began(worker: Worker, job: Job, task: Callable[[], Any]) -> None:
        queue.running.add(job.name)
        worker.start(job, task)

    while (left_s := deadline_s - (time.monotonic() - started)) > 0:
        training_s = left_s - _LAST_SCORES_S
        for worker in on_device:
            if worker.future is None and (job := queue.to_train(("shape", "chain"), training_s)):
                began(worker, job, partial(trained, job, queue.folder, sizes, device))
        for worker in on_cpu:
            if worker.future is not None:
                continue
            if job := queue.to_score():
                began(worker, job, partial(judged, job, queue.folder, sizes))
            elif job := queue.to_train(("marginals",), training_s):
                began(worker, job, partial(trained, job, queue.folder, sizes, "cpu"))
        busy = [worker for worker in (*on_device, *on_cpu) if worker.future is not None]
        if not busy:
            break
        wait([w.future for w in busy if w.future], min(left_s, 1.0), FIRST_COMPLETED)
        for worker in busy:
            if worker.future is not None and worker.future.done():
                _ended(queue, worker, time.monotonic() - started)
                write_text(out, _content(queue, sizes))
    write_text(out, _content(queue, sizes))
    for process in multiprocessing.active_children():
        process.terminate()
    left = [job.name for job in queue.jobs if not queue.done("points", job.name)]
    print(
        f"{len(queue.jobs) - len(left)} of {len(queue.jobs)} jobs are done; left: {left}",
        flush=True,
    )


def _ended(queue: Queue, worker: Worker, at_s: float) -> None:
    job = worker.job
    if job is None:
        return
    queue.running.discard(job.name)
    try:
        result = worker.result()
    except Exception as error:  # the other jobs go on
        queue.attempts[job.name] = queue.attempts.get(job.name, 0) + 1
        print(f"{at_s:5.0f} s  {job.name} failed: {error!r:.500}", flush=True)
        return
    if isinstance(result, float):
        if job.part != "chain" and job.steps >= _LONG:
            queue.rates.setdefault(job.part, []).append(job.steps / result)
        words = f"trained in {result:.1f} s, {job.steps / result:.0f} steps/s"
    else:
        scores = result.get("scores") or {}
        words = ", ".join(f"{k} {scores[k]:.3f}" for k in ("auc", "fpd", "shape") if scores.get(k))
    print(f"{at_s:5.0f} s  {job.name} {words}", flush=True)


def _content(queue: Queue, sizes: Sizes) -> str:
    result = {
        "sampler": SAMPLER,
        "evaluations": sizes.evaluations,
        "cut_mev": CUT_MEV,
        "batch": sizes.batch,
        "miniature": sizes is not FULL,
        "jobs": len(queue.jobs),
        "points": queue.points(),
    }
    return json.dumps(result, indent=1) + "\n"


def main() -> None:
    """Run the plan."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--scratch", type=Path, required=True, help="folder of weights and records")
    parser.add_argument("--out", type=Path, required=True, help="the result, JSON")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--workers", type=int, default=5, help="trainings side by side")
    parser.add_argument("--scorers", type=int, default=7, help="processes that score, on the CPU")
    parser.add_argument("--deadline", type=float, default=1e9, help="seconds after which it ends")
    parser.add_argument("--miniature", action="store_true", help="try it: few steps, few showers")
    args = parser.parse_args()
    # Read when a process loads its libraries: each has one thread.
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    sizes = MINIATURE if args.miniature else FULL
    prepared(args.scratch)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    queue = Queue(args.scratch, plan(sizes))
    run(queue, sizes, args.out, args.device, args.workers, args.scorers, args.deadline)


if __name__ == "__main__":
    main()
