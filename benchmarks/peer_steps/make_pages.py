"""Give the bundled site its pages: made-up authors of `worlds.py`, each page asked for once so that it is ready.

    python make_pages.py SITE --authors N --papers N --seed N REPORT

Writes one JSON object into the file REPORT: how long a page is. A process of its own, since what a parent holds counts
as its children's peak memory.
"""

from __future__ import annotations

import argparse
import http.client
import json
import sys
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parents[1]))

from worlds import World

from scholar_etl.demo.facts import FIRST_KEY, to_json


def main() -> None:
    """Make the pages."""
    parser = argparse.ArgumentParser()
    parser.add_argument("site")
    parser.add_argument("report", type=Path)
    for name in ("authors", "papers", "seed"):
        parser.add_argument(f"--{name}", type=int, required=True)
    options = parser.parse_args()
    pages = World(options.authors, options.papers, options.seed).day(0)
    profiles = {FIRST_KEY + number: to_json(observation.profile) for number, (observation, _) in enumerate(pages)}
    connection = http.client.HTTPConnection(urlsplit(options.site).netloc)
    connection.request("POST", "/_control/configure", json.dumps({"profiles": profiles}))
    assert connection.getresponse().read() == b"{}"
    length = 0
    for key in profiles:
        connection.request("GET", f"/author/{key}")
        length += len(connection.getresponse().read())
    options.report.write_text(json.dumps({"page_bytes": length / len(profiles)}), encoding="utf-8")


if __name__ == "__main__":
    main()
