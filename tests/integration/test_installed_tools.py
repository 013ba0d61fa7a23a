"""The built wheel and sdist: what is in them, and that pipx and uv make a working command of the wheel.

What is in the files is always checked. Installing takes minutes, and gigabytes of torch: it is done only
where CALOBENCH_TEST_INSTALL is set, as in the repository's workflow.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("hatchling", reason="the package is built with hatchling")

ROOT = Path(__file__).parents[2]
CONSTRAINTS = ROOT / "constraints.txt"
MAX_BYTES = 30_000_000
# Rooms of the repository that a wheel holds under another name.
RESOURCES = "calobench/_resources"

pytestmark = pytest.mark.timeout(1200)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return {path.suffix: path for path in folder.iterdir()}


def test_both_are_small_and_well_formed(built: dict[str, Path]) -> None:
    assert set(built) == {".whl", ".gz"}
    sizes = {path.name: path.stat().st_size for path in built.values()}
    assert {name: size for name, size in sizes.items() if size > MAX_BYTES} == {}
    pytest.importorskip("twine", reason="twine checks the metadata")
    check = [sys.executable, "-m", "twine", "check", "--strict", *map(str, built.values())]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_the_wheel_holds(built: dict[str, Path]) -> None:
    with zipfile.ZipFile(built[".whl"]) as wheel:
        names = set(wheel.namelist())
    tops = {name.partition("/")[0] for name in names}
    packages = {top for top in tops if not top.endswith(".dist-info")}
    assert packages == {"calobench", "reference_models"}
    for room in ("data_specs", "reports/templates"):
        for source in (ROOT / room).rglob("*"):
            place = source.relative_to(ROOT)
            left_out = "training" in place.parts or "__pycache__" in place.parts
            if source.is_file() and not left_out:
                assert f"{RESOURCES}/{place}" in names
    weights = (ROOT / "reference_models" / "weights").glob("*.safetensors")
    assert {f"reference_models/weights/{path.name}" for path in weights} <= names
    assert "calobench/py.typed" in names
    assert not [name for name in names if name.startswith(f"{RESOURCES}/data_specs/training/")]
    assert not [name for name in names if name.endswith(".pyc")]


def test_what_the_sdist_holds(built: dict[str, Path]) -> None:
    with tarfile.open(built[".gz"]) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    described = {"pyproject.toml", "LICENSE", "README.md", "CITATION.cff", "recipe/recipe.yaml"}
    assert described | {"docs/index.md", "studies/claims.py"} <= names
    assert not [name for name in names if name.startswith("data_specs/training/")]


def program(tool: str) -> str | None:
    """Where a tool is: beside this Python, or on the path."""
    return shutil.which(tool, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")


def uv(wheel: Path, home: Path) -> Path:
    """The command that ``uv tool install`` makes."""
    environment = {
        **os.environ,
        "UV_TOOL_DIR": str(home / "tools"),
        "UV_TOOL_BIN_DIR": str(home / "bin"),
        # Where pip looks beside the index, such as for a small build of torch.
        "UV_FIND_LINKS": os.environ.get("PIP_FIND_LINKS", ""),
    }
    install = [
        str(program("uv")),
        "tool",
        "install",
        "--python",
        sys.executable,
        "--constraints",
        str(CONSTRAINTS),
    ]
    done = subprocess.run(
        [*install, str(wheel)],
        cwd=home,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return home / "bin" / "calobench"


def pipx(wheel: Path, home: Path) -> Path:
    """A script that calls ``pipx run``, which makes an environment once and keeps it."""
    script = home / "calobench"
    script.write_text(
        f"#!/bin/sh\nPIPX_HOME={home}/pipx exec {program('pipx')} run --python {sys.executable} "
        f"--spec {wheel} "
        f"--pip-args='--constraint {CONSTRAINTS}' calobench \"$@\"\n"
    )
    script.chmod(0o755)
    return script


@pytest.mark.parametrize(("tool", "install"), [("uv", uv), ("pipx", pipx)])
def test_a_tool_installs_the_wheel(
    built: dict[str, Path], tmp_path: Path, tool: str, install: Callable[[Path, Path], Path]
) -> None:
    """In a folder without the checkout: entry points, data and weights are those of the wheel."""
    if program(tool) is None:
        pytest.skip(f"{tool} is not installed")
    if "CALOBENCH_TEST_INSTALL" not in os.environ:
        pytest.skip(
            "set CALOBENCH_TEST_INSTALL=1 to install torch and all else into a new environment"
        )
    command = install(built[".whl"], tmp_path)
    clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}

    def said(*arguments: str) -> str:
        call = [str(command), *arguments]
        done = subprocess.run(
            call, cwd=tmp_path, env=clean, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert said("--version").startswith("calobench 0.")
    assert "distilled" in said("models")
    assert "FCCeeALLEGRO" in said("detectors")
    said("run", "--model", "distilled", "--detector", "ALLEGRO", "-n", "20", "--out", "run")
    assert (tmp_path / "run" / "report.html").is_file()
