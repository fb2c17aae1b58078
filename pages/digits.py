"""Images and convolutions: handwritten digits of 8 x 8 pixels, and a pad to write one's own."""

from explorer.ui.live_page import LivePage
from explorer.ui.navigation import Page
from explorer.ui.sidebar import images_only
from explorer.ui.stage import stage

PAGE = Page(title="Digits", section="Explore", order=20, icon=":material/draw:")
LIVE = LivePage(name="digits", default="digits_cnn", suits=images_only, pad=True, speed=30)


def render() -> None:
    stage(LIVE)
