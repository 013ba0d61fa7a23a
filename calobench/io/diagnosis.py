"""Diagnosis of a file that cannot be read: its kind, and the remedy."""

from __future__ import annotations

import importlib
import math
import re
from pathlib import Path

import h5py

from calobench.errors import ShowerFileError
from calobench.io.untrusted import require_survivable

__all__ = [
    "has_hdf5_signature",
    "not_hdf5",
    "not_showers",
    "require_filters",
    "require_written",
    "unreadable",
]

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
# First bytes of a file, what it is, and what to do.
_CONVERT = "write its showers as HDF5 in the LEMURS layout (calobench.io.write_lemurs)"
_UNPACK = "unpack it first"
_WRAP = "weights are no showers: give --model package.module:factory, which loads them"
_KINDS = (
    (b"\x93NUMPY", "a numpy array (.npy)", "calobench convert makes one of it"),
    (b"root", "a ROOT file", _CONVERT),
    (b"PAR1", "a Parquet file", _CONVERT),
    (b"CDF", "a NetCDF 3 file", _CONVERT),
    (b"\x0e\x03\x13\x01", "an HDF4 file", _CONVERT),
    (b"\x1f\x8b", "packed with gzip", _UNPACK),
    (b"BZh", "packed with bzip2", _UNPACK),
    (b"\xfd7zXZ", "packed with xz", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "packed with Zstandard", _UNPACK),
    (b"\x80", "a pickle", f"nothing is unpickled from a file: {_CONVERT}"),
    (b"version https://git-lfs", "a pointer of Git LFS", "fetch the file itself with git lfs pull"),
    (b"<", "a page of HTML or XML, as a failed download leaves", "download it again"),
)
# Of https://github.com/HDFGroup/hdf5_plugins/blob/master/docs/RegisteredFilterPlugins.md.
_FILTERS = {
    4: "SZIP",
    307: "bzip2",
    32000: "LZF",
    32001: "Blosc",
    32004: "LZ4",
    32008: "bitshuffle",
    32013: "ZFP",
    32015: "Zstandard",
    32017: "SZ",
    32024: "SZ3",
    32026: "Blosc2",
}


def has_hdf5_signature(path: Path) -> bool:
    """Whether a file begins as HDF5 does, at one of the places where it may; it may still be damaged.

    Raises:
        OSError: it cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        place = 0
        while place < size:
            stream.seek(place)
            if stream.read(len(_SIGNATURE)) == _SIGNATURE:
                return True
            place = max(512, 2 * place)
    return False


def not_hdf5(path: Path) -> ShowerFileError:
    """The error for a file that is not HDF5, where nothing else will do."""
    what, remedy = _kind_of(path)
    if what:
        return ShowerFileError(f"{path} is not an HDF5 file, it is {what}; {remedy}")
    return ShowerFileError(
        f"{path} is not an HDF5 file; give a file in the LEMURS layout, "
        "or copy it again if it should be one"
    )


def not_showers(path: Path) -> ShowerFileError:
    """The error for a file that no reader recognises, and that is not HDF5."""
    what, remedy = _kind_of(path)
    if what:
        return ShowerFileError(f"{path} is not a file of showers, it is {what}; {remedy}")
    return ShowerFileError(
        f"{path} is not a file of showers in a known format; give one (docs/formats.md lists them), "
        "or copy it again if it should be one"
    )


def _kind_of(path: Path) -> tuple[str, str]:
    """Kind of a file, by its content, and the remedy; two empty texts if unknown."""
    with path.open("rb") as stream:
        first = stream.read(64)
    if not first:
        return "empty", "wait until it is written, or make it again"
    if first[:4] == b"PK\x03\x04":
        is_weights = path.suffix in {".pt", ".pth", ".ckpt"}
        return ("of torch", _WRAP) if is_weights else ("a zip archive", "unpack it first")
    if path.suffix in {".safetensors", ".onnx"}:
        return f"a network ({path.suffix})", _WRAP
    is_text = b"\0" not in first and first.isascii()
    fitting = [(what, todo) for start, what, todo in _KINDS if first.lstrip().startswith(start)]
    return [*fitting, ("text", _CONVERT) if is_text else ("", "")][0]


def unreadable(path: Path, what: str, error: Exception) -> ShowerFileError:
    """The error to raise where HDF5 fails.

    Args:
        path: the file.
        what: that cannot be read, e.g. ``'showers'``.
        error: what h5py raised; its class says little.
    """
    reason = " ".join(str(error).split())
    if isinstance(error, BlockingIOError) or "unable to lock file" in reason:
        return ShowerFileError(
            f"{path} is locked: another program writes it; wait until it has ended "
            "(or set HDF5_USE_FILE_LOCKING=FALSE where the file system knows no locks)"
        )
    if "already open for write" in reason or "consistency flags" in reason:
        return ShowerFileError(
            f"{path} was not closed by what writes it; wait until that has ended, or, if it has died, "
            "make the file again (h5clear -s shows what there is of it)"
        )
    if "truncated file" in reason:
        sizes = re.search(r"eof = (\d+).*stored_eof = (\d+)", reason)
        size = f", {sizes[1]} of {sizes[2]} bytes are there" if sizes else ""
        return ShowerFileError(
            f"{path} is truncated{size}: it is still being written, or was copied in part; wait, or copy "
            "it again"
        )
    return ShowerFileError(
        f"{path} is damaged, {what} cannot be read ({reason}); "
        "copy it again, or repack it with gzip compression"
    )


def require_filters(dataset: h5py.Dataset, path: Path) -> None:
    """Check that all filters that a data set is packed with are there.

    Raises:
        ShowerFileError: one is missing; its name, number and package are named.
    """
    missing = _missing_filters(dataset)
    if missing:
        # Filters of this package are there once it is imported.
        try:
            importlib.import_module("hdf5plugin")
        except ImportError:
            pass
        else:
            missing = _missing_filters(dataset)
    if missing:
        names = ", ".join(f"{_FILTERS.get(code, 'unknown')} (number {code})" for code in missing)
        raise ShowerFileError(
            f"{path}: '{dataset.name.lstrip('/')}' is packed with an HDF5 filter that is not installed: "
            f"{names}; the file is whole: pip install hdf5plugin, or repack it with "
            "h5repack -f GZIP=4"
        )


def _missing_filters(dataset: h5py.Dataset) -> list[int]:
    properties = dataset.id.get_create_plist()
    codes = [properties.get_filter(k)[0] for k in range(properties.get_nfilters())]
    return [code for code in codes if not h5py.h5z.filter_avail(code)]


def require_written(dataset: h5py.Dataset, path: Path) -> None:
    """Check that every part of a data set was written: HDF5 reads the others as zeros.

    Raises:
        ShowerFileError: parts were never written, or lie in other files that do not have them.
    """
    if not dataset.size:
        return
    name = dataset.name.lstrip("/")
    if dataset.is_virtual:
        _require_sources(dataset, path)
        return
    if dataset.chunks is None:
        written, parts = int(dataset.id.get_storage_size() > 0), 1
    else:
        sizes = zip(dataset.shape, dataset.chunks, strict=True)
        parts = math.prod(-(-length // part) for length, part in sizes)
        written = dataset.id.get_num_chunks()
    if written < parts:
        raise ShowerFileError(
            f"{path}: {parts - written} of {parts} parts of '{name}' were never written, and would be "
            "read as zeros; what made the file ended early, or is not done: make it again, or keep only "
            "the showers that are whole"
        )


def _require_sources(dataset: h5py.Dataset, path: Path) -> None:
    """Check that a virtual data set finds all its numbers, and in files that can be opened."""
    name, mapped = dataset.name.lstrip("/"), 0
    for source in dataset.virtual_sources():
        mapped += source.vspace.get_select_npoints()
        if source.file_name == ".":
            continue
        place = path.parent / source.file_name
        if not place.is_file():
            raise ShowerFileError(
                f"{path}: '{name}' refers to {source.file_name}, which is missing; put it beside"
            )
        require_survivable(place)
        with h5py.File(place, "r") as other:
            there = other.get(source.dset_name)
            if not isinstance(there, h5py.Dataset) or not _covers(there.shape, source):
                raise ShowerFileError(
                    f"{path}: '{name}' refers to '{source.dset_name}' in {source.file_name}, which does not "
                    "have it, or of another length; make both again"
                )
    if mapped < dataset.size:
        raise ShowerFileError(
            f"{path}: '{name}' has {dataset.size} numbers and refers to {mapped}; make it again"
        )


def _covers(shape: tuple[int, ...], source: h5py.VDSmap) -> bool:
    """Whether a data set of this shape has the part that is mapped."""
    part = source.src_space.shape
    if len(part) != len(shape):  # all of it is mapped, and its shape not noted
        return bool(math.prod(shape) >= source.vspace.get_select_npoints())
    return all(there >= needed for there, needed in zip(shape, part, strict=True))
