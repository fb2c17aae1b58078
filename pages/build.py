"""Any network, layer by layer, for any kind of data."""

from explorer.ui.live_page import LivePage
from explorer.ui.navigation import Page
from explorer.ui.workshop import workshop

PAGE = Page(title="Build", section="Explore", order=15, icon=":material/account_tree:")
LIVE = LivePage(name="build", default="build_03_lenet", pad=True, speed=100, plays=False, drafts=True, noun="Starter")


def render() -> None:
    workshop(LIVE)
