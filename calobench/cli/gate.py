"""``calobench gate``: has the model become worse?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from calobench.cli._options import use_option
from calobench.cli._paths import FilePath
from calobench.cli._terminal import make_console, show_table

if TYPE_CHECKING:
    from calobench.gate import Policy
    from calobench.results.gate import GateReport

__all__ = ["command"]

_HELP = """Compare RESULTS, the results.json of a run, with an earlier run.

\b
Exit code:
  0  PASS: nothing is significantly worse by more than its floor, or both are identical by content
  1  REGRESSION
  2  usage, or a file that is not what it should be
  3  NO VERDICT: nothing to compare with, or not comparable

\b
Example:
  calobench baseline before/results.json -o baseline.json
  calobench gate after/results.json --baseline baseline.json --markdown gate.md
  calobench gate after/results.json --baseline baseline.json --escalate 5000
"""

_FILE = FilePath()


@click.command(help=_HELP)
@click.argument("results", type=_FILE)
@click.option(
    "--baseline", type=_FILE, required=True, help="From 'calobench baseline'; may not exist yet."
)
@click.option("--policy", type=_FILE, help="A TOML file: floors, minimum, exceptions.")
@use_option
@click.option("--junit", type=_FILE, help="Write JUnit XML there; - is standard output.")
@click.option("--markdown", type=_FILE, help="Write a comment for a pull request there, or to -.")
@click.option("--json", "json_file", type=_FILE, help="Write everything as JSON there, or to -.")
@click.option(
    "--escalate",
    type=click.IntRange(min=1),
    metavar="MAX_N",
    help="After a REGRESSION of the quality make more showers, by the command that the results name, "
    "until it is confirmed or there are MAX_N; the rate of false alarms stays.",
)
@click.option("--picture", type=_FILE, help="Write a small picture there, as SVG, or to -.")
@click.option(
    "--webhook",
    type=_FILE,
    help="Write the message for a Slack or Mattermost webhook there, or to -.",
)
@click.option("--all", "everything", is_flag=True, help="List every metric.")
def command(
    results: Path,
    baseline: Path,
    policy: Path | None,
    use: str | None,
    junit: Path | None,
    markdown: Path | None,
    json_file: Path | None,
    escalate: int | None,
    picture: Path | None,
    webhook: Path | None,
    everything: bool,
) -> int:
    """Compare RESULTS, the results.json of a run, with an earlier run."""
    from calobench.cli._outputs import is_stdout, require_apart, write_documents
    from calobench.gate import Policy, read_policy
    from calobench.gate.output import to_json, to_junit, to_markdown
    from calobench.gate.output.webhook import to_webhook
    from calobench.report.gate_picture import gate_svg

    require_apart(
        {"RESULTS": results, "--baseline": baseline, "--policy": policy},
        {
            "--junit": junit,
            "--markdown": markdown,
            "--json": json_file,
            "--picture": picture,
            "--webhook": webhook,
        },
    )
    applied = read_policy(policy) if policy else Policy()
    report = _judged(results, baseline, applied, use)
    if escalate is not None:
        report = _escalated(report, results, baseline, applied, escalate)
    renderings = (
        (junit, to_junit),
        (markdown, to_markdown),
        (json_file, to_json),
        (picture, gate_svg),
        (webhook, to_webhook),
    )
    documents = {place: text(report) for place, text in renderings if place is not None}
    write_documents(documents, replace=True)
    # A document on standard output stands alone there.
    _show(report, everything=everything, stderr=any(map(is_stdout, documents)))
    return report.exit_code


def _judged(results: Path, baseline: Path, policy: Policy, use: str | None) -> GateReport:
    from calobench.gate import judge, no_baseline, no_comparison
    from calobench.gate.documents import OtherVersionError, read_baseline
    from calobench.gate.verdict import renewal
    from calobench.results.store import read_results
    from calobench.verdict import load_use, with_verdict

    candidate = read_results(results)
    if use is not None:
        candidate = with_verdict(candidate, load_use(use))
    remedy = renewal(results, baseline)
    if not baseline.exists():
        return no_baseline(candidate, policy, baseline, remedy)
    try:
        earlier = read_baseline(baseline)
    except OtherVersionError as error:
        return no_comparison(candidate, policy, str(error), f"{remedy} --force")
    return judge(candidate, earlier, policy, remedy=f"{remedy} --force")


def _escalated(
    report: GateReport, results: Path, baseline: Path, policy: Policy, max_n: int
) -> GateReport:
    """The report after more showers, where it is red; else as it is."""
    from calobench.cli._progress import RichProgress
    from calobench.cli._run_again import more_showers_of
    from calobench.gate import can_escalate, escalate
    from calobench.gate.documents import read_baseline
    from calobench.harness.more_showers import STEP
    from calobench.results.store import read_results

    candidate = read_results(results)
    more = more_showers_of(candidate, results)
    more.require_more(max_n)
    if not can_escalate(report):
        return report
    remarks: list[str] = []
    samples = more.samples(max_n, STEP, remarks.append, RichProgress())
    return escalate(report, read_baseline(baseline).quality, samples, policy, max_n, remarks)


def _show(report: GateReport, *, everything: bool, stderr: bool) -> None:
    from calobench.gate.output.terminal import terminal_lines, terminal_tables

    console = make_console(stderr=stderr)
    for table in terminal_tables(report, everything=everything):
        show_table(console, table)
    for line in terminal_lines(report):
        # A command to copy must not be broken where a path is longer than the terminal is wide.
        console.print(line, soft_wrap="calobench " in line)
