"""Tables of the profiled functions at the end of a program, each as its decorator asked."""

from __future__ import annotations

from rsprofile import _core
from rsprofile._layout import Layout
from rsprofile._output import complain, print_report, reason
from rsprofile._session import session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

#: A table to be: how it looks and goes, and the functions in it.
Table = tuple[Layout, _core.Profile]


def tables_of(profile: _core.Profile, asked: Layout | None = None) -> list[Table]:
    """Split a profile into tables: functions whose decorators ask for the same share one.

    Args:
        profile: What was measured.
        asked: What the program wants otherwise than its decorators say, when it asks for a report
            itself. Without it, functions reported after each call are left out: their reports are
            out already.
    """
    layouts = {session.keys[function]: layout for function, layout in session.layouts.items()}
    plain = Layout()
    groups: dict[object, tuple[Layout, list[int]]] = {}
    for place, (file, name, first_line, _calls) in enumerate(profile.functions):
        layout = layouts.get((file, name, first_line), plain)
        if asked is not None:
            layout = layout.under(asked)
        elif session.reports_calls(layout):
            continue
        groups.setdefault(layout.table(), (layout, []))[1].append(place)
    return [(layout, profile.select(places)) for layout, places in groups.values()]


def render(profile: _core.Profile, layout: Layout, options: dict[str, Any]) -> str:
    """Give the text of a table: as its decorator asks, else as `options` say."""
    return profile.render(**{"meter": session.meter, **options, **layout.render_options()})


def print_tables(tables: Iterable[Table], **options: Any) -> None:
    """Write each table to its stream, standard output by default.

    Args:
        tables: What to write.
        **options: Render options; what a decorator asked for goes before them.
    """
    for layout, profile in tables:
        if profile.is_empty():
            continue
        text = render(profile, layout, options)
        if layout.stream is None:
            print_report(text)
            continue
        try:
            layout.stream.write(text)
            # We keep the stream alive to the very end, when nobody flushes files any more.
            flush = getattr(layout.stream, "flush", None)
            if flush is not None:
                flush()
        except Exception as error:
            complain(f"cannot write a report to {layout.stream!r}: {reason(error)}")
            print_report(text)
