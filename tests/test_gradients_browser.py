"""Vanishing gradients in Debian's Chromium, on the app as it is: seen, followed back to the first step, and cured by hand."""

from __future__ import annotations

import re

import pytest
from browsing import wait
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WATCHED = 30  # steps that the cured network makes before the eyes of the visitor


def workbench(page: Page, fact: str) -> str:
    return page.get_by_test_id("workbench").get_attribute(f"data-{fact}") or ""


def headline(page: Page):
    return page.get_by_role("heading", name="first layer's gradient")


def measured_step(page: Page) -> int:
    found = re.search(r"Step ([\d,]+)", headline(page).inner_text())
    return int(found[1].replace(",", "")) if found else -1


def test_a_vanishing_gradient_is_seen_and_cured(page, server):
    page.goto(f"{server.url}/gradients")
    expect(headline(page)).to_contain_text("1/10")
    expect(page.get_by_text("It vanishes on the way back")).to_be_visible()
    expect(page.get_by_text("Pale is healthy")).to_be_visible()
    wait(page, lambda: measured_step(page) > 0)

    page.get_by_role("button", name="Pause", exact=True).click()
    page.get_by_label("Recorded step", exact=True).fill("0")
    wait(page, lambda: measured_step(page) == 0)

    vanished = workbench(page, "run")
    page.get_by_role("button", name="ReLU and He weights").click()
    wait(page, lambda: workbench(page, "run") not in ("", vanished))
    wait(page, lambda: workbench(page, "state") == "paused")  # as the run before it was
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.get_by_text("It arrives: no layer is cut off")).to_be_visible()
    expect(page.get_by_text("12 Sigmoid, Xavier uniform (before)").first).to_be_visible()
    wait(page, lambda: int(workbench(page, "step") or 0) > WATCHED)
    drawn = page.evaluate("() => document.querySelector('.js-plotly-plot').data.map(line => line.name)")
    assert set(drawn) == {"12 ReLU, Kaiming normal", "12 Sigmoid, Xavier uniform (before)"}
