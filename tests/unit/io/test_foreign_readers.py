"""Formats of other packages: known to every command, and an error that names the package where they fail."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest
from toy_detector import toy_detector

from calobench._util import discovery
from calobench.cli import main
from calobench.detectors import load_detector
from calobench.errors import CalobenchError, PluginError, PluginWarning, ShowerFileError
from calobench.harness.reference import bundled_reference, read_reference
from calobench.io import LemursFile, Reading, open_showers, write_lemurs
from calobench.io.formats import find_format, formats

STRANGER = Path(__file__).parents[2] / "stranger"
Capture = pytest.CaptureFixture[str]
N, N_LINES = 5, 12

# A reader that keeps to the contract, in which a test breaks one thing.
SOURCE = """
import numpy as np
from calobench.io import Format
from calobench.showers import Conditions, Mesh, Showers

class Reader:
    mesh = None
    def __init__(self, path, reading):
        self.conditions = Conditions(np.full(5, 2e4), np.full(5, 1.5), np.zeros(5))
    def chunks(self, size):
        for first in range(0, 5, size):
            rows = slice(first, first + size)
            conditions = self.conditions[rows]
            yield Showers(np.ones((len(conditions), 9, 16, 45), np.float32), conditions)

def recognises(head):
    return head.start.startswith(b"mine")
"""
MINE = 'MINE = Format("mine", "my own", recognises, Reader)'


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., None]]:
    """Registers entry points of ``calobench.readers``, of the tests' package or of source text."""

    def register(source: str = "", **values: str) -> None:
        (tmp_path / "stranger_readers.py").write_text(source)
        monkeypatch.delitem(sys.modules, "stranger_readers", raising=False)
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.syspath_prepend(str(STRANGER))
        entries = [EntryPoint(name, value, "calobench.readers") for name, value in values.items()]
        known = discovery.entry_points
        monkeypatch.setattr(
            discovery,
            "entry_points",
            lambda group: entries if group == "calobench.readers" else known(group=group),
        )
        formats.cache_clear()

    yield register
    formats.cache_clear()


@pytest.fixture
def mine(register: Callable[..., None], tmp_path: Path) -> Callable[..., Path]:
    """A file of a format whose reader has one thing replaced."""

    def mine(*changes: tuple[str, str], after: str = "") -> Path:
        source = SOURCE + after + "\n" + MINE
        for old, new in changes:
            assert old in source
            source = source.replace(old, new)
        register(source, mine="stranger_readers:MINE")
        path = tmp_path / "showers.mine"
        path.write_text("mine")
        return path

    return mine


def command(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    return int(stop.value.code or 0)


@pytest.fixture
def lines(register: Callable[..., None], tmp_path: Path) -> tuple[Path, Path]:
    """The first showers of a bundled sample, in the format of the package in ``tests/stranger``."""
    register(cell_lines="calobench_stranger.reader:CELL_LINES")
    from calobench_stranger.reader import write_cell_lines

    odd = load_detector("ODD")
    with LemursFile(bundled_reference(odd)) as file:
        showers = next(file.chunks(N_LINES))
    write_cell_lines(tmp_path / "showers.jsonl", showers, odd.mesh_geometry)
    reference = tmp_path / "reference.h5"
    write_lemurs(reference, [showers], detector="ODD", mesh=odd.mesh_geometry)
    return tmp_path / "showers.jsonl", reference


def test_run_reads_it(lines: tuple[Path, Path], tmp_path: Path) -> None:
    path, reference = lines
    assert command(
        "run", "--model", path, "--reference", reference, "--detector", "ODD", "--replicas", 20,
        "--out", tmp_path / "run",
    ) == 0  # fmt: skip
    results = json.loads((tmp_path / "run" / "results.json").read_text())
    assert (results["model"]["name"], results["run"]["n"]) == ("showers", N_LINES)
    # The same showers on both sides, whatever the format.
    assert {one["scores"][0]["value"] for one in results["observables"]} == {0}


def test_it_is_a_reference(lines: tuple[Path, Path]) -> None:
    path, reference = lines
    odd = load_detector("ODD")
    truth = read_reference(path, odd)
    assert truth.record.source == "showers.jsonl"
    np.testing.assert_array_equal(
        truth.showers.energy, read_reference(reference, odd).showers.energy
    )


def test_inspect_and_convert_read_it(
    lines: tuple[Path, Path], tmp_path: Path, capsys: Capture
) -> None:
    path, reference = lines
    assert command("inspect", path, "--detector", "ODD") == 0
    printed = capsys.readouterr().out
    assert "cell_lines" in printed
    assert "12 of 9 x 16 x 45 cells" in printed
    assert command("convert", path, tmp_path / "out.h5", "--detector", "ODD") == 0
    with LemursFile(tmp_path / "out.h5") as converted, LemursFile(reference) as expected:
        np.testing.assert_array_equal(converted.read().energy, expected.read().energy)


def test_it_joins_files_of_other_formats(lines: tuple[Path, Path]) -> None:
    path, reference = lines
    with open_showers([path, reference], Reading(load_detector("ODD"))) as both:
        assert both.format_name == "cell_lines, lemurs"
        energy = both.read().energy
    np.testing.assert_array_equal(energy[:N_LINES], energy[N_LINES:])


def test_a_reader_that_keeps_to_the_contract(mine: Callable[..., Path]) -> None:
    with open_showers(mine()) as file:
        assert (len(file), file.format_name, file.mesh) == (N, "mine", None)
        assert [len(chunk) for chunk in file.chunks(2)] == [2, 2, 1]
        assert [len(chunk) for chunk in file.chunks(2, stop=3)] == [2, 1]
        assert (file.read().energy == 1).all()


def test_chunks_larger_than_asked_for_are_cut(mine: Callable[..., Path]) -> None:
    with open_showers(mine(("range(0, 5, size)", "(0,)"), ("first + size", "5"))) as file:
        assert [len(chunk) for chunk in file.chunks(2)] == [2, 2, 1]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("def chunks", "def pieces", "has no 'chunks'"),
        ("self.conditions = Cond", "self.particles = Cond", "has no 'conditions'"),
        ("    mesh = None\n", "", "has no 'mesh'"),
        ("mesh = None", "mesh = (9, 16, 45)", "gives a tuple as 'mesh'"),
        ("9, 16, 45), np", "9, 16, 44), np", r"shape \(9, 16, 44\).*the detector has \(9, 16, 45\)"),
        (
            "mesh = None",
            "mesh = Mesh(10, 4, 8, 16, 45)",
            r"shape \(9, 16, 45\).*its mesh has \(8, 16, 45\)",
        ),
        ("yield Showers(np.ones", "yield (np.ones", "gives a tuple as a chunk"),
        ("range(0, 5, size)", "range(0, 3, size)", "gives 4 showers of .* and 5 conditions"),
        ("range(0, 5, size)", "range(0, 5, 1)", "gives more showers"),
        ("conditions = self.conditions[rows]", "conditions = self.conditions[rows]; self.conditions ="
         " 0; conditions = Conditions(conditions.energy * 2, conditions.theta, conditions.phi)",
         "whose conditions are not 'conditions'"),
        ("np.float32), cond", "complex), cond", "type complex128"),
        ("for first in", "1 / 0\n        for first in", r"fails on .*ZeroDivisionError"),
        ("self.conditions = Cond", "1 / 0; self.conditions = Cond", r"fails on .*ZeroDivisionError"),
        ("return head.start", "return 1 / 0 and head.start", r"fails to look at .*ZeroDivisionError"),
    ],
)  # fmt: skip
def test_a_reader_that_does_not_is_named_with_its_package(
    mine: Callable[..., Path], old: str, new: str, message: str
) -> None:
    path = mine((old, new))
    with pytest.raises(PluginError, match=message) as caught, open_showers(path) as file:
        list(file.chunks(2))
    assert "'mine' of the package stranger_readers" in str(caught.value)
    assert str(caught.value).endswith("mend or uninstall that package")
    assert "\n" not in str(caught.value)


def test_the_command_line_ends_with_code_2(mine: Callable[..., Path], capsys: Capture) -> None:
    path = mine(("def chunks", "def pieces"))
    assert command("inspect", path) == 2
    error = capsys.readouterr().err
    assert error.startswith("calobench: error: the reader 'mine' of the package stranger_readers")
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("np.ones((len", "-np.ones((len", "negative energy"),
        ("np.full(5, 2e4)", "np.full(5, -1.0)", "'energy' holds -1 in shower 0"),
        ("np.full(5, 2e4), np.full(5, 1.5), np.zeros(5)", "*np.zeros((3, 0))", "holds no showers"),
    ],
)
def test_impossible_values_are_the_files_fault(
    mine: Callable[..., Path], old: str, new: str, message: str
) -> None:
    path = mine((old, new))
    with pytest.raises(ShowerFileError, match=message), open_showers(path) as file:
        list(file.chunks(2))


def test_what_a_reader_says_is_a_remark(mine: Callable[..., Path]) -> None:
    path = mine(
        ("    mesh = None", "    mesh = None\n    def remarks(self): return ('odd units',)")
    )
    with open_showers(path) as file:
        file.read()
        assert file.remarks() == ("showers.mine: odd units",)


def test_two_of_one_name_are_an_error_that_names_both(register: Callable[..., None]) -> None:
    register(SOURCE + MINE.replace('"mine"', '"lemurs"'), one="stranger_readers:MINE")
    with pytest.raises(PluginError, match=r"readers.lemurs.FORMATS and by the entry point 'one"):
        formats()


def test_what_is_no_format_is_an_error_and_what_cannot_be_imported_a_warning(
    register: Callable[..., None],
) -> None:
    register(SOURCE, one="stranger_readers:Reader")
    with pytest.raises(PluginError, match="it must give a Format"):
        formats()
    register("import nothing_of_this_name", one="stranger_readers:MINE")
    with pytest.warns(PluginWarning, match="left out"):
        assert "lemurs" in formats()


def test_a_file_of_two_formats_is_refused(mine: Callable[..., Path]) -> None:
    path = mine(after='OTHER = Format("other", "another", recognises, Reader)')
    assert find_format(path).name == "mine"
    import stranger_readers

    formats()["other"] = stranger_readers.OTHER
    with pytest.raises(ShowerFileError, match=r"looks like mine and other; say which .* --format"):
        find_format(path)
    assert find_format(path, "other").name == "other"
    with pytest.raises(CalobenchError, match="unknown format 'othr'"):
        find_format(path, "othr")


def test_showers_of_another_mesh_than_the_detector(mine: Callable[..., Path]) -> None:
    detector = toy_detector(n_z=30)
    with pytest.raises(PluginError, match=r"the detector has \(9, 16, 30\)"):
        open_showers(mine(), Reading(detector)).read()


def test_conditions_must_be_columns(mine: Callable[..., Path]) -> None:
    path = mine(("np.full(5, 2e4), np.full(5, 1.5), np.zeros(5)", "*np.ones((3, 5, 1))"))
    with pytest.raises(PluginError, match=r"not numbers of shape \(N,\)"):
        open_showers(path)
