"""Hostile names and titles in alerts: harmless and legible in a mail and in a webhook, on a real server of each."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from receivers import Receiver

from scholar_etl.alerts.channels import Channel
from scholar_etl.alerts.message import HTML, MARKDOWN, TEXT, write_body, write_subject
from scholar_etl.model import Alert, Message

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)

HOSTILE = {
    "markup": ("</p><script>alert(1)</script><img src=x onerror=alert(1)>", "script"),
    "quotes": ("\"><a href='javascript:alert(1)'>x", "javascript"),
    "entity": ("&lt;b&gt; &#60;b&#62;", "&lt;b"),
    "header": ("x\r\nBcc: evil@example.org\r\n\r\nbody", "Bcc"),
    "line ends": ("one\ntwo\u2028three\x0bfour\x85five", "four"),
    "mentions": ("@everyone @here <!channel> <!here> <@U123> <@&456>", "everyone"),
    "links": ("[your bank](http://evil.example) <http://evil.example|your bank>", "your bank"),
    "emphasis": ("**bold** __x__ `code` # head > quote | cell", "bold"),
    "control": ("\x1b[31mred\x1b]0;title\x07 \x00\x08", "red"),
    "direction": ("user\u202etxt.exe \u2066x\u2069 \u200f", "txt.exe"),
    "long": ("A" * 10_000, "AAAA"),
    "many words": ("word " * 2_000, "word word"),
    "surrogate": ("half \ud800 pair", "pair"),
    "template": ("{{7*7}} ${7*7} %s {0} :smile:", "{0} :smile:"),
}

MAIL_HEADERS = {
    *("Content-Type", "MIME-Version", "X-Application", "Idempotency-Key"),
    *("Subject", "From", "To", "Message-ID", "Date"),
}


def message(text: str) -> Message:
    """Return a message of which everything scraped is that text."""
    about = {"author_id": "scholarfeed:1", "name": text, "url": f"https://site.example/{text}"}
    alerts = (
        Alert("new_paper", NOON, "arxiv:1", **about, text=text),
        Alert("page_held", NOON, "4f1c0a", **about, text=f"h_index: {text}"),
        Alert("metric", NOON, "h_index", **about, old=27, new=28),
    )
    return Message("number-1", NOON, 3, alerts)


class Markup(HTMLParser):
    """The tags of a body, with their attributes, and its text."""

    def __init__(self, body: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""
        self.feed(body)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.add(f"{tag} {attrs}" if attrs else tag)

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.text += data


@pytest.fixture(scope="module", params=["mail", "hook"])
def receiver(request: pytest.FixtureRequest) -> Iterator[Receiver]:
    """Return a receiver of each kind."""
    with Receiver(request.param) as running:
        yield running


def is_harmless(text: str) -> bool:
    """Return whether no character acts on what shows it; lines may end."""
    return all(c == "\n" or unicodedata.category(c) not in ("Cc", "Cs", "Cf", "Zl", "Zp") for c in text)


@pytest.mark.parametrize(("text", "legible"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_arrives_harmless_and_legible(receiver: Receiver, text: str, legible: str) -> None:
    """No header, tag, mention, control or endless word of it comes through, and what it says can be read."""
    assert Channel(receiver.address).send(message(text), 20) is None
    told = receiver.told()[-1]
    body = told["text"].replace("\r\n", "\n")
    assert told["id"] == "number-1"
    assert legible in body
    assert is_harmless(told["subject"]), told["subject"]
    assert "\n" not in told["subject"]
    assert is_harmless(body), body
    assert "@" not in told["subject"] + body
    assert len(told["subject"]) <= 120
    assert len(body) < 1_500
    if receiver.kind == "mail":
        assert set(told["headers"]) == MAIL_HEADERS
        assert told["to"] == ["SECRET@example.org"]
        markup = Markup(told["html"])
        assert markup.tags == {"p", "b"}
        assert legible in markup.text
    else:
        assert not any(mark in body for mark in ("<", ">", "]("))


@pytest.mark.parametrize(("text", "legible"), HOSTILE.values(), ids=HOSTILE.keys())
def test_markdown_of_it_is_plain_text(text: str, legible: str) -> None:
    """Where a channel takes Markdown, every mark of it in scraped text is escaped."""
    del legible
    body = write_body(message(text), MARKDOWN, 30_000)
    assert is_harmless(body)
    scraped = next(line for line in body.splitlines() if "new paper" in line).partition(": ")[2]
    unescaped = scraped.replace("\\\\", "").replace("\\*", "").replace("\\_", "").replace("\\`", "")
    assert not set("*_`@<>") & set(unescaped)


def test_a_body_is_as_long_as_its_channel_takes() -> None:
    """What finds no room is counted, and at least one thing is told."""
    many = Message("n", NOON, 700, message("x" * 100).alerts * 100)
    for form in (TEXT, HTML, MARKDOWN):
        body = write_body(many, form, 2_000)
        assert len(body) <= 2_000
        assert " more: see 'scholar-etl diff'" in body
    assert "new paper" in write_body(many, TEXT, 1)


def test_a_subject_says_what_it_is_about() -> None:
    """One change is told in the subject; of several, how many and of whom."""
    one, _, other = message("Ada").alerts
    assert write_subject(Message("n", NOON, 1, (other,))) == "Ada: h-index from 27 to 28 (+1, +3.7 %), 2026-11-22"
    assert write_subject(Message("n", NOON, 2, (one, other))) == "2 changes: Ada"
    silent = Alert("no_refresh", None, "36h")
    assert write_subject(Message("n", NOON, 1, (silent,))).startswith("no refresh has succeeded for 36h: there never")
    assert write_subject(Message("n", NOON, 9, (silent, other))) == "9 changes: Ada"
