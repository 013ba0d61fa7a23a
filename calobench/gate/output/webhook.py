"""The verdict as the JSON that Slack and Mattermost take at an incoming webhook.

Both read ``text`` and ``attachments`` (Slack: "Sending messages using incoming webhooks", "Legacy: secondary
message attachments"; Mattermost: "Incoming webhooks", "Message attachments"). Nothing is sent from here.
"""

from __future__ import annotations

import json
from typing import Any

from calobench._util.visible import visible
from calobench.gate.output.wording import headline, sides
from calobench.results.gate import GateReport

__all__ = ["to_webhook"]

_COLOURS = {"PASS": "#0b6b57", "REGRESSION": "#a3123f", "NO VERDICT": "#575f6b"}


def to_webhook(report: GateReport) -> str:
    """The message.

    Args:
        report: of the gate.
    """
    side = report.candidate
    title = f"calobench gate: {report.verdict}: {side.model} on {side.detector}"
    fields: list[dict[str, Any]] = [
        {"title": "Against the baseline", "value": _plain(headline(report)), "short": False}
    ]
    if report.model_verdict:
        fields.append({"title": "By itself", "value": _plain(report.model_verdict), "short": False})
    attachment = {
        "fallback": _plain(title),
        "color": _COLOURS[report.verdict],
        "fields": fields,
        "footer": _plain(sides(report)),
    }
    message = {"text": _plain(title), "attachments": [attachment]}
    return json.dumps(message, indent=1, ensure_ascii=False) + "\n"


def _plain(text: str) -> str:
    """Text that calls nobody and links nowhere: the three signs that both read as commands, escaped."""
    flat = visible(" ".join(text.split()))
    escaped = flat.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("@", "@\u200b").replace("://", ":\u200b//")
