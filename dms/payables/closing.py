"""Acts that send an invoice back or end it: to the desk, to those who certify, to its sender, out of the approval."""

from sqlalchemy.orm import Session

from dms.audit import service as audit
from dms.clock import Clock
from dms.errors import RuleViolation
from dms.payables.approval import Event
from dms.payables.evidence import ask, end_certificates, note
from dms.payables.models import PayableInvoice, PayableState
from dms.records import service as records


def return_to_capture(session: Session, row: PayableInvoice, *, reason: str, clock: Clock) -> None:
    """T8: back to the invoice desk, with a reason; every certificate is superseded."""
    _return(session, row, PayableState.CAPTURE, reason, clock)


def return_to_review(session: Session, row: PayableInvoice, *, reason: str, clock: Clock) -> None:
    """T8: from those who order back to those who certify, with a reason; every certificate is superseded."""
    if row.state == PayableState.REVIEW:
        raise RuleViolation("approval.state.review")
    _return(session, row, PayableState.REVIEW, reason, clock)


def _return(session: Session, row: PayableInvoice, to: PayableState, reason: str, clock: Clock) -> None:
    ask(Event.RETURN, session, row, clock, None)
    audit.record(session, "invoice.returned", row, to=to.value, note=note(session, row, "returned", reason, clock))
    end_certificates(session, row, "superseded", reason.strip(), clock, only_stale=False)
    row.state = to.value


def reject(session: Session, row: PayableInvoice, *, reason: str, clock: Clock) -> None:
    """T14: back to the sender (Zurückweisung)."""
    _close(session, row, Event.REJECT, PayableState.REJECTED, reason, clock)


def void(session: Session, row: PayableInvoice, *, reason: str, clock: Clock) -> None:
    """T15: no longer an invoice of ours (duplicate, stray, no invoice at all)."""
    _close(session, row, Event.VOID, PayableState.VOID, reason, clock)


def no_invoice(session: Session, row: PayableInvoice, *, reason: str, clock: Clock) -> None:
    """T15, and the document is a plain one of its unit again: it was taken for an invoice by mistake."""
    void(session, row, reason=reason, clock=clock)
    document = records.document(session, row.document_id)
    values = {"is_invoice": False, "acl_node_id": records.home_node(session, document)}
    records.change(session, document, "document.no_invoice", values, clock)


_CLOSING = {PayableState.REJECTED: ("invoice.rejected", "rejected"), PayableState.VOID: ("invoice.voided", "voided")}


def _close(session: Session, row: PayableInvoice, event: Event, state: PayableState, reason: str, clock: Clock) -> None:
    ask(event, session, row, clock, None)
    action, kind = _CLOSING[state]
    audit.record(session, action, row, note=note(session, row, kind, reason, clock))
    end_certificates(session, row, "superseded", reason.strip(), clock, only_stale=False)
    row.state = state.value
