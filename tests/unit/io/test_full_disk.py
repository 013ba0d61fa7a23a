"""A full disk ends in one line and exit code 2, whatever writes HDF5, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import gc
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from calobench._util.atomic import write_bytes
from calobench._util.resources import data_specs_dir
from calobench.cli import main
from calobench.errors import OutputError
from calobench.io.writers.steady_file import SteadyFile

REFERENCE = data_specs_dir() / "reference" / "FCCeeCLD.h5"
CALLS = {
    "convert": ("convert", REFERENCE, "out.h5"),
    "convert, packed": ("convert", REFERENCE, "out.h5", "--packed", "10"),
    "place": ("place", REFERENCE, "-o", "out.h5"),
    "place, text": ("place", REFERENCE, "-o", "out.csv"),
    "generate": (
        *("generate", "--model", "toy_models:toy", "--detector", "CLD", "-n", "100"),
        *("--out", "out.h5"),
    ),
}


class Here:
    """Does the shards in this process."""

    def map_shards(self, function: Any, keys: Any) -> Iterator[Any]:
        for key in keys:
            yield key, function(key)

    def close(self) -> None:
        pass


@contextlib.contextmanager
def full_after(size: int) -> Iterator[None]:
    """No file can grow beyond so many bytes, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("name", CALLS)
def test_commands_that_write_showers(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    unraisable: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", unraisable.append)
    monkeypatch.setattr("calobench.harness.generation.ProcessExecutor", lambda _: Here())
    monkeypatch.chdir(tmp_path)
    with full_after(50_000), pytest.raises(SystemExit) as stop:
        main([str(word) for word in CALLS[name]])
    gc.collect()
    assert stop.value.code == 2
    (line,) = (line for line in capsys.readouterr().err.splitlines() if "error" in line)
    assert line.startswith("calobench: error: cannot write ")
    assert "(File too large); free some space or choose another place" in line
    assert not unraisable
    left = {path.name for path in tmp_path.rglob("*")}
    assert left <= {"out.h5.shards", "settings.json"}


def test_whole_contents(tmp_path: Path) -> None:
    with full_after(1000), pytest.raises(OutputError, match=r"a\.npz: File too large; choose"):
        write_bytes(tmp_path / "a.npz", bytes(2000))
    assert not list(tmp_path.iterdir())


def test_hdf5_is_told_that_all_is_well_and_the_writer_is_not(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with full_after(20_000):
        raw = SteadyFile(path)
        file = h5py.File(raw, "w")
        file["a"] = np.zeros(1000)
        file.flush()
        raw.require_written()
        file["b"] = np.ones(100_000)
        file.close()
        raw.close()
    with pytest.raises(OSError, match="too large"):
        raw.require_written()
    assert path.stat().st_size <= 20_000


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    raw = SteadyFile(tmp_path / "a.h5")
    with h5py.File(raw, "w") as file:
        file["a"] = np.arange(10_000.0)
        file.create_dataset("b", data=np.arange(9_000), chunks=(100,), compression="gzip")
    raw.close()
    raw.require_written()
    with h5py.File(tmp_path / "a.h5") as file:
        assert np.array_equal(file["a"][:], np.arange(10_000.0))
        assert np.array_equal(file["b"][:], np.arange(9_000))
