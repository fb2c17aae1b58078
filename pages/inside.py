"""What happens inside a network, at any recorded step of its training."""

from explorer.ui.inside import inside
from explorer.ui.live_page import LivePage
from explorer.ui.navigation import Page

PAGE = Page(title="Look inside", section="Explore", order=30, icon=":material/biotech:")
LIVE = LivePage(name="inside", default="inside_digits", speed=100)


def render() -> None:
    inside(LIVE)
