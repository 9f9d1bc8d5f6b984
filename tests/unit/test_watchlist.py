"""The watchlist: reading it, finding in it, editing it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scholar_etl.errors import ConfigError, UnknownAuthorError, UsageError
from scholar_etl.watchlist import Watchlist, parse_reference

LIST = """\
# The people of our group.

# Speech
[[author]]
name = "Ada Prime"    # since 2024
scholarfeed = 11
tags = ["speech", "group"]

# Vision
[[author]]
scholarfeed = 22   # no label

[[author]]
name = "Cai"
scholarfeed = "33"
# the end
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a watchlist of three authors with comments."""
    path = tmp_path / "watchlist.toml"
    path.write_text(LIST)
    return path


def test_reads_entries_in_order(file: Path) -> None:
    """Every entry gives source, key, label and tags; an id may be a number or text."""
    authors = Watchlist(file).authors
    assert [(a.author_id, a.source, a.key, a.label, a.tags) for a in authors] == [
        ("scholarfeed:11", "scholarfeed", "11", "Ada Prime", ("speech", "group")),
        ("scholarfeed:22", "scholarfeed", "22", None, ()),
        ("scholarfeed:33", "scholarfeed", "33", "Cai", ()),
    ]


@pytest.mark.parametrize("wanted", ["scholarfeed:11", "11", "ada PRIME", "https://www.scholarfeed.org/author/11/?x=1"])
def test_finds_by_id_label_and_address(file: Path, wanted: str) -> None:
    """An author_id, a bare id, a label in any case, and the profile's address name the same author."""
    assert Watchlist(file).find(wanted).author_id == "scholarfeed:11"


def test_does_not_guess(file: Path) -> None:
    """A part of a label finds nobody; a label that two bear is refused and both are named."""
    with pytest.raises(UnknownAuthorError, match="unknown author 'Ada'"):
        Watchlist(file).find("Ada")
    with pytest.raises(UnknownAuthorError):
        Watchlist(file).find("")
    file.write_text(LIST.replace("Cai", "ADA prime"))
    with pytest.raises(UsageError, match="scholarfeed:11, scholarfeed:33"):
        Watchlist(file).find("Ada Prime")


def test_adding_leaves_every_line_as_it_was(file: Path) -> None:
    """New entries come at the end; what was there, comments too, stays as it stood."""
    watchlist = Watchlist(file)
    assert watchlist.add("https://scholarfeed.org/author/44", label='Dee "D"', tags=["a", "b"]) is not None
    assert watchlist.add("55") is not None
    watchlist.save()
    text = file.read_text()
    assert text.startswith(LIST)
    added = Watchlist(file).authors[3:]
    assert [(a.author_id, a.label, a.tags) for a in added] == [
        ("scholarfeed:44", 'Dee "D"', ("a", "b")),
        ("scholarfeed:55", None, ()),
    ]


def test_an_author_is_added_once(file: Path) -> None:
    """Whoever is there already, in whatever spelling, is not added again, nor is the file changed."""
    watchlist = Watchlist(file)
    for reference in ("11", "scholarfeed:22", "https://www.scholarfeed.org/author/33"):
        assert watchlist.add(reference) is None
    watchlist.save()
    assert file.read_text() == LIST


@pytest.mark.parametrize("start", ["", "# nobody yet\n", "author = []\n"])
def test_an_empty_list_takes_its_first_author(file: Path, start: str) -> None:
    """Also where the list is written as an empty array."""
    file.write_text(start)
    watchlist = Watchlist(file)
    watchlist.add("7")
    watchlist.save()
    assert [a.key for a in Watchlist(file).authors] == ["7"]
    assert file.read_text().startswith(start.replace("author = []\n", ""))


@pytest.mark.parametrize("gone", ["11", "22", "33"])
def test_removing_takes_one_entry_and_no_other_comment(file: Path, gone: str) -> None:
    """The others stay in order with all their lines, and with the comments above them."""
    watchlist = Watchlist(file)
    watchlist.remove(gone)
    watchlist.save()
    assert [a.key for a in Watchlist(file).authors] == [key for key in ("11", "22", "33") if key != gone]
    comments = {
        "11": ["# Vision", "# no label", "# the end"],
        "22": ["# Speech", "# since 2024", "# the end"],
        "33": ["# Speech", "# Vision", "# no label", "# since 2024"],
    }
    text = file.read_text()
    assert [comment for comment in comments[gone] if comment not in text] == []
    assert "# The people of our group." in text


def test_the_last_author_can_be_removed_and_another_added(file: Path) -> None:
    """An emptied list is a list."""
    watchlist = Watchlist(file)
    for key in ("11", "22", "33"):
        watchlist.remove(key)
    watchlist.save()
    assert Watchlist(file).authors == []
    again = Watchlist(file)
    again.add("9")
    again.save()
    assert [a.key for a in Watchlist(file).authors] == ["9"]


def test_saving_is_all_or_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the new file cannot take the old one's place, the old one stands and nothing lies about."""
    watchlist = Watchlist(file)
    watchlist.add("44")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(ConfigError, match="cannot be written: No space left on device"):
        watchlist.save()
    assert file.read_text() == LIST
    assert list(file.parent.iterdir()) == [file]


def test_saving_keeps_rights_and_links(file: Path, tmp_path: Path) -> None:
    """The file's mode stays; a list that is a link stays one, and its target is written."""
    file.chmod(0o640)
    link = tmp_path / "link.toml"
    link.symlink_to(file)
    watchlist = Watchlist(link)
    watchlist.add("44")
    watchlist.save()
    assert link.is_symlink()
    assert len(Watchlist(file).authors) == 4
    assert file.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[author", "is not valid TOML"),
        ("x = 1", "unknown key 'x'"),
        ("author = 3", "'author' is no list of entries that begin with a line [[author]]"),
        ("author = ''", "'author' is no list of entries"),
        ("author = [1]", "'author' is no list of entries"),
        ("[author]\nscholarfeed = 1", "'author' is no list of entries"),
        ("[[author]]\nname = 'x'", "author 1: expected one line with the id"),
        ("[[author]]\nscholarfeed = 1\nother = 2", "author 1: unknown key 'other'"),
        ("[[author]]\nscholarfeed = 1\nscholarfeed = 2", "is not valid TOML"),
        ("[[author]]\nscholarfeed = 1\n[[author]]\nscholarfeed = '1'", "author 2: scholarfeed:1 is listed twice"),
        ("[[author]]\nscholarfeed = true", "author 1: scholarfeed = "),
        ("[[author]]\nscholarfeed = -1", "expected the number in the profile's address"),
        ("[[author]]\nscholarfeed = 1.5", "expected the number in the profile's address"),
        ("[[author]]\nscholarfeed = 'ada'", "expected the number in the profile's address"),
        ("[[author]]\nscholarfeed = '1\\n'", "expected the number in the profile's address"),
        ("[[author]]\nscholarfeed = 1\nname = 3", "author 1: name = 3, expected text"),
        ("[[author]]\nscholarfeed = 1\ntags = 'x'", "author 1: tags = 'x', expected a list"),
        ("[[author]]\nscholarfeed = 1\ntags = [1]", "author 1: tags = [1], expected a list"),
    ],
)
def test_a_wrong_list_is_refused_in_one_line(file: Path, text: str, says: str) -> None:
    """The line names the file, the entry and what was expected."""
    file.write_text(text)
    with pytest.raises(ConfigError) as refusal:
        Watchlist(file)
    line = str(refusal.value)
    assert line.startswith(f"{file}: ")
    assert says in line
    assert "\n" not in line


def test_an_inline_list_is_read_and_left_alone(file: Path) -> None:
    """TOML's other spelling of the same list is read; an edit that its text cannot take is refused."""
    file.write_text("author = [{scholarfeed = 1}]\n")
    watchlist = Watchlist(file)
    assert [author.key for author in watchlist.authors] == ["1"]
    with pytest.raises(ConfigError, match="add scholarfeed:2 by hand"):
        watchlist.add("2")
    assert [author.key for author in watchlist.authors] == ["1"]


def test_no_list_is_no_empty_list(tmp_path: Path) -> None:
    """A missing file is an error that says how to make one."""
    with pytest.raises(ConfigError, match="no such file: run 'scholar-etl init'"):
        Watchlist(tmp_path / "watchlist.toml")


@pytest.mark.parametrize("text", ["Ada", "", "0", "-5", "1.5", "https://example.org/author/5", "scholarfeed:", "x:5"])
def test_a_reference_that_is_none_is_refused(text: str) -> None:
    """Only an address of the site, an author_id and a bare id are references."""
    with pytest.raises(UsageError, match="is no author"):
        parse_reference(text)


def test_an_entry_that_cannot_be_told_from_text_is_left_alone(file: Path) -> None:
    """Where a label's text looks like an entry, removing is refused rather than done wrongly."""
    file.write_text('[[author]]\nname = """\n[[author]]\n"""\nscholarfeed = 1\n[[author]]\nscholarfeed = 2\n')
    with pytest.raises(ConfigError, match="take the entry of scholarfeed:1 out by hand"):
        Watchlist(file).remove("1")
