"""Reading and writing ``results.json``."""

from __future__ import annotations

import json
from pathlib import Path

from calobench._util.atomic import write_text
from calobench.benchmarks.calochallenge.record import is_calochallenge_version
from calobench.results.reading import read_raw
from calobench.results.schema import SCHEMA_VERSION, Results
from calobench.results.seal import seal

__all__ = ["json_schema", "read_results", "write_results"]


def json_schema() -> str:
    """The JSON Schema of a results file, as committed in ``data_specs/results.schema.json``."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Results.model_json_schema(mode="serialization"),
    }
    return json.dumps(schema, indent=1, sort_keys=True) + "\n"


def write_results(path: Path, results: Results) -> None:
    """Seal and write atomically.

    Raises:
        OutputError: the place cannot be written.
    """
    write_text(path, seal(results).model_dump_json(indent=1) + "\n")


def read_results(path: Path) -> Results:
    """Read and check a results file.

    Raises:
        ResultsError: missing, not JSON, another version, not following the schema, or edited.
    """
    document = read_raw(path, "give the results.json of 'calobench run'")
    version = document.content.get("schema_version")
    if is_calochallenge_version(version):
        raise document.refused(
            "is a result of --protocol calochallenge, which only 'calobench report' reads"
        )
    if version is None:
        raise document.refused("is not the results of a run")
    if version != SCHEMA_VERSION:
        raise document.refused(
            f"has schema version {version!r}, this calobench reads '{SCHEMA_VERSION}'"
        )
    return document.parse(Results)
