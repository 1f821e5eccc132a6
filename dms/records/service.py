"""The acts on documents; every one leaves a version and an audit event in one transaction.

Promises that an original never changes and that whatever was said about a document before can be read again.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.audit import service as audit
from dms.clock import Clock
from dms.db import actor_of
from dms.errors import Conflict, DmsError, Invalid, NotFound, RuleViolation
from dms.identity.models import OrgUnit, User
from dms.ids import uuid7
from dms.jobs.service import enqueue
from dms.records import rules
from dms.records.models import Case, Document, DocumentState, File, Version

PROPERTIES = (
    "state", "reason_code", "reason_text", "unit_id", "assignee_id", "case_id", "is_invoice", "title", "document_kind",
    "sender", "recipient", "foreign_reference", "document_date", "original_name", "media_type", "page_count", "hazards",
    "duplicate_of_id", "attached_to_id", "acl_node_id",
)  # fmt: skip
SELDOM = ("arrangement", "merged_into_id", "awaits_check")
"""Properties that a version names only where they are set."""
CARRIED = ("state", "unit_id", "assignee_id", "case_id", "acl_node_id")
SETTLED = (DocumentState.INBOX, DocumentState.FILED, DocumentState.DISCARDED)
EDITABLE = ("title", "sender", "recipient", "foreign_reference", "document_date")


def register(session: Session, document: Document, clock: Clock) -> Version:
    """Add a new document with its version 1."""
    document.current_version = 1
    return _add_version(session, document, "document.created", [], clock)


def change(
    session: Session, document: Document, action: str, values: Mapping[str, Any], clock: Clock
) -> Version | None:
    """Set `values` on the document as version n+1 and enqueue its new index entry; None when nothing changes.

    `action` names the act in history and audit trail, e.g. ``document.filed``.
    """
    changes = [
        {"field": name, "old": _plain(getattr(document, name)), "new": _plain(value)}
        for name, value in values.items()
        if getattr(document, name) != value
    ]
    if not changes:
        return None
    with session.no_autoflush:
        for name, value in values.items():
            setattr(document, name, value)
        document.current_version += 1
        version = _add_version(session, document, action, changes, clock)
    if document.state != DocumentState.PROCESSING:  # nobody can find it yet: that would only delete what is not there
        enqueue(session, "index", document.id, queue="index", now=clock.now())
    _carry_attachments(session, document, {str(one["field"]) for one in changes}, clock)
    return version


def _carry_attachments(session: Session, document: Document, changed: set[str], clock: Clock) -> None:
    """Attachments go wherever their document goes; what is still being read or a Klärfall keeps its state."""
    moved = changed.intersection(CARRIED)
    if not moved:
        return
    for attachment in session.scalars(select(Document).where(Document.attached_to_id == document.id)).all():
        values = {name: getattr(document, name) for name in moved}
        if document.state not in SETTLED or attachment.state not in SETTLED:
            values.pop("state", None)
        change(session, attachment, "document.carried", values, clock)


def settle_attachment(session: Session, row: Document, values: Mapping[str, Any], clock: Clock) -> Version | None:
    """An attachment was read to its end: it stands where its document stands now."""
    main = session.get(Document, row.attached_to_id)
    if main is None:
        raise NotFound("document.unknown")
    place = {name: getattr(main, name) for name in CARRIED}
    if main.state not in SETTLED:
        place["state"] = DocumentState.INBOX.value
    return change(session, row, "document.received", {**values, **place}, clock)


def _add_version(
    session: Session, document: Document, action: str, changes: list[dict[str, Any]], clock: Clock
) -> Version:
    actor = actor_of(session)
    properties = properties_of(document)
    version = Version(
        id=uuid7(),
        document_id=document.id,
        number=document.current_version,
        at=clock.now(),
        actor_id=actor.user_id,
        actor_name=actor.name,
        action=action,
        properties=properties,
        changes=changes,
        content_sha256=audit.content_sha256({"original": document.original_sha256, "properties": properties}),
    )
    audit.record(session, action, document, version_id=version.id, content_sha256=version.content_sha256)
    session.add(document)
    session.flush()
    session.add(version)
    return version


def properties_of(document: Document) -> dict[str, Any]:
    """What a version says about the document as it is now."""
    seldom = {name: _plain(value) for name in SELDOM if (value := getattr(document, name))}
    return {name: _plain(getattr(document, name)) for name in PROPERTIES} | seldom


def _plain(value: Any) -> Any:
    """JSON form of a metadata value: ids and dates as text."""
    return value if value is None or isinstance(value, str | int | bool | list) else str(value)


def document(session: Session, document_id: UUID) -> Document:
    """The document, if it exists for the actor; raises `NotFound` otherwise."""
    found = session.scalars(select(Document).where(Document.id == document_id)).first()
    if found is None:
        raise NotFound("document.unknown")
    return found


def check_version(row: Document, expected: int | None) -> None:
    """Refuse an act on a screen that is older than the row (`expected` = version shown there)."""
    if expected is not None and row.current_version != expected:
        raise Conflict("stale")


def file_document(session: Session, row: Document, case: Case, clock: Clock) -> Version | None:
    """File a document into a case, also out of another one; it takes on its file's access, invoices keep theirs."""
    file = session.get(File, case.file_id)
    _refuse(rules.may_file(row, case, file))
    values: dict[str, Any] = {"case_id": case.id, "state": DocumentState.FILED.value, "reason_code": None}
    if not row.is_invoice:
        values["acl_node_id"] = case.acl_node_id
    return change(session, row, "document.filed", values, clock)


def home_node(session: Session, row: Document) -> UUID:
    """The ACL node where a document lies that is no invoice: that of its case, else that of its unit."""
    case = session.get(Case, row.case_id) if row.case_id else None
    return case.acl_node_id if case is not None else row.unit_id


def unfile_document(session: Session, row: Document, clock: Clock) -> Version | None:
    """Take a document out of its case, back into the inbox of its unit."""
    values: dict[str, Any] = {"case_id": None, "state": DocumentState.INBOX.value}
    if not row.is_invoice:
        values["acl_node_id"] = row.unit_id
    return change(session, row, "document.unfiled", values, clock)


def keep(session: Session, row: Document, clock: Clock) -> Version | None:
    """A person says that a suspected duplicate is a document of its own; the link stays in its history."""
    if row.duplicate_of_id is None:
        raise RuleViolation("document.no_duplicate")
    return change(session, row, "document.kept", {"duplicate_of_id": None}, clock)


def forward(
    session: Session, row: Document, *, unit: OrgUnit, node_id: UUID, assignee: User | None, clock: Clock
) -> Version | None:
    """Hand a waiting document to another unit, or to a person in it; `node_id` is where it will be seen."""
    _refuse(rules.may_forward(row))
    if assignee is not None and (assignee.unit_id != unit.id or assignee.retired_at is not None):
        raise Invalid({"assignee": "forward.not_in_unit"})
    values = {"unit_id": unit.id, "assignee_id": assignee.id if assignee else None, "acl_node_id": node_id}
    return change(session, row, "document.forwarded", values, clock)


def recall(session: Session, row: Document, clock: Clock) -> Version | None:
    """Take back what the actor forwarded, as long as nobody has touched it since; it returns to where it was before.

    The session must see every row: the document may lie where the actor does not see it any more.
    """
    newest, before = session.scalars(
        select(Version).where(Version.document_id == row.id).order_by(Version.number.desc()).limit(2)
    ).all()
    if newest.action != "document.forwarded" or newest.actor_id != actor_of(session).user_id:
        raise RuleViolation("document.moved_on")
    names = ("unit_id", "assignee_id", "acl_node_id")
    values = {name: UUID(old) if (old := before.properties[name]) else None for name in names}
    return change(session, row, "document.recalled", values, clock)


def discard(session: Session, row: Document, *, reason: str, has_open_payable: bool, clock: Clock) -> Version | None:
    """Take a document out of sight, with a reason; it is kept and can be restored."""
    _refuse(rules.may_discard(row, has_open_payable=has_open_payable))
    values = {"state": DocumentState.DISCARDED.value, "reason_text": required(reason, "reason")}
    return change(session, row, "document.discarded", values, clock)


def restore(session: Session, row: Document, clock: Clock) -> Version | None:
    """Bring a discarded document back into the inbox (or to its Klärfall)."""
    _refuse(rules.may_restore(row))
    return change(session, row, "document.restored", {"state": rules.waits_as(row), "reason_text": None}, clock)


def edit(session: Session, row: Document, values: Mapping[str, str | date | None], clock: Clock) -> Version | None:
    """Change what is said about a document (`EDITABLE` fields); the title is never empty."""
    wanted = {name: value for name, value in values.items() if name in EDITABLE}
    if "title" in wanted:
        wanted["title"] = required(str(wanted["title"] or ""), "title")
    return change(session, row, "document.edited", wanted, clock)


def required(text: str, field: str) -> str:
    """The text without blanks around it; raises `Invalid` naming the field when nothing is left."""
    if not text.strip():
        raise Invalid({field: "input.missing"})
    return text.strip()


def _refuse(violation: DmsError | None) -> None:
    if violation is not None:
        raise violation
