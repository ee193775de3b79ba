"""The pages of a finished run in a real browser: what no reading of HTML tells.

Needs Chromium, Playwright and axe-core (`npm ci --prefix tests/browser`); CI sets them up.
"""

import io
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from PIL import Image

from lib.report.blocks import picture
from lib.report.plots import DARK_GROUND

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is in the extra `test`")
pypdfium2 = pytest.importorskip("pypdfium2", reason="pypdfium2 is in the extra `test`")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
if not CHROMIUM:
    pytest.skip("no chromium on PATH (Debian package chromium)", allow_module_level=True)
if not AXE.exists():
    pytest.skip("no axe-core (npm ci --prefix tests/browser)", allow_module_level=True)

pytestmark = pytest.mark.slow

SLUG = "violina_blood_cancer"  # its network learns the drawn images without ImageNet's weights
# With fewer images or epochs it learns nothing.
RUN = ["--data", "phantom", "--seeds", "0", "-p", "image_size", "32"]
WIDTHS = {"desktop": 1440, "phone": 390}
PAGES = {"report": f"{SLUG}/report.html", "index": "index.html"}
QUIET = [  # a browser that asks nobody anything
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
PRINTED_PAGES = 15  # A4, at most, of a report with its sections open
MARGIN = 14 / 25.4 * 72  # points at the foot of a printed page, for its number
PAPER_WIDTH = 695  # pixels: A4 without its margins; for what is wider Chromium shrinks every page
SCREENS = 10  # of 900 pixels at 1440, at most, of a report as it opens


@pytest.fixture(scope="module")
def reports(checkout, offline_env, tmp_path_factory) -> Path:
    """The folder of reports after one small run: its own, since other files use that of the checkout."""
    folder = tmp_path_factory.mktemp("browser") / "reports"
    command = [sys.executable, "run_all.py", SLUG, *RUN, "--reports", str(folder)]
    process = subprocess.run(
        command, cwd=checkout, env=offline_env, capture_output=True, text=True, timeout=600
    )
    assert process.returncode == 0, process.stdout + process.stderr
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator:
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def opened(reports, browser) -> Iterator[Callable]:
    """Opens a page at a width; what the browser complains of and asks for is on it as a list."""
    contexts = []

    def open_page(name: str, width: int = 1440, scheme: str = "light", anchor: str = ""):
        viewport = {"width": width, "height": 900}
        context = browser.new_context(viewport=viewport, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.complaints, page.requests = [], []
        page.on("console", lambda message: page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("request", lambda request: page.requests.append(request.url))
        page.goto((reports / PAGES[name]).as_uri() + anchor)
        return page

    yield open_page
    for context in contexts:
        context.close()


def open_folds(page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")


def serious_findings(page) -> list[str]:
    """What axe-core finds serious or critical: rule, and the first places."""
    # Evaluated, not added as a script element: the page's own policy lets none in, which is right.
    page.evaluate(AXE.read_text(encoding="utf-8") + "; null")
    violations = page.evaluate("axe.run({resultTypes: ['violations']}).then(r => r.violations)")
    return [
        f"{violation['id']} × {len(violation['nodes'])}: {violation['nodes'][0]['html'][:160]}"
        for violation in violations
        if violation["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
@pytest.mark.parametrize("folds", ["closed", "open"])
def test_nothing_serious_keeps_anybody_from_reading(opened, name, width, folds):
    page = opened(name, width)
    if folds == "open":
        open_folds(page)
    assert serious_findings(page) == []


@pytest.mark.parametrize("name", PAGES)
def test_dark_pages_have_contrast_too(opened, name):
    page = opened(name, scheme="dark")
    open_folds(page)
    assert serious_findings(page) == []
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(map(int, background.strip("rgb()").split(", "))) < 80


def ground(picture) -> str:
    """The colour of a corner of a picture, as "#rrggbb"."""
    with Image.open(io.BytesIO(picture.screenshot())) as image:
        return "#{:02x}{:02x}{:02x}".format(*image.convert("RGB").getpixel((3, 3)))


@pytest.mark.parametrize(
    ("scheme", "media", "colour"),
    [
        ("light", "screen", "#ffffff"),
        ("dark", "screen", DARK_GROUND),
        ("dark", "print", "#ffffff"),
    ],
)
def test_drawings_follow_the_page_into_the_dark_and_print_stays_light(
    opened, scheme, media, colour
):
    page = opened("report", scheme=scheme)
    page.emulate_media(media=media, color_scheme=scheme)
    assert ground(page.locator(".summary figure img").first) == colour


@pytest.mark.parametrize(("light", "colour"), [("true", "#ffffff"), ("false", DARK_GROUND)])
def test_drawings_in_a_notebook_follow_its_theme_not_the_browsers(browser, light, colour):
    shown = picture(Figure(figsize=(2, 1)), "caption", "alt")._repr_html_()
    page = browser.new_page(color_scheme="dark" if light == "true" else "light")
    page.set_content(f'<body data-jp-theme-light="{light}">{shown}</body>')
    assert ground(page.locator("img")) == colour
    page.close()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_no_page_scrolls_sideways(opened, name, width):
    page = opened(name, width)
    measure = "document.documentElement.scrollWidth"
    closed = page.evaluate(measure)
    open_folds(page)
    assert (closed, page.evaluate(measure)) == (width, width)


@pytest.mark.parametrize("name", PAGES)
def test_the_browser_complains_of_nothing_and_asks_nobody(opened, name):
    page = opened(name)
    open_folds(page)
    page.emulate_media(media="print")
    assert page.complaints == []
    asked = [url for url in page.requests if not url.startswith(("file:", "data:", "blob:"))]
    assert asked == []


@pytest.mark.parametrize("name", PAGES)
def test_headings_go_down_one_level_at_a_time(opened, name):
    page = opened(name)
    open_folds(page)
    levels = page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => Number(h.tagName[1]))"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    steps = [after - before for before, after in pairwise(levels)]
    assert max(steps) <= 1


@pytest.mark.parametrize("name", PAGES)
def test_the_first_tab_leads_past_the_navigation(opened, name):
    page = opened(name)
    page.keyboard.press("Tab")
    target = page.evaluate("document.activeElement.getAttribute('href')")
    assert target.startswith("#")
    assert page.locator(f"main{target}, main {target}").count() == 1
    assert page.evaluate("document.activeElement.getBoundingClientRect().top >= 0")


@pytest.mark.parametrize("name", PAGES)
def test_every_table_has_a_caption_and_a_keyboard_reaches_what_scrolls(opened, name):
    page = opened(name, 390)
    open_folds(page)
    without = page.evaluate(
        "[...document.querySelectorAll('table')].filter(t => !t.caption).map(t => t.outerHTML.slice(0, 120))"
    )
    assert without == []
    unreachable = page.evaluate(
        """[...document.querySelectorAll('*')].filter(e => {
            const scrolls = ['auto', 'scroll'].includes(getComputedStyle(e).overflowX);
            return scrolls && e.scrollWidth > e.clientWidth + 1 && e.tabIndex < 0;
        }).map(e => e.outerHTML.slice(0, 120))"""
    )
    assert unreachable == []


def test_a_link_into_a_closed_section_opens_it(opened):
    page = opened("report")
    anchor = page.evaluate(
        """[...document.querySelectorAll('main details:not([open]) [id]')]
            .filter(e => /^H[3-4]|FIGURE|CAPTION/.test(e.tagName)).map(e => e.id)[0]"""
    )
    assert anchor
    linked = opened("report", anchor=f"#{anchor}")
    assert linked.locator(f"[id='{anchor}']").is_visible()
    page.evaluate(f"location.hash = '{anchor}'")
    page.wait_for_timeout(100)
    assert page.locator(f"[id='{anchor}']").is_visible()


def test_one_button_opens_and_closes_all_sections(opened):
    page = opened("report")
    sections = page.locator("main details.section")
    total = sections.count()
    assert 1 <= total <= 7
    is_open = "folds => folds.filter(fold => fold.open).length"
    assert sections.evaluate_all(is_open) == 0
    button = page.locator("button#unfold")
    button.click()
    assert sections.evaluate_all(is_open) == total
    button.click()
    assert sections.evaluate_all(is_open) == 0


def test_a_permalink_shows_at_its_figure(opened):
    page = opened("report")
    open_folds(page)
    link = page.locator("a.permalink").first
    link.focus()
    assert float(link.evaluate("link => getComputedStyle(link).opacity")) == 1
    assert page.locator(f"[id='{link.get_attribute('href')[1:]}']").count() == 1


def test_the_verdict_stays_in_view_on_a_phone(opened):
    page = opened("report", 390)
    boxes = page.locator(".summary td[data-column=Verdict]").evaluate_all(
        "cells => cells.map(cell => [cell.getBoundingClientRect().left, cell.getBoundingClientRect().right])"
    )
    assert boxes
    assert all(0 <= left < right <= 390 for left, right in boxes)


def test_wide_tables_keep_their_first_column_and_the_verdict_in_view_on_a_phone(opened):
    page = opened("report", 390)
    open_folds(page)
    cells = page.locator(".scroll > table tbody td:first-child, .scroll td:has(> .verdict)")
    boxes = cells.evaluate_all(
        "cells => cells.map(cell => [cell.getBoundingClientRect().left, cell.getBoundingClientRect().right])"
    )
    assert len(boxes) > 20
    assert [box for box in boxes if not -1 <= box[0] < box[1] <= 391] == []


def test_the_summary_fits_the_first_screen(opened):
    summary = opened("report").locator(".summary").bounding_box()
    assert summary["y"] + summary["height"] <= 900


def test_the_title_and_the_status_are_on_the_first_screen_of_a_phone(opened):
    page = opened("report", 390)
    for selector in ("h1", ".status"):
        box = page.locator(selector).first.bounding_box()
        assert box["y"] + box["height"] <= 900


def test_a_report_is_short_until_it_is_opened(opened):
    page = opened("report")
    words = "element => element.innerText.split(/\\s+/).length"
    assert page.locator("main").evaluate(words) <= 2000
    screens = page.evaluate("document.documentElement.scrollHeight") / 900
    assert screens <= SCREENS
    page.locator("button#unfold").click()
    assert page.locator("main").evaluate(words) <= 7000


def printed(page):
    """The page as a PDF, with all its headings in the outline."""
    options = {"prefer_css_page_size": True, "outline": True, "tagged": True}
    return pypdfium2.PdfDocument(page.pdf(format="A4", **options))


def lonely_headings(document) -> list[str]:
    """Those below which their page holds nothing."""
    lonely = []
    for heading in document.get_toc():
        place = heading.get_dest()
        _, (_, top, _) = place.get_view()
        sheet = document[place.get_index()]
        corners = {"left": 0, "bottom": MARGIN, "right": sheet.get_width(), "top": top + 2}
        from_there = sheet.get_textpage().get_text_bounded(**corners)
        squeezed = [re.sub(r"\s", "", text) for text in (from_there, heading.get_title())]
        if squeezed[0] in squeezed[1]:
            lonely.append(heading.get_title())
    return lonely


@pytest.mark.parametrize("heading", ["Leaks", "Provenance"])  # before text, before a list
def test_a_heading_at_the_foot_of_a_page_goes_over_to_the_next(opened, heading):
    page = opened("report")
    outline = printed(page).get_toc()
    place = next(item.get_dest() for item in outline if item.get_title() == heading)
    _, (_, top, _) = place.get_view()
    room = top - MARGIN - 25  # points above it, so that nothing else finds a place below it
    title = page.locator("main h3", has_text=re.compile(f"^{heading}"))
    title.evaluate("(title, points) => { title.style.marginTop = `${points}pt` }", room)
    document = printed(page)
    assert lonely_headings(document) == []
    moved = next(item.get_dest() for item in document.get_toc() if item.get_title() == heading)
    assert moved.get_index() == place.get_index() + 1


def test_print_opens_the_sections_on_few_pages(opened):
    page = opened("report")
    document = printed(page)
    assert 2 <= len(document) <= PRINTED_PAGES
    assert len(list(document.get_toc())) > 20
    assert lonely_headings(document) == []
    page.emulate_media(media="print")
    page.set_viewport_size({"width": PAPER_WIDTH, "height": 1000})
    assert page.evaluate("document.documentElement.scrollWidth") == PAPER_WIDTH
    content = page.locator("main details.section > :not(summary)").first
    assert content.is_visible()


def test_the_table_of_all_models_can_be_sorted_and_filtered(opened):
    page = opened("index")
    table = page.locator("table#models")
    heads = table.locator("th button")
    assert heads.count() >= 3
    heads.nth(1).click()
    assert table.locator("th[aria-sort]").count() == 1
    rows = table.locator("tbody tr")
    total = rows.count()
    page.locator("input[type=search]").fill("no such model")
    assert rows.evaluate_all("rows => rows.filter(row => row.offsetParent).length") == 0
    page.locator("input[type=search]").fill("")
    assert rows.evaluate_all("rows => rows.filter(row => row.offsetParent).length") == total
