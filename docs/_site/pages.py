"""Content of the pages that are made of the code: observables, scores, metrics, uses, commands, results."""

from __future__ import annotations

import importlib
import json
import re
import sys
from pathlib import Path
from typing import Any

import click

from calobench.cli import command_group
from calobench.evaluation.multivariate.catalogue import all_multivariate
from calobench.evaluation.univariate import all_scores
from calobench.gate.kinds import metric_kinds
from calobench.observables import all_observables
from calobench.verdict import load_use, use_names

__all__ = ["commands", "metrics", "observables", "results", "scores", "uses"]

ROOT = Path(__file__).parents[2]
# How metrics are made, in the order in which it is understood.
_CONDITIONAL = (
    *("model", "residuals", "limits", "metrics", "dependence", "local", "regions", "outliers"),
    "same_noise",
)


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
        lines.append(prose(module_of(members[0].compute)))
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
    for one in all_multivariate():
        title = one.name.replace("_", " ")
        lines.append(f"### {title} {{#{one.name}}}\n")
        lines += [
            f"`{name.key}`, {escaped(name.label)}. {name.description.replace('<', '&lt;')}\n"
            for name in one.names
        ]
        lines.append(prose(module_of(one.compute)))
    return "\n".join(lines)


def metrics() -> str:
    """Every kind of metric that the gate compares: unit, smallest change that matters, and how it is made."""
    lines = [
        "# Metrics of the gate\n\nA run stores, beside its scores, metrics at fixed energy and angle, which "
        "[the gate](../gate.md) compares between two runs. A change counts where it is significant and "
        "larger than both parts of the floor.\n",
        "| kind | unit | smallest change that matters | and of the earlier distance |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| `{kind.name}` | {kind.unit} | {_amount(kind)} | {kind.floor.relative:.0%} |"
        for kind in metric_kinds().values()
    ]
    lines.append("")
    for part in _CONDITIONAL:
        module = importlib.import_module(f"calobench.evaluation.conditional.{part}")
        name = part.replace("_", " ")
        lines.append(f"## {name.capitalize()}\n\n{prose(module)}")
    return "\n".join(lines)


def _amount(kind: Any) -> str:
    amount = kind.floor.absolute
    return f"{amount:.1%}" if kind.scale != "plain" else f"{amount:g} {kind.unit}"


def uses() -> str:
    """Every use that ships, with its tolerances and their reasons."""
    lines = [
        "# Uses and their tolerances\n\nWhat [the verdict](../verdict.md) holds a model against: "
        "`--use NAME`. Made from `data_specs/uses`; a file of your own has the same form.\n"
    ]
    for name in use_names():
        use = load_use(name)
        lines += [
            f"## {use.name} {{#{use.name}}}\n\n{escaped(_sentence(use.title))} {escaped(use.description)}\n",
            "| number | fit up to | unusable from | because |",
            "|---|---|---|---|",
        ]
        for one in use.tolerance:
            unusable = "" if one.unusable is None else f"{one.unusable:g} {one.unit}"
            lines.append(
                f"| `{one.observable}`, {one.quantity} | {one.max:g} {one.unit} | {unusable} "
                f"| {escaped(one.why)} |"
            )
        lines.append("")
    return "\n".join(lines)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


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
    text = re.sub(r"^Formula: (.*?)(?=\n\n|\Z)", _formula, text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(
        r"^Pitfalls: (\w)", lambda m: f"**Pitfalls.** {m[1].upper()}", text, flags=re.MULTILINE
    )
    return text.replace("<", "&lt;") + "\n"


def _formula(match: re.Match[str]) -> str:
    """A formula in plain text, in which no sign is markup."""
    plain = re.sub(r"([*_])", r"\\\1", match[1])
    return f"**Formula.** {plain}"


def module_of(thing: Any) -> Any:
    """The module that a function, what a partial calls, or an object of a class lies in."""
    thing = getattr(thing, "func", thing)
    return sys.modules[getattr(thing, "__module__", None) or type(thing).__module__]


def escaped(text: str) -> str:
    """Text in which nothing is markup of HTML or of a table."""
    return text.replace("<", "&lt;").replace("|", "\\|")
