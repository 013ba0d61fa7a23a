"""Installed packages, and those that are missing: for whoever sets calobench up, and for reports of bugs."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from calobench._util.memory import available_bytes
from calobench._util.parallel import usable_cores
from calobench._util.resources import data_specs_dir
from calobench.errors import CalobenchError
from calobench.harness.provenance import git_commit, processor

__all__ = ["Finding", "examine"]

_NEEDED = (
    "boost-histogram", "click", "h5py", "jinja2", "matplotlib", "mplhep", "numpy", "pandas", "pooch",
    "pydantic", "pyyaml", "rich", "safetensors", "scikit-learn", "scipy", "torch",
)  # fmt: skip
# Package to what it is for and how it is got.
_OPTIONAL = {
    "geant4_pybind": (
        "calobench simulate, and Geant4 beside the models in calobench time",
        "geant4",
    ),
    "onnxruntime": ("models in ONNX files", "onnx"),
    "onnx": ("exporting models to ONNX", "onnx"),
    "distributed": ("--scheduler of suite, generate and simulate", "dask"),
    "uproot": ("EDM4hep files (ROOT)", "edm4hep"),
    "deflate": ("unpacking of HDF5 files in half the time", "fast"),
}
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = ("avx2", "avx512f")
# A run of 1,000 showers against 400.
_MEMORY_BYTES = 2 << 30


class Finding(NamedTuple):
    """One line of the examination.

    Attributes:
        topic: in a word or two.
        words: what there is.
        remedy: what to do about it; '' where nothing is to be done.
        serious: calobench does not work without it.
    """

    topic: str
    words: str
    remedy: str = ""
    serious: bool = False


def examine() -> list[Finding]:
    """Look at this machine and this installation; takes a second, for torch is imported.

    Nothing that is wrong ends the examination: it becomes a finding.
    """
    steps: tuple[tuple[str, Callable[[], list[Finding]]], ...] = (
        ("calobench", _calobench),
        ("packages", _packages),
        ("processor", _processor),
        ("memory", _memory),
        ("GPU", _gpu),
        ("Geant4", _geant4),
        ("browser", _browser),
        ("models", _models),
    )
    findings: list[Finding] = []
    for topic, step in steps:
        try:
            findings += step()
        except Exception as error:
            findings.append(
                Finding(topic, f"cannot be examined: {type(error).__name__}: {error}", serious=True)
            )
    return findings


def _calobench() -> list[Finding]:
    from calobench import __version__

    commit = git_commit()
    python = ".".join(map(str, sys.version_info[:3]))
    findings = [
        Finding("calobench", f"{__version__}{f', commit {commit}' if commit else ''}"),
        Finding("Python", f"{python} in {sys.prefix}"),
    ]
    if not (data_specs_dir() / "reference").is_dir():
        findings.append(
            Finding(
                "data", "the bundled samples are missing", "install calobench anew", serious=True
            )
        )
    return findings


def _packages() -> list[Finding]:
    versions = {name: _version(name) for name in (*_NEEDED, *_OPTIONAL)}
    missing = [name for name in _NEEDED if versions[name] is None]
    there = ", ".join(f"{name} {versions[name]}" for name in _NEEDED if versions[name])
    findings = [Finding("packages", there)]
    if missing:
        findings.append(
            Finding(
                "packages", f"missing: {', '.join(missing)}", "pip install calobench", serious=True
            )
        )
    for name, (purpose, extra) in _OPTIONAL.items():
        if name == "geant4_pybind":
            continue
        stated = versions[name]
        findings.append(
            Finding(name, f"{stated}, for {purpose}")
            if stated
            else Finding(name, f"not installed: no {purpose}", f"pip install 'calobench[{extra}]'")
        )
    return findings


def _processor() -> list[Finding]:
    flags = _cpu_flags()
    known = (
        ", ".join(f"{flag} {'yes' if flag in flags else 'no'}" for flag in _FLAGS) if flags else ""
    )
    threads = os.environ.get("OMP_NUM_THREADS")
    return [
        Finding(
            "processor",
            f"{processor()}, {usable_cores()} cores usable{f', {known}' if known else ''}",
        ),
        Finding(
            "threads", f"OMP_NUM_THREADS={threads}" if threads else "as many as libraries like"
        ),
    ]


def _memory() -> list[Finding]:
    free = available_bytes()
    remedy = "" if free >= _MEMORY_BYTES else "ask for fewer showers at a time (-n)"
    return [Finding("memory", f"{free / 2**30:.1f} GiB free", remedy)]


def _gpu() -> list[Finding]:
    import torch

    if not torch.cuda.is_available():
        built = torch.version.cuda
        why = (
            f"none that torch can use (built for CUDA {built})"
            if built
            else "this torch is for CPUs"
        )
        return [Finding("GPU", why, "nothing needs one; for a GPU install torch for CUDA")]
    return [Finding("GPU", torch.cuda.get_device_name(k)) for k in range(torch.cuda.device_count())]


def _geant4() -> list[Finding]:
    purpose, extra = _OPTIONAL["geant4_pybind"]
    stated = _version("geant4_pybind")
    if stated is None:
        return [
            Finding("Geant4", f"not installed: no {purpose}", f"pip install 'calobench[{extra}]'")
        ]
    from calobench.simulate.geant4_data import geant4_environment

    try:
        geant4_environment(None, os.environ)
    except CalobenchError as error:
        return [Finding("Geant4", f"geant4_pybind {stated}, without data tables", str(error))]
    return [Finding("Geant4", f"geant4_pybind {stated} with data tables, for {purpose}")]


def _browser() -> list[Finding]:
    browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if browser:
        return [Finding("browser", f"{browser}, for the browser tests")]
    return [
        Finding("browser", "no Chromium: browser tests are skipped", "install Chromium to run them")
    ]


def _models() -> list[Finding]:
    from calobench.models.registry import load_model, registered_models

    broken = []
    for name, model in registered_models().items():
        try:
            load_model(name)
        except CalobenchError as error:
            broken.append(Finding("models", f"{name} ({model.value}): {error}", "see the message"))
    working = len(registered_models()) - len(broken)
    return [
        Finding("models", f"{working} of {len(registered_models())} registered models load"),
        *broken,
    ]


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return "of unknown version" if importlib.util.find_spec(package.replace("-", "_")) else None


def _cpu_flags() -> frozenset[str]:
    info = Path("/proc/cpuinfo")
    if not info.exists():
        return frozenset()
    lines = (line for line in info.read_text().splitlines() if line.startswith("flags"))
    return frozenset(next(lines, "").split())
