"""Channels: what is told of an address, what is refused, and why a message was not taken."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scholar_etl.alerts.channels import Channel
from scholar_etl.model import Alert, Message
from scholar_etl.redact import redact_address

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SAMPLE = Message("number-1", NOON, 1, (Alert("no_refresh", None, "36h"),))


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("mailto://user:SECRET@mail.example.org:587/SECRET?to=SECRET@x.org", "mailto://mail.example.org:587 ("),
        ("JSONS://SECRET@[::1]:8080/SECRET?+X-Token=SECRET", "JSONS://[::1]:8080 ("),
        ("json://user:SEC/RET@example.org", "json://… ("),
        ("mailto://user:SECRET SECRET@example.org", "mailto://example.org ("),
        ("mailto://user@SECRET%40example.org", "mailto://… ("),
        ("slack://SECRET/SECRET/SECRET", "slack://… ("),
        ("tgram://123:SECRET/456", "tgram://… ("),
        ("ntfy://SECRET", "ntfy://… ("),
        ("https://hooks.slack.com/services/SECRET", "https://… ("),
    ],
)
def test_a_channel_is_named_without_its_secrets(address: str, shown: str) -> None:
    """Its kind, its server where that is none of them, and a mark that tells it from another one on that server."""
    name = Channel(address).name
    assert name.startswith(shown)
    assert len(name) == len(shown) + 5
    assert Channel(address).name == name != Channel(f"{address}0").name


@pytest.mark.parametrize("key", ["attach", "Template", "keyfile", "pgppub", "pgp"])
def test_no_file_is_read(key: str) -> None:
    """A parameter that names a file is refused by its name before anything is sent."""
    reason = Channel(f"mailto://a:b@127.0.0.1:9?x=1&{key}=/etc/SECRET").send(SAMPLE, 5)
    assert reason == f"its address has the parameter {key.lower()!r}, and no file of this machine is read for a message"


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("json://user:SECRET@127.0.0.1:9/SECRET", "Connection refused"),
        ("mailto://127.0.0.1:9?from=SECRET@x.org", 'while submitting email to "127.0.0.1"; [Errno '),
        ("json://user:SECRET@127.0.0.1:9?optional=yes", "Connection refused"),
        ("nosuch://SECRET", "Unparseable URL"),
        ("json://[SECRET", ""),
        ("slack://SECRET", "Token"),
        ("mailto://?SECRET", ""),
    ],
)
def test_a_message_that_is_not_taken_has_a_reason(address: str, reason: str) -> None:
    """In one line, without a secret, whatever the address is."""
    told = Channel(address).send(SAMPLE, 20)
    assert told
    assert reason in told
    assert "SECRET" not in told
    assert "\n" not in told


def test_every_part_of_an_address_is_redacted() -> None:
    """As it is written there and as it is meant; not the server, nor words too short to be a secret."""
    address = "json://user:p%40ss%2Fword@example.org/hook-token?key=value1&a=b"
    said = "user p%40ss%2Fword p@ss/word word example.org hook-token value1 a b json"
    assert redact_address(said, address, shown="example.org") == (
        "REDACTED REDACTED REDACTED word example.org REDACTED REDACTED a b json"
    )
