"""The built wheel and sdist: what is in them, and that pipx and uv make a working command of the wheel.

What is in the files is always checked, and that the tools install them; what the wheel depends on is then
taken from the environment of the tests. To install that too takes minutes, and gigabytes of torch: it is done
only where CALOBENCH_TEST_INSTALL is set, as in the repository's workflow.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from packaging.requirements import Requirement

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
    of_repository = {
        "edm_dit_distilled2.safetensors",
        "edm_dit_distilled_small.safetensors",
        "marginals_distilled.safetensors",
    }
    shipped = {path.name for path in weights} - of_repository
    assert {f"reference_models/weights/{name}" for name in shipped} <= names
    assert not {f"reference_models/weights/{name}" for name in of_repository} & names
    assert "calobench/py.typed" in names
    assert not [name for name in names if name.startswith(f"{RESOURCES}/data_specs/training/")]
    assert not [name for name in names if name.endswith(".pyc")]


def test_what_the_sdist_holds(built: dict[str, Path]) -> None:
    with tarfile.open(built[".gz"]) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    described = {"pyproject.toml", "LICENSE", "README.md", "CITATION.cff", "recipe/recipe.yaml"}
    assert described | {"docs/index.md", "studies/claims.py"} <= names
    assert not [name for name in names if name.startswith("data_specs/training/")]


def program(tool: str) -> str:
    """Path of a tool: beside this Python, or on the search path."""
    path = shutil.which(tool, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if path is None:
        pytest.skip(f"{tool} is not installed")
    return path


def uv(wheel: Path, home: Path, *options: str) -> Path:
    """The command that ``uv tool install`` makes."""
    install = ("tool", "install", "--python", sys.executable, *options, str(wheel))
    environment = {
        **tool_environment(),
        "UV_TOOL_DIR": str(home / "tools"),
        "UV_TOOL_BIN_DIR": str(home / "bin"),
    }
    done = subprocess.run(
        [program("uv"), *install],
        cwd=home, env=environment, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return home / "bin" / "calobench"


def pipx(wheel: Path, home: Path, *options: str) -> Path:
    """A script that calls ``pipx run``, which makes an environment once and keeps it."""
    run = (
        *(program("pipx"), "run", "--python", sys.executable, "--spec", str(wheel)),
        *(f"--pip-args={shlex.join(options)}", "calobench"),
    )
    script = home / "calobench"
    script.write_text(
        f'#!/bin/sh\nPIPX_HOME={shlex.quote(str(home / "pipx"))} exec {shlex.join(run)} "$@"\n'
    )
    script.chmod(0o755)
    return script


def tool_environment() -> dict[str, str]:
    """Environment variables for a tool: without the checkout, with pip's folder of further files."""
    variables = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return {
        **variables,
        "PIPX_DEFAULT_BACKEND": "uv",
        "UV_FIND_LINKS": os.environ.get("PIP_FIND_LINKS", ""),
        "OMP_NUM_THREADS": "1",
    }


def works(command: Path, home: Path) -> None:
    """Entry points, data and weights are those of the wheel: the folder has no checkout."""

    def output_of(*arguments: str) -> str:
        done = subprocess.run(
            [str(command), *arguments],
            cwd=home, env=tool_environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    # A checkout would add its commit.
    assert output_of("--version") == f"calobench {version()}\n"
    assert "FCCeeALLEGRO" in output_of("detectors")
    output_of("run", "--model", "distilled", "--detector", "Par04SiW", "-n", "20", "--out", "run")
    assert (home / "run" / "report.html").is_file()


def version() -> str:
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel that puts this environment's packages on the path of another one, behind its own."""
    path = tmp_path_factory.mktemp("here") / "environment-0-py3-none-any.whl"
    packages = dict.fromkeys(sysconfig.get_path(kind) for kind in ("purelib", "platlib"))
    files = {
        "environment.pth": "".join(f"{folder}\n" for folder in packages),
        "environment-0.dist-info/METADATA": "Metadata-Version: 2.1\nName: environment\nVersion: 0\n",
        "environment-0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "environment-0.dist-info/RECORD"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, content in files.items():
            wheel.writestr(name, content)
        wheel.writestr(record, "".join(f"{name},,\n" for name in (*files, record)))
    return path


@pytest.mark.parametrize("tool", [uv, pipx])
def test_a_tool_installs_the_wheel(
    built: dict[str, Path], here: Path, tmp_path: Path, tool: Callable[..., Path]
) -> None:
    """The wheel itself is installed; what it depends on is taken from this environment, without network."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    left_out = tmp_path / "left_out.txt"
    left_out.write_text("".join(f"{Requirement(one).name}\n" for one in project["dependencies"]))
    options = {
        uv: ("--offline", "--no-index", "--excludes", str(left_out), "--with", str(here)),
        pipx: ("--offline", "--no-index", "--no-deps", str(here)),
    }
    works(tool(built[".whl"], tmp_path, *options[tool]), tmp_path)


@pytest.mark.parametrize(("tool", "constrained"), [(uv, "--constraints"), (pipx, "--constraint")])
def test_a_tool_installs_the_wheel_and_all_that_it_needs(
    built: dict[str, Path], tmp_path: Path, tool: Callable[..., Path], constrained: str
) -> None:
    if "CALOBENCH_TEST_INSTALL" not in os.environ:
        pytest.skip("set CALOBENCH_TEST_INSTALL=1 to install torch and all else from the registry")
    works(tool(built[".whl"], tmp_path, constrained, str(CONSTRAINTS)), tmp_path)
