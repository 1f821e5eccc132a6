"""What the search field offers while somebody types: all that she may see, and nothing else."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from dms.finding import service as finding
from dms.platform import Platform
from dms.records.models import Document
from tests import filling
from tests.factories import as_actor, opened


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A few hundred documents of twelve units; ``amt`` sees one of them, ``pruefung`` all."""
    with opened(tmp_path_factory.mktemp("town"), workers=False) as platform:
        places = filling.town(platform)
        filling.people(platform)
        filling.fill(platform, 300, places, filling.texts(platform, 20))
        finding.reindex(platform)
        yield platform


def _titles(platform: Platform, login: str) -> set[str]:
    with platform.db.read(as_actor(platform, login)) as session:
        return set(session.scalars(select(Document.title).where(Document.state == "filed")))


def _suggested(platform: Platform, login: str, typed: str) -> list[str]:
    actor = as_actor(platform, login)
    with platform.db.read(actor) as session:
        return finding.suggest(platform, session, actor, typed)


def test_a_title_is_offered_to_those_who_may_see_its_document_alone(town: Platform) -> None:
    own, every = _titles(town, "amt"), _titles(town, "pruefung")
    hidden = sorted(every - own)[::10]
    assert len(hidden) > 5
    assert [title for title in hidden if title in _suggested(town, "amt", title[:-2])] == []
    for login, titles in (("amt", own), ("pruefung", set(hidden))):
        assert [title for title in sorted(titles)[::5] if title not in _suggested(town, login, title[:-2])] == []


def test_a_word_goes_on_like_the_one_typed(town: Platform) -> None:
    assert "rechnung" in _suggested(town, "amt", "Rechn")
    assert _suggested(town, "amt", "Xyzzyplu") == []
