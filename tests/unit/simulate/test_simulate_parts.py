"""A production in parts, as jobs of a batch system make it, and elsewhere: the same file. No Geant4 here."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from calobench.detectors import load_detector
from calobench.errors import OutputError
from calobench.executors.base import K, V
from calobench.io import write_lemurs
from calobench.showers import Conditions, Showers
from calobench.simulate import Production, make_beam, produce, production
from calobench.simulate.child import Report
from calobench.simulate.shard_task import ShardTask

CLD = load_detector("CLD")
PRODUCTION = Production(CLD, make_beam(CLD), 250, 1)


class Elsewhere:
    """Sends the function and every key, as a cluster does."""

    def map_shards(self, function: Callable[[K], V], keys: Sequence[K]) -> Iterator[tuple[K, V]]:
        sent = pickle.dumps(function)
        for key in keys:
            yield key, pickle.loads(sent)(key)  # noqa: S301 (our own)

    def close(self) -> None:
        pass


class Told:
    """Counts showers."""

    def __init__(self) -> None:
        self.begun: tuple[int, int] | None = None
        self.showers = 0

    def begin(self, done: int, total: int) -> None:
        self.begun = done, total

    def shower(self, seconds: float) -> None:
        self.showers += 1


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Shards are made by a substitute for Geant4, which lists them."""
    shards: list[int] = []

    def make(_: object, task: ShardTask, shard: int, __: Path, report: Report) -> None:
        shards.append(shard)
        n = task.folder.size(shard)
        conditions = Conditions(np.full(n, 1e4), np.full(n, 1.5), np.zeros(n))
        showers = Showers(np.full((n, *CLD.mesh_geometry.shape), shard, np.float32), conditions)
        write_lemurs(
            task.folder.file(shard), [showers], detector=CLD.name, mesh=CLD.mesh_geometry,
            attributes={"geant4": "11"},
        )  # fmt: skip
        for _ in range(n):
            report(0.5)

    monkeypatch.setattr(production.Children, "make", make)
    monkeypatch.setattr(production, "require_geant4", lambda: None)
    monkeypatch.setattr(production, "geant4_environment", lambda *_: {"G4LEDATA": "/G4EMLOW8.8"})
    return shards


def test_parts_and_other_places_make_the_same_file(made: list[int], tmp_path: Path) -> None:
    here, parts, there = (tmp_path / f"{name}.h5" for name in ("here", "parts", "there"))
    produce(PRODUCTION, here, workers=2)
    assert sorted(made) == [0, 1, 2]
    made.clear()
    for k, shards in ((2, [1]), (1, [0, 2])):
        progress = Told()
        produce(PRODUCTION, parts, part=(k, 2), monitor=progress)
        assert made == shards
        assert progress.begun == (0, sum((100, 100, 50)[shard] for shard in shards))
        assert progress.showers == progress.begun[1]
        assert not parts.exists()
        made.clear()
    produce(PRODUCTION, parts)
    assert made == []
    progress = Told()
    produce(PRODUCTION, there, executor=Elsewhere(), monitor=progress)
    assert (progress.begun, progress.showers) == ((0, 250), 250)
    assert here.read_bytes() == parts.read_bytes() == there.read_bytes()
    assert sorted(tmp_path.iterdir()) == [here, parts, there]


def test_a_part_replaces_nothing(made: list[int], tmp_path: Path) -> None:
    out = tmp_path / "out.h5"
    with pytest.raises(OutputError, match="would remove the shards of other jobs"):
        produce(PRODUCTION, out, part=(1, 2), force=True)
    produce(PRODUCTION, out)
    with pytest.raises(OutputError, match="exists"):
        produce(PRODUCTION, out, part=(1, 2))
    assert sorted(made) == [0, 1, 2]
