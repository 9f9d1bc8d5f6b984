"""Alerts as a subject and a body: for a mail, a chat or a program. Scraped text comes out harmless in each.

Names and titles are other people's text. Control characters, marks that turn the direction and line breaks are gone
from them, what is long is cut, and nothing in them is a tag, a link in disguise, or a call to everybody in a chat.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

from scholar_etl.fields import METRIC_WORDS
from scholar_etl.model import Alert, Message
from scholar_etl.text import one_line

_LONGEST_NAME, _LONGEST_TEXT, _LONGEST_SUBJECT = 80, 200, 120
_MARKDOWN = re.compile(r"([\\`*_{}\[\]#~|])")
_ADDRESS = re.compile(r"https?://[\w.:/%~?=&-]{1,200}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Form:
    """A way to write a body: how scraped text is made harmless, and how a head, an item and a paragraph are set."""

    scraped: Callable[[str], str]
    head: Callable[[str], str]
    item: Callable[[str], str]
    paragraph: Callable[[str], str]


def _plain(text: str) -> str:
    # A mention begins with "@" or "<!", and a link in disguise is "<address|text>" or "[text](address)".
    return text.translate({ord("@"): "\N{FULLWIDTH COMMERCIAL AT}", ord("<"): "‹", ord(">"): "›"}).replace("](", "] (")


def _in_html(text: str) -> str:
    return html.escape(text.replace("@", "\N{FULLWIDTH COMMERCIAL AT}"))


def _in_markdown(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", _plain(text))


TEXT = Form(_plain, lambda text: f"\n{text}\n", lambda text: f"  - {text}\n", lambda text: f"\n{text}\n")
MARKDOWN = Form(_in_markdown, lambda text: f"\n**{text}**\n\n", lambda text: f"- {text}\n", lambda text: f"\n{text}\n")
HTML = Form(
    _in_html,
    lambda text: f"<p><b>{text}</b></p>\n",
    lambda text: f"<p>&bull; {text}</p>\n",
    lambda text: f"<p>{text}</p>\n",
)


def write_subject(message: Message) -> str:
    """Return a subject of one line: the change where it is one, else how many and of whom."""
    first = message.alerts[0]
    if message.count == 1:
        what = _describe(first, TEXT)
        told = f"{_name(first, TEXT)}: {what}" if first.author_id else what
    else:
        people = list(dict.fromkeys(_name(alert, TEXT) for alert in message.alerts if alert.author_id))
        others = f" and {len(people) - 1} more" if len(people) > 1 else ""
        told = f"{message.count} changes: {people[0]}{others}" if people else f"{message.count} changes"
    return _cut(told, _LONGEST_SUBJECT)


def write_body(message: Message, form: Form, longest: int) -> str:
    """Return the body, an author's alerts together, of at most about `longest` characters: then it counts the rest."""
    pieces: list[str] = []
    foot = f"scholar-etl, message {message.message_id}: another one with this number is a repeat."
    room, told = longest - 300, 0
    for _, group in groupby(message.alerts, key=lambda alert: alert.author_id):
        alerts = list(group)
        head = _write_head(alerts[0], form)
        for number, alert in enumerate(alerts):
            piece = ("" if number else head) + form.item(_describe(alert, form))
            if len(piece) > room and told:
                break
            room -= len(piece)
            told += 1
            pieces.append(piece)
        else:
            continue
        break
    if rest := message.count - told:
        pieces.append(form.paragraph(f"… and {rest:,} more: see 'scholar-etl diff' and 'scholar-etl status'."))
    return "".join([*pieces, form.paragraph(foot)]).strip()


def _write_head(alert: Alert, form: Form) -> str:
    if alert.author_id is None:
        return ""
    address = f", {form.scraped(alert.url)}" if alert.url and _ADDRESS.fullmatch(alert.url) else ""
    return form.head(f"{_name(alert, form)} ({form.scraped(_cut(alert.author_id, _LONGEST_NAME))}{address})")


def _describe(alert: Alert, form: Form) -> str:
    """Return what happened in a line, of which what is scraped is made harmless."""
    day = f"{alert.at:%Y-%m-%d}" if alert.at else ""
    text = form.scraped(_cut(alert.text or "", _LONGEST_TEXT))
    match alert.kind:
        case "metric":
            assert alert.old is not None  # noqa: S101 - what an alert of a metric has
            assert alert.new is not None  # noqa: S101
            delta = alert.new - alert.old
            percent = f", {100 * delta / abs(alert.old):+.1f} %" if alert.old else ""
            within = f" within {alert.within}" if alert.within else ""
            values = f"from {alert.old:,} to {alert.new:,} ({delta:+,}{percent})"
            return f"{METRIC_WORDS[alert.item]} {values}{within}, {day}"
        case "new_paper":
            return f"new paper: {text}, first seen {day}"
        case "new_code":
            return f"code for a paper: {text}, {day}"
        case "author_gone":
            return f"the site has had no page of this author since {day}"
        case "page_held":
            return f"pages are held back since {day}: {text} (scholar-etl quarantine show {alert.item[:8]})"
        case _:
            last = f"the last good one began {alert.at:%Y-%m-%d %H:%M} UTC" if alert.at else "there never was one"
            return f"no refresh has succeeded for {alert.item}: {last} (see 'scholar-etl status')"


def _name(alert: Alert, form: Form) -> str:
    return form.scraped(_cut(alert.name or "", _LONGEST_NAME))


def _cut(text: str, longest: int) -> str:
    line = one_line(text)
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"
