"""What every crawl of `crawl.py` is told, and what it reports. For any Python: each tool has its own environment.

A crawl is a process of its own, called as

    python crawl_tool.py WORK SITE FIRST COUNT CONNECTIONS STATE REPORT

It does WORK on COUNT authors' pages of the bundled site at the address SITE, keys counting up from FIRST, over so many
connections, may keep files in the folder STATE, and writes one JSON object into the file REPORT. WORK is `fetch`; or
what the tool does with the pages (`parse`, `refresh`), or `check`: the same, with a digest of what was read.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from meter import Meter, peak_mb

METRICS = ("h_index", "paper_count", "citation_count", "novelty_pct", "ai_score")


@dataclass(frozen=True)
class Crawl:
    """The command line."""

    work: str
    site: str
    first: int
    count: int
    connections: int
    state: Path

    @property
    def urls(self) -> list[str]:
        """The pages' addresses."""
        return [f"{self.site}/author/{key}" for key in range(self.first, self.first + self.count)]


def run_crawl(packages: tuple[str, ...], crawl: Callable[[Crawl, Meter], Any]) -> None:
    """Do what the command line says. `crawl` times itself as a phase named `crawl`, and returns more to report.

    The peak is that of a process which keeps nothing for a digest.
    """
    work, site, first, count, connections, state, target = sys.argv[1:]
    meter = Meter()
    more = crawl(Crawl(work, site, int(first), int(count), int(connections), Path(state)), meter)
    report = {
        **(more or {}),
        "versions": {package: version(package) for package in packages},
        **meter.phases["crawl"],
        "peak_mb": peak_mb(),
    }
    Path(target).write_text(json.dumps(report), encoding="utf-8")


def digest(pages: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return what was read, in short: how many papers, and a digest of every field of every page.

    A page has `key`, `name`, `field`, the metrics, and `papers` in page order, each with `title`, `category`,
    `published_on` (ISO 8601), `has_code`, `authors` (a list), `et_al`, `affiliation`, `abstract` and `arxiv_id`.
    """
    ordered = sorted(pages, key=lambda page: page["key"])
    text = json.dumps(ordered, sort_keys=True, ensure_ascii=False)
    return {
        "papers": sum(len(page["papers"]) for page in ordered),
        "digest": hashlib.blake2b(text.encode(), digest_size=16).hexdigest(),
    }
