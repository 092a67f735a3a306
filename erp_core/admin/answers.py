"""How the core's pages answer a form: a fragment for htmx, a redirect for a plain browser."""

from __future__ import annotations

from flask import Response, flash, redirect, request
from flask.typing import ResponseReturnValue


def from_htmx() -> bool:
    """Say whether the request wants a fragment."""
    return request.headers.get("HX-Request") == "true"


def go(url: str) -> ResponseReturnValue:
    """Send the browser to a page of this site after a change, from a form or a dialog."""
    if from_htmx():
        return Response(status=204, headers={"HX-Redirect": url})
    return redirect(url)


def say(text: str, *, undo_url: str) -> None:
    """Tell on the next page what was done, with a button that takes it back."""
    flash({"text": text, "undo_url": undo_url}, "success")  # type: ignore[arg-type]


def silent() -> ResponseReturnValue:
    """Answer that it is done and there is nothing to show."""
    return Response(status=204)
