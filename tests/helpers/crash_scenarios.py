"""Commands to be killed; ``python crash_scenarios.py FOLDER [NAME ...]`` prints what became of each, as JSON.

What takes long and writes nothing is done once, before: measuring, drawing, comparing.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import importlib
import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any
from unittest import mock

import h5py
import numpy as np
from crash_points import Scenario, kill_everywhere
from diphoton_factory import make_diphoton
from history_factory import fill, make_history
from quality_factory import make_run
from results_factory import make_results
from timing_factory import make_timing

import calobench.benchmarks.diphoton.study
import calobench.benchmarks.paired.run
import calobench.benchmarks.timing.measure
import calobench.harness.run
import calobench.report
import calobench.report.html
from calobench.cli import main
from calobench.detectors import load_detector
from calobench.gate.documents import make_baseline
from calobench.io import write_lemurs
from calobench.report.site.build import SiteRequest, build_site
from calobench.results.schema import Results
from calobench.results.seal import digest_of
from calobench.results.store import results_text, write_results
from calobench.showers import Conditions, Showers

ALLEGRO = ("--detector", "ALLEGRO")
TOY = ("--model", "toy_models:toy")


def command(*arguments: str) -> Callable[[], int]:
    def run() -> int:
        sys.argv = ["calobench", *arguments]
        try:
            main(arguments)
        except SystemExit as stop:
            return stop.code if isinstance(stop.code, int) else 99
        return 0

    return run


def results(seed: int) -> Results:
    """Of the toy model, small."""
    whole_run = make_results(seed=seed)
    spec = load_detector("ALLEGRO")
    model = whole_run.model.model_copy(update={"name": "toy", "weights_hash": None})
    detector = whole_run.detector.model_copy(update={"geometry_hash": spec.geometry_hash})
    run = whole_run.run.model_copy(update={"seed": seed})
    few = {"observables": (), "events": ()}
    return whole_run.model_copy(update={**few, "model": model, "detector": detector, "run": run})


def install() -> None:
    """Put what was measured and drawn before in place of measuring and drawing."""
    timing, diphoton, measured = make_timing(), make_diphoton(), results(1)
    draw = calobench.report.html.render
    drawn, digest = draw(measured), digest_of(measured)

    def render(results: Results) -> str:
        # The sections that the page lacks do not matter here, the results that it names do.
        return drawn.replace(digest, digest_of(results))

    calobench.report.html.render = calobench.report.render = render
    # The package has a function of this name.
    run: Any = sys.modules["calobench.harness.run"]
    if not hasattr(run, "measure"):
        raise AttributeError(
            "what measures has another name: the scenarios would measure, for an hour"
        )
    run.measure = lambda *_: (measured, ())
    calobench.benchmarks.timing.measure.measure = lambda *_: timing
    calobench.benchmarks.diphoton.study.run_diphoton = lambda *_: diphoton
    # Its curves, which the made-up result lacks.
    cli: Any = importlib.import_module("calobench.cli.diphoton")
    cli._show, cli._page = (lambda *_: None), (lambda *_: "<p>two photons</p>")
    request = calobench.benchmarks.paired.run.ComparisonRequest(
        *("toy_models:toy", "toy_models:scaled_toy"), load_detector("ALLEGRO"), n=50, replicas=20
    )
    compared = calobench.benchmarks.paired.run.compare_models(request)
    calobench.benchmarks.paired.run.compare_models = lambda *_: compared


def install_simulation() -> None:
    """Shards as Geant4 would make them, without Geant4."""
    production: Any = importlib.import_module("calobench.simulate.production")
    production.require_geant4 = lambda: None
    production.geant4_environment = lambda *_: {"G4LEDATA": "/tables/G4EMLOW8.8"}

    def make(_: object, task: Any, shard: int, *__: object) -> None:
        n = task.folder.size(shard)
        conditions = Conditions(np.full(n, 1e4), np.full(n, 1.5), np.zeros(n))
        showers = Showers(np.full((n, 9, 16, 45), shard, np.float32), conditions)
        write_lemurs(
            task.folder.file(shard), [showers], detector="FCCeeCLD",
            mesh=task.detector.mesh_geometry, attributes={"geant4": "11"},
        )  # fmt: skip

    production.Children.make = make


def without_hard_links(run: Callable[[], int]) -> Callable[[], int]:
    """The command on a file system that has none."""

    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    def changed() -> int:
        with mock.patch.object(Path, "hardlink_to", refuse):
            return run()

    return changed


def warm_up(scenario: Scenario, place: Path) -> None:
    """Import once what every child would."""
    place.mkdir()
    os.chdir(place)
    scenario.prepare(place)
    with (place / "printed").open("w") as sink, contextlib.redirect_stdout(sink):
        scenario.command()


def a_run(place: Path, seed: int = 2) -> None:
    """Results and the page that belongs to them."""
    run = results(seed)
    write_results(place / "results.json", run)
    (place / "report.html").write_text(calobench.report.render(run))


def a_run_with_a_stale_page(place: Path) -> None:
    a_run(place, seed=2)
    (place / "report.html").write_text(calobench.report.render(results(3)))


@functools.cache
def _two_runs() -> dict[str, str]:
    before, after = (make_run(seed=seed)[0] for seed in (1, 2))
    return {
        "before.json": results_text(before),
        "after.json": results_text(after),
        "baseline.json": make_baseline(before).model_dump_json(),
    }


def two_runs(place: Path) -> None:
    for name, text in _two_runs().items():
        (place / name).write_text(text)


def gated(place: Path) -> None:
    """An earlier call of the gate wrote in two folders."""
    two_runs(place)
    (place / "notes").mkdir()
    for name in ("gate.xml", "gate.json", "notes/gate.md"):
        (place / name).write_text("of an earlier call\n")


def showers(place: Path) -> None:
    with h5py.File(place / "challenge.h5", "w") as file:
        file["incident_energies"] = np.full((2, 1), 1e4)
        file["showers"] = np.full((2, 6480), 2.0)


def nothing(place: Path) -> None:
    pass


def something(place: Path) -> None:
    (place / "run").mkdir()
    (place / "run" / "notes.txt").write_text("mine\n")


def an_old_run(place: Path) -> None:
    something(place)
    a_run(place / "run")


def a_history(place: Path) -> None:
    fill(place / "history", make_history(2))


def a_site(place: Path) -> None:
    """Of one run fewer than the history has by now."""
    store = fill(place / "history", make_history(1))
    build_site(store, store.read(), SiteRequest(place / "public"))
    a_history(place)


RUN = ("run", *TOY, *ALLEGRO, "--out", "run")
PAGE = frozenset({"results.json", "report.html"})
RUN_PAGE = frozenset(f"run/{name}" for name in PAGE)
GATE = ("gate", "after.json", "--baseline", "baseline.json",
        "--junit", "gate.xml", "--markdown", "notes/gate.md", "--json", "gate.json")  # fmt: skip
TIME = ("time", *ALLEGRO, "--models", "toy_models:toy")
DIPHOTON = ("diphoton", *TOY, *ALLEGRO)
COMPARE = ("compare", *ALLEGRO, "--models", "toy_models:toy,toy_models:scaled_toy",
           "-n", "50", "--replicas", "20", "--json", "compared.json")  # fmt: skip
KEPT = frozenset({"results.json"})
SITE = ("site", "history", "-o", "public")
HISTORY = ("history", "add", "results.json", "--store", "history")

SCENARIOS = {
    "run into no folder": Scenario(nothing, command(*RUN), RUN_PAGE, refuses=2),
    "run into a folder": Scenario(something, command(*RUN), RUN_PAGE, refuses=2),
    "run into a folder without hard links": Scenario(
        something, without_hard_links(command(*RUN)), RUN_PAGE, refuses=2
    ),
    "run over a run": Scenario(
        an_old_run, command(*RUN, "--force"), RUN_PAGE, frozenset({"run/results.json"})
    ),
    "report": Scenario(
        lambda place: write_results(place / "results.json", results(2)),
        command("report", "results.json"), PAGE, KEPT, refuses=2,
    ),
    "report in place of a stale page": Scenario(
        a_run_with_a_stale_page, command("report", "results.json"), kept=PAGE, refuses=2
    ),
    "baseline": Scenario(two_runs, command("baseline", "before.json", "-o", "new.json"), refuses=2),
    "baseline over a baseline": Scenario(
        two_runs, command("baseline", "after.json", "-o", "baseline.json", "--force"),
        kept=frozenset({"baseline.json"}),
    ),
    "gate": Scenario(two_runs, command(*GATE)),
    "gate over an earlier one": Scenario(
        gated, command(*GATE), frozenset({"gate.xml", "gate.json", "notes/gate.md"}),
        frozenset({"gate.json"}),
    ),
    "compare": Scenario(nothing, command(*COMPARE), refuses=2),
    "convert": Scenario(showers, command("convert", "challenge.h5", "out.h5"), refuses=2),
    "simulate": Scenario(
        nothing, command("simulate", "--detector", "CLD", "-n", "101", "--out", "out.h5"), refuses=2
    ),
    "simulate over a file": Scenario(
        lambda place: (place / "out.h5").write_bytes(b"old"),
        command("simulate", "--detector", "CLD", "-n", "101", "--out", "out.h5", "--force"),
        kept=frozenset({"out.h5"}),
    ),
    "time": Scenario(nothing, command(*TIME, "--out", "times"), refuses=2),
    "time into a run": Scenario(
        a_run, command(*TIME, "--into", "results.json"), PAGE, KEPT, refuses=2
    ),
    "time into a run and a file": Scenario(
        a_run, command(*TIME, "--into", "results.json", "--out", "times"), PAGE, KEPT, refuses=2
    ),
    "history add": Scenario(
        a_run, command(*HISTORY), kept=PAGE, refuses=2
    ),
    "site over a site": Scenario(a_site, command(*SITE)),
    "diphoton": Scenario(nothing, command(*DIPHOTON, "--out", "two"), refuses=2),
    "diphoton into a run": Scenario(
        a_run, command(*DIPHOTON, "--into", "results.json"), PAGE, KEPT, refuses=2
    ),
}  # fmt: skip


if __name__ == "__main__":
    root, *names = Path(sys.argv[1]), *sys.argv[2:]
    install()
    install_simulation()
    for name in names or SCENARIOS:
        scenario = SCENARIOS[name]
        folder = root / name.replace(" ", "_")
        warm_up(scenario, folder)
        outcome = kill_everywhere(scenario, folder)
        shutil.rmtree(folder)
        sys.stdout.write(json.dumps({"name": name, **asdict(outcome)}) + "\n")
        sys.stdout.flush()
