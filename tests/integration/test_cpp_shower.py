"""The C++ program makes the showers of Python: built here where a compiler is."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from calobench.detectors import load_detector
from calobench.errors import ModelError
from calobench.models.checks import generate_checked
from calobench.models.files.convention import inputs_of
from calobench.models.files.cpp_library import CppModel
from calobench.models.registry import load_model
from calobench.placement.readout import make_readout
from calobench.placement.table import place_in_detector
from calobench.showers import Conditions, Showers
from reference_models.export.geometry import geometry_text
from reference_models.export.write import Exported, export_model, exported_bytes
from reference_models.variants import MODELS

pytestmark = pytest.mark.timeout(1200)

SOURCE = Path(__file__).parents[2] / "reference_models" / "cpp"
ALLEGRO = load_detector("ALLEGRO")
CONDITIONS = Conditions(
    np.array([2e3, 1e4, 9e4]), np.array([1.0, 1.57, 2.2]), np.array([0.1, 3.0, 6.0])
)
NOISE = np.random.default_rng(5).standard_normal((3, 57 + 6480), dtype=np.float32)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch

    for tool in ("cmake", "c++"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    prefix = torch.utils.cmake_prefix_path
    if not (Path(prefix) / "Torch").is_dir():
        pytest.skip("this torch has no files for CMake")
    if "CALOBENCH_SHOWER" in os.environ:  # built already
        return Path(os.environ["CALOBENCH_SHOWER"]) / "calobench-shower"
    build = tmp_path_factory.mktemp("cpp")
    configure = ["cmake", "-S", str(SOURCE), "-B", str(build), f"-DCMAKE_PREFIX_PATH={prefix}"]
    root = os.environ.get("ONNXRUNTIME_ROOT", "")
    configure += ["-DCMAKE_BUILD_TYPE=MinSizeRel", f"-DONNXRUNTIME_ROOT={root}"]
    for command in (configure, ["cmake", "--build", str(build)]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return build / "calobench-shower"


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("exported") / "model.pt"
    export_model(MODELS["distilled"](backend="eager"), Exported(), path)
    return path


def run(program: Path, folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    command = [program, *words, "--conditions", folder / "c.npy", "--out", folder / "out.npy"]
    return subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=False
    )


def given(folder: Path) -> None:
    np.save(folder / "c.npy", inputs_of(CONDITIONS, ALLEGRO.one_hot_slot))
    np.save(folder / "n.npy", NOISE)


@pytest.mark.parametrize("kind", ["torchscript", "onnx"])
def test_same_noise_gives_the_cells_of_python(program: Path, tmp_path: Path, kind: str) -> None:
    model = MODELS["distilled"](backend="eager")
    given(tmp_path)
    path = tmp_path / ("model.onnx" if kind == "onnx" else "model.pt")
    if kind == "onnx":
        pytest.importorskip("onnx")
    path.write_bytes(exported_bytes(model, Exported(kind, noise="input")))
    done = run(program, tmp_path, path, "--noise", tmp_path / "n.npy")
    if "was built without" in done.stderr:
        assert done.returncode == 2
        pytest.skip("no headers of ONNX Runtime: give ONNXRUNTIME_ROOT")
    assert done.returncode == 0, done.stderr
    expected = model.from_noise(CONDITIONS, ALLEGRO, NOISE)
    cells = 1000 * np.load(tmp_path / "out.npy").reshape(expected.shape)
    hottest = expected.max(axis=(1, 2, 3), keepdims=True)
    assert np.all(np.abs(cells - expected) <= 1e-5 * hottest)
    assert "3 showers, first" in done.stderr


@pytest.mark.parametrize("detector", ["CLD", "ALLEGRO", "ODD"])
@pytest.mark.parametrize("method", ["radial", "uniform", "centre"])
def test_readout_cells_are_those_of_python(
    program: Path, exported: Path, tmp_path: Path, detector: str, method: str
) -> None:
    """Square cells of polygons and cells of inclined plates: the same ones, with the same energy."""
    given(tmp_path)
    spec, points = load_detector(detector), 1 if method == "centre" else 2
    hits, geometry = tmp_path / "hits.npy", tmp_path / "detector.geometry"
    geometry.write_text(geometry_text(spec))
    words = ["--hits", hits, "--geometry", geometry, "--method", method, "--points", points]
    done = run(program, tmp_path, exported, "--seed", 3, *words, "--place-seed", 7)
    assert done.returncode == 0, done.stderr
    energy = np.load(tmp_path / "out.npy").reshape(3, 9, 16, 45) * np.float32(1000)
    # The program is told angles in single precision, which moves a particle by some 1e-4 mm.
    _, phi, theta = np.load(tmp_path / "c.npy")[:, :3].T.astype(np.float64)
    chunks = [Showers(energy, Conditions(CONDITIONS.energy, theta, phi))]
    (placed,) = place_in_detector(chunks, make_readout(spec), method=method, points=points, seed=7)
    expected = np.column_stack(placed.hits)
    cells = np.load(hits)
    assert len(expected) > 300
    assert cells.dtype == np.float64
    assert np.array_equal(cells[:, :5], expected[:, :5])
    np.testing.assert_allclose(cells[:, 5:8], expected[:, 5:8], rtol=0, atol=1e-6)
    np.testing.assert_allclose(cells[:, 8], expected[:, 8], rtol=1e-5)


def test_a_file_in_cpp_is_a_model(
    program: Path, exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same seed gives the showers of the same file in Python."""
    monkeypatch.setenv("CALOBENCH_SHOWER", str(program.parent))
    in_cpp, in_python = (load_model(f"{before}{exported}", ALLEGRO) for before in ("cpp:", ""))
    seed = np.random.SeedSequence(4)
    result, expected = (
        generate_checked(m, CONDITIONS, ALLEGRO, seed, twice=True).showers.energy
        for m in (in_cpp, in_python)
    )
    assert np.abs(result - expected).max() <= 1e-5 * expected.max()
    assert in_cpp.info.backend == "C++, LibTorch"
    assert in_cpp.info.weights_hash == in_python.info.weights_hash


def test_noise_given_to_the_library(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALOBENCH_SHOWER", str(program.parent))
    model = MODELS["distilled"](backend="eager")
    path = tmp_path / "model.pt"
    path.write_bytes(exported_bytes(model, Exported(noise="input")))
    opened = CppModel(path)
    assert opened.noise_size == NOISE.shape[1]
    result = opened.generate(inputs_of(CONDITIONS, ALLEGRO.one_hot_slot), 6480, NOISE)
    expected = model.from_noise(CONDITIONS, ALLEGRO, NOISE).reshape(3, -1)
    assert np.all(np.abs(1000 * result - expected) <= 1e-5 * expected.max(axis=1, keepdims=True))
    with pytest.raises(ModelError, match="makes 6480 cells, expected are 10"):
        opened.generate(inputs_of(CONDITIONS, 4), 10, NOISE)
    (tmp_path / "damaged.pt").write_bytes(b"no archive")
    with pytest.raises(ModelError, match=r"damaged\.pt is no TorchScript file"):
        CppModel(tmp_path / "damaged.pt")


def test_noise_drawn_inside_follows_the_seed(program: Path, tmp_path: Path) -> None:
    given(tmp_path)
    path = tmp_path / "model.pt"
    path.write_bytes(exported_bytes(MODELS["distilled"](backend="eager"), Exported()))
    showers = []
    for seed in (1, 1, 2):
        assert run(program, tmp_path, path, "--seed", seed).returncode == 0
        showers.append(np.load(tmp_path / "out.npy"))
    assert np.array_equal(showers[0], showers[1])
    assert not np.array_equal(showers[0], showers[2])
    response = showers[0].sum(axis=1) * 1000 / CONDITIONS.energy
    np.testing.assert_allclose(response, ALLEGRO.sampling_fraction, rtol=0.3)


def saves(path: Path) -> None:
    """A graph that writes a file."""
    import torch

    from calobench.models.files.torchscript import quiet_jit

    class Saves(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            torch.save(x, "elsewhere")
            return torch.zeros(6480) * x.reshape(-1)[0]

    with quiet_jit():
        torch.jit.script(Saves()).save(path)


def test_bad_input_is_one_line(program: Path, tmp_path: Path) -> None:
    given(tmp_path)
    saves(tmp_path / "saves.pt")
    (tmp_path / "empty.pt").write_bytes(b"")
    np.save(tmp_path / "ten.npy", np.ones((3, 10), np.float32))
    np.save(tmp_path / "double.npy", np.ones((3, 8)))
    (tmp_path / "cut.npy").write_bytes((tmp_path / "c.npy").read_bytes()[:-5])
    cases = {
        ("gone.pt",): "gone.pt is no TorchScript file",
        (tmp_path / "empty.pt",): "is no TorchScript file, or is damaged",
        (tmp_path / "saves.pt",): "uses 'aten::save', which reads or writes files",
        ("model.bin",): "model.bin is neither a .pt nor an .onnx file",
        ("a.pt", "--conditions", tmp_path / "ten.npy"): "has 10 columns; a particle is 8 numbers",
        ("a.pt", "--conditions", tmp_path / "double.npy"): "is no table of float32",
        ("a.pt", "--conditions", tmp_path / "cut.npy"): "is cut short",
        ("a.pt", "--seed", "many"): "--seed many is no number from 0 on",
        ("a.pt", "--speed", "1"): "unknown option --speed",
        ("a.pt", "--hits", "h.npy"): "--hits and --geometry belong together",
        ("a.pt", "--hits", "h.npy", "--geometry", "gone"): "gone is no geometry; write it with",
        ("a.pt", "--unit", "keV"): "--unit keV is none",
    }
    for words, message in cases.items():
        command = [program, "--out", tmp_path / "out.npy"]
        if "--conditions" not in words:
            command += ["--conditions", tmp_path / "c.npy"]
        done = subprocess.run(
            [str(word) for word in (*command, *words)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 2, words
        assert message in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "out.npy").exists()
