"""`rsprofile plot`: recordings as a page or a picture."""

from __future__ import annotations

import argparse
import os

from rsprofile._errors import ProfileError, UsageError
from rsprofile._options import Parser
from rsprofile._output import complain, reason
from rsprofile._plot import _given

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rsprofile import _core

#: What can be written, by the end of the file's name.
_FORMATS = {".html": "html", ".htm": "html", ".svg": "svg", ".png": "png"}

#: What no page but one of ours has, and that near its beginning.
_OURS = b"/* The page of recordings. */"

_INFINITE = float("inf")

_EXAMPLE = """\
example:
  rsprofile plot                            the last recording here, as a page
  rsprofile plot before.dat after.dat --open  two runs over each other
  rsprofile plot -1 -w 2,10 -o peak.svg     eight seconds of the last one
"""


def main(arguments: list[str]) -> int:
    """Run the command.

    Args:
        arguments: What follows `plot`.

    Returns:
        The exit status.

    Raises:
        UsageError: An option or the name of a recording is wrong.
        ProfileError: A recording cannot be read, or the picture not be written.
    """
    options = _parser().parse(arguments)
    files = _given.files(options.files)
    path = output_of(options.output, files[0])
    write(
        files,
        path,
        title=options.title,
        window=options.window,
        slope=options.slope,
        functions=not options.no_functions,
        flame=options.flame,
        stacked=options.children == "stacked",
    )
    print(f"wrote {path}")
    if options.open:
        _open(path)
    return 0


def write(
    files: list[str],
    path: str,
    *,
    title: str | None,
    window: tuple[float, float] | None,
    slope: bool,
    functions: bool,
    flame: bool,
    stacked: bool = False,
) -> None:
    """Draw recordings into a file.

    Args:
        files: The recordings.
        path: A page or a picture, by the end of its name.
        title: What stands above.
        window: The part of the time that is shown, seconds from the start.
        slope: Whether to draw the straight line through the samples.
        functions: Whether to draw calls.
        flame: Whether calls are boxes and not brackets.
        stacked: Whether processes are drawn on top of each other.

    Raises:
        UsageError: There is no picture of that kind.
        ProfileError: A recording cannot be read, the window holds nothing, or the file cannot be
            written.
    """
    runs = _given.read(files[0])
    for file in files[1:]:
        runs.extend(_given.read(file))
    _check(window, runs)
    format = _FORMATS.get(os.path.splitext(path)[1].lower())
    if format is None:
        raise UsageError(f"cannot write {path}: name a file .html, .svg or .png")
    try:
        runs.plot(
            path, format=format, title=title, window=window, slope=slope,
            functions=functions, flame=flame, stacked=stacked,
        )  # fmt: skip
    except OSError as error:
        raise ProfileError(f"cannot write {path}: {reason(error)}") from None


def _window(text: str) -> tuple[float, float]:
    """Read the part of the time that somebody typed.

    Raises:
        argparse.ArgumentTypeError: It is not two numbers.
    """
    try:
        start, end = map(float, text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not two numbers of seconds, as in 0,20.5"
        ) from None
    return start, end


def _check(window: tuple[float, float] | None, runs: _core.Recordings) -> None:
    if window is None:
        return
    shown = f"{window[0]:g},{window[1]:g}"
    if not -_INFINITE < window[0] < window[1] < _INFINITE:
        raise UsageError(f"window {shown} has no length: give the smaller number first")
    if runs.duration is not None and (window[0] > runs.duration or window[1] < 0):
        raise ProfileError(f"window {shown} holds nothing: choose from 0,{runs.duration:.6g}")


def output_of(given: str | None, recording: str) -> str:
    """Give the file to write: beside the recording, and not in the place of another page.

    Args:
        given: The file that is asked for, if any.
        recording: The first recording.

    Raises:
        UsageError: A page that is no plot stands there.
        ProfileError: What stands there cannot be read.
    """
    if given is not None:
        return given
    path = f"{os.path.splitext(recording)[0]}.html"
    try:
        with open(path, "rb") as file:
            ours = _OURS in file.read(1 << 16)
    except FileNotFoundError:
        return path
    except OSError as error:
        raise ProfileError(f"cannot write {path}: {reason(error)}") from None
    if not ours:
        raise UsageError(f"{path} is there and no plot: name another file with -o")
    return path


def _open(path: str) -> None:
    import webbrowser
    from pathlib import Path

    if not webbrowser.open(Path(path).absolute().as_uri()):
        complain(f"cannot open {path}: no browser was found")


def _parser() -> Parser:
    parser = Parser(
        prog="rsprofile plot",
        description="Draw recordings, several over each other; by default the last one here.",
        epilog=_EXAMPLE,
    )
    parser.add_argument(
        "files", nargs="*", metavar="FILE", help="a recording: .dat, .json, or its number in list"
    )
    parser.option(
        "-o", "--output", metavar="FILE",
        help="write to FILE: .html, .svg or .png (beside the recording, .html)",
    )  # fmt: skip
    parser.option("--open", action="store_true", help="open it in the browser")
    parser.option("-t", "--title", metavar="TEXT", help="what stands above it")
    parser.option(
        "-w",
        "--window",
        type=_window,
        metavar="FROM,TO",
        help="a part of the time, seconds: 0,20.5",
    )
    parser.option("-s", "--slope", action="store_true", help="draw the trend and its slope")
    parser.option("-n", "--no-functions", action="store_true", help="leave the functions out")
    parser.option(
        "-f", "--flame", action="store_true", help="functions as boxes instead of brackets"
    )
    parser.option(
        "--stacked", dest="children", action="store_const", const="stacked",
        help="processes on top of each other, their sum highest",
    )  # fmt: skip
    parser.option(
        "--separate", dest="children", action="store_const", const="separate",
        help="processes each by itself (the default)",
    )  # fmt: skip
    return parser
