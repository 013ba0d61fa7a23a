"""Reading and writing ``results.json``."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from calobench.atomic import write_text
from calobench.errors import ResultsError
from calobench.results.calochallenge import is_calochallenge_version
from calobench.results.schema import SCHEMA_VERSION, Results
from calobench.results.seal import is_intact, seal
from calobench.validation import describe_validation_error

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
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ResultsError(f"cannot read {path}: give the results.json of a run") from error
    try:
        content = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ResultsError(
            f"{path} is not JSON ({error}); give the results.json of a run"
        ) from error
    version = content.get("schema_version") if isinstance(content, dict) else None
    if is_calochallenge_version(version):
        raise ResultsError(
            f"{path} is a result of --protocol calochallenge, which only 'calobench report' reads; give "
            "the results.json of a run without --protocol"
        )
    if version != SCHEMA_VERSION:
        raise ResultsError(
            f"{path} has schema version {version}, this calobench reads {SCHEMA_VERSION}; "
            "make the results again with 'calobench run'"
        )
    try:
        results = Results.model_validate_json(text)
    except ValidationError as error:
        raise ResultsError(f"{path}: {describe_validation_error(error)}") from error
    if not is_intact(content):
        raise ResultsError(
            f"{path} was edited: it does not have its digest; make the results again with "
            "'calobench run'"
        )
    return results
