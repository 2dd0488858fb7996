"""A recording as a flame graph: each call of a function is a rectangle, deeper ones above."""

from __future__ import annotations

from rsprofile.compat.mprof import _draw

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: Rectangles up to which the name of the one under the pointer is shown: more make that slow.
_HOVERED_AT_MOST = 100

#: What the pointer is on.
FLAME_PLOTTER_VARS: dict[str, Any] = {"hovered_rect": None, "hovered_text": None, "alpha": None}


def flame_plotter(
    filename: str,
    index: int = 0,
    timestamps: bool = True,
    children: bool = True,
    options: Any = None,
) -> dict[str, Any]:
    """Draw a recording as `plot_file` does, with a rectangle for each call, deeper ones above.

    The name of a call shows under the pointer, and a click on it fills the picture with it.
    """
    plt = _draw.pyplot()
    axes = plt.gca()
    profile = _draw.read(filename)
    start = _draw.draw_memory(axes, profile, index, options)
    axes.grid(True)
    calls = [
        (name, begin - start, end - start, rest[2] if len(rest) > 2 else 0)
        for name, recorded in profile["func_timestamp"].items()
        for begin, end, *rest in recorded
    ]
    levels = 1 + max((level for *_, level in calls), default=-1)
    above = axes.twinx()
    above.set_yticks([])
    above.set_ylim(0, levels + 1)
    above.grid(False)
    if children:
        _draw.draw_children(axes, profile, start, options)
    if timestamps:
        from matplotlib.colors import (  # type: ignore[import-not-found,unused-ignore]
            hsv_to_rgb,
        )

        rectangles: dict[tuple[float, float, float, float], tuple[Any, Any]] = {}
        for place, (name, begin, end, level) in enumerate(calls):
            colour = hsv_to_rgb((0.1 * (place % 2), 1 - 0.75 * level / levels, 1))
            parts = add_timestamp_rectangle(above, begin, end, level, level + 1, name, colour)
            rectangles[begin, end, level, level + 1] = parts[1], parts[0]
        _react(plt.gcf().canvas, above, rectangles, levels)
        _draw.mark_peak(axes, _draw.points_of(profile, start))
    plt.sca(axes)
    return profile


def add_timestamp_rectangle(
    ax: Any, x0: float, x1: float, y0: float, y1: float, func_name: str, color: Any = "none"
) -> tuple[Any, Any]:
    """Draw a rectangle for a call; it and its text, which cannot be seen yet."""
    rectangle = ax.fill_betweenx((y0, y1), x0, x1, color=color, alpha=0.5, linewidth=1)
    text = ax.text(x0, y1, func_name, ha="left", va="top", color=(0, 0, 0, 0))
    return rectangle, text


def _react(canvas: Any, above: Any, rectangles: dict[Any, tuple[Any, Any]], levels: int) -> None:
    """Show names under the pointer, and zoom on a click."""
    state = FLAME_PLOTTER_VARS

    def find(event: Any) -> Any:
        if event.xdata is not None and event.ydata is not None:
            for place in rectangles:
                if place[0] < event.xdata < place[1] and place[2] < event.ydata < place[3]:
                    return place
        return None

    def moved(event: Any) -> None:
        text, rectangle = rectangles.get(find(event), (None, None))
        if rectangle is state["hovered_rect"]:
            return
        if state["hovered_rect"] is not None:
            state["hovered_rect"].set(alpha=state["alpha"], linewidth=1)
            state["hovered_text"].set_color((0, 0, 0, 0))
        state["hovered_rect"], state["hovered_text"] = rectangle, text
        if rectangle is not None:
            state["alpha"] = rectangle.get_alpha()
            rectangle.set(alpha=0.8, linewidth=3)
            text.set_color((0, 0, 0, 1))
        canvas.draw_idle()

    def clicked(event: Any) -> None:
        place = find(event)
        if place is not None:
            above.set_xlim(place[0], place[1])
            above.set_ylim(place[2], levels + 1)
            canvas.draw_idle()

    if len(rectangles) < _HOVERED_AT_MOST:
        canvas.mpl_connect("motion_notify_event", moved)
    canvas.mpl_connect("button_release_event", clicked)
