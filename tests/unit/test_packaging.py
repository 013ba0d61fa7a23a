"""Descriptions of the package agree: pyproject.toml, the conda recipe, CITATION.cff."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

import calobench

ROOT = Path(__file__).parents[2]

# What conda-forge calls them.
CONDA = {"torch": "pytorch", "matplotlib": "matplotlib-base"}
# Keys of the Citation File Format 1.2.0, https://doi.org/10.5281/zenodo.5171937.
REQUIRED = {"cff-version", "message", "title", "authors"}
OPTIONAL = {
    *(
        "abstract",
        "commit",
        "contact",
        "date-released",
        "doi",
        "identifiers",
        "keywords",
        "license",
    ),
    *("license-url", "preferred-citation", "references", "repository", "repository-artifact"),
    *("repository-code", "type", "url", "version"),
}
PERSON = {
    *("address", "affiliation", "alias", "city", "country", "email", "family-names", "fax"),
    *(
        "given-names",
        "name-particle",
        "name-suffix",
        "orcid",
        "post-code",
        "region",
        "tel",
        "website",
    ),
}
ENTITY = {
    *("address", "alias", "city", "country", "date-end", "date-start", "email", "fax", "location"),
    *("name", "orcid", "post-code", "region", "tel", "website"),
}


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


def test_the_citation_keeps_to_its_format(project: dict[str, Any]) -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert set(citation) >= REQUIRED
    assert set(citation) <= REQUIRED | OPTIONAL
    assert citation["cff-version"] == "1.2.0"
    assert citation["type"] in {"software", "dataset"}
    assert citation["license"] == project["license"]
    assert citation["authors"]
    for author in citation["authors"]:
        assert set(author) <= (ENTITY if "name" in author else PERSON)
    assert [one["name"] for one in citation["authors"]] == [
        one["name"] for one in project["authors"]
    ]
    assert all(isinstance(word, str) for word in citation["keywords"])
    assert len(set(citation["keywords"])) == len(citation["keywords"])
