"""Pages that are made of the code: observables, scores, commands, the results schema, the tutorial."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import click
import jupytext
from mkdocs.structure.files import File, Files

from calobench.cli import command_group
from calobench.evaluation.multivariate.catalogue import all_multivariate
from calobench.evaluation.univariate import all_scores
from calobench.observables import all_observables

ROOT = Path(__file__).parents[2]
# A link that is no address of its own.
_LINK = re.compile(r"\[([^\]]+)\]\((?![a-z]+:)([^)#\s][^)\s]*)\)")
_LEFT_OUT = ("ci", "examples")


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that no file holds."""
    pages = {
        "reference/observables.md": observables(),
        "reference/scores.md": scores(),
        "reference/commands.md": commands(),
        "reference/results.md": results(),
        "contributing.md": (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"),
        "changelog.md": (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"),
    }
    for path in sorted((ROOT / "docs" / "tutorials").glob("*.py")):
        notebook = jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent")
        pages[f"tutorials/{path.stem}.md"] = without_header(jupytext.writes(notebook, fmt="md"))
        files.remove(files.get_file_from_path(f"tutorials/{path.name}"))
    for name, text in pages.items():
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, files: Files, **_: Any) -> str:
    """Name what is in the repository and not in the site, instead of linking to it."""
    docs = ROOT / "docs"
    at_root = page.file.src_uri in {"contributing.md", "changelog.md"}
    top = ROOT if at_root else docs / Path(page.file.src_uri).parent

    def linked(match: re.Match[str]) -> str:
        text, (target, hash_, anchor) = match[1], match[2].partition("#")
        place = (top / target).resolve()
        if place.is_relative_to(docs):
            inside = place.relative_to(docs)
            if files.get_file_from_path(str(inside)) and inside.parts[0] not in _LEFT_OUT:
                return f"[{text}]({inside}{hash_}{anchor})" if at_root else match[0]
        name = place.relative_to(ROOT) if place.is_relative_to(ROOT) else Path(target)
        return text if str(name) in text else f"{text} (`{name}`)"

    return _LINK.sub(linked, markdown)


def without_header(text: str) -> str:
    """The text without the block of metadata that a notebook begins with."""
    return re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL).lstrip()


def observables() -> str:
    """Every observable by family: definition, unit, where it comes from."""
    lines = [
        "# Observables\n\nNumbers of each shower, and vectors along an axis. Made from the declarations in "
        "`calobench/observables/`; packages can add theirs ([Extending calobench](../extending.md)).\n"
    ]
    families: dict[str, list[Any]] = {}
    for one in all_observables():
        families.setdefault(one.family, []).append(one)
    for family, members in families.items():
        lines.append(f"\n## {family.replace('_', ' ').capitalize()}\n")
        for one in members:
            unit = f", {one.unit}" if one.unit else ""
            kind = "vector" if one.axis is not None else "number"
            part = f" Part of `{one.part_of}`." if one.part_of else ""
            lines.append(
                f"### {escaped(one.label)} {{#{one.name}}}\n\n`{one.name}`, {kind}{unit}. "
                f"{escaped(one.description)}{part}\n"
            )
    return "\n".join(lines)


def scores() -> str:
    """Every score: definition and source from the docstrings of its module."""
    lines = [
        "# Scores\n\nDistances of a model's showers from Geant4's. Each has a bootstrap error, the null of "
        "samples that agree at the same numbers of showers, and a p-value. A score without its null is not "
        "shown.\n\n## Of one observable\n"
    ]
    for one in all_scores():
        title = escaped(one.title or one.name)
        lines.append(f"### {title} {{#{one.name}}}\n\n`{one.name}`. {escaped(one.description)}\n")
        lines.append(prose(module_of(one.of_distributions)))
        lines.append(f"\n{prose(one.of_distributions)}\n")
    lines.append("\n## Of all observables together\n")
    lines += [
        f"### {one.name} {{#{one.name}}}\n\n{prose(module_of(one.compute))}"
        for one in all_multivariate()
    ]
    return "\n".join(lines)


def commands() -> str:
    """The help of every command."""
    group = command_group()
    context = click.Context(group, info_name="calobench")
    lines = ["# Commands\n"]
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is not None:
            help_text = command.get_help(click.Context(command, info_name=f"calobench {name}"))
            lines.append(f"## {name}\n\n```text\n{help_text}\n```\n")
    return "\n".join(lines)


def results() -> str:
    """The classes of the results schema with what each field means."""
    schema = json.loads((ROOT / "data_specs" / "results.schema.json").read_text(encoding="utf-8"))
    lines = [
        "# results.json\n\nMade from `data_specs/results.schema.json`, to which every results file of this "
        "version keeps. Additive fields have defaults; what breaks readers raises the major version.\n",
        table("Results", schema),
    ]
    lines += [table(name, content) for name, content in sorted(schema["$defs"].items())]
    return "\n".join(lines)


def table(name: str, schema: dict[str, Any]) -> str:
    """One class of the schema."""
    rows = [
        f"| `{field}` | {type_of(content)} | {escaped(content.get('description', ''))} |"
        for field, content in schema.get("properties", {}).items()
    ]
    about = escaped(" ".join(schema.get("description", "").split()))
    head = f"## {name}\n\n{about}\n"
    return (
        head
        if not rows
        else "\n".join([head, "| field | type | meaning |", "|---|---|---|", *rows, ""])
    )


def type_of(schema: dict[str, Any]) -> str:
    """A field's type in few words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(type_of(one) for one in schema["anyOf"]))
    if schema.get("type") == "array":
        items = schema.get("items") or next(iter(schema.get("prefixItems", [])), {})
        return f"list of {type_of(items)}" if items else "list"
    return str(schema.get("type", "any"))


def prose(thing: Any) -> str:
    """The docstring of a thing, its roles as code."""
    text = "\n".join(line.strip() for line in (thing.__doc__ or "").strip().splitlines())
    text = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", text).replace("``", "`")
    return escaped(text) + "\n"


def module_of(thing: Any) -> Any:
    """The module that a function or an object of a class lies in."""
    import sys

    return sys.modules[getattr(thing, "__module__", None) or type(thing).__module__]


def escaped(text: str) -> str:
    """Text in which nothing is markup of HTML or of a table."""
    return text.replace("<", "&lt;").replace("|", "\\|")
