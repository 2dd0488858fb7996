"""Starting the program that is recorded."""

from __future__ import annotations

import os
import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def start(command: list[str], environment: Mapping[str, str], mask: Iterable[int]) -> int:
    """Start a program as a shell would.

    Args:
        command: The program and its arguments.
        environment: Its environment.
        mask: The signals it is to block: the recorder has blocked more.

    Returns:
        Its process id.

    Raises:
        OSError: There is none, or it cannot be run.
    """
    return os.posix_spawnp(
        command[0],
        command,
        environment,
        setsigmask=mask,
        # What Python ignores, a program is not to ignore.
        setsigdef=[signal.SIGPIPE, signal.SIGXFSZ],
    )
