"""Tables for papers: LaTeX with booktabs, Markdown, and CSV with all digits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from calobench.report.comparison.charts import Rows
from calobench.report.latex import latex
from calobench.report.publication.rounding import pdg_rounded

__all__ = [
    "TABLE_FORMATS",
    "Cell",
    "Measured",
    "Table",
    "latex_cell",
    "latex_table",
    "markdown_table",
    "plain_cell",
    "table_rows",
]

_MINUS = "\N{MINUS SIGN}"


class Measured(NamedTuple):
    """A number with its error.

    Attributes:
        value: as measured.
        error: one standard deviation; None where it is not known.
        marked: whether it gets a star.
        digits: of a value without an error.
    """

    value: float
    error: float | None = None
    marked: bool = False
    digits: int = 3


Cell: TypeAlias = "str | Measured | None"


class Table(NamedTuple):
    """One table.

    Attributes:
        name: of its files.
        caption: one or two sentences, among them what a star means.
        groups: headings above those of the columns, with the number of columns each; () for none.
        columns: headings.
        rows: the first cell is the name of the row; None: nothing was measured.
    """

    name: str
    caption: str
    groups: tuple[tuple[str, int], ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def latex_table(table: Table) -> str:
    """A ``table`` environment; needs the package booktabs."""
    head = " & ".join(latex(one) for one in table.columns)
    lines = [
        r"\begin{table}",
        r"  \centering",
        rf"  \caption{{{latex(table.caption)}}}",
        rf"  \label{{tab:{table.name}}}",
        rf"  \begin{{tabular}}{{l{'r' * (len(table.columns) - 1)}}}",
        r"    \toprule",
        *_latex_groups(table.groups),
        rf"    {head} \\",
        r"    \midrule",
        *(rf"    {' & '.join(map(latex_cell, row))} \\" for row in table.rows),
        r"    \bottomrule",
        r"  \end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _latex_groups(groups: Sequence[tuple[str, int]]) -> list[str]:
    if not groups:
        return []
    cells, rules, place = [], [], 1
    for title, width in groups:
        cells.append(
            rf"\multicolumn{{{width}}}{{c}}{{{latex(title)}}}" if title else " & " * (width - 1)
        )
        if title:
            rules.append(rf"\cmidrule(lr){{{place}-{place + width - 1}}}")
        place += width
    return [rf"    {' & '.join(cells)} \\", f"    {' '.join(rules)}"]


def latex_cell(cell: Cell) -> str:
    """One cell as LaTeX."""
    if cell is None:
        return "--"
    if isinstance(cell, str):
        return latex(cell)
    rounded = pdg_rounded(*cell[:2], cell.digits)
    star = "^{*}" if cell.marked else ""
    if rounded.error is None:
        return f"${rounded.value}{star}$"
    return rf"${rounded.value} \pm {rounded.error}{star}$"


def markdown_table(table: Table) -> str:
    """The caption, and a table as GitHub and others show it."""
    spans = [title for title, width in table.groups for _ in range(width)]
    heads = [
        f"{spans[index]}: {column}" if spans and spans[index] else column
        for index, column in enumerate(table.columns)
    ]
    lines = [
        _markdown_line(heads),
        _markdown_line([":---", *["---:"] * (len(heads) - 1)]),
        *(_markdown_line([_markdown_cell(cell) for cell in row]) for row in table.rows),
    ]
    return f"{table.caption}\n\n" + "\n".join(lines) + "\n"


def _markdown_line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _markdown_cell(cell: Cell) -> str:
    text = " ".join(plain_cell(cell).split())
    return "".join("\\" + c if c in r"\|*_`[]<>" else c for c in text)


def plain_cell(cell: Cell) -> str:
    """One cell as text."""
    if cell is None:
        return "–"
    if isinstance(cell, str):
        return cell
    rounded = pdg_rounded(*cell[:2], cell.digits)
    number = rounded.value if rounded.error is None else f"{rounded.value} ± {rounded.error}"
    return number.replace("-", _MINUS) + ("*" if cell.marked else "")


def table_rows(table: Table) -> Rows:
    """The table with all digits: a column more for the error of each number that has one."""
    spans = [title for title, width in table.groups for _ in range(width)]
    with_error = [
        any(isinstance(row[k], Measured) and row[k].error is not None for row in table.rows)  # type: ignore[union-attr]
        for k in range(len(table.columns))
    ]
    head: list[str] = []
    for k, column in enumerate(table.columns):
        title = f"{spans[k]}: {column}" if spans and spans[k] else column
        head += [title, f"{title}, error"] if with_error[k] else [title]
    lines: Rows = [tuple(head)]
    for row in table.rows:
        line: list[str | float | None] = []
        for cell, error in zip(row, with_error, strict=True):
            value = cell.value if isinstance(cell, Measured) else cell
            line += (
                [value, cell.error if isinstance(cell, Measured) else None] if error else [value]
            )
        lines.append(tuple(line))
    return lines


TABLE_FORMATS: dict[str, Callable[[Table], str]] = {"tex": latex_table, "md": markdown_table}
