"""Kaggle's own client as a program of its own: `python -P client.py OWNER/NAME FOLDER`.

It puts the archive NAME.zip of a data set into FOLDER and goes on from a part that is there. In a
process of its own the client may print, wait, close stdin and call exit() as it likes. The exit code
is 0 once the archive is whole; otherwise the last line on stdout is the failure as JSON. That line
holds neither a message nor an address, which might hold a token.

`kaggle datasets download` would not do: it prints a server's words without the status, so that a set
that asks for consent and one that is not there look alike.
"""

import json
import os
import sys
import threading


def main(dataset: str, folder: str) -> int:
    """Downloads `dataset` ("owner/name") into `folder`; 0, or 1 after the failure is printed."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # By this the client knows its own command line, the only program it signs in without an account.
    # For any other, its import calls exit(): caught there, but stdin is closed then.
    sys.argv = ["kaggle", "datasets", "download", dataset]
    try:
        from kaggle import api

        api.dataset_download_files(dataset, path=folder)
    except (Exception, SystemExit) as error:
        print(f"\n{json.dumps(_facts(error))}")
        return 1
    return 0


def _end_with_parent() -> None:
    """Ends this process once its stdin is closed: no orphan writes to the archive of a later call."""
    os.read(0, 1)  # sys.stdin would be locked by this thread when Python ends, which aborts it
    os._exit(1)


def _facts(error: BaseException) -> dict[str, str | int | None]:
    """What `lib.datasets.downloads.transfer` makes a message of; nothing of it is secret."""
    facts = {
        "kind": type(error).__name__,
        "errno": getattr(error, "errno", None),
        # Every error of requests, the client's HTTP library, has it; its ValueErrors precede a request.
        "network": hasattr(error, "request") and not isinstance(error, ValueError),
        "other_size": "does not match expected size" in str(error),  # the client's own words
    }
    response = getattr(error, "response", None)
    if response is not None:
        facts["status"] = response.status_code
        facts["wait"] = response.headers.get("Retry-After", "")
        facts["signed_in"] = "Authorization" in response.request.headers
    return facts


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
