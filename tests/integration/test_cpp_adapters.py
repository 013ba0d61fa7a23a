"""The adapters for Par04, DDML and Geant4 are compiled and run against stubs of their interfaces.

Geant4 and DDML are not here: ``cpp_stubs`` has the names, arguments and bases that the adapters use.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

STUBS = Path(__file__).parent / "cpp_stubs"
SOURCE = Path(__file__).parents[2] / "reference_models" / "cpp"

pytestmark = pytest.mark.skipif(shutil.which("c++") is None, reason="c++ is not installed")


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (1, "160 2"),  # 160 cells; a tenth of 20 GeV
        (2, "160 2"),
        # Applicable, triggered at 20 GeV, not at 0.9; one hit, worked out by hand; 2 GeV in Geant4's MeV.
        (3, "1 1 0 1 -4.8847 24.5000 4.1705 2000"),
    ],
    ids=["Par04", "DDML", "Geant4"],
)
def test_adapter(tmp_path: Path, number: int, expected: str) -> None:
    program = tmp_path / "adapter"
    folders = [STUBS, SOURCE, SOURCE / "adapters"]
    command = ["c++", "-std=c++20", "-Wall", "-Wextra", "-Werror", f"-DADAPTER={number}"]
    command += [f"-I{folder}" for folder in folders]
    done = subprocess.run(
        [*command, str(STUBS / "adapters.cpp"), "-o", str(program)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert subprocess.check_output([str(program)], text=True).strip() == expected
