"""The pages of files and cases show a part of what lies in them, and say how much there is."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from dms.records.models import Case, Document
from dms.web import session as web_session
from tests import filling
from tests.factories import PASSWORD, TEST, opened
from tests.served import served

DOCUMENTS = 130
TITLES = re.compile(r'<a class="ak-thing" href="/dokumente/([^"]+)"')


@pytest.fixture
def case_with_documents(tmp_path: Path) -> Iterator[tuple[httpx.Client, Case, list[str]]]:
    """A client, a case, and its documents, newest first; another case of its file has one older document."""
    with opened(tmp_path, workers=False) as platform, served(platform) as client:
        places = filling.town(platform)
        filling.people(platform)
        place = filling.Place(places[0].unit_id, places[0].payables_node_id, places[0].cases[:1])
        other = filling.Place(places[0].unit_id, places[0].payables_node_id, places[0].cases[1:2])
        originals = filling.texts(platform, 5)
        filling.fill(platform, 2, [other], originals)
        filling.fill(platform, DOCUMENTS, [place], originals, first=2)
        token = web_session.log_in(platform, "amt", PASSWORD, "127.0.0.1")
        client.cookies.set(web_session.cookie_name(platform.settings), token)
        with platform.db.read(TEST) as session:
            case = session.get_one(Case, place.cases[0])
            newest = select(Document.id).where(Document.case_id == case.id).order_by(Document.received_at.desc())
            ids = [str(one) for one in session.scalars(newest)]
        yield client, case, ids


def test_all_documents_of_a_case_stand_on_its_pages(case_with_documents: tuple[httpx.Client, Case, list[str]]) -> None:
    client, case, ids = case_with_documents
    pages = [client.get(f"/vorgaenge/{case.id}", params={"seite": str(number)}).text for number in (1, 2, 3)]
    shown = [TITLES.findall(page) for page in pages]
    assert [len(page) for page in shown] == [50, 50, len(ids) - 100]
    assert [one for page in shown for one in page] == ids
    assert f"{len(ids)} Dokumente" in pages[0]


def test_a_file_shows_its_newest_documents_and_leads_to_the_others(
    case_with_documents: tuple[httpx.Client, Case, list[str]],
) -> None:
    client, case, ids = case_with_documents
    page = client.get(f"/akten/{case.file_id}").text
    assert TITLES.findall(page) == ids[:100]
    assert f"Alle {len(ids)} Dokumente zeigen" in page
    assert page.count("Das Dokument zeigen") == 1
    assert page.count("Noch keine Dokumente.") == 3
