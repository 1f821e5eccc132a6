"""Where a document probably belongs: what the references on it say, and what was filed before; each with its reasons.

`rank` is pure: it weighs cases against a letter. `propose` gathers what it needs from the database; rows are already
limited to the actor's by the session.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from rapidfuzz import fuzz
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from dms.records.models import Case, Document, ExtractedValue, File

REFERENCE: Final = "proposal.reference"
SENDER: Final = "proposal.sender"
SUBJECT: Final = "proposal.subject"
RECENT: Final = "proposal.recent"
_REFERENCES: Final = ("your_reference", "our_reference", "buyer_reference", "order_number")
"""Extracted values that may name a file or a case."""
_MOST_EARLIER: Final = 300
_MOST_REFERENCES: Final = 12
_LEAST_ALIKE: Final = 70
"""Per cent of shared words from which two subjects are about one thing."""
_OF_SENDER: Final = 3.0
_OF_SUBJECT: Final = 3.0
_OF_REFERENCE: Final = 10.0
_OF_RECENT: Final = 0.1
_NUMBER = re.compile(r"\d[\d.,/:-]*")
_WORDS = re.compile(r"[^\W\d_]{3,}")
_EVERYWHERE: Final = frozenset(
    {"rechnung", "ihre", "unsere", "schreiben", "vom", "und", "der", "die", "das", "für", "zum", "zur"}
)


@dataclass(frozen=True)
class Letter:
    """What is known about a document that is to be filed; `references` are printed on it, its own names first."""

    sender: str
    subject: str
    references: tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """An open case with the references that lead to it and the subjects of what its sender sent before."""

    case_id: UUID
    references: tuple[str, ...]
    title: str
    subjects_of_sender: tuple[str, ...]


@dataclass(frozen=True)
class Reason:
    """Why; `params` fill the sentence of `dms.records.wording`."""

    code: str
    params: Mapping[str, str | int]


@dataclass(frozen=True)
class Proposal:
    """A case, how much speaks for it, and what; the strongest reason first."""

    case_id: UUID
    score: float
    reasons: tuple[Reason, ...]


def rank(letter: Letter, places: Iterable[Place]) -> list[Proposal]:
    """The cases for which something speaks, best first; equal ones by id, so that the order never changes by itself."""
    listed = list(places)
    total = sum(len(place.subjects_of_sender) for place in listed)
    found = [_weighed(letter, place, total) for place in listed]
    return sorted((each for each in found if each.reasons), key=lambda each: (-each.score, str(each.case_id)))


def _weighed(letter: Letter, place: Place, total: int) -> Proposal:
    weighed = [
        *_by_reference(letter, place),
        *_by_sender(place, total),
        *_by_subject(letter, place),
    ]
    weighed.sort(key=lambda pair: -pair[0])
    return Proposal(place.case_id, round(sum(weight for weight, _ in weighed), 3), tuple(why for _, why in weighed))


def _by_reference(letter: Letter, place: Place) -> list[tuple[float, Reason]]:
    printed = {_plain(text) for text in letter.references}
    hit = next((text for text in place.references if _plain(text) in printed), None)
    return [(_OF_REFERENCE, Reason(REFERENCE, {"reference": hit}))] if hit else []


def _by_sender(place: Place, total: int) -> list[tuple[float, Reason]]:
    """The more of a sender's letters lie in one case, the likelier the next one belongs there."""
    count = len(place.subjects_of_sender)
    return [(_OF_SENDER * (count / total + min(count, 10) / 20), Reason(SENDER, {"count": count}))] if count else []


def _by_subject(letter: Letter, place: Place) -> list[tuple[float, Reason]]:
    wanted = _telling(letter.subject)
    if not wanted:
        return []
    alike = Counter({text: _alike(wanted, text) for text in (place.title, *place.subjects_of_sender)})
    text, share = alike.most_common(1)[0]
    return [(_OF_SUBJECT * share / 100, Reason(SUBJECT, {"subject": text}))] if share >= _LEAST_ALIKE else []


def _alike(wanted: str, text: str) -> float:
    other = _telling(text)
    return float(fuzz.token_set_ratio(wanted, other)) if other else 0.0


def _telling(text: str) -> str:
    """The words of a subject that say what it is about."""
    words = _WORDS.findall(_NUMBER.sub(" ", text.casefold()))
    return " ".join(word for word in words if word not in _EVERYWHERE)


def _plain(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def propose(session: Session, document: Document, *, limit: int = 3) -> list[tuple[Case, Proposal]]:
    """The best cases for a document; where nothing speaks for any, the newest ones of its unit."""
    letter = _letter(session, document)
    cases = {case.id: case for case in (*_named(session, letter), *_cases_of_sender(session, letter.sender))}
    subjects = _subjects(session, letter.sender, list(cases))
    file_ids = {case.file_id for case in cases.values()}
    files = {row.id: row for row in session.scalars(select(File).where(File.id.in_(file_ids)))}
    places = [
        Place(case.id, (case.case_reference, files[case.file_id].file_reference), case.title, subjects.get(case.id, ()))
        for case in cases.values()
        if case.file_id in files
    ]
    ranked = [(cases[each.case_id], each) for each in rank(letter, places)]
    known = {case.id for case, _ in ranked}
    for case in session.scalars(_recent_cases(document.unit_id).limit(limit)):
        if case.id not in known:
            ranked.append((case, Proposal(case.id, _OF_RECENT, (Reason(RECENT, {}),))))
    return ranked[:limit]


def _letter(session: Session, document: Document) -> Letter:
    query = select(ExtractedValue).where(
        ExtractedValue.document_id == document.id,
        ExtractedValue.superseded_by_id.is_(None),
        ExtractedValue.name.in_((*_REFERENCES, "subject")),
    )
    known = {row.name: row.value for row in session.scalars(query)}
    references = [document.foreign_reference, *(known[name] for name in _REFERENCES if name in known)]
    subject = known.get("subject") or document.title
    return Letter(document.sender or "", subject, tuple(text for text in references if text)[:_MOST_REFERENCES])


def _named(session: Session, letter: Letter) -> Sequence[Case]:
    """Open cases whose own reference, or that of their file, is printed on the document."""
    if not letter.references:
        return ()
    query = (
        select(Case)
        .join(File, File.id == Case.file_id)
        .where(or_(Case.case_reference.in_(letter.references), File.file_reference.in_(letter.references)))
        .where(Case.closed_at.is_(None), File.closed_at.is_(None))
    )
    return session.scalars(query.order_by(Case.opened_at.desc(), Case.id.desc()).limit(_MOST_EARLIER)).all()


def _cases_of_sender(session: Session, sender: str) -> Sequence[Case]:
    if not sender:
        return ()
    query = (
        select(Case)
        .join(File, File.id == Case.file_id)
        .where(Case.id.in_(select(Document.case_id).where(func.lower(Document.sender) == sender.lower())))
        .where(Case.closed_at.is_(None), File.closed_at.is_(None))
    )
    return session.scalars(query.order_by(Case.opened_at.desc(), Case.id.desc()).limit(_MOST_EARLIER)).all()


def _recent_cases(unit_id: UUID) -> Select[Case]:
    return (
        select(Case)
        .join(File, File.id == Case.file_id)
        .where(File.lead_unit_id == unit_id, Case.closed_at.is_(None), File.closed_at.is_(None))
        .order_by(Case.opened_at.desc(), Case.id.desc())
    )


def _subjects(session: Session, sender: str, case_ids: Sequence[UUID]) -> dict[UUID, tuple[str, ...]]:
    """Case → titles of what this sender sent before."""
    if not sender:
        return {}
    query = (
        select(Document)
        .where(Document.case_id.in_(case_ids), func.lower(Document.sender) == sender.lower())
        .order_by(Document.received_at.desc(), Document.id.desc())
        .limit(_MOST_EARLIER)
    )
    found: dict[UUID, list[str]] = {}
    for row in session.scalars(query):
        if row.case_id is not None:
            found.setdefault(row.case_id, []).append(row.title)
    return {case_id: tuple(titles) for case_id, titles in found.items()}
