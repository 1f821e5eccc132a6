"""The path language of the mapping tables reads and writes the same places."""

import pytest
from lxml import etree

from invoicing.paths import parse_path

_NAMESPACES = {"n": "urn:n"}


def _tree(content: str) -> etree._Element:
    return etree.fromstring(f'<r xmlns="urn:n">{content}</r>')


def _texts(path: str, content: str, known: dict[str, str] | None = None) -> list[str | None]:
    return [node.text for node in parse_path(path, _NAMESPACES).nodes([_tree(content)], known or {})]


def test_steps_conditions_and_attributes_select() -> None:
    content = '<a k="1">x</a><a k="2">y</a><a>z</a>'
    assert _texts("n:a", content) == ["x", "y", "z"]
    assert _texts("n:a[@k='2|3']", content) == ["y"]
    assert _texts("n:a[@k!='2']", content) == ["x", "z"]
    assert _texts("n:a[@k]", content) == ["x", "y"]
    assert _texts("n:a/@k", content) == ["1", "2"]
    assert _texts("n:a[@k=$BT-5]", content, {"BT-5": "1"}) == ["x"]
    assert _texts("n:a[@k=$BT-5]", content) == []


def test_a_condition_for_writing_does_not_hide_anything_from_reading() -> None:
    assert _texts("n:a[+n:t='VAT']/n:b", "<a><b>x</b></a>") == ["x"]


def test_going_up_from_several_elements_arrives_once() -> None:
    assert _texts("n:a/../n:b", "<a/><a/><b>x</b>") == ["x"]


def test_writing_makes_what_is_missing_and_fulfils_the_conditions() -> None:
    root = _tree("")
    path = parse_path("n:p[n:s/@k='VA|VAT']/n:id", _NAMESPACES)
    path.place(root, {}, fresh=False).put("x")
    path.place(root, {}, fresh=False).put("y")
    assert etree.tostring(root) == b'<r xmlns="urn:n"><p><s k="VA"/><id>y</id></p></r>'


def test_the_marked_step_is_repeated() -> None:
    root = _tree("")
    path = parse_path("n:p*/n:id", _NAMESPACES)
    for text in "xy":
        path.place(root, {}, fresh=True).put(text)
    assert etree.tostring(root) == b'<r xmlns="urn:n"><p><id>x</id></p><p><id>y</id></p></r>'


@pytest.mark.parametrize("path", ["n:a//n:b", "n:a[", "@a/n:b", "n:a[@k='1'"])
def test_a_table_that_cannot_be_read_is_an_error_at_once(path: str) -> None:
    with pytest.raises(ValueError, match="unreadable path"):
        parse_path(path, _NAMESPACES)
