"""The feed of a site: JSON Feed 1.1 (jsonfeed.org/version/1.1), one item per run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from calobench.history.record import HistoryRecord
from calobench.history.trends import PanelKey
from calobench.report.site.names import trend_name

__all__ = ["FEED", "feed_text"]

FEED = "feed.json"
_MAX_ITEMS = 100


def feed_text(records: Sequence[HistoryRecord], title: str, address: str | None) -> str:
    """The feed, the latest runs first.

    Args:
        records: of all runs, in order of time.
        title: of the site.
        address: where the site will be, ending with a slash; None: not known, and links are left out.
    """
    feed: dict[str, Any] = {"version": "https://jsonfeed.org/version/1.1", "title": title}
    if address is not None:
        feed |= {"home_page_url": address, "feed_url": f"{address}{FEED}"}
    feed["items"] = [_item(one, address) for one in records[: -_MAX_ITEMS - 1 : -1]]
    return json.dumps(feed, indent=1, ensure_ascii=False) + "\n"


def _item(record: HistoryRecord, address: str | None) -> dict[str, Any]:
    gate = "" if record.gate is None else f" Gate: {record.gate.verdict}."
    tags = [record.model, record.detector, record.use, record.level.value]
    item: dict[str, Any] = {
        "id": f"urn:sha256:{record.results}",
        "title": f"{record.model} on {record.detector}: {record.level.value}",
        "content_text": f"{record.sentence}{gate}{f' {record.note}' if record.note else ''}",
        "date_published": record.created_utc,
        "tags": [*tags, *(() if record.gate is None else (record.gate.verdict,))],
    }
    if address is not None:
        item["url"] = f"{address}{trend_name(PanelKey(record.model, record.detector, record.use))}"
    if record.report is not None and "://" in record.report:
        item["external_url"] = record.report
    return item
