"""Applies the whole set-up file: people (`dms/identity/setup_file.py`), file plan and stations."""

import csv
from datetime import date
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.access.service import create_unit_nodes
from dms.audit import service as audit
from dms.errors import Invalid
from dms.identity import service as identity
from dms.identity.setup_file import PlanSpec, SetupFile, StationSpec, apply_people
from dms.ids import uuid7
from dms.intake.models import Station
from dms.records.models import PlanUnit


def apply_setup(session: Session, setup: SetupFile, *, folder: Path, today: date) -> list[str]:
    """Bring the installation to what the file says; `folder` is where its `plan_csv` lies. One German line a change."""
    changes = apply_people(session, setup, today=today, create_nodes=create_unit_nodes)
    plan = [*setup.plan, *(_read_plan(folder / setup.plan_csv) if setup.plan_csv else [])]
    changes += _apply_plan(session, plan)
    for station in setup.stations:
        changes += _apply_station(session, station)
    return changes


def _read_plan(path: Path) -> list[PlanSpec]:
    """A CSV with the columns key;title;retention_years (or Aktenzeichen;Betreff;Aufbewahrung)."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as exc:
        raise Invalid({"plan_csv": "setup.plan_missing"}, "setup.invalid", place=str(path)) from exc
    rows = list(csv.reader(text.splitlines(), delimiter=";" if ";" in text else ","))
    body = [row for row in rows if len(row) >= 2 and row[0].strip()[:1].isdigit()]
    return [PlanSpec(key=row[0], title=row[1], retention_years=_years(row)) for row in body]


def _years(row: list[str]) -> int | None:
    return int(row[2]) if len(row) > 2 and row[2].strip().isdigit() else None


def _apply_plan(session: Session, plan: list[PlanSpec]) -> list[str]:
    known = {unit.key: unit for unit in session.scalars(select(PlanUnit))}
    added = changed = 0
    for spec in sorted(plan, key=lambda spec: spec.key):
        unit = known.get(spec.key)
        if unit is None:
            parent = _parent(spec.key, known)
            unit = PlanUnit(id=uuid7(), key=spec.key, title=spec.title, parent_id=parent.id if parent else None)
            unit.retention_years = spec.retention_years
            audit.record(session, "plan_unit.created", unit)
            session.add(unit)
            session.flush()
            known[spec.key] = unit
            added += 1
        elif (unit.title, unit.retention_years) != (spec.title, spec.retention_years):
            audit.record(session, "plan_unit.changed", unit)
            unit.title, unit.retention_years = spec.title, spec.retention_years
            changed += 1
    return [f"Aktenplan: {added} Einheiten angelegt, {changed} geändert"] if added or changed else []


def _parent(key: str, known: dict[str, PlanUnit]) -> PlanUnit | None:
    candidates = [other for other in known if key != other and key.startswith(other)]
    return known[max(candidates, key=len)] if candidates else None


def _apply_station(session: Session, spec: StationSpec) -> list[str]:
    unit = identity.unit_by_key(session, spec.unit) if spec.unit else identity.central_unit(session)
    entity = identity.entity_by_key(session, spec.entity) if spec.entity else None
    wanted = {
        "name": spec.name or spec.key,
        "unit_id": unit.id,
        "document_kind": spec.kind,
        "legal_entity_id": entity.id if entity else None,
    }
    row = session.scalars(select(Station).where(Station.key == spec.key)).first()
    if row is None:
        row = Station(id=uuid7(), key=spec.key, **wanted)
        audit.record(session, "station.created", row)
        session.add(row)
        return [f"Station {spec.key} angelegt"]
    if all(getattr(row, name) == value for name, value in wanted.items()):
        return []
    audit.record(session, "station.changed", row)
    for name, value in wanted.items():
        setattr(row, name, value)
    return [f"Station {spec.key} geändert"]
