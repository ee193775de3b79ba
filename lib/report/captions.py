"""Figures and tables of a page are numbered when it is rendered: only then is their order known."""

from itertools import count

from bs4 import BeautifulSoup, Tag

KINDS = {"fig": "Figure", "table": "Table"}  # class of the element <figure> → what it is called


def number_captions(soup: BeautifulSoup) -> None:
    """Numbers figures and tables, each in their own order, and makes of every number a link to it.

    Their ids are "figure-1" and "table-1". The area in which one scrolls gets that name too and can
    be reached with the keyboard.
    """
    numbers = {kind: count(1) for kind in KINDS.values()}
    for figure in soup.find_all("figure"):
        names = map(str, figure.get_attribute_list("class"))
        kind = next((KINDS[name] for name in names if name in KINDS), None)
        caption = _caption(figure, kind)
        if kind is None or caption is None:
            continue
        name = f"{kind} {next(numbers[kind])}"
        anchor = name.lower().replace(" ", "-")
        figure["id"] = anchor
        caption.insert(0, _permalink(anchor, f"{name}."))
        caption.insert(1, " ")
        for area in figure.find_all(class_="scroll"):
            area.attrs |= {"tabindex": "0", "role": "region", "aria-label": name}


def _caption(figure: Tag, kind: str | None) -> Tag | None:
    """Where the number of a figure or a table goes; None where it has no caption."""
    if kind == "Figure":
        return figure.find("figcaption", recursive=False)
    caption = figure.find("caption") if kind else None
    return caption and caption.find("span", recursive=False)


def _permalink(target: str, text: str) -> Tag:
    link = Tag(name="a", attrs={"class": "permalink", "href": f"#{target}"})
    link.string = text
    return link
