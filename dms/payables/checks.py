"""What the official rules say about e-invoices, kept for good: a later check adds a report and replaces none."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.audit import service as audit
from dms.clock import Clock
from dms.db import actor_of
from dms.ids import uuid7
from dms.payables import queries
from dms.payables.models import InvoiceCheck
from dms.records.models import Document
from invoicing import Report, Verdict, verdict
from invoicing.findings import Level

MAX_FINDINGS = 500
"""Kept of one report; an invoice of 10,000 lines may break a rule in each of them."""


def keep(session: Session, document: Document, report: Report, clock: Clock) -> InvoiceCheck:
    """Lay down a report and put its verdict on the invoice; the same report again is only noted in the audit trail."""
    plain = report.as_json()
    found = verdict(plain)
    check = InvoiceCheck(
        id=uuid7(),
        document_id=document.id,
        at=clock.now(),
        actor_name=actor_of(session).name,
        verdict=found.value,
        rule_set=" ".join(plain["rule_set"].values()) if plain["rule_set"] else None,
        findings_total=len(plain["findings"]),
        report=_kept(plain),
    )
    before = newest(session, document.id)
    payable = queries.of_document(session, document.id)
    subject = payable if payable is not None else document
    audit.record(session, "invoice.checked", subject, verdict=found.value, rule_set=check.rule_set)
    if payable is not None:
        payable.verdict = found.value
    if before is not None and before.report == check.report:
        return before
    session.add(check)
    session.flush()
    return check


def _kept(plain: Mapping[str, Any]) -> dict[str, Any]:
    """Without the terms, but for those that name the invoice: the rest stands in the reading of the document.

    The gravest findings first: what rejects an invoice is never cut off behind five hundred warnings.
    """
    named = [term for term in plain["terms"] if term[0] in ("BT-1", "BT-2")]
    findings = sorted(plain["findings"], key=lambda finding: list(Level).index(Level(finding["level"])))
    return {**plain, "findings": findings[:MAX_FINDINGS], "terms": named}


def newest(session: Session, document_id: UUID) -> InvoiceCheck | None:
    """The check that counts."""
    return next(iter(history(session, document_id)), None)


def history(session: Session, document_id: UUID) -> Sequence[InvoiceCheck]:
    """Every check of a document, newest first."""
    query = select(InvoiceCheck).where(InvoiceCheck.document_id == document_id)
    return session.scalars(query.order_by(InvoiceCheck.at.desc(), InvoiceCheck.id.desc())).all()


def breaks_rules(check: InvoiceCheck) -> bool:
    """Whether the schema or an official rule is broken; having no scenario at all is no reason by itself (T3)."""
    if check.verdict != Verdict.REJECTED:
        return False
    rules = [finding["rule"] for finding in check.report["findings"] if finding["level"] == "error"]
    is_one = "pdf.several_invoices" not in rules
    return is_one and any(rule in ("xsd.invalid", "rules.not_evaluable") or "." not in rule for rule in rules)
