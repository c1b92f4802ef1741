"""JSON from elsewhere, parsed in memory proportional to its length: `[],` is three bytes and costs sixty-four."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

MOST_VALUES = 1_000_000
"""More than twice what a vocabulary of the largest size needs as a dict."""


def loads(
    text: str, most: int = MOST_VALUES, object_pairs_hook: Callable[[list[tuple[str, Any]]], Any] | None = None
) -> Any:
    """`json.loads` of a text of at most `most` values. Raises `ValueError` for more, and for what is not JSON."""
    # Without \\ and then \" every quotation mark begins or ends a string: commas and brackets between strings count.
    bare = text.replace("\\\\", "").replace('\\"', "")
    if bare.count('"') > 4 * most:
        raise ValueError("far more strings than needed")
    if sum(part.count(sign) for part in bare.split('"')[::2] for sign in ",[{") > most:
        raise ValueError("far more values than needed")
    del bare
    try:
        return json.loads(text, object_pairs_hook=object_pairs_hook)
    except RecursionError:
        raise ValueError("nested far too deeply") from None
