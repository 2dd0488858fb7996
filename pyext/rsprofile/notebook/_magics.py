"""The magics `%mprun` and `%memit`, with memory_profiler's names and options."""

from __future__ import annotations

import builtins
import gc

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand

from rsprofile._output import complain, reason
from rsprofile.compat._backends import get_memory
from rsprofile.compat._line_profiler import LineProfiler
from rsprofile.compat._memit import MemitResult
from rsprofile.compat._usage import memory_usage
from rsprofile.notebook._functions import codes_to_measure
from rsprofile.notebook._options import number, split
from rsprofile.notebook._report import Report
from rsprofile.notebook._statement import Statement, as_raised

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NOTHING = object()


@magics_class
class MemoryProfilerMagics(Magics):
    """The magics of `%load_ext rsprofile` and `%load_ext memory_profiler`."""

    @no_var_expand
    @line_cell_magic
    def mprun(self, line: str = "", cell: str | None = None) -> LineProfiler | None:
        """Run a statement and show the memory of each line.

        Usage, in a line and for a cell::

            %mprun [-f function]... [-T file] [-r] [-c] statement
            %%mprun [-f function]... [-T file] [-r] [-c] [statement]
            code...

        Options:

        -f <function>
            The function, method or class to measure; may be given again. It is an expression, or
            the name of a function that the cell itself defines. Without `-f` a cell shows all its
            own lines, and a line the functions it calls by name.
        -T <file>
            Write the report to a file as well, as text.
        -r
            Return the `LineProfiler`: its `code_map` has the figures.
        -c
            Add the memory of child processes.

        Functions decorated with a bare `@profile` in the code that runs are measured, too. Code
        that raises is reported up to there.

        Examples::

            %mprun -f clean clean(table)
            %mprun -f Model.fit -f Model.predict run(Model())
        """
        __tracebackhide__ = True
        options, text = split(self, line, "rf:T:c")
        if cell is not None:
            # The first line of the cell is line 1 of the report.
            text = f"{text or f'# %%mprun {line}'.rstrip()}\n{cell}"
        elif not text:
            raise UsageError("there is no statement to run")
        statement = Statement(self.shell, text)
        profiler = LineProfiler(include_children="c" in options)
        for code in codes_to_measure(statement, options.get("f", []), is_cell=cell is not None):
            profiler.add_code(code)
        path = _writable(options["T"][-1]) if "T" in options else None
        names = vars(builtins)
        before = names.get("profile", _NOTHING)
        names["profile"] = profiler
        try:
            with profiler:
                statement.run()
        except (SystemExit, KeyboardInterrupt) as error:
            print(f"*** {type(error).__name__} in the statement: the report ends there.")
        except Exception as error:
            raise as_raised(error)  # noqa: B904 (it is the same exception)
        finally:
            if before is _NOTHING:
                names.pop("profile", None)
            else:
                names["profile"] = before
            _show(Report(profiler, self.shell), path)
        return profiler if "r" in options else None

    @no_var_expand
    @line_cell_magic
    def memit(self, line: str = "", cell: str | None = None) -> MemitResult | None:
        """Measure the highest memory while a statement runs.

        Usage, in a line and for a cell, where the rest of the first line runs before and is not
        measured::

            %memit [-r R] [-t T] [-i I] [-c] [-o] [-q] statement
            %%memit [-r R] [-t T] [-i I] [-c] [-o] [-q] [setup]
            code...

        The peak is the kernel's: it is true however short it was. The increment is the peak less
        the memory before the first run.

        Options:

        -r <R>
            Run the statement so often, and take the highest peak. 1 by default.
        -t <T>
            Taken for compatibility: the statement runs to its end.
        -i <I>
            Seconds between two samples of child processes. 0.1 by default.
        -c
            Add the memory of child processes.
        -o
            Return a `MemitResult`.
        -q
            Print nothing.

        Examples::

            %memit [0] * 10_000_000
            %memit -r 3 -o table.sort_values("time")
        """
        __tracebackhide__ = True
        options, text = split(self, line, "r:t:i:coq")
        repeat = number("-r", options, int, 1)
        interval = number("-i", options, float, 0.1)
        timeout = number("-t", options, float, 0.0) or None
        if repeat < 1:
            raise UsageError(f"-r {repeat} is less than one run")
        if not interval >= 0:
            raise UsageError(f"-i {interval} is no time")
        if cell is None and not text:
            raise UsageError("there is no statement to run")
        setup = Statement(self.shell, text) if cell is not None and text else None
        statement = Statement(self.shell, text if cell is None else cell)
        children = "c" in options
        watch: dict[str, Any] = {
            "interval": interval,
            "include_children": children,
            "max_usage": True,
        }
        try:
            if setup is not None:
                setup.run()
            gc.collect()
            baseline = get_memory(-1, None, include_children=children)
            peaks = [memory_usage(statement.run, **watch) for _ in range(repeat)]
        except Exception as error:
            raise as_raised(error)  # noqa: B904 (it is the same exception)
        result = MemitResult(peaks, baseline, repeat, timeout, interval, children)
        if "q" not in options:
            print(result)
        return result if "o" in options else None

    @classmethod
    def register_magics(cls, ip: Any) -> None:
        """Give a shell the magics."""
        ip.register_magics(cls)


def load_ipython_extension(ip: Any) -> None:
    """Give a shell the magics: IPython calls this for `%load_ext`."""
    MemoryProfilerMagics.register_magics(ip)


def unload_ipython_extension(ipython: Any) -> None:
    """Take them away again, unless another extension has put its own in their place."""
    for magics in ipython.magics_manager.magics.values():
        for name in ("mprun", "memit"):
            if isinstance(getattr(magics.get(name), "__self__", None), MemoryProfilerMagics):
                del magics[name]


def _show(report: Report, path: str | None) -> None:
    report.show()
    if path is not None:
        try:
            with open(path, "w", encoding="utf-8") as file:
                file.write(report.text)
        except OSError as error:
            # What the statement gave or raised must not be lost as well.
            complain(f"cannot write {path}: {reason(error)}: the report is above only")
        else:
            print(f"Report written to {path}")


def _writable(path: str) -> str:
    """Refuse a file before the statement has run for an hour."""
    try:
        with open(path, "a"):
            return path
    except OSError as error:
        raise UsageError(f"cannot write {path}: {reason(error)}") from None
