"""What docs/operations.md says of losing everything but the archive, done as it says."""

from __future__ import annotations

import re
import shlex
import shutil
from datetime import UTC, datetime
from pathlib import Path

from testbed import HISTORY, Bench

from scholar_etl.demo.site import DemoSite
from scholar_etl.pipeline import pack_archive, refresh

_PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")


def restore(bench: Bench) -> None:
    """Call the commands of the page's section, all of which must end well."""
    section = _PAGE.split("\n## Restore\n")[1].split("\n## ")[0]
    (block,) = re.findall(r"```sh\n(.*?)```", section, flags=re.DOTALL)
    lines = [shlex.split(line) for line in block.splitlines()]
    assert lines[0] == ["scholar-etl", "replay"]
    for program, *arguments in lines:
        assert program == "scholar-etl"
        done = bench(*arguments)
        assert done.code == 0, (arguments, done)


def test_the_warehouse_is_restored_by_the_commands_of_the_page(bench: Bench, site: DemoSite) -> None:
    """The warehouse is lost, after a month was packed; the documented lines give every public view back."""
    refresh(bench.project, clock=lambda: datetime(2026, 9, 1, 5, tzinfo=UTC))
    assert len(pack_archive(bench.project).months) == 1
    site.configure(day=4)
    assert bench("refresh").code == 0
    views = (*HISTORY, "captures", "quarantine")
    before = bench.tables(views)
    kept = {"scholar-etl.toml", "watchlist.toml", "data"}
    for path in bench.folder.iterdir():
        if path.name not in kept:
            path.unlink()
    for path in (bench.folder / "data").iterdir():
        if path.name != "archive":
            path.unlink()
    restore(bench)
    assert bench.tables(views) == before


def test_a_new_folder_is_restored_too(bench: Bench, site: DemoSite, tmp_path: Path) -> None:
    """On another machine: the two files and the archive are enough."""
    site.configure(day=2)
    assert bench("refresh").code == 0
    other = Bench(tmp_path / "other", site.url)
    for name in ("scholar-etl.toml", "watchlist.toml"):
        shutil.copy(bench.folder / name, other.folder / name)
    shutil.copytree(bench.project.archive, other.project.archive)
    restore(other)
    assert other.tables(HISTORY) == bench.tables(HISTORY)
