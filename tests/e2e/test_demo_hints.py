"""The demo's last lines are what a newcomer tries first."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from testbed import call


@pytest.mark.parametrize("days", [1, 2, 9])
def test_what_the_demo_proposes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    """Each command works as it stands there, and the first one shows what changed, where there has been time for it."""
    monkeypatch.chdir(tmp_path)
    told = call("demo", "--dir", "it's here", "--authors", "4", "--days", str(days)).out
    proposed = [shlex.split(line)[1:] for line in told.splitlines() if line.startswith("  scholar-etl ")]
    done = {arguments[2]: call(*arguments) for arguments in proposed}
    assert list(done) == ["diff", "history", "report", "sql", "status"]
    assert {name: run.code for name, run in done.items()} == dict.fromkeys(done, 0)
    assert ("authors changed, " in done["diff"].out) == (days > 1)
    assert ("First seen" in done["diff"].out) == (days == 1)
