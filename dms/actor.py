"""Who acts: a person, a scanner station or the system itself, with what they may do and see."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What a person is in the town's back office; a person may hold several."""

    CLERK = "clerk"
    INVOICE_DESK = "invoice_desk"
    CERTIFIER = "certifier"
    ORDERER = "orderer"
    TREASURY = "treasury"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Action(StrEnum):
    """Everything that can be asked of the application; `dms/access/matrix.py` says which role may."""

    ACCOUNT_OWN = "account:own"
    AUDIT_READ = "audit:read"
    DOCUMENT_EDIT = "document:edit"
    DOCUMENT_READ = "document:read"
    DOCUMENT_FILE = "document:file"
    FILE_CREATE = "file:create"
    FILE_READ = "file:read"
    INTAKE_CREATE = "intake:create"
    INBOX_READ = "inbox:read"
    JOB_MANAGE = "job:manage"
    PAYABLE_READ = "payable:read"
    PAYABLE_COMMENT = "payable:comment"
    PAYABLE_CAPTURE = "payable:capture"
    PAYABLE_CODE = "payable:code"
    PAYABLE_CERTIFY = "payable:certify"
    PAYABLE_ORDER = "payable:order"
    SEARCH = "search:read"
    SYSTEM_MANAGE = "system:manage"
    TASK_READ = "task:read"


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Whoever a session belongs to.

    `nodes` are the ACL nodes whose rows exist for this actor; None means all of them (the system and the auditor).
    `origin` is how they came in: web, api, worker, watch or cli.
    """

    name: str
    origin: str
    user_id: UUID | None = None
    login: str | None = None
    unit_id: UUID | None = None
    roles: frozenset[Role] = frozenset()
    nodes: frozenset[UUID] | None = frozenset()
    actions: frozenset[Action] = frozenset()
    limits: Mapping[UUID, int] | None = None
    """Payment authority: legal entity → largest invoice gross in cents that may be ordered today."""
    is_system: bool = False
    station_id: UUID | None = None
    request_id: str | None = None
    job_id: UUID | None = None

    def may(self, action: Action) -> bool:
        """True when the actor's roles grant the action (rows and rules are checked elsewhere)."""
        return self.is_system or action in self.actions


def system(origin: str, *, job_id: UUID | None = None) -> Actor:
    """The system itself, acting for nobody: sees every row, may do everything its code does."""
    return Actor(name="System", origin=origin, nodes=None, is_system=True, job_id=job_id)
