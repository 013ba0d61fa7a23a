"""Files from elsewhere: the numbers are those that h5py reads, or the file is refused."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from calobench._util import memory
from calobench.errors import ShowerFileError
from calobench.io import LemursFile, untrusted
from calobench.io.hdf5 import open_dataset, open_hdf5, read_rows
from calobench.io.shower_file import scaled

VALUES = np.arange(24, dtype=np.float64).reshape(6, 4) * 7
PACKED = {"chunks": (4, 4), "compression": "gzip", "shuffle": True}


def odd_type(bits: int, offset: int, size: int = 4) -> h5py.h5t.TypeIntegerID:
    kind = h5py.h5t.STD_I32LE.copy()
    kind.set_size(size)
    kind.set_precision(bits)
    kind.set_offset(offset)
    return kind


def read(path: Path) -> np.ndarray:
    with open_hdf5(path) as file:
        return read_rows(open_dataset(file, "x", path), slice(None), path)


@pytest.mark.parametrize(
    "dtype",
    [">f4", "<f4", ">f8", "f2", ">f2", "i1", ">i2", "u4", ">u8", "longdouble",
     h5py.enum_dtype({"A": 0, "B": 7}, "i2")],
)  # fmt: skip
@pytest.mark.parametrize(
    "layout",
    [
        {},
        PACKED,
        {"chunks": (4, 3), "compression": "gzip", "shuffle": True},
        {"chunks": (4, 4), "compression": "lzf"},
        {"chunks": (4, 4), "fletcher32": True, "shuffle": True, "compression": "gzip"},
        {"maxshape": (None, 4), **PACKED},
    ],
)
def test_any_storage_gives_what_h5py_reads(tmp_path: Path, dtype: Any, layout: Any) -> None:
    values = (VALUES % 100).astype(dtype)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("x", data=values, dtype=dtype, **layout)
    with h5py.File(tmp_path / "a.h5") as file:
        expected = file["x"][:]
    np.testing.assert_array_equal(read(tmp_path / "a.h5"), expected)


@pytest.mark.parametrize(("bits", "offset"), [(12, 4), (20, 7), (32, 0)])
def test_integers_of_fewer_bits_are_those_that_h5py_reads(
    tmp_path: Path, bits: int, offset: int
) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        properties.set_chunk((4, 4))
        properties.set_shuffle()
        properties.set_deflate(4)
        space = h5py.h5s.create_simple((6, 4))
        dataset = h5py.h5d.create(file.id, b"x", odd_type(bits, offset), space, properties)
        h5py.Dataset(dataset)[...] = VALUES.astype(np.int32)
    np.testing.assert_array_equal(read(tmp_path / "a.h5"), VALUES)


def test_scale_offset_and_wrong_shuffles_are_left_to_hdf5(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("x", data=VALUES, chunks=(4, 4), scaleoffset=2)
    with h5py.File(tmp_path / "a.h5") as file:
        expected = file["x"][:]
    np.testing.assert_array_equal(read(tmp_path / "a.h5"), expected)


@pytest.mark.parametrize("how", ["external", "link"])
def test_numbers_in_files_that_are_only_linked_are_refused(
    tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with h5py.File("b.h5", "w") as other:
        other["x"] = VALUES
    with h5py.File("a.h5", "w") as file:
        if how == "external":
            Path("raw").write_bytes(VALUES.tobytes())
            file.create_dataset("x", VALUES.shape, "f8", external=[("raw", 0, VALUES.nbytes)])
        else:
            file["x"] = h5py.ExternalLink("b.h5", "x")
    with pytest.raises(ShowerFileError, match="the numbers of 'x' lie in another file; write them"):
        read(Path("a.h5"))


def test_single_precision_at_least_when_energies_are_scaled() -> None:
    values = np.array([1.001, 3.003, 2047], np.float16)
    np.testing.assert_allclose(scaled(values, 0.033), values.astype(np.float64) * 0.033, rtol=1e-6)
    assert scaled(values.astype(np.float32), 0.033).dtype == np.float32
    assert scaled(values.astype(np.int32), 0.033).dtype == np.float64


@pytest.mark.parametrize(
    ("mapped", "there", "message"),
    [
        (6, 6, None),
        (5, 6, "has 24 numbers and refers to 20"),
        (6, 5, "of another length"),
        (6, 0, "have it"),
    ],
)
def test_a_virtual_data_set_has_all_its_numbers(
    tmp_path: Path, mapped: int, there: int, message: str | None
) -> None:
    with h5py.File(tmp_path / "b.h5", "w") as other:
        other["x" if there else "y"] = VALUES[: there or 6]
    with h5py.File(tmp_path / "a.h5", "w") as file:
        layout = h5py.VirtualLayout(VALUES.shape, "f8")
        layout[:mapped] = h5py.VirtualSource("b.h5", "x", VALUES.shape)[:mapped]
        file.create_virtual_dataset("x", layout)
    if message is None:
        np.testing.assert_array_equal(read(tmp_path / "a.h5"), VALUES)
    else:
        with pytest.raises(ShowerFileError, match=message):
            read(tmp_path / "a.h5")


def test_a_size_that_cannot_be_is_refused_before_anything_is_allocated(tmp_path: Path) -> None:
    chunk = (1 << 20, 32)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        dataset = file.create_dataset("x", (1 << 24, 32), "f8", chunks=chunk, compression="gzip")
        for k in range(16):
            dataset.id.write_direct_chunk((k << 20, 0), b"nothing of 256 MiB")
    with pytest.raises(
        ShowerFileError, match=r"'x' says that it holds 4.0 GiB, of which 0.0 MiB are"
    ):
        read(tmp_path / "a.h5")


def test_what_does_not_fit_into_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("x", data=np.ones((1 << 20, 20)))
    monkeypatch.setattr(memory, "available_bytes", lambda: 300 << 20)
    with pytest.raises(
        ShowerFileError, match=r"would take 0\.3 GiB, 0\.3 GiB are free; write it in"
    ):
        read(tmp_path / "a.h5")
    assert memory.available_bytes() < (1 << 40)


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", r"crashes on it \(SIGSEGV\)"),
        (
            "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
            r"was killed \(SIGKILL\), by somebody or for lack of memory; call again",
        ),
        (
            "import resource as r; r.setrlimit(r.RLIMIT_CPU, (1, 2))\nwhile True: pass",
            "come back from",
        ),
    ],
)
def test_a_file_on_which_hdf5_dies_is_refused_by_who_lives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, message: str
) -> None:
    (tmp_path / "probe.py").write_text(program)
    monkeypatch.setattr(untrusted, "_PROBE", tmp_path / "probe.py")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["x"] = VALUES
    with pytest.raises(ShowerFileError, match=message):
        open_hdf5(tmp_path / "a.h5")


def test_a_probe_that_somebody_killed_is_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "probe.py").write_text("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["x"] = VALUES
    with monkeypatch.context() as patched, pytest.raises(ShowerFileError, match="was killed"):
        patched.setattr(untrusted, "_PROBE", tmp_path / "probe.py")
        open_hdf5(tmp_path / "a.h5")
    open_hdf5(tmp_path / "a.h5").close()


# A file of two attributes with one byte changed, on which HDF5 2.0.0 ends with a segmentation fault.
CRASHES = (
    "c-rlhy-ve05P<I-S2Ar8MM5gDkca4=R%zM{5kZB4tw=NyON3N9u)zp#z#}jso`SKDz$5SmA+gU<oRtN{eaq#1zp?"
    "K898YJv-QzA)C<PJ*(4-*bp{rZ_6-gxdMDkVGbE$0<US>D>eb4A`bbhgjqRP8yVe5QKBNZ_JkvN*1Rr0c)Bg2Pq{"
    "q9@y82_;DK2>VZb)PaL?7%@em8)!%U2ksJHty&hb>yJ#MLB)-8^erRAJcbF=gYIZo8@Y~%ya6)56FECqaKV3&;3u"
    "sSAftlXK3wiU9a3k)cH=ptdtK!1;YojcS`@tE`&hSqS;&z?F!4*4ZZy8xj8>gr&!+tz}DkkVi?OjOcQK8sLuOTG7"
    "G~jn<PmzU!={r?H=D9!!QiPFbu;m48!~#9)oYB6he6"
)


def test_a_crash_inside_the_library_is_not_of_calobench(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    path.write_bytes(zlib.decompress(base64.b85decode(CRASHES)))
    # Another version of the library may read it, or say what is damaged.
    expected = "crashes on it" if h5py.version.hdf5_version == "2.0.0" else ""
    with pytest.raises(ShowerFileError, match=expected), open_hdf5(path) as file:
        open_dataset(file, "showers", path)


def test_a_damaged_column_is_told_and_what_is_no_number_is_left_out(
    raw_file: Callable[..., Path],
) -> None:
    path = raw_file(
        vertex_yz=np.zeros((4, 2)),
        note=np.array([b"a"] * 4),
        nothing=h5py.Empty("f4"),
        pairs=np.zeros(4, [("a", "f4"), ("b", "i2")]),
        other=np.zeros(3),
    )
    with LemursFile(path) as file:
        assert list(file.columns) == ["vertex_yz"]
    with h5py.File(path, "a") as file:
        del file["vertex_yz"]
        layout = {"chunks": (4, 2), "compression": "gzip"}
        dataset = file.create_dataset("vertex_yz", (4, 2), "f8", **layout)
        dataset.id.write_direct_chunk((0, 0), b"damaged")
    with (
        LemursFile(path) as file,
        pytest.raises(ShowerFileError, match="'vertex_yz' cannot be read"),
    ):
        _ = file.columns
