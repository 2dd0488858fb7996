"""Child processes: each leaves its numbers in a file, the process that owns the run adds them up.

Forked children inherit the session and are told apart right after the fork. Those that
multiprocessing starts afresh get a ticket. Nobody but the owner prints.
"""

from __future__ import annotations

import os
import sys

from rsprofile import _core
from rsprofile._session import session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any, NoReturn, Protocol

    from rsprofile._select import Selection

    class Guest(Protocol):
        """What a run measures beside the session: profiler objects of another interface."""

        def forget(self) -> None:
            """Count from zero, in the child of a fork."""

        def dumps(self) -> str:
            """Give the numbers of a child as text; empty if there are none."""

        def ticket(self) -> dict[str, Any]:
            """Give what a fresh child has to know to have one as well."""

    class Kin(Protocol):
        """What a child has to do for a report of what survives."""

        def ticket(self) -> dict[str, Any]:
            """Give what a fresh child has to know."""

        def forked(self) -> None:
            """Count from zero, in the child of a fork."""

        def look(self) -> _core.Profile | None:
            """Look at what is alive."""


#: The module multiprocessing imports before it starts its first process, of whatever kind.
_STARTER = "multiprocessing/popen_fork.py"


class _Family:
    """What a process knows about its children and its parent."""

    def __init__(self) -> None:
        # Where children leave their numbers; made by the owner before its first child.
        self.directory: str | None = None
        self.is_child = False
        self.selection: Selection | None = None
        self.guest: Guest | None = None
        self.kin: Kin | None = None
        self.is_watching = False
        self.is_watching_modules = False


_family = _Family()
_real_exit = os._exit


def watch() -> None:
    """Be told of every child this process forks or starts through multiprocessing."""
    if not _family.is_watching:
        _family.is_watching = True
        os.register_at_fork(before=_before_fork, after_in_child=_after_fork)
        if "multiprocessing.popen_fork" in sys.modules:
            _watch_multiprocessing()
        watch_modules(None)


def watch_modules(selection: Selection | None) -> None:
    """Look at each module about to run: for functions of a selection, and for multiprocessing."""
    if selection is not None:
        _family.selection = selection
    if not _family.is_watching_modules:
        _family.is_watching_modules = True
        _core.watch_modules(_see_module)


def host(guest: Guest) -> None:
    """Have the numbers of a guest collected from children as well."""
    _family.guest = guest


def bring(kin: Kin) -> None:
    """Have children look at what survives in them."""
    _family.kin = kin


def become_child(directory: str | None) -> None:
    """Make this process one that prints nothing and leaves its numbers in `directory`."""
    _family.is_child = True
    _family.directory = directory
    session.finish = _save
    end_with_exit()
    from rsprofile._terminate import be_woken, end_with_sigterm

    end_with_sigterm()
    be_woken()


def end_with_exit() -> None:
    """Have `os._exit`, which ends most children, count as an end."""
    os._exit = _exit


def texts_of_guests() -> list[str]:
    """Give what guests in children that have ended have left; to be called before `gather`."""
    texts: list[str] = []
    if _family.directory is not None and not _family.is_child:
        for path in _saved(_family.directory, ".guest"):
            try:
                with open(path, encoding="utf-8") as file:
                    texts.append(file.read())
            except OSError:
                continue
    return texts


def gather(profile: _core.Profile) -> None:
    """Add the numbers of the children that have ended to those of their owner."""
    directory, _family.directory = _family.directory, None
    if directory is None or _family.is_child:
        return
    for path in _saved(directory):
        try:
            profile.merge(_core.Profile.load(path))
        except Exception as error:
            from rsprofile._output import complain

            complain(f"the numbers of a child process are lost: {error}")
    _remove(directory)


def functions_so_far() -> list[tuple[str, str]]:
    """Name the functions in the numbers of children that have ended, as file and name."""
    if _family.directory is None or _family.is_child:
        return []
    found: dict[tuple[str, str], None] = {}
    for path in _saved(_family.directory):
        try:
            functions = _core.Profile.load(path).functions
        except Exception:
            continue
        found.update(((file, name), None) for file, name, _line, _calls in functions)
    return list(found)


def ticket() -> dict[str, Any]:
    """Give what a fresh child process has to know to take part in this run."""
    _before_fork()
    selection = _family.selection
    settings = _core.settings()
    return {
        "directory": _family.directory,
        "meter": settings["meter"],
        "peak": settings["peak"],
        "stacks": session.stacks,
        "temporaries": session.temporaries,
        "selection": None if selection is None else selection.as_ticket(),
        "guest": None if _family.guest is None else _family.guest.ticket(),
        "leaks": None if _family.kin is None else _family.kin.ticket(),
    }


def _before_fork() -> None:
    # Loaded here rather than in each child, where threads of the parent may have been importing.
    from rsprofile import _terminate as _terminate

    if _family.directory is None and not _family.is_child:
        _family.directory = _make_directory()


def _after_fork() -> None:
    session.forget()
    if _family.guest is not None:
        _family.guest.forget()
    if _family.kin is not None:
        _family.kin.forked()
    become_child(_family.directory)


def _save() -> None:
    """Leave this process's numbers to the owner; if it is gone already, nobody wants them."""
    profile = session.collect()
    text = "" if _family.guest is None else _family.guest.dumps()
    if _family.directory is None:
        return
    look = None if _family.kin is None else _family.kin.look()
    if look is not None:
        look.merge_earlier(profile)
        profile = look
    place = f"{_family.directory}/{os.getpid()}-{os.urandom(4).hex()}"
    try:
        if not profile.is_empty():
            profile.save(f"{place}.json")
        if text:
            # Under another name first: whoever looks meanwhile must not find half of it.
            with open(f"{place}.part", "w", encoding="utf-8") as file:
                file.write(text)
            os.rename(f"{place}.part", f"{place}.guest")
    except Exception:
        if os.path.isdir(_family.directory):
            raise


def _exit(status: int) -> NoReturn:
    """Exit to the system with the given status, without normal exit processing."""
    try:
        session.end()
    finally:
        _real_exit(status or session.failure)


def _make_directory() -> str | None:
    """Make a folder only this user can enter. The tempfile module would cost 2 MiB."""
    for base in (os.environ.get("TMPDIR"), "/tmp", "/var/tmp"):
        if base and os.path.isabs(base):
            path = f"{base}/rsprofile-{os.getpid()}-{os.urandom(8).hex()}"
            try:
                os.mkdir(path, 0o700)
            except OSError:
                continue
            return path
    return None


def _saved(directory: str, extension: str = ".json") -> list[str]:
    """Give the files children have left."""
    try:
        names = sorted(os.listdir(directory))
    except OSError:
        return []
    return [f"{directory}/{name}" for name in names if name.endswith(extension)]


def _remove(directory: str) -> None:
    try:
        for name in os.listdir(directory):
            os.unlink(f"{directory}/{name}")
        os.rmdir(directory)
    except OSError:
        pass


def _see_module(code: CodeType) -> None:
    if _family.selection is not None:
        _family.selection.see(code)
    if code.co_filename.endswith(_STARTER):
        _watch_multiprocessing()


def _watch_multiprocessing() -> None:
    from rsprofile import _multiprocessing

    _multiprocessing.watch(ticket)
