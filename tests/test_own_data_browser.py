"""Files brought in Debian's Chromium: looked at, used, trained on; found after a reload; and hostile ones that end in a sentence."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from browsing import Server, wait
from ingest_files import csv_of, zip_of
from playwright.sync_api import Page, expect
from test_own_data_page import FILES

from explorer.experiment import Experiment

pytestmark = [pytest.mark.browser, pytest.mark.slow]

USE, BUILD = "Use these data", "Build a network for it"
BOMB = zip_of({f"a/{number}.txt": b"0" * 20_000_000 for number in range(8)})
HOSTILE = {
    "archive.rar": (b"Rar!" + b"x" * 90, "is a RAR archive, which is not read here"),
    "bomb.zip": (BOMB, "times its size"),
    "empty.csv": (b"", "This file is empty"),
    "model.pkl": (b"\x80\x04" + b"x" * 90, "Pickles hold programs and are never opened"),
}


@pytest.fixture
def page(page: Page, server: Server) -> Page:
    """A new visitor, who is about to bring something."""
    page.goto(f"{server.url}/data")
    page.get_by_test_id("stSidebar").get_by_text("Your own", exact=True).click()
    page.get_by_text("Bring your own data").wait_for()
    return page


def bring(page: Page, folder: Path, name: str, data: bytes) -> None:
    (folder / name).write_bytes(data)
    page.locator("input[type=file]").first.set_input_files(folder / name)


def on_page(page: Page) -> Experiment:
    return Experiment.from_url(parse_qs(urlsplit(page.url).query)["x"][0])


@pytest.mark.parametrize("kind", FILES)
def test_a_file_is_looked_at_used_and_trained_on(page, tmp_path, kind):
    name, data = FILES[kind]
    bring(page, tmp_path, name, data)
    page.get_by_role("button", name=USE).click()
    page.get_by_role("button", name=BUILD).click()
    page.get_by_role("button", name="Play", exact=True).click()
    wait(page, lambda: int(page.get_by_test_id("workbench").get_attribute("data-step") or 0) > 5)
    assert on_page(page).data.kind == kind


def test_after_a_reload_the_data_are_in_use_and_in_the_list(page, tmp_path):
    bring(page, tmp_path, "fruit.csv", FILES["own_table"][1])
    page.get_by_role("button", name=USE).click()
    page.get_by_role("button", name=BUILD).wait_for()
    bring_again = page.get_by_role("button", name="Bring other data")
    bring_again.click()
    page.get_by_text("Bring your own data").wait_for()
    bring(page, tmp_path, "prices.csv", FILES["own_table_number"][1])
    page.get_by_role("button", name=USE).wait_for()
    page.reload()
    expect(page.get_by_role("heading", name="fruit.csv")).to_be_visible()
    sidebar = page.get_by_test_id("stSidebar")
    expect(sidebar.get_by_text("prices.csv")).to_be_visible()
    expect(sidebar.get_by_text("fruit.csv")).to_be_visible()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_ends_in_a_sentence(page, tmp_path, name):
    data, words = HOSTILE[name]
    bring(page, tmp_path, name, data)
    expect(page.get_by_test_id("stAlert").get_by_text(words)).to_be_visible()
    expect(page.get_by_role("button", name=USE)).to_have_count(0)
    expect(page.get_by_text("Nothing yet.")).to_be_visible()


def test_gaps_are_told_and_words_of_the_file_stay_words(page, tmp_path):
    lines = (f"{n},{n % 5},<b>{n}</b>,{'ab'[n % 2]}" for n in range(40))
    bring(page, tmp_path, "evil.csv", csv_of("=1+1,<script>alert(1)</script>,![x](http://127.0.0.1:9/x.png),class", *lines, "nan,inf,,a"))
    page.get_by_text("What is wrong with them").wait_for()
    assert page.locator("img[src*='127.0.0.1:9']").count() == 0
    page.get_by_role("button", name=USE).click()
    page.get_by_role("button", name=BUILD).wait_for()
    assert page.locator("img[src*='127.0.0.1:9']").count() == 0


def test_what_is_removed_is_gone(page, tmp_path):
    bring(page, tmp_path, "fruit.csv", FILES["own_table"][1])
    page.get_by_role("button", name=USE).click()
    page.get_by_role("button", name=BUILD).wait_for()
    page.get_by_role("button", name="Remove", exact=True).click()
    page.get_by_role("button", name="Remove them").click()
    expect(page.get_by_text("Nothing yet.")).to_be_visible()
    assert not on_page(page).data.upload
