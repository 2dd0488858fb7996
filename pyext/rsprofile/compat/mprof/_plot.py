"""`mprof plot`: recordings as curves with the calls of functions, by matplotlib or by us."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, ArgumentTypeError

from rsprofile.compat import memory_profiler
from rsprofile.compat.mprof import _draw
from rsprofile.compat.mprof._dat import function_labels
from rsprofile.compat.mprof._files import get_profiles
from rsprofile.compat.mprof._flame import flame_plotter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from typing import Any

#: Colours of the functions.
_FUNCTIONS = "cygrb"


def plot_action() -> None:
    """Run `mprof plot`: by matplotlib, or by us if it is not there or a page is asked for.

    Raises:
        SystemExit: With 2 if matplotlib is needed and not there, with 1 for a file that cannot be
            read.
    """
    args = _parser().parse_args()
    if _is_ours(args):
        _plot_ours(args)
        return
    plt = _draw.pyplot(args.backend)
    filenames = get_profiles(args)
    figure = plt.figure(figsize=(14, 6), dpi=90)
    axes = figure.add_axes((0.1, 0.1, 0.8, 0.8) if args.flame_mode else (0.1, 0.1, 0.6, 0.75))
    if args.xlim is not None:
        axes.set_xlim(args.xlim)
    plot = flame_plotter if args.flame_mode else plot_file
    timestamps = len(filenames) == 1 and not args.no_timestamps
    profile: dict[str, Any] = {}
    for index, filename in enumerate(filenames):
        try:
            profile = plot(filename, index=index, timestamps=timestamps, options=args)
        except (OSError, ValueError) as error:
            sys.exit(f"mprof: {error}")
    axes.set_xlabel("time (in seconds)")
    axes.set_ylabel("memory used (in MiB)")
    if args.title is not None:
        axes.set_title(args.title)
    elif len(filenames) == 1:
        axes.set_title((profile["cmd_line"] or "").strip())
    if not args.flame_mode:
        legend = axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
        legend.get_frame().set_alpha(0.5)
        axes.grid()
    if args.output is None:
        plt.show()
        return
    try:
        plt.savefig(args.output)
    except (OSError, ValueError) as error:
        sys.exit(f"mprof: cannot write {args.output}: {error}")


def _is_ours(args: Namespace) -> bool:
    """Whether there is a page to write, or anything and no matplotlib for it."""
    end = os.path.splitext(args.output or "")[1].lower()
    if end in (".html", ".htm"):
        return True
    if end not in ("", ".svg", ".png"):
        return False
    try:
        import matplotlib  # type: ignore[import-not-found,unused-ignore]  # noqa: F401
    except ImportError:
        return True
    return False


def _plot_ours(args: Namespace) -> None:
    from rsprofile._errors import ProfileError
    from rsprofile._plot import _command

    filenames = get_profiles(args)
    try:
        path = _command.output_of(args.output, filenames[0])
        _command.write(
            filenames,
            path,
            title=args.title,
            window=args.xlim,
            slope=args.slope,
            functions=not args.no_timestamps,
            flame=args.flame_mode,
        )
    except ProfileError as error:
        sys.exit(f"mprof: {error}")
    print(f"mprof: wrote {path}")


def plot_file(
    filename: str,
    index: int = 0,
    timestamps: bool = True,
    children: bool = True,
    options: Any = None,
) -> dict[str, Any]:
    """Draw a recording into the current axes, with a pair of brackets for each call.

    Args:
        filename: The recording.
        index: Its place among those in the picture, for the colour.
        timestamps: Whether to draw calls, and the peak.
        children: Whether to draw the processes below.
        options: `slope` adds a trend, `xlim` is the part of the time axis that is seen.

    Returns:
        The recording.
    """
    axes = _draw.pyplot().gca()
    profile = _draw.read(filename)
    start = _draw.draw_memory(axes, profile, index, options)
    if children:
        _draw.draw_children(axes, profile, start, options)
    if timestamps:
        labels = function_labels(profile["func_timestamp"])
        for place, (name, calls) in enumerate(profile["func_timestamp"].items()):
            colour = _FUNCTIONS[place % len(_FUNCTIONS)]
            for begin, end, *memory in calls:
                label = f"{labels[name]} {end - begin:.3f}s"
                add_brackets((begin, end), memory[:2], start, colour, label, options)
        _draw.mark_peak(axes, _draw.points_of(profile, start))
    return profile


def add_brackets(
    xloc: Any,
    yloc: Any,
    xshift: float = 0,
    color: str = "r",
    label: str | None = None,
    options: Any = None,
) -> None:
    """Draw a bracket at the start and one at the end of a call, into the current axes.

    Args:
        xloc: Time of start and end.
        yloc: MiB at start and end.
        xshift: What to take off the times.
        color: A colour of matplotlib.
        label: What to call it in the legend.
        options: `xlim` is the part of the time axis that is seen.
    """
    axes = _draw.pyplot().gca()
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    width, height = (right - left) / 60, (top - bottom) / 20
    # matplotlib hides labels that begin with an underscore.
    label = f" {label}" if label is not None and label.startswith("_") else label
    seen = getattr(options, "xlim", None)
    for at, memory, side in zip(xloc, yloc, (1, -1), strict=False):
        x = at - xshift
        if seen is None or seen[0] <= x <= seen[1]:
            xs, ys = (x + side * width, x, x, x + side * width), (1, 1, -1, -1)
            heights = [memory + height * y for y in ys]
            axes.plot(xs, heights, f"-{color}", linewidth=2, label=label)
            label = None


def _window(text: str) -> tuple[float, float]:
    try:
        start, end = map(float, text.split(","))
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not two numbers with a comma between") from None
    return start, end


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="mprof plot",
        usage="mprof plot [options] [file.dat]",
        description="Draw recordings; by default the last one here. Without matplotlib, and into\n"
        "a file that ends in .html, by rsprofile plot.",
    )
    option = parser.add_argument
    option("--version", action="version", version=memory_profiler.__version__)
    option("--title", "-t", help="the title of the picture")
    option("--no-function-ts", "-n", dest="no_timestamps", action="store_true",
           help="leave the functions out")  # fmt: skip
    option("--output", "-o", metavar="FILE", help="write the picture to FILE")
    option("--window", "-w", dest="xlim", type=_window, metavar="FROM,TO",
           help="a part of the time only, seconds: 0,20.5")  # fmt: skip
    option("--flame", "-f", dest="flame_mode", action="store_true",
           help="draw functions as rectangles instead of brackets")  # fmt: skip
    option("--slope", "-s", action="store_true", help="draw the trend and print its slope")
    option("--backend", help="the backend of matplotlib")
    option("profiles", nargs="*", help="recordings by file name or number")
    return parser
