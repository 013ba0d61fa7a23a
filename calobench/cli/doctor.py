"""``calobench doctor``: what is installed, and what is missing for what."""

from __future__ import annotations

import click

from calobench.cli._terminal import echo

__all__ = ["command"]


@click.command()
def command() -> None:
    """Say what is installed, what is missing for what, and how to get it.

    One line each, for whoever sets calobench up and for reports of bugs. The exit code is 2 if calobench
    cannot work as it is.
    """
    from calobench.errors import CalobenchError
    from calobench.harness.doctor import examine

    findings = examine()
    for finding in findings:
        remedy = f"; {finding.remedy}" if finding.remedy else ""
        echo(f"{finding.topic}: {finding.words}{remedy}")
    serious = [finding for finding in findings if finding.serious]
    if serious:
        raise CalobenchError(
            f"{len(serious)} things keep calobench from working, the first: {serious[0].topic}: "
            f"{serious[0].words}"
        )
