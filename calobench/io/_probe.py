"""A program: does with an HDF5 file what readers do first; it may die of it, and nobody else.

    python -P _probe.py FILE

Errors of h5py are no concern of it: the reader tells them better. It imports no more than it needs.
"""

from __future__ import annotations

import contextlib
import math
import sys
from typing import Any

# Seconds of processor time; an intact file takes some milliseconds.
CPU_S = 5
MEMORY_BYTES = 4 << 30
# Of a row that is read here: a larger one takes seconds though nothing is wrong with it.
MAX_ROW_BYTES = 64 << 20
MAX_CHUNKS = 1000


def _look(dataset: Any) -> None:
    _ = (dataset.dtype, dataset.external, dataset.is_virtual, dataset.id.get_storage_size())
    row_bytes = dataset.nbytes // max(1, len(dataset))
    if dataset.chunks is not None:
        dataset.id.get_num_chunks()
        row_bytes = max(row_bytes, dataset.dtype.itemsize * math.prod(dataset.chunks))
        chunks_of_a_row = math.prod(
            -(-length // part)
            for length, part in zip(dataset.shape[1:], dataset.chunks[1:], strict=True)
        )
        if chunks_of_a_row > MAX_CHUNKS:
            return
    if row_bytes <= MAX_ROW_BYTES and dataset.dtype.kind in "fiuO":
        dataset[:1]
        dataset[-1:]


def main(path: str) -> None:
    """Look at all that a reader looks at before it reads the showers."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S + 1))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import h5py

    with contextlib.suppress(Exception), h5py.File(path, "r") as file:
        with contextlib.suppress(Exception):
            dict(file.attrs)
        for name in file:
            with contextlib.suppress(Exception):
                if isinstance(file[name], h5py.Dataset):
                    _look(file[name])


if __name__ == "__main__":
    main(sys.argv[1])
