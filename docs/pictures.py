"""The README's pictures, made from the demo's data in Chromium, so that they show what there is.

    python docs/pictures.py              writes docs/pictures/*.png
    python docs/pictures.py --check      makes them elsewhere, and says whether they came out as they should, for CI

Needs Chromium, the packages of the extra "test", and fonts for the demo's names: on Debian fonts-dejavu-core and
fonts-droid-fallback.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from html import escape
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

FOLDER = Path(__file__).parent / "pictures"
_MOST_BYTES = 150_000
_AUTHORS, _DAYS = 10, 21
_TERMINAL = """\
<!doctype html><meta charset="utf-8"><title>Terminal</title>
<style>
  body {{ margin: 0; background: #15181c; color: #e2e5e9; }}
  pre {{ display: inline-block; margin: 0; padding: 20px 24px; font: 13px/1.45 "DejaVu Sans Mono", monospace; }}
  b {{ color: #86b8f0; font-weight: normal; }}
</style>
<pre><b>$ {command}</b>

{output}</pre>
"""


def main() -> None:
    """Make the pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="leave docs/pictures alone")
    arguments = parser.parse_args()
    chromium = shutil.which("chromium") or sys.exit("no chromium: install Debian's package of that name, or the like")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        place = Path(name)
        target = place / "pictures" if arguments.check else FOLDER
        target.mkdir(exist_ok=True)
        browser = playwright.chromium.launch(executable_path=chromium)
        take_terminal(browser, place, target / "demo.png")
        take_report(browser, place, target)
        browser.close()
        for picture in sorted(target.glob("*.png")):
            size = picture.stat().st_size
            print(f"{picture.name}: {size:,} bytes")
            if not 10_000 < size < _MOST_BYTES:
                sys.exit(f"{picture.name} has {size:,} bytes: expected 10,000 to {_MOST_BYTES:,}")


def call(*arguments: str, folder: Path) -> str:
    """Call the command line in a folder and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "scholar_etl", *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout


def take_terminal(browser: Browser, place: Path, picture: Path) -> None:
    """Show the demo as a terminal does, up to where it says what to try next."""
    output = call("demo", folder=place).partition("The data lies in")[0].rstrip()
    page = browser.new_page(viewport={"width": 1_200, "height": 600})
    page.set_content(_TERMINAL.format(command="scholar-etl demo", output=escape(output)))
    page.locator("pre").screenshot(path=picture)


def take_report(browser: Browser, place: Path, target: Path) -> None:
    """Show the top of the report's front page and of an author's."""
    call("demo", "--dir", "told", "--authors", str(_AUTHORS), "--days", str(_DAYS), folder=place)
    call("--project", "told", "report", "site", folder=place)
    page = browser.new_page(viewport={"width": 1_100, "height": 720}, color_scheme="light")
    for path, picture in (("index.html", "report.png"), ("author/scholarfeed-1001.html", "author.png")):
        page.goto((place / "site" / path).as_uri())
        page.screenshot(path=target / picture)


if __name__ == "__main__":
    main()
