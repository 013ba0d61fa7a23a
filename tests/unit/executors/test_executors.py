"""Shards on processes and on Dask: the same values, whichever process dies meanwhile."""

from __future__ import annotations

import contextlib
import errno
import importlib
import importlib.util
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from multiprocessing import popen_spawn_posix
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from shards import Shard, break_pipe, double, kill_yourself, write_numbers

from calobench import __version__
from calobench.errors import ExecutorError
from calobench.executors.dask_cluster import DaskExecutor, _on_one_thread
from calobench.executors.processes import ProcessExecutor


@contextlib.contextmanager
def killing(folder: Path, kills: int, every_s: float) -> Iterator[list[int]]:
    """Kill workers that are at a shard, one after the other, until the block ends."""
    killed: list[int] = []
    stop = threading.Event()

    def kill() -> None:
        while len(killed) < kills and not stop.is_set():
            time.sleep(every_s)
            for sign in folder.glob("alive-*"):
                sign.unlink(missing_ok=True)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(sign.name.removeprefix("alive-")), signal.SIGKILL)
                    killed.append(1)
                break

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        stop.set()
        thread.join()


def require_same_bytes(shards: list[Shard], folder: Path) -> None:
    """Every shard has left what it leaves when it is done here."""
    folder.mkdir()
    for shard in shards:
        local = shard._replace(folder=folder, seconds=0.0)
        write_numbers(local)
        assert shard.path.read_bytes() == local.path.read_bytes()


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as local:
        yield local.scheduler_address


def test_every_key_comes_back_once_with_its_value() -> None:
    keys = list(range(7))
    for workers in (1, 2, 3):
        assert dict(ProcessExecutor(workers).map_shards(double, keys)) == {k: 2 * k for k in keys}


def test_what_the_function_raises_is_raised() -> None:
    with pytest.raises(ValueError, match="-1 is negative"):
        dict(ProcessExecutor(1).map_shards(double, [1, -1, 2]))


def test_killed_workers_cost_nothing_but_time(tmp_path: Path) -> None:
    shards = [Shard(k, tmp_path, 0.2) for k in range(12)]
    with killing(tmp_path, kills=4, every_s=0.3) as killed:
        values = [value for _, value in ProcessExecutor(2).map_shards(write_numbers, shards)]
    assert len(killed) >= 2
    assert sorted(values) == list(range(12))
    require_same_bytes(shards, tmp_path / "local")


def test_a_worker_that_is_killed_while_it_starts_is_started_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    popen: Any = popen_spawn_posix.Popen
    launch, refused = popen._launch, list[int]()

    def launch_late(self: object, process: object) -> None:
        if len(refused) < 2:
            refused.append(1)
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
        launch(self, process)

    monkeypatch.setattr(popen, "_launch", launch_late)
    assert dict(ProcessExecutor(2).map_shards(double, [1, 2, 3])) == {1: 2, 2: 4, 3: 6}
    assert len(refused) == 2


def test_a_broken_pipe_of_a_shard_is_its_own_error() -> None:
    with pytest.raises(ExecutorError, match=r"7: \[Errno 32\]"):
        dict(ProcessExecutor(1).map_shards(break_pipe, [7]))


def test_a_pool_that_cannot_be_made_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a kill of multiprocessing's resource tracker."""
    executor, refused = ProcessExecutor(1), list[int]()
    pool = executor._pool

    def late(shards: int) -> object:
        if not refused:
            refused.append(1)
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
        return pool(shards)

    monkeypatch.setattr(executor, "_pool", late)
    assert dict(executor.map_shards(double, [1])) == {1: 2}


def test_a_shard_that_always_kills_its_worker_is_named() -> None:
    with pytest.raises(ExecutorError, match=r"killed 10 times in a row while they did 1;"):
        dict(ProcessExecutor(1).map_shards(kill_yourself, [0, 1]))


def test_dask_gives_the_same(cluster: str, tmp_path: Path) -> None:
    shards = [Shard(k, tmp_path, 0.0) for k in range(4)]
    with contextlib.closing(DaskExecutor(cluster)) as executor:
        assert dict(executor.map_shards(double, [3, 1, 2])) == {1: 2, 2: 4, 3: 6}
        with pytest.raises(ValueError, match="-1 is negative"):
            dict(executor.map_shards(double, [-1]))
        dict(executor.map_shards(write_numbers, shards))
    require_same_bytes(shards, tmp_path / "local")


def test_a_scheduler_that_is_gone_before_it_gives_a_value_is_lost(
    cluster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    distributed: Any = importlib.import_module("distributed")
    result = distributed.Future.result
    raised: list[int] = []

    def once_lost(future: Any, *arguments: Any, **options: Any) -> Any:
        if not raised:
            raised.append(1)
            raise distributed.comm.CommClosedError("Connection reset by peer")
        return result(future, *arguments, **options)

    with contextlib.closing(DaskExecutor(cluster)) as executor:
        monkeypatch.setattr(distributed.Future, "result", once_lost)
        assert dict(executor.map_shards(double, [3, 1])) == {1: 2, 3: 6}
    assert raised


def test_dask_clusters_that_cannot_be_used(cluster: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calobench.executors.dask_cluster.__version__", "9.9")
    with pytest.raises(ExecutorError, match=r"2 of 2 workers have another version"):
        DaskExecutor(cluster)
    with pytest.raises(ExecutorError, match="check the address"):
        DaskExecutor("nonsense://x")


def test_a_worker_that_comes_later_with_another_version_is_refused() -> None:
    with pytest.raises(ExecutorError, match=r"a worker has calobench .*, here it is 9\.9"):
        _on_one_thread("9.9", double, 1)
    assert _on_one_thread(__version__, double, 1) == 2


@pytest.mark.timeout(300)
def test_a_scheduler_that_dies_loses_nothing(tmp_path: Path) -> None:
    """Another scheduler is started at its address, with workers, as an administrator would do."""
    pytest.importorskip("distributed")
    kills = study("kills")
    outcome = kills.kill_dask(4, 1, tmp_path)
    assert outcome.kills == {"worker": 3, "scheduler": 1}
    assert (outcome.calls, outcome.failures) == (1, 0)
    assert (outcome.lost, outcome.twice, outcome.left) == (0, 0, 0)


@pytest.mark.timeout(300)
def test_kills_of_workers_and_of_the_call_itself_lose_nothing(tmp_path: Path) -> None:
    outcome = study("kills").kill_generation(4, 1, tmp_path)
    assert outcome.kills == {"worker": 3, "call": 1}
    assert (outcome.lost, outcome.twice, outcome.left) == (0, 0, 0)


def study(name: str) -> ModuleType:
    """A script of ``studies``."""
    place = Path(__file__).parents[3] / "studies" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
