"""One bundled site a test process, put back to its first state before each test."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from scholar_etl.demo.scene import ROBOTS
from scholar_etl.demo.site import DemoSite

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="session")
def running_site() -> Iterator[DemoSite]:
    """Start the process once: tests change its scene, not the process."""
    with DemoSite(today=TODAY) as site:
        yield site


@pytest.fixture
def site(running_site: DemoSite) -> DemoSite:
    """Return the site as it is on its first day, with an empty log."""
    running_site.configure(
        day=0, today=TODAY, markup="cards", authors=25, robots=ROBOTS, faults={}, metrics={}, profiles={}
    )
    running_site.forget_requests()
    return running_site
