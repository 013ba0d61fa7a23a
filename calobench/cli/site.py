"""``calobench site``: a history as a static site."""

from __future__ import annotations

from pathlib import Path

import click

from calobench.cli._paths import FilePath
from calobench.cli._terminal import echo

__all__ = ["command"]

_HELP = """Make a static site of a history: leaderboard, trends, comparisons, badges and a feed.

The pages need no server and ask for nothing: they work from a file share, GitLab Pages or GitHub Pages
(docs/ci has recipes). Only pages of which something has changed are made again, and the folder appears as a
whole. A folder that holds other files is refused.

\b
Examples:
  calobench site history/ -o public/
  calobench site history/ -o public/ --title "FCC-ee ALLEGRO" --url https://example.org/calo/
"""


@click.command(help=_HELP)
@click.argument("store", type=FilePath())
@click.option("--out", "-o", type=FilePath(), required=True, help="Folder of the site.")
@click.option("--title", default="Fast calorimeter simulation", show_default=True)
@click.option("--url", metavar="URL", help="Where the site will be, for links in the feed.")
def command(*, store: Path, out: Path, title: str, url: str | None) -> None:
    """Make a static site of a history."""
    from calobench.cli.history import warn_of_damaged
    from calobench.history.store import HistoryStore
    from calobench.report.site.build import SiteRequest, build_site

    if url is not None and not url.startswith(("http://", "https://")):
        raise click.BadParameter(
            f"'{url}' begins with neither http:// nor https://", param_hint="--url"
        )
    address = None if url is None else f"{url.rstrip('/')}/"
    place = HistoryStore(store)
    history = place.read()
    warn_of_damaged(store, history.damaged)
    outcome = build_site(place, history, SiteRequest(out, title, address))
    echo(
        f"site     {out / 'index.html'}: {outcome.runs} runs; {len(outcome.written)} files made, "
        f"{outcome.kept} kept"
    )
