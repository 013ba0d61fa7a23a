"""Files that cannot be benchmarked: one line with the reason, and exit code 2."""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
import torch  # noqa: E402
from graph_files import (  # noqa: E402
    CELLS,
    OnnxShower,
    Shower,
    onnx_shower,
    torchscript,
    traced,
)

from calobench.cli import main  # noqa: E402


class Changed(Shower):
    """Does one thing wrong."""

    def __init__(self, fault: str) -> None:
        super().__init__()
        self.fault = fault

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        cells = self.fractions * torch.rand(9, 16, 45) * x.reshape(-1)[0] * 0.2
        if self.fault == "nan":
            cells[0, 0, 0] = float("nan")
        elif self.fault == "mesh":
            cells = cells[:8]
        elif self.fault == "order":
            cells = cells.permute(2, 1, 0)
        return cells


class TwoOutputs(Shower):
    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.fractions * x.reshape(-1)[0], x


class TwoInputs(Shower):
    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return self.fractions * x.reshape(-1)[0] * y


class TenNumbers(Shower):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fractions * x.reshape(10)[0]


class Ignores(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.rand(6480) + 0 * x.reshape(-1)[0]


class Frozen(torch.nn.Module):
    """Traced, its noise is that of the example."""

    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(1)
        self.register_buffer("noise", torch.rand(CELLS, generator=generator))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.noise / self.noise.sum() * 0.117 * x.reshape(-1)[0]


class Saves(Shower):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        torch.save(x, "elsewhere")
        return self.fractions * torch.rand(9, 16, 45) * x.reshape(-1)[0]


def script(module: torch.nn.Module) -> Callable[[Path], Path]:
    return lambda folder: torchscript(folder / "model.pt", module)


def graph(model: Callable[[], object]) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        onnx.save(model(), folder / "model.onnx")
        return folder / "model.onnx"

    return write


def cut(write: Callable[[Path], Path]) -> Callable[[Path], Path]:
    def shorter(folder: Path) -> Path:
        path = write(folder)
        path.write_bytes(path.read_bytes()[:-2000])
        return path

    return shorter


def content(name: str, text: bytes) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        (folder / name).write_bytes(text)
        return folder / name

    return write


def weights_alone(folder: Path) -> Path:
    torch.save({"weight": torch.ones(3)}, folder / "model.pt")
    return folder / "model.pt"


def without_external(folder: Path) -> Path:
    path = folder / "model.onnx"
    onnx.save(
        onnx_shower(), path, save_as_external_data=True, location="numbers.bin", size_threshold=1000
    )
    (folder / "numbers.bin").unlink()
    return path


def of_two_outputs() -> object:
    model = onnx_shower()
    model.graph.output.append(onnx.helper.make_tensor_value_info("v0", onnx.TensorProto.FLOAT, [8]))
    return model


def custom() -> object:
    model = onnx_shower()
    model.graph.node[0].domain = "my.company"
    model.opset_import.append(onnx.helper.make_opsetid("my.company", 1))
    return model


def not_finite() -> object:
    build = OnnxShower()
    energy = build.energy("input")
    cells = build.add("Mul", build.constant(np.full(CELLS, np.nan)), energy)
    return build.model({"input": [1, 8]}, {cells: [CELLS]})


def other_mesh() -> object:
    build = OnnxShower()
    cells = build.add("Mul", build.constant(np.ones(100)), build.energy("input"))
    return build.model({"input": [1, 8]}, {cells: [100]})


def ignoring() -> object:
    build = OnnxShower()
    drawn = build.add("RandomUniform", shape=[CELLS])
    return build.model({"input": [1, 8]}, {drawn: [CELLS]})


def custom_torch(folder: Path) -> Path:
    """Saved where the operator was there, loaded where it is not."""
    path = torchscript(folder / "plain.pt", Shower())
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(folder / "model.pt", "w") as new:
        for item in old.infolist():
            text = old.read(item)
            new.writestr(item, text.replace(b"torch.rand(", b"ops.mylib.rand("))
    return folder / "model.pt"


CASES = {
    "custom.pt": (custom_torch, "uses the custom operator 'mylib::rand'"),
    "empty.pt": (content("model.pt", b""), "is empty (0 bytes)"),
    "empty.onnx": (content("model.onnx", b""), "is empty (0 bytes)"),
    "text.pt": (content("model.pt", b"no archive" * 100), "is no TorchScript archive"),
    "text.onnx": (content("model.onnx", b"no graph" * 100), "is no ONNX file, or is cut short"),
    "pickle.pt": (content("model.pt", pickle.dumps({"a": 1})), "is no TorchScript archive"),
    "weights.pt": (weights_alone, "holds weights alone (torch.save), and is not unpickled"),
    "cut.pt": (cut(script(Shower())), "is no TorchScript archive, or is cut short"),
    "cut.onnx": (cut(graph(onnx_shower)), "is no ONNX file, or is cut short"),
    "two inputs.pt": (script(TwoInputs()), "takes 2 inputs (x, y); export one that takes the 8"),
    "ten.pt": (script(TenNumbers()), "accepts neither (8,) nor (1, 8) numbers"),
    "ten.onnx": (
        graph(lambda: onnx_shower(inputs={"input": [1, 10]})),
        "takes input (1, 10); export one that takes the 8 numbers of Par04",
    ),
    "two.onnx": (
        graph(lambda: onnx_shower(inputs={"input": [1, 8], "more": [1, 4]})),
        "takes input (1, 8), more (1, 4); export one",
    ),
    "opset.onnx": (graph(lambda: onnx_shower(opset=99)), "has opset 99, newer than"),
    "external.onnx": (without_external, "keeps its numbers in 'numbers.bin', which is not beside"),
    "outputs.pt": (script(TwoOutputs()), "has 2 outputs; export one"),
    "outputs.onnx": (graph(of_two_outputs), "has 2 outputs (output, v0); export one"),
    "custom.onnx": (graph(custom), "uses the custom operator 'my.company::Reshape'"),
    "files.pt": (script(Saves()), "uses 'aten::save', which reads or writes files"),
    "nan.pt": (script(Changed("nan")), "returns NaN or infinite energies"),
    "nan.onnx": (graph(not_finite), "returns NaN or infinite energies"),
    "mesh.pt": (script(Changed("mesh")), "makes 5760 cells, FCCeeALLEGRO has 6480 (9, 16, 45)"),
    "mesh.onnx": (graph(other_mesh), "makes 100 cells, FCCeeALLEGRO has 6480"),
    "order.pt": (script(Changed("order")), "returns (45, 16, 9) cells; the order is ring"),
    "ignores.pt": (script(Ignores()), "ignores its input: photons of 2.5 and 40 GeV give the same"),
    "ignores.onnx": (graph(ignoring), "ignores its input"),
    "repeats.pt": (
        lambda folder: traced(folder / "model.pt", Frozen(), torch.ones(8)),
        "repeats itself: all showers of one condition are the same",
    ),
    "repeats.onnx": (graph(lambda: onnx_shower(noise="frozen")), "repeats itself: all showers"),
}


@pytest.mark.parametrize("case", CASES)
def test_is_refused_in_one_line(
    tmp_path: Path, case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write, words = CASES[case]
    path = write(tmp_path)
    out = tmp_path / "out"
    with pytest.raises(SystemExit) as exit_info:
        main(["run", "--model", str(path), "--detector", "ALLEGRO", "--out", str(out)])
    errors = capsys.readouterr().err.strip().splitlines()
    assert exit_info.value.code == 2
    assert words in errors[-1]
    assert sum(line.startswith("calobench: error:") for line in errors) == 1
    assert not (out / "results.json").exists()


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ("unit=keV", "unit=keV is none; give one of GeV, MeV, fraction"),
        ("azimuth=90", "azimuth=90 is no start of the first azimuth bin"),
        ("slot=7", "slot=7 is no one-hot slot"),
        ("threshold=-1", "threshold=-1.0 is no energy"),
        ("slot=last", "slot=last is not of type int"),
        ("untit=GeV", "did you mean 'unit'?"),
    ],
)
def test_arguments_are_refused(
    tmp_path: Path, argument: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = torchscript(tmp_path / "model.pt", Shower())
    with pytest.raises(SystemExit) as exit_info:
        main(["run", "--model", str(path), "--model-arg", argument, "--detector", "ALLEGRO"])
    assert exit_info.value.code == 2
    assert words in capsys.readouterr().err


def test_a_file_of_showers_takes_no_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        main(["run", "--model", "a.h5", "--model-arg", "unit=GeV", "--detector", "ALLEGRO"])
    assert exit_info.value.code == 2
    assert "a.h5 is a file of showers, which takes none" in capsys.readouterr().err


def test_missing_file_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["run", "--model", "gone.onnx", "--detector", "ALLEGRO"])
    assert "cannot read gone.onnx: it does not exist" in capsys.readouterr().err
