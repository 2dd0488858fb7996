"""The names of memory_profiler and mprof, and how they are called."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest
from rsprofile.compat import memory_profiler, mprof

MEMORY_PROFILER = {
    "CodeMap": "(include_children, backend)",
    "CodeMap.add": "(self, code, toplevel_code=None)",
    "CodeMap.items": "(self)",
    "CodeMap.trace": "(self, code, lineno, prev_lineno)",
    "LineProfiler": "(**kw)",
    "LineProfiler.__call__": "(self, func=None, precision=1)",
    "LineProfiler.add_function": "(self, func)",
    "LineProfiler.disable": "(self)",
    "LineProfiler.disable_by_count": "(self)",
    "LineProfiler.enable": "(self)",
    "LineProfiler.enable_by_count": "(self)",
    "LineProfiler.runctx": "(self, cmd, globals, locals)",
    "LineProfiler.timestamp": "(self, name='<block>')",
    "LineProfiler.trace_max_mem": "(self, frame, event, arg)",
    "LineProfiler.trace_memory_usage": "(self, frame, event, arg)",
    "LineProfiler.wrap_function": "(self, func)",
    "LogFile": "(name=None, reportIncrementFlag=False)",
    "LogFile.flush": "(self)",
    "LogFile.write": "(self, msg, level=20)",
    "MemTimer": "(monitor_pid, interval, pipe, backend, max_usage=False, *args, **kw)",
    "MemTimer.run": "(self)",
    "MemoryProfilerMagics.register_magics": "(ip)",
    "MemitResult": "(mem_usage, baseline, repeat, timeout, interval, include_children)",
    "MemitResult._repr_pretty_": "(self, p, cycle)",
    "TimeStamper": "(backend, include_children=False)",
    "TimeStamper.__call__": "(self, func=None, precision=None)",
    "TimeStamper.add_function": "(self, func)",
    "TimeStamper.call_on_stack": "(self, func, *args, **kwds)",
    "TimeStamper.show_results": "(self, stream=None)",
    "TimeStamper.timestamp": "(self, name='<block>')",
    "TimeStamper.wrap_function": "(self, func)",
    "_TimeStamperCM": "(timestamps, filename, backend, timestamper=None, func=None,"
    " include_children=False)",
    "_find_script": "(script_name)",
    "_func_exec": "(stmt, ns)",
    "_get_child_memory": "(process, meminfo_attr=None, memory_metric=0)",
    "_get_memory": "(pid, backend, timestamps=False, include_children=False, filename=None)",
    "choose_backend": "(new_backend=None)",
    "exec_with_profiler": "(filename, profiler, backend, passed_args=[])",
    "load_ipython_extension": "(ip)",
    "memory_usage": "(proc=-1, interval=0.1, timeout=None, timestamps=False,"
    " include_children=False, multiprocess=False, max_usage=False, retval=False, stream=None,"
    " backend=None, max_iterations=None)",
    "profile": "(func=None, stream=None, precision=1, backend='psutil')",
    "run_module_with_profiler": "(module, profiler, backend, passed_args=[])",
    "show_results": "(prof, stream=None, precision=1)",
}

MPROF = {
    "add_brackets": "(xloc, yloc, xshift=0, color='r', label=None, options=None)",
    "add_timestamp_rectangle": "(ax, x0, x1, y0, y1, func_name, color='none')",
    "attach_action": "()",
    "clean_action": "()",
    "filter_mprofile_mem_usage_by_function": "(prof, func)",
    "find_first_process": "(name)",
    "flame_plotter": "(filename, index=0, timestamps=True, children=True, options=None)",
    "function_labels": "(dotted_function_names)",
    "get_action": "()",
    "get_cmd_line": "(args)",
    "get_profile_filenames": "(args)",
    "get_profiles": "(args)",
    "list_action": "()",
    "main": "()",
    "peak_action": "()",
    "plot_action": "()",
    "plot_file": "(filename, index=0, timestamps=True, children=True, options=None)",
    "print_usage": "()",
    "read_mprofile_file": "(filename)",
    "rm_action": "()",
    "run_action": "()",
}

#: Names that need IPython, which is not everywhere.
IPYTHON = {"MemoryProfilerMagics", "load_ipython_extension"}

#: Names that are no callables.
VALUES = {"_CLEAN_GLOBALS", "_TWO_20", "has_tracemalloc"}
MPROF_VALUES = {"ALL_ACTIONS", "FLAME_PLOTTER_VARS", "help_msg", "logger", "mp"}


def signature(module, name):
    found = module
    for part in name.split("."):
        found = getattr(found, part)
    bare = inspect.signature(found)
    parameters = [part.replace(annotation=part.empty) for part in bare.parameters.values()]
    return str(bare.replace(parameters=parameters, return_annotation=bare.empty))


@pytest.mark.parametrize("name", MEMORY_PROFILER)
def test_a_name_of_memory_profiler_is_called_as_there(name):
    assert signature(memory_profiler, name) == MEMORY_PROFILER[name]


@pytest.mark.parametrize("name", MPROF)
def test_a_name_of_mprof_is_called_as_there(name):
    assert signature(mprof, name) == MPROF[name]


def test_each_exported_name_is_in_the_tables():
    names = {name.partition(".")[0] for name in MEMORY_PROFILER}
    assert set(memory_profiler.__all__) == names - IPYTHON | VALUES
    assert set(mprof.__all__) == set(MPROF) | MPROF_VALUES


def test_values_are_as_there():
    assert memory_profiler.__version__ == "0.61.0"
    assert memory_profiler._TWO_20 == 1 << 20
    assert memory_profiler.has_tracemalloc is True
    assert memory_profiler._CLEAN_GLOBALS["__name__"] == "__main__"
    assert mprof.mp is memory_profiler
    assert set(mprof.ALL_ACTIONS) == {"run", "rm", "clean", "list", "plot", "attach", "peak"}


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = memory_profiler.nothing


def test_all_names_can_be_imported_at_once(shell):
    shell.write("IPython.py", "raise ImportError")
    done = shell.python("-c", "from rsprofile.compat.memory_profiler import *; print(LogFile)")
    assert (done.stdout, done.stderr) == ("<class 'rsprofile.compat._log_file.LogFile'>\n", "")


def test_psutil_is_loaded_when_it_is_asked_for(shell):
    program = "from rsprofile.compat import memory_profiler as m, mprof; mprof.mp.psutil"
    done = shell.python("-c", program)
    if done.returncode:
        assert done.stderr.endswith(
            "psutil is not to be had: No module named 'psutil'; install psutil\n"
        )
    shell.write("psutil.py", "print('loaded')")
    assert shell.python("-c", program).stdout == "loaded\n"
    assert shell.python("-c", program.rpartition(";")[0]).stdout == ""


def test_importing_it_loads_nothing_of_size():
    heavy = {
        "logging",
        "threading",
        "multiprocessing",
        "argparse",
        "subprocess",
        "inspect",
        "runpy",
    }
    program = "import sys; sys.argv = ['']; import rsprofile; before = set(sys.modules); import rsprofile.compat.memory_profiler; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}; {program}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert not heavy & set(done.stdout.split()), done.stdout
