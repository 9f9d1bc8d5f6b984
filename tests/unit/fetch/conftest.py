"""What the tests of fetching stand on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stamina
from wire_site import VirtualTime, WireSite

from scholar_etl.settings import FetchSettings


@pytest.fixture
def wire() -> Iterator[WireSite]:
    """Serve what the test writes into `answers`."""
    site = WireSite()
    yield site
    site.close()


@pytest.fixture
def virtual() -> VirtualTime:
    """Return a clock and the loop that moves it."""
    return VirtualTime()


@pytest.fixture
def settings() -> FetchSettings:
    """Return settings without limits of pace, free to visit loopback."""
    return FetchSettings(contact="me@example.org", requests_per_minute=60_000, allow_private_hosts=True, timeout_s=20)


@pytest.fixture
def at_once() -> Iterator[None]:
    """Let second tries come without a pause."""
    stamina.set_testing(True, attempts=3, cap=True)
    yield
    stamina.set_testing(False)


@pytest.fixture
def one_try() -> Iterator[None]:
    """Allow no second tries."""
    stamina.set_testing(True, attempts=1, cap=True)
    yield
    stamina.set_testing(False)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away the proxy that the environment of the tests may name."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
