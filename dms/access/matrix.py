"""Which role may do what: the whole table, in one place (the rows each may see are set by grants)."""

from collections.abc import Iterable

from dms.actor import Action, Role

_EVERYBODY = {Action.ACCOUNT_OWN, Action.TASK_READ}
_READER = {Action.DOCUMENT_READ, Action.FILE_READ, Action.SEARCH}
_PAYABLES = {Action.PAYABLE_READ, Action.PAYABLE_COMMENT}

MATRIX: dict[Role, frozenset[Action]] = {
    Role.CLERK: frozenset(
        {*_EVERYBODY, *_READER, Action.INBOX_READ, Action.INTAKE_CREATE, Action.DOCUMENT_EDIT}
        | {Action.DOCUMENT_FILE, Action.FILE_CREATE, *_PAYABLES}
    ),
    Role.INVOICE_DESK: frozenset(
        {*_EVERYBODY, *_READER, Action.INBOX_READ, Action.INTAKE_CREATE, Action.DOCUMENT_EDIT, Action.DOCUMENT_FILE}
        | {*_PAYABLES, Action.PAYABLE_CAPTURE, Action.PAYABLE_CODE}
    ),
    Role.CERTIFIER: frozenset({*_EVERYBODY, *_READER, *_PAYABLES, Action.PAYABLE_CODE, Action.PAYABLE_CERTIFY}),
    Role.ORDERER: frozenset({*_EVERYBODY, *_READER, *_PAYABLES, Action.PAYABLE_ORDER}),
    Role.TREASURY: frozenset({*_EVERYBODY, Action.DOCUMENT_READ, *_PAYABLES}),
    Role.AUDITOR: frozenset({*_EVERYBODY, *_READER, Action.PAYABLE_READ, Action.AUDIT_READ, Action.INBOX_READ}),
    Role.ADMIN: frozenset({*_EVERYBODY, Action.JOB_MANAGE, Action.SYSTEM_MANAGE}),
}


def actions_of(roles: Iterable[Role]) -> frozenset[Action]:
    """Everything that somebody with these roles may do."""
    return frozenset(action for role in roles for action in MATRIX[role])
