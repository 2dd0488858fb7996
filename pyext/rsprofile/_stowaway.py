"""What runs first in a process that multiprocessing has started afresh.

The child takes part in the run of its parent: it meets the same functions when it imports the
script again, and leaves its numbers where the parent will look.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def board(ticket: dict[str, Any]) -> None:
    """Join the run of the parent process.

    Args:
        ticket: What `rsprofile._children.ticket` gave in the parent.
    """
    from rsprofile import _off, profile

    if "record" in ticket:
        from rsprofile._record._program import install

        install()
        return
    if isinstance(profile, _off.Off):
        return
    from rsprofile import _children
    from rsprofile._session import session

    session.choose(ticket["meter"], peak=ticket["peak"])
    session.stacks = ticket["stacks"]
    session.temporaries = ticket["temporaries"]
    session.start_sites()
    session.default_report = "exit"
    _children.become_child(ticket["directory"])
    if ticket["guest"] is not None:
        from rsprofile.compat import _guest

        _guest.board(ticket["guest"])
    if ticket["leaks"] is not None:
        from rsprofile._leaks import _family

        _family.board(ticket["leaks"])
    elif ticket["selection"] is not None:
        from rsprofile._run import install
        from rsprofile._select import Selection

        install()
        _children.watch_modules(Selection.from_ticket(ticket["selection"]))
        session.begin()
        session.trace_threads()
    else:
        _children.watch()
