"""Other processors, emulated on this one as far as possible: libraries use other instructions."""

from __future__ import annotations

import importlib
import os
import platform
import subprocess
import sys
from typing import Any

__all__ = ["OTHER_KERNELS", "run_with_kernels"]


def _numpy_features() -> list[str]:
    """Processor features beyond numpy's baseline that are available here, newest last."""
    try:
        core: Any = importlib.import_module("numpy._core._multiarray_umath")
    except ImportError:  # before numpy 2
        core = importlib.import_module("numpy.core._multiarray_umath")
    return [name for name in core.__cpu_dispatch__ if core.__cpu_features__.get(name)]


def _is_avx512(name: str) -> bool:
    return name == "X86_V4" or name.startswith("AVX512")


def _other_kernels() -> dict[str, dict[str, str]]:
    """Environments by what they stand for; none on a processor with no choice."""
    kernels = {}
    features = _numpy_features()
    intel = platform.machine().lower() in {"x86_64", "amd64"}
    without_avx512 = [name for name in features if _is_avx512(name)]
    if without_avx512:
        kernels["no AVX-512"] = {
            "NPY_DISABLE_CPU_FEATURES": " ".join(without_avx512),
            "OPENBLAS_CORETYPE": "Haswell", "ATEN_CPU_CAPABILITY": "avx2",
        }  # fmt: skip
    if features and intel:
        kernels["no AVX"] = {
            "NPY_DISABLE_CPU_FEATURES": " ".join(features),
            "OPENBLAS_CORETYPE": "Nehalem", "ATEN_CPU_CAPABILITY": "default",
        }  # fmt: skip
    return kernels


OTHER_KERNELS = _other_kernels()


def run_with_kernels(arguments: list[str], kernels: dict[str, str]) -> str:
    """Standard output of Python with these arguments, on one thread."""
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    done = subprocess.run(
        [sys.executable, *arguments],
        env=os.environ | one_thread | kernels, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout
