"""Data of any kind, seen before anything is trained on them."""

from explorer.ui.data_page import DataPage, data_page
from explorer.ui.navigation import Page

PAGE = Page(title="Data", section="Explore", order=12, icon=":material/dataset:")
VIEW = DataPage(name="data", default="digits_cnn", builds="build")


def render() -> None:
    data_page(VIEW)
