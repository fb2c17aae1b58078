"""The time machine in Debian's Chromium, on the app as it is: scrub, film, marks, branches, damage, and a run that is rescued."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from browsing import Server, wait
from playwright.sync_api import Locator, Page, expect
from test_ui_browser import link, steps

from explorer.experiment import Experiment, changed
from explorer.runs import film, lens

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SPIRAL = Experiment.preset("spiral")
OBSERVED = """bench => {
  window.seen = [];
  const see = () => { if (bench.dataset.past && bench.dataset.past !== String(window.seen.at(-1))) window.seen.push(+bench.dataset.past); };
  new MutationObserver(see).observe(bench, { attributes: true, attributeFilter: ["data-past"] });
}"""


def calm(rate: float) -> Experiment:
    """A network of ReLUs under plain gradient descent: well at a small rate, broken at once by a large one."""
    experiment = changed(Experiment.preset("bumps"), "training.optimizer", {"kind": "sgd", "learning_rate": rate})
    for place, name in ((1, "relu_1"), (3, "relu_2")):
        experiment = changed(experiment, f"networks.model.layers.{place}", {"kind": "relu", "id": name})
    return experiment


class Machine:
    """A run on its page, and the controls of its past."""

    def __init__(self, page: Page, server: Server, experiment: Experiment = SPIRAL) -> None:
        self.page, self.server = page, server
        page.goto(f"{server.url}/?x={experiment.to_url()}")
        wait(page, lambda: self.run and self.step > 0)

    @property
    def run(self) -> str:
        return self.fact("run") if self.page.get_by_test_id("workbench").count() else ""

    @property
    def step(self) -> int:
        return int(self.fact("step") or -1)

    @property
    def past(self) -> str:
        return self.fact("past")

    @property
    def slider(self) -> Locator:
        return self.page.get_by_label("Recorded step", exact=True)

    @property
    def last(self) -> int:
        """Place of the newest recorded step the slider knows."""
        return int(self.slider.get_attribute("max") or 0)

    @property
    def folder(self) -> Path:
        return self.server.folder / "home" / "runs" / self.run

    def fact(self, name: str) -> str:
        return self.page.get_by_test_id("workbench").get_attribute(f"data-{name}") or ""

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def recorded(self, least: int) -> None:
        """Train until so many steps are recorded, and rest."""
        wait(self.page, lambda: self.last >= least)
        self.press("Pause")
        wait(self.page, lambda: self.fact("state") == "paused")
        wait(self.page, lambda: [shot.step for shot in film.shots(self.folder)][-1] == self.step)
        wait(self.page, lambda: self.last == len(film.shots(self.folder)) - 1)

    def scrub(self, place: int) -> str:
        """To the recorded step at this place; returns which."""
        before = self.past
        self.slider.fill(str(place))
        wait(self.page, lambda: self.past not in ("", before) or self.page.locator(".tick.broken").count())
        return self.past


def test_back_to_any_step_and_to_now_again(page, server):
    machine = Machine(page, server)
    machine.recorded(least=8)
    now, picture = machine.step, machine.fact("picture")
    curve = page.get_by_role("img", name="Loss over the steps")
    curves = {curve.screenshot()}
    seen = {}
    for place in (0, machine.last // 2, machine.last - 1):
        step = machine.scrub(place)
        seen[step] = machine.fact("picture")
        wait(page, lambda: curve.screenshot() not in curves)  # the line that says which step is seen stands elsewhere each time
        curves.add(curve.screenshot())
        expect(page.locator(".moment")).to_have_text(f"step {int(step):,}, looking back")
        assert machine.step == int(step)
    assert len(set(seen.values()) | {picture}) == 4
    machine.press("Now")
    expect(page.locator(".moment")).to_have_text("now")
    wait(page, lambda: steps(page) == now)


def test_the_keyboard_goes_from_step_to_step(page, server):
    machine = Machine(page, server)
    machine.recorded(least=8)
    first = machine.scrub(2)
    machine.slider.press("ArrowRight")
    wait(page, lambda: machine.past != first)
    later = machine.past
    assert int(later) > int(first)
    machine.slider.press("ArrowLeft")
    wait(page, lambda: machine.past == first)
    machine.slider.press("Home")
    wait(page, lambda: machine.past == "0")


def test_the_film_plays_from_the_beginning_to_the_end_while_the_run_rests(page, server):
    machine = Machine(page, server)
    machine.recorded(least=8)
    page.get_by_test_id("workbench").evaluate(OBSERVED)
    machine.press("Play the film")
    wait(page, lambda: machine.past not in ("", "0"))
    expect(page.get_by_role("button", name="Play the film")).to_be_visible()
    wait(page, lambda: machine.past == str(machine.step))
    seen = page.evaluate("window.seen")
    assert len(seen) > 2
    assert seen == sorted(seen)
    assert machine.slider.input_value() == str(machine.last)
    assert machine.fact("state") == "paused"


def test_a_changed_setting_is_a_mark_that_the_slider_jumps_to(page, server):
    machine = Machine(page, server)
    wait(page, lambda: machine.last >= 5)
    page.get_by_role("slider", name="Learning rate").press("ArrowRight")
    tick = page.locator(".tick[aria-label*='learning rate']")
    wait(page, lambda: tick.count() == 1)
    said = tick.get_attribute("aria-label") or ""
    step = int(re.search(r"step (\d+): learning rate 0\.01 ", said)[1])
    machine.recorded(least=8)
    tick.dispatch_event("click")
    wait(page, lambda: machine.past != "")
    recorded = [shot.step for shot in film.shots(machine.folder)]
    assert int(machine.past) == min(recorded, key=lambda one: abs(one - step))
    best = page.locator(".tick[aria-label*='best']")
    expect(best).to_have_count(1)
    machine.press("Mark before")
    machine.press("Next mark")


def test_a_branch_is_another_run_with_the_same_past_and_the_other_future_in_view(page, server):
    machine = Machine(page, server)
    machine.recorded(least=8)
    first, step = machine.run, machine.scrub(4)
    with page.expect_response(lambda answer: f"/nx/runs/{first}/curve" in answer.url and answer.ok) as other:
        machine.press("Branch from here")
        wait(page, lambda: machine.run != first)
    assert max(other.value.json()["step"]) > int(step)
    wait(page, lambda: machine.past == "" and machine.step == int(step))
    assert link(page)[1] == machine.run
    assert [shot.step for shot in film.shots(machine.folder)][-1] == int(step)
    machine.press("Play")
    wait(page, lambda: machine.step > int(step) + 20)


def test_a_damaged_snapshot_is_marked_and_said_and_costs_no_other(page, server):
    machine = Machine(page, server)
    machine.recorded(least=8)
    machine.scrub(0)
    place = 5
    shot = film.shots(machine.folder)[place]
    path = machine.folder / film.FOLDER / shot.name
    path.write_bytes(path.read_bytes()[:-3])
    for seen in (machine.folder / lens.FOLDER).glob(f"{shot.step}-*"):
        seen.unlink()
    machine.slider.fill(str(place))
    expect(page.locator(".tick.broken")).to_have_count(1)
    expect(page.locator(".moment")).to_have_text(f"The snapshot of step {shot.step} is damaged. Choose a step beside it.")
    machine.slider.fill(str(place + 1))
    wait(page, lambda: int(machine.past or 0) > shot.step)
    expect(page.locator(".moment")).to_contain_text("looking back")


def test_the_room_for_steps_is_changed_and_kept(page, server):
    machine = Machine(page, server)
    wait(page, lambda: machine.last >= 3)
    page.get_by_label("Room for recorded steps").select_option("16")
    bound = machine.folder / film.FOLDER / film.BOUND
    wait(page, lambda: bound.exists() and bound.read_text() == str(16 << 20))
    page.reload()
    wait(page, lambda: machine.run and machine.step > 0)
    expect(page.get_by_label("Room for recorded steps")).to_have_value("16")


def test_a_run_that_broke_is_rescued_from_its_last_healthy_step(page, server):
    machine = Machine(page, server, calm(0.01))
    wait(page, lambda: machine.last >= 5)
    page.get_by_role("slider", name="Learning rate").press("End")
    expect(page.locator(".reason")).to_contain_text("The loss left the finite range")
    broken = machine.run
    tick = page.locator(".tick[aria-label*='set back here']")
    expect(tick).to_have_count(1)
    tick.dispatch_event("click")
    wait(page, lambda: machine.past != "")
    page.locator(".tick[aria-label*='learning rate']").dispatch_event("click")
    place = int(machine.slider.input_value())
    healthy = machine.scrub(max(place - 2, 0))
    machine.press("Branch from here")
    wait(page, lambda: machine.run != broken and machine.past == "" and machine.step == int(healthy))
    assert link(page)[0].training.optimizer.learning_rate == 0.01
    page.get_by_role("slider", name="Learning rate").press("ArrowLeft")
    wait(page, lambda: link(page)[0].training.optimizer.learning_rate < 0.01)
    machine.press("Play")
    wait(page, lambda: machine.step > int(healthy) + 200)
    assert machine.fact("state") == "running"
    expect(page.locator(".reason")).to_be_hidden()
