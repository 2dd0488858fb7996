"""`rsprofile peak`, `list`, `rm` and `clean`: what recordings there are, and their peaks."""

from __future__ import annotations

import os

from rsprofile._errors import ProfileError, UsageError
from rsprofile._options import Parser
from rsprofile._output import complain, reason
from rsprofile._plot import _folder, _given

#: Bytes of a MiB.
_MIB = 1 << 20


def main(command: str, arguments: list[str]) -> int:
    """Run one of the commands.

    Args:
        command: Its name.
        arguments: What follows it.

    Returns:
        The exit status.

    Raises:
        UsageError: An option or the name of a recording is wrong.
        ProfileError: A recording cannot be read or removed.
    """
    run = {"peak": _peak, "list": _list, "rm": _rm, "clean": _clean}[command]
    run(arguments)
    return 0


def _peak(arguments: list[str]) -> None:
    parser = Parser(
        prog="rsprofile peak",
        description="Print the highest memory in recordings; by default in the last one here.",
    )
    parser.add_argument(
        "files", nargs="*", metavar="FILE", help="a recording: .dat, .json, or its number in list"
    )
    parser.option("--func", metavar="NAME", help="the peak while this function ran")
    options = parser.parse(arguments)
    for path in _given.files(options.files):
        runs = _given.read(path).peaks(options.func)
        if options.func is not None and all(peak is None for _, peak, _ in runs):
            complain(f"no call of {options.func} in {path}; a name has its module, as in app.load")
        for name, peak, below in runs:
            # A saved profile may hold several runs.
            shown = f"{path} {name}" if len(runs) > 1 and name else path
            print(f"{shown}\tNaN MiB" if peak is None else f"{shown}\t{peak / _MIB:.3f} MiB")
            for child, most in below:
                print(f"  Child {child}\t\t\t{most / _MIB:.3f} MiB")


def _list(arguments: list[str]) -> None:
    Parser(
        prog="rsprofile list", description="Print number, name and time of the recordings here."
    ).parse(arguments)
    _folder.print_list()


def _rm(arguments: list[str]) -> None:
    parser = Parser(prog="rsprofile rm", description="Remove recordings.")
    parser.add_argument(
        "recordings", nargs="+", metavar="RECORDING",
        help="a number in list, -1 the last, or a file name",
    )  # fmt: skip
    parser.option("--dry-run", action="store_true", help="show what would be removed")
    options = parser.parse(arguments)
    _remove([_removed(name) for name in options.recordings], options.dry_run)


def _clean(arguments: list[str]) -> None:
    parser = Parser(prog="rsprofile clean", description="Remove all recordings in this folder.")
    parser.option("--dry-run", action="store_true", help="show what would be removed")
    _remove(_folder.recordings(), parser.parse(arguments).dry_run)


def _removed(name: str) -> str:
    """Give the file that is meant; a number is always one of `list`."""
    try:
        found = _folder.by_number(name, _folder.recordings())
    except ValueError:
        if os.path.isfile(name):
            return name
        what = "a folder" if os.path.isdir(name) else "not there"
        raise UsageError(f"cannot remove {name}: it is {what}; see list") from None
    if found is None:
        raise UsageError(f"cannot remove {name}: there is no such recording; see list")
    return found


def _remove(filenames: list[str], dry_run: bool) -> None:
    try:
        _folder.remove(_folder.with_companions(filenames), dry_run=dry_run)
    except OSError as error:
        raise ProfileError(f"cannot remove {error.filename}: {reason(error)}") from None
