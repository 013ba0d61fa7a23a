"""Hooks that MkDocs calls: generated pages, figures of the gallery, links to files outside of the site."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

# MkDocs loads this file by its path.
sys.path.insert(0, str(Path(__file__).parent))

import gallery
import pages as made
import tutorial

ROOT = Path(__file__).parents[2]
# A link that is no address of its own.
_LINK = re.compile(r"\[([^\]]+)\]\((?![a-z]+:)([^)#\s][^)\s]*)\)")
# A block of code without a language; if a command begins it, it is one of the shell's.
_FENCED = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_COMMAND = re.compile(r"(?:# [^\n]*\n)*(calobench|cd|eval|git|make|pip|python|torchrun) ")
_LEFT_OUT = ("ci", "examples")
# What is shown on the site although it lies elsewhere.
_SAMPLES = {
    "reports/samples/distilled-FCCeeALLEGRO/report.html": "samples/distilled.html",
    "reports/samples/distilled-FCCeeALLEGRO/first_screen.png": "samples/first_screen.png",
    "reports/samples/sweep-FCCeeALLEGRO/index.html": "samples/sweep.html",
}
# Pages of files that lie elsewhere; their links are those of the file's folder.
_ELSEWHERE = {
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "reference_models/README.md": "reference_models.md",
}
_HOMES = {page: (ROOT / source).parent for source, page in _ELSEWHERE.items()}


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that no file holds."""
    pages = {
        "reference/observables.md": made.observables(),
        "reference/scores.md": made.scores(),
        "reference/metrics.md": made.metrics(),
        "reference/uses.md": made.uses(),
        "reference/commands.md": made.commands(),
        "reference/results.md": made.results(),
    }
    for source, name in _ELSEWHERE.items():
        pages[name] = (ROOT / source).read_text(encoding="utf-8")
    for path in sorted((ROOT / "docs" / "tutorials").glob("*.py")):
        text, figures = tutorial.executed(path)
        pages[f"tutorials/{path.stem}.md"] = text
        files.remove(files.get_file_from_path(f"tutorials/{path.name}"))
        for name, content in figures.items():
            files.append(File.generated(config, f"tutorials/{name}", content=content))
    for name, text in pages.items():
        files.append(File.generated(config, name, content=text))
    for source, name in _SAMPLES.items():
        files.append(File.generated(config, name, content=(ROOT / source).read_bytes()))
    page = files.get_file_from_path("gallery.md")
    if page is not None:
        text, figures = gallery.drawn(page.content_string)
        files.remove(page)
        files.append(File.generated(config, "gallery.md", content=text))
        for name, content in figures.items():
            files.append(File.generated(config, f"gallery/{name}", content=content))
    return files


def on_page_markdown(markdown: str, page: Any, files: Files, **_: Any) -> str:
    """Name what is in the repository and not in the site, instead of linking to it; mark commands as such."""
    docs = ROOT / "docs"
    top = _HOMES.get(page.file.src_uri, docs / Path(page.file.src_uri).parent)
    at_root = page.file.src_uri in _HOMES

    def linked(match: re.Match[str]) -> str:
        text, (target, hash_, anchor) = match[1], match[2].partition("#")
        place = (top / target).resolve()
        if place.is_relative_to(docs):
            inside = place.relative_to(docs)
            if files.get_file_from_path(str(inside)) and inside.parts[0] not in _LEFT_OUT:
                return f"[{text}]({inside}{hash_}{anchor})" if at_root else match[0]
        known = place.is_relative_to(ROOT) and (_SAMPLES | _ELSEWHERE).get(
            str(place.relative_to(ROOT))
        )
        if known:
            up = "../" * page.file.src_uri.count("/")
            return f"[{text}]({up}{known}{hash_}{anchor})"
        name = place.relative_to(ROOT) if place.is_relative_to(ROOT) else Path(target)
        return text if str(name) in text else f"{text} (`{name}`)"

    return _FENCED.sub(_of_the_shell, _LINK.sub(linked, markdown))


def _of_the_shell(match: re.Match[str]) -> str:
    if match[1] or not _COMMAND.match(match[2]):
        return match[0]
    return f"```sh\n{match[2]}```"
