"""The inbox and uploads."""

from typing import Annotated

from fastapi import APIRouter, File, Request, UploadFile
from fastapi.responses import HTMLResponse, JSONResponse, Response
from sqlalchemy import select

from dms.actor import Action
from dms.errors import Rejected
from dms.ids import uuid7
from dms.intake.models import Progress
from dms.intake.receive import Arrival, receive
from dms.intake.wording import reason
from dms.records import queries
from dms.web.routing import GuardedRoute, ReadSession, TheActor, ThePlatform, requires
from dms.web.templating import done, page

router = APIRouter(route_class=GuardedRoute)


@router.get("/posteingang")
@requires(Action.INBOX_READ)
def inbox(request: Request, session: ReadSession) -> HTMLResponse:
    rows = queries.inbox(session)
    progress = {
        row.document_id: row
        for row in session.scalars(select(Progress).where(Progress.document_id.in_([row.id for row in rows])))
    }
    frame = {"active": "inbox"}
    return page(request, "inbox/index.html", session=session, rows=rows, progress=progress, reason=reason, frame=frame)


@router.get("/hochladen")
@requires(Action.INTAKE_CREATE)
def upload_page(request: Request, session: ReadSession) -> HTMLResponse:
    return page(request, "inbox/upload.html", session=session)


@router.post("/hochladen")
@requires(Action.INTAKE_CREATE)
def upload(
    request: Request, platform: ThePlatform, actor: TheActor, datei: Annotated[list[UploadFile], File()]
) -> Response:
    """Take in the files; answers as JSON to the drop zone, as a page otherwise."""
    answers = []
    for file in datei:
        arrival = Arrival(
            channel="upload", file_name=file.filename or "", claim_id=f"upload:{uuid7()}", unit_id=actor.unit_id
        )
        try:
            receipt = receive(platform, file.file, arrival, actor)
            answers.append({"text": "angenommen", "href": f"/dokumente/{receipt.document_id}"})
        except Rejected as exc:
            answers.append({"text": reason(exc.code), "href": ""})
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse(answers[0] if len(answers) == 1 else answers)
    refused = [answer["text"] for answer in answers if not answer["href"]]
    if refused:
        return done("/hochladen", refused[0], kind="danger")
    return done("/posteingang", f"{len(answers)} Datei(en) angenommen.")
