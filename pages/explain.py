"""What a network looks at, by every method that fits, and whether to believe it."""

from explorer.ui.explaining import explaining
from explorer.ui.live_page import LivePage
from explorer.ui.navigation import Page

PAGE = Page(title="Explain", section="Explore", order=35, icon=":material/troubleshoot:")
LIVE = LivePage(name="explain", default="explain_digits", speed=0)


def render() -> None:
    explaining(LIVE)
