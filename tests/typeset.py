"""Letters typeset as a PDF with a text layer: read in no time, each page with a word of its own."""

import typst

_LINES = "Sehr geehrte Damen und Herren, hiermit erhalten Sie die angeforderten Unterlagen der Gemeinde zurück."


def letter_pdf(*words: str) -> bytes:
    """A PDF of one page for each word, which stands on it."""
    pages = [f"= {word}\n\n{_LINES}\n\nMit freundlichen Grüßen" if word else "" for word in words]
    return typeset("\n#pagebreak()\n".join(pages), size=12)


def typeset(text: str, *, size: int) -> bytes:
    """A PDF of A4 pages with this text in the language of the typesetter, letters so many points high."""
    settings = f"#set page(width: 595pt, height: 842pt)\n#set text(size: {size}pt)\n"
    return bytes(typst.compile((settings + text).encode(), format="pdf"))
