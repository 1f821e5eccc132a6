"""Dates, numbers, tax ids and accounts of one page, each with the label that announces it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from invoicing import leitweg
from invoicing.labels import FOREIGN_VAT_LABEL, NOT_TERMS, PAYMENT_DAYS, TYPE_CODE, TYPE_WORDS
from invoicing.page_layout import Cell, Line
from invoicing.pairing import Candidate, Page, Pair
from invoicing.readings import Place, Reading
from invoicing.text_values import Value, amounts, dates, ibans, identifiers, tax_numbers, vat_ids

PAYMENT_TERM: Final = "_payment_days"
"""A reading that is no field itself: the due date is computed from it."""
_TOP_FIRST: Final = 0.0005
"""Of two equal readings the one further up wins: what is looked for stands in the head of the letter."""
_RANGE = re.compile(r"^\W*(?:bis|bis zum|-|–|—|to|au|until|till)?\W*$")
_CITY_DATE = re.compile(r"^[A-ZÄÖÜ][\w .()/-]{2,30}, (?:den )?$")
_CURRENCY = re.compile(r"(?<![A-Z])(EUR|CHF|USD|GBP|DKK|PLN|CZK)(?![A-Z])|(€)|\b(EURO?)\b")
_OUR_ACCOUNT = re.compile(
    r"uberweis|auf unser|konto bei|zahlung|bankverbindung|empfanger|kontoinhaber|payment|pay to|virement|reglement"
)
_YOUR_ACCOUNT = re.compile(r"ihrem konto|ihr konto|mandat|abgebucht von|your account")
_PLAIN_NUMBER = re.compile(r"^\d{1,2}$|^0\d{2,4}/|^\d{5}$|^(?:19|20)\d\d$|^\d\.\d$|^38[014]$")
_PARTIAL = re.compile(r"(?:teil|abschlags?|schluss|anzahlungs?)-?rechnung")
"""Invoices over a part; which of the codes of BT-3 they are only their sender knows."""
_LEITWEG = re.compile(r"(?<!\d)(\d{2,12}(?: ?\d{3})*(?: ?- ?[A-Za-z0-9]{1,30})?(?: ?- ?)\d{2})(?!\d)")


def known_values(page: Page) -> None:
    """Find the values of a page line by line and make them known to it."""
    for line in page.lines:
        days, money = dates(line.text), amounts(line.text)
        vats, accounts, taxes = vat_ids(line.text), ibans(line.text), tax_numbers(line.text)
        page.add([Candidate("date", value, line) for value in days])
        page.add([Candidate("amount", value, line) for value in money])
        page.add([Candidate("vat_id", value, line) for value in vats])
        page.add([Candidate("iban", value, line) for value in accounts])
        page.add([Candidate("tax_no", value, line) for value in taxes])
        taken = [*days, *money, *vats, *accounts]
        page.add([Candidate("id", value, line) for value in identifiers(line.text, taken)])


def readings(page: Page, sections: Sequence[str], *, is_first: bool) -> Iterator[Reading]:
    """What the labels of a page say, and values whose form alone tells what they are."""
    for line in page.lines:
        yield from _dates(page, line, is_first=is_first)
        yield from _numbers(page, line, sections)
        yield from _vat_ids(page, line, sections)
        yield from _accounts(page, line)
        yield from _payment_terms(page, line)
        yield from _currency(page, line)
        yield from _buyer_reference(page, line)


def reading(page: Page, field: str, line: Line, value: Value, score: float, *witnesses: str) -> Reading:
    """A value of a line as a reading of a field."""
    span = line.span(value.start, value.end)
    clarity = span.confidence if span.tokens else 0.0
    place = Place(page.number, span.box) if span.tokens else None
    score *= clarity**0.5 * (1 - _TOP_FIRST * min(line.number, 500))
    return Reading(field, value.value, score, place, (*witnesses, *value.witnesses), clarity)


def _paired(page: Page, pair: Pair, *witnesses: str) -> Reading:
    by = "label" if pair.place == "right" else "label-above"
    return reading(page, pair.field, pair.candidate.line, pair.candidate.value, pair.strength, by, *witnesses)


def _dates(page: Page, line: Line, *, is_first: bool) -> Iterator[Reading]:
    found = page.values_on(line, "date")
    in_range = _ranges(line, found)
    for at, candidate in enumerate(found):
        pairs = page.pairs(candidate)
        if at in in_range:
            first, last = found[in_range[at]], found[in_range[at] + 1]
            if not pairs or pairs[0].field != "due_date" or in_range[at] == at:
                if at == in_range[at]:
                    yield reading(page, "period_start", line, first.value, 0.8, "range")
                    yield reading(page, "period_end", line, last.value, 0.8, "range")
                continue
        if not pairs:
            city = line.text[: candidate.start].rsplit("  ", 1)[-1]
            if is_first and _CITY_DATE.match(city):
                yield reading(page, "issue_date", line, candidate.value, 0.75, "city")
            elif is_first:
                yield reading(page, "issue_date", line, candidate.value, 0.2)
            continue
        if pairs[0].field in ("other_date", "period") and pairs[0].place == "right":
            continue
        for pair in pairs:
            if pair.field in ("issue_date", "due_date", "delivery_date"):
                yield _paired(page, pair)


def _ranges(line: Line, found: Sequence[Candidate]) -> dict[int, int]:
    """Places of dates that begin and end a period: both point to the first one."""
    pairs: dict[int, int] = {}
    for at in range(len(found) - 1):
        between = line.folded[found[at].end : found[at + 1].start]
        if (
            at not in pairs
            and _RANGE.match(between)
            and between.strip()
            and found[at].value.value <= found[at + 1].value.value
        ):
            pairs |= {at: at, at + 1: at}
    return pairs


def _numbers(page: Page, line: Line, sections: Sequence[str]) -> Iterator[Reading]:
    for kind in ("id", "tax_no"):
        for candidate in page.values_on(line, kind):
            pairs = page.pairs(candidate)
            if not pairs or (pairs[0].field == "other_number" and pairs[0].strength > 0.7):
                continue
            for pair in pairs:
                if pair.field == "seller_tax_no" and sections[line.number] in ("buyer", "other"):
                    continue
                if pair.field in ("invoice_number", "order_number", "seller_tax_no") and pair.field == _strongest(
                    pair, pairs
                ):
                    unlikely = pair.field != "seller_tax_no" and _PLAIN_NUMBER.match(candidate.value.value)
                    yield _weaker(_paired(page, pair), 0.4 if unlikely else 1.0)


def _strongest(pair: Pair, pairs: Sequence[Pair]) -> str:
    """The field that a value belongs to: of labels in one place only the nearest one counts."""
    return next(other.field for other in pairs if other.place == pair.place)


def _weaker(found: Reading, factor: float) -> Reading:
    return found.but(score=found.score * factor)


def _vat_ids(page: Page, line: Line, sections: Sequence[str]) -> Iterator[Reading]:
    theirs = sections[line.number] in ("buyer", "other")
    for candidate in page.values_on(line, "vat_id"):
        pairs = page.pairs(candidate)
        around = line.folded[max(0, candidate.start - 45) : candidate.end]
        if pairs and pairs[0].field == "other_vat_id":
            continue
        foreign = theirs or bool(FOREIGN_VAT_LABEL.search(around) and not sections[line.number])
        proven = 1.0 if "checksum" in candidate.value.witnesses else 0.7
        score = (pairs[0].strength if pairs else 0.6 if proven == 1.0 else 0.3) * proven * (0.3 if foreign else 1.0)
        witnesses = ["label"] if pairs else []
        witnesses += ["section"] if sections[line.number] == "seller" else []
        yield reading(page, "seller_vat_id", line, candidate.value, score, *witnesses)


def _accounts(page: Page, line: Line) -> Iterator[Reading]:
    for candidate in page.values_on(line, "iban"):
        if "checksum" not in candidate.value.witnesses and (joined := _wrapped_account(page, line, candidate)):
            yield joined
            continue
        yield _account(page, line, candidate.value, candidate.start)


def _account(page: Page, line: Line, value: Value, start: int) -> Reading:
    around = " ".join(other.folded for other in page.lines[max(0, line.number - 2) : line.number]) + line.folded[:start]
    score = 0.8 if "checksum" in value.witnesses else 0.5
    witnesses = ["label"] if "iban" in line.folded[:start] else []
    if _OUR_ACCOUNT.search(around):
        score, witnesses = score + 0.12, [*witnesses, "payment-text"]
    if _YOUR_ACCOUNT.search(around):
        score *= 0.3
    return reading(page, "iban", line, value, score, *witnesses)


def _wrapped_account(page: Page, line: Line, candidate: Candidate) -> Reading | None:
    """An account number that goes on in the next line of a narrow column."""
    cell = next(cell for cell in line.cells() if cell.start <= candidate.start < cell.end)
    for below in page.lines[line.number + 1 : line.number + 3]:
        for other in below.cells():
            if other.x0 >= cell.x1 or other.x1 <= cell.x0 or not other.text[0].isdigit():
                continue
            head = line.text[candidate.start : cell.end]
            joined = ibans(f"{head} {other.text}")
            if joined and "checksum" in joined[0].witnesses and joined[0].end > len(head):
                first = _account(
                    page, line, Value(joined[0].value, candidate.start, cell.end, joined[0].witnesses), candidate.start
                )
                return _over(first, page, other)
    return None


def _over(found: Reading, page: Page, other: Cell) -> Reading:
    """The reading with its box stretched over another cell."""
    if found.place is None:
        return found
    one, two = found.place.box, other.span.box
    box = (min(one[0], two[0]), min(one[1], two[1]), max(one[2], two[2]), max(one[3], two[3]))
    return replace(found, place=Place(page.number, box), clarity=min(found.clarity, other.span.confidence))


def _payment_terms(page: Page, line: Line) -> Iterator[Reading]:
    match = PAYMENT_DAYS.search(line.folded)
    if match and not NOT_TERMS.search(line.folded[: match.start(1)][-40:]):
        yield reading(page, PAYMENT_TERM, line, Value(match[1], match.start(1), match.end()), 0.8)


def _currency(page: Page, line: Line) -> Iterator[Reading]:
    for match in _CURRENCY.finditer(line.text):
        value = match[1] or "EUR"
        near = any(
            abs(amount.end - match.start()) < 3 or abs(match.end() - amount.start) < 3
            for amount in page.values_on(line, "amount")
        )
        labelled = any(hit.field == "currency" and hit.end <= match.start() for hit in page.hits[line.number])
        score = 1.0 if labelled else 0.85 if near else 0.6
        yield reading(
            page, "currency", line, Value(value, match.start(), match.end()), score, *(["label"] if labelled else [])
        )


def _buyer_reference(page: Page, line: Line) -> Iterator[Reading]:
    """All that stands in the cell after the label, in the next cell, or in the cell below."""
    hits = [hit for hit in page.hits[line.number] if hit.field == "buyer_reference"]
    for hit in hits:
        rest = line.text[hit.end :]
        skip = len(rest) - len(rest.lstrip(" :.#-"))
        text = rest[skip:].split("  ")[0].strip()
        if text:
            yield from _reference(page, line, text, hit.end + skip, hit.weight, "label")
            continue
        for below in page.lines[line.number + 1 : line.number + 3]:
            cell = next((cell for cell in below.cells() if abs(cell.x0 - hit.x0) < 1.2 * line.height), None)
            if cell is not None:
                yield from _reference(page, below, cell.text, cell.start, hit.weight * 0.85, "label-above")
                break


def _reference(page: Page, line: Line, text: str, start: int, weight: float, by: str) -> Iterator[Reading]:
    text = re.sub(r"\s*\(.*?\)\s*$", "", text)
    printed = _LEITWEG.match(text)
    if printed and "-" in printed[1]:
        parsed = leitweg.parse(printed[1])
        proofs = ("form", "checksum") if parsed is not None and parsed.is_valid else ("form",)
        value = Value(printed[1], start, start + printed.end(1))
        yield reading(page, "buyer_reference", line, value, weight, by, *proofs)
    elif text and weight >= 0.65:
        yield reading(page, "buyer_reference", line, Value(text[:60], start, start + len(text)), weight * 0.9, by)


def type_readings(page: Page) -> Iterator[Reading]:
    """The type (BT-3) by a printed code, else by the first heading that names one."""
    for line in page.lines:
        if match := TYPE_CODE.search(line.folded):
            yield reading(page, "type_code", line, Value(match[1], match.start(1), match.end(1)), 1.0, "label")
    witness = "partial" if any(_PARTIAL.search(line.folded) for line in page.lines) else "heading"
    for rank, (code, pattern) in enumerate(TYPE_WORDS):
        for line in page.lines:
            if match := pattern.search(line.folded):
                value = Value(code, match.start(), match.end())
                yield reading(page, "type_code", line, value, 0.85 - 0.1 * rank, witness)
                break
