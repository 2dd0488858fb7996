"""mprof's interface: recording the memory of a program over time, and what to do with recordings.

`python -m rsprofile.compat.mprof COMMAND` is its command line.
"""

from __future__ import annotations

import os
import re
import sys

from rsprofile.compat import memory_profiler as mp
from rsprofile.compat.mprof._dat import (
    filter_mprofile_mem_usage_by_function,
    function_labels,
    read_mprofile_file,
)
from rsprofile.compat.mprof._files import (
    clean_action,
    get_profile_filenames,
    get_profiles,
    list_action,
    peak_action,
    rm_action,
)
from rsprofile.compat.mprof._flame import (
    FLAME_PLOTTER_VARS,
    add_timestamp_rectangle,
    flame_plotter,
)
from rsprofile.compat.mprof._plot import add_brackets, plot_action, plot_file
from rsprofile.compat.mprof._processes import find_first_process, get_cmd_line
from rsprofile.compat.mprof._run import attach_action, logger, run_action

__all__ = [
    "ALL_ACTIONS",
    "FLAME_PLOTTER_VARS",
    "add_brackets",
    "add_timestamp_rectangle",
    "attach_action",
    "clean_action",
    "filter_mprofile_mem_usage_by_function",
    "find_first_process",
    "flame_plotter",
    "function_labels",
    "get_action",
    "get_cmd_line",
    "get_profile_filenames",
    "get_profiles",
    "help_msg",
    "list_action",
    "logger",
    "main",
    "mp",
    "peak_action",
    "plot_action",
    "plot_file",
    "print_usage",
    "read_mprofile_file",
    "rm_action",
    "run_action",
]

help_msg = """
Available commands:

    run      run a program and record its memory
    attach   record a process that runs, by id or name: 'run --attach'
    rm       remove recordings
    clean    remove all recordings in the current directory
    list     list the recordings in the current directory
    plot     draw recordings
    peak     print the highest memory in recordings

mprof COMMAND --help tells the options of a command.
"""

_ACTIONS = {
    "run": run_action,
    "rm": rm_action,
    "clean": clean_action,
    "list": list_action,
    "plot": plot_action,
    "attach": attach_action,
    "peak": peak_action,
}

ALL_ACTIONS = tuple(_ACTIONS)

#: Actions whose arguments may be numbers below zero, which look like options.
_INDEXED = ("rm", "plot", "peak")


def main() -> None:
    """Run the command line in `sys.argv`."""
    action = get_action()
    if action in _INDEXED and "--" not in sys.argv:
        indices = [argument for argument in sys.argv if re.fullmatch(r"-\d+", argument)]
        rest = [argument for argument in sys.argv if argument not in indices]
        if indices:
            sys.argv[:] = [*rest, "--", *indices]
    _ACTIONS[action]()


def get_action() -> str:
    """Take the command out of `sys.argv`.

    Raises:
        SystemExit: There is none, or it is not known; the usage says which there are.
    """
    if len(sys.argv) < 2 or sys.argv[1] not in _ACTIONS:
        print_usage()
        sys.exit(1)
    return sys.argv.pop(1)


def print_usage() -> None:
    """Print how to use it."""
    name = os.path.basename(sys.argv[0])
    print(f"Usage: {'mprof' if name.startswith('__') else name} COMMAND OPTIONS ARGUMENTS")
    print(help_msg)
