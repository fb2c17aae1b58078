"""The Look inside page in Debian's Chromium: one weight followed from the loss to its update, with the numbers as they are drawn."""

from __future__ import annotations

import re

import pytest
from browsing import Server, wait
from playwright.sync_api import Page, expect
from test_time_machine_browser import SPIRAL, Machine

from explorer.experiment import Experiment, preset

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DRAWN = """title => {
  const headings = [...document.querySelectorAll('[data-testid="stMarkdown"], [role="tab"]')];
  const heading = headings.find((one) => one.textContent.trim() === title);
  const plots = [...document.querySelectorAll('.js-plotly-plot')];
  const plot = plots.find((one) => heading && heading.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING);
  return (plot?._fullData ?? []).map(({ name, x, y }) => [name, Array.from(x), Array.from(y)]);
}"""


FIELD = """number => {
  const plot = [...document.querySelectorAll('.js-plotly-plot')].find((one) => one._fullLayout?.meta === 'cells');
  if (!plot) return null;
  const { x, y, customdata } = plot._fullData.at(-1), { xaxis, yaxis } = plot._fullLayout, { left, top } = plot.getBoundingClientRect();
  const at = [left + xaxis._offset + xaxis.c2p(x[number]), top + yaxis._offset + yaxis.c2p(y[number])];
  return [at, Array.from(customdata[number])];
}"""
SLOWLY = """() => {
  const { fetch } = window;
  window.fetch = async (...asked) => {
    if (/film\\/\\d+/.test(String(asked[0]))) await new Promise((done) => setTimeout(done, 250));
    return fetch(...asked);
  };
}"""  # a film that lasts long enough for figures that take seconds


class Inside:
    """The Look inside page of a run that rests."""

    def __init__(self, page: Page, server: Server, experiment: Experiment = SPIRAL, recorded: int = 8) -> None:
        self.page = page
        self.machine = Machine(page, server, experiment)
        self.machine.recorded(least=recorded)
        page.get_by_role("button", name="Look inside").click()
        wait(page, lambda: "inside" in page.url and self.machine.step > 0 and self.machine.last >= recorded)

    def choose(self, label: str, option: str) -> None:
        self.page.get_by_test_id("stSidebar").get_by_role("combobox", name=label).click()
        self.page.get_by_role("option", name=option, exact=True).click()

    def ask(self, group: str, question: str) -> None:
        if group not in self.page.get_by_test_id("stSidebar").get_by_role("combobox", name="Look at").input_value():
            self.choose("Look at", group)
        self.choose("Question", question)

    def answered(self, question: str, step: int | str) -> None:
        expect(self.page.get_by_role("heading", name=f"{question} at step {step}", exact=True)).to_be_visible()

    def words(self) -> str:
        return self.page.get_by_test_id("stMain").inner_text()

    def drawn(self, title: str) -> dict[str, tuple[list[float], list[float]]]:
        """Name of each line of a figure -> where its points are."""
        found: list = []
        wait(self.page, lambda: found.extend(self.page.evaluate(DRAWN, title)) or bool(found))
        return {name: (x, y) for name, x, y in found}


def test_one_weight_is_followed_from_the_loss_to_its_update_and_is_what_was_said_a_step_later(page, server):
    inside = Inside(page, server)
    step = int(inside.machine.scrub(3))
    inside.ask("Gradients", "Backpropagation")
    box = page.get_by_role("spinbutton", name="Example")
    box.fill("-1")
    box.press("Enter")
    inside.answered("Backpropagation", step)
    expect(page.get_by_text(re.compile("the loss of the next batch of 10 examples"))).to_be_visible()
    said = re.search(r"If weight (\d+, \d+) of (.+?), now (\S+), grows .* changes (\S+) times as much", inside.words())
    place, target, value, gradient = said[1], said[2], float(said[3]), float(said[4])

    def products() -> list[float]:
        ((_, heights),) = inside.drawn("The products that make the gradient").values()
        return heights

    wait(page, lambda: sum(products()) == pytest.approx(gradient, rel=1e-3))  # figures are drawn a little after the words
    assert len(products()) == 10

    inside.ask("Gradients", "Optimiser")
    inside.answered("Optimiser", step)
    assert f"weight {place} of {target} goes from" in inside.words()
    assert page.get_by_role("textbox", name="Place").input_value() == place
    steps, path = inside.drawn("Where the weight goes")["weight"]
    assert steps[:2] == [step, step + 1]
    assert path[0] == pytest.approx(value, rel=1e-4)
    slopes = inside.drawn("Gradient and its averages")
    assert slopes["gradient"][1][0] == pytest.approx(gradient, rel=1e-3)
    (change,) = inside.drawn("The change it makes").values()
    assert path[0] + change[1][0] == pytest.approx(path[1], rel=1e-6)

    inside.machine.slider.press("ArrowRight")
    wait(page, lambda: inside.machine.past == str(step + 1))
    inside.answered("Optimiser", step + 1)
    wait(page, lambda: inside.drawn("Where the weight goes")["weight"][0][0] == step + 1)
    assert inside.drawn("Where the weight goes")["weight"][1][0] == pytest.approx(path[1], rel=1e-5)


def test_figures_follow_while_the_film_plays_and_end_at_its_last_step(page, server):
    inside = Inside(page, server, recorded=60)
    heading = page.get_by_role("heading", name=re.compile(r" at step "))
    last = heading.inner_text()
    seen = [last]

    def over() -> bool:
        now = heading.inner_text() if heading.count() == 1 else seen[-1]
        if now != seen[-1]:
            seen.append(now)
        return page.get_by_role("button", name="Play the film").count() == 1

    page.evaluate(SLOWLY)
    inside.machine.press("Play the film")
    wait(page, lambda: not over())
    wait(page, over)
    assert len(set(seen) - {last}) >= 2  # not the beginning alone
    steps = [int(one.rpartition(" ")[2].replace(",", "")) for one in seen[1:]]
    assert steps == sorted(steps)
    inside.answered("Activation histogram", f"{inside.machine.step:,}")


def test_a_pressed_field_of_a_feature_map_opens_the_convolution_on_that_number(page, server):
    inside = Inside(page, server, preset("inside_digits").experiment)
    step = inside.machine.scrub(3)
    inside.ask("Activations", "Activations")
    inside.answered("Activations", step)
    page.get_by_text("Press a field").scroll_into_view_if_needed()
    pressed: list = []
    wait(page, lambda: pressed.extend(page.evaluate(FIELD, 100) or []) or bool(pressed))
    (x, y), (_, unit, row, column, value) = pressed
    page.mouse.move(x, y)
    expect(page.locator(".hoverlayer .hovertext").first).to_contain_text(f"unit {unit:.0f}, row {row:.0f}, column {column:.0f}")
    page.mouse.click(x, y)
    inside.answered("Convolution under the glass", step)
    words = page.get_by_text(re.compile(rf"unit {unit:.0f} at row {row:.0f}, column {column:.0f}: the filter lies over"))
    expect(words).to_be_visible()
    said = re.search(r"with the bias \S+ that is (\S+)\.\n", inside.words())
    assert said
    assert float(said[1]) == pytest.approx(value, abs=2e-3, rel=6e-3)


def test_an_answer_about_the_newest_step_is_asked_anew_once_the_run_rests_there(page, server):
    inside = Inside(page, server)
    inside.ask("Weights", "Weights")
    inside.answered("Weights", f"{inside.machine.step:,}")
    step = inside.machine.step + 1
    page.get_by_role("button", name="Step", exact=True).click()
    wait(page, lambda: inside.machine.step == step)
    inside.answered("Weights", f"{step:,}")
