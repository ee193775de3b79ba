"""Figures and tables of a page are numbered when it is rendered: only then is their order known."""

from bs4 import BeautifulSoup, Tag

NUMBERED = {"Figure": "figure.fig > figcaption", "Table": "figure.table caption > span"}


def number_captions(soup: BeautifulSoup) -> None:
    """Numbers figures and tables, each in their own order, and makes of every number a link to it.

    Their ids are "figure-1" and "table-1". The area in which one scrolls gets that name too and can
    be reached with the keyboard.
    """
    for kind, selector in NUMBERED.items():
        for number, caption in enumerate(soup.select(selector), start=1):
            name = f"{kind} {number}"
            figure = caption.find_parent("figure")
            figure["id"] = name.lower().replace(" ", "-")
            caption.insert(0, _permalink(soup, figure["id"], f"{name}."))
            caption.insert(1, " ")
            for area in figure.select(".scroll"):
                area.attrs |= {"tabindex": "0", "role": "region", "aria-label": name}


def _permalink(soup: BeautifulSoup, target: str, text: str) -> Tag:
    link = soup.new_tag("a", attrs={"class": "permalink", "href": f"#{target}"})
    link.string = text
    return link
