"""What is printed and written of submissions: every text of a stranger is defused."""

import json

from bs4 import BeautifulSoup

from lib.grading.items import DONE, Item, Verification
from lib.grading.output import as_page, print_table, write_outputs

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\x1b[2J\u202e"
CHECKED = Verification(
    HOSTILE,
    (
        Item("scores", "differs", HOSTILE, HOSTILE, HOSTILE, HOSTILE),
        Item("page", "cannot tell", HOSTILE),
    ),
    record=None,
)


def test_a_page_carries_nothing_active():
    tree = BeautifulSoup(as_page([CHECKED]), "html.parser")
    assert tree.find_all(["script", "img", "iframe", "object", "a", "link"]) == []
    policy = tree.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
    assert policy.startswith("default-src 'none'")
    assert "script" not in policy
    assert "<script>alert(1)" in tree.get_text()


def test_nothing_of_a_stranger_reaches_the_terminal_raw(capsys):
    print_table([CHECKED], ["\x1b[2J.md"])
    text = capsys.readouterr().out
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_json_has_every_item(tmp_path):
    write_outputs([CHECKED], tmp_path / "a.json", tmp_path / "a.html")
    (told,) = json.loads((tmp_path / "a.json").read_text())
    assert (told["name"], told["overall"], len(told["items"])) == (HOSTILE, "unreadable", 2)
    assert told["items"][0]["recomputed"] == HOSTILE
    assert (tmp_path / "a.html").is_file()


def test_a_page_tells_what_differs_and_folds_what_is_ok():
    items = [Item("scores", "ok", "fine"), Item("page", "differs", "wrong", "1", "2")]
    items.append(Item(DONE, "ok", "Answered: exercise-1."))
    tree = BeautifulSoup(as_page([Verification("Ada", tuple(items), None)]), "html.parser")
    assert [row.td.text for row in tree.tbody.find_all("tr")] == ["page"]
    assert [line.text for line in tree.find_all("li")] == ["fine"]
    assert tree.find("p", string="Answered: exercise-1.")
