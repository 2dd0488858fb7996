"""What is run: each job is one program with its arguments, in a fresh process every round."""

from __future__ import annotations

from dataclasses import dataclass, field

PEERS = ("line_profiler", "memory_profiler")
# What traces all allocations of a program; the number is that of frames kept.
TRACERS = ("tracemalloc-1", "tracemalloc-16", "memray", "heapwise", "fil")
# memory_profiler's interface, ours and the original.
COMPAT = "rsprofile.compat.memory_profiler"


@dataclass(frozen=True)
class Job:
    """One program of `programs/` under one tool or setting."""

    program: str
    argument: str = ""
    more: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict, hash=False)
    label: str = ""
    # A tool of others that is not there on some Python, or does not work: the table says so.
    optional: bool = False

    @property
    def key(self) -> str:
        """The name of its figures in the results."""
        return " ".join(filter(None, (self.program, self.argument, *self.more, self.label)))


# The comparisons, in every round.
JOBS = [
    *(Job("line", tool) for tool in ("rsprofile", "rsprofile-peak", "compat", *PEERS)),
    *(Job("line", tool) for tool in ("rsprofile-heap", "rsprofile-rss,heap")),
    Job("floor"),
    *(Job("callee_lines", tool) for tool in ("rsprofile", *PEERS)),
    *(Job("callee_calls", tool) for tool in ("rsprofile", *PEERS)),
    *(Job("call", tool) for tool in ("rsprofile", *PEERS)),
    *(
        Job(program, module, arguments)
        for program, arguments in (("fresh", ()), ("fresh", ("subclass",)), ("usage", ()))
        for module in (COMPAT, "memory_profiler")
    ),
    *(Job("importing", what) for what in ("bare", "rsprofile")),
    Job("report"),
    *(
        Job("churn", tool)
        for tool in ("plain", "rsprofile-1", "rsprofile-16", "stopped", "leaks-1")
    ),
]

# Whether figures stay the same as the work grows, and what is far from any goal: fewer rounds will do.
SCALING = [
    *(Job("events", events) for events in ("1e5", "1e6", "1e7")),
    *(Job("functions", count) for count in ("1", "100", "1000", "10000")),
    *(Job("depth", depth) for depth in ("1", "10", "100", "900")),
    *(Job("threads", count) for count in ("1", "4", "16")),
    # Hashes differ from process to process, and with them where a dict grows. Both environments are
    # of the same length: it lies on the stack.
    *(
        Job("mixed", environment={"PYTHONHASHSEED": "0", "RSPROFILE_GATE": gate}, label=label)
        for gate, label in (("1", "gated"), ("0", "ungated"))
    ),
    *(Job("churn", tool, optional=True) for tool in TRACERS),
    Job("pairs"),
    *(Job("live", tool) for tool in ("plain", "rsprofile-1")),
    *(Job("growth", "blocks", (count,)) for count in ("1e4", "1e6")),
    *(Job("growth", "threads", (count,)) for count in ("1", "8")),
    *(Job("growth", "sites", (count,)) for count in ("10", "1e3")),
    *(Job("look", "rsprofile", ("records", count)) for count in ("1e5", "1e6")),
    Job("look", "rsprofile", ("list", "1e6")),
    Job("look", "guppy", ("records", "1e6"), optional=True),
    Job("mark"),
]

# Too long for a quick look, and once is enough.
LONG = [
    # Each of these takes turns with what it is compared to, often enough by itself.
    *(Job(program) for program in ("page", "plot", "recording", "tests")),
    Job("events", "1e8"),
    Job("live", "tracemalloc-1"),
    Job("growth", "blocks", ("5e6",)),
    Job("growth", "sites", ("1e5",)),
    Job("look", "rsprofile", ("records", "5e6")),
]
