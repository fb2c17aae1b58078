"""Putting a network together in the browser as a person does: with the plus between layers, the catalogue, and the form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, expect

from explorer.experiment import LayerSpec, NetworkSpec
from explorer.ui.fields import label_of, questions


class Hand:
    """Clicks and types in the editor of an open Build page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.editor = page.get_by_test_id("builder")

    def clear(self) -> None:
        """Begin with an empty network."""
        self._drawn(self.page.locator("[data-tool=clear]").click)

    def build(self, network: NetworkSpec) -> None:
        """Every layer of `network`, from top to bottom, blocks with what they hold."""
        self._row(network.layers, "", 0)

    def _row(self, layers: tuple[LayerSpec, ...], block: str, body: int) -> None:
        for index, layer in enumerate(layers):
            new = self._insert(layer.kind, f"{block}/{body}/{index}")
            self._set_fields(layer)
            self._fill(layer, new)

    def _insert(self, kind: str, spot: str) -> str:
        slot = self.page.locator(f'.slot[data-spot="{spot}"] button')
        slot.scroll_into_view_if_needed()
        slot.click()
        self._drawn(self.page.locator(f".entry[data-kind={kind}]").click)
        expect(self.page.locator(f".card.selected[data-kind={kind}]")).to_have_count(1)
        return self.page.locator(".card.selected").get_attribute("data-id") or ""

    def _fill(self, layer: LayerSpec, new: str) -> None:
        """Put into a block what it shall hold, and take out what it came with."""
        bodies = layer.bodies()
        if not bodies:
            return
        came_with = [(number, inner) for number, body in enumerate(type(layer)().bodies()) for inner in body]
        for _ in range(len(bodies) - len(type(layer)().bodies())):
            self._drawn(self.page.locator(f'.block:has(> .card[data-id="{new}"]) > .bodies > .foot .link').click)
        for number, body in enumerate(bodies):
            self._row(body, new, number)
            for _ in [one for one in came_with if one[0] == number]:
                self._remove(f"{new}/{number}/{len(body)}")

    def _remove(self, spot: str) -> None:
        """The layer just behind a spot."""
        card = self.page.locator(f'.slot[data-spot="{spot}"] + .card, .slot[data-spot="{spot}"] + .stack > .card').first
        card.scroll_into_view_if_needed()
        card.click()
        expect(card).to_have_class("card layer selected")
        self._drawn(self.page.locator("[data-tool=delete]").click)

    def _set_fields(self, layer: LayerSpec) -> None:
        plain = type(layer)()
        for asked in questions(type(layer)):
            value = getattr(layer, asked.name)
            if asked.kind != "variants" and value != getattr(plain, asked.name):
                self._set(asked.name, value)

    def _set(self, name: str, value: Any) -> None:
        label = label_of(name)
        if isinstance(value, bool):
            self._drawn(self.page.get_by_test_id("stCheckbox").filter(has_text=label).locator("label").first.click)
        elif isinstance(value, int):
            box = self.page.get_by_label(label, exact=True).first
            box.fill(str(value))
            self._drawn(lambda: box.press("Enter"))
        elif isinstance(value, float):
            self._slide(self.page.get_by_role("slider", name=label), value)
        else:
            self._drawn(self.page.get_by_test_id("stButtonGroup").get_by_role("radio", name=str(value)).click)

    def _slide(self, slider: Locator, value: float) -> None:
        for _ in range(60):
            shown = float(slider.get_attribute("aria-valuetext") or slider.get_attribute("aria-valuenow") or 0)
            if abs(shown - value) < 1e-9:
                return
            self._drawn(lambda key="ArrowRight" if shown < value else "ArrowLeft": slider.press(key))
        raise AssertionError(f"the slider does not reach {value}")

    def _drawn(self, act: Callable[[], object]) -> None:
        """Do something, and wait until the editor has drawn what became of it and the page has come to rest."""
        before = self.editor.get_attribute("data-drawn")
        act()
        changed = "([root, before]) => root.dataset.drawn !== before"
        self.page.wait_for_function(changed, arg=[self.editor.element_handle(), before])
        expect(self.page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
