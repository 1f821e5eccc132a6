"""How pages may lie: leaves keep their numbers, nothing is lost, and every act says when it cannot be done."""

from uuid import UUID, uuid4

import pytest

from dms.errors import RuleViolation
from dms.records import arrangement
from dms.records.arrangement import Leaf
from dms.records.models import Document

OWN, OTHER = "a" * 64, "b" * 64


def document(pages: int, sha256: str = OWN) -> Document:
    return Document(id=uuid4(), original_sha256=sha256, page_count=pages)


def numbers(leaves: tuple[Leaf, ...]) -> list[int]:
    return [leaf.number for leaf in arrangement.shown(leaves)]


def four() -> tuple[Leaf, ...]:
    return arrangement.leaves_of(document(4))


def test_nobody_arranged_it_then_pages_lie_as_received() -> None:
    assert numbers(four()) == [1, 2, 3, 4]
    assert arrangement.leaves_of(document(0)) == ()


def test_what_is_written_down_is_read_again() -> None:
    leaves = arrangement.cut(arrangement.hidden(arrangement.turned(four(), 2, 270), 1), 3, uuid4())
    leaves = arrangement.appended(leaves, document(2, OTHER), first_number=5)
    assert arrangement.from_json(arrangement.as_json(leaves)) == leaves


@pytest.mark.parametrize(
    ("places", "order"),
    [
        ({4: 1}, [4, 1, 2, 3]),
        ({1: 4, 2: 3, 3: 2, 4: 1}, [4, 3, 2, 1]),
        ({1: 99}, [2, 3, 4, 1]),
        ({3: 0}, [3, 1, 2, 4]),
        ({1: 1, 2: 2}, [1, 2, 3, 4]),
        ({3: 1, 4: 1}, [4, 3, 1, 2]),
    ],
)
def test_pages_go_where_they_are_wanted(places: dict[int, int], order: list[int]) -> None:
    assert numbers(arrangement.ordered(four(), places)) == order


def test_a_page_moves_one_place_and_not_beyond_the_ends() -> None:
    assert numbers(arrangement.shifted(four(), 3, -1)) == [1, 3, 2, 4]
    assert numbers(arrangement.shifted(four(), 3, 1)) == [1, 2, 4, 3]
    assert arrangement.shifted(four(), 1, -1) == four()
    assert arrangement.shifted(four(), 4, 1) == four()


def test_hidden_pages_come_back_where_they_lay_but_one_stays_in_sight() -> None:
    hidden = arrangement.hidden(four(), 2)
    assert numbers(hidden) == [1, 3, 4]
    assert arrangement.unhidden(hidden, 2) == four()
    alone = arrangement.hidden(arrangement.leaves_of(document(2)), 1)
    with pytest.raises(RuleViolation, match=r"pages\.none_left"):
        arrangement.hidden(alone, 2)


def test_a_cut_takes_hidden_pages_along_and_needs_something_in_sight_on_both_sides() -> None:
    leaves = arrangement.hidden(four(), 3)
    assert [leaf.number for leaf in arrangement.rest(leaves, 2)] == [3, 4]
    into = uuid4()
    left = arrangement.cut(leaves, 2, into)
    assert (numbers(left), arrangement.parts(left)) == ([1, 2], frozenset({into}))
    with pytest.raises(RuleViolation, match=r"pages\.cut_nowhere"):
        arrangement.cut(leaves, 4, into)
    with pytest.raises(RuleViolation, match=r"pages\.cut_nowhere"):
        arrangement.rest(arrangement.hidden(arrangement.hidden(four(), 3), 4), 2)
    with pytest.raises(RuleViolation, match=r"pages\.unknown"):
        arrangement.turned(left, 4, 90)


def test_appended_pages_keep_how_they_lay_there_and_cut_ones_stay_away() -> None:
    other = document(3, OTHER)
    arranged = arrangement.cut(arrangement.turned(arrangement.leaves_of(other), 1, 180), 2, uuid4())
    other.arrangement = arrangement.as_json(arranged)
    leaves = arrangement.appended(four(), other, first_number=7)
    assert numbers(leaves) == [1, 2, 3, 4, 7, 8]
    assert (leaves[4].sha256, leaves[4].page, leaves[4].upright) == (OTHER, 1, 180)
    assert arrangement.sources(leaves) == frozenset({other.id})
    assert arrangement.as_received(leaves) == four()
    assert [(sha256, len(run)) for sha256, run in arrangement.runs(leaves)] == [(OWN, 4), (OTHER, 2)]


def page(number: int, word: str, **more: object) -> dict[str, object]:
    sizes = {"width_pt": 595, "height_pt": 842, "rotation": 0, "source": "tesseract"}
    return {"number": number, **sizes, "words": [[word, 0, 0, 9, 9, 0.9]], **more}


def test_the_reading_follows_the_pages_and_failed_ones_are_counted() -> None:
    codes = [{"text": "x", "page": 3}]
    contents = {
        OWN: {"pages": [page(1, "eins"), page(3, "drei", codes=codes)], "failed": [[2, "content.crash"]]},
        OTHER: {"pages": [page(1, "fremd")], "failed": []},
    }
    leaves = arrangement.ordered(arrangement.turned(arrangement.leaves_of(document(3)), 1, 90), {3: 1})
    read = arrangement.arranged(arrangement.appended(leaves, document(1, OTHER), first_number=4), contents)
    assert [(p["number"], p["leaf"], p["words"][0][0], p["rotation"]) for p in read["pages"]] == [
        (1, 3, "drei", 0),
        (2, 1, "eins", 90),
        (4, 4, "fremd", 0),
    ]
    assert read["failed"] == [[3, "content.crash"]]
    assert read["pages"][0]["codes"] == [{"text": "x", "page": 1}]
    assert contents[OWN]["pages"][1]["codes"] == codes


def test_what_is_certified_is_named_by_how_it_is_seen() -> None:
    hidden = arrangement.hidden(four(), 2)
    cut = arrangement.cut(four(), 2, UUID(int=1))
    keys = [arrangement.content_key(OWN, arrangement.as_json(leaves)) for leaves in (four(), hidden, cut)]
    assert len({arrangement.content_key(OWN, None), *keys}) == 4
