"""Several results from Python."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from several_factory import make_run, write_runs

import calobench as cb
from calobench.errors import ComparisonError, OutputError, UnknownNameError


@pytest.fixture
def both() -> cb.Comparison:
    return cb.compare([cb.Result(make_run("full", 1)), cb.Result(make_run("distilled", 2))])


def test_results_files_and_folders_with_names_of_their_own(tmp_path: Path) -> None:
    first, second = write_runs(tmp_path, "full", "distilled")
    result = cb.compare(
        {"mine": first, "yours": str(second.parent), "third": cb.Result(make_run("c", 3))}
    )
    assert list(result.verdicts) == ["mine", "yours", "third"]
    assert repr(result) == "<mine, yours, third on FCCeeALLEGRO>"


def test_table_figures_page_and_plots(both: cb.Comparison, tmp_path: Path) -> None:
    table = both.table()
    assert set(table.index.get_level_values("model")) == {"full", "distilled"}
    assert both.plot("shower_depth").axes
    assert both.plot("response_against_energy").axes
    assert both.save(tmp_path / "page.html").read_text().startswith("<!DOCTYPE html>")
    with pytest.raises(OutputError, match="--force"):
        both.save(tmp_path / "page.html")
    folder = both.save_plots(tmp_path / "plots", formats=["csv"], only=["response_*"])
    assert [path.name for path in (folder / "figures").iterdir()] == ["response_against_energy.csv"]
    with pytest.raises(UnknownNameError, match="unknown format 'gif'"):
        both.save_plots(tmp_path / "other", formats=["gif"])


def test_a_notebook_shows_verdicts_and_a_table_as_text() -> None:
    page = cb.compare([cb.Result(make_run("<b>x</b>")), cb.Result(make_run("b", 2))])._repr_html_()
    assert "<b>x</b>" not in page.replace("<b>&lt;b&gt;", "")
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "±" in page


def test_one_figure_of_one_result_or_several() -> None:
    first, second = cb.Result(make_run("full", 1)), cb.Result(make_run("distilled", 2))
    assert len(cb.plot(first, "shower_depth").axes[0].get_legend().get_texts()) == 2
    assert len(cb.plot([first, second], "shower_depth").axes[0].get_legend().get_texts()) == 3
    with pytest.raises(UnknownNameError, match="did you mean 'shower_depth'"):
        cb.plot([first, second], "shower_dept")
    with pytest.raises(ComparisonError, match="the same results"):
        cb.plot([first, first], "shower_depth")


def test_comparing_loads_no_matplotlib_and_a_backend_that_is_missing_hinders_nothing() -> None:
    code = (
        "import sys; import calobench as cb; cb.compare; assert 'matplotlib' not in sys.modules; "
        "import calobench.report.html"
    )
    environment = {"MPLBACKEND": "module://no_such_backend.of_a_notebook", "PATH": ""}
    environment["PYTHONPATH"] = str(Path(cb.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
