"""Addresses outside of the repository that README and docs name: which there are, whether they answer.

    python studies/links.py --list    # every address, with the files that name it
    python studies/links.py           # ask each; exit code 1 if one is gone, 2 if there is no network

Links inside the repository are checked by ``make docs``. References such as arXiv:2303.01469 count as
addresses, in the docstrings too, which the site shows.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from pathlib import Path

import requests

__all__ = ["Answer", "addresses", "ask", "main", "report"]

ROOT = Path(__file__).parents[1]
# Texts that the site shows, and what it makes pages of.
_TEXTS = (
    *("*.md", "*.cff", "mkdocs.yml", "docs/**/*.md", "docs/tutorials/*.py", "reference_models/**/*.md"),
    *("calobench/**/*.py", "reference_models/**/*.py", "data_specs/**/*.yaml", "data_specs/**/*.toml"),
)  # fmt: skip
_ADDRESS = re.compile(r"https?://[^\s<>\"'`\\\])]+")
_ARXIV = re.compile(r"arXiv:\s?(\d{4}\.\d{4,5})")
# Names that stand for one of the reader's own, and identifiers that are no page.
_NO_PAGE = re.compile(r"example\.org|[{}$]|json-schema\.org|jsonfeed\.org/version|//git-lfs")
_SECONDS = 20


class Answer(Enum):
    """Answer of an address."""

    THERE = "answers"
    REFUSES = "is there, but refuses programs"
    GONE = "is gone"
    SILENT = "did not answer"


def addresses(root: Path = ROOT) -> dict[str, list[str]]:
    """Every address, and the files that name it."""
    named: dict[str, set[str]] = {}
    for path in sorted({path for pattern in _TEXTS for path in root.glob(pattern)}):
        text = path.read_text(encoding="utf-8")
        mentioned = [match.group().rstrip(".,;:") for match in _ADDRESS.finditer(text)]
        mentioned += [f"https://arxiv.org/abs/{match[1]}" for match in _ARXIV.finditer(text)]
        for address in mentioned:
            if not _NO_PAGE.search(address):
                named.setdefault(address, set()).add(str(path.relative_to(root)))
    return {address: sorted(files) for address, files in sorted(named.items())}


def ask(address: str) -> Answer:
    """Whether a page is there. Servers that know no HEAD are asked for the page."""
    try:
        for method in ("HEAD", "GET"):
            with requests.request(
                method, address, timeout=_SECONDS, allow_redirects=True, stream=True
            ) as reply:
                code = reply.status_code
            if code < 400:
                return Answer.THERE
    except requests.RequestException:
        return Answer.SILENT
    if code in {401, 403, 405, 429}:
        return Answer.REFUSES
    return Answer.GONE if code < 500 else Answer.SILENT


def report(answers: Mapping[str, Answer], named: Mapping[str, Iterable[str]]) -> tuple[str, int]:
    """Words for the terminal, and the exit code."""
    if answers and all(answer is Answer.SILENT for answer in answers.values()):
        return f"no network: none of {len(answers)} addresses answered, nothing was checked", 2
    lines = [
        f"{address} {answer.value} ({', '.join(named[address])})"
        for address, answer in answers.items()
        if answer is not Answer.THERE
    ]
    there = sum(answer is Answer.THERE for answer in answers.values())
    lines.append(f"{there} of {len(answers)} addresses answer")
    return "\n".join(lines), int(Answer.GONE in answers.values())


def main() -> None:
    """List, or ask."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--list", action="store_true", help="ask nobody")
    named = addresses()
    if parser.parse_args().list:
        print("\n".join(f"{address}  {', '.join(files)}" for address, files in named.items()))
        return
    with ThreadPoolExecutor(8) as pool:
        answers = dict(zip(named, pool.map(ask, named), strict=True))
    words, code = report(answers, named)
    print(words)
    sys.exit(code)


if __name__ == "__main__":
    main()
