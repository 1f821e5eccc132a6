"""What records law forbids: pure predicates; a page asks the same ones to show an act or the reason why not."""

from dms.errors import RuleViolation
from dms.records.models import Case, Document, DocumentState, File


def may_file(document: Document, case: Case | None, file: File | None) -> RuleViolation | None:
    """Filing needs a finished document and an open case in an open file; an attachment goes with its document."""
    if document.state == DocumentState.PROCESSING:
        return RuleViolation("document.processing")
    if document.attached_to_id is not None:
        return RuleViolation("document.attached")
    if case is not None and case.closed_at is not None:
        return RuleViolation("case.closed", reference=case.case_reference)
    if file is not None and file.closed_at is not None:
        return RuleViolation("file.closed", reference=file.file_reference)
    return None


def may_discard(document: Document, *, has_open_payable: bool) -> RuleViolation | None:
    """A document in an open invoice approval is ended there first; a filed one is re-filed, never discarded."""
    if document.state == DocumentState.PROCESSING:
        return RuleViolation("document.processing")
    if document.state == DocumentState.FILED:
        return RuleViolation("document.filed")
    if document.state == DocumentState.DISCARDED:
        return RuleViolation("document.discarded")
    if document.attached_to_id is not None and document.state != DocumentState.QUARANTINED:
        return RuleViolation("document.attached")
    if has_open_payable:
        return RuleViolation("document.in_approval")
    return None


def may_restore(document: Document) -> RuleViolation | None:
    """Only a discarded document comes back."""
    return None if document.state == DocumentState.DISCARDED else RuleViolation("document.not_discarded")


def may_forward(document: Document) -> RuleViolation | None:
    """Only what waits in an inbox is forwarded; an attachment goes with its document."""
    if document.attached_to_id is not None:
        return RuleViolation("document.attached")
    if document.state in (DocumentState.INBOX, DocumentState.QUARANTINED):
        return None
    return RuleViolation("document.not_in_inbox")
