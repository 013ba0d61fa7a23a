"""``calobench run --with``: results, stages and report."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import pytest
from toy_models import toy
from toy_showers import toy_showers

from calobench.benchmarks.base import OwnShowers
from calobench.benchmarks.catalogue import all_benchmarks
from calobench.benchmarks.diphoton.record import DiphotonResults
from calobench.benchmarks.diphoton.request import DiphotonRequest
from calobench.benchmarks.diphoton.study import prepare_diphoton
from calobench.detectors import load_detector
from calobench.harness.run import RunRequest, run

CLD = load_detector("CLD")


def test_a_run_with_the_di_photon_benchmark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    singles = tmp_path / "singles.h5"
    showers = toy_showers(CLD, 12)
    with h5py.File(singles, "w") as file:
        file["showers"] = showers.energy
        for name in ("energy", "theta", "phi"):
            file[f"incident_{name}"] = getattr(showers.conditions, name)

    def small(_model: str, detector: Any, seed: int, replicas: int) -> Any:
        request = DiphotonRequest(
            detector, seeds=1, n=12, reference=(singles,), threshold_mev=1, replicas=replicas
        )
        return prepare_diphoton(request, toy()).run

    diphoton = replace(all_benchmarks()["diphoton"], in_run=OwnShowers(small))
    monkeypatch.setitem(all_benchmarks(), "diphoton", diphoton)
    outcome = run(
        RunRequest(
            "toy_models:toy", CLD, tmp_path / "out", n=60, replicas=20, extras=("diphoton",) * 2
        )
    )
    record = outcome.results.benchmark("diphoton", DiphotonResults)
    assert record is not None
    assert record.model.pairs == 2
    assert "reconstruct model" in {stage.name for stage in outcome.results.stages}
    assert "Two photons close together" in outcome.report_path.read_text()
