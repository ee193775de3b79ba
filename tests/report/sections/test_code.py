"""The model as Keras code: escaped, folded, and a download that is the script byte for byte."""

from base64 import b64decode
from types import SimpleNamespace

from bs4 import BeautifulSoup

from lib.report.sections.code import keras_code

SCRIPT = 'if 1 < 2 & True:\n    print("§ 1 · é")\n'


def test_summary_and_script_are_shown_as_they_are_and_the_download_is_the_script():
    names = ("vgg16", "mobilenetv3")
    listings = [SimpleNamespace(arm=name, summary="<Dense>", script=SCRIPT) for name in names]
    page = BeautifulSoup(keras_code(listings).html, "html.parser")
    assert [heading.get_text() for heading in page.select("h4.arm")] == list(names)
    assert [block.get_text() for block in page.select("details pre")] == ["<Dense>", SCRIPT] * 2
    links = page.select("details a[download]")
    assert [link["download"] for link in links] == [f"{name}.py" for name in names]
    head, _, data = links[0]["href"].partition(",")
    assert head == "data:text/x-python;charset=utf-8;base64"
    assert b64decode(data).decode() == SCRIPT
