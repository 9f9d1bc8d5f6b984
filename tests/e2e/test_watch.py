"""The watchlist by the command line, from an empty folder on."""

from __future__ import annotations

from pathlib import Path

from testbed import Bench, call, strict_json


def test_from_an_empty_folder_to_a_list(tmp_path: Path) -> None:
    """init, add by address and by number, list, remove: messages on standard error, the template's comments kept."""
    folder = tmp_path / "my metrics"
    done = call("init", str(folder))
    assert (done.code, done.out) == (0, "")
    assert f"--project '{folder}' watch add" in done.err
    template = (folder / "watchlist.toml").read_text()
    project = ("--project", str(folder), "watch")
    url = "https://www.scholarfeed.org/author/1234567"
    assert call(*project, "add", url, "--name", "Yichong Leng", "--tag", "speech").error == "added scholarfeed:1234567"
    done = call(*project, "add", "1234567", "scholarfeed:2345678")
    assert (done.code, done.out) == (0, "")
    assert done.err.splitlines() == ["1234567 is on the watchlist already", "added scholarfeed:2345678"]
    assert (folder / "watchlist.toml").read_text().startswith(template.rstrip())
    assert strict_json(call(*project, "list", "--format", "json").out) == [
        {"author_id": "scholarfeed:1234567", "name": "Yichong Leng", "tags": ["speech"]},
        {"author_id": "scholarfeed:2345678", "name": None, "tags": []},
    ]
    assert call(*project, "remove", "yichong leng").error == "removed scholarfeed:1234567"
    assert call(*project, "list", "--format", "csv").out == "author_id,name,tags\nscholarfeed:2345678,,[]\n"


def test_a_list_is_edited_whole_or_not_at_all(bench: Bench) -> None:
    """One wrong reference among good ones, and nothing is added; one unknown name, and nobody is removed."""
    file = bench.folder / "watchlist.toml"
    before = file.read_text()
    assert bench("watch", "add", "5", "Ada", "6").code == 2
    assert bench("watch", "remove", "1001", "Nobody").code == 2
    assert file.read_text() == before


def test_init_takes_the_project_option(tmp_path: Path) -> None:
    """Without DIR it is the folder that --project names; a second time nothing is written."""
    folder = tmp_path / "project"
    assert call("--project", str(folder), "init").code == 0
    assert sorted(path.name for path in folder.iterdir()) == ["scholar-etl.toml", "watchlist.toml"]
    assert call("--project", str(folder), "init").err.startswith(f"{folder} is a project folder already")


def test_tags_reach_the_warehouse(bench: Bench) -> None:
    """The view of the authors takes them from the list at the next refresh, and drops them with the entry."""
    (bench.folder / "watchlist.toml").write_text('[[author]]\nscholarfeed = 1001\ntags = ["a", "b"]\n')
    bench("refresh")
    assert bench.rows("select tags from authors") == [{"tags": ["a", "b"]}]
    bench.watch()
    bench("refresh")
    assert bench.rows("select tags from authors") == [{"tags": []}]
