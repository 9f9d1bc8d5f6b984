"""What every reader of `extract.py` is told, and what it reports. For any Python: each tool has its own environment.

A reader is a process of its own, called as

    python read_tool.py WORK PAGES TODAY REPORT

It reads every page of the folder PAGES (`<key>.html`, as the site serves them on TODAY) once, so that nothing
remembered of a page can help, and writes one JSON object into the file REPORT: what each group of pages cost, but for
the first, on which the reader gets warm, and a digest of what was read. WORK tells apart what one script can do.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from crawling import METRICS, digest

Read = Callable[[bytes, int, date], Any]
"""Reads one page, given its author's key and the day it was served; gives None where the work yields no facts."""

_LABELS = dict(zip(("h-index", "papers", "citations", "Novelty", "AI Score"), METRICS, strict=True))
_FIGURE = re.compile(r"[\d,]+")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PAPER = re.compile(r"/paper/(\d+\.\d+)")
GROUP = 20  # pages, which take a clock's tick and more


def run_reader(
    packages: tuple[str, ...],
    readers: dict[str, Read],
    facts: Callable[[Any, int], dict[str, Any]] = lambda page, _: page,
) -> None:
    """Do what the command line says: `readers` by their work.

    `packages` are those whose versions the report names. `facts` puts what was read into the form that
    `crawling.digest` takes, given the author's key too; that is not timed.
    """
    work, folder, today_text, target = sys.argv[1:]
    read, today = readers[work], date.fromisoformat(today_text)
    pages = [(path.read_bytes(), int(path.stem)) for path in sorted(Path(folder).glob("*.html"))]
    found: list[Any] = []
    costs: list[float] = []
    for first in range(0, len(pages), GROUP):
        group = pages[first : first + GROUP]
        start = time.process_time()
        found += [read(body, key, today) for body, key in group]
        costs.append((time.process_time() - start) / len(group))
    report = {
        "versions": {package: version(package) for package in packages},
        "page_cpu_s": costs[1:],
        "read": digest(facts(page, key) for page, (_, key) in zip(found, pages, strict=True) if page is not None),
    }
    Path(target).write_text(json.dumps(report), encoding="utf-8")


def metric(text: str) -> tuple[str, int]:
    """Return the name and the value of a metric, given all the text of its tile."""
    found = _FIGURE.search(text)
    assert found is not None, text
    return next(name for label, name in _LABELS.items() if label in text), int(found[0].replace(",", ""))


def day(shown: str | None, today: date) -> str | None:
    """Read `May 30, 2022`, as ISO 8601; without a year it is of this one."""
    if shown is None:
        return None
    month, number, *year = shown.replace(",", "").split()
    return date(int(year[0]) if year else today.year, _MONTHS.index(month) + 1, int(number)).isoformat()


def arxiv_id(link: str | None) -> str | None:
    """Return the arXiv id, without its version, that a title's link leads to; None where it leads to none."""
    found = _PAPER.match(link or "")
    return found[1] if found else None
