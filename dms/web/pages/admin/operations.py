"""What hangs and how everything is: Klärfälle with retry, the queues of the last day, the health of each part."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dms.actor import Action
from dms.errors import NotFound
from dms.intake.models import Intake
from dms.intake.wording import reason
from dms.jobs import service as jobs
from dms.jobs.models import Job
from dms.ops import health
from dms.web.format import local
from dms.web.routing import GuardedRoute, ReadSession, ThePlatform, WriteSession, requires
from dms.web.templating import done, page

router = APIRouter(route_class=GuardedRoute)
SHOWN = 200
HOURS = 24


@router.get("/verwaltung/auftraege")
@requires(Action.JOB_MANAGE)
def show_jobs(request: Request, session: ReadSession, platform: ThePlatform) -> HTMLResponse:
    parked = session.scalars(
        select(Job).where(Job.state == "parked").order_by(Job.finished_at.desc()).limit(SHOWN)
    ).all()
    open_jobs = session.scalars(
        select(Job).where(Job.state.in_(("running", "ready"))).order_by(Job.state.desc(), Job.due_at).limit(SHOWN)
    ).all()
    names = session.execute(
        select(Intake.document_id, Intake.file_name).where(Intake.document_id.in_([job.subject_id for job in parked]))
    )
    return page(
        request,
        "admin/jobs.html",
        session=session,
        parked=parked,
        open_jobs=open_jobs,
        names=dict(names.all()),
        counts=_counts(session),
        hours=_last_day(session, platform.clock.now()),
        reason=reason,
        active="/verwaltung/auftraege",
        frame={"active": "system"},
    )


def _counts(session: Session) -> Mapping[str, int]:
    rows = session.execute(
        select(Job.state, func.count(Job.id)).where(Job.state.in_(("ready", "running", "parked"))).group_by(Job.state)
    )
    return Counter(dict(rows.all()))


def _last_day(session: Session, now: datetime) -> list[tuple[str, int, int, int]]:
    """(hour, jobs finished, jobs parked, height of the bar in percent) of the last 24 hours, oldest first."""
    start = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS - 1)
    query = select(Job.state, Job.finished_at).where(Job.finished_at >= start)
    found: Counter[tuple[int, str]] = Counter()
    for state, finished_at in session.execute(query):
        if finished_at is not None:
            found[int((finished_at - start).total_seconds() // 3600), state] += 1
    most = max([found[hour, "done"] + found[hour, "parked"] for hour in range(HOURS)] + [1])
    return [
        (
            f"{local(start + timedelta(hours=hour)):%H}",
            found[hour, "done"],
            found[hour, "parked"],
            round((found[hour, "done"] + found[hour, "parked"]) * 100 / most),
        )
        for hour in range(HOURS)
    ]


@router.post("/verwaltung/auftraege/{job_id}/erneut")
@requires(Action.JOB_MANAGE)
def retry(session: WriteSession, platform: ThePlatform, job_id: UUID) -> Response:
    job = session.get(Job, job_id)
    if job is None or job.state != "parked":
        raise NotFound("job.unknown")
    jobs.retry(session, job, platform.clock.now())
    return done("/verwaltung/auftraege", "Der Auftrag wird noch einmal versucht.")


@router.post("/verwaltung/auftraege/alle-erneut")
@requires(Action.JOB_MANAGE)
def retry_all(session: WriteSession, platform: ThePlatform) -> Response:
    """Every Klärfall once more, after whatever stood in the way is gone."""
    parked = session.scalars(select(Job).where(Job.state == "parked").limit(SHOWN)).all()
    for job in parked:
        jobs.retry(session, job, platform.clock.now())
    return done("/verwaltung/auftraege", f"{len(parked)} Aufträge werden noch einmal versucht.")


@router.get("/verwaltung/gesundheit")
@requires(Action.SYSTEM_MANAGE)
def show_health(request: Request, session: ReadSession, platform: ThePlatform) -> HTMLResponse:
    return page(
        request,
        "admin/health.html",
        session=session,
        parts=health.parts(platform),
        active="/verwaltung/gesundheit",
        frame={"active": "system"},
    )
