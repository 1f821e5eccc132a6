"""How the jail tasks of the intake refuse a content."""


class Refused(Exception):
    """The content is not taken on; `code` says why (German: `dms/intake/wording.py`)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
