from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from challenge_showers import challenge_showers, write_challenge

from calobench.benchmarks.calochallenge.datasets import ChallengeDataset, load_dataset


@pytest.fixture
def two() -> ChallengeDataset:
    return load_dataset("2")


@pytest.fixture
def challenge_file(tmp_path: Path) -> Callable[..., Path]:
    def write(name: str, dataset: str = "2", n: int = 40, salt: int = 1, **changes: Any) -> Path:
        energies, showers = challenge_showers(dataset, n, salt)
        content = {"energies": energies, "showers": showers} | changes
        return write_challenge(tmp_path / name, content["energies"], content["showers"])

    return write


@pytest.fixture
def page_without_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing takes most of the time of a small run; only the tests of the page need it."""
    monkeypatch.setattr("calobench.benchmarks.calochallenge.page._figures", lambda _results: [])
