"""What records law forbids: pure predicates; a page asks the same ones to show an act or the reason why not."""

from dms.errors import RuleViolation
from dms.records.models import Case, Document, DocumentState, File


def may_file(document: Document, case: Case | None, file: File | None) -> RuleViolation | None:
    """Filing needs a finished document and an open case in an open file; an attachment goes with its document."""
    if document.state == DocumentState.PROCESSING:
        return RuleViolation("document.processing")
    if document.attached_to_id is not None:
        return RuleViolation("document.attached")
    if document.merged_into_id is not None:
        return RuleViolation("document.merged")
    if document.awaits_check:
        return RuleViolation("document.awaits_check")
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
    """Only a discarded document comes back, and not while another one shows its pages."""
    if document.merged_into_id is not None:
        return RuleViolation("document.merged")
    return None if document.state == DocumentState.DISCARDED else RuleViolation("document.not_discarded")


def may_arrange(document: Document, case: Case | None, file: File | None) -> RuleViolation | None:
    """Pages are arranged of a document that was read, is in sight and lies in no closed case."""
    if document.state == DocumentState.PROCESSING:
        return RuleViolation("document.processing")
    if document.state == DocumentState.DISCARDED:
        return RuleViolation("document.is_discarded")
    if document.attached_to_id is not None:
        return RuleViolation("pages.attached")
    if not document.page_count:
        return RuleViolation("pages.none")
    if case is not None and case.closed_at is not None:
        return RuleViolation("pages.case_closed", reference=case.case_reference)
    if file is not None and file.closed_at is not None:
        return RuleViolation("pages.file_closed", reference=file.file_reference)
    return None


def waits_as(document: Document) -> DocumentState:
    """The state to which a document comes back: the inbox, or the Klärfall that it still is."""
    return DocumentState.QUARANTINED if document.reason_code else DocumentState.INBOX


def may_give_pages(document: Document) -> RuleViolation | None:
    """Pages are taken from a document that waits in an inbox, with nothing that hangs on it."""
    if document.state != DocumentState.INBOX:
        return RuleViolation("pages.not_in_inbox")
    if document.awaits_check:
        return RuleViolation("document.awaits_check")
    if document.attached_to_id is not None:
        return RuleViolation("pages.attached")
    return None if document.page_count else RuleViolation("pages.none")


def may_forward(document: Document) -> RuleViolation | None:
    """Only what waits in an inbox is forwarded; an attachment goes with its document."""
    if document.attached_to_id is not None:
        return RuleViolation("document.attached")
    if document.state in (DocumentState.INBOX, DocumentState.QUARANTINED):
        return None
    return RuleViolation("document.not_in_inbox")
