"""Naughty strings in every text field: kept as they are, shown escaped, never executed, on the pages as served.

The strings are the payload lists of the hostile corpus; `make torture` takes all of them, `make test` a fixed share.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest
from markupsafe import escape

from dms.intake import fields
from dms.intake.receive import clean_name
from dms.platform import Platform
from dms.records import queries
from dms.records import service as records
from dms.records.models import Document, DocumentState
from tests.factories import TEST, bring, opened, wait_for_outcome
from tests.hostile.pages import Clerk, acting, tags

pytestmark = [pytest.mark.corpus, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]
LONGEST = 120
"""The shortest of the fields that take any text."""
ONE_OF = 40
_DISPOSITION = r"""attachment(; filename="[^"\r\n\\]*")?(; filename\*=UTF-8''[\w.%~!#$&+^`|-]*)?"""
SHOWN = ("title", "sender", "recipient", "foreign_reference")


@pytest.fixture(scope="module")
def strings(corpora: Path) -> list[str]:
    with (corpora / "hostile/manifest.csv").open(encoding="utf-8", newline="") as manifest:
        lists = [row["file"] for row in csv.DictReader(manifest) if row["expected_handling"].startswith("n/a")]
    lines = [line for name in lists for line in _lines(corpora / "hostile" / name)]
    found = list(dict.fromkeys(line for line in lines if line.strip() and "\x00" not in line))
    assert len(found) > 1500
    return found


def _lines(path: Path) -> list[str]:
    return [line[:LONGEST] for line in path.read_text(encoding="utf-8", errors="replace").split("\n")]


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with opened(tmp_path_factory.mktemp("strings"), workers=False) as platform:
        yield platform


@pytest.fixture(scope="module")
def clerk(platform: Platform) -> Iterator[Clerk]:
    with closing(Clerk(platform)) as clerk:
        yield clerk


def _document(platform: Platform, name: str, values: dict[str, str]) -> UUID:
    """A document in the inbox with these texts, the first also read from the page by a machine."""
    receipt = bring(platform, name, b"Guten Tag")
    with platform.db.write(TEST) as session:
        row = session.get_one(Document, receipt.document_id)
        inbox = {"state": DocumentState.INBOX.value, "duplicate_of_id": None}
        records.change(session, row, "document.edited", {**values, **inbox}, platform.clock)
        seen = {"value": values["title"], "source": "reading", "confidence": 0.5}
        fields.write(session, row.id, {"seller": seen}, platform.clock)
    return receipt.document_id


def _check(platform: Platform, clerk: Clerk, strings: list[str]) -> None:
    harmless = {name: f"Hundesteuer {number}" for number, name in enumerate(SHOWN)}
    calm_page = clerk.get(f"/dokumente/{_document(platform, 'x.txt', harmless)}").text
    calm_search = clerk.get("/suche", q="Hundesteuer").text
    for number, text in enumerate(strings):
        values = {name: strings[(number + offset) % len(strings)] for offset, name in enumerate(SHOWN)}
        document_id = _document(platform, f"{text}.txt", values)
        _check_kept(platform, document_id, values, f"{text}.txt")
        page = clerk.get(f"/dokumente/{document_id}")
        assert page.status_code == 200, text
        assert str(escape(text)) in page.text, text
        assert _acts(page.text) == _acts(calm_page), text
        _check_download(clerk, document_id)
        found = clerk.get("/suche", q=text)
        assert found.status_code == 200, text
        assert str(escape(text)) in found.text, text
        assert sorted(acting(found.text)) == sorted(acting(calm_search)), text


def _acts(html: str) -> tuple[list[str], Counter[str]]:
    """What acts in a page, and all its tags: a string must not add or hide a single one."""
    return acting(html), tags(html)


def _check_kept(platform: Platform, document_id: UUID, values: dict[str, str], name: str) -> None:
    with platform.db.read(TEST) as session:
        row = session.get_one(Document, document_id)
        assert {field: getattr(row, field) for field in SHOWN} == values
        assert row.original_name == clean_name(name)
        seen = fields.printable(values["title"])
        assert [value.value for value in queries.values(session, document_id).values()] == ([seen] if seen else [])


def _check_download(clerk: Clerk, document_id: UUID) -> None:
    headers = clerk.get(f"/dokumente/{document_id}/original").headers
    assert re.fullmatch(_DISPOSITION, headers["content-disposition"])
    assert headers["content-type"] == "application/octet-stream"


def test_strings_are_kept_and_shown_but_never_act(platform: Platform, clerk: Clerk, strings: list[str]) -> None:
    _check(platform, clerk, strings[::ONE_OF])


@pytest.mark.torture
@pytest.mark.timeout(3600)
def test_all_strings_are_kept_and_shown_but_never_act(platform: Platform, clerk: Clerk, strings: list[str]) -> None:
    _check(platform, clerk, strings)


def test_the_text_of_a_mail_full_of_payloads_is_shown_and_never_acts(tmp_path: Path, strings: list[str]) -> None:
    lines = [line for line in strings if line.isprintable() and line == " ".join(line.split())][::16]
    mail = "From: a@example.org\nTo: b@example.org\nSubject: <script>alert(1)</script>\n"
    mail += "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n" + "\n".join(lines)
    with opened(tmp_path) as platform, closing(Clerk(platform)) as clerk:
        receipt = bring(platform, "brief.eml", mail.encode())
        assert wait_for_outcome(platform, receipt.document_id).outcome == "inbox"
        page = clerk.get(f"/dokumente/{receipt.document_id}").text
        calm = bring(platform, "ruhe.txt", b"Guten Tag")
        wait_for_outcome(platform, calm.document_id)
        assert [line for line in lines if str(escape(line)) not in page] == []
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert sorted(acting(page)) == sorted(acting(clerk.get(f"/dokumente/{calm.document_id}").text))
