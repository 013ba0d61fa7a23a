"""Files by name: patterns, several as one sample; other files are recognised by their content."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from format_writers import write_calochallenge

import calobench as cb
from calobench.cli import main
from calobench.detectors import load_detector
from calobench.errors import MeshMismatchError, ShowerFileError
from calobench.harness.sources import is_shower_file, open_source
from calobench.harness.stored import StoredSample
from calobench.io import Reading, open_showers, write_lemurs
from calobench.io.formats import formats
from calobench.io.paths import paths_in
from calobench.showers import Conditions, Mesh, Showers

PAGE = Path(__file__).parents[3] / "docs" / "formats.md"
Capture = pytest.CaptureFixture[str]


def showers(n: int = 3) -> Showers:
    energy = np.random.default_rng(n).exponential(size=(n, 9, 16, 45)).astype(np.float32)
    return Showers(energy, Conditions(np.full(n, 2e4), np.full(n, np.pi / 2), np.zeros(n)))


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write(
        name: str, n: int = 3, detector: str | None = "ODD", mesh: Mesh | None = None
    ) -> Path:
        write_lemurs(tmp_path / name, [showers(n)], detector=detector, mesh=mesh)
        return tmp_path / name

    return write


def command(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    return int(stop.value.code or 0)


def test_a_pattern_is_its_files_in_alphabetical_order(
    write: Callable[..., Path], tmp_path: Path
) -> None:
    for name in ("b.h5", "a.h5", "c.hdf5"):
        write(name)
    pattern = str(tmp_path / "*.h5")
    assert [path.name for path in paths_in(pattern)] == ["a.h5", "b.h5"]
    assert [path.name for path in paths_in(f"{tmp_path / 'c*'}, {pattern}")] == [
        "c.hdf5",
        "a.h5",
        "b.h5",
    ]
    assert is_shower_file(pattern)
    source = open_source(pattern, showers().conditions, load_detector("ODD"), None, 1)
    assert (source.info.name, len(source.conditions)) == ("a+1", 6)
    assert len(cb.read_showers(pattern)) == 6
    assert len(cb.read_showers(pattern, tmp_path / "c.hdf5")) == 9


def test_a_name_with_the_marks_of_a_pattern_is_that_file(
    write: Callable[..., Path], tmp_path: Path
) -> None:
    write("a?.h5"), write("ab.h5")
    assert paths_in(tmp_path / "a?.h5") == (tmp_path / "a?.h5",)


def test_a_pattern_that_nothing_fits_is_an_error(tmp_path: Path, capsys: Capture) -> None:
    with pytest.raises(ShowerFileError, match="no file fits"):
        paths_in(tmp_path / "*.h5")
    for words in (
        ("run", "--detector", "ODD", "--model", tmp_path / "*.h5"),
        ("run", "--detector", "ODD", "--model", "distilled", "--reference", tmp_path / "*.h5"),
        ("compare", "--detector", "ODD", "--models", f"distilled,{tmp_path}/*.h5"),
        ("inspect", tmp_path / "*.h5"),
        ("convert", tmp_path / "*.h5", tmp_path / "out.h5"),
        ("place", tmp_path / "*.h5", "-o", tmp_path / "hits.h5"),
    ):
        assert command(*words) == 2
        assert "no file fits" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_files_of_different_detectors_are_refused(
    write: Callable[..., Path], tmp_path: Path
) -> None:
    write("a.h5"), write("b.h5", detector="FCCeeCLD")
    with pytest.raises(MeshMismatchError, match="cannot be joined: detector is ODD and FCCeeCLD"):
        open_showers(tmp_path / "*.h5")
    with pytest.raises(MeshMismatchError, match="cannot be joined: detector is ODD and FCCeeCLD"):
        StoredSample(paths_in(tmp_path / "*.h5"), load_detector("ODD"))


def test_files_of_different_meshes_are_refused(write: Callable[..., Path], tmp_path: Path) -> None:
    write("a.h5", mesh=Mesh(4.65, 5.05)), write("b.h5", mesh=Mesh(4.65, 5.06))
    with pytest.raises(
        MeshMismatchError, match=r"cannot be joined: mesh is .* 5\.05 mm and .* 5\.06"
    ):
        open_showers(tmp_path / "*.h5")


def test_what_a_file_leaves_out_the_asked_detector_says(
    write: Callable[..., Path], tmp_path: Path
) -> None:
    write("a.h5", detector=None), write("b.h5"), write("c.h5", detector="odd")
    with open_showers(tmp_path / "*.h5", Reading(load_detector("ODD"))) as files:
        assert len(files) == 9
        assert files.name == "a.h5 to c.h5, 3 files"
    with pytest.raises(MeshMismatchError, match="detector is None and ODD"):
        open_showers(tmp_path / "*.h5")


def test_calochallenge_is_known_to_every_command(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "dataset_2.hdf5"
    write_calochallenge(path, showers())
    silicon = load_detector("SiW")
    source = open_source(str(path), showers().conditions, silicon, None, 1)
    (chunk,) = source.chunks(100)
    np.testing.assert_allclose(chunk.energy, showers().energy, rtol=1e-6)
    assert any("multiplied by 0.033, the sampling fraction" in one for one in source.remarks())
    with pytest.raises(MeshMismatchError, match="has the mesh"):
        StoredSample([path], load_detector("ODD"))
    assert command("inspect", path, "--detector", "SiW") == 0
    assert "multiplied by 0.033" in capsys.readouterr().out
    assert command("convert", path, tmp_path / "out.h5") == 0


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("notes", b"some words\n", "is not a file of showers, it is text"),
        ("table.csv", b"energy,theta\n", "it is text"),
        ("a.parquet", b"PAR1\0", "it is a Parquet file"),
        ("a.root", b"PK\3\4", "it is a zip archive"),
        ("a.dat", b"\0\1\2", "is not a file of showers in a known format"),
        ("empty.h5", b"", "it is empty"),
        ("a.pkl", b"\x80\4", "it is a pickle; nothing is unpickled"),
    ],
)
def test_what_is_no_file_of_showers_is_told(
    name: str, content: bytes, message: str, tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    out = tmp_path / "out"
    for words in (
        ("run", "--detector", "ODD", "--model", path, "--out", out),
        ("run", "--detector", "ODD", "--model", "distilled", "--reference", path, "--out", out),
        ("compare", "--detector", "ODD", "--models", f"{path},distilled"),
        ("inspect", path),
        ("convert", path, out),
        ("place", path, "-o", out),
    ):
        assert command(*words) == 2
        error = capsys.readouterr().err
        assert message in error
        assert "unknown model" not in error
        assert error.splitlines()[-1].startswith("calobench: error: ")
        assert "Traceback" not in error
    assert [one.name for one in tmp_path.iterdir()] == [name]


def test_a_format_that_the_file_does_not_have(
    write: Callable[..., Path], tmp_path: Path, capsys: Capture
) -> None:
    path = write("a.h5")
    for name in ("numpy", "edm4hep", "showerdata", "calochallenge"):
        assert command("inspect", path, "--format", name) == 2
        assert f"looks like lemurs, not like {name}; leave --format out" in capsys.readouterr().err
    (tmp_path / "notes").write_text("some words")
    assert command("inspect", tmp_path / "notes", "--format", "numpy") == 2
    assert "it is text" in capsys.readouterr().err
    assert command("inspect", tmp_path / "none.h5", "--format", "numpy") == 2
    assert "does not exist" in capsys.readouterr().err


def test_files_that_are_not_there_are_no_models(tmp_path: Path, capsys: Capture) -> None:
    for path in (tmp_path / "none", tmp_path / "none.jsonl", "none.h5", "folder/none"):
        assert command("run", "--detector", "ODD", "--model", path) == 2
        assert "does not exist" in capsys.readouterr().err


def test_a_benchmark_that_generates_says_so(write: Callable[..., Path], capsys: Capture) -> None:
    path = write("a.h5")
    assert command("diphoton", "--detector", "ODD", "--model", path) == 2
    assert "is a file of showers, and pairs need a model that generates" in capsys.readouterr().err
    assert command("time", "--detector", "ODD", "--models", path) == 2
    assert "is a file of showers; only what generates can be timed" in capsys.readouterr().err


def test_the_page_lists_every_format() -> None:
    listed = re.findall(r"^\| `(\w+)` \|", PAGE.read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(n for n, one in formats().items() if one.package == "calobench")


def test_guesses_are_warnings_in_python(tmp_path: Path) -> None:
    one = showers()
    np.savez(
        tmp_path / "a.npz", showers=one.energy, incident_energy=one.conditions.energy,
        incident_theta=one.conditions.theta, incident_phi=one.conditions.phi,
    )  # fmt: skip
    with pytest.warns(UserWarning, match="axes are taken to be r,phi,z"):
        read = cb.read_showers(tmp_path / "a.npz", unit="MeV")
    np.testing.assert_array_equal(read.energy, one.energy)
