"""Alerts on the bundled site, to a real mail server and a real webhook: each change is told once, whatever happens."""

from __future__ import annotations

import inspect
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from receivers import Receiver
from testbed import ADA, BEN, CAI, DEE, Bench, environment, spawn

from scholar_etl.clock import utc_now
from scholar_etl.demo.site import DemoSite
from scholar_etl.lock import ProjectLock
from scholar_etl.pipeline import alerting, refresh, send_silence
from scholar_etl.store import writer

VICTIM = Path(__file__).parents[1] / "faults" / "victim.py"
EVA = DEE + 1

ANY_METRIC = '[[alerts.rule]]\non = "metric"\n'
NEXT_DAY = timedelta(days=1)


@pytest.fixture
def hook() -> Iterator[Receiver]:
    """Return a webhook that runs."""
    with Receiver("hook") as receiver:
        yield receiver


@pytest.fixture
def mail() -> Iterator[Receiver]:
    """Return a mail server that runs."""
    with Receiver("mail") as receiver:
        yield receiver


def turn_on(bench: Bench, *receivers: Receiver, rules: str = ANY_METRIC, more: str = "") -> None:
    """Let a project tell these receivers."""
    file = bench.folder / "scholar-etl.toml"
    text = file.read_text().partition("[alerts]")[0]
    addresses = json.dumps([receiver.address for receiver in receivers])
    file.write_text(f"{text}[alerts]\nchannels = {addresses}\n{more}\n{rules}")


def say(site: DemoSite, h_index: int, key: int = ADA) -> None:
    """Let the site show another h-index from now on."""
    site.configure(metrics={key: {"h_index": h_index}})


def lines(message: dict[str, Any]) -> list[str]:
    """Return what a message tells: its lines that begin with a dash or a dot."""
    return [line.strip()[2:] for line in message["text"].splitlines() if line.strip().startswith(("- ", "• "))]


def h_indices(receiver: Receiver) -> list[str]:
    """Return what a receiver was told of h-indices, such as "27 to 28", oldest first."""
    return [
        line.removeprefix("h-index from ").partition(" (")[0]
        for message in receiver.told()
        for line in lines(message)
        if line.startswith("h-index")
    ]


def killed_before(bench: Bench, module: ModuleType, line: str) -> None:
    """Refresh in a process that dies by SIGKILL before a line of a module of ours."""
    (number,) = [n for n, text in enumerate(inspect.getsource(module).splitlines(), 1) if text.strip().startswith(line)]
    file = "/".join(module.__name__.split(".")[1:]) + ".py"
    plan = {"at": [file, number, 1], "do": "kill"}
    done = subprocess.run(
        [sys.executable, str(VICTIM), json.dumps(plan), "--project", str(bench.folder), "refresh"],
        capture_output=True,
        check=False,
        env=environment(),
    )
    assert done.returncode == -signal.SIGKILL, done


def test_each_change_is_told_once(refreshed: Bench, site: DemoSite, hook: Receiver, mail: Receiver) -> None:
    """What changed is told to every channel, once; a run that finds nothing new says nothing."""
    turn_on(refreshed, hook, mail)
    assert refreshed("refresh").code == 0
    assert (hook.told(), mail.told()) == ([], [])
    say(site, 40)
    done = refreshed("refresh")
    assert done.code == 0
    assert "alerts: 1 new; sent 1 to json://127.0.0.1:" in done.err
    assert refreshed("refresh").code == 0
    assert h_indices(hook) == h_indices(mail) == ["27 to 40"]
    say(site, 41)
    assert refreshed("refresh").code == 0
    assert h_indices(hook) == h_indices(mail) == ["27 to 40", "40 to 41"]
    assert [told["id"] for told in hook.told()] == [told["id"] for told in mail.told()]
    (first, _) = mail.told()
    assert first["subject"] == "Yichong Leng: h-index from 27 to 40 (+13, +48.1 %), " + f"{utc_now():%Y-%m-%d}"
    assert first["to"] == ["SECRET@example.org"]
    assert "h-index from 27 to 40" in first["html"]


@pytest.mark.parametrize(
    ("module", "line", "is_sent"),
    [
        (writer, "replace_with_copy(self._private, self.path)", False),
        (alerting, "rows = news.authors()", False),
        (alerting, "reason = channel.send(message", False),
        (alerting, "outbox.note_sent(", True),
    ],
    ids=["published", "queued", "sent", "noted"],
)
def test_a_kill_loses_and_doubles_nothing(
    refreshed: Bench, site: DemoSite, hook: Receiver, module: ModuleType, line: str, is_sent: bool
) -> None:
    """Killed before it is so: the next run tells what changed. Only what was sent and not noted is told again."""
    turn_on(refreshed, hook)
    assert refreshed("refresh").code == 0
    say(site, 40)
    killed_before(refreshed, module, line)
    before = hook.told()
    assert len(before) == int(is_sent)
    assert refreshed("refresh").code == 0
    assert {told["id"] for told in [*before, *hook.told()]} == {hook.told()[0]["id"]}
    assert h_indices(hook) == ["27 to 40"] * (1 + int(is_sent))
    assert refreshed("refresh").code == 0
    assert len(hook.told()) == 1 + int(is_sent)


def test_a_channel_that_fails_is_tried_again_and_holds_up_no_other(
    refreshed: Bench, site: DemoSite, hook: Receiver, mail: Receiver
) -> None:
    """Refused, it waits for its time and says so; once the server is back, all of it comes, in order, once."""
    turn_on(refreshed, mail, hook)
    start = utc_now()
    refresh(refreshed.project, clock=lambda: start)
    mail.be("fail")
    for number in (1, 2):
        say(site, 40 + number)
        report = refresh(refreshed.project, clock=lambda: start + number * timedelta(minutes=1))  # noqa: B023
        assert report.status == "complete"
        assert len(report.alerts.problems) == (number == 1)
    (problem,) = status_rows(refreshed)
    assert (problem["waiting_count"], problem["failure_count"]) == (2, 1)
    assert "waiting for mailto://127.0.0.1:" in refreshed("status").out
    assert h_indices(hook) == ["27 to 41", "41 to 42"]
    assert mail.told() == []

    mail.be("ok")
    refresh(refreshed.project, clock=lambda: start + NEXT_DAY)
    assert h_indices(mail) == h_indices(hook) == ["27 to 41", "41 to 42"]
    assert status_rows(refreshed) == []
    assert "alerts  " not in refreshed("status").out


def status_rows(bench: Bench) -> list[dict[str, Any]]:
    """Return what `status` says of channels in trouble."""
    rows: list[dict[str, Any]] = json.loads(bench("status", "--format", "json").out)["unsent_alerts"]
    return rows


@pytest.mark.parametrize("kind", ["hook", "mail"])
def test_a_channel_that_hangs_is_left(refreshed: Bench, site: DemoSite, hook: Receiver, kind: str) -> None:
    """The time that a channel may take is a bound; the run ends well, and the others are told."""
    with Receiver(kind) as silent:
        turn_on(refreshed, silent, hook, more="timeout_s = 0.5")
        assert refreshed("refresh").code == 0
        silent.be("hang")
        say(site, 40)
        done = spawn("--project", str(refreshed.folder), "refresh")
        assert done.code == 0, done.err
        assert "failed: it did not answer within 0.5 s" in done.err
        assert silent.told() == []
        assert h_indices(hook) == ["27 to 40"]


def test_the_past_is_not_told(refreshed: Bench, site: DemoSite, hook: Receiver) -> None:
    """Turned on, turned off and on again: what became known before, or meanwhile, is no news. Nor is a new author."""
    say(site, 40)
    assert refreshed("refresh").code == 0
    turn_on(refreshed, hook)
    say(site, 41)
    assert refreshed("refresh").code == 0
    assert h_indices(hook) == ["40 to 41"]

    turn_on(refreshed)
    say(site, 42)
    assert refreshed("refresh").code == 0
    turn_on(refreshed, hook)
    refreshed.watch(ADA, BEN, CAI, DEE)
    assert refreshed("refresh").code == 0
    say(site, 43)
    assert refreshed("refresh").code == 0
    assert h_indices(hook) == ["40 to 41", "42 to 43"]


def test_replays_and_late_captures_tell_nothing(refreshed: Bench, site: DemoSite, hook: Receiver) -> None:
    """What is known later of a time that was looked at is a correction, and the state outlives the warehouse."""
    turn_on(refreshed, hook)
    start = utc_now() + NEXT_DAY
    say(site, 40)
    refresh(refreshed.project, clock=lambda: start)
    assert h_indices(hook) == ["27 to 40"]
    say(site, 33)
    refresh(refreshed.project, clock=lambda: start - timedelta(hours=1), force=True)
    assert refreshed("replay").code == 0
    say(site, 40)
    refresh(refreshed.project, clock=lambda: start + NEXT_DAY)
    history = (
        "select value from author_metrics where metric = 'h_index' and author_id = 'scholarfeed:1001' order by all"
    )
    assert [row["value"] for row in refreshed.rows(history)] == [27, 33, 40]
    assert h_indices(hook) == ["27 to 40"]


def test_a_collapse_is_told_when_it_is_believed(refreshed: Bench, site: DemoSite, hook: Receiver) -> None:
    """First that the page is held; a day later, that the metric fell, though at the moment of the page before."""
    turn_on(refreshed, hook, rules=ANY_METRIC + '[[alerts.rule]]\non = "page_held"\n')
    start = utc_now() + NEXT_DAY
    refresh(refreshed.project, clock=lambda: start)
    say(site, 0)
    for days in (1, 2, 3):
        refresh(refreshed.project, clock=lambda: start + days * NEXT_DAY)  # noqa: B023
    first, second = hook.told()
    assert "pages are held back since" in first["text"]
    assert "quarantine show" in first["text"]
    (line,) = lines(second)
    assert line == f"h-index from 27 to 0 (-27, -100.0 %), {start + NEXT_DAY:%Y-%m-%d}"


def test_every_kind_of_rule(bench: Bench, site: DemoSite, hook: Receiver) -> None:
    """New papers, code, an author who is gone, a page held back: each once, for those that the rule names."""
    bench.watch(ADA, CAI, DEE, EVA)
    names = ("new_paper", "new_code", "page_held", "author_gone")
    turn_on(bench, hook, rules="".join(f'[[alerts.rule]]\non = "{name}"\n' for name in names))
    for day in range(5):
        site.configure(day=day, metrics={CAI: {"paper_count": 99}} if day in (2, 3) else {})
        bench("refresh")
    told = [(message["text"].split(" (")[0], line) for message in hook.told() for line in lines(message)]
    kinds = [line.partition(":")[0].partition(" since")[0] for _, line in told]
    assert kinds.count("the site has had no page of this author") == 1
    assert kinds.count("pages are held back") == 1
    assert kinds.count("new paper") == bench.value(
        "select count(*) from papers p join authors a using (author_id) where p.first_seen_at > a.first_seen_at"
    )
    assert kinds.count("code for a paper") >= 2
    assert len(told) == len(set(told))


def test_a_message_for_each_change_when_wished(refreshed: Bench, site: DemoSite, hook: Receiver) -> None:
    """Without a digest, each change is a message with a number of its own."""
    turn_on(refreshed, hook, more="digest = false")
    assert refreshed("refresh").code == 0
    site.configure(metrics={ADA: {"h_index": 40, "novelty_pct": 60}})
    assert refreshed("refresh").code == 0
    assert sorted(told["subject"].split(" from")[0] for told in hook.told()) == [
        "Yichong Leng: Novelty %",
        "Yichong Leng: h-index",
    ]
    assert len({told["id"] for told in hook.told()}) == 2


def test_rules_choose_by_size_direction_and_author(refreshed: Bench, site: DemoSite, hook: Receiver) -> None:
    """Too small, in the other direction or of somebody else: nothing. What names nobody is said with file and key."""
    rules = (
        '[[alerts.rule]]\non = "metric"\nmetric = "h_index"\nmin_change = 2\ndirection = "up"\n'
        'authors = ["yichong leng", "Nobody"]\n'
    )
    turn_on(refreshed, hook, rules=rules)
    for h_index in (28, 30, 29):
        say(site, h_index)
        done = refreshed("refresh")
    site.configure(metrics={CAI: {"h_index": 20}})
    assert refreshed("refresh").code == 0
    assert h_indices(hook) == ["28 to 30"]
    assert f"{refreshed.folder}/scholar-etl.toml: key 'alerts.rule.1.authors' has 'Nobody', expected " in done.err


def test_a_window_gathers_what_changed_in_it(refreshed: Bench, site: DemoSite, hook: Receiver) -> None:
    """Small steps are told once they are large together, and each step counts for one alert."""
    rules = '[[alerts.rule]]\non = "metric"\nmetric = "h_index"\nwindow = "7d"\nmin_change = 10\n'
    turn_on(refreshed, hook, rules=rules)
    start = utc_now() + NEXT_DAY
    for number, h_index in enumerate((27, 32, 36, 38, 40, 48, 49)):
        say(site, h_index)
        refresh(refreshed.project, clock=lambda: start + number * NEXT_DAY)  # noqa: B023
    assert h_indices(hook) == ["27 to 38", "38 to 48"]
    assert "within 7d" in hook.told()[0]["text"]


def test_a_corrected_address_gets_what_waits_and_a_removed_one_nothing(
    refreshed: Bench, site: DemoSite, hook: Receiver, mail: Receiver
) -> None:
    """Messages belong to the place of an address in the list."""
    refused, gone = Receiver("hook"), Receiver("hook")
    with ExitStack() as stack:
        turn_on(refreshed, stack.enter_context(refused), stack.enter_context(gone))
        assert refreshed("refresh").code == 0
    say(site, 40)
    assert "failed: " in refreshed("refresh").err
    turn_on(refreshed, mail)
    assert refreshed("refresh").code == 0
    assert h_indices(mail) == ["27 to 40"]
    listed = json.loads(refreshed("alerts", "list", "--format", "json").out)
    assert sorted(row["state"] for row in listed) == ["sent", "withdrawn"]
    assert hook.told() == []


def test_two_processes_never_send_at_once(refreshed: Bench, site: DemoSite, hook: Receiver) -> None:
    """While another one sends, a run queues and leaves it to that one, or to the next run."""
    turn_on(refreshed, hook)
    assert refreshed("refresh").code == 0
    say(site, 40)
    with ProjectLock(refreshed.folder / ".scholar-etl.alerts.lock"):
        done = refreshed("refresh")
    assert (done.code, "alerts: 1 new" in done.err, hook.told()) == (0, True, [])
    assert refreshed("refresh").code == 0
    assert h_indices(hook) == ["27 to 40"]


def test_a_broken_state_fails_no_refresh(refreshed: Bench, site: DemoSite, hook: Receiver) -> None:
    """It is said what is wrong and what to do, and the run is published."""
    turn_on(refreshed, hook)
    (refreshed.folder / "data/alerts.sqlite").write_text("no database at all " * 100)
    say(site, 40)
    done = refreshed("refresh")
    assert done.code == 0
    assert "alerts.sqlite, the state of alerts: file is not a database; make its folder writable, or delete" in done.err
    assert refreshed.value("select h_index from authors where author_id = 'scholarfeed:1001'") == 40


def test_silence_is_told_once(refreshed: Bench, site: DemoSite, hook: Receiver) -> None:
    """When no refresh has succeeded for the time of the rule: once for each silence, by a refresh or while serving."""
    turn_on(refreshed, hook, rules='[[alerts.rule]]\non = "no_refresh"\nafter = "2d"\n')
    good_at = utc_now() + NEXT_DAY
    refresh(refreshed.project, clock=lambda: good_at)
    site.configure(faults=dict.fromkeys((ADA, BEN, CAI), "blocked"))
    for days in (1, 2, 3):
        refresh(refreshed.project, clock=lambda: good_at + days * NEXT_DAY)  # noqa: B023
        send_silence(refreshed.project, lambda: good_at + days * NEXT_DAY)  # noqa: B023
    (told,) = hook.told()
    assert told["subject"].startswith(f"no refresh has succeeded for 2d: the last good one began {good_at:%Y-%m-%d}")
    site.configure(faults={})
    refresh(refreshed.project, clock=lambda: good_at + 4 * NEXT_DAY)
    send_silence(refreshed.project, lambda: good_at + 7 * NEXT_DAY)
    assert len(hook.told()) == 2


def test_the_sample_goes_through_every_channel(refreshed: Bench, hook: Receiver, mail: Receiver) -> None:
    """Each channel is named with what became of it, without a secret; exit 1 when one failed, 2 when there is none."""
    assert refreshed("alerts", "test").code == 2
    assert "nothing was ever told" in refreshed("alerts", "list").err
    turn_on(refreshed, hook, mail)
    done = refreshed("alerts", "test")
    assert (done.code, [line.split(": ", 1)[1] for line in done.err.splitlines()]) == (0, ["delivered"] * 2)
    hook.be("fail")
    done = refreshed("alerts", "test")
    assert done.code == 1
    assert "not delivered: Failed to send JSON POST notification" in done.err
    assert "SECRET" not in done.err
    assert len(mail.told()) == 2


def test_no_secret_is_written_anywhere(refreshed: Bench, site: DemoSite, hook: Receiver, mail: Receiver) -> None:
    """Neither in what is said, also when channels fail and in debugging, nor in a file that is ours."""
    turn_on(refreshed, hook, mail)
    assert refreshed("refresh").code == 0
    hook.be("fail")
    mail.be("fail")
    say(site, 40)
    said = [refreshed("--log-level", "debug", "--debug", *words) for words in (("refresh",), ("alerts", "list"))]
    said.append(refreshed("status"))
    assert all("SECRET" not in done.out + done.err for done in said)
    files = [file for file in refreshed.folder.rglob("*") if file.is_file() and file.name != "scholar-etl.toml"]
    assert any(file.name == "alerts.sqlite" for file in files)
    assert [file for file in files if b"SECRET" in file.read_bytes()] == []
