"""The hand-over to the treasury: one complete folder a payment order, appearing by one rename (T11).

``handover/YYYY/ORDER-VERSION/``: order.json, order.csv, the original, a view, the check protocol, manifest.json with
SHA-256; pages.pdf shows the pages as they were certified, where somebody arranged them. Running it again after a crash
at any point gives the same folder and one row.
"""

import hashlib
import html
import json
import os
import shutil
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.actor import system
from dms.audit import service as audit
from dms.clock import local_date
from dms.errors import NotFound, RuleViolation, Unavailable
from dms.identity.models import LegalEntity
from dms.ids import uuid7
from dms.jobs.service import Claim, finish, hold
from dms.jobs.steps import MANY_CRASHES, Step
from dms.money import from_cents
from dms.payables import evidence, service
from dms.payables.content import amount_to_pay
from dms.payables.models import (
    Certificate,
    CertificateEnd,
    CodingLine,
    HandOver,
    PayableInvoice,
    PayableState,
    PaymentOrder,
)
from dms.platform import Platform
from dms.records import queries as records_queries
from dms.records.arrangement import arranged_kind
from dms.records.models import Document
from dms.spreadsheet import csv_text
from storage import StorageError

CSV_COLUMNS = ("order", "budget_year", "product_account", "cost_center", "cost_object", "amount", "text")


def hand_over(platform: Platform, held: Claim) -> None:
    """Write the package of the order `held.subject_id`, then say so; refuses content other than the ordered (I9)."""
    with platform.db.read(system("worker", job_id=held.job_id)) as session:
        order = session.get(PaymentOrder, held.subject_id)
        if order is None:
            raise NotFound("order.unknown")
        package = _package(session, order)
        year = local_date(order.given_at).year
    folder = platform.settings.handover_path / str(year) / f"{order.order_number}-{order.version}"
    payload_sha256 = _write(platform, folder, package)
    with platform.db.write(system("worker", job_id=held.job_id)) as session:
        hold(session, held)
        _note(session, platform, order, folder, payload_sha256)
        finish(session, held, platform.clock)


def _package(session: Session, order: PaymentOrder) -> dict[str, Any]:
    payable = service.payable(session, order.payable_id)
    if evidence.current_content(session, payable).all_sha256 != order.content_sha256:
        raise RuleViolation("approval.order_differs")
    document = session.get(Document, payable.document_id)
    entity = session.get(LegalEntity, payable.legal_entity_id) if payable.legal_entity_id else None
    ended = select(CertificateEnd.subject_id)
    certificates = session.scalars(
        select(Certificate)
        .where(Certificate.payable_id == payable.id, Certificate.id.not_in(ended))
        .order_by(Certificate.given_at)
    ).all()
    return {
        "order": _order(order, payable, entity, certificates, evidence.coding(session, payable.id)),
        "document": document,
        "arranged_sha256": _arranged(session, document) if document else None,
    }


def _arranged(session: Session, document: Document) -> str | None:
    """The PDF of the pages that were certified, where they lie otherwise than in the original."""
    if document.arrangement is None:
        return None
    made = records_queries.rendition(session, document.original_sha256, arranged_kind(document))
    if made is None:
        raise Unavailable("pages.unfinished")
    return made.blob_sha256


def _order(
    order: PaymentOrder, payable: PayableInvoice, entity: LegalEntity | None, certificates: Any, lines: Any
) -> Any:
    return {
        "order": order.order_number,
        "version": order.version,
        "given_at": order.given_at.isoformat(),
        "given_by": order.user_name,
        "legal_entity": {"key": entity.key, "name": entity.name} if entity else None,
        "payee": payable.payee_name,
        "iban": payable.iban,
        "amount": _euros(amount_to_pay(payable)),
        "gross": _euros(payable.gross_cents),
        "currency": payable.currency,
        "due_on": _text(payable.due_on),
        "discount": {"until": _text(payable.discount_until), "amount": _euros(payable.discount_cents)},
        "invoice": {
            "number": payable.invoice_number,
            "issued_on": _text(payable.issued_on),
            "seller": payable.seller_name,
        },
        "coding": [_line(line) for line in lines],
        "certificates": [_certificate(certificate) for certificate in certificates],
        "content_sha256": order.content_sha256,
    }


def _line(line: CodingLine) -> dict[str, Any]:
    return {
        "budget_year": line.budget_year,
        "product_account": line.product_account,
        "cost_center": line.cost_center,
        "cost_object": line.cost_object,
        "amount": _euros(line.amount_cents),
        "text": line.text,
    }


def _certificate(row: Certificate) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "text": row.text,
        "by": row.user_name,
        "given_at": row.given_at.isoformat(),
        "amount": _euros(row.amount_cents),
        "sha256": row.scope_sha256,
    }


def _write(platform: Platform, folder: Path, package: dict[str, Any]) -> str:
    """The folder, complete, by one rename; the hash of its manifest. What a crashed run left is thrown away."""
    if not folder.is_dir():
        building = folder.with_name(f".{folder.name}.part")
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(parents=True)
        _build(platform, building, package)
        building.rename(folder)
        _to_disk(folder.parent)
    return _sha256((folder / "manifest.json").read_bytes())


def _build(platform: Platform, building: Path, package: dict[str, Any]) -> None:
    document: Document = package["document"]
    suffix = Path(document.original_name).suffix[:10] if Path(document.original_name).suffix.isascii() else ""
    _copy_original(platform, document.original_sha256, building / f"original{suffix}")
    if package["arranged_sha256"] is not None:
        _copy_original(platform, package["arranged_sha256"], building / "pages.pdf")
    order = package["order"]
    (building / "order.json").write_text(_json(order), encoding="utf-8")
    (building / "order.csv").write_text(_csv(order), encoding="utf-8", newline="")
    (building / "view.html").write_text(_page("Ansicht – das Original liegt bei", _view(order)), encoding="utf-8")
    (building / "protocol.html").write_text(_page("Prüfprotokoll", _protocol(order)), encoding="utf-8")
    manifest = {path.name: _sha256(path.read_bytes()) for path in sorted(building.iterdir())}
    (building / "manifest.json").write_text(_json(manifest), encoding="utf-8")
    for path in (*building.iterdir(), building):
        _to_disk(path)


def _to_disk(path: Path) -> None:
    """So that the row in the database never speaks of a folder that a power cut left empty."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _copy_original(platform: Platform, sha256: str, target: Path) -> None:
    try:
        with platform.store.open(sha256, verify=True) as source, target.open("wb") as file:
            shutil.copyfileobj(source, file)
    except StorageError as exc:
        raise Unavailable("storage") from exc


def _note(session: Session, platform: Platform, order: PaymentOrder, folder: Path, payload_sha256: str) -> None:
    query = select(HandOver).where(HandOver.payment_order_id == order.id)
    if session.scalars(query).first() is not None:
        return
    row = service.payable(session, order.payable_id, lock=True)
    audit.record(session, "payment_order.handed_over", row, content_sha256=payload_sha256, order=order.order_number)
    row.state = PayableState.TRANSFERRED.value
    session.add(
        HandOver(
            id=uuid7(),
            payment_order_id=order.id,
            folder=str(folder.relative_to(platform.settings.handover_path)),
            payload_sha256=payload_sha256,
            handed_at=platform.clock.now(),
        )
    )


def _view(order: Any) -> list[tuple[str, str]]:
    invoice = order["invoice"]
    return [
        ("Rechnungssteller", invoice["seller"]), ("Rechnungsnummer", invoice["number"]),
        ("Rechnungsdatum", invoice["issued_on"]), ("Empfänger der Zahlung", order["payee"]), ("IBAN", order["iban"]),
        ("Bruttobetrag", order["gross"]), ("Auszahlungsbetrag", order["amount"]), ("Fällig am", order["due_on"]),
    ]  # fmt: skip


def _protocol(order: Any) -> list[tuple[str, str]]:
    rows = [(row["text"], f"{row['by']}, {row['given_at']}, {row['amount']} EUR") for row in order["certificates"]]
    return [*rows, ("Zahlung angeordnet", f"{order['given_by']}, {order['given_at']}, {order['order']}")]


def _page(title: str, rows: list[tuple[str, str]]) -> str:
    cells = "".join(
        f"<tr><th>{html.escape(name)}</th><td>{html.escape(str(value or ''))}</td></tr>" for name, value in rows
    )
    return (
        f'<!DOCTYPE html><html lang="de"><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f"<h1>{html.escape(title)}</h1><table>{cells}</table></html>\n"
    )


def _csv(order: Any) -> str:
    """One line a coding line."""
    lines = [[order["order"], *(line[name] for name in CSV_COLUMNS[1:])] for line in order["coding"]]
    return csv_text([CSV_COLUMNS, *(["" if cell is None else str(cell) for cell in line] for line in lines)])


def _euros(cents: int | None) -> str | None:
    return None if cents is None else str(from_cents(cents))


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


STEPS = {"hand_over": Step("interactive", hand_over, max_crashes=MANY_CRASHES)}
