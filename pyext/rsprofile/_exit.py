"""Ending a program as plain `python` would have: what is printed and with which status."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType


def show_exception(error: BaseException) -> None:
    """Report an uncaught exception through `sys.excepthook`, as the interpreter does.

    Args:
        error: The exception. Its traceback must hold the program's frames only.
    """
    traceback = error.__traceback__
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, traceback
    if sys.version_info >= (3, 12):
        sys.last_exc = error
    sys.audit("sys.excepthook", sys.excepthook, type(error), error, traceback)
    failure = _call_hook(error, traceback)
    if failure is not None:
        print("Error in sys.excepthook:", file=sys.stderr)
        sys.__excepthook__(type(failure), failure, failure.__traceback__)
        print("\nOriginal exception was:", file=sys.stderr)
        sys.__excepthook__(type(error), error, traceback)
    _flush()


def die_of_interrupt() -> None:
    """Make the interpreter end by SIGINT once it has finished, so that a shell sees it.

    The interpreter does so after an unhandled KeyboardInterrupt in a main program of its own. It is
    given one that prints nothing.
    """
    hook = sys.excepthook
    last = {name: getattr(sys, name) for name in _LAST if hasattr(sys, name)}
    sys.excepthook = _print_nothing
    try:
        import ctypes

        ctypes.pythonapi.PyRun_SimpleString(b"raise KeyboardInterrupt")
    except (ImportError, AttributeError, OSError):
        raise SystemExit(130) from None
    finally:
        sys.excepthook = hook
        for name, value in last.items():
            setattr(sys, name, value)


def end_with(status: int) -> None:
    """Have the process end with a status, once the interpreter has finished with another.

    What C code has registered to be called at the exit is still called: glibc goes on with it.
    """
    try:
        import ctypes

        library = ctypes.CDLL(None)
        library.__cxa_atexit(library.exit, ctypes.c_void_p(status), None)
    except (ImportError, AttributeError, OSError):
        _flush()
        os._exit(status)


_LAST = ("last_type", "last_value", "last_traceback", "last_exc")


def _call_hook(error: BaseException, traceback: TracebackType | None) -> BaseException | None:
    """Call the hook; what it raises itself comes back, unless it exits."""
    try:
        sys.excepthook(type(error), error, traceback)
    except SystemExit:
        raise
    except BaseException as failure:
        own = failure.__traceback__
        failure.__traceback__ = own.tb_next if own is not None else None
        return failure
    return None


def _print_nothing(
    _kind: type[BaseException], _error: BaseException, _traceback: TracebackType | None
) -> None:
    """Stand in for `sys.excepthook`."""


def _flush() -> None:
    try:
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        pass
