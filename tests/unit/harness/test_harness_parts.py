"""Conditions, events, stages and the run folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from toy_detector import toy_detector

from calobench.errors import ConditionsError, OutputError
from calobench.harness.conditions import check_same_spectrum, same_conditions
from calobench.harness.events import choose_events, images_in_turn, images_of
from calobench.harness.observing import observe, unit_warnings
from calobench.harness.output import RunFolder
from calobench.harness.stages import Stages
from calobench.observables import all_observables, compute_features
from calobench.results.schema import EventImage
from calobench.showers import Conditions, Content, Showers


def conditions(n: int, seed: int = 1, top: float = 1e5) -> Conditions:
    rng = np.random.default_rng(seed)
    return Conditions(
        rng.uniform(1e3, top, n), rng.uniform(0.87, 2.27, n), rng.uniform(0, 2 * np.pi, n)
    )


def test_repeated_conditions_are_recognised() -> None:
    reference = conditions(7)
    assert same_conditions(reference.repeated(20), reference)
    assert same_conditions(reference.repeated(3), reference)
    assert not same_conditions(conditions(7, seed=2), reference)


def test_different_spectra_are_refused() -> None:
    check_same_spectrum(conditions(300, seed=3), conditions(200), "mine")
    with pytest.raises(ConditionsError, match="different incident-energy spectra"):
        check_same_spectrum(conditions(300, seed=3, top=4e4), conditions(200), "mine")


def test_event_display_pairs_energies() -> None:
    reference = conditions(50)
    sample = reference.repeated(120)
    cells = np.ones((120, 9, 16, 45), np.float32)
    chosen = choose_events(reference, sample)
    of_model: dict[int, EventImage] = {}
    of_reference: dict[int, EventImage] = {}
    for start in (80, 0, 40):
        part = slice(start, start + 40)
        chunk = Showers(cells[part], sample[part])
        of_model |= images_of("model", chosen.model, chunk, start)
    for start, stop in ((30, 50), (0, 30)):
        chunk = Showers(cells[start:stop], reference[start:stop])
        of_reference |= images_of("reference", chosen.reference, chunk, start)
    images = images_in_turn(of_reference, of_model)
    assert [image.source for image in images] == ["reference", "model"] * 3
    for truth, model in zip(images[::2], images[1::2], strict=True):
        assert truth.energy_mev == model.energy_mev
        assert truth.rz[0][0] == 16
        assert truth.visible_mev == 6480


def test_a_sample_is_observed_in_one_pass() -> None:
    detector, of_sample = toy_detector(), conditions(25)
    cells = np.random.default_rng(2).exponential(size=(25, 9, 16, 45)).astype(np.float32)
    whole = Showers(cells, of_sample)
    sizes: list[int] = []
    done: list[int] = []
    table, content = observe(
        (whole[first : first + 10] for first in range(0, 25, 10)),
        25,
        detector,
        all_observables(),
        look=lambda chunk: sizes.append(len(chunk)),
        advance=done.append,
    )
    assert content.sha256 == Content.of(whole).sha256
    assert sizes == done == [10, 10, 5]
    expected = compute_features(whole, detector, all_observables())
    for name, values in expected.scalars.items():
        np.testing.assert_allclose(table.scalars[name], values, rtol=1e-12, err_msg=name)
    for name, vectors in expected.profiles.items():
        np.testing.assert_allclose(table.profiles[name], vectors, rtol=1e-12, err_msg=name)
    (text,) = unit_warnings(table, detector, "mine")
    assert text.startswith("mine: visible / incident energy is")


def test_stages_are_shown_and_timed_in_order() -> None:
    shown: list[tuple[str, int, list[int]]] = []

    class Recorder:
        @contextmanager
        def stage(self, name: str, total: int) -> Iterator[Callable[..., None]]:
            steps: list[int] = []
            shown.append((name, total, steps))
            yield lambda items=1, /: steps.append(items)

    stages = Stages(Recorder())
    with stages.stage("first"):
        pass
    with stages.stage("second", 5) as advance:
        advance(2)
        advance(3)
    assert shown == [("first", 1, [1]), ("second", 5, [2, 3])]
    assert [timing.name for timing in stages.timings] == ["first", "second"]
    assert all(timing.peak_memory_bytes > 1e6 for timing in stages.timings)


def test_folder_is_filled_as_a_whole(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run", force=False)
    assert not folder.path.exists()
    folder.write("{}", "<p>")
    assert sorted(p.name for p in folder.path.iterdir()) == ["report.html", "results.json"]


def test_failure_leaves_the_old_run(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text("old")
    folder = RunFolder(tmp_path, force=True)
    (tmp_path / "report.html").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        folder.write("new", "<p>")
    (tmp_path / "report.html").rmdir()
    assert [p.name for p in tmp_path.iterdir()] == ["results.json"]
    assert (tmp_path / "results.json").read_text() == "old"


def test_existing_run_needs_force(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("old")
    with pytest.raises(OutputError, match="--force"):
        RunFolder(tmp_path, force=False)


def test_output_must_be_a_folder(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text("x")
    with pytest.raises(OutputError, match="is a file"):
        RunFolder(place, force=True)
    with pytest.raises(OutputError):
        RunFolder(place / "below", force=True)
