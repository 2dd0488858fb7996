"""The options `record` and `attach` have in common, and the recorder they ask for."""

from __future__ import annotations

import os
import time

from rsprofile import _core
from rsprofile._errors import ProfileError, UsageError
from rsprofile._output import reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from rsprofile._options import Parser

#: How the lines of a recording begin.
_KINDS = (b"CMDLINE ", b"MEM ", b"FUNC ", b"CHLD ")


def add(parser: Parser) -> None:
    """Add the options."""
    parser.option("-T", "--interval", metavar="SECONDS", help="time between two samples (0.001)")
    parser.option(
        "-C", "--include-children", action="store_true", help="add the processes it starts"
    )
    parser.option(
        "-M",
        "--multiprocess",
        action="store_true",
        help="record the processes it starts one by one",
    )
    parser.option(
        "-t", "--timeout", metavar="SECONDS", help="stop recording then; the program goes on"
    )
    parser.option(
        "-o", "--output", metavar="FILE", help="the file to write (mprofile_YYYYmmddHHMMSS.dat)"
    )


def recorder(options: argparse.Namespace, path: str, *, child: bool) -> _core.Recorder:
    """Give the recorder that is asked for.

    Raises:
        UsageError: A number is none.
        OSError: The file cannot be written.
    """
    return _core.Recorder(
        path,
        interval=0.001 if options.interval is None else _seconds("--interval", options.interval),
        child=child,
        sum=options.include_children,
        each=options.multiprocess,
        timeout=None if options.timeout is None else _seconds("--timeout", options.timeout),
    )


def check(options: argparse.Namespace) -> None:
    """Refuse numbers that are none, and options that exclude each other, before there is a file.

    Raises:
        UsageError: There is such a one.
    """
    if options.include_children and options.multiprocess:
        raise UsageError(
            "-C and -M together would count the processes twice: take -M, and --stacked with plot"
        )
    for name in ("interval", "timeout"):
        value = getattr(options, name)
        if value is not None:
            _seconds(f"--{name}", value)


def file_of(options: argparse.Namespace) -> tuple[str, bool]:
    """Give the file to write, and whether it was made here.

    Raises:
        UsageError: It is the file of somebody else.
        ProfileError: It cannot be made.
    """
    check(options)
    if options.output is not None:
        _check_ours(options.output)
        return options.output, False
    moment = time.time()
    while True:
        name = time.strftime("mprofile_%Y%m%d%H%M%S.dat", time.localtime(moment))
        try:
            os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
            return name, True
        except FileExistsError:
            # Another one of this second.
            moment += 1
        except OSError as error:
            raise ProfileError(
                f"cannot write {name}: {reason(error)}; name a file elsewhere with -o"
            ) from None


def _check_ours(path: str) -> None:
    """Refuse to write over what is no recording: a name may have been mistyped."""
    try:
        if not os.path.isfile(path):
            return
        with open(path, "rb") as file:
            start = file.read(8)
    except OSError:
        return
    if start and not start.startswith(_KINDS):
        raise UsageError(f"{path} is there and is no recording; name another file")


def _seconds(name: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise UsageError(f"{name} {text!r} is not a number of seconds") from None
    if not 0 < number <= 1e9:
        raise UsageError(f"{name} {text} is out of range: seconds above 0")
    return number
