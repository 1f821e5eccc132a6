"""Refusals of this library: content that is not read, each with a stable code and never with a sentence."""


class InvoicingError(Exception):
    """Something about the input, not about us; `code` is stable and becomes wording elsewhere."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Refused(InvoicingError):
    """The bytes are dangerous, broken or beyond a limit, for example `xml.doctype` or `pdf.encrypted`."""


class NotAnInvoice(InvoicingError):
    """The bytes are safe but hold no invoice in a syntax that is known here."""


class NotExpressible(InvoicingError):
    """The invoice says something that the wanted syntax has no place for; `term` is its BT or BG id."""

    def __init__(self, term: str) -> None:
        super().__init__("syntax.no_place")
        self.term = term
