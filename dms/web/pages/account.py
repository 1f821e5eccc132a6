"""Log in, log out, own password, my tasks."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dms.actor import Action
from dms.errors import Forbidden, Invalid, NotFound
from dms.identity import service as identity
from dms.identity.models import User
from dms.payables.worklist import TASKS
from dms.payables.worklist import tasks as open_tasks
from dms.records import queries as records
from dms.web import session as sessions
from dms.web.routing import (
    LOGIN,
    OWN_PASSWORD,
    GuardedRoute,
    ReadSession,
    TheActor,
    ThePlatform,
    WriteSession,
    public,
    requires,
)
from dms.web.templating import done, page
from dms.web.wording import ERRORS, error_text

router = APIRouter(route_class=GuardedRoute)


@router.get("/")
@public
def home() -> Response:
    return RedirectResponse("/aufgaben", 303)


@router.get(LOGIN)
@public
def login_page(request: Request, weiter: str = "/aufgaben") -> HTMLResponse:
    return page(request, "account/login.html", weiter=weiter, login="", error=None)


@router.post(LOGIN)
@public
def login(
    request: Request,
    platform: ThePlatform,
    login: Annotated[str, Form(max_length=80)] = "",
    password: Annotated[str, Form(max_length=200)] = "",
    weiter: Annotated[str, Form(max_length=300)] = "/aufgaben",
) -> Response:
    address = request.client.host if request.client else "unknown"
    try:
        token = sessions.log_in(platform, login, password, address)
    except Forbidden as exc:
        return page(request, "account/login.html", status=403, weiter=weiter, login=login, error=error_text(exc))
    answer = RedirectResponse(weiter if weiter.startswith("/") and not weiter.startswith("//") else "/aufgaben", 303)
    settings = platform.settings
    answer.set_cookie(
        sessions.cookie_name(settings), token, httponly=True, samesite="lax", secure=settings.has_tls, path="/"
    )
    return answer


@router.post("/abmelden")
@requires(Action.ACCOUNT_OWN)
def logout(request: Request, platform: ThePlatform) -> Response:
    name = sessions.cookie_name(platform.settings)
    sessions.log_out(platform, request.cookies.get(name, ""))
    answer = RedirectResponse(LOGIN, 303)
    answer.delete_cookie(name)
    return answer


@router.get(OWN_PASSWORD)
@requires(Action.ACCOUNT_OWN)
def password_page(request: Request, session: ReadSession) -> HTMLResponse:
    return page(request, "account/password.html", session=session, errors={})


@router.post(OWN_PASSWORD)
@requires(Action.ACCOUNT_OWN)
def change_password(
    request: Request,
    session: WriteSession,
    actor: TheActor,
    current: Annotated[str, Form(max_length=200)] = "",
    new: Annotated[str, Form(max_length=200)] = "",
    again: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    user = session.get(User, actor.user_id)
    if user is None:
        raise NotFound("user.unknown")
    try:
        if new != again:
            raise Invalid({"again": "password.differs"})
        identity.change_own_password(session, user, current=current, new=new)
    except Invalid as exc:
        errors = {("new" if name == "password" else name): ERRORS[code] for name, code in exc.fields.items()}
        return page(request, "account/password.html", session=session, status=422, errors=errors)
    return done(LOGIN, "Ihr Kennwort ist geändert. Bitte melden Sie sich neu an.")


@router.get("/aufgaben")
@requires(Action.TASK_READ)
def tasks(request: Request, session: ReadSession, platform: ThePlatform, actor: TheActor) -> HTMLResponse:
    rows = open_tasks(session, platform.clock)
    assigned = records.assigned(session, actor.user_id) if actor.user_id else []
    return page(
        request, "account/tasks.html", session=session, rows=rows, most=TASKS, assigned=assigned,
        tasks=len(rows) + len(assigned), frame={"active": "tasks"},
    )  # fmt: skip
