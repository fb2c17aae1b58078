"""The Explain page in Debian's Chromium: a planted shortcut found by following the page, and the part of a sound that counts."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from browsing import Server
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def page(page: Page, server: Server) -> Page:
    """A new visitor, who opened this page."""
    page.goto(f"{server.url}/explain")
    return page


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()


def run_in(url: str) -> list[str]:
    return parse_qs(urlsplit(url).query).get("run", [])


def explained(page: Page, preset: str, steps: int) -> None:
    """The page with a preset whose run has ended its budget, and its newest step explained."""
    expect(page.get_by_role("heading", name=re.compile("at step"))).to_be_visible()
    before = run_in(page.url)
    choose(page, "Preset", preset)
    page.wait_for_url(lambda url: run_in(url) != before)
    expect(page.get_by_text(f"Made all {steps} steps")).to_be_visible()
    expect(page.get_by_role("heading", name=f"at step {steps}")).to_be_visible()


def sentences(page: Page) -> str:
    return " ".join(page.locator('[data-testid="stMarkdown"] li').all_inner_texts())


def test_a_planted_shortcut_is_found_by_following_the_page(page):
    explained(page, "Digits: is it honest?", 600)
    page.get_by_role("button", name="Next wrong").click()
    expect(page.get_by_text(re.compile("lies on the planted shortcut"))).to_be_visible()
    said = sentences(page)
    assert re.search(r"the answer '3'", said), "what is answered wrong is taken for a 3"
    share, covers = map(int, re.search(r"(\d+) % of it lies on the planted shortcut, which covers (\d+) %", said).groups())
    assert share > covers
    expect(page.get_by_role("heading", name=re.compile("On trial"))).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("Deletion and insertion"))).to_be_visible()
    choose(page, "Explain by", "Taking away")
    choose(page, "Method", "Occlusion")
    expect(page.get_by_role("heading", name="Occlusion at step 600")).to_be_visible()
    choose(page, "Explain by", "Many examples")
    page.get_by_role("button", name="Work it out").click()
    expect(page.get_by_text(re.compile(r"what counts most is row [67], column [67] of 8 x 8"))).to_be_visible()


def test_the_part_of_a_sound_that_counts_can_be_heard(page):
    explained(page, "Spoken vowels", 400)
    players = page.locator("audio")
    expect(players).to_have_count(2)
    lengths = [
        players.nth(i).evaluate(
            "one => new Promise(done => one.readyState ? done(one.duration) : one.onloadedmetadata = () => done(one.duration))"
        )
        for i in range(2)
    ]
    assert lengths[0] == pytest.approx(lengths[1])
    assert lengths[0] > 0.1


def test_the_way_to_look_inside_and_back_keeps_the_example(page):
    expect(page.get_by_role("heading", name=re.compile("at step"))).to_be_visible()
    number = page.get_by_role("spinbutton", name="Number", exact=True)
    number.fill("7")
    number.press("Enter")
    expect(page.get_by_text(re.compile("for test example 7 "))).to_be_visible()
    page.get_by_role("button", name="Look inside").click()
    page.wait_for_url(re.compile("/inside"))
    expect(page.get_by_role("heading", name=re.compile("at step"))).to_be_visible()
    choose(page, "Question", "Activations")
    expect(page.get_by_text(re.compile("test example 7")).first).to_be_visible()
    page.get_by_role("button", name="Explain").click()
    page.wait_for_url(re.compile("/explain"))
    expect(page.get_by_text(re.compile("for test example 7 "))).to_be_visible()


def test_a_reload_and_a_link_ask_the_same_and_back_does_not_go_through_every_example(page):
    expect(page.get_by_role("heading", name=re.compile("at step"))).to_be_visible()
    choose(page, "Explain by", "Gradients")
    choose(page, "Method", "Saliency")
    expect(page.get_by_role("heading", name=re.compile("Saliency at step"))).to_be_visible()
    pages = page.evaluate("history.length")
    number = page.get_by_role("spinbutton", name="Number", exact=True)
    for _ in range(4):
        number.press("ArrowUp")
    expect(page.get_by_text("test example 4").first).to_be_visible()
    page.wait_for_url(re.compile("[?&]q="))
    expect(number).to_have_value("4")
    assert page.evaluate("history.length") == pages
    page.reload()
    expect(page.get_by_role("heading", name=re.compile("Saliency at step"))).to_be_visible()
    expect(number).to_have_value("4")
    expect(page.get_by_text("test example 4").first).to_be_visible()
