"""What `dms verify` reports."""

Fault = dict[str, str]
"""``kind`` (stable code, e.g. ``blob.missing``), ``subject`` (what it is about) and ``detail``."""


def fault(kind: str, subject: object, detail: str = "") -> Fault:
    return {"kind": kind, "subject": str(subject), "detail": detail}
