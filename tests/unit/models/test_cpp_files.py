"""``cpp:file`` where the C++ library cannot help; the library itself is in ``test_cpp_shower.py``."""

from __future__ import annotations

from pathlib import Path

import pytest

from calobench.cli import main
from calobench.errors import MissingPackageError
from calobench.models.files.catalogue import is_model_file, model_file_path
from calobench.models.registry import load_model


def test_names() -> None:
    assert model_file_path("cpp:a/b.pt:unit=GeV") == Path("a/b.pt")
    assert model_file_path("cpp:b.onnx") == Path("b.onnx")
    assert not is_model_file("cpp:b.safetensors")  # weights are no graph


def test_a_library_that_is_not_built_is_told_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CALOBENCH_SHOWER", raising=False)
    Path("model.pt").write_bytes(b"something")
    with pytest.raises(MissingPackageError, match="cmake -S reference_models/cpp -B build"):
        load_model("cpp:model.pt")
    with pytest.raises(SystemExit) as stop:
        main(["time", "--detector", "CLD", "--models", "cpp:model.pt", "--batch-sizes", "1"])
    assert stop.value.code == 2
    message = capsys.readouterr().err
    assert "cpp:model.pt needs the C++ library, which is not built in build" in message
    assert "set CALOBENCH_SHOWER" in message


def test_a_library_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "libcalobench_shower.so").write_text("no library")
    (tmp_path / "model.pt").write_bytes(b"something")
    monkeypatch.setenv("CALOBENCH_SHOWER", str(tmp_path))
    with pytest.raises(MissingPackageError, match="cannot be loaded"):
        load_model(f"cpp:{tmp_path / 'model.pt'}")
