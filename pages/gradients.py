"""Why depth is hard: gradients that vanish or explode on their way back, and what cures them."""

from explorer.ui.live_page import LivePage
from explorer.ui.navigation import Page
from explorer.ui.vanishing import vanishing
from explorer.ui.vanishing_choices import suits

PAGE = Page(title="Vanishing gradients", section="Explore", order=32, icon=":material/trending_down:")
LIVE = LivePage(name="gradients", default="deep_1_vanishing", suits=suits, speed=60)


def render() -> None:
    vanishing(LIVE)
