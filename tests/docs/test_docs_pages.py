"""What holds for all pages: links resolve, code runs, names are real."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

import scholar_etl

_ROOT = Path(__file__).parents[2]
_PAGES = sorted([*(_ROOT / "docs").rglob("*.md"), _ROOT / "CHANGELOG.md", _ROOT / "README.md"])


def _anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: str(page.relative_to(_ROOT)))
def test_links_between_pages_resolve(page: Path) -> None:
    """Every relative link leads to a file of the repository, and to a heading of it where it names one."""
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), target
        assert not anchor or anchor in _anchors(file), target


def test_each_page_is_reached_from_the_index() -> None:
    """No page lies where nobody finds it."""
    docs = _ROOT / "docs"
    listed = {
        (start.parent / target).resolve()
        for start in (docs / "index.md", docs / "decisions" / "README.md")
        for target in re.findall(r"\]\(([^)#\s]+)", start.read_text(encoding="utf-8"))
    }
    assert {*docs.rglob("*.md")} - {docs / "index.md"} == listed


def test_the_python_example_runs_and_prints_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The example of docs/python.md prints, line by line, what its comments say."""
    text = (_ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    promised = re.findall(r"^\s*print\(.*\)\s*# (.+)$", code, flags=re.MULTILINE)
    assert len(promised) == code.count("print(")
    monkeypatch.chdir(tmp_path)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "docs/python.md", "exec"), {})  # noqa: S102 - the page's own code
    assert printed.getvalue().splitlines() == [re.split(r": [a-z]", line)[0] for line in promised]


def test_each_public_python_name_is_documented() -> None:
    """The table of docs/python.md has every name that the package exports, and no other."""
    text = (_ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    cells = re.findall(r"^\| (`.+?`) \|", text, flags=re.MULTILINE)
    names = {name for cell in cells for name in re.findall(r"`(\w+)", cell)}
    assert names == {name for name in scholar_etl.__all__ if not name.startswith("__")}
