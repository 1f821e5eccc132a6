"""`dms token` as the IT person types it, and what the key then opens."""

import json
from pathlib import Path

from tests.commands import dms
from tests.factories import opened
from tests.served import served


def test_a_token_is_issued_listed_used_and_revoked(tmp_path: Path) -> None:
    data = tmp_path / "data"
    dms(data, "user", "add", "anna", "--role", "clerk", stdin="ein langes Kennwort\n")
    persons = dms(data, "token", "add", "--user", "anna", "--days", "3").stdout.strip()
    stations = dms(data, "token", "add", "rathaus").stdout.strip()
    assert persons.startswith("dms_")
    assert len(persons) > 40
    listed = {row["owner"]: row for row in json.loads(dms(data, "token", "list", "--json").stdout)["tokens"]}
    assert listed["user:anna"]["prefix"] == persons[:12]
    assert listed["user:anna"]["expires_at"] is not None
    assert (listed["station:rathaus"]["expires_at"], listed["station:rathaus"]["is_valid"]) == (None, True)
    assert _answers(data, persons, stations) == (200, 201)
    assert dms(data, "token", "revoke", persons[:12]).returncode == 0
    assert _answers(data, persons, stations) == (401, 201)


def _answers(data: Path, person: str, station: str) -> tuple[int, int]:
    with opened(data, workers=False) as platform, served(platform) as client:
        reads = client.get("/api/v1/payables", headers={"Authorization": f"Bearer {person}"})
        brings = client.post(
            "/api/v1/intake", headers={"Authorization": f"Bearer {station}"}, files={"file": ("a.txt", b"Guten Tag")}
        )
        return reads.status_code, brings.status_code


def test_two_owners_are_wrong_use_and_an_unknown_one_is_refused(tmp_path: Path) -> None:
    assert dms(tmp_path / "data", "token", "add", "rathaus", "--user", "anna").returncode == 2
    assert dms(tmp_path / "data", "token", "add", "--user", "niemand").returncode == 1
