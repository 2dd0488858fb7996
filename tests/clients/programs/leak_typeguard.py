"""Requests whose arguments are checked, in typeguard up to 4.1.5, without the collector.

https://github.com/agronholm/typeguard/pull/408: `check_union` keeps the errors of the members that
did not match in a local, the errors keep their tracebacks, those the frame with the local and the
frames above it. Every check leaves a cycle with all that its callers had. Mended in 4.2.0.
"""

from __future__ import annotations

import gc
from typing import Union

from typeguard import check_type

REQUESTS = 200

gc.disable()


def handle(number: int) -> int:
    """Answer a request."""
    body = bytes(30_000)
    check_type(number, Union[str, int])  # noqa: UP007
    return len(body)


for number in range(REQUESTS):
    handle(number)
