"""Addresses in README and docs: all are listed; missing, refusing and silent ones are distinguished."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType

import pytest

STUDIES = Path(__file__).parents[2] / "studies"
CODES = {"/there": 200, "/gone": 404, "/refuses": 403, "/broken": 503}


class Server(BaseHTTPRequestHandler):
    """Answers with a code by path; supports HEAD only for /gone."""

    def do_HEAD(self) -> None:
        self.send_error(CODES[self.path] if self.path == "/gone" else 405)

    def do_GET(self) -> None:
        self.send_response(CODES[self.path])
        self.end_headers()

    def log_message(self, format: str, *_: object) -> None:
        return


@pytest.fixture
def links(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(STUDIES))
    return importlib.import_module("links")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()


def test_each_answer_is_told_apart(links: ModuleType, server: str) -> None:
    answers = {path: links.ask(f"{server}{path}") for path in CODES}
    assert {path: answer.name for path, answer in answers.items()} == {
        "/there": "THERE",
        "/gone": "GONE",
        "/refuses": "REFUSES",
        "/broken": "SILENT",
    }
    assert links.ask("http://127.0.0.1:9/").name == "SILENT"
    words, code = links.report(answers, {path: ["README.md"] for path in CODES})
    assert code == 1
    assert "/gone is gone (README.md)" in words
    assert words.endswith("1 of 4 addresses answer")
    del answers["/gone"]
    assert links.report(answers, {path: ["README.md"] for path in CODES})[1] == 0


def test_without_network_it_says_so(links: ModuleType) -> None:
    answers = dict.fromkeys(["https://a", "https://b"], links.Answer.SILENT)
    assert links.report(answers, {}) == (
        "no network: none of 2 addresses answered, nothing was checked",
        2,
    )


def test_all_texts_are_read(links: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "docs" / "guides").mkdir(parents=True)
    (tmp_path / "README.md").write_text(
        "[a](https://a.net/x), https://b.net. https://example.org\n"
    )
    (tmp_path / "docs" / "guides" / "one.md").write_text(
        "arXiv:2303.01469, <https://a.net/x>, `https://doi.org/{doi}`\n"
    )
    assert links.addresses(tmp_path) == {
        "https://a.net/x": ["README.md", "docs/guides/one.md"],
        "https://arxiv.org/abs/2303.01469": ["docs/guides/one.md"],
        "https://b.net": ["README.md"],
    }
    assert "https://arxiv.org/abs/2303.01469" in links.addresses()
