"""The Rust core of rsprofile. Private: the public names are those of the package."""

import os
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any, TypeVar, final

__all__ = [
    "Baseline",
    "HighWater",
    "Limit",
    "Profile",
    "Recorder",
    "Recordings",
    "Span",
    "Suspect",
    "Walked",
    "Watch",
    "Window",
    "__version__",
    "add_code",
    "add_source",
    "after_fork_in_child",
    "arm",
    "calls_notes",
    "calls_start",
    "calls_stop",
    "calls_table",
    "check_meter",
    "close",
    "collector_notes",
    "collector_record",
    "collector_start",
    "collector_stop",
    "collector_times",
    "compare",
    "configure",
    "count_only",
    "descendants",
    "enter_block",
    "exit_block",
    "extend_windows",
    "flush_windows",
    "grow",
    "growth_history",
    "growth_mark",
    "growth_moments",
    "growth_start",
    "growth_stop",
    "heap_allocators",
    "heap_clear",
    "heap_hold",
    "heap_is_started",
    "heap_is_tracing",
    "heap_keep",
    "heap_limit_exceeded",
    "heap_native",
    "heap_own",
    "heap_refusal",
    "heap_release",
    "heap_reset_high",
    "heap_reset_peak",
    "heap_site_at",
    "heap_site_of",
    "heap_sites",
    "heap_snapshot",
    "heap_stacks",
    "heap_start",
    "heap_stop",
    "heap_thread",
    "heap_totals",
    "is_active",
    "leaks_baseline",
    "leaks_is_on",
    "leaks_look",
    "leaks_start",
    "leaks_stop",
    "leaks_why",
    "lines_of",
    "live",
    "live_page",
    "memory_of",
    "object_closure",
    "object_container",
    "object_edge",
    "object_expression",
    "object_first_line",
    "object_place",
    "object_stores",
    "object_type",
    "objects_walk",
    "on_return",
    "over",
    "page",
    "register",
    "reset",
    "run",
    "settings",
    "size",
    "snapshot",
    "spans_enable",
    "spans_finish",
    "spans_forked",
    "spans_join",
    "spans_watch",
    "start",
    "statements",
    "stop",
    "trace_new_threads",
    "trace_thread",
    "watch_modules",
]

__version__: str

@final
class Profile:
    """What one or more processes measured. All memory figures are bytes, all times seconds."""

    @property
    def functions(self) -> list[tuple[str, str, int, int]]:
        """File, qualified name, first line and number of calls of each function."""
    @property
    def meter(self) -> str:
        """The meters it was taken with, as `rss,heap`."""
    @property
    def lost(self) -> int:
        """Events and readings that could not be recorded."""
    @property
    def looks(self) -> list[tuple[int, str | None, float, int, int]]:
        """Process, mark, Unix time, objects and bytes of each look at what is alive."""
    @staticmethod
    def load(path: str | os.PathLike[str]) -> Profile:
        """Read a saved profile; `ProfileError` names what is wrong with it, `OSError` the file."""
    @staticmethod
    def loads(text: str) -> Profile:
        """Read a profile from JSON; `ProfileError` names what is wrong with it."""
    def dumps(self) -> str:
        """Give the profile as versioned JSON."""
    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the profile to a file, whole or not at all; `OSError` when it cannot be."""
    def merge(self, other: Profile) -> None:
        """Add a later run or another process; `ProfileError` when the meters differ."""
    def differs_in(self, other: Profile, /) -> str | None:
        """Give the file of the first function that has another source text in the other."""
    def merge_earlier(self, earlier: Profile) -> None:
        """Add an earlier part of the same process."""
    def select(self, indices: list[int]) -> Profile:
        """Give a profile of some of the functions, by their place; `IndexError` for no place."""
    def has_sites(self) -> bool:
        """Whether it has what the lines of the whole program allocated."""
    def has_no_lines(self) -> bool:
        """Whether no line of a profiled function was measured."""
    def render_sites(
        self,
        *,
        group: str | None = None,
        by: str | None = None,
        format: str = "text",
        style: str = "plain",
        unit: str | None = None,
        precision: int = 1,
        top: int | None = None,
        colour: bool = False,
    ) -> str:
        """Show what the lines of the whole program allocated; `ValueError` as for `render`.

        `group` is `line`, `function`, `file`, `module` or `type-of-allocator`; `by` is `live`,
        `peak`, `allocated` or `count`, and without it there is a table for each of the first three.
        """
    def has_leaks(self) -> bool:
        """Whether it has what kept memory alive."""
    def render_leaks(
        self,
        *,
        which: int | None = None,
        top: int | None = None,
        by: str | None = None,
        size: str | None = None,
        unit: str | None = None,
        precision: int = 1,
        format: str = "text",
        style: str = "plain",
        colour: bool = False,
        verbose: bool = False,
        width: int = 100,
        ascii: bool = False,
    ) -> str:
        """Show what keeps memory alive; `ValueError` as for `render`, or if there is no such look.

        Without `which` all looks are shown, of those at one process the last as a whole. `by` is
        `type`, `line`, `module` or `dominators` and gives a table instead of the suspects, ranked
        by `size`, `retained` or `own`. `format` may be `html`, too. Text is broken into lines of
        `width`, with `ascii` it has no other signs of ours.
        """
    def render_leaks_diff(
        self,
        later: Profile,
        /,
        *,
        before: int | None = None,
        after: int | None = None,
        top: int | None = None,
        unit: str | None = None,
        precision: int = 1,
        format: str = "text",
        style: str = "plain",
        colour: bool = False,
        width: int = 100,
    ) -> str:
        """Show what is alive more or less in a look of a later profile than in one of this.

        Of either it is the last look unless `before` and `after` choose another.
        """
    def suspects(self, which: int = -1) -> list[Suspect]:
        """Give the suspects of one look, worst first; `ValueError` if there is no such look."""
    def is_empty(self) -> bool:
        """Whether nothing was measured."""
    def set_run(
        self,
        *,
        command: list[str] | None = None,
        python: str | None = None,
        started: float | None = None,
        elapsed: float | None = None,
    ) -> None:
        """Set what only the caller knows of the run; `elapsed` in seconds, `started` Unix time."""
    def render(
        self,
        *,
        format: str = "text",
        columns: list[str] | None = None,
        style: str = "plain",
        unit: str | None = None,
        precision: int = 1,
        sort: str | None = None,
        skip_zero: bool = False,
        top: int | None = None,
        colour: bool = False,
        verbose: bool = False,
        meter: str | None = None,
    ) -> str:
        """Show the profile; `ValueError` lists what an option may be.

        Without a unit, levels are in MiB and what was allocated in the unit of its size. `meter` is
        what to show of several.
        """
    def export(self, format: str, /) -> bytes:
        """Give the content of a file for another viewer: `speedscope` or `pprof`.

        `ValueError` for another name, `ProfileError` for a profile without lines.
        """
    def diff(
        self,
        later: Profile,
        /,
        *,
        by: str | None = None,
        format: str = "text",
        style: str = "plain",
        unit: str | None = None,
        precision: int = 1,
        top: int | None = None,
        colour: bool = False,
    ) -> str:
        """Show what changed up to a later profile; `ProfileError` when the meters differ."""
    def diff_sites(
        self,
        later: Profile,
        /,
        *,
        group: str | None = None,
        by: str | None = None,
        format: str = "text",
        style: str = "plain",
        unit: str | None = None,
        precision: int = 1,
        top: int | None = None,
        colour: bool = False,
    ) -> str:
        """Show what the whole program allocates more or less; names as for `render_sites`."""

def over(
    before: Profile,
    after: Profile,
    /,
    of: str,
    most: str,
    least: str,
    *,
    by: str | None = None,
    unit: str | None = None,
    precision: int = 1,
) -> list[str]:
    """Name what grew by more than `most`, as `5%` or `2 MiB`, and by `least` bytes or more.

    `of` is `functions`, `program` or `objects`. `ValueError` for texts that mean nothing,
    `ProfileError` when the meters differ.
    """

@final
class Recordings:
    """Memory over time, of one or more runs."""

    @staticmethod
    def load(path: str | os.PathLike[str]) -> Recordings:
        """Read a file: lines as mprof writes them, or a saved profile with what is in it.

        Raises:
            OSError: It cannot be read.
            ProfileError: It is neither.
        """

    def extend(self, later: Recordings, /) -> None:
        """Add the runs of another file."""

    def __len__(self) -> int: ...
    @property
    def duration(self) -> float | None:
        """What the longest run took, seconds; None if there is no sample in any."""

    def peaks(
        self, function: str | None = None
    ) -> list[tuple[str, int | None, list[tuple[int, int]]]]:
        """Give the bytes at the peak of each run and of the processes below it.

        Args:
            function: Its name in the file: the peak of the run while it ran.

        Returns:
            Names and bytes, None in place of these if there is no such sample; process ids with
            their bytes.
        """

    def plot(
        self,
        path: str | os.PathLike[str],
        *,
        format: str = "html",
        title: str | None = None,
        window: tuple[float, float] | None = None,
        slope: bool = False,
        functions: bool = True,
        flame: bool = False,
        stacked: bool = False,
    ) -> None:
        """Draw them into a file, which is replaced as a whole or not at all.

        Args:
            path: The file.
            format: `html`, `svg` or `png`.
            title: What stands above; by default the command.
            window: The part of the time that is shown, seconds from the start.
            slope: Whether to draw the straight line through the samples.
            functions: Whether to draw calls.
            flame: Whether calls are boxes and not brackets.
            stacked: Whether processes are drawn on top of each other.

        Raises:
            OSError: It cannot be written.
            ValueError: There is no such format.
        """

@final
class Baseline:
    """Which objects were alive at one moment."""

@final
class Suspect:
    """Memory that survives, and what keeps it alive. As a string it is a paragraph."""

    @property
    def verdict(self) -> str:
        """`leak`, `growing`, `cycle`, `closure` or `held`, from the worst to the mildest."""
    @property
    def bytes(self) -> int:
        """Bytes that all its objects retain."""
    @property
    def count(self) -> int:
        """How many objects there are."""
    @property
    def kind(self) -> str:
        """Their type."""
    @property
    def made(self) -> tuple[str, str, int] | None:
        """File, function and line that made them, where that is known."""
    @property
    def growth(self) -> float | None:
        """Objects more for each `per`; None where nothing is known of it."""
    @property
    def growth_bytes(self) -> float | None:
        """Bytes more for each `per`."""
    @property
    def per(self) -> str | None:
        """What growth is told by: `call`, `run` or `second`."""
    @property
    def per_function(self) -> str | None:
        """The function whose calls growth is told by."""
    @property
    def ever_made(self) -> int | None:
        """How many were ever made, where that is known."""
    @property
    def path(self) -> str | None:
        """The way from a root to what holds them, as `app.registry`; None if there is none."""
    @property
    def steps(self) -> list[tuple[str, str, int]]:
        """The steps of that way: how each leads to the next, its type and the bytes it retains."""
    @property
    def holder_kind(self) -> str | None:
        """Type of what holds them."""
    @property
    def holder_len(self) -> int | None:
        """Items in what holds them."""
    @property
    def holder_bound(self) -> int | None:
        """The most it will ever hold."""
    @property
    def stored_how(self) -> str | None:
        """How they were put there, in one word: `appended`."""
    @property
    def stored(self) -> tuple[str, str, int] | None:
        """File, function and line that put them there."""
    @property
    def cycle(self) -> list[str] | None:
        """The steps around a cycle."""
    @property
    def variable(self) -> str | None:
        """The variable that a closure keeps."""
    @property
    def fix(self) -> str | None:
        """What to do about it, in words."""

@final
class Watch:
    """Samples the memory of this process, in a thread that does not hold the interpreter lock.

    A peak between two samples is in the kernel's high-water mark, and becomes one more sample.
    """

    def __new__(
        cls,
        interval: float,
        /,
        meter: str = "rss",
        *,
        children: bool = False,
        highest: bool = False,
    ) -> Watch:
        """Begin, with a sample each `interval` seconds.

        `meter` is `rss`, `pss` or `uss`; `children` adds the processes below this one; `highest`
        keeps the highest sample only. `ValueError` for what means nothing, `OSError` for a meter
        that cannot be read here.
        """
    def pause(self) -> None:
        """End the thread until `resume`: before a fork."""
    def resume(self) -> None:
        """Go on after `pause`."""
    def stop_into(self, profile: Profile, /) -> None:
        """Take the last sample, end, and put the samples into a profile as its memory over time."""
    def forked(self) -> None:
        """Open descriptors anew, in the child of a fork; the thread stays with the parent."""
    def stop(self) -> list[tuple[int, float]]:
        """Take the last sample and end; pairs of bytes and Unix time, in order."""

@final
class HighWater:
    """The resident memory of this process, by the kernel's high-water mark. It takes no thread."""

    def __new__(cls) -> HighWater:
        """Begin; `OSError` where the mark cannot be read or set back."""
    def take(self) -> tuple[int, int, int]:
        """Give the bytes now, the most since the last call, and page faults of ended children.

        Takes 3 us. The last grows with each child process that was waited for.
        """
    def forked(self) -> None:
        """Open descriptors anew, in the child of a fork."""

@final
class Recorder:
    """Records the memory of another process over time, in a file of mprof's lines.

    The thread that makes it takes the signals that are for the process, until it is closed.
    """

    def __new__(
        cls,
        path: str | os.PathLike[str],
        /,
        *,
        interval: float,
        child: bool,
        figure: str = "rss",
        sum: bool = False,
        each: bool = False,
        thin: bool = True,
        timeout: float | None = None,
        interrupt: bool = True,
    ) -> Recorder:
        """Open the file to add to, and make it where there is none.

        `interval` is the time between two samples and `timeout` that after which to stop, seconds.
        `child` says that the process will be one of this process: it is waited for, and gets the
        signals that this one gets alone. `sum` adds the processes below, `each` gives them lines of
        their own. `thin` leaves out samples that a drawing does not need, and asks the kernel for
        peaks between samples. `interrupt` passes SIGINT on like other signals. `OSError` where the
        file cannot be written.
        """
    def start(self, pid: int, command: str) -> None:
        """Begin with a process. `ProcessLookupError`, `PermissionError` where that cannot be."""
    def show(self, rows: int, columns: int) -> None:
        """Show how far it is on a terminal of this size; none where that is 0."""
    def clear(self) -> None:
        """Empty a file that was there before."""
    def run(self) -> tuple[str, int]:
        """Record until something happens; what, and its number.

        `ended` with the exit status of a child, or the signal it died of, negative; `gone` for a
        process that is no child; `timeout`; `asked` with the signal that ended the recording of one
        that is no child; `unwritable` and `unreadable` with an errno; `resized` for the terminal.
        After `timeout` and the last three it is to be called again.
        """
    @property
    def interrupted(self) -> bool:
        """Whether SIGINT came."""
    @property
    def peak(self) -> int:
        """The highest memory so far, bytes."""
    def close(self) -> None:
        """End, and give the signals back."""
    def discard(self) -> None:
        """End, and leave no file behind where there was none."""

@final
class Span:
    """A call of a function in a program that is recorded: it begins when this is made."""

    def __new__(cls, name: str, /, *, running: bool = True) -> Span:
        """Begin one; if it is not `running`, with `enable_by_count` before each step."""
    def enable_by_count(self) -> None:
        """Go on with it: a generator or coroutine is resumed."""
    def disable_by_count(self) -> None:
        """Leave it for a while."""
    def end(self) -> None:
        """End it and write it."""

def spans_join(path: str, /) -> None:
    """Write calls to a recording that has begun. `OSError` where it cannot be written."""

def spans_forked() -> None:
    """Begin anew in the child of a fork."""

def spans_enable(on: bool, /) -> None:
    """Record calls that begin from now on, or do not."""

def spans_watch(code: CodeType, name: str, /) -> bool:
    """Record the calls of a code object; False where that takes a wrapper: before Python 3.12."""

def spans_finish() -> None:
    """Write the calls that are open, and watch no more."""

@final
class Limit:
    """Watches the traced memory from the start of a `with` block to its end.

    It starts the meter if that is not on.
    """

    def __new__(cls, size: int | str, /, callback: Callable[[Any], object] | None = None) -> Limit:
        """Take bytes or a text like `200 MiB`.

        With a callback nothing is raised: it is called, in another thread. `ValueError` for a size
        without a meaning, `TypeError` for what is none, and for a callback that cannot be called.
        """
    def start(self) -> None:
        """Begin, as the `with` block does.

        `LimitExceeded` where there is more already, or the callback is called at once.
        `RuntimeError` while it is open, for too many at once, and where the meter cannot work.
        """
    def cancel(self) -> None:
        """End. Raises or calls back if the limit was passed and nobody was told yet."""
    def __enter__(self) -> Limit: ...
    def __exit__(self, kind: object, _error: object, _traceback: object, /) -> None: ...

@final
class Window:
    """Some functions, profiled between `open` and `close`: for profilers that come and go."""

    def __new__(cls, codes: dict[CodeType, dict[int, tuple[float, float, int]]], /) -> Window:
        """Take the code objects that are keys. Those that share a dictionary are one function.

        The inner dictionaries are filled with `{line: (increment, memory, occurrences)}`, memory in
        MiB, in the order in which lines were first run.
        """
    def open(self) -> None:
        """Profile from now on what this thread runs of its functions.

        Of their nested code, what threads run that have no window of their own counts as well.
        """
    def join(self) -> None:
        """Profile what this thread runs too."""
    def add(self, codes: dict[CodeType, dict[int, tuple[float, float, int]]], /) -> None:
        """Profile too what has come into `codes`, in all threads that opened or joined."""
    def part(self) -> None:
        """Undo one `join`, or `open`, of this thread."""
    def close(self) -> None:
        """End that; what was measured is added to the dictionaries."""

def flush_windows() -> None:
    """Add what open windows have measured so far to their dictionaries."""

def extend_windows(codes: dict[CodeType, dict[int, tuple[float, float, int]]], /) -> None:
    """Have open windows that were made for `codes` profile what has come into it."""

def add_code(
    codes: dict[CodeType, dict[int, tuple[float, float, int]]],
    toplevel: list[tuple[Any, ...]],
    code: CodeType,
    /,
) -> bool:
    """Make a code object a key of `codes`, and the code nested in it with the same dictionary.

    Appends file, code and `range` of its lines to `toplevel`. Nothing is done for a code object
    that is a key; False, with nothing done, where there is no source text.
    """

def lines_of(code: CodeType, /) -> tuple[int, int, bool]:
    """First and last line of a function by its code, and whether there is source text."""

def live(own: str, count: int, /, earlier: Profile | None = None) -> str:
    """The lines that grew most so far, `count` by each figure, as JSON; no figure is changed by it.

    What code in the folder `own` allocated is left out; what is in `earlier` is added.
    """

def live_page(title: str, /) -> str:
    """The page that shows a run while it goes on, asking the server it came from for `data`."""

def memory_of(pid: int, /, figure: str = "rss") -> int:
    """Bytes of a process: `rss`, `pss`, `uss`, or `highest` resident set in its life.

    `ProcessLookupError` for a process that is gone, `PermissionError` for one that is not ours.
    """

def descendants(pid: int, /) -> list[int]:
    """The ids of the processes below a process, parents first; errors as for `memory_of`."""

def register(code: CodeType, /, kind: str = "function") -> int:
    """Profile a code object and the code nested in it.

    `kind` is `function`, `module` or `block`. Gives the number of its function: 0, 1, ... in the
    order of registration, and the same number for the same code.
    """

def arm(function: FunctionType, /) -> None:
    """Make calls of a function fill the trace slot while they last (3.11).

    Nothing to do with the monitoring hook. `TypeError` for what is no Python function.
    """

def calls_start() -> None:
    """Count the calls of each function from now on, from nothing.

    `RuntimeError` where that cannot be done. Nothing to do while it is on.
    """

def calls_stop() -> None:
    """Count no more; what was counted stays until the next start."""

def calls_table() -> dict[tuple[str, str, int], int]:
    """Give the calls by file, qualified name and first line of each function."""

def calls_notes() -> list[str]:
    """Say why the counts are not whole, if they are not."""

def growth_start() -> None:
    """Have a thread take marks of the blocks of each line from now on, without those before."""

def growth_stop() -> None:
    """Take no more marks; those that were taken stay."""

def growth_mark(name: str | None = None, /) -> None:
    """Take a mark now."""

def growth_moments() -> list[tuple[float, str | None]]:
    """Give the seconds since the start and the name of each mark."""

def growth_history(
    object: object, /
) -> tuple[tuple[int, int, int], list[tuple[float, int, int]]] | None:
    """Give the blocks that the line which made an object has made, freed and alive.

    And for each mark seconds, live blocks and blocks made; `None` for an unknown line.
    """

def collector_start() -> None:
    """Watch the collector of cycles from now on; nothing to do while it is watched."""

def collector_stop() -> None:
    """Watch it no more; what was seen stays until the next start."""

def collector_times() -> tuple[list[int], list[float]]:
    """Give number and seconds of the collections of each generation while it was watched."""

def collector_notes() -> list[tuple[str, tuple[str, str, int, int] | None, int]]:
    """Give calls of functions of `gc`: name, the caller, and how often.

    A caller is file, function, first line of the function and line.
    """

def collector_record() -> dict[str, Any]:
    """Give what the collector is set to, has done and took."""

def trace_thread() -> None:
    """Keep the trace hook on in this thread for good. Nothing to do with the monitoring hook."""

def trace_new_threads() -> None:
    """Keep the trace hook on in all threads that `threading` starts from now on."""

def start() -> None:
    """Start profiling, or count one more start; `OSError` when the meter cannot be read."""

def stop() -> None:
    """Take one start back; at the last one the hooks go silent. Code stays registered."""

def close() -> None:
    """Silence the hooks and give back the tool id or trace slot. `start` works again."""

def is_active() -> bool:
    """Whether profiling is on."""

def enter_block(frame: FrameType, /) -> int:
    """Profile the lines of a running frame from the next one on; the number of its function."""

def exit_block(frame: FrameType, /) -> None:
    """End the innermost block of a frame."""

def on_return(function: int, callback: Callable[[int], None] | None, /) -> None:
    """Set what is called, with the function's number, after each outermost call of a function."""

def reset(function: int | None = None, /) -> None:
    """Forget the figures of a function, or of all."""

def configure(
    *, meter: str | None = None, peak: bool | None = None, hook: str | None = None
) -> None:
    """Change settings while profiling is off.

    `ValueError` for an unknown name, `OSError` for a meter that cannot be read here, `RuntimeError`
    while profiling is on.
    """

def check_meter(meter: str, /) -> str:
    """Give a choice of meters in its usual form; `ValueError` for what is none."""

@final
class Walked:
    """The objects alive at one moment, as numbers of nodes and what leads where.

    For tests of the walk, and good for nothing else: it holds no object, and a node may be gone.
    Node 0 is what holds the roots. `IndexError` for a number that no object has.
    """

    @property
    def len(self) -> int:
        """Number of objects; their nodes begin at 1."""
    @property
    def edges(self) -> int:
        """References among them, those of the roots included."""
    @property
    def bytes(self) -> int:
        """Bytes they take up together."""
    @property
    def tracked(self) -> tuple[int, int, int]:
        """Objects that the collector tracks in each generation, the youngest first."""
    @property
    def frozen(self) -> int:
        """Objects set aside by `gc.freeze()`."""
    @property
    def untracked(self) -> int:
        """Objects that the collector does not track."""
    @property
    def overdrawn(self) -> list[int]:
        """Nodes of objects with fewer references than were found: none, or memory was misread."""
    def node(self, object: object, /) -> int | None:
        """The node of an object, if it was alive."""
    def size(self, node: int, /) -> int:
        """Bytes the object takes up itself."""
    def kind(self, node: int, /) -> str:
        """Name of its type."""
    def edges_of(self, node: int, /) -> list[int]:
        """The nodes it refers to."""
    def roots(self) -> list[tuple[str, int]]:
        """What holds objects from outside, in one line each, with the node held."""
    def is_garbage(self, node: int, /) -> bool:
        """Whether nothing leads to it."""
    def is_own(self, node: int, /) -> bool:
        """Whether nothing but what is ours leads to it."""

def objects_walk(own: str, /, *, listed: bool = False) -> Walked:
    """Walk all objects alive. What functions in files below the folder `own` hold is ours.

    It begins with the collector's own lists or, where these are not found and with `listed`, with
    `gc.get_objects()`, which leaves out what is frozen unless something leads to it.
    `MemoryError` where the graph does not fit, `RuntimeError` for an unknown layout of objects.
    """

def heap_refusal() -> str | None:
    """Say why the heap meter cannot work in this process, if so."""

def settings() -> dict[str, Any]:
    """The `meter`, `peak`, `hook` and whether profiling is `started`."""

def run(code: CodeType, namespace: dict[str, Any], /) -> None:
    """Run a code object in a namespace, with no frame of ours in between."""

def watch_modules(callback: Callable[[CodeType], None], /) -> None:
    """Call back with the code of every module body about to run. Cannot be taken back."""

def snapshot(functions: list[int] | None = None, /) -> Profile:
    """The figures of all functions, or of some by their numbers, as they stand.

    Those of all hold what lines that are still running hold by now.
    """

def after_fork_in_child() -> None:
    """Open descriptors anew and count from zero, in the child of a fork."""

def add_source(filename: str, text: str, /) -> None:
    """Give the text of a file that is not on disk."""

def grow(amount: int, /) -> None:
    """Add bytes to the level of the fake meter; `RuntimeError` for any other meter."""

def statements(text: str, /) -> list[tuple[int, int, int]]:
    """For tests: first and last line of each statement, and the end of a `with` body or 0."""

def count_only(on: bool, /) -> None:
    """Only count events instead of recording them: the floor that benchmarks compare with."""

def heap_start(stacks: int = 1, *, raw_frames: bool = True) -> bool:
    """Record every block that is allocated from now on, keeping `stacks` frames of each stack.

    Gives whether lines are known of calls without the interpreter lock too, as it is but for an
    interpreter that is laid out in an unknown way; `raw_frames=False` has that tested. `ValueError`
    for a number of frames that cannot be kept, `RuntimeError` if it was started already, and in one
    line where it cannot work.
    """

def heap_stop() -> None:
    """Record no more and forget everything, unless lines or a report need it; holds end with it.

    Nothing to do while it is off.
    """

def heap_is_started() -> bool:
    """Whether `heap_start` was called, and `heap_stop` not since."""

def heap_keep(stacks: int, /, *, temporaries: bool = False) -> None:
    """Have it on to the end of the process, for its report. Errors as in `heap_start`.

    With `temporaries` it is counted too what is freed on the line that made it, which takes time.
    """

def heap_hold(stacks: int = 1, /) -> int:
    """Have it on for a block of code; gives what `heap_release` takes. Errors as `heap_start`."""

def heap_release(hold: int, /) -> None:
    """End a hold; the last one stops it. Nothing to do where `heap_stop` came before."""

def heap_is_tracing() -> bool:
    """Whether blocks are recorded."""

def heap_stacks() -> int:
    """How many frames are kept of each stack."""

def heap_clear() -> None:
    """Forget all blocks and figures, and go on."""

def heap_reset_peak() -> None:
    """Begin a new peak, at what is alive now."""

def heap_totals() -> tuple[int, int]:
    """Bytes that are alive, and the most that were."""

def heap_own() -> tuple[int, int]:
    """Bytes of memory the meter takes up itself, and blocks it had no place for."""

def heap_thread() -> tuple[int, int, int, int, int]:
    """What the calling thread has done since it began, in bytes, but for the third.

    Allocated less freed, allocated, freed, number of allocations, and the highest of the first
    since `heap_reset_high`.
    """

def heap_reset_high() -> None:
    """Begin a new highest value of the calling thread, at what it is now."""

_Error = TypeVar("_Error", bound=MemoryError)

def heap_limit_exceeded(kind: type[_Error], /, *arguments: object) -> _Error:
    """Make the exception of a limit.

    Without arguments, as the interpreter makes one, it says what is on its way to the thread.
    """

def heap_native() -> tuple[int, int, int, int, int]:
    """How far native memory is recorded at the moment.

    Loaded objects and slots of calls that are led to the meter, slots that lead to somebody else's
    function and are left alone, objects that could not be read, slots that could not be written.
    """

def heap_allocators() -> list[tuple[Path, str]]:
    """Loaded objects that bring an allocator of their own, and its name.

    What it hands out is not seen, only the mappings it takes. Reads the files of all of them.
    """

_Line = tuple[str, str, int, int]

def heap_snapshot() -> list[tuple[int, tuple[_Line, ...], int, int, int, int, int, int]]:
    """The figures of all sites, a row for each; `RuntimeError` while it is off.

    A row is the line record, the lines of the stack from the innermost (file, function, first line
    of the function, line; none where no Python code ran), bytes and blocks alive, bytes and blocks
    ever allocated, and bytes and blocks that were alive at the peak.
    """

def heap_sites(profile: Profile, own: str, /) -> None:
    """Put the figures of all sites, as they stand, into a profile; `RuntimeError` while it is off.

    What code in the folder `own` allocated is left out.
    """

def heap_site_at(address: int, /) -> tuple[_Line, ...] | None:
    """The stack that allocated the block at an address, as `heap_site_of`."""

def heap_site_of(object: object, /) -> tuple[_Line, ...] | None:
    """The stack that allocated an object, as in `heap_snapshot`; `None` if it is not known."""

def object_edge(start: object, to: object, /) -> str | None:
    """For tests: how an object leads to another, as it is printed; `None` where it does not."""

def object_expression(root: str, path: list[Any], /) -> tuple[str, list[str]]:
    """For tests: the expression for the end of a way that begins at `root`, and its steps."""

def object_container(object: object, /) -> tuple[int | None, int | None, int | None]:
    """For tests: how many it holds and may hold, and the address of the block that grows."""

def object_stores(code: object, kind: str, name: str, /) -> list[int]:
    """For tests: the lines that set a `global`, an `attribute` or a `cell`."""

def object_closure(function: object, /) -> list[tuple[str, int]]:
    """For tests: the variables a function keeps, and the address of what each is, or 0."""

def object_first_line(object: object, /) -> int | None:
    """For tests: the line a function or, from 3.13 on, a class begins on; `None` for others."""

def object_place(code: object, /) -> tuple[str, str, int] | None:
    """For tests: file, qualified name and first line of code or a function; `None` for others."""

def object_type(kind: object, /) -> tuple[str, str] | None:
    """For tests: the module of a type and its name as it is printed; `None` for what is none."""

def page(
    profile: Profile,
    /,
    *,
    columns: list[str] | None = None,
    unit: str | None = None,
    precision: int = 1,
    sort: str | None = None,
    skip_zero: bool = False,
    top: int | None = None,
    group: str | None = None,
    by: str | None = None,
    which: int | None = None,
) -> str:
    """Show a profile as a page for a browser, with whatever it holds.

    `columns`, `sort` and `group` are what it shows at first; lines left out by `skip_zero` and
    `top` are not in it; `which` is the one look at what is alive in it. Errors as for
    `Profile.render`.
    """

def compare(
    before: Profile,
    after: Profile,
    /,
    *,
    by: str | None = None,
    group: str | None = None,
    unit: str | None = None,
    precision: int = 1,
) -> str:
    """Show two profiles side by side as a page for a browser.

    By the figures of the column `by` at first. Errors as for `Profile.diff`.
    """

def size(value: int | str, /) -> int:
    """Bytes of a limit, given as such or as a text like `200 MiB`; errors as for `Limit`."""

def leaks_start(*, stacks: int = 1) -> None:
    """Record what tells growth: blocks, calls, marks, collections. Nothing to do while it is on.

    Errors as in `heap_start`.
    """

def leaks_stop() -> None:
    """Record it no more. Nothing to do while it is off."""

def leaks_is_on() -> bool:
    """Whether it is recorded."""

def leaks_look(
    own: str,
    /,
    *,
    mark: str | None = None,
    since: Baseline | None = None,
    runs: int = 0,
    threshold: int | None = None,
) -> Profile:
    """Look at all that is alive, but for what code in the folder `own` made or holds.

    With `since` only what was made after it is suspected, per run with `runs`.
    """

def leaks_baseline(own: str, /) -> Baseline:
    """Note which objects are alive now."""

def leaks_why(own: str, object: object, /) -> str:
    """Give the shortest ways from a root to an object, as text."""
