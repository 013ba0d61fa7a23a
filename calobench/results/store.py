"""Reading and writing ``results.json``."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from calobench._util.atomic import write_text
from calobench.benchmarks.catalogue import all_benchmarks
from calobench.errors import PluginError
from calobench.results.reading import read_raw
from calobench.results.schema import SCHEMA_VERSION, Results
from calobench.results.seal import seal

__all__ = ["json_schema", "read_results", "results_text", "write_results"]

# Documents of a protocol begin their version with its name.
_PROTOCOL = re.compile(r"([a-z]+)")


def json_schema() -> str:
    """The JSON Schema of a results file, as committed in ``data_specs/results.schema.json``.

    Raises:
        PluginError: records of two benchmarks have different classes of one name.
    """
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Results.model_json_schema(mode="serialization"),
    }
    records = schema["properties"]["benchmarks"].setdefault("properties", {})
    for name, benchmark in all_benchmarks().items():
        record = benchmark.record.model_json_schema(mode="serialization")
        for definition, content in record.pop("$defs", {}).items():
            if schema["$defs"].setdefault(definition, content) != content:
                raise PluginError(
                    f"the record of the benchmark '{name}' has a class '{definition}', which results have "
                    "already; rename it"
                )
        records[name] = record
    return json.dumps(schema, indent=1, sort_keys=True) + "\n"


def results_text(results: Results) -> str:
    """The content of a results file, sealed."""
    return seal(results).model_dump_json(indent=1) + "\n"


def write_results(path: Path, results: Results) -> None:
    """Seal and write atomically.

    Raises:
        OutputError: the place cannot be written.
    """
    write_text(path, results_text(results))


def read_results(path: Path) -> Results:
    """Read and check a results file.

    Raises:
        ResultsError: missing, not JSON, another version, not following the schema, or edited.
    """
    document = read_raw(path, "give the results.json of 'calobench run'")
    version = document.content.get("schema_version")
    if isinstance(version, str) and (protocol := _PROTOCOL.match(version)):
        raise document.refused(
            f"is a result of --protocol {protocol[1]}, which only 'calobench report' reads"
        )
    if version is None:
        raise document.refused("is not the results of a run")
    if version != SCHEMA_VERSION:
        raise document.refused(
            f"has schema version {version!r}, this calobench reads '{SCHEMA_VERSION}'"
        )
    return document.parse(Results)
