"""Kills at random while a generation, a suite, or shards on a Dask cluster run: nothing lost, nothing twice.

python studies/kills.py generation --kills 60 --out kills.json
python studies/kills.py suite --kills 20 --out kills.json
python studies/kills.py dask --kills 20 --out kills.json
python studies/scaling.py join kills.json

A kill is a SIGKILL to a worker, to the call itself (which is then given again) or, with Dask, to the
scheduler (which somebody then starts anew, with its workers). It strikes when up to two more shards are
finished and a random time has passed, so that it follows the speed of the machine.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import math
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np

from calobench.io.readers.lemurs import LemursFile
from calobench.results.schema import Results
from calobench.results.store import read_results

HERE = Path(__file__).resolve().parent
MODEL = f"{HERE / 'few_cells.py'}:make:pause_s=0.1"
CALL = (sys.executable, "-m", "calobench")


@dataclass
class Outcome:
    """A kill and what is left after it.

    Attributes:
        what: was running.
        shards: that there are.
        kills: by what was killed.
        calls: how often the call was given until it was done.
        failures: how often it ended by itself, with a message, before it was done.
        lost: shards that are missing in the end, or not what they are without kills.
        twice: shards, or showers, that are there more than once.
        left: files that nobody asked for.
        wall_s: of all of it.
    """

    what: str
    shards: int
    kills: dict[str, int] = field(default_factory=dict)
    calls: int = 0
    failures: int = 0
    lost: int = 0
    twice: int = 0
    left: int = 0
    wall_s: float = 0.0


class Killer:
    """Gives a call, kills around it, and gives it again until it is done.

    Args:
        call: the command line.
        done: number of shards that are finished.
        targets: name to the processes of that kind that live now, given the process of the call.
        weights: how often each kind strikes within as many kills as their sum.
        kills: how many.
        seed: of what is killed and when.
        until: time of the monotonic clock after which nothing more is killed.
        spread_s: how long after something was finished, at most.
        after: called after a kill, with the kind.
    """

    def __init__(
        self,
        call: Sequence[str],
        done: Callable[[], int],
        targets: dict[str, Callable[[int], list[int]]],
        weights: Sequence[int],
        kills: int,
        seed: int,
        until: float,
        spread_s: float = 0.15,
        after: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._call, self._done, self._targets = call, done, targets
        self._after, self._random = after, random.Random(seed)
        self._spread_s, self._until = spread_s, until
        block = [kind for kind, n in zip(targets, weights, strict=True) for _ in range(n)]
        self._kinds: list[str] = []
        while len(self._kinds) < kills:
            self._kinds += self._random.sample(block, len(block))
        del self._kinds[kills:]
        self.kills = dict.fromkeys(targets, 0)
        self.calls = self.failures = 0

    def run(self) -> None:
        """Until the call is done."""
        with tempfile.TemporaryFile() as log:
            while self._ended(log) != 0:
                pass

    def _ended(self, log: IO[bytes]) -> int:
        """Give the call; returns how it ended."""
        self.calls += 1
        process = subprocess.Popen(self._call, stdout=log, stderr=log)
        while process.poll() is None:
            if self._kinds and time.monotonic() < self._until:
                self._strike(process)
            else:
                process.wait()
        if process.returncode not in {0, -signal.SIGKILL}:
            self.failures += 1
            log.seek(0)
            sys.stderr.buffer.write(log.read()[-2000:])
        return process.returncode

    def _strike(self, process: subprocess.Popen[bytes]) -> None:
        """Wait until up to two more shards are finished and a moment longer, then kill something."""
        kind = self._kinds[-1]
        target, begin = self._done() + self._random.randint(0, 2), time.monotonic()
        while process.poll() is None and self._done() < target and time.monotonic() - begin < 60:
            time.sleep(0.005)
        time.sleep(self._random.uniform(0, self._spread_s))
        living: list[int] = []
        while process.poll() is None and not living:
            living = self._targets[kind](process.pid)
            time.sleep(0.005)
        if process.poll() is None and living:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._random.choice(living), signal.SIGKILL)
                self.kills[kind] += 1
                self._kinds.pop()
                if kind == "call":
                    process.wait()
                self._after(kind)


def children(pid: int) -> list[int]:
    """Worker processes of a process; the keeper of multiprocessing's semaphores is none."""
    command_lines: dict[int, bytes] = {}
    with contextlib.suppress(OSError):
        # Any thread may have started it.
        for thread in Path(f"/proc/{pid}/task").iterdir():
            for child in (thread / "children").read_text().split():
                command_lines[int(child)] = Path(f"/proc/{child}/cmdline").read_bytes()
    return [child for child, words in command_lines.items() if b"resource_tracker" not in words]


def itself(pid: int) -> list[int]:
    """The call."""
    return [pid]


def check_file(outcome: Outcome, made: Path, expected: Path) -> None:
    """Compare a file of showers with the one that was made without kills."""
    if made.read_bytes() == expected.read_bytes():
        return
    with LemursFile(made) as file, LemursFile(expected) as other:
        here, there = file.read().energy, other.read().energy
    outcome.lost = int(len(there) - np.isin(_digests(there), _digests(here)).sum())
    outcome.twice = len(here) - len(set(_digests(here)))
    outcome.lost += outcome.lost == outcome.twice == 0  # other bytes of the same showers


def _digests(showers: np.ndarray) -> list[int]:
    return [hash(shower.tobytes()) for shower in showers]


def generate_call(out: Path, n: int, *more: str) -> list[str]:
    """The call that makes a file of ``n`` showers."""
    words = ["--model", MODEL, "--detector", "ALLEGRO", "-n", str(n), "--out", str(out)]
    return [*CALL, "generate", *words, *more]


def kill_generation(kills: int, seed: int, folder: Path, until: float = math.inf) -> Outcome:
    """Kill workers, and the call, while showers are generated by two processes."""
    n = 300 * max(3, kills)
    made, expected = folder / "made.h5", folder / "expected.h5"
    subprocess.run(generate_call(expected, n, "--workers", "1"), check=True, capture_output=True)
    shards = made.with_name("made.h5.shards")
    killer = Killer(
        generate_call(made, n, "--workers", "2"),
        lambda: len(list(shards.glob("*.h5"))),
        {"worker": children, "call": itself},
        (3, 1),
        kills,
        seed,
        until,
    )
    killer.run()
    outcome = Outcome(
        "generation, 2 processes", n // 100, killer.kills, killer.calls, killer.failures
    )
    check_file(outcome, made, expected)
    outcome.left = len(list(folder.iterdir())) - 2
    return outcome


def kill_suite(kills: int, seed: int, folder: Path, until: float = math.inf) -> Outcome:
    """Kill workers, and the call, while a suite of small runs is done by two processes."""
    runs = max(2, kills // 3)
    models = ", ".join(f'{{name: m{k}, model: "{MODEL}"}}' for k in range(runs))
    suite = folder / "suite.yaml"
    suite.write_text(f"models: [{models}]\ndetectors: [ALLEGRO]\nn: 40\nreplicas: 20\n")
    call = [*CALL, "suite", str(suite), "--workers"]
    killer = Killer(
        [*call, "2", "--out", str(folder / "made")],
        lambda: len(list((folder / "made").glob("*/results.json"))),
        {"worker": children, "call": itself},
        (3, 1),
        kills,
        seed,
        until,
        spread_s=3.0,
    )
    killer.run()
    outcome = Outcome("suite, 2 processes", runs, killer.kills, killer.calls, killer.failures)
    suite.write_text(suite.read_text().replace(models, models.partition("}")[0] + "}"))
    expected = [*call, "1", "--out", str(folder / "expected")]
    subprocess.run(expected, check=True, capture_output=True)
    numbers = _numbers(read_results(folder / "expected" / "m0-FCCeeALLEGRO" / "results.json"))
    for k in range(runs):
        run = folder / "made" / f"m{k}-FCCeeALLEGRO"
        with contextlib.suppress(OSError):
            outcome.lost += _numbers(read_results(run / "results.json")) != numbers
            outcome.left += {p.name for p in run.iterdir()} != {"results.json", "report.html"}
    return outcome


def _numbers(results: Results) -> object:
    return results.observables, results.multivariate, results.reference, results.verdict


@contextlib.contextmanager
def cluster() -> Iterator[tuple[str, dict[str, list[subprocess.Popen[bytes]]]]]:
    """A Dask scheduler and two workers that a nanny keeps alive; gives its address and processes."""
    distributed: Any = importlib.import_module("distributed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    processes: dict[str, list[subprocess.Popen[bytes]]] = {"scheduler": [], "workers": []}
    scratch = tempfile.mkdtemp()
    try:
        start_cluster(address, processes, scratch)
        with distributed.Client(address, timeout=120) as client:
            client.wait_for_workers(2, timeout=120)
        yield address, processes
    finally:
        for process in (*processes["workers"], *processes["scheduler"]):
            process.terminate()
            process.wait()
        shutil.rmtree(scratch, ignore_errors=True)


def wait_for_port(host: str, port: int) -> None:
    """Wait until something listens."""
    while True:
        with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
            return
        time.sleep(0.1)


def start_cluster(
    address: str, processes: dict[str, list[subprocess.Popen[bytes]]], folder: str
) -> None:
    """Start what does not run."""
    host, port = address.removeprefix("tcp://").split(":")
    modules = {
        "scheduler": ["scheduler", "--host", host, "--port", port],
        "workers": ["worker", address, "--nworkers", "2", "--nthreads", "1", "--local-directory", folder],
    }  # fmt: skip
    for kind, (name, *words) in modules.items():
        if kind == "workers":
            # They end by themselves where no scheduler answers for long.
            wait_for_port(host, int(port))
        processes[kind] = [p for p in processes[kind] if p.poll() is None]
        if not processes[kind]:
            call = [sys.executable, "-m", f"distributed.cli.dask_{name}", *words, "--no-dashboard"]
            processes[kind].append(
                subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            )


def kill_dask(kills: int, seed: int, folder: Path, until: float = math.inf) -> Outcome:
    """Kill workers, and the scheduler, while showers are generated on a Dask cluster."""
    n = 300 * max(3, kills)
    made, expected = folder / "made.h5", folder / "expected.h5"
    subprocess.run(generate_call(expected, n, "--workers", "1"), check=True, capture_output=True)
    shards, scratch = made.with_name("made.h5.shards"), tempfile.mkdtemp()
    with cluster() as (address, processes):

        def restart(kind: str) -> None:
            if kind == "scheduler":
                processes["scheduler"][0].wait()
                # Its workers end when they notice, or look for it for ever; whoever keeps the cluster starts
                # them again.
                for process in processes["workers"]:
                    for pid in (*children(process.pid), process.pid):
                        with contextlib.suppress(ProcessLookupError):
                            os.kill(pid, signal.SIGKILL)
                    process.wait()
                start_cluster(address, processes, scratch)

        def workers(_: int) -> list[int]:
            # A nanny whose worker is killed while it starts gives up, and is started again.
            start_cluster(address, processes, scratch)
            return [child for p in processes["workers"] for child in children(p.pid)]

        killer = Killer(
            generate_call(made, n, "--scheduler", address),
            lambda: len(list(shards.glob("*.h5"))),
            {
                "worker": workers,
                "scheduler": lambda _: [p.pid for p in processes["scheduler"]],
            },
            (3, 1),
            kills,
            seed,
            until,
            after=restart,
        )
        killer.run()
    outcome = Outcome("generation, Dask", n // 100, killer.kills, killer.calls, killer.failures)
    check_file(outcome, made, expected)
    outcome.left = len(list(folder.iterdir())) - 2
    return outcome


STUDIES = {"generation": kill_generation, "suite": kill_suite, "dask": kill_dask}


def main() -> None:
    """Do one of the three and put it beside the others in the file."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=STUDIES)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--max-seconds", type=float, default=300.0, help="no more kills after so long"
    )
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        outcome = STUDIES[given.what](
            given.kills, given.seed, Path(folder), start + given.max_seconds
        )
    outcome.wall_s = round(time.monotonic() - start, 1)
    kept = json.loads(given.out.read_text()) if given.out.exists() else {}
    kept[given.what] = {**asdict(outcome), "seed": given.seed}
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
    print(json.dumps(kept[given.what]))


if __name__ == "__main__":
    main()
