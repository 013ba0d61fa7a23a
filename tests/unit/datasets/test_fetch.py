"""Public data sets arrive complete or not at all, resume after a break, and are fetched only on request."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from record_server import RecordServer, serving
from rich.console import Console

from calobench._util.resources import data_specs_dir
from calobench.cli import main
from calobench.cli._progress import RichProgress
from calobench.datasets import data_set_names, download, load_data_set, select
from calobench.detectors import load_detector
from calobench.errors import FetchError, UnknownNameError
from calobench.harness.reference import read_reference
from calobench.io.paths import paths_in

PART = "LEMURS_FCCeeALLEGRO_gamma_100kEvents_1GeV100GeV_GPSflat_part1.h5"
ARCHIVE = "testing_dataset_all_detectors.zip"
CONTENT = np.random.default_rng(1).bytes(3_000_000)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordServer]:
    monkeypatch.setenv("CALOBENCH_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(download, "_PAUSE_S", 0.0)
    with serving(RecordServer({PART: CONTENT})) as running:
        monkeypatch.setenv("CALOBENCH_ZENODO", running.address)
        yield running


def call(*arguments: str) -> object:
    with pytest.raises(SystemExit) as exit_info:
        main(["fetch", *arguments])
    return exit_info.value.code


def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "lemurs"


def names(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in folder(tmp_path).iterdir())


def test_a_part_comes_whole_and_once(
    server: RecordServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("lemurs:FCCeeALLEGRO", "--part", "1") == 0
    assert (folder(tmp_path) / PART).read_bytes() == CONTENT
    assert names(tmp_path) == [PART]
    out = capsys.readouterr().out
    assert "licence: cc-by-4.0" in out
    assert "--reference lemurs:FCCeeALLEGRO/part1" in out
    assert call("lemurs:FCCeeALLEGRO/part1") == 0
    assert "is here already" in capsys.readouterr().out
    assert len(server.asked) == 1


def test_a_broken_connection_goes_on_where_it_broke(server: RecordServer, tmp_path: Path) -> None:
    server.break_after = [1_000_000, 0, 500_000]
    assert call("lemurs:FCCeeALLEGRO/part1") == 0
    assert (folder(tmp_path) / PART).read_bytes() == CONTENT
    assert server.asked[0] == ""
    starts = [int(one.removeprefix("bytes=").removesuffix("-")) for one in server.asked[1:]]
    assert starts == sorted(starts)
    assert 0 < starts[0] <= 1_000_000 < starts[-1]


def test_the_next_call_goes_on_too(
    server: RecordServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.break_after = [1_000_000, 0, 0, 0, 0]
    assert call("lemurs:FCCeeALLEGRO/part1") == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert "the same command goes on from there" in error
    assert names(tmp_path) == [f"{PART}.part"]
    kept = (folder(tmp_path) / f"{PART}.part").stat().st_size
    assert kept > 0
    assert call("lemurs:FCCeeALLEGRO/part1") == 0
    assert server.asked[-1] == f"bytes={kept}-"
    assert (folder(tmp_path) / PART).read_bytes() == CONTENT


def test_a_server_without_ranges_begins_anew(server: RecordServer, tmp_path: Path) -> None:
    server.ranges, server.break_after = False, [1_000_000]
    assert call("lemurs:FCCeeALLEGRO/part1") == 0
    assert (folder(tmp_path) / PART).read_bytes() == CONTENT


@pytest.mark.parametrize("left", [b"x" * 10, b"x" * (len(CONTENT) + 1), b"x" * len(CONTENT)])
def test_what_was_left_of_another_file_is_not_taken(
    server: RecordServer, tmp_path: Path, capsys: pytest.CaptureFixture[str], left: bytes
) -> None:
    folder(tmp_path).mkdir(parents=True)
    (folder(tmp_path) / f"{PART}.part").write_bytes(left)
    if call("lemurs:FCCeeALLEGRO/part1") == 2:
        assert "another MD5" in capsys.readouterr().err
        assert names(tmp_path) == []
        assert call("lemurs:FCCeeALLEGRO/part1") == 0
    assert (folder(tmp_path) / PART).read_bytes() == CONTENT


def test_a_wrong_checksum_leaves_nothing(
    server: RecordServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.md5[PART] = "0" * 32
    assert call("lemurs:FCCeeALLEGRO/part1") == 2
    error = capsys.readouterr().err
    assert "arrived with another MD5" in error
    assert "Traceback" not in error
    assert names(tmp_path) == []


def test_a_file_that_was_replaced_in_the_record_is_refused(
    server: RecordServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.files["dataset_1_photons_1.hdf5"] = b"other showers"
    assert call("calochallenge-1:photons/part1") == 2
    assert "states another MD5" in capsys.readouterr().err
    assert server.asked == []


@pytest.mark.parametrize(
    ("codes", "ends"), [([503, 429], 0), ([403], 2), ([404], 2), ([503] * 4, 2)]
)
def test_refusals(
    server: RecordServer, tmp_path: Path, codes: list[int], ends: int,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    server.refuse = list(codes)
    assert call("lemurs:FCCeeALLEGRO/part1") == ends
    assert (folder(tmp_path) / PART).exists() == (ends == 0)
    if ends:
        assert str(codes[-1]) in capsys.readouterr().err


def test_without_a_network_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CALOBENCH_DATA", str(tmp_path))
    monkeypatch.setenv("CALOBENCH_ZENODO", "http://127.0.0.1:9")
    assert call("lemurs:FCCeeALLEGRO/part1") == 2
    assert "no connection" in capsys.readouterr().err


def test_a_renamed_file_is_told(server: RecordServer, capsys: pytest.CaptureFixture[str]) -> None:
    server.files.clear()
    assert call("lemurs:FCCeeALLEGRO/part1") == 2
    assert f"has no file {PART}" in capsys.readouterr().err


def test_a_disk_that_is_too_small_is_told_before(
    server: RecordServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Full:
        free = 10

    monkeypatch.setattr(download.shutil, "disk_usage", lambda _: Full)
    assert call("lemurs:FCCeeALLEGRO/part1") == 2
    assert "GB free" in capsys.readouterr().err
    assert server.asked == []


def test_one_process_at_a_time(
    server: RecordServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import fcntl

    folder(tmp_path).mkdir(parents=True)
    with (folder(tmp_path) / f"{PART}.part").open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert call("lemurs:FCCeeALLEGRO/part1") == 2
    assert "another process is fetching" in capsys.readouterr().err


def archive(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as content:
        for name, data in members.items():
            content.writestr(name, data)
    return packed.getvalue()


def test_a_test_sample_is_used_by_name(server: RecordServer, tmp_path: Path) -> None:
    """End to end: the bundled showers in an archive as LEMURS has them, fetched and read as the reference."""
    showers = (data_specs_dir() / "reference" / "FCCeeALLEGRO.h5").read_bytes()
    member = "LEMURS_FCCeeALLEGRO_gamma_1000events_50GeV_phi0.0_theta1.57.h5"
    server.files[ARCHIVE] = archive(
        {f"../FCCeeALLEGRO/testing/{member}": showers, "FCCeeCLD/other.h5": b"no"}
    )
    with pytest.raises(FetchError, match="calobench fetch lemurs:FCCeeALLEGRO/50GeV"):
        paths_in("lemurs:FCCeeALLEGRO/50GeV")
    assert call("lemurs:FCCeeALLEGRO/50GeV") == 0
    assert paths_in("lemurs:FCCeeALLEGRO/50GeV") == (folder(tmp_path) / member,)
    reference = read_reference(Path("lemurs:FCCeeALLEGRO/50GeV"), load_detector("ALLEGRO"))
    assert len(reference.conditions) > 0
    assert reference.record.source == member
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == sorted(
        [ARCHIVE, member]
    )


def test_an_archive_without_the_sample_is_told(
    server: RecordServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.files[ARCHIVE] = archive({"readme": b""})
    assert call("lemurs:FCCeeALLEGRO/50GeV") == 2
    assert "holds no file" in capsys.readouterr().err


def test_names(capsys: pytest.CaptureFixture[str]) -> None:
    for name in data_set_names():
        for subset in load_data_set(name).subsets:
            chosen = select(f"{name}:{subset.name}".removesuffix(":"))
            assert select(chosen.name) == chosen
            assert len(chosen.files) == subset.parts
    assert select("lemurs:odd/part10").files[0].name.endswith("part10.h5")
    with pytest.raises(UnknownNameError, match="did you mean 'lemurs:FCCeeALLEGRO'"):
        select("lemurs:ALLEGRO")
    with pytest.raises(UnknownNameError, match="known are 1, 2"):
        select("calochallenge-2", 3)
    assert call("lemur:ODD") == 2
    assert "did you mean 'lemurs'" in capsys.readouterr().err
    assert call("--part", "1") == 2


def test_a_mistyped_reference_is_told_as_a_name() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'lemurs'"):
        read_reference(Path("lemur:FCCeeALLEGRO/50GeV"), load_detector("ALLEGRO"))


def test_the_list_downloads_nothing(
    server: RecordServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call() == 0
    out = capsys.readouterr().out
    assert "lemurs:FCCeeALLEGRO/50GeV" in out
    assert "10.5281/zenodo.6366271" in out
    assert server.asked == []


def test_facts_that_were_not_verified_are_marked() -> None:
    """No checksum, size or licence without a source."""
    for name in data_set_names():
        data_set = load_data_set(name)
        stated = data_set.licence is not None or any(
            one.md5 or one.size for one in data_set.subsets
        )
        assert not stated or "md5" in data_set.sources, name


def test_the_bar_counts_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    progress = RichProgress()
    monkeypatch.setattr(progress, "_console", Console(file=screen, force_terminal=True, width=140))
    with progress.download("part1.h5", 3_000_000) as advance:
        advance(1_000_000)
        advance(2_000_000)
    shown = screen.getvalue()
    assert "part1.h5" in shown
    assert "3.0/3.0 MB" in shown
