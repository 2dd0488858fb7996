"""Handing a finished profile over: to standard output, or to the file the user named."""

from __future__ import annotations

import os
import stat
import sys

from rsprofile._output import complain, print_report, reason
from rsprofile._reports import print_tables, render, tables_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rsprofile import _core
    from rsprofile._options import Look, Output


def deliver(profile: _core.Profile, output: Output, *, hint: bool = False) -> None:
    """Write a profile as the user asked; if the file cannot be written, to standard output.

    Args:
        profile: What was measured.
        output: How and where.
        hint: Whether to name the command that shows a saved profile.
    """
    if output.format == "json" and "which" not in output.leaks:
        text = profile.dumps() + "\n"
    elif output.format == "json":
        text = output.render_leaks(profile)
    elif output.format == "html":
        text = output.page(profile)
    else:
        shows_sites = output.shows_sites(profile)
        no_lines = profile.has_no_lines() and (shows_sites or profile.has_leaks())
        tables = [] if no_lines else tables_of(profile)
        print_tables([table for table in tables if table[0].stream is not None], **output.render)
        text = "".join(
            render(part, layout, output.render) for layout, part in tables if layout.stream is None
        )
        if shows_sites:
            text += output.render_sites(profile)
        elif profile.has_leaks():
            text += output.render_leaks(profile)
    if write(text, output) and hint and output.format == "json" and output.path is not None:
        complain(f"saved; to see it: rsprofile show {_shortest(output.path)}")


def write(text: str, output: Look) -> bool:
    """Write a finished report to where the user wants it, or else to standard output.

    Returns:
        Whether it is where the user wants it.
    """
    if output.path is None:
        # The real one: what a program put in its place is the program's.
        print_report(text, sys.__stdout__)
        return True
    try:
        replace(output.path, text)
    except OSError as error:
        complain(f"cannot write {output.path}: {reason(error)}: the report goes to standard output")
        print_report(text, sys.__stdout__)
        return False
    return True


def _shortest(path: str) -> str:
    """Give a path as seen from the current directory, unless that is deleted."""
    try:
        return os.path.relpath(path)
    except FileNotFoundError:
        return path


def replace(path: str, content: str | bytes) -> None:
    """Replace a file as a whole, so that a full disk does not cost an older report.

    Raises:
        OSError: It cannot be written.
    """
    if os.path.exists(path) and not stat.S_ISREG(os.stat(path).st_mode):
        _write(path, content)
        return
    target = os.path.realpath(path)
    beside = f"{target}.{os.getpid()}.tmp"
    try:
        _write(beside, content)
        os.replace(beside, target)
    except OSError:
        try:
            os.unlink(beside)
        except OSError:
            # The folder takes no new files; an existing one may still be writable.
            _write(target, content)
            return
        raise


def _write(path: str, content: str | bytes) -> None:
    with open(path, "wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)
