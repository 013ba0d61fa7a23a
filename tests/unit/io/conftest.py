from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

Write = Callable[..., Path]


@pytest.fixture
def raw_file(tmp_path: Path) -> Write:
    """Writes data sets as they are, bypassing all checks; None leaves one out."""

    def write(name: str = "showers.h5", n: int = 4, **changes: Any) -> Path:
        content: dict[str, Any] = {
            "showers": np.ones((n, 9, 16, 45), np.float32),
            "incident_energy": np.full(n, 50_000.0),
            "incident_theta": np.full(n, np.pi / 2),
            "incident_phi": np.zeros(n),
        }
        path = tmp_path / name
        with h5py.File(path, "w") as file:
            for key, values in (content | changes).items():
                if values is not None:
                    file[key] = values
        return path

    return write
