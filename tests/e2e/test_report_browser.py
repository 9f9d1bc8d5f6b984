"""A report opened from the disk in a real Chromium, with the network off."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from axe_playwright_python.sync_playwright import Axe
from hostile_texts import HOSTILE, observation
from playwright.sync_api import Browser, Page, sync_playwright

from scholar_etl.demo import facts
from scholar_etl.demo.run import run_demo
from scholar_etl.model import WatchedAuthor
from scholar_etl.report import build_report
from scholar_etl.settings import Project
from scholar_etl.store import Warehouse

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
AUTHOR = f"author/scholarfeed-{facts.FIRST_KEY + 2}.html"
KINDS = ("index.html", "authors.html", AUTHOR, "tag/cl.html")
TELEPHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}

_FOCUSABLE = "a[href], button, input, summary, [tabindex='0']"
_SHOWN = f"""
() => [...document.querySelectorAll("{_FOCUSABLE}")]
    .filter(e => e.checkVisibility({{contentVisibilityAuto: true, visibilityProperty: true}}))
    .map((e, i) => (e.dataset.stop = i))
"""
_FOCUSED = """
() => {
  const {activeElement: e} = document, style = getComputedStyle(e);
  return e === document.body ? null : {stop: Number(e.dataset.stop), seen: style.outlineStyle !== "none"};
}
"""


@dataclass
class Visit:
    """A page, and what went wrong and was asked for while it was looked at."""

    page: Page
    site: Path
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("dialog", lambda dialog: (self.complaints.append(dialog.message), dialog.dismiss()))

    def open(self, path: str) -> Page:
        """Go to a page of the report."""
        self.page.goto((self.site / path).as_uri())
        return self.page

    def is_quiet(self) -> bool:
        """Tell whether nothing was complained of, and nothing asked for but files of the report."""
        assert self.complaints == []
        assert {url for url in self.requests if not url.startswith(f"{self.site.as_uri()}/")} == set()
        return True


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start the system's Chromium."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        assert not os.environ.get("CI"), "chromium is missing: CI must look at the report"
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium)
        yield started
        started.close()


@pytest.fixture(scope="module")
def demo_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the report of the demo's project."""
    folder = tmp_path_factory.mktemp("demo")
    list(run_demo(folder / "project", authors=25, days=8, now=NOW))
    build_report(Project.open(folder / "project").warehouse, folder / "site")
    return folder / "site"


@pytest.fixture
def look(browser: Browser) -> Iterator[Any]:
    """Return a function that begins a visit to a report: with no network, in a profile of its own."""
    contexts = []

    def begin(site: Path, **options: Any) -> Visit:
        context = browser.new_context(offline=True, **{"viewport": DESK, "reduced_motion": "reduce", **options})
        contexts.append(context)
        return Visit(context.new_page(), site)

    yield begin
    for context in contexts:
        context.close()


def pages_of(site: Path) -> list[str]:
    """Return the paths of every page."""
    return sorted(str(page.relative_to(site)) for page in site.rglob("*.html"))


def test_every_page_opens_in_peace(look: Any, demo_site: Path) -> None:
    """No complaint in the console, and nothing asked for but the report's own files."""
    visit = look(demo_site)
    for path in pages_of(demo_site):
        page = visit.open(path)
        assert page.title().endswith("Scholar report")
        assert page.evaluate("getComputedStyle(document.body).maxWidth") == "1088px"  # as our style has it
    assert visit.is_quiet()


def test_plots_are_drawn_and_tell_their_values(look: Any, demo_site: Path) -> None:
    """Five plots as wide as their place; under the pointer stands the value that held then, as in the table."""
    visit = look(demo_site)
    page = visit.open(AUTHOR)
    assert page.locator("figure.metric svg.plot").count() == 5
    for figure in page.locator("figure.metric").all():
        figure.locator(".readout").scroll_into_view_if_needed()
        line = figure.locator("path.line").evaluate("e => [e.getTotalLength(), e.getBoundingClientRect().width]")
        box = figure.locator("svg.plot").bounding_box()
        assert box
        assert line[0] >= 900
        assert line[1] > 0.9 * box["width"] > 300
        rows = figure.locator("tbody tr").evaluate_all(
            "rows => rows.map(row => [Number(row.dataset.x), ...[...row.cells].map(cell => cell.textContent)])"
        )
        for x, since, value, _, _, _ in rows:
            page.mouse.move(box["x"] + (x + 2) * box["width"] / 1000, box["y"] + box["height"] / 2)
            assert figure.locator(".readout").text_content().startswith(f"{value} since {since}")
    assert visit.is_quiet()


def test_the_search_finds_authors_and_tags(look: Any, demo_site: Path) -> None:
    """Without accents, by a piece of a name and by a tag; Enter leads to the author's page, from any page."""
    visit = look(demo_site)
    page = visit.open("tag/cl.html")
    page.locator("#search").press_sequentially("lefevre")
    found = page.locator("#found a")
    found.first.wait_for()
    assert found.all_text_contents() == ["Jean-Baptiste Lefèvre"]
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{AUTHOR}")
    assert page.locator("h1").text_content() == "Jean-Baptiste Lefèvre"
    page.locator("#search").press_sequentially("#c")
    found.first.wait_for()
    assert "#cl" in found.all_text_contents()
    page.keyboard.press("Escape")
    assert found.count() == 0
    page.locator("#search").press_sequentially("nobody of that name")
    assert page.locator("#found-count").text_content() == "0 found"
    assert visit.is_quiet()


@pytest.mark.parametrize("path", KINDS)
def test_the_keyboard_reaches_everything(look: Any, demo_site: Path, path: str) -> None:
    """Tab alone comes to every link, button and table that scrolls, once each, in order, and one sees where it is."""
    visit = look(demo_site)
    page = visit.open(path)
    stops = page.evaluate(_SHOWN)
    assert len(stops) > 10
    reached = []
    for _ in stops:
        page.keyboard.press("Tab")
        focused = page.evaluate(_FOCUSED)
        assert focused
        assert focused["seen"], focused
        reached.append(focused["stop"])
    assert reached == stops
    assert visit.is_quiet()


def test_a_table_of_values_opens_by_keyboard(look: Any, demo_site: Path) -> None:
    """Enter on the words below a plot shows every value; what was skipped to is the content."""
    page = look(demo_site).open(AUTHOR)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    summary = page.locator("figure summary").first
    assert not page.locator("figure table").first.is_visible()
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("figure table").first.is_visible()


def test_dark_and_light(look: Any, demo_site: Path) -> None:
    """As the system says at first, then as the switch says, on this page and the next ones."""

    def brightness() -> float:
        """Return how bright the page's ground is, from 0 to 255."""
        colour = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        return sum(map(int, colour.strip("rgb()").split(","))) / 3

    visit = look(demo_site, color_scheme="dark")
    page = visit.open("index.html")
    button = page.locator("#theme")
    assert brightness() < 50
    assert button.get_attribute("aria-pressed") == "true"
    button.click()
    assert brightness() > 200
    visit.open(AUTHOR)
    assert brightness() > 200
    assert button.get_attribute("aria-pressed") == "false"
    button.press("Enter")
    assert brightness() < 50
    assert visit.is_quiet()


@pytest.mark.parametrize("width", [360, 768, 1920])
def test_no_page_scrolls_sideways(look: Any, demo_site: Path, width: int) -> None:
    """From a telephone to a wide screen, and with every table opened."""
    visit = look(demo_site, viewport={"width": width, "height": 900})
    for path in pages_of(demo_site):
        page = visit.open(path)
        page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESK, TELEPHONE], ids=["desk", "telephone"])
def test_axe_finds_no_fault(look: Any, demo_site: Path, scheme: str, viewport: dict[str, int]) -> None:
    """Neither a serious nor a critical one, on each kind of page, with tables and search results open."""
    visit = look(demo_site, color_scheme=scheme, viewport=viewport)
    for path in KINDS:
        page = visit.open(path)
        page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
        page.locator("#search").press_sequentially("a")
        page.locator("#found a").first.wait_for()
        violations = Axe().run(page).response["violations"]
        assert [(v["id"], v["nodes"][0]["html"]) for v in violations if v["impact"] in ("serious", "critical")] == [], (
            path
        )


def test_print_shows_all_tables(look: Any, demo_site: Path) -> None:
    """On paper every value is there, dark ink on light ground, and nothing that is to be clicked."""
    visit = look(demo_site, color_scheme="dark")
    page = visit.open(AUTHOR)
    page.emulate_media(media="print")
    for row in page.locator("figure tbody tr").all():
        box = row.bounding_box()
        assert box
        assert box["height"] > 0
    assert not page.locator(".top").is_visible()
    assert page.evaluate("getComputedStyle(document.documentElement).color").startswith("rgb(29")


def test_without_scripts_everything_can_be_read(look: Any, demo_site: Path) -> None:
    """Plots, tables and links are there; what would do nothing is not."""
    visit = look(demo_site, java_script_enabled=False)
    page = visit.open(AUTHOR)
    assert page.locator("svg.plot path.line").count() == 5
    assert not page.locator("#search").is_visible()
    assert not page.locator("#theme").is_visible()
    page.locator("figure summary").first.click()
    assert page.locator("figure table").first.is_visible()
    page.locator("nav a", has_text="Authors").click()
    assert page.locator("tbody tr").count() == 25


def test_the_policy_lets_nothing_in(look: Any, demo_site: Path) -> None:
    """Were there a hole in the escaping: no inline script, no handler, no evaluation and no picture from outside."""
    page = look(demo_site).open("index.html")
    refused = page.evaluate("""async () => {
        const refused = [];
        document.addEventListener("securitypolicyviolation", event => refused.push(event.effectiveDirective));
        const place = document.createElement("div");
        document.body.append(place);
        place.innerHTML = '<img src="https://example.org/x.png"><b style="color: red">x</b><p onclick="hit = 1">y</p>';
        place.querySelector("p").click();
        const script = document.createElement("script");
        script.textContent = "window.hit = 1";
        document.body.append(script);
        while (refused.length < 4) await new Promise(requestAnimationFrame);
        return [refused.sort(), window.hit ?? null];
    }""")
    assert refused == [["img-src", "script-src-attr", "script-src-elem", "style-src-attr"], None]


@pytest.fixture(scope="module")
def hostile_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a report on an author for each kind of hostile text, whose name, papers, tags and address it is."""
    folder = tmp_path_factory.mktemp("hostile")
    pages, watched = [], []
    for number, text in enumerate(HOSTILE.values()):
        for day in range(2):
            seen = observation(day, text)
            pages.append(
                replace(seen, author_id=f"s:{number}", capture_id=str(UUID(int=10 * number + day + 1)), url=text)
            )
        watched.append(WatchedAuthor(f"s:{number}", "s", str(number), text, (text, "javascript:alert(1)")))
    with Warehouse(folder / "scholar.duckdb") as warehouse:
        warehouse.load(pages)
        warehouse.sync_watch(watched)
    build_report(folder / "scholar.duckdb", folder / "site")
    return folder / "site"


@pytest.mark.parametrize("viewport", [DESK, TELEPHONE], ids=["desk", "telephone"])
def test_hostile_text_does_nothing_in_a_browser(look: Any, hostile_site: Path, viewport: dict[str, int]) -> None:
    """No dialog, no complaint, no request, no script or picture that is not ours, and no page grows too wide."""
    visit = look(hostile_site, viewport=viewport)
    for path in pages_of(hostile_site):
        page = visit.open(path)
        assert page.locator("script").count() == 1
        assert page.locator("img, iframe, object, [onerror], [onclick], a[href^='javascript' i]").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], path
    page = visit.open("index.html")
    for typed in ("script", "onerror", "7*7"):
        page.locator("#search").fill(typed)
        page.locator("#found a").first.wait_for()
        assert page.locator("#found :not(li, a)").count() == 0
    assert visit.is_quiet()
