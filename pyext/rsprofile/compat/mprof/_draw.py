"""The curves of a recording, in matplotlib's axes."""

from __future__ import annotations

import sys
import time

from rsprofile.compat.mprof._dat import read_mprofile_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    #: Pairs of seconds and MiB.
    Points = list[tuple[float, float]]

#: Colours of curves: the first is for the program, those after it for its children.
_CURVES = "kbrgcym"


def pyplot(backend: str | None = None) -> Any:
    """Give `matplotlib.pyplot`.

    Args:
        backend: The backend of matplotlib to use.

    Raises:
        SystemExit: It is not installed, or there is no such backend; a line says so.
    """
    try:
        import matplotlib  # type: ignore[import-not-found,unused-ignore]

        if backend is not None:
            matplotlib.use(backend)
        from matplotlib import pyplot  # type: ignore[import-not-found,unused-ignore]
    except ImportError as error:
        print(f"mprof: cannot plot: {error}; pip install matplotlib", file=sys.stderr)
        sys.exit(2)
    except ValueError as error:
        sys.exit(f"mprof: {error}")
    return pyplot


def read(filename: str) -> dict[str, Any]:
    """Read a recording that has something to draw.

    Raises:
        OSError: It cannot be read.
        ValueError: It is damaged.
        SystemExit: There is no sample in it; some lines say so.
    """
    profile = read_mprofile_file(filename)
    if not profile["timestamp"]:
        print(
            "** No memory usage values have been found in the profile file.**\n"
            f"File path: {filename}\nFile may be empty or invalid.\n"
            f'It can be deleted with "mprof rm {filename}"'
        )
        sys.exit(0)
    return profile


def draw_memory(axes: Any, profile: dict[str, Any], index: int, options: Any) -> float:
    """Draw the curve; the time at which it starts."""
    start = points_of(profile, 0.0)[0][0]
    label = time.strftime("%d / %m / %Y - start at %H:%M:%S", time.localtime(start))
    label += f".{int(start % 1 * 1000):03d}"
    _draw(axes, points_of(profile, start), _CURVES[index % len(_CURVES)], label, options)
    return start


def draw_children(axes: Any, profile: dict[str, Any], start: float, options: Any) -> None:
    """Draw a curve for each process below."""
    everything: Points = []
    for index, (child, samples) in enumerate(profile["children"].items(), start=1):
        points = [(at - start, memory) for memory, at in samples]
        _draw(axes, points, _CURVES[index % len(_CURVES)], f"child {child}", options)
        everything += points
    if everything:
        mark_peak(axes, everything)


def mark_peak(axes: Any, points: Points) -> None:
    """Draw a cross of lines through the highest point."""
    at, memory = max(points, key=lambda point: point[1])
    axes.axhline(memory, color="r", linestyle="--")
    axes.axvline(at, color="r", linestyle="--")


def points_of(profile: dict[str, Any], start: float) -> Points:
    """Give all readings in order of time, those at either end of calls too."""
    points = list(zip(profile["timestamp"], profile["mem_usage"], strict=True))
    for calls in profile["func_timestamp"].values():
        for begin, end, before, after, *_ in calls:
            points += [(begin, before), (end, after)]
    return [(at - start, memory) for at, memory in sorted(points)]


def _draw(axes: Any, points: Points, colour: str, label: str, options: Any) -> None:
    """Draw a curve and, if that is asked for, its trend."""
    times, memory = zip(*points, strict=True)
    if getattr(options, "slope", False) and times[-1] > times[0]:
        from numpy import polyfit

        slope, base = polyfit(times, memory, 1)
        label += f" slope {slope:.5f}"
        trend = [at * slope + base for at in times]
        axes.plot(times, trend, "--", linewidth=0.5, color="#00e3d8")
    axes.plot(times, memory, f"+-{colour}", label=label)
