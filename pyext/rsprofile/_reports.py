"""Tables of the profiled functions at the end of a program, each as its decorator asked."""

from __future__ import annotations

from rsprofile import _core
from rsprofile._layout import Layout
from rsprofile._output import complain, print_report, reason
from rsprofile._session import Key, session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

#: A table to be: how it looks and goes, and the functions in it.
Table = tuple[Layout, _core.Profile]


def tables_of(profile: _core.Profile) -> list[Table]:
    """Split a profile into tables: functions whose decorators ask for the same share one.

    Functions reported after each call are left out, their reports are out already.
    """
    layouts = {session.keys[function]: layout for function, layout in session.layouts.items()}
    plain = Layout()
    groups: dict[object, tuple[Layout, set[Key]]] = {}
    n_left_out = 0
    for file, name, first_line, _calls in profile.functions:
        key = (file, name, first_line)
        layout = layouts.get(key, plain)
        if session.reports_calls(layout):
            n_left_out += 1
        else:
            groups.setdefault(layout.table(), (layout, set()))[1].add(key)
    if len(groups) == 1 and not n_left_out:
        return [(layout, profile) for layout, _ in groups.values()]
    return [(layout, _subset(profile, keys)) for layout, keys in groups.values()]


def print_tables(tables: Iterable[Table], **options: Any) -> None:
    """Write each table to its stream, standard output by default.

    Args:
        tables: What to write.
        **options: Render options; what a decorator asked for goes before them.
    """
    for layout, profile in tables:
        if profile.is_empty():
            continue
        text = profile.render(**{**options, **layout.render_options()})
        if layout.stream is None:
            print_report(text)
            continue
        try:
            layout.stream.write(text)
        except Exception as error:
            complain(f"cannot write a report to {layout.stream!r}: {reason(error)}")
            print_report(text)


def merge_same_process(profile: _core.Profile, earlier: _core.Profile) -> _core.Profile:
    """Add what the same process measured before and has been told to forget since.

    Args:
        profile: What was measured last; its account of the run covers all of it.
        earlier: What was measured before.

    Returns:
        Both, still as the numbers of one process.
    """
    import json

    whole = _core.Profile.loads(profile.dumps())
    whole.merge(earlier)
    document = json.loads(whole.dumps())
    document["run"] = json.loads(profile.dumps())["run"]
    for function in document["functions"]:
        function["processes"] = 1
    return _core.Profile.loads(json.dumps(document))


def _subset(profile: _core.Profile, keys: set[Key]) -> _core.Profile:
    """Give a copy of `profile` with some of its functions only."""
    import json

    document = json.loads(profile.dumps())
    document["functions"] = [
        function
        for function in document["functions"]
        if (function["file"], function["name"], function["first_line"]) in keys
    ]
    return _core.Profile.loads(json.dumps(document))
