"""Uploads from the browser: each file goes through the one way in and says what became of it."""

from typing import Annotated

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, JSONResponse, Response

from dms.actor import Action, Actor
from dms.errors import DmsError
from dms.ids import uuid7
from dms.intake.receive import Arrival, receive
from dms.platform import Platform
from dms.web.routing import GuardedRoute, ReadSession, TheActor, ThePlatform, requires
from dms.web.templating import done, page
from dms.web.wording import error_text

router = APIRouter(route_class=GuardedRoute)
MAX_FILES = 100


@router.get("/hochladen")
@requires(Action.INTAKE_CREATE)
def upload_page(request: Request, session: ReadSession) -> HTMLResponse:
    return page(request, "inbox/upload.html", session=session, frame={"active": "inbox"})


@router.post("/hochladen")
@requires(Action.INTAKE_CREATE)
def upload(
    request: Request,
    platform: ThePlatform,
    actor: TheActor,
    dateien: Annotated[list[UploadFile], File(max_length=MAX_FILES)],
    art: Annotated[str, Form(pattern="^(letter|invoice)$")] = "letter",
) -> Response:
    """Take in the files; answers as JSON to the drop zone, as a page otherwise."""
    answers = [_take(platform, actor, file, art) for file in dateien if file.filename]
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse(answers[0] if len(answers) == 1 else answers)
    refused = [answer["text"] for answer in answers if not answer["href"]]
    if not answers or refused:
        return done("/hochladen", refused[0] if refused else "Bitte wählen Sie eine Datei aus.", kind="danger")
    if len(answers) == 1:
        return done(answers[0]["href"], "Angenommen. Das Dokument wird jetzt gelesen.")
    return done("/posteingang", f"{len(answers)} Dateien angenommen. Sie werden jetzt gelesen.")


def _take(platform: Platform, actor: Actor, file: UploadFile, kind: str) -> dict[str, str]:
    arrival = Arrival(
        channel="upload",
        file_name=file.filename or "",
        claim_id=f"upload:{uuid7()}",
        unit_id=actor.unit_id,
        document_kind=kind,
    )
    try:
        receipt = receive(platform, file.file, arrival, actor)
    except DmsError as exc:
        return {"text": error_text(exc), "href": ""}
    text = "angenommen, liegt schon einmal vor" if receipt.duplicate_of_id else "angenommen"
    return {"text": text, "href": f"/dokumente/{receipt.document_id}"}
