"""Descriptions of the package agree: pyproject.toml, the conda recipe, CITATION.cff."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

import calobench

ROOT = Path(__file__).parents[2]
SCHEMA = Path(__file__).parent / "vendor" / "citation-file-format-1.2.0.schema.json"

# What conda-forge calls them.
CONDA = {"torch": "pytorch", "matplotlib": "matplotlib-base"}


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    content: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return content["project"]


@pytest.fixture(scope="module")
def recipe() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / "recipe" / "recipe.yaml").read_text("utf-8"))
    return content


def conda(requirement: str) -> str:
    name, bound = re.fullmatch(r"([\w-]+)(?:\[.*\])?(.*)", requirement).groups()
    return f"{CONDA.get(name, name)} {bound}".strip()


def test_versions_agree(project: dict[str, Any], recipe: dict[str, Any]) -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    versions = {
        project["version"],
        recipe["context"]["version"],
        citation["version"],
        calobench.__version__,
    }
    assert len(versions) == 1


def test_the_recipe_depends_on_what_the_project_does(
    project: dict[str, Any], recipe: dict[str, Any]
) -> None:
    run = set(recipe["requirements"]["run"])
    expected = {conda(one) for one in project["dependencies"]}
    assert run - {f"python {project['requires-python']}"} == expected
    optional = {conda(one) for extra in project["optional-dependencies"].values() for one in extra}
    assert set(recipe["requirements"]["run_constraints"]) <= optional
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]
    assert {conda(one) for one in build["requires"]} <= set(recipe["requirements"]["host"])


def test_the_recipe_has_the_commands_of_the_project(
    project: dict[str, Any], recipe: dict[str, Any]
) -> None:
    assert recipe["build"]["python"]["entry_points"] == [
        f"{name} = {target}" for name, target in project["scripts"].items()
    ]
    assert recipe["about"]["license"] == project["license"]
    assert recipe["about"]["summary"] == project["description"]


def test_rattler_build_renders_the_recipe(recipe: dict[str, Any]) -> None:
    rattler = pytest.importorskip("rattler_build", reason="pip install py-rattler-build")
    rendered = rattler.Stage0Recipe.from_file(str(ROOT / "recipe" / "recipe.yaml")).render()
    assert len(rendered) == 1
    package = rendered[0].recipe.to_dict()
    assert package["package"] == {"name": "calobench", "version": calobench.__version__}
    assert package["build"]["noarch"] == "python"
    assert package["requirements"]["run"] == recipe["requirements"]["run"]


def test_the_citation_keeps_to_its_format(project: dict[str, Any]) -> None:
    """By the schema of the format, which cffconvert and GitHub's check use."""
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    validator = Draft7Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert [error.message for error in validator.iter_errors(citation)] == []
    assert list(validator.iter_errors({**citation, "keyword": ["calorimeter"]})) != []
    assert citation["license"] == project["license"]
    assert [one["name"] for one in citation["authors"]] == [
        one["name"] for one in project["authors"]
    ]


def test_the_readme_is_short_and_begins_with_the_first_screen() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) < 120
    pictures = [line for line in lines[:12] if line.startswith("![")]
    assert len(pictures) == 1
    picture = ROOT / pictures[0].partition("](")[2].rstrip(")")
    assert picture.is_file()
    samples = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\nsamples:")[2]
    assert f"--summary $(SAMPLE)/{picture.name}" in samples.partition("\n\n")[0]
