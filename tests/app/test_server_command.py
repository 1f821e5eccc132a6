"""The `dms` of a server installation: its settings are read as systemd reads them, and are never commands."""

import os
import subprocess
from pathlib import Path

from tests.conftest import ROOT

SETTINGS = """\
# a comment
; another one
DMS_MAIL_FROM=Rathaus <rathaus@gemeinde.example>
DMS_DATABASE_URL=postgresql+psycopg://dms@db/dms?sslmode=verify-full&application_name=dms
DMS_STORAGE_URL="s3://K$1:`id`$(id)@store:8333/akten"
DMS_HOTFOLDER='/srv/scans und mehr'
touch {marker}
PATH=/nowhere
DMS_WORKER_THREADS=3"""


def test_settings_are_no_commands(tmp_path: Path) -> None:
    settings, marker = tmp_path / "env", tmp_path / "marker"
    settings.write_text(SETTINGS.format(marker=marker), encoding="utf-8")
    script = (ROOT / "scripts/dms.sh").read_text(encoding="utf-8")
    for there, here in {
        "settings=/etc/aktenlauf/env": f"settings={settings}",
        "cd /var/lib/aktenlauf": f"cd {tmp_path}",
        "runuser -u aktenlauf -- /opt/aktenlauf/.venv/bin/dms": "env",
    }.items():
        assert there in script
        script = script.replace(there, here)
    bare = {"PATH": os.environ["PATH"]}
    done = subprocess.run(["sh", "-c", script], env=bare, capture_output=True, text=True, check=True)
    found = dict(line.split("=", 1) for line in done.stdout.splitlines() if line.startswith("DMS_"))
    assert found == {
        "DMS_DATA": "/var/lib/aktenlauf/data",
        "DMS_MAIL_FROM": "Rathaus <rathaus@gemeinde.example>",
        "DMS_DATABASE_URL": "postgresql+psycopg://dms@db/dms?sslmode=verify-full&application_name=dms",
        "DMS_STORAGE_URL": "s3://K$1:`id`$(id)@store:8333/akten",
        "DMS_HOTFOLDER": "/srv/scans und mehr",
        "DMS_WORKER_THREADS": "3",
    }
    assert "PATH=/nowhere" not in done.stdout
    assert not marker.exists()
