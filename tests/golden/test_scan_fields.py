"""Simulated office scans against the truth of their e-invoice XML: what is read, and that accepted means right."""

import json
from collections import Counter
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pytest

from dms.intake.recognising import read_page
from invoicing.text_fields import Field, read_fields

pytestmark = pytest.mark.corpus

EVERY = 3
"""All of them are measured by `make bench`."""
LEAST_RIGHT_SHARE = 0.85
LEAST_ACCEPTED_SHARE = 0.48
AMOUNTS = ("net", "tax", "gross", "payable")
CODES = ("iban", "seller_vat_id", "invoice_number")


def normal(name: str, value: str) -> str:
    if name in AMOUNTS:
        try:
            return str(Decimal(value).quantize(Decimal("0.01")))
        except InvalidOperation:
            return value
    text = " ".join(value.split())
    return "".join(char for char in text.upper() if char.isalnum()) if name in CODES else text.casefold()


def read_scan(path: Path, scratch: Path) -> dict[str, Field]:
    with path.open("rb") as source:
        page = read_page(source, scratch, 1)
    fields = read_fields([page["words"]])
    for field in fields.values():
        box = field["box"]
        assert box is not None or "computed" in field["witnesses"]
        assert box is None or (0 <= box[0] < box[2] <= page["width_pt"] and 0 <= box[1] < box[3] <= page["height_pt"])
    return fields


def test_office_scans_give_their_fields(corpora: Path, tmp_path: Path) -> None:
    scans = corpora / "scans"
    if not scans.is_dir():
        pytest.skip("no simulated scans beside the checkout (../shared/corpora/scans)")
    counts: Counter[str] = Counter()
    wrongly_accepted = []
    for line in (scans / "fields.jsonl").read_text(encoding="utf-8").splitlines()[::EVERY]:
        document = json.loads(line)
        found = read_scan(scans / "office300" / f"{document['pages'][0]}.jpg", tmp_path)
        for name in (name for name, is_printed in document["printed"].items() if is_printed):
            field = found.get(name)
            right = field is not None and normal(name, field["value"]) == normal(name, document["fields"][name])
            accepted = field is not None and field["accepted"]
            counts.update(printed=1, right=right, accepted=accepted)
            if accepted and not right:
                wrongly_accepted.append((document["doc"], name, field))
    assert wrongly_accepted == []
    assert counts["right"] >= LEAST_RIGHT_SHARE * counts["printed"], counts
    assert counts["accepted"] >= LEAST_ACCEPTED_SHARE * counts["printed"], counts
