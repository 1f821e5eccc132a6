"""The job row: outbox, queue and memory of everything that outlives a request."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from dms.db import Base


class Job(Base):
    """One piece of work: `kind` names the step, `subject_id` what it is about.

    `attempts` is written before the work and counts leases that ended in a crash; `worker` is the fencing token.
    A parked job is a Klärfall: a person sees its German reason and a retry button.
    """

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint("state in ('ready', 'running', 'done', 'parked', 'cancelled')", name="state"),
        Index(
            "uq_job_open",
            "kind",
            "subject_id",
            unique=True,
            sqlite_where=text("state in ('ready', 'running')"),
            postgresql_where=text("state in ('ready', 'running')"),
        ),
        Index("ix_job_state_due_at", "state", "due_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[UUID] = mapped_column(index=True)
    queue: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10), default="ready")
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    again: Mapped[bool] = mapped_column(Boolean, default=False)
    """Asked for once more while it was running."""
    worker: Mapped[str | None] = mapped_column(String(80))
    last_error_code: Mapped[str | None] = mapped_column(String(80))
    last_error_text: Mapped[str | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
