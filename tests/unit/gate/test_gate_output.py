from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from quality_factory import make_run
from rich.console import Console

from calobench.gate import Policy, judge, no_baseline
from calobench.gate.documents import make_baseline
from calobench.gate.output import to_json, to_junit, to_markdown
from calobench.gate.output.bars import bars_of
from calobench.gate.output.markdown import MARKER
from calobench.gate.output.terminal import terminal_lines, terminal_tables
from calobench.gate.output.webhook import to_webhook
from calobench.gate.output.wording import distance, headline, how_sure
from calobench.report.gate_picture import gate_svg
from calobench.results.gate import Change, Gap, GateReport


def renamed(results: Any) -> Any:
    """Results whose first observable is the response, so that it has a plot."""
    first = results.observables[0].model_copy(update={"name": "response"})
    return results.model_copy(update={"observables": (first, *results.observables[1:])})


@pytest.fixture(scope="module")
def reports() -> dict[str, GateReport]:
    baseline = make_baseline(make_run(seed=1)[0])
    same, worse = make_run(seed=2)[0], make_run(seed=3, shift=0.6, correlation=0.0)[0]
    better = make_baseline(worse)
    return {
        "pass": judge(renamed(same), baseline, Policy()),
        "regression": judge(renamed(worse), baseline, Policy()),
        "better": judge(same, better, Policy()),
        "first": no_baseline(same, Policy(), Path("b.json"), "calobench baseline r -o b.json"),
    }


def shown(report: Any, width: int = 80, **options: Any) -> str:
    file = io.StringIO()
    console = Console(width=width, file=file, highlight=False)
    for table in terminal_tables(report, **options):
        console.print(table)
    for line in terminal_lines(report):
        console.print(line, markup=False)
    return file.getvalue()


@pytest.mark.parametrize("name", ["pass", "regression", "better", "first"])
def test_terminal_fits_80_columns_and_ends_with_the_verdict(
    reports: dict[str, GateReport], name: str
) -> None:
    text = shown(reports[name])
    assert max(len(line) for line in text.splitlines()) <= 80
    assert headline(reports[name]).split(":")[0] in text


def test_regression_names_what_by_how_much_how_sure_and_where(
    reports: dict[str, GateReport],
) -> None:
    text = shown(reports["regression"])
    row = next(line for line in text.splitlines() if " response.bias " in line)
    change = next(c for c in reports["regression"].changes if c.name == "response.bias")
    assert distance(change, before=False) in row
    assert "%" in row
    assert how_sure(change) in row
    assert "#o0" in row
    assert "REGRESSION: " in text


def test_pass_shows_what_would_have_been_seen(reports: dict[str, GateReport]) -> None:
    text = shown(reports["pass"])
    assert "response.width" in text
    assert "would have been detected" in " ".join(text.split())
    assert "PASS: none of 128 metrics is worse" in text


def test_everything_lists_every_metric(reports: dict[str, GateReport]) -> None:
    text = shown(reports["pass"], width=140, everything=True)
    assert all(change.name in text for change in reports["pass"].changes)


def test_first_run_shows_the_command(reports: dict[str, GateReport]) -> None:
    text = shown(reports["first"])
    assert "NO VERDICT: there is no baseline b.json yet" in text
    assert "calobench baseline r -o b.json" in text


def test_long_lists_are_cut_and_say_so(reports: dict[str, GateReport]) -> None:
    report = reports["regression"]
    many = tuple(
        change.model_copy(update={"status": "worse", "name": f"{change.name}{i}"})
        for i in range(3)
        for change in report.changes[:10]
    )
    text = shown(report.model_copy(update={"changes": many}))
    assert "the surest 12 of 30" in text
    assert "… and 10 more" in to_markdown(report.model_copy(update={"changes": many}))


def test_junit_has_a_case_a_metric_and_fails_the_worse_ones(reports: dict[str, GateReport]) -> None:
    report = reports["regression"]
    root = ET.fromstring(to_junit(report))
    suite = root.find("testsuite")
    worse = {change.name for change in report.changes if change.status == "worse"}
    failed = {
        case.get("name") for case in suite.iter("testcase") if case.find("failure") is not None
    }
    assert failed == worse
    assert suite.get("tests") == str(len(report.changes))
    assert suite.get("failures") == str(len(worse))
    message = suite.find("testcase[@name='response.bias']/failure").get("message")
    assert "from Geant4, p " in message
    assert "report.html#o0" in message


def test_junit_without_a_verdict_is_an_error_not_a_success(reports: dict[str, GateReport]) -> None:
    suite = ET.fromstring(to_junit(reports["first"])).find("testsuite")
    assert (suite.get("tests"), suite.get("errors"), suite.get("failures")) == ("1", "1", "0")
    assert "no baseline" in suite.find("testcase/error").get("message")


def test_junit_survives_names_that_xml_cannot_hold(reports: dict[str, GateReport]) -> None:
    change = (
        reports["pass"]
        .changes[0]
        .model_copy(update={"name": "a<b>\x00&\x1b", "label": "x", "status": "worse"})
    )
    gap = Gap(name="gone", reason="not in the results")
    report = reports["pass"].model_copy(update={"changes": (change,), "gaps": (gap,)})
    suite = ET.fromstring(to_junit(report)).find("testsuite")
    assert suite.find("testcase").get("name") == r"a<b>\x00&\x1b"
    assert suite.get("skipped") == "1"


def test_markdown_is_a_comment_that_can_be_found_again(reports: dict[str, GateReport]) -> None:
    text = to_markdown(reports["regression"])
    assert text.startswith(MARKER)
    assert "### ❌ calobench gate: REGRESSION" in text
    row = next(line for line in text.splitlines() if line.startswith("| `response.bias`"))
    assert row.count("|") == 9
    assert "report.html#o0" in row
    assert "✅" in to_markdown(reports["pass"])
    assert "`calobench baseline r -o b.json`" in to_markdown(reports["first"])
    assert "better</summary>" in to_markdown(reports["better"])


def test_the_model_itself_is_judged_in_the_sentence_of_its_page(
    reports: dict[str, GateReport],
) -> None:
    report = reports["regression"]
    assert report.model_verdict
    for shown in (" ".join(terminal_lines(report)), to_junit(report)):
        assert report.model_verdict in shown
    assert "**The model itself:** " in to_markdown(report)


def test_markdown_of_hostile_names_stays_in_its_cell(reports: dict[str, GateReport]) -> None:
    change = (
        reports["pass"]
        .changes[0]
        .model_copy(update={"label": "a|b\n\n# <script>", "status": "worse"})
    )
    text = to_markdown(reports["pass"].model_copy(update={"changes": (change,)}))
    assert "<script>" not in text
    assert "\n# " not in text
    row = next(line for line in text.splitlines() if line.startswith("| `response.bias`"))
    assert row.replace("\\|", "").count("|") == 9


@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>", "`<script>`", "a|b", "![x](https://evil)", "@team", "\x1b[2J\u202ex"],
)  # fmt: skip
def test_no_name_that_a_run_has_does_anything_in_a_comment(
    reports: dict[str, GateReport], name: str
) -> None:
    report = reports["regression"]
    change = report.changes[0].model_copy(
        update={"label": name, "name": name, "observable": name, "plot": name, "status": "worse"}
    )
    side = report.candidate.model_copy(update={"model": name})
    text = to_markdown(
        report.model_copy(
            update={
                "changes": (change,),
                "gaps": (Gap(name=name, reason=name),),
                "candidate": side,
                "remedy": f"calobench baseline {name}",
            }
        )
    )
    prose = re.sub("`[^`]*`", "", text)
    assert "<script" not in text
    assert not re.search(r"@(?!\u200b)|(?<!\\)!?\[x|://(?!\u200b)", prose)
    assert not set(text) & set("\x1b\u202e")
    row = next(line for line in text.splitlines() if line.startswith("| ") and "metric" not in line)
    assert row.replace("\\|", "").count("|") == 9


def test_json_holds_everything(reports: dict[str, GateReport]) -> None:
    report = reports["regression"]
    assert GateReport.model_validate_json(to_json(report)) == report
    assert json.loads(to_json(report))["exit_code"] == 1


def change(kind: Any, **numbers: Any) -> Change:
    values = {
        "before": 0.0, "before_error": 0.03, "after": 0.5, "after_error": 0.03, "floor": 0.1,
        "p_value": 0.0, "p_adjusted": 0.0, "status": "worse", **numbers,
    }  # fmt: skip
    return Change(
        name=f"x.{kind}", kind=kind, observable="x", label="x", unit="mm", headline=False, **values
    )


@pytest.mark.parametrize(
    ("kind", "after", "error", "text"),
    [
        ("bias", 0.5, 0.03, "+0.50±0.03"),
        ("bias", -0.5, 0.012, "-0.500±0.012"),
        ("width", 0.1823, 0.03, "+20±4"),
        ("width", -0.001, 0.03, "+0±3"),
        ("sample", 0.9, 0.01, "+90.0±1.0"),
        ("timing", 12.0, 0.2, "12.0±0.2"),
        ("shape", 0.3, 0.0, "0.30±0.00"),
    ],
)
def test_distances_show_as_many_digits_as_their_errors_allow(
    kind: str, after: float, error: float, text: str
) -> None:
    assert distance(change(kind, after=after, after_error=error), before=False) == text


def test_bars_picture_and_message_say_both_verdicts(reports: dict[str, GateReport]) -> None:
    for name, report in reports.items():
        markdown, message = to_markdown(report), json.loads(to_webhook(report))
        root = ET.fromstring(gate_svg(report))
        shown = " ".join(text.text or "" for text in root.iter("{http://www.w3.org/2000/svg}text"))
        assert report.verdict in shown
        (attachment,) = message["attachments"]
        assert report.verdict in message["text"]
        fields = {one["title"]: one["value"] for one in attachment["fields"]}
        assert fields["Against the baseline"].startswith(report.verdict)
        assert report.model_verdict
        assert "By itself: " in shown
        assert "By itself" in fields
        assert ("before █" in markdown or "before ▏" in markdown) == bool(report.changes), name
    assert "◀ worse" in to_markdown(reports["regression"])
    assert "◀ worse" not in to_markdown(reports["pass"])
    longest = max(max(one.before, one.after) for one in bars_of(reports["regression"]))
    assert longest == 1.0


def test_names_do_nothing_in_a_picture_or_a_message(reports: dict[str, GateReport]) -> None:
    evil = "<!channel> @all https://x.y ``` </text><script>"
    report = reports["regression"]
    change = next(one for one in report.changes if one.status == "worse")
    changed = report.model_copy(
        update={
            "candidate": report.candidate.model_copy(update={"model": evil}),
            "model_verdict": evil,
            "changes": (change.model_copy(update={"label": evil}),),
        }
    )
    ET.fromstring(gate_svg(changed))
    text = to_webhook(changed)
    assert "<!" not in text
    assert "@all" not in text
    assert "https://" not in text
    markdown = to_markdown(changed)
    assert "<script" not in markdown
    assert markdown.count("<pre>") == markdown.count("</pre>") == 1
