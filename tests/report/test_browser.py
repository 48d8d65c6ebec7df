"""The report in a real browser; skipped where there is no Chromium."""

import json

import pytest

PHONE = 360


@pytest.fixture(scope="module")
def browser(chromium):
    with chromium.Chromium() as browser:
        yield browser


@pytest.fixture
def open_page(browser, page_file):
    """A fresh page; nothing may complain in its console."""
    browser.console.clear()
    browser.resize(1280, 900)
    browser.prefer()
    browser.open(page_file)
    yield browser
    assert browser.console == []


def clicked(browser, selector):
    browser.value(f"document.querySelector({selector!r}).click()")


def test_the_page_hears_itself(browser, page_file):
    browser.console.clear()
    browser.open(page_file, "#selftest")
    found = json.loads(browser.until("document.documentElement.dataset.selftest"))
    assert "error" not in found, found
    assert found["decks"] > 4
    assert found["lengthsDiffer"] == 0
    assert found["silent"] == 0
    assert found["switchError"] < 1e-6  # before the switch and 0.1 s after it
    for heard, wanted in found["seconds"]:
        assert heard == pytest.approx(wanted, abs=0.06)  # an MP3 frame is 0.072 s at 8 kHz
    assert found["state"] == "running"
    assert found["position"] > 0
    assert browser.console == []


@pytest.mark.parametrize("width", [PHONE, 768, 1280])
def test_nothing_is_wider_than_the_screen(open_page, width):
    open_page.resize(width, 800)
    for open_all in ("false", "true"):
        open_page.value(
            f"for (const d of document.querySelectorAll('details')) d.open = d.open || {open_all}"
        )
        assert open_page.value("document.documentElement.scrollWidth") <= width


def test_a_second_is_read_by_keys(open_page):
    open_page.value("document.querySelector('details[open] .strip').focus()")
    open_page.press("ArrowRight")
    open_page.press("ArrowRight")
    now = "document.activeElement.getAttribute('aria-valuenow')"
    assert open_page.value(now) == "2"
    said = open_page.value("document.activeElement.getAttribute('aria-valuetext')")
    assert said.startswith("0:02 · vocals · ")
    assert open_page.value("document.querySelector('details[open] output').textContent") == said
    open_page.press("End")
    last = open_page.value("Number(document.activeElement.getAttribute('aria-valuemax'))")
    assert open_page.value(f"Number({now})") == last
    open_page.press("Home")
    open_page.press("Enter")
    assert open_page.until("playing && playing.voices ? playing.deck.stem : ''") == "vocals"
    open_page.value("playing.pause()")


def test_tab_reaches_every_control_and_shows_where_it_is(open_page):
    seen = []
    for _ in range(60):
        open_page.press("Tab")
        seen.append(
            open_page.value("(e => e.className || e.id || e.tagName)(document.activeElement)")
        )
        if seen[-1] == "play":
            break
    assert "skip" in seen
    assert "theme" in seen
    assert "strip" in seen
    assert seen[-1] == "play"
    style = "getComputedStyle(document.activeElement).outlineStyle"
    assert open_page.value(style) == "solid"


def test_a_click_plays_there_and_the_source_is_switched_while_it_sounds(open_page):
    clicked(open_page, ".moment .play")
    open_page.until("playing && playing.voices && playing.position() > 0.1")
    before = open_page.value("playing.startedAt")
    clicked(open_page, ".moment fieldset input[value=reference]")
    assert open_page.value("playing.source") == "reference"
    assert open_page.value("playing.startedAt") == before  # nothing was started anew
    shown = "document.querySelector('.moment figure.on').dataset.source"
    assert open_page.value(shown) == "reference"
    clicked(open_page, ".moment .play")
    assert open_page.value("playing") is None


def test_one_player_at_a_time(open_page):
    for n in (0, 1):
        open_page.value(f"document.querySelectorAll('.moment .play')[{n}].click()")
        open_page.until("playing && playing.voices")
    pressed = "[...document.querySelectorAll('.moment .play b')].map(b => b.textContent)"
    assert open_page.value(pressed)[:2] == ["Play", "Pause"]
    open_page.value("playing.pause()")


def test_causes_can_be_chosen(open_page):
    every = open_page.value("document.querySelectorAll('.moment').length")
    open_page.value("document.querySelectorAll('.filter button')[1].click()")
    left = open_page.value(
        "[...document.querySelectorAll('.moment:not([hidden])')].map(e => e.dataset.cause)"
    )
    assert 0 < len(left) < every
    assert len(set(left)) == 1


def test_the_timeline_zooms_and_keeps_its_middle(open_page):
    song = "document.querySelector('[data-song=\"long song\"]')"
    open_page.value(f"{song}.open = true")
    wide, box = f"{song}.querySelector('.wide').offsetWidth", f"{song}.querySelector('.strips')"
    before = open_page.value(wide)
    for _ in range(2):
        open_page.value(f"{song}.querySelector('[data-zoom=in]').click()")
    assert open_page.value(wide) == pytest.approx(4 * before, rel=0.01)
    middle = open_page.value(f"({box}.scrollLeft + {box}.clientWidth / 2) / {wide}")
    assert middle == pytest.approx(0.5, abs=0.01)
    open_page.value(f"{song}.querySelector('[data-zoom=all]').click()")
    assert open_page.value(wide) == before


def test_where_no_sound_is_kept_it_is_said_or_nothing_is_offered(open_page):
    song = "document.querySelector('[data-song=\"long song\"]')"
    open_page.value(
        f"{song}.open = true; (strip => strip.dispatchEvent(new MouseEvent('click', {{ clientX:"
        " strip.getBoundingClientRect().left + strip.offsetWidth / 2 })))"
        f"({song}.querySelector('.strip'))"
    )
    assert open_page.value(f"{song}.querySelector('output').textContent")[:4] in ("0:59", "1:00")
    assert open_page.value(f"{song}.querySelector('.player').hidden")


def test_the_theme_follows_the_system_until_it_is_chosen(open_page):
    paper = "getComputedStyle(document.body).backgroundColor"
    light = open_page.value(paper)
    open_page.prefer(scheme="dark")
    dark = open_page.value(paper)
    assert light != dark
    clicked(open_page, "#theme")  # light
    assert open_page.value(paper) == light
    clicked(open_page, "#theme")  # dark
    open_page.prefer(scheme="light")
    assert open_page.value(paper) == dark
    clicked(open_page, "#theme")
    assert open_page.value(paper) == light


def test_on_paper_there_are_figures_and_no_buttons(open_page):
    open_page.prefer(media="print")
    shown = "[...document.querySelectorAll('{}')].filter(e => e.offsetParent).length"
    assert open_page.value(shown.format("button, nav, .player")) == 0
    assert open_page.value(shown.format(".moment, table.scores, .strip")) > 5


def test_without_scripts_the_figures_are_there_and_it_is_said_what_is_not(browser, page_file):
    browser.prefer()
    browser.send("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(page_file)
        text = browser.value("document.body.innerText")
        assert "Scripts are off" in text
        assert "Worst seconds" in text
        shown = "[...document.querySelectorAll('.player, .zoom')].filter(e => e.offsetParent)"
        assert browser.value(f"{shown}.length") == 0
    finally:
        browser.send("Emulation.setScriptExecutionDisabled", value=False)


def test_a_hostile_name_is_text(open_page, hostile):
    names = "[...document.querySelectorAll('details.song')].map(e => e.dataset.song)"
    assert hostile in open_page.value(names)
    assert open_page.value("document.querySelectorAll('script:not([id])').length") == 1


def test_every_control_has_a_name(open_page):
    nameless = """[...document.querySelectorAll("button, input, summary, [role], img")].filter(e =>
        !(e.textContent.trim() || e.getAttribute("aria-label") || e.getAttribute("alt")
          || e.closest("label")?.textContent.trim())).map(e => e.outerHTML.slice(0, 80))"""
    assert open_page.value(nameless) == []


def test_text_stands_out_from_its_ground(open_page):
    """WCAG 2.2, 1.4.3: a contrast of 4.5 in light and dark."""
    contrast = """(() => {
      const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
      const light = (colour) => {
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((v) => v / 255)
          .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
      };
      const style = getComputedStyle;
      const ground = (e) => {
        const colour = style(e).backgroundColor;
        return colour === "rgba(0, 0, 0, 0)" ? ground(e.parentElement) : colour;
      };
      return ["body", ".sub", "nav a", ".quiet", ".facts", "thead th", ".moment .why", "small",
              ".player input:checked + span", "button"].map((selector) => {
        const e = document.querySelector(selector);
        const [a, b] = [light(style(e).color), light(ground(e))].sort((x, y) => y - x);
        return [selector, a / b];
      });
    })()"""
    for scheme in ("light", "dark"):
        open_page.prefer(scheme=scheme)
        for selector, ratio in open_page.value(contrast):
            assert ratio >= 4.5, (scheme, selector)
