"""Values that a person points at: taken with their place, above what a machine read, and no machine above them."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from dms.actor import Role
from dms.intake import choosing, fields, pages
from dms.payables import service as payables
from dms.platform import Platform
from dms.records import queries
from dms.records import service as records
from dms.records.models import ExtractedValue
from dms.web.provenance import of_value
from tests.factories import PASSWORD, TEST, add_person, bring, opened, wait_for_outcome
from tests.hybrids import PAGE
from tests.served import served
from tests.typeset import typeset

Chosen = tuple[int, int]


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    with opened(tmp_path / "data") as platform:
        yield platform


@pytest.fixture
def desk(platform: Platform) -> Iterator[httpx.Client]:
    add_person(platform, "anna", Role.CLERK, Role.INVOICE_DESK)
    with served(platform) as client:
        client.headers["Origin"] = str(client.base_url)
        assert client.post("/anmelden", data={"login": "anna", "password": PASSWORD}).status_code == 303
        yield client


@pytest.fixture
def document_id(platform: Platform) -> UUID:
    receipt = bring(platform, "brief.pdf", typeset(f"```\n{PAGE}```", size=12))
    wait_for_outcome(platform, receipt.document_id)
    return receipt.document_id


def words(platform: Platform, document_id: UUID, *wanted: str) -> Chosen:
    """Places in the reading of the first page of the first and last of these neighbouring words."""
    with platform.db.read(TEST) as session:
        row = records.document(session, document_id)
    read = [str(word[0]) for word in pages.content(platform, row)["pages"][0]["words"]]
    at = next(at for at in range(len(read)) if read[at : at + len(wanted)] == list(wanted))
    return at, at + len(wanted) - 1


def known(platform: Platform, document_id: UUID) -> dict[str, ExtractedValue]:
    with platform.db.read(TEST) as session:
        return queries.values(session, document_id)


def form(platform: Platform, document_id: UUID, name: str, chosen: Chosen, value: str) -> dict[str, str]:
    with platform.db.read(TEST) as session:
        seen = records.document(session, document_id).current_version
    first, last = map(str, chosen)
    return {"feld": name, "seite": "1", "von": first, "bis": last, "seen": str(seen), "value": value}


def test_a_clerk_takes_the_sender_of_a_letter_from_the_page(
    platform: Platform, desk: httpx.Client, document_id: UUID
) -> None:
    address = f"/dokumente/{document_id}/werte"
    first, last = words(platform, document_id, "Anstrich", "der", "Turnhalle,")
    begun = desk.get(address, params={"feld": "subject", "seite": 1, "von": first}).text
    assert f"von={first}&amp;bis={last}#wort-{last}" in begun, "a second click ends what the first began"
    shown = desk.get(address, params={"feld": "subject", "von": first, "bis": last}).text
    assert "Gewählt: „Anstrich der Turnhalle,“" in shown
    taken = desk.post(address, data=form(platform, document_id, "subject", (first, last), "Anstrich der Turnhalle"))
    assert taken.status_code == 303
    value = known(platform, document_id)["subject"]
    assert (value.value, value.source, value.page, value.witnesses) == (
        "Anstrich der Turnhalle",
        "person",
        1,
        ["chosen"],
    )
    assert value.box is not None
    assert value.box[0] < value.box[2]
    provenance = of_value(value)
    assert provenance.source == "von Hand gewählt"
    assert provenance.why[0].startswith("Von Hand gewählt von Anna,")
    page = desk.get(f"/dokumente/{document_id}").text
    assert "<h1" in page
    assert "von Hand gewählt" in page
    assert desk.post(address, data=form(platform, document_id, "subject", (first, last), " ")).status_code == 422


def test_no_machine_lays_another_value_over_it(platform: Platform, desk: httpx.Client, document_id: UUID) -> None:
    chosen = words(platform, document_id, "05.11.2026")
    data = form(platform, document_id, "issue_date", chosen, "06.11.2026")
    assert desk.post(f"/dokumente/{document_id}/werte", data=data).status_code == 303
    with platform.db.write(TEST) as session:
        read = fields.from_text(pages.content(platform, records.document(session, document_id)))
        assert read["issue_date"]["value"] == "2026-11-05"
        fields.write(session, document_id, read, platform.clock)
    assert known(platform, document_id)["issue_date"].value == "2026-11-06"
    wait_for_outcome(platform, document_id)
    stale = desk.post(f"/dokumente/{document_id}/werte", data={**data, "value": "7.11.2026"})
    assert (stale.status_code, "Inzwischen hat jemand" in stale.text, "7.11.2026" in stale.text) == (422, True, True)
    wrong = form(platform, document_id, "issue_date", chosen, "gestern")
    again = desk.post(f"/dokumente/{document_id}/werte", data=wrong)
    assert (again.status_code, "Bitte geben Sie ein Datum ein" in again.text, "gestern" in again.text) == (
        422,
        True,
        True,
    )


def test_an_invoice_takes_amount_and_account_and_says_why(
    platform: Platform, desk: httpx.Client, document_id: UUID
) -> None:
    with platform.db.write(TEST) as session:
        row = records.document(session, document_id)
        payable = payables.open_for_document(session, row, {}, None, platform.clock)
    address = f"/rechnungen/{payable.id}"
    moved = desk.get(f"/dokumente/{document_id}/werte")
    assert (moved.status_code, moved.headers["location"].startswith(f"{address}/werte")) == (303, True)
    chosen = words(platform, document_id, "1.190,00")
    shown = desk.get(f"{address}/werte", params={"feld": "gross", "von": chosen[0]}).text
    assert 'value="1.190,00"' in shown
    seen = shown.partition('name="seen" value="')[2].partition('"')[0]
    data = {**form(platform, document_id, "gross", chosen, "1.190,00"), "seen": seen}
    assert desk.post(f"{address}/werte", data=data).status_code == 303
    with platform.db.read(TEST) as session:
        assert payables.payable(session, payable.id).gross_cents == 119_000
    stale = desk.post(f"{address}/werte", data=data)
    assert (stale.status_code, "inzwischen geändert" in stale.text) == (422, True)
    page = desk.get(address).text
    assert page.count("von Hand gewählt") == 1
    assert "Von Hand gewählt von Anna" in page
    refused = desk.post(f"/dokumente/{document_id}/werte", data=form(platform, document_id, "subject", chosen, "x"))
    assert refused.status_code == 403


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [("issue_date", "am 5. November 2026", "2026-11-05"), ("gross", "Summe: 1.190,00 EUR", "1190.00"),
     ("iban", "IBAN DE02 1203 0000 0000 2020 51", "DE02120300000000202051"),
     ("seller", "Malerei Pinsel", "Malerei Pinsel"),
     ("issue_date", "gestern", "gestern")],
)  # fmt: skip
def test_words_are_read_as_the_kind_of_value_that_is_wanted(name: str, text: str, value: str) -> None:
    assert str(choosing.reading_of(name, text)) == value


def test_words_that_are_not_there_are_no_spot() -> None:
    page = {"leaf": 3, "words": [["eins", 0, 0, 9, 9, 1.0], ["zwei", 10, 1, 19, 8, 1.0]]}
    spot = choosing.spot(page, 1, 0)
    assert spot == choosing.Spot(3, "eins zwei", (0, 0, 19, 9))
    assert choosing.spot(page, 2, 5) is None
