"""A refresh may die at any moment: nothing is torn, nothing promised is lost, and history is as if it had not died.

25 deaths in CI; by hand as many as you like, with the table of docs/reliability.md at the end:

    FAULT_KILLS=500 pytest -n 0 -s tests/faults/test_kills.py
"""

from __future__ import annotations

import inspect
import math
import os
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from ledger import PHASES, TOLD, Ledger, phase_of
from telling import DAYS, KEYS, Day, Line, Plan, Telling, beginning_of, tell_undisturbed
from testbed import spawn

from scholar_etl.demo.site import DemoSite
from scholar_etl.files import replace_with_copy
from scholar_etl.store.compact import compact

KILLS = int(os.environ.get("FAULT_KILLS", "25"))
KILLS_A_STORY = 5
WORKERS = 2
WAYS = ("line", "write", "time")
"""SIGKILL before a line of ours; death within a write; SIGKILL from outside after some time."""

AIMS = (compact, replace_with_copy)
"""What the first kill of a story finds at work, by turns: chance alone would not meet them in every 25."""


@dataclass(frozen=True, slots=True)
class Kill:
    """One death: the way it was dealt, and how far the refresh had come."""

    way: str
    phase: str


def draw_plan(draw: Random, way: str, lines: tuple[Line, ...], data: Path) -> Plan:
    """Return a death of that way at random. Every module has the same chance, and in it every line.

    A death within a write comes some bytes behind the present end of a file, or of one that is still to be written.
    """
    module = draw.choice(sorted({file for file, _, _ in lines}))
    plan = draw_line(draw, [line for line in lines if line[0] == module])
    ends = sorted(path.stat().st_size for path in data.rglob("*") if path.is_file())
    size_bytes = draw.choice([0, *ends]) + int(math.exp(draw.uniform(0, math.log(300_000))))
    match way:
        case "line":
            return plan
        case "write":
            return {**(plan if draw.random() < 1 / 2 else {"do": "kill"}), "bytes": size_bytes}
        case _:
            return {}


def aim(draw: Random, story: int, lines: tuple[Line, ...]) -> tuple[str, Plan]:
    """Return the way and the plan of a story's first death: in a write of what it is for, or before a line of it."""
    function = AIMS[story % 2]
    file, first = beginning_of(function)
    if story // 2 % 2 == 0:
        size_bytes = int(math.exp(draw.uniform(0, math.log(2_000_000))))
        return "write", {"do": "kill", "bytes": size_bytes, "at": [file, first, 1]}
    last = first + len(inspect.getsourcelines(function)[0])
    return "line", draw_line(draw, [line for line in lines if line[0] == file and first <= line[1] < last])


def draw_line(draw: Random, lines: Sequence[Line]) -> Plan:
    """Return a death before one of the lines."""
    file, line, times = draw.choice(lines)
    return {"do": "kill", "at": [file, line, draw.randint(1, times)]}


def strike(ledger: Ledger, way: str, plan: Plan, after_s: float) -> Kill | None:
    """Start a refresh that is to die, and hold what it leaves to the ledger; None when it ended before."""
    before = replace(ledger)
    with ledger.telling.start(plan) as process:
        try:
            _, said = process.communicate(timeout=after_s if way == "time" else None)
        except subprocess.TimeoutExpired:
            process.kill()
            _, said = process.communicate()
    ledger.audit()
    if TOLD in said:
        ledger.acknowledge()
    if process.returncode >= 0:
        assert process.returncode in (0, 3), said
        return None
    return Kill(way, phase_of(before, ledger, said))


def finish(ledger: Ledger, expected: Day) -> float:
    """Refresh undisturbed and hold the day's end to that of a story without kills; return the seconds of its work."""
    with ledger.telling.start({}) as process:
        began_s = time.monotonic()
        _, said = process.communicate()
        span_s = time.monotonic() - began_s
    assert process.returncode == expected.code, said
    ledger.audit()
    ledger.acknowledge()
    assert ledger.published.captures == ledger.archived.keys()
    assert ledger.telling.names() == {"archive", "scholar.duckdb", ".scholar.duckdb.lock", ".scholar.duckdb.writer"}
    assert ledger.telling.tables() == expected.tables
    return span_s


def tell(story: int, folder: Path, site: DemoSite, undisturbed: list[Day], kill_count: int) -> list[Kill]:
    """Tell the story to a project whose refreshes die now and then, on some days again and again."""
    draw = Random(story)  # noqa: S311  (no secret)
    ledger = Ledger(Telling(folder, site))
    kills_of_day = Counter(draw.choices(range(DAYS), k=kill_count))
    kills: list[Kill] = []
    span_s = 1.0
    for day, expected in enumerate(undisturbed):
        site.configure(day=day)
        ledger.telling.dawn()
        due = len(kills) + kills_of_day[day]
        while len(kills) < due:
            if kills:
                way = draw.choice(("line", "line", "write", "time", "time"))
                plan = draw_plan(draw, way, expected.lines, ledger.telling.data)
            else:
                way, plan = aim(draw, story, expected.lines)
            kill = strike(ledger, way, plan, after_s=draw.uniform(0, span_s))
            kills += [kill] if kill else []
        span_s = finish(ledger, expected)
    assert spawn("--project", str(folder), "status", "--check").code == 0
    return kills


def tell_all(stories: Iterable[tuple[int, int]], folder: Path) -> list[Kill]:
    """Tell stories one after the other, on a site of their own; each is its number and its count of kills."""
    kills = []
    with DemoSite(authors=len(KEYS)) as site:
        undisturbed = tell_undisturbed(Telling(folder / "undisturbed", site))
        for story, kill_count in stories:
            project = folder / f"story-{story}"
            try:
                kills += tell(story, project, site, undisturbed, kill_count)
            except Exception as error:
                error.add_note(f"in story {story}: see {project}")
                raise
            shutil.rmtree(project)
    return kills


def as_table(kills: list[Kill]) -> str:
    """Return how many deaths fell into each phase, by the way they were dealt, as docs/reliability.md shows it."""
    counts = Counter((kill.way, kill.phase) for kill in kills)
    rows = [(phase, *(counts[way, phase] for way in WAYS)) for phase in PHASES]
    rows.append(("all", *(sum(counts[way, phase] for phase in PHASES) for way in WAYS)))
    return "\n".join(f"| {name} | {' | '.join(map(str, numbers))} | {sum(numbers)} |" for name, *numbers in rows)


def test_a_killed_refresh_loses_nothing(tmp_path: Path) -> None:
    """However a refresh dies, and however often, no file is torn, no promise broken, and the next one makes it good."""
    full, rest = divmod(KILLS, KILLS_A_STORY)
    stories = [(story, KILLS_A_STORY) for story in range(full)] + ([(full, rest)] if rest else [])
    with ThreadPoolExecutor(WORKERS) as pool:
        shares = [
            pool.submit(tell_all, stories[worker::WORKERS], tmp_path / f"worker-{worker}") for worker in range(WORKERS)
        ]
        kills = [kill for share in shares for kill in share.result()]
    table = as_table(kills)
    print(f"\n| phase | {' | '.join(WAYS)} | all |\n{table}")
    assert len(kills) == KILLS
    phases = {kill.phase for kill in kills}
    assert len(phases) >= min(4, KILLS // 5), table
    assert phases >= {"compacting", "copying"} or len(stories) < len(AIMS), table
