"""No code of an error reaches a person without its German sentence."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from dms import errors
from dms.errors import DmsError
from dms.intake.wording import REASONS
from dms.wording import ERRORS

ROOT = Path(__file__).resolve().parent.parent.parent
SENTENCES = ERRORS.keys() | REASONS.keys()
CODE = re.compile(r"[a-z_]+(\.[a-z_]+)+")
CLASSES = {name for name, found in vars(errors).items() if isinstance(found, type) and issubclass(found, DmsError)}


def _sources() -> list[Path]:
    return sorted((ROOT / "dms").rglob("*.py"))


def _classes() -> set[str]:
    """Names of every error class: those of `dms.errors`, and what other modules derive from them."""
    found = set(CLASSES)
    for path in _sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and any(
                isinstance(base, ast.Name) and base.id in found for base in node.bases
            ):
                found.add(node.name)
    return found


def _codes() -> Iterator[tuple[str, ast.expr]]:
    """Every expression that becomes a code: arguments of errors, fields of `Invalid`, a parser's ``ValueError``."""
    names = _classes()
    for path in _sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                place = f"{path.relative_to(ROOT)}:{node.lineno}"
                yield from ((place, code) for code in _of_call(node, node.func.id, names))


def _of_call(node: ast.Call, name: str, names: set[str]) -> list[ast.expr]:
    if name == "ValueError":
        return [each for each in node.args if isinstance(each, ast.Constant) and CODE.fullmatch(str(each.value))]
    if name not in names:
        return []
    given = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg == "code")]
    return [code for each in given for code in (each.values if isinstance(each, ast.Dict) else [each])]


def test_every_code_that_is_raised_has_a_german_sentence() -> None:
    literal = [(place, code.value) for place, code in _codes() if isinstance(code, ast.Constant)]
    assert len(literal) > 90, "the scan sees the sources"
    assert [(place, code) for place, code in literal if code not in SENTENCES] == []


def test_every_family_of_codes_has_german_sentences() -> None:
    """A code that is put together, such as ``approval.state.…``, has at least one sentence of its family."""
    heads = [(place, code.values[0]) for place, code in _codes() if isinstance(code, ast.JoinedStr)]
    families = [(place, head.value) for place, head in heads if isinstance(head, ast.Constant)]
    assert len(families) >= 4
    assert [
        (place, head) for place, head in families if not any(code.startswith(str(head)) for code in SENTENCES)
    ] == []


def test_a_sentence_begins_and_ends_as_one() -> None:
    texts = {code: ERRORS.get(code) or REASONS[code] for code in SENTENCES}
    assert [code for code, text in texts.items() if not text[0].isupper() or text[-1] not in ".!)"] == []
