"""Commands that write in one place at the same time; ``python races.py FOLDER`` prints what is lost."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from crash_points import Scenario, hidden_files
from crash_scenarios import DIPHOTON, RUN, TIME, a_run, command, install, warm_up

import calobench.report
import calobench.report.html
from calobench.history.store import HistoryStore
from calobench.results.page_stamp import stamped_digest
from calobench.results.store import read_results

ROUNDS = 8


def at_once(place: Path, commands: Sequence[Callable[[], int]]) -> list[int]:
    """Run commands in processes of their own that start together; gives their exit codes."""
    start = time.time() + 0.05
    children = []
    for run in commands:
        child = os.fork()
        if child == 0:
            code = 99
            try:
                os.chdir(place)
                sink = os.open(os.devnull, os.O_WRONLY)
                os.dup2(sink, 1)
                os.dup2(sink, 2)
                time.sleep(max(start - time.time(), 0))
                code = run()
            finally:
                os._exit(code)
        children.append(child)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def belongs(place: Path) -> bool:
    """Tell whether the page belongs to the results beside it, and no other file is left."""
    digest = read_results(place / "results.json").digest
    return stamped_digest(place / "report.html") == digest and not hidden_files(place)


def two_benchmarks(place: Path) -> str:
    """Both are in the results in the end."""
    a_run(place)
    codes = at_once(
        place, [command(*words, "--into", "results.json") for words in (TIME, DIPHOTON)]
    )
    names = sorted(read_results(place / "results.json").benchmarks)
    good = codes == [0, 0] and names == ["diphoton", "timing"] and belongs(place)
    return "" if good else f"exit {codes}, holds {names}, page belongs: {belongs(place)}"


def two_of_one_kind(place: Path) -> str:
    """One of the two is refused because the other was first."""
    a_run(place)
    codes = at_once(place, [command(*TIME, "--into", "results.json")] * 2)
    return "" if sorted(codes) == [0, 2] and belongs(place) else f"exit {codes}"


def two_runs(place: Path) -> str:
    """Two runs into one new folder: one of them is refused."""
    codes = at_once(place, [command(*RUN)] * 2)
    return "" if sorted(codes) == [0, 2] and belongs(place / "run") else f"exit {codes}"


def two_runs_and_a_page(place: Path) -> str:
    """Whoever is last, the page is of the results."""
    (place / "run").mkdir()
    a_run(place / "run")
    report = command("report", "run/results.json", "--force")
    codes = at_once(place, [command(*RUN, "--force"), report, command(*RUN, "--force"), report])
    good = codes[0] == codes[2] == 0 and belongs(place / "run")
    return "" if good else f"exit {codes}, page belongs: {belongs(place / 'run')}"


def two_histories(place: Path) -> str:
    """Both runs are in a store that did not exist when they began."""
    for name, seed in (("one", 2), ("two", 3)):
        (place / name).mkdir()
        a_run(place / name, seed)
    codes = at_once(
        place, [command("history", "add", name, "--store", "history") for name in ("one", "two")]
    )
    count = len(HistoryStore(place / "history").read().records)
    good = codes == [0, 0] and count == 2 and not hidden_files(place)
    return "" if good else f"exit {codes}, {count} runs, left: {hidden_files(place)}"


def one_run_twice(place: Path) -> str:
    """One run added twice to a history: one addition is refused."""
    a_run(place)
    codes = at_once(place, [command("history", "add", ".", "--store", "history")] * 2)
    count = len(HistoryStore(place / "history").read().records)
    return "" if sorted(codes) == [0, 2] and count == 1 else f"exit {codes}, {count} runs"


RACES = (
    two_benchmarks,
    two_of_one_kind,
    two_runs,
    two_runs_and_a_page,
    two_histories,
    one_run_twice,
)


def slow_drawing() -> None:
    """Leave the others time between reading and writing, as drawing does."""
    draw = calobench.report.html.render

    def render(results: object) -> str:
        time.sleep(0.01 * (os.getpid() % 5))
        return draw(results)

    calobench.report.html.render = calobench.report.render = render


if __name__ == "__main__":
    root = Path(sys.argv[1])
    install()
    for index, words in enumerate((RUN, TIME, DIPHOTON)):
        warm_up(Scenario(lambda _: None, command(*words)), root / f"warm-{index}")
    slow_drawing()
    for race in RACES:
        for number in range(ROUNDS):
            place = root / f"{race.__name__}-{number}"
            place.mkdir()
            problem = race(place)
            sys.stdout.write(json.dumps({"name": race.__name__, "fault": problem}) + "\n")
            shutil.rmtree(place)
