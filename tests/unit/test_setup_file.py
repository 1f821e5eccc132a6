"""The file that sets a town up: what is refused, and how it is said."""

from pathlib import Path

import pytest

from dms.errors import Invalid
from dms.identity.setup_file import read_setup
from dms.wording import error_text

UNIT = '[[units]]\nkey = "bau"\nname = "Bauamt"\n'
USER = '[[users]]\nlogin = "anna"\nname = "Anna"\nroles = ["orderer"]\n'


def test_the_mark_that_windows_writes_in_front_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "town.toml").write_bytes(b"\xef\xbb\xbf" + UNIT.encode())
    assert [unit.key for unit in read_setup(tmp_path / "town.toml").units] == ["bau"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (UNIT + UNIT, "[[units]] bau"),
        (USER + USER, "[[users]] anna"),
        ('[[plan]]\nkey = "20"\ntitle = "Finanzen"\n' * 2, "[[plan]] 20"),
        ('[[stations]]\nkey = "rathaus"\n' * 2, "[[stations]] rathaus"),
        ('[[entities]]\nkey = "stadt"\nname = "Stadt"\n' * 2, "[[entities]] stadt"),
        (UNIT + "central = true\n" + UNIT.replace("bau", "ordnung") + "central = true\n", "central = true"),
    ],
)
def test_what_is_said_twice_is_refused_with_its_place(tmp_path: Path, text: str, place: str) -> None:
    (tmp_path / "town.toml").write_text(text, encoding="utf-8")
    with pytest.raises(Invalid) as refused:
        read_setup(tmp_path / "town.toml")
    assert f"{place} steht zweimal darin" in error_text(refused.value)


@pytest.mark.parametrize("euros", [-1, 10**12 + 1, 99999999999999999999])
def test_a_limit_that_nobody_can_have_is_refused(tmp_path: Path, euros: int) -> None:
    (tmp_path / "town.toml").write_text(f"{USER}limits = {{ stadt = {euros} }}\n", encoding="utf-8")
    with pytest.raises(Invalid) as refused:
        read_setup(tmp_path / "town.toml")
    assert "users.0.limits.stadt" in error_text(refused.value)


@pytest.mark.parametrize("key", ["../x", "a/b", ".rathaus", "rat\\nhaus"])
def test_a_station_is_named_as_a_folder_can_be(tmp_path: Path, key: str) -> None:
    (tmp_path / "town.toml").write_text(f'[[stations]]\nkey = "{key}"\n', encoding="utf-8")
    with pytest.raises(Invalid) as refused:
        read_setup(tmp_path / "town.toml")
    assert "stations.0.key" in error_text(refused.value)
