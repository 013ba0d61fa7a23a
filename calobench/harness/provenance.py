"""Provenance of results: machine, software, time."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from calobench.results.schema import Provenance

__all__ = ["git_commit", "processor", "provenance"]

_PACKAGES = ("calobench", "numpy", "scipy", "boost-histogram", "h5py", "torch", "safetensors")


def processor() -> str:
    """Name of the processor."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _memory_gib() -> str:
    pages, page = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return f"{pages * page / 2**30:.1f}"


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return versions


def git_commit() -> str | None:
    """Commit of the checkout that runs, with ``-dirty`` where it was changed; None for an installed wheel."""
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():
        return None
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12"],
            cwd=root, capture_output=True, text=True, check=True, timeout=10,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return described.stdout.strip()


def provenance() -> Provenance:
    """Time, versions, commit and machine of this process."""
    return Provenance(
        created_utc=datetime.now(UTC).isoformat(timespec="seconds"),
        versions=_versions(),
        git_commit=git_commit(),
        machine={
            "system": f"{platform.system()} {platform.machine()}",
            "processor": processor(),
            "cores": str(os.cpu_count()),
            "memory_gib": _memory_gib(),
        },
    )
