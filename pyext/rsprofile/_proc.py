"""What the kernel says of a process, as text."""

from __future__ import annotations


def read(pid: int, name: str) -> str:
    """Give the text of a file in the folder of a process in `/proc`; empty if there is none.

    Args:
        pid: Its id.
        name: The file: `comm`, `cmdline`, `stat`.
    """
    try:
        with open(f"/proc/{pid}/{name}", encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
