"""The gate's report in the formats that people and continuous-integration systems read."""

from calobench.gate.output.json_file import to_json
from calobench.gate.output.junit import to_junit
from calobench.gate.output.markdown import to_markdown

__all__ = ["to_json", "to_junit", "to_markdown"]
