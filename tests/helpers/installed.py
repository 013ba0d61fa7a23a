"""Packages that are installed for a test, and Python with them on its path."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

__all__ = ["Installed"]

ROOT = Path(__file__).parents[2]


class Installed:
    """A package of this repository, installed into a folder of its own.

    Args:
        package: folder of its pyproject.toml.
        site: where it goes.
    """

    def __init__(self, package: Path, site: Path) -> None:
        install = (
            "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps",
            "--no-build-isolation", "--target", str(site), str(package),
        )  # fmt: skip
        subprocess.run([sys.executable, *install], check=True, capture_output=True)
        path = os.pathsep.join([str(site), str(ROOT), *filter(None, sys.path)])
        self.environment = {
            **os.environ,
            "PYTHONPATH": path,
            "OMP_NUM_THREADS": "1",
            "COLUMNS": "140",
        }

    def python(self, *arguments: str, codes: tuple[int, ...] = (0,)) -> str:
        """Standard output of Python; it must end with one of the exit codes."""
        done = subprocess.run(
            [sys.executable, *arguments],
            check=False,
            capture_output=True,
            text=True,
            env=self.environment,
        )
        assert done.returncode in codes, done.stdout + done.stderr
        return done.stdout

    def calobench(self, *arguments: str, codes: tuple[int, ...] = (0,)) -> str:
        """Standard output of the command line."""
        return self.python("-m", "calobench", *arguments, codes=codes)
