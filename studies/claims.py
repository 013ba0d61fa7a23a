"""Numbers in README and docs against the result files that they come from.

    python studies/claims.py            # what does not agree, what is measured and has no source; exit code 1
    python studies/claims.py --write    # put the numbers of the result files into the texts
    python studies/claims.py --commands # what writes each result file; * where new weights change it

``docs/claims.toml`` says which sentence, table or page comes from which file. See there for the kinds.
"""

from __future__ import annotations

import argparse
import importlib
import json
import re
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parent))

from calobench.report.publication.rounding import pdg_rounded

__all__ = ["ROOT", "Problem", "commands", "pages", "problems", "write"]

ROOT = Path(__file__).parents[1]
CLAIMS = ROOT / "docs" / "claims.toml"
KINDS = {"claim", "table", "page", "defined", "cited"}
SETTINGS = {"elsewhere", "results", "commands", "of_weights"}

# What looks like a measurement: a value with an error, a count of trials, a time, a size, a percentage.
_MEASURED = re.compile(
    r"±|\d of [\d,]*\d|\d ?(?:%|ms|s|kB|MB|GB|CPU-hours)(?!\w)|\d-fold|\d times\b"
)
_CODE = re.compile(r"```.*?```|`[^`\n]*`|\]\([^)\n]*\)|<!--.*?-->|arXiv:\S+", re.DOTALL)
_NUMBER = r"-?\d(?:[\d.,e-]*\d)?"
_PLACE = re.compile(r"\{(\w+)\}")
_STEP = re.compile(r"(?P<key>[^.\[\]]+)|\[(?P<field>\w+)=(?P<value>[^\]]+)\]")
_VALUE = re.compile(
    r"(?P<file>\w+):(?P<path>[^|*/]+)(?:(?P<op>[*/])(?P<factor>[\d.]+))?\|(?P<format>.+)"
)


# Where a paragraph, a table or an item of a list begins and ends.
_BLOCKS = ("\n\n", "\n- ")


class Problem(NamedTuple):
    """Something in a text that no result file says."""

    page: str
    words: str


class Span(NamedTuple):
    """A part of a text, and what it should be."""

    start: int
    end: int
    expected: str


@cache
def _config() -> Mapping[str, Any]:
    config = tomllib.loads(CLAIMS.read_text(encoding="utf-8"))
    if unknown := config.keys() - KINDS - SETTINGS:
        raise ValueError(f"{CLAIMS}: {', '.join(sorted(unknown))} is no kind of source")
    return config


@cache
def _result(name: str) -> Any:
    return json.loads((ROOT / _config()["results"][name]).read_text(encoding="utf-8"))


def pages() -> list[str]:
    """Every text whose numbers must have a source."""
    docs = sorted(path.relative_to(ROOT) for path in (ROOT / "docs").rglob("*.md"))
    return [
        "README.md",
        "reference_models/README.md",
        *(str(path) for path in docs if path.parts[1] not in _config()["elsewhere"]),
    ]


def value_of(expression: str) -> str:
    """A number of a result file as text: ``FILE:path.to[name=fpd].value*100|.1f``.

    The format is Python's; ``re:PATTERN`` takes the first group from a sentence; ``pdg`` takes ``value`` and
    ``error`` of what the path leads to, rounded as the Particle Data Group does.
    """
    match = _VALUE.fullmatch(expression)
    if match is None:
        raise ValueError(f"{expression}: write FILE:path|format")
    value = _result(match["file"])
    for step in _STEP.finditer(match["path"]):
        if step["key"] is not None:
            value = value[int(step["key"])] if isinstance(value, list) else value[step["key"]]
        else:
            value = next(one for one in value if str(one[step["field"]]) == step["value"])
    if match["format"] == "pdg":
        both = value if isinstance(value, list) else (value["value"], value["error"])
        rounded = pdg_rounded(*both)
        return rounded.value if rounded.error is None else f"{rounded.value} ± {rounded.error}"
    if match["format"].startswith("re:"):
        inside = re.search(match["format"].removeprefix("re:"), value)
        if inside is None:
            raise ValueError(f"{expression}: '{value}' has no such number")
        return inside[1]
    if match["format"] == "len":
        return f"{len(value):,}"
    if match["op"]:
        factor = float(match["factor"])
        value = value * factor if match["op"] == "*" else value / factor
    return format(value, match["format"])


def _pattern(text: str, values: Mapping[str, str]) -> re.Pattern[str]:
    """Matches the sentence wherever its lines break, with any numbers in its places."""
    parts = _PLACE.split(" ".join(text.split()))
    for number, part in enumerate(parts):
        literal = re.escape(part).replace(r"\ ", r"\s+")
        parts[number] = rf"(?P<{part}>{_NUMBER}(?: ± {_NUMBER})?)" if number % 2 else literal
    missing = set(_PLACE.findall(text)) ^ set(values)
    if missing:
        raise ValueError(f"'{text}': no value, or no place, for {', '.join(sorted(missing))}")
    return re.compile("".join(parts))


def _claims(page: str, content: str) -> Iterator[Span | Problem]:
    for claim in _config()["claim"]:
        if page not in claim["pages"]:
            continue
        values = {name: value_of(one) for name, one in claim["values"].items()}
        matches = list(_pattern(claim["text"], values).finditer(content))
        if not matches:
            yield Problem(page, f"claims.toml has a sentence that is not there: {claim['text']}")
        for match in matches:
            yield Span(match.start(), match.end(), _filled(match, values))


def _filled(match: re.Match[str], values: Mapping[str, str]) -> str:
    text, shift = match.group(), match.start()
    for name in sorted(values, key=match.start, reverse=True):
        text = text[: match.start(name) - shift] + values[name] + text[match.end(name) - shift :]
    return text


def _tables(page: str, content: str) -> Iterator[Span | Problem]:
    for table in _config()["table"]:
        if table["page"] != page:
            continue
        begin, end = f"<!-- table: {table['name']} -->\n", "\n<!-- end of table -->"
        start = content.find(begin)
        stop = content.find(end, start)
        if min(start, stop) < 0:
            yield Problem(page, f"has no place for the table '{table['name']}'")
            continue
        made = _maker(table["made_by"])(_result(table["result"]))
        yield Span(start + len(begin), stop, made)


def _whole(page: str, content: str) -> Iterator[Span | Problem]:
    for made in _config()["page"]:
        if made["page"] == page:
            yield Span(0, len(content), _maker(made["made_by"])(_result(made["result"])))


def _maker(name: str) -> Callable[[Any], str]:
    module, _, function = name.partition(":")
    maker: Callable[[Any], str] = getattr(importlib.import_module(module), function)
    return maker


def _sourced(page: str, content: str) -> Iterator[Span | Problem]:
    """Paragraphs and tables whose numbers are no result of this repository."""
    for kind in ("cited", "defined"):
        for entry in _config().get(kind, ()):
            if page != entry["page"]:
                continue
            match = _phrase(entry["begins"]).search(content)
            if match is None:
                yield Problem(page, f"claims.toml has words that are not there: {entry['begins']}")
                continue
            start = max(content.rfind(mark, 0, match.end()) for mark in _BLOCKS) + 1
            ends = (content.find(mark, match.end()) for mark in _BLOCKS)
            end = min((one for one in ends if one >= 0), default=len(content))
            yield Span(start, end, content[start:end])


def _phrase(words: str) -> re.Pattern[str]:
    """Matches words wherever their lines break."""
    return re.compile(r"\s+".join(map(re.escape, words.split())))


def _spans(page: str, content: str) -> Iterator[Span | Problem]:
    yield from _claims(page, content)
    yield from _tables(page, content)
    yield from _whole(page, content)
    yield from _sourced(page, content)


def _missing() -> Iterator[Problem]:
    config = _config()
    for name, path in config["results"].items():
        try:
            _result(name)
        except FileNotFoundError:
            command = config["commands"].get(name, "measure it")
            yield Problem(CLAIMS.name, f"{path} is missing: {command}")


def problems() -> list[Problem]:
    """Statements of the texts that no result file supports, and measurements without a source.

    Without one of the result files nothing is compared: only that it is missing is said.
    """
    faults = list(_missing())
    if faults:
        return faults
    for page in pages():
        content = (ROOT / page).read_text(encoding="utf-8")
        spans = []
        for one in _spans(page, content):
            if isinstance(one, Problem):
                faults.append(one)
                continue
            spans.append(one)
            if content[one.start : one.end] != one.expected:
                faults.append(
                    Problem(
                        page,
                        f"says '{content[one.start : one.end][:300]}' for '{one.expected[:300]}'",
                    )
                )
        faults += [
            Problem(page, f"no source for '{words}'") for words in _unsourced(content, spans)
        ]
    return faults


def _unsourced(content: str, spans: list[Span]) -> Iterator[str]:
    prose = _CODE.sub(lambda code: " " * len(code.group()), content)
    for match in _MEASURED.finditer(prose):
        if not any(span.start <= match.start() < span.end for span in spans):
            yield " ".join(content[max(0, match.start() - 60) : match.end() + 20].split())


def write() -> list[str]:
    """Put the numbers of the result files into the texts; returns the pages that changed."""
    changed = []
    for page in pages():
        content = before = (ROOT / page).read_text(encoding="utf-8")
        spans = [one for one in _spans(page, content) if isinstance(one, Span)]
        for span in sorted(spans, reverse=True):
            # Of the page as it was: a paragraph with a source may hold a sentence that changes.
            if before[span.start : span.end] != span.expected:
                content = content[: span.start] + span.expected + content[span.end :]
        if content != before:
            (ROOT / page).write_text(content, encoding="utf-8")
            changed.append(page)
    return changed


def commands() -> Iterator[str]:
    """Every result file with what writes it; a star where it changes with the weights that ship."""
    config = _config()
    for name, command in config["commands"].items():
        star = "*" if name in config["of_weights"] else " "
        yield f"{star} {config['results'][name]}\n    {command}"


def main() -> None:
    """Compare, write, or list the commands."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--write", action="store_true", help="change the texts")
    parser.add_argument("--commands", action="store_true", help="what writes each result file")
    options = parser.parse_args()
    if options.commands:
        print("\n".join(commands()))
        return
    if options.write and not list(_missing()):
        print("\n".join(f"wrote {page}" for page in write()) or "nothing changed")
    faults = problems()
    for problem in faults:
        print(f"{problem.page}: {problem.words}")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
