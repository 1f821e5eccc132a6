"""Applies the whole set-up file: people (`dms/identity/setup_file.py`), file plan and stations."""

import csv
import re
from datetime import date
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy import func, select
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
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise Invalid({"plan_csv": "setup.plan_missing"}, "setup.invalid", place=str(path)) from exc
    return parse_plan(data)


def parse_plan(data: bytes) -> list[PlanSpec]:
    """A file plan as CSV: key;title;retention in years, with or without a header; UTF-8 or what Excel writes (cp1252).

    Raises `Invalid("setup.invalid")` naming the first line that is no unit of a plan.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    rows = list(csv.reader(text.splitlines(), delimiter=";" if ";" in text else ","))
    is_header = bool(rows) and not any(char.isdigit() for char in "".join(rows[0][:1]))
    return [
        _plan_spec(number, row) for number, row in enumerate(rows, 1) if any(row) and not (number == 1 and is_header)
    ]


def _plan_spec(number: int, row: list[str]) -> PlanSpec:
    cells = [*(cell.strip() for cell in row), "", "", ""]
    years = re.match(r"\d{1,3}", cells[2])
    try:
        return PlanSpec(key=cells[0], title=cells[1], retention_years=int(years.group()) if years else None)
    except ValidationError as exc:
        raise Invalid({"plan_csv": "setup.value"}, "setup.invalid", place=f"Aktenplan, Zeile {number}") from exc


def _apply_plan(session: Session, plan: list[PlanSpec]) -> list[str]:
    results = [save_plan_unit(session, spec) for spec in sorted(plan, key=lambda spec: spec.key)]
    added, changed = results.count("added"), results.count("changed")
    return [f"Aktenplan: {added} Einheiten angelegt, {changed} geändert"] if added or changed else []


def save_plan_unit(session: Session, spec: PlanSpec) -> str:
    """Make the unit of the plan what `spec` says: ``added``, ``changed`` or ``same``; its key finds its parent."""
    unit = session.scalars(select(PlanUnit).where(PlanUnit.key == spec.key)).first()
    if unit is None:
        parent = _parent(session, spec.key)
        unit = PlanUnit(id=uuid7(), key=spec.key, title=spec.title, parent_id=parent.id if parent else None)
        unit.retention_years = spec.retention_years
        audit.record(session, "plan_unit.created", unit)
        session.add(unit)
        session.flush()
        return "added"
    if (unit.title, unit.retention_years) == (spec.title, spec.retention_years):
        return "same"
    audit.record(session, "plan_unit.changed", unit)
    unit.title, unit.retention_years = spec.title, spec.retention_years
    return "changed"


def _parent(session: Session, key: str) -> PlanUnit | None:
    """The unit with the longest key that this one begins with."""
    beginnings = [key[:length] for length in range(1, len(key))]
    query = select(PlanUnit).where(PlanUnit.key.in_(beginnings)).order_by(func.length(PlanUnit.key).desc())
    return session.scalars(query).first()


def _apply_station(session: Session, spec: StationSpec) -> list[str]:
    result = save_station(session, spec)
    return {"added": [f"Station {spec.key} angelegt"], "changed": [f"Station {spec.key} geändert"]}.get(result, [])


def save_station(session: Session, spec: StationSpec) -> str:
    """Make the scanner station what `spec` says: ``added``, ``changed`` or ``same``."""
    unit = identity.unit_by_key(session, spec.unit) if spec.unit else identity.central_unit(session)
    entity = identity.entity_by_key(session, spec.entity) if spec.entity else None
    wanted = {
        "name": spec.name or spec.key,
        "unit_id": unit.id,
        "document_kind": spec.kind,
        "legal_entity_id": entity.id if entity else None,
        "check_every": spec.check_every,
        "is_substitutive": spec.substitutive,
    }
    row = session.scalars(select(Station).where(Station.key == spec.key)).first()
    if row is None:
        row = Station(id=uuid7(), key=spec.key, **wanted)
        audit.record(session, "station.created", row)
        session.add(row)
        session.flush()
        return "added"
    if all(getattr(row, name) == value for name, value in wanted.items()):
        return "same"
    audit.record(session, "station.changed", row)
    for name, value in wanted.items():
        setattr(row, name, value)
    return "changed"
