"""People: who works here, with which roles and authority; new ones, changes, new passwords, leavers."""

import secrets
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from dms.actor import Action, Role
from dms.clock import local_date
from dms.errors import Conflict, DmsError, Invalid, NotFound
from dms.identity import service as identity
from dms.identity.models import LegalEntity, OrgUnit, User, UserRole
from dms.platform import Platform
from dms.web import choices
from dms.web.format import money_input, parse_money
from dms.web.routing import GuardedRoute, ReadSession, TheActor, ThePlatform, WriteSession, requires
from dms.web.templating import done, field_errors, page
from dms.web.wording import error_text

router = APIRouter(route_class=GuardedRoute)
ADDRESS = "/verwaltung/leute"


class Person(BaseModel):
    """What is typed about a person; `entity` and `limit` are one list each, in the same order."""

    login: str = Field("", max_length=80)
    name: str = Field("", max_length=200)
    email: str = Field("", max_length=200)
    unit: str = Field("", max_length=40)
    roles: list[str] = Field(default=[], max_length=20)
    entity: list[str] = Field(default=[], max_length=200)
    limit: list[str] = Field(default=[], max_length=200)


@router.get(ADDRESS)
@requires(Action.SYSTEM_MANAGE)
def index(request: Request, session: ReadSession, platform: ThePlatform) -> HTMLResponse:
    people = session.scalars(select(User).order_by(User.retired_at.is_not(None), User.name)).all()
    roles: dict[UUID, list[Role]] = {person.id: [] for person in people}
    for row in session.scalars(select(UserRole).order_by(UserRole.role)):
        roles[row.user_id].append(Role(row.role))
    return page(
        request,
        "admin/people.html",
        session=session,
        people=people,
        roles=roles,
        units=dict(choices.units(session)),
        active=ADDRESS,
        frame={"active": "system"},
    )


@router.get(f"{ADDRESS}/neu")
@requires(Action.SYSTEM_MANAGE)
def new(request: Request, session: ReadSession, platform: ThePlatform) -> HTMLResponse:
    central = identity.central_unit(session)
    return _form(request, session, platform, None, Person(login="", name="", email="", unit=str(central.id)))


@router.get(f"{ADDRESS}/{{user_id}}")
@requires(Action.SYSTEM_MANAGE)
def show(request: Request, session: ReadSession, platform: ThePlatform, user_id: UUID) -> HTMLResponse:
    person = _person(session, user_id)
    return _form(request, session, platform, person, _typed(session, platform, person))


def _person(session: Session, user_id: UUID) -> User:
    person = session.get(User, user_id)
    if person is None:
        raise NotFound("user.unknown")
    return person


def _typed(session: Session, platform: Platform, person: User) -> Person:
    limits = identity.limits_of(session, person.id, local_date(platform.clock.now()))
    entities = choices.legal_entities(session)
    return Person(
        login=person.login,
        name=person.name,
        email=person.email or "",
        unit=str(person.unit_id),
        roles=sorted(identity.roles_of(session, person.id)),
        entity=[key for key, _ in entities],
        limit=[money_input(limits.get(UUID(key))) for key, _ in entities],
    )


def _form(
    request: Request,
    session: Session,
    platform: Platform,
    person: User | None,
    form: Person,
    *,
    errors: Mapping[str, str] | None = None,
) -> HTMLResponse:
    limits = dict(zip(form.entity, form.limit, strict=False))
    return page(
        request,
        "admin/person.html",
        session=session,
        status=422 if errors else 200,
        person=person,
        form=form,
        limits=limits,
        entities=choices.legal_entities(session),
        units=choices.units(session),
        errors=errors or {},
        active=ADDRESS,
        frame={"active": "system"},
    )


@router.post(f"{ADDRESS}/neu")
@requires(Action.SYSTEM_MANAGE)
def create(request: Request, session: WriteSession, platform: ThePlatform, form: Annotated[Person, Form()]) -> Response:
    """A new account with a first password that is shown once."""
    password = first_password()
    try:
        values = _checked(session, form)
        person = identity.add_user(
            session, login=_required(form.login, "login"), password=password, must_change_password=True, **values
        )
        _set_limits(session, platform, person, form)
    except (Invalid, Conflict) as exc:
        session.rollback()
        return _form(request, session, platform, None, form, errors=_errors(exc))
    return _show_password(request, session, person, password)


def _show_password(request: Request, session: Session, person: User, password: str) -> HTMLResponse:
    """The answer to the post itself, so that the password stands in no cookie and no address."""
    return page(request, "admin/password.html", session=session, person=person, password=password, active=ADDRESS)


def first_password() -> str:
    """A password to hand over on paper: three groups that are easy to read and to type."""
    alphabet = "abcdefghijkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(5)) for _ in range(3))


@router.post(f"{ADDRESS}/{{user_id}}")
@requires(Action.SYSTEM_MANAGE)
def change(
    request: Request,
    session: WriteSession,
    platform: ThePlatform,
    actor: TheActor,
    user_id: UUID,
    form: Annotated[Person, Form()],
) -> Response:
    """Name, unit, roles and payment authority; nobody changes their own roles."""
    person = _person(session, user_id)
    try:
        values = _checked(session, form)
        roles = values.pop("roles")
        if person.id == actor.user_id and set(roles) != identity.roles_of(session, person.id):
            raise Invalid({"roles": "user.own_roles"})
        identity.change(session, person, **values)
        identity.set_roles(session, person, roles)
        _set_limits(session, platform, person, form)
    except (Invalid, Conflict) as exc:
        session.rollback()
        return _form(request, session, platform, _person(session, user_id), form, errors=_errors(exc))
    return done(ADDRESS, f"{person.name} ist gespeichert.")


def _errors(error: DmsError) -> dict[str, str]:
    return field_errors(error) if isinstance(error, Invalid) else {"login": error_text(error)}


def _checked(session: Session, form: Person) -> dict[str, Any]:
    try:
        roles = [Role(role) for role in form.roles]
        unit = session.get(OrgUnit, UUID(form.unit))
    except ValueError as exc:
        raise Invalid({"roles": "input.choice"}) from exc
    if unit is None:
        raise Invalid({"unit": "input.choice"})
    identity.check_roles(roles)
    name = _required(form.name, "name")
    return {"name": name, "email": form.email.strip() or None, "unit_id": unit.id, "roles": roles}


def _required(text: str, field: str) -> str:
    if not text.strip():
        raise Invalid({field: "input.missing"})
    return text.strip()


def _set_limits(session: Session, platform: Platform, person: User, form: Person) -> None:
    today = local_date(platform.clock.now())
    for key, text in zip(form.entity, form.limit, strict=False):
        entity = session.get(LegalEntity, UUID(key))
        if entity is None:
            raise Invalid({"limit": "input.choice"})
        try:
            cents = parse_money(text) if text.strip() else None
        except ValueError as exc:
            raise Invalid({f"limit-{key}": str(exc)}) from exc
        identity.set_limit(session, person, entity, cents, today)


@router.post(f"{ADDRESS}/{{user_id}}/kennwort")
@requires(Action.SYSTEM_MANAGE)
def reset_password(request: Request, session: WriteSession, user_id: UUID) -> Response:
    """A new first password, shown once; the person is logged out everywhere."""
    person, password = _person(session, user_id), first_password()
    identity.set_password(session, person, password, by_owner=False)
    return _show_password(request, session, person, password)


@router.get(f"{ADDRESS}/{{user_id}}/stilllegen")
@requires(Action.SYSTEM_MANAGE)
def ask_retire(request: Request, session: ReadSession, user_id: UUID) -> HTMLResponse:
    return page(request, "admin/retire.html", session=session, person=_person(session, user_id), active=ADDRESS)


@router.post(f"{ADDRESS}/{{user_id}}/stilllegen")
@requires(Action.SYSTEM_MANAGE)
def retire(session: WriteSession, platform: ThePlatform, actor: TheActor, user_id: UUID) -> Response:
    """End the account of somebody who leaves; the name stays in every record."""
    person = _person(session, user_id)
    if person.id == actor.user_id:
        raise Invalid({"user": "user.own_account"}, "user.own_account")
    identity.retire(session, person, platform.clock)
    return done(ADDRESS, f"{person.name} ist stillgelegt und kann sich nicht mehr anmelden.")
