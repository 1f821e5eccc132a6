"""The invoice as an accessible German HTML fragment, grouped as people read it; every value escaped, nothing active.

Hooks for the page that shows it:

- Each value and each group has an id by `anchors` (`bt-112`, `bg-25-3-bt-131`, `bg-25-3`), and a value its term as
  `data-bt`. A finding's `anchor` in a report is such an id: link to `#…` and style `:target`.
- The ids of the terms stand beside the labels, codes beside their words, as `<span class="bt-number" hidden>`. A page
  shows them with `display: revert` on that class, for example where `:has(#show-bt:checked)` holds: no script needed.
- Addresses in the invoice (BT-124) are shown as text, never as links.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from invoicing import view
from invoicing.model import Invoice
from invoicing.view import Cell, Entry, Facts, Row, Section, Table, Value

_INDENTED = 10
"""Deeper sub-lines are not set in any further."""


def render_html(invoice: Invoice, heading_level: int = 2) -> str:
    """The fragment, a `<div class="invoice-view">` whose sections begin with headings of the level given."""
    shown = "".join(_section(section, f"h{heading_level}") for section in view.sections(invoice))
    return f'<div class="invoice-view" lang="de">{shown}</div>'


def _section(section: Section, heading: str) -> str:
    blocks = "".join(_facts(block) if isinstance(block, Facts) else _table(block) for block in section.blocks)
    return f"<section{_id(section.anchor)}><{heading}>{escape(section.title)}</{heading}>{blocks}</section>"


def _facts(facts: Facts) -> str:
    return f"<dl{_id(facts.anchor)}>{''.join(map(_entry, facts.entries))}</dl>"


def _entry(entry: Entry) -> str:
    return f"<div><dt>{_label(entry)}</dt>{_description(entry)}</div>"


def _label(entry: Entry) -> str:
    return f"{escape(entry.label)}{_hidden(dict.fromkeys(value.bt for line in entry.lines for value in line))}"


def _description(entry: Entry) -> str:
    """A single value is the description itself; several stand in it."""
    if not entry.anchor and len(entry.lines) == 1 and len(entry.lines[0]) == 1:
        [value] = entry.lines[0]
        return f'<dd id="{value.anchor}" data-bt="{value.bt}">{_text(value)}</dd>'
    return f"<dd{_id(entry.anchor)}>{_lines(entry.lines, entry.separator)}</dd>"


def _lines(lines: Iterable[Iterable[Value]], separator: str = " ") -> str:
    return "<br>".join(escape(separator).join(map(_value, line)) for line in lines)


def _value(value: Value) -> str:
    """In a direction of its own, so that a text from right to left turns nothing around it."""
    return f'{escape(value.prefix)}<bdi id="{value.anchor}" data-bt="{value.bt}">{_text(value)}</bdi>'


def _text(value: Value) -> str:
    code = f" ({value.code})" if value.code else ""
    return "<br>".join(escape(line) for line in f"{value.text}{code}{value.suffix}".splitlines())


def _short(value: Value) -> str:
    """Where a column says what it is, the code behind the words is left to those who ask for it."""
    return _value(value._replace(code="")) + (_hidden([value.code]) if value.code else "")


def _table(table: Table) -> str:
    """In a region that can be scrolled by keyboard."""
    head = "".join(f'<th scope="col">{escape(one.heading)}{_hidden(one.terms)}</th>' for one in table.columns)
    body, caption = "".join(map(_row, table.rows)), escape(table.caption)
    whole = f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="table-scroll" role="region" tabindex="0" aria-label="{caption}">{whole}</div>'


def _row(row: Row) -> str:
    first, *others = row.cells
    marks = "› " * min(row.depth, _INDENTED)
    cells = "".join(f"<td{_id(cell.anchor)}>{_cell(cell)}</td>" for cell in others)
    return f'<tr{_id(row.anchor)}><th scope="row">{marks}{_cell(first)}</th>{cells}</tr>'


def _cell(cell: Cell) -> str:
    lines = "<br>".join(" ".join(map(_short, line)) for line in cell.lines)
    details = "".join(map(_entry, cell.details))
    return f"{lines}{f'<dl>{details}</dl>' if details else ''}"


def _hidden(terms: Iterable[str]) -> str:
    return f'<span class="bt-number" hidden> {escape(", ".join(terms))}</span>'


def _id(anchor: str) -> str:
    return f' id="{anchor}"' if anchor else ""
