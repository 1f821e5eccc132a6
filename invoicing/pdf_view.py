"""The invoice as a PDF that people read: tagged, PDF/A-3b and PDF/UA-1; typeset by typst, offline.

What the invoice says reaches typst as data, never as markup, and only in characters that its embedded fonts have;
others stand as their code points. Opens no file and starts no process, but takes memory and time by the size of the
invoice: what comes from outside is rendered by `tasks.render_view`, in the jail.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from importlib.resources import files
from itertools import groupby
from typing import Any

import typst

from invoicing import view, view_wording
from invoicing.documents import write_cii
from invoicing.errors import Refused
from invoicing.hybrid import Attached, attach, embed
from invoicing.model import Invoice
from invoicing.view import Cell, Entry, Facts, Section, Table, Value

MAX_VALUES = 6_000
MAX_CHARACTERS = 250_000
"""Of one invoice: about 1,500 lines. Both together take 4 s of processor time and 0.6 GB (measured, one core), less
than half of what the jail grants: a slow machine shows the largest too, and what is larger is refused in words."""
_TEMPLATE = files("invoicing").joinpath("pdf_view.typ").read_bytes()
_NOT_SHOWN = re.compile(
    "[^ -~\u00a0-\u0377\u037a-\u037f\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u04ff"  # Latin, Greek, Cyrillic
    "\u05d0-\u05ea\u05f0-\u05f4\u060c\u061b\u061f\u0621-\u063a\u0640-\u064a\u0660-\u066d\u067e\u0686\u0698"
    "\u06a4\u06a9\u06af\u06be\u06cc\u06f0-\u06f9"  # Hebrew and Arabic letters and digits
    "\u1e00-\u1eff\u2002-\u200f\u2010-\u2027\u2030-\u2040\u2044-\u2052\u2054-\u205e\u2060"
    "\u2070\u2071\u2074-\u208e\u20a0-\u20c0\u2100-\u211e\u2120\u2122\u2126-\u2151\u2153-\u215e\u2190-\u22ff"
    "\u2500-\u25ff\u2713-\u2718\ufb00-\ufb06]"
)
"""What the fonts inside typst 0.15 lack: a PDF/A must not refer to a character that its fonts do not have."""
_WEIGHTS = {"Nr.": 1.3, "Bezeichnung": 7.0, "Beschreibung": 5.0, "Grund": 5.0, "Grund der Befreiung": 5.0}
_NUMBER_WEIGHT, _TEXT_WEIGHT = 2.3, 2.8
"""Shares of the width of a table that its columns get."""


def render_pdf(
    invoice: Invoice, xml: bytes, *, file_name: str = "rechnung.xml", created: datetime | None = None
) -> bytes:
    """The view with `xml`, the original, embedded as its source; `created` (aware) is its date, else now.

    Raises `Refused`: `view.too_large`.
    """
    created = created or datetime.now(UTC)
    source = Attached(file_name, xml, "text/xml", view_wording.SOURCE, "Source")
    return attach(render_page(invoice, created=created), [source], created=created)


def write_zugferd(invoice: Invoice, *, created: datetime | None = None) -> bytes:
    """A hybrid invoice: the view as page, the invoice as CII inside, in the profile that it claims (BT-24).

    Raises `NotExpressible`, or `Refused`: `view.too_large`.
    """
    created = created or datetime.now(UTC)
    seller = (invoice.seller.name if invoice.seller else None) or ""
    page = render_page(invoice, created=created)
    return embed(page, write_cii(invoice), seller, _title(invoice), created=created)


def render_page(invoice: Invoice, *, created: datetime) -> bytes:
    """The view without the XML. Raises `Refused`: `view.too_large`."""
    written = typst.compile(
        _TEMPLATE,
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(_page(invoice))},
        pdf_standards=["a-3b", "ua-1"],
        timestamp=int(created.timestamp()),
    )
    return bytes(written)


def _page(invoice: Invoice) -> dict[str, Any]:
    """All that the template shows, as JSON."""
    shown = [_retitled(section, invoice) for section in view.sections(invoice)]
    lengths = [len(value.text) for value in _values(shown)]
    if len(lengths) > MAX_VALUES or sum(lengths) > MAX_CHARACTERS:
        raise Refused("view.too_large")
    title = _title(invoice)
    groups = [[_section(one) for one in group] for group in _side_by_side(shown)]
    return {
        "title": title,
        "author": _plain((invoice.seller.name if invoice.seller else None) or "")[:200],
        "notice": view_wording.NOTICE,
        "footer": f"{view_wording.FOOTER} {title[:50]}",
        "groups": groups,
    }


def _retitled(section: Section, invoice: Invoice) -> Section:
    """The first section bears the name of the page, which stands above it already."""
    is_named = section.title == view_wording.title(invoice.type_code, "")
    return section._replace(title=view_wording.HEADER) if is_named else section


def _title(invoice: Invoice) -> str:
    return view_wording.title(invoice.type_code, _plain(invoice.number or "")[:80])


def _values(shown: Iterable[Section]) -> Iterator[Value]:
    blocks = [block for section in shown for block in section.blocks]
    entries = [entry for block in blocks if isinstance(block, Facts) for entry in block.entries]
    cells = [cell for block in blocks if isinstance(block, Table) for row in block.rows for cell in row.cells]
    entries += [entry for cell in cells for entry in cell.details]
    lines = [line for part in (entries, cells) for one in part for line in one.lines]
    return (value for line in lines for value in line)


def _side_by_side(shown: Iterable[Section]) -> Iterator[list[Section]]:
    """Short sections in pairs, tables over the whole width."""
    for has_table, group in groupby(shown, lambda one: any(isinstance(block, Table) for block in one.blocks)):
        sections = list(group)
        step = 1 if has_table else 2
        yield from (sections[start : start + step] for start in range(0, len(sections), step))


def _section(section: Section) -> dict[str, Any]:
    return {"title": section.title, "blocks": [_block(block) for block in section.blocks]}


def _block(block: Facts | Table) -> dict[str, Any]:
    if isinstance(block, Facts):
        return {"kind": "facts", "entries": [_entry(entry) for entry in block.entries]}
    return {
        "kind": "table",
        "caption": _plain(block.caption),
        "columns": _columns(block),
        "rows": [{"depth": row.depth, "cells": [_cell(cell) for cell in row.cells]} for row in block.rows],
    }


def _columns(table: Table) -> list[dict[str, Any]]:
    """With their share of the width; the column that has details indents the lines that are parts of others."""
    weights = [_WEIGHTS.get(one.heading, _NUMBER_WEIGHT if one.is_number else _TEXT_WEIGHT) for one in table.columns]
    detailed = {position for row in table.rows for position, cell in enumerate(row.cells) if cell.details}
    return [
        {
            "heading": one.heading,
            "terms": ", ".join(one.terms),
            "share": weight / sum(weights),
            "is_number": one.is_number,
            "is_indented": position in detailed,
        }
        for position, (one, weight) in enumerate(zip(table.columns, weights, strict=True))
    ]


def _cell(cell: Cell) -> dict[str, Any]:
    """The column names the terms: only a code is set small behind its words."""
    lines = [line for values in cell.lines for line in _lines(values, " ", lambda value: ("", value.code))]
    return {"lines": lines, "details": [_entry(entry) for entry in cell.details]}


def _entry(entry: Entry) -> dict[str, Any]:
    lines = [line for values in entry.lines for line in _lines(values, entry.separator, _with_code)]
    return {"label": entry.label, "lines": lines}


def _with_code(value: Value) -> tuple[str, str]:
    return (f" ({value.code})" if value.code else ""), value.bt


def _lines(
    values: Iterable[Value], separator: str, behind: Callable[[Value], tuple[str, str]]
) -> list[list[tuple[str, str]]]:
    """Lines of pieces: a text, and what is set small behind it; `behind` gives both ends of a value."""
    lines: list[list[tuple[str, str]]] = [[]]
    for value in values:
        if lines[-1]:
            lines[-1].append((separator, ""))
        code, small = behind(value)
        first, *others = f"{value.prefix}{value.text}{code}{value.suffix}".splitlines()
        lines[-1].append((_plain(first), ""))
        lines += [[(_plain(other), "")] for other in others]
        lines[-1][-1] = (lines[-1][-1][0], _plain(small))
    return lines


def _plain(text: str) -> str:
    """The text in characters that can be shown."""
    return _NOT_SHOWN.sub(lambda found: f"[U+{ord(found[0]):04X}]", text.replace("\t", " "))
