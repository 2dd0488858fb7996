"""The program that is recorded, in its own process: `profile` is known to it, and writes its calls.

Nothing else of ours runs in it. Memory is sampled by the process that has started it.
"""

from __future__ import annotations

import builtins
import sys

from rsprofile import _core, _evaluate
from rsprofile._errors import ProfileError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType

#: The module multiprocessing imports before it starts its first process, of whatever kind.
_STARTER = "multiprocessing/popen_fork.py"


def main(arguments: list[str]) -> int:
    """Run a program from start to end.

    Args:
        arguments: What kind of program it is, as `_cli.split` says it; its name or code; its
            arguments.

    Returns:
        The exit status, unless the program ended with SystemExit or by a signal.
    """
    from rsprofile import _target

    kind, what, *theirs = arguments
    install()
    try:
        target = _evaluate.load(lambda: _target.prepare(kind, what, theirs))
    except ProfileError as error:
        from rsprofile._output import complain

        complain(str(error))
        return error.status
    if target is None:
        return 1
    _core.watch_modules(_see_module)
    sys.modules["__main__"] = target.main
    return _evaluate.end_with(_evaluate.evaluate(target))


def install() -> None:
    """Make `profile` known to programs written for a profiler: as a builtin and by import."""
    from rsprofile import profile
    from rsprofile.compat import _session as memory_profiler

    builtins.profile = profile  # type: ignore[attr-defined]
    sys.modules["memory_profiler"] = memory_profiler


def ticket() -> dict[str, object]:
    """Give what a process that multiprocessing starts afresh has to know."""
    return {"record": True}


def _see_module(code: CodeType) -> None:
    if code.co_filename.endswith(_STARTER):
        from rsprofile import _multiprocessing

        _multiprocessing.watch(ticket)
