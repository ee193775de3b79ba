"""The models as the Keras they are: summaries and stand-alone scripts, folded away."""

from base64 import b64encode
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from lib.papers.declare import file_name
from lib.report.blocks import Block, each_arm, fold_away

if TYPE_CHECKING:  # importing it would load Keras
    from lib.models.script import Listing


def keras_code(listings: Sequence["Listing"]) -> Block:
    """Each arm's `model.summary()`, and its recipe as a script, to read and to download."""
    by_arm = {listing.arm: listing for listing in listings}
    return each_arm(list(by_arm), lambda arm: _of_arm(by_arm[arm]))


def _of_arm(listing: "Listing") -> Block:
    summary = Block(f"<pre>{escape(listing.summary)}</pre>")
    return fold_away("The model as Keras prints it: model.summary()", summary) + fold_away(
        "The same recipe as a stand-alone Keras script", _script(listing)
    )


def _script(listing: "Listing") -> Block:
    name = f"{file_name(listing.arm)}.py"
    address = (
        f"data:text/x-python;charset=utf-8;base64,{b64encode(listing.script.encode()).decode()}"
    )
    return Block(
        f'<p><a download="{escape(name)}" href="{address}">Download {escape(name)}</a>. It needs the folder '
        f"of the images and the splits.csv of this report, and none of this project's own code.</p>"
        f"<pre>{escape(listing.script)}</pre>"
    )
