"""Building a site: only pages of which something has changed are drawn again."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from markupsafe import Markup

from calobench import __version__
from calobench._util.files import UnreadableError, read_bytes, read_text
from calobench._util.json_text import parse_json
from calobench._util.resources import report_templates_dir
from calobench._util.whole_folder import WholeFolder
from calobench.history.store import History, HistoryStore
from calobench.history.trends import Panel, PanelKey, panels_of, series_of
from calobench.report import text
from calobench.report.environment import page_environment, page_script
from calobench.report.site.badge import badge_svg
from calobench.report.site.comparison_page import comparison_page
from calobench.report.site.feed import FEED, feed_text
from calobench.report.site.leaderboard import BOUNDS, Change, boards_of, recent
from calobench.report.site.names import MANIFEST, badge_name, comparison_name, trend_name
from calobench.report.site.trend_page import changes_of, trend_page

__all__ = ["SiteOutcome", "SiteRequest", "build_site"]

_MAX_BYTES = 100_000_000
_CHANGES, _RUNS = 20, 15


class SiteRequest(NamedTuple):
    """A request for a site.

    Attributes:
        out: folder of the site.
        title: of the site.
        address: where it will be, ending with a slash; None: not known.
    """

    out: Path
    title: str = "Fast calorimeter simulation"
    address: str | None = None


class SiteOutcome(NamedTuple):
    """Result of building a site.

    Attributes:
        runs: in the history.
        written: names of files that were made.
        kept: how many stayed as they were.
    """

    runs: int
    written: tuple[str, ...]
    kept: int


def build_site(store: HistoryStore, history: History, request: SiteRequest) -> SiteOutcome:
    """Write the site of a history, as a whole.

    Args:
        store: where the pages of runs are.
        history: what it holds.
        request: what to build.

    Raises:
        OutputError: the folder holds other files, or cannot be written.
    """
    folder = WholeFolder(request.out, manifest=MANIFEST, force=True)
    plan = _Plan(request, history, _earlier(request.out / MANIFEST), folder.listed)
    for panel in plan.panels:
        plan.add_panel(panel)
    plan.add_comparisons()
    plan.add_reports(store)
    plan.add_front()
    return plan.write(folder)


class _Plan:
    """Files to write, files to keep, and what each is made of."""

    def __init__(
        self,
        request: SiteRequest,
        history: History,
        earlier: Mapping[str, Any],
        listed: frozenset[str],
    ) -> None:
        self.panels = panels_of(history.records)
        self._request, self._history, self._earlier = request, history, earlier
        self._files: dict[str, bytes] = {}
        self._kept: set[str] = set()
        self._made_of: dict[str, str] = {}
        self._changes: dict[PanelKey, list[Change]] = {}
        self._listed = listed
        self._environment = page_environment()
        self._code = _code_digest(request.title)

    def add_panel(self, panel: Panel) -> None:
        """Trends and badge of a model on a detector."""
        page, badge = trend_name(panel.key), badge_name(panel.key)
        made_of = self._digest(one.digest for one in panel.records)
        known = self._known_changes(panel.key)
        if self._is_kept(page, made_of) and self._is_kept(badge, made_of) and known is not None:
            self._changes[panel.key] = known
            return
        series = series_of(panel)
        self._changes[panel.key] = changes_of(panel, series)
        common = self._common("../")
        self._write(page, made_of, lambda: trend_page(self._environment, common, panel, series))
        self._write(badge, made_of, lambda: badge_svg(panel.latest))

    def add_comparisons(self) -> None:
        """All models on each detector."""
        groups: dict[tuple[str, str], list[Panel]] = {}
        for panel in self.panels:
            groups.setdefault((panel.key.detector, panel.key.use), []).append(panel)
        for key, panels in groups.items():
            page = comparison_name(key)
            made_of = self._digest(panel.latest.digest for panel in panels)
            if not self._is_kept(page, made_of):
                common = self._common("../")
                self._write(
                    page,
                    made_of,
                    functools.partial(comparison_page, self._environment, common, panels),
                )

    def add_reports(self, store: HistoryStore) -> None:
        """The pages of runs that the store keeps."""
        for record in self._history.records:
            if record.report is None or "://" in record.report:
                continue
            if self._is_kept(record.report, record.results):
                continue
            page = _page_of(store.report_path(record.results))
            self._files[record.report] = page or _MISSING
            if page:
                self._made_of[record.report] = record.results

    def add_front(self) -> None:
        """Leaderboard and feed: of every run, and so never kept."""
        records = self._history.records
        page = self._environment.get_template("site_index.html.j2").render(
            **self._common(""),
            boards=boards_of(self.panels, self._changes),
            bounds=BOUNDS,
            changes=recent(
                (one for of_panel in self._changes.values() for one in of_panel), _CHANGES
            ),
            latest=records[::-1][:_RUNS],
            runs=len(records),
            first=records[0].created_utc[:10] if records else "",
            damaged=[str(one) for one in self._history.damaged],
            trend_of=lambda one: trend_name(PanelKey(one.model, one.detector, one.use)),
        )
        self._files["index.html"] = page.encode()
        feed = feed_text(records, self._request.title, self._request.address)
        self._files[FEED] = feed.encode()

    def write(self, folder: WholeFolder) -> SiteOutcome:
        """All of it."""
        names = sorted({*self._files, *self._kept})
        manifest = {
            "calobench": __version__,
            "files": names,
            "made_of": {name: self._made_of[name] for name in sorted(self._made_of)},
            "changes": [[*key, of_panel] for key, of_panel in self._changes.items()],
        }
        written = tuple(sorted(self._files))
        self._files[MANIFEST] = (json.dumps(manifest, indent=1) + "\n").encode()
        folder.write(self._files, kept=self._kept)
        return SiteOutcome(len(self._history.records), written, len(self._kept))

    def _is_kept(self, name: str, made_of: str) -> bool:
        earlier = self._earlier.get("made_of", {})
        if name not in self._listed or earlier.get(name) != made_of:
            return False
        self._kept.add(name)
        self._made_of[name] = made_of
        return True

    def _write(self, name: str, made_of: str, content: Callable[[], str]) -> None:
        self._kept.discard(name)
        self._files[name] = content().encode()
        self._made_of[name] = made_of

    def _known_changes(self, key: PanelKey) -> list[Change] | None:
        """Statements of an earlier site about a panel."""
        for *named, of_panel in self._earlier.get("changes", ()):
            if PanelKey(*named) == key:
                return [Change(date, key, kind, words) for date, _, kind, words in of_panel]
        return None

    def _digest(self, parts: Any) -> str:
        return hashlib.sha256("\n".join([self._code, *parts]).encode()).hexdigest()

    def _common(self, root: str) -> dict[str, object]:
        script = page_script("site.js")
        return {
            "title": self._request.title,
            "root": root,
            "text": text,
            "style": _style(),
            "script": script.text,
            "script_hash": script.digest,
            "version": __version__,
        }


@functools.cache
def _style() -> Markup:
    folder = report_templates_dir()
    names = ("report.css", "comparison.css", "site.css")
    return Markup("".join((folder / name).read_text(encoding="utf-8") for name in names))


def _code_digest(title: str) -> str:
    """Of everything beside the runs that a page is made of."""
    digest = hashlib.sha256(f"{__version__}\n{title}\n".encode())
    templates = report_templates_dir()
    for file in (*_own_code(), *sorted(templates.glob("site*")), *sorted(templates.glob("*.css"))):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _own_code() -> Sequence[Path]:
    return sorted(Path(__file__).parent.glob("*.py"))


def _earlier(manifest: Path) -> Mapping[str, Any]:
    """Sources of the existing site; empty where there is none."""
    try:
        content = parse_json(read_text(manifest, _MAX_BYTES))
        made_of, changes = content["made_of"], content["changes"]
        usable = isinstance(made_of, dict) and all(len(one) == 4 for one in changes)
    except (UnreadableError, ValueError, KeyError, TypeError):
        return {}
    return content if usable else {}


def _page_of(path: Path) -> bytes:
    try:
        return read_bytes(path, _MAX_BYTES)
    except UnreadableError:
        return b""


# A link that leads nowhere says so.
_MISSING = (
    b'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>No page</title></head><body><main>'
    b"<h1>No page</h1><p>The page of this run is not in the history any more.</p></main></body></html>\n"
)
