"""The first page: points in the plane, a small network, and everything that happens in it."""

from explorer.ui.live_page import LivePage
from explorer.ui.navigation import Page
from explorer.ui.sidebar import no_images
from explorer.ui.stage import stage

PAGE = Page(title="Playground", section="Explore", order=10, icon=":material/hub:")
LIVE = LivePage(name="playground", default="spiral", suits=no_images)


def render() -> None:
    stage(LIVE)
