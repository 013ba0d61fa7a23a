from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from calobench.errors import OutputError, ShowerFileError
from calobench.io import LemursFile, LemursWriter, sha256_of_file, write_lemurs
from calobench.showers import Conditions, Mesh, Showers

MESH = Mesh(4.65, 5.05)
FIRST_ROW = {"incident_energy": 50_000.0, "incident_theta": 1.5, "incident_phi": 0.0}


def some_showers(n: int = 7) -> Showers:
    rng = np.random.default_rng(3)
    energy = rng.exponential(size=(n, 9, 16, 45)).astype(np.float32)
    conditions = Conditions(
        rng.uniform(1e3, 1e5, n), rng.uniform(0.9, 2.2, n), rng.uniform(0, 6, n)
    )
    return Showers(energy, conditions)


def assert_same(one: Showers, other: Showers) -> None:
    np.testing.assert_array_equal(one.energy, other.energy)
    for name in ("energy", "theta", "phi"):
        np.testing.assert_array_equal(
            getattr(one.conditions, name), getattr(other.conditions, name)
        )


def read(path: Path) -> Showers:
    with LemursFile(path) as file:
        return file.read()


def refuse(path: Path, message: str) -> None:
    """Reading the file must fail with one line that holds ``message``."""
    with pytest.raises(ShowerFileError, match=message) as caught:
        read(path)
    text = str(caught.value)
    assert str(path) in text
    assert "\n" not in text
    # What is wrong, then how to mend it.
    assert any(mark in text for mark in ";:")


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    written = some_showers()
    path = tmp_path / "a.h5"
    deposits = np.arange(7.0)
    n = write_lemurs(
        path,
        [written[:3], written[3:]],
        detector="ODD",
        mesh=MESH,
        attributes={"geant4": "11.4"},
        columns={"total_deposit": deposits},
    )
    with LemursFile(path) as file:
        assert n == len(file) == 7
        assert (file.detector, file.mesh, file.description) == ("ODD", MESH, "11.4")
        assert file.shape == (9, 16, 45)
        assert file.dtype == np.float32
        assert file.conditions.energy.dtype == np.float64
        np.testing.assert_array_equal(file.columns["total_deposit"], deposits)
        assert_same(file.read(), written)
    with h5py.File(path) as raw:
        stored = raw["showers"]
        assert (stored.chunks[0], stored.compression, stored.compression_opts) == (50, "gzip", 4)
        assert stored.shuffle


def test_chunking_does_not_change_the_bytes(tmp_path: Path) -> None:
    showers = some_showers()
    write_lemurs(tmp_path / "a.h5", [showers])
    write_lemurs(tmp_path / "b.h5", [showers])
    assert sha256_of_file(tmp_path / "a.h5") == sha256_of_file(tmp_path / "b.h5")


def test_a_chunk_of_nothing_is_refused(raw_file: Callable[..., Path]) -> None:
    with LemursFile(raw_file()) as file, pytest.raises(ValueError, match="at least one"):
        list(file.chunks(0))


def test_without_attributes(raw_file: Callable[..., Path]) -> None:
    with LemursFile(raw_file()) as file:
        assert (file.mesh, file.detector, file.description, file.columns) == (None, None, None, {})


def test_integers_and_doubles_are_cast(raw_file: Callable[..., Path]) -> None:
    for dtype in (np.int64, np.uint8, np.float64, np.float16):
        with LemursFile(raw_file(showers=np.full((4, 9, 16, 45), 2, dtype))) as file:
            showers = file.read()
            assert showers.energy.dtype == np.float32
            assert (showers.energy == 2).all()


def test_energies_can_be_multiplied_back(raw_file: Callable[..., Path]) -> None:
    with LemursFile(raw_file(), sampling_fraction=0.25) as file:
        assert (file.read().energy == 0.25).all()


def test_other_meshes_need_their_shape(raw_file: Callable[..., Path]) -> None:
    path = raw_file(showers=np.ones((4, 2, 3, 5)))
    refuse(path, "use the detector YAML")
    with LemursFile(path, (2, 3, 5)) as file:
        assert file.read().energy.shape == (4, 2, 3, 5)


# --- bad files -----------------------------------------------------------------------------------


def test_missing_file(tmp_path: Path) -> None:
    refuse(tmp_path / "none.h5", "does not exist; check the path")


def test_folder(tmp_path: Path) -> None:
    refuse(tmp_path, "is a folder; name one file in it")


@pytest.mark.parametrize("content", [b"", b"energy,theta\n1,2\n"])
def test_not_hdf5(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "table.h5"
    path.write_bytes(content)
    refuse(path, "is not an HDF5 file")


def test_truncated(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    write_lemurs(path, [some_showers()])
    whole = path.read_bytes()
    for kept in (100, 3000, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:kept])
        refuse(path, f"is truncated, {kept} of {len(whole)} bytes are there: .* copied in part")


def test_damage_found_while_reading(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    write_lemurs(path, [some_showers()])
    with h5py.File(path) as file:
        chunk = file["showers"].id.get_chunk_info(0)
    damaged = bytearray(path.read_bytes())
    middle = chunk.byte_offset + chunk.size // 2
    damaged[middle : middle + 64] = bytes(64)
    path.write_bytes(damaged)
    with LemursFile(path) as file:
        assert len(file) == 7
    refuse(path, "is damaged, 'showers' cannot be read")


def test_missing_data_sets_are_named(raw_file: Callable[..., Path]) -> None:
    refuse(raw_file(incident_phi=None), "no data set 'incident_phi', it holds 'incident_energy'")
    refuse(raw_file(showers=None), "no data set 'showers'")
    refuse(raw_file(showers=None, shower=np.ones(4)), "rename 'shower' to 'showers'")


def test_calochallenge_is_recognised(raw_file: Callable[..., Path]) -> None:
    path = raw_file(incident_energy=None, incident_energies=np.ones((4, 1)))
    refuse(path, "looks like CaloChallenge: leave --format out")


def test_group_in_place_of_a_data_set(raw_file: Callable[..., Path]) -> None:
    path = raw_file(showers=None)
    with h5py.File(path, "a") as file:
        file.create_group("showers")
    refuse(path, "'showers' is a group")


@pytest.mark.parametrize(
    ("shape", "hint"),
    [
        ((4, 6480), "flat showers look like CaloChallenge"),
        ((4, 16, 9, 45), "transpose the axes"),
        ((4, 45, 16, 9), "transpose the axes"),
        ((4, 9, 16), "must be"),
        ((), "must be"),
    ],
)
def test_wrong_shapes(raw_file: Callable[..., Path], shape: tuple[int, ...], hint: str) -> None:
    refuse(raw_file(showers=np.ones(shape, np.float32)), hint)


def test_conditions_must_be_one_number_a_shower(raw_file: Callable[..., Path]) -> None:
    refuse(raw_file(incident_theta=np.ones((4, 1))), r"'incident_theta' has the shape \(4, 1\)")


@pytest.mark.parametrize("dtype", ["S3", np.complex64, bool, h5py.string_dtype()])
def test_wrong_types(raw_file: Callable[..., Path], dtype: Any) -> None:
    path = raw_file(showers=None)
    with h5py.File(path, "a") as file:
        file.create_dataset("showers", (4, 9, 16, 45), dtype)
    refuse(path, "'showers' holds values of type")


def test_no_showers(raw_file: Callable[..., Path]) -> None:
    refuse(raw_file(n=0), "holds no showers")


def test_unequal_lengths(raw_file: Callable[..., Path]) -> None:
    refuse(raw_file(incident_theta=np.ones(3)), "unequal lengths .*'incident_theta' 3")


@pytest.mark.parametrize(
    ("value", "words"), [(np.nan, "NaN"), (np.inf, "an infinite"), (-1, "a negative energy")]
)
def test_impossible_cell(raw_file: Callable[..., Path], value: float, words: str) -> None:
    showers = np.ones((4, 9, 16, 45), np.float32)
    showers[2, 8, 15, 44] = value
    path = raw_file(showers=showers)
    refuse(path, f"'showers' holds {words}.* in shower 2;")
    with LemursFile(path) as file, pytest.raises(ShowerFileError, match="in shower 2;"):
        list(file.chunks(2))


def test_double_too_large_for_single_precision(raw_file: Callable[..., Path]) -> None:
    refuse(raw_file(showers=np.full((4, 9, 16, 45), 1e300)), "an infinite value in shower 0")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("incident_energy", np.nan, "NaN in shower 1"),
        ("incident_energy", 0, "0 in shower 1; values must be finite and positive"),
        ("incident_energy", np.inf, "an infinite value in shower 1"),
        ("incident_theta", 90, "90 in shower 1; values must be in radians"),
        ("incident_phi", 180, "180 in shower 1; values must be in radians"),
    ],
)
def test_impossible_condition(
    raw_file: Callable[..., Path], name: str, value: float, message: str
) -> None:
    values = np.full(4, FIRST_ROW[name])
    values[1] = value
    refuse(raw_file(**{name: values}), f"'{name}' holds {message}")


@pytest.mark.parametrize("size", [0, -1, np.nan, "wide", [1, 2]])
def test_impossible_cell_size(raw_file: Callable[..., Path], size: Any) -> None:
    path = raw_file()
    with h5py.File(path, "a") as file:
        file.attrs["mesh_dr_mm"] = size
        file.attrs["mesh_dz_mm"] = 1.0
    with LemursFile(path) as file, pytest.raises(ShowerFileError, match="positive numbers"):
        assert file.mesh


# --- failed writes -------------------------------------------------------------------------------


def test_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    write_lemurs(path, [some_showers(2)])
    before = sha256_of_file(path)

    def breaking() -> Iterator[Showers]:
        yield some_showers(2)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_lemurs(path, breaking())
    assert [p.name for p in tmp_path.iterdir()] == ["a.h5"]
    assert sha256_of_file(path) == before


def test_bad_writes_leave_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    showers = some_showers(2)
    with pytest.raises(ShowerFileError, match="no showers to write"):
        write_lemurs(path, [])
    with pytest.raises(ShowerFileError, match="one row per shower"):
        write_lemurs(path, [showers], columns={"x": np.ones(3)})
    with pytest.raises(ShowerFileError, match="whose mesh has"):
        write_lemurs(path, [showers], mesh=Mesh(1, 1, n_z=3))
    with LemursWriter(tmp_path / "b.h5") as writer:
        writer.append(showers)
        with pytest.raises(ShowerFileError, match="same columns"):
            writer.append(showers, {"x": np.ones(2)})
    (tmp_path / "b.h5").unlink()
    assert list(tmp_path.iterdir()) == []


def test_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        write_lemurs(tmp_path / "file" / "a.h5", [some_showers(1)])


def test_full_disk_is_an_output_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object, **_kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(h5py.Dataset, "__setitem__", full)
    with pytest.raises(OutputError, match="No space left on device"):
        write_lemurs(tmp_path / "a.h5", [some_showers(1)])
    assert list(tmp_path.iterdir()) == []


def test_checksum(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(b"abc")
    assert sha256_of_file(tmp_path / "abc").startswith("ba7816bf8f01cfea")
    with pytest.raises(ShowerFileError, match="cannot read"):
        sha256_of_file(tmp_path / "none")


def test_files_are_joined_as_they_are_packed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = some_showers(230)
    cuts, columns = (0, 100, 150, 230), {"deposit": np.arange(230.0)}
    for k, (start, stop) in enumerate(pairwise(cuts)):
        rows = slice(start, stop)
        numbers = {name: values[rows] for name, values in columns.items()}
        write_lemurs(tmp_path / f"{k}.h5", [whole[rows]], mesh=MESH, columns=numbers)
    write_lemurs(tmp_path / "expected.h5", [whole], mesh=MESH, columns=columns)
    unpacked: list[str] = []
    read_all = LemursFile.read

    def read_and_tell(file: LemursFile) -> Showers:
        unpacked.append(file.path.name)
        return read_all(file)

    with monkeypatch.context() as patch:
        patch.setattr(LemursFile, "read", read_and_tell)
        with LemursWriter(tmp_path / "joined.h5", mesh=MESH) as writer:
            for k in range(3):
                with LemursFile(tmp_path / f"{k}.h5") as file:
                    writer.append_file(file)
    assert not unpacked
    assert_same(read(tmp_path / "joined.h5"), whole)
    with h5py.File(tmp_path / "joined.h5") as one, h5py.File(tmp_path / "expected.h5") as other:
        assert list(one) == list(other)
        assert np.array_equal(one["deposit"][:], columns["deposit"])
        chunks = [
            [f["showers"].id.read_direct_chunk((row, 0, 0, 0)) for row in range(0, 230, 50)]
            for f in (one, other)
        ]
        assert chunks[0] == chunks[1]


@pytest.mark.parametrize("first", [70, 100])
def test_files_that_are_packed_otherwise_are_joined_all_the_same(
    first: int, tmp_path: Path
) -> None:
    """After 70 showers chunks begin elsewhere; the second file is not compressed."""
    whole = some_showers(130)
    write_lemurs(tmp_path / "0.h5", [whole[:first]], mesh=MESH)
    write_lemurs(tmp_path / "1.h5", [whole[first:]], mesh=MESH)
    if first == 100:
        with h5py.File(tmp_path / "1.h5", "a") as file:
            del file["showers"]
            file["showers"] = whole.energy[first:]
    with LemursWriter(tmp_path / "joined.h5", mesh=MESH) as writer:
        for k in range(2):
            with LemursFile(tmp_path / f"{k}.h5") as file:
                writer.append_file(file)
    assert_same(read(tmp_path / "joined.h5"), whole)


def test_files_of_other_columns_are_not_joined(tmp_path: Path) -> None:
    whole = some_showers(100)
    write_lemurs(tmp_path / "0.h5", [whole], mesh=MESH)
    write_lemurs(tmp_path / "1.h5", [whole], mesh=MESH, columns={"x": np.ones(100)})
    with (
        pytest.raises(ShowerFileError, match="the same columns"),
        LemursWriter(tmp_path / "joined.h5", mesh=MESH) as writer,
    ):
        for k in range(2):
            with LemursFile(tmp_path / f"{k}.h5") as file:
                writer.append_file(file)
    assert not (tmp_path / "joined.h5").exists()
