"""Fills an installation with many documents quickly: rows in bulk, texts from a pool, no pipeline.

Twelve org units of unequal size; every fifth document is an invoice; titles, people, references, amounts and days differ,
the text of a page is one of `POOL`. What a document has beyond that (versions, audit leaves) is left out.
"""

import hashlib
import io
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, insert, select

from dms.access.service import create_unit_nodes, payables_node
from dms.actor import Role
from dms.identity import service as identity
from dms.identity.models import OrgUnit
from dms.ids import uuid7
from dms.intake.models import Intake
from dms.payables.models import PayableInvoice
from dms.platform import Platform
from dms.records.models import Case, Document, File, PlanUnit, Rendition
from tests.factories import PASSWORD, TEST
from tests.golden.town_texts import FIRST_NAMES, GENERAL, SELLERS, STREETS, SURNAMES, TOPICS

UNITS, FILES, POOL, CHUNK, INVOICE_EVERY = 12, 40, 600, 5000, 5
START = datetime(2021, 1, 4, 8, tzinfo=UTC)
SPACE = UUID("6f0f9b9e-7d7e-4f1e-9d5c-0c8f4a3d2b10")
SYLLABLES = ("ba", "der", "fel", "gau", "hin", "jo", "kel", "lau", "mer", "nis", "ol", "pe", "rad", "sel", "tor", "wig")


@dataclass(frozen=True)
class Place:
    """A unit with the nodes of its letters and of its invoices, and its cases."""

    unit_id: UUID
    payables_node_id: UUID
    cases: tuple[UUID, ...]


def people(platform: Platform) -> None:
    """``amt`` sees the largest unit alone, ``pruefung`` (auditor) everything."""
    with platform.db.write(TEST) as session:
        unit = session.scalars(select(OrgUnit).where(OrgUnit.key == "amt-00")).one()
        roles = {"amt": [Role.CLERK, Role.CERTIFIER], "pruefung": [Role.AUDITOR]}
        for login, held in roles.items():
            identity.add_user(session, login=login, name=login, password=PASSWORD, unit_id=unit.id, roles=held)


def town(platform: Platform) -> list[Place]:
    """The units with their files and cases, the largest first."""
    with platform.db.write(TEST) as session:
        units = [identity.add_unit(session, key=f"amt-{n:02d}", name=f"{TOPICS[n * 2][0]} {n}") for n in range(UNITS)]
        for unit in units:
            create_unit_nodes(session, unit.id)
        session.flush()
        nodes = [(unit.id, payables_node(session, unit.id)) for unit in units]
        connection = session.connection()
        plan = [dict(id=uuid7(), key=f"{10 + n}", title=TOPICS[n][0]) for n in range(UNITS)]
        connection.execute(insert(PlanUnit), plan)
        return [
            Place(unit_id, node, _cases(connection, row, unit_id))
            for (unit_id, node), row in zip(nodes, plan, strict=True)
        ]


def _cases(connection: Connection, plan: dict[str, Any], unit_id: UUID) -> tuple[UUID, ...]:
    files = [
        dict(id=uuid7(), plan_unit_id=plan["id"], file_reference=f"{plan['key']}.{n:03d}", title=f"Akte {n}", lead_unit_id=unit_id,
             acl_node_id=unit_id, opened_at=START, lock_version=1)
        for n in range(FILES)
    ]  # fmt: skip
    cases = [
        dict(id=uuid7(), file_id=file["id"], case_reference=f"{file['file_reference']}/2024-{n:04d}", title=f"Vorgang {n}",
             acl_node_id=unit_id, opened_at=START, lock_version=1)
        for file in files for n in range(5)
    ]  # fmt: skip
    connection.execute(insert(File), files)
    connection.execute(insert(Case), cases)
    return tuple(case["id"] for case in cases)


def texts(platform: Platform, count: int = POOL) -> list[str]:
    """The hashes of the originals of the pool, whose texts lie in the store."""
    dice, rows = random.Random(1), []
    for n in range(count):
        blob = platform.store.put(io.BytesIO(json.dumps({"text": _text(dice)}).encode()))
        original = hashlib.sha256(f"original {n}".encode()).hexdigest()
        rows.append(dict(id=uuid7(), input_sha256=original, kind="text", step_release="filled", blob_sha256=blob.sha256,
                         blob_bytes=blob.size, media_type="application/json", parameters={}, created_at=START))  # fmt: skip
    with platform.db.write(TEST) as session:
        session.connection().execute(insert(Rendition), rows)
    return [row["input_sha256"] for row in rows]


def _text(dice: random.Random) -> str:
    _, titles, sentences = dice.choice(TOPICS)
    others = [dice.choice(dice.choice(TOPICS)[2]) for _ in range(6)]
    made = [f"{_name(dice)}{dice.choice(('straße', 'weg', 'halle', 'verordnung', 'bescheid'))}" for _ in range(6)]
    where = f"{dice.choice(STREETS)} {dice.randint(1, 120)}, Betrag {dice.randint(1, 9999)},{dice.randint(10, 99)} €"
    return " ".join([titles[0], *sentences, *others, *made, where, *GENERAL])


def _name(dice: random.Random) -> str:
    return "".join(dice.choice(SYLLABLES) for _ in range(3)).capitalize()


def fill(platform: Platform, count: int, places: list[Place], originals: list[str], *, first: int = 0) -> None:
    """Add `count` documents, numbered from `first`, in chunks, each in a transaction of its own."""
    dice = random.Random(2)
    numbers = iter(range(first, first + count))
    weights = [1 / (n + 1) for n in range(len(places))]
    while chunk := list(islice(numbers, CHUNK)):
        rows = [_document(dice, n, dice.choices(places, weights)[0], originals) for n in chunk]
        with platform.db.write(TEST) as session:
            connection = session.connection()
            connection.execute(insert(Document), [row for row, _ in rows])
            connection.execute(insert(Intake), [_intake(row) for row, _ in rows])
            connection.execute(insert(PayableInvoice), list(_payables(dice, rows)))
    platform.db.learn()


def _document(dice: random.Random, n: int, place: Place, originals: list[str]) -> tuple[dict[str, Any], Place]:
    is_invoice = n % INVOICE_EVERY == 0
    person = f"{dice.choice(FIRST_NAMES)} {dice.choice(SURNAMES)}-{_name(dice)}"
    seller = dice.choice(SELLERS)[0]
    title = f"Rechnung {seller}" if is_invoice else f"{dice.choice(dice.choice(TOPICS)[1])} {person}"
    at = START + timedelta(minutes=2 * n)
    filed = n % 20 != 0
    row = dict(
        id=uuid5(SPACE, str(n)), state="filed" if filed else "inbox", unit_id=place.unit_id,
        case_id=dice.choice(place.cases) if filed else None, is_invoice=is_invoice, title=title,
        document_kind="invoice" if is_invoice else "letter", sender=seller if is_invoice else person,
        foreign_reference=f"RE-{at.year}-{n:07d}" if is_invoice else f"{n % 89 + 10}.{n % 37 + 10}/{at.year}-{n:06d}",
        received_at=at, original_name=f"{n}.pdf", original_sha256=originals[n % len(originals)], original_bytes=1000,
        media_type="application/pdf", page_count=1, hazards=[], current_version=1, lock_version=1,
        acl_node_id=place.payables_node_id if is_invoice else place.unit_id,
    )  # fmt: skip
    return row, place


def _intake(row: dict[str, Any]) -> dict[str, Any]:
    return dict(
        id=uuid5(row["id"], "intake"), claim_id=f"filled-{row['id']}", channel="hotfolder", file_name=row["original_name"],
        size_bytes=1000, sha256=row["original_sha256"], received_at=row["received_at"],
        outcome="filed" if row["state"] == "filed" else "inbox", document_id=row["id"],
    )  # fmt: skip


def _payables(dice: random.Random, rows: list[tuple[dict[str, Any], Place]]) -> Iterator[dict[str, Any]]:
    for row, place in rows:
        if not row["is_invoice"]:
            continue
        gross = dice.randint(1_000, 9_000_000)
        state = dice.choices(("settled", "capture", "review", "ordering"), (85, 5, 5, 5))[0]
        yield dict(
            id=uuid5(row["id"], "payable"), document_id=row["id"], state=state, unit_id=place.unit_id, received_at=row["received_at"],
            seller_name=row["sender"], invoice_number=row["foreign_reference"], type_code="380", currency="EUR", net_cents=gross * 100 // 119,
            tax_cents=gross - gross * 100 // 119, gross_cents=gross, payable_cents=gross, cut_cents=0, retained_cents=0, findings=[],
            due_on=(row["received_at"] + timedelta(days=30)).date(), issued_on=row["received_at"].date(), duplicate_decision="none",
            content_version=1, lock_version=1, acl_node_id=place.payables_node_id,
        )  # fmt: skip
