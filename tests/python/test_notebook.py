"""`%mprun` and `%memit` in a Jupyter kernel, and `@profile` there.

Memory is the fake meter's, `grow(n)` adds n MiB; `%memit` reads the real one.
"""

from __future__ import annotations

import re
import shutil
from html.parser import HTMLParser

import pytest
from conftest import Shell
from notebook import Notebook, Outputs

NOTEBOOK = Notebook()
HEADER = (
    "Line #    Mem usage    Increment  Occurrences   Line Contents\n"
    "=============================================================\n"
)


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory):
    """Run the notebook; gives a function from the place of a cell to what is below it."""
    folder = tmp_path_factory.mktemp("notebook")
    shell = Shell(folder)
    folders = {name: str(folder / name) for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_RUNTIME_DIR", folders["JUPYTER_RUNTIME_DIR"])
        found = NOTEBOOK.execute(folder, {**shell.environment, **folders})
    shutil.rmtree(shell.environment["TMPDIR"], ignore_errors=True)
    return found.__getitem__


def report(*rows: str) -> str:
    """Give the report of one function, its file's name left out."""
    return f"\n\n{HEADER}" + "\n".join(rows)


def shown(output: Outputs) -> str:
    """Give the one report that was displayed, its file's name left out."""
    (text,) = output.shown()
    return re.sub(r"Filename: \S+", "", text)


START = NOTEBOOK.add("""
%load_ext rsprofile
import asyncio, builtins
from rsprofile import _core, profile
_core.configure(meter="fake")
level = 0
def grow(megabytes):
    global level
    level += megabytes
    _core.grow(megabytes << 20)
def back():
    grow(100 - level)
back()
""")
DEFINITIONS = NOTEBOOK.add("""
def work(n):
    for _ in range(n):
        grow(2)
    grow(-n)

class Model:
    def fit(self):
        grow(5)

    @classmethod
    def load(cls):
        grow(6)

def items():
    grow(1)
    yield "<&>"

async def fetch():
    await asyncio.sleep(0)
    grow(4)
""")
WORK = report(
    "     1    100.0 MiB    100.0 MiB           1   def work(n):",
    "     2    106.0 MiB      0.0 MiB           4       for _ in range(n):",
    "     3    106.0 MiB      6.0 MiB           3           grow(2)",
    "     4    103.0 MiB     -3.0 MiB           1       grow(-n)",
)


def test_loading_the_extension_says_nothing(outputs):
    assert outputs(START).outputs == outputs(DEFINITIONS).outputs == []


# -- %mprun ---------------------------------------------------------------------------------------

NAMED = NOTEBOOK.add("%mprun -f work work(3)\nback()")


def test_a_function_defined_in_a_cell_is_reported(outputs):
    assert outputs(NAMED).kinds == ["display_data"]
    assert shown(outputs(NAMED)) == WORK


CALLED = NOTEBOOK.add("%mprun work(3)\nback()")


def test_a_line_without_names_reports_the_functions_it_calls(outputs):
    assert shown(outputs(CALLED)) == WORK


KINDS = NOTEBOOK.add("""
%mprun -f Model.fit -f Model.load -f items Model().fit(), Model.load(), list(items())
back()
""")


def test_each_function_has_its_own_table(outputs):
    (text,) = outputs(KINDS).shown()
    for row in (
        "     8    105.0 MiB      5.0 MiB           1           grow(5)",
        "    12    111.0 MiB      6.0 MiB           1           grow(6)",
        "    15    112.0 MiB      1.0 MiB           1       grow(1)",
    ):
        assert f"{row}\n" in text
    assert text.count("Filename: ") == 3
    assert outputs(KINDS).shown("text/html")[0].count("<table>") == 3


CLASS = NOTEBOOK.add("%mprun -f Model Model().fit()\nback()")


def test_a_class_stands_for_its_methods(outputs):
    assert shown(outputs(CLASS)) == report(
        "     7    100.0 MiB    100.0 MiB           1       def fit(self):",
        "     8    105.0 MiB      5.0 MiB           1           grow(5)",
    )


WHOLE = NOTEBOOK.add("""
%%mprun
grow(1)
def inner():
    grow(3)

for _ in range(2):
    inner()
text = "two  blanks"
grow(-7)
""")


def test_a_cell_without_names_reports_its_own_lines(outputs):
    assert shown(outputs(WHOLE)) == report(
        "     1    100.0 MiB    100.0 MiB           1   # %%mprun",
        "     2    101.0 MiB      1.0 MiB           1   grow(1)",
        "     3    104.0 MiB      0.0 MiB           1   def inner():",
        "     4    107.0 MiB      6.0 MiB           2       grow(3)",
        "     5                                         ",
        "     6    107.0 MiB      0.0 MiB           3   for _ in range(2):",
        "     7    107.0 MiB      6.0 MiB           2       inner()",
        '     8    107.0 MiB      0.0 MiB           1   text = "two  blanks"',
        "     9    100.0 MiB     -7.0 MiB           1   grow(-7)",
    )


OWN = NOTEBOOK.add("""
%%mprun -f work times = 2
def work(n):
    grow(n)

work(times)
back()
""")


def test_a_function_is_named_that_the_cell_defines_anew(outputs):
    assert shown(outputs(OWN)) == report(
        "     2    100.0 MiB    100.0 MiB           1   def work(n):",
        "     3    102.0 MiB      2.0 MiB           1       grow(n)",
    )


AGAIN = NOTEBOOK.add("""
def work(n):
    grow(7)
""")
AGAIN_RUN = NOTEBOOK.add("%mprun -f work work(1)\nback()")


def test_a_function_defined_again_shows_its_new_source(outputs):
    assert outputs(AGAIN).outputs == []
    assert shown(outputs(AGAIN_RUN)).endswith("           1       grow(7)")


RETURNED = NOTEBOOK.add("""
profiler = get_ipython().run_line_magic("mprun", "-rf work print('a  b', {1: 2}, f'{text}'), work(1)")
rows = profiler.code_map[work.__code__]
back()
rows, hasattr(builtins, "profile")
""")


def test_the_profiler_is_returned_on_request_and_nothing_stays_in_builtins(outputs):
    assert outputs(RETURNED).stream("stdout") == "a  b {1: 2} two  blanks\n"
    result = outputs(RETURNED).shown()[-1]
    assert result == "({1: (100.0, 100.0, 1), 2: (7.0, 107.0, 1)}, False)"


DECORATED = NOTEBOOK.add("""
before = builtins.profile = object()
get_ipython().run_cell_magic("mprun", "-f decorated", '''
del profile
@builtins.profile
def decorated():
    grow(1)

@profile
def bare():
    grow(2)

decorated(), bare()
''')
from rsprofile import profile
kept = builtins.profile is before
del builtins.profile
back()
kept
""")


def test_a_bare_decorator_measures_in_the_cell(outputs):
    text = "\n".join(outputs(DECORATED).shown())
    assert "           1       grow(1)" in text and "           1       grow(2)" in text
    assert text.endswith("True")


FILE = NOTEBOOK.add("""
%mprun -T "a file.txt" -f work work(1)
print(open("a file.txt").read() == "")
back()
""")


def test_the_report_goes_to_a_file_as_well(outputs):
    assert outputs(FILE).stream("stdout") == "Report written to a file.txt\nFalse\n"
    assert "grow(7)" in shown(outputs(FILE))


NO_FILE = NOTEBOOK.add("%mprun -T nowhere/file.txt -f work work(1)")
FULL = NOTEBOOK.add("%mprun -T /dev/full -f work work(1)\nback()")


def test_a_file_that_cannot_be_opened_is_refused_before_anything_runs(outputs):
    assert outputs(NO_FILE).kinds == ["stderr"]
    assert outputs(NO_FILE).stream("stderr") == (
        "UsageError: cannot write nowhere/file.txt: no such file or directory\n"
    )


def test_a_file_that_cannot_be_written_costs_no_report(outputs):
    assert "grow(7)" in shown(outputs(FULL))
    assert outputs(FULL).stream("stderr") == (
        "rsprofile: cannot write /dev/full: no space left on device: the report is above only\n"
    )


RAISING = NOTEBOOK.add("""
%%mprun
grow(1)
raise ValueError("no")
""")
NOT_RAISING = NOTEBOOK.add("back(); _core.is_active(), hasattr(builtins, 'profile')")


def test_a_statement_that_raises_is_reported_up_to_there(outputs):
    output = outputs(RAISING)
    assert output.kinds == ["display_data", "error"] and output.error == "ValueError"
    assert "     2    101.0 MiB      1.0 MiB           1   grow(1)" in shown(output)
    assert "rsprofile" not in output.traceback
    assert outputs(NOT_RAISING).shown() == ["(False, False)"]


EXITING = NOTEBOOK.add("%mprun -f work (work(1), exit_now())\nback()")
NOTEBOOK.cells[DEFINITIONS].source += "\ndef exit_now():\n    raise SystemExit(3)"
INTERRUPTED = NOTEBOOK.add("""
%%mprun
grow(1)
raise KeyboardInterrupt
""")
NOTEBOOK.add("back()")


def test_a_statement_that_exits_or_is_interrupted_is_reported(outputs):
    for place, name in ((EXITING, "SystemExit"), (INTERRUPTED, "KeyboardInterrupt")):
        assert outputs(place).kinds == ["stdout", "display_data"]
        assert outputs(place).stream("stdout") == (
            f"*** {name} in the statement: the report ends there.\n"
        )


REFUSED = {
    "%mprun": "there is no statement to run",
    "%mprun -f work": "there is no statement to run",
    "%mprun -f": 'option -f requires argument (allowed: "rf:T:c")',
    "%mprun -x work(1)": 'option -x not recognized (allowed: "rf:T:c")',
    "%mprun -f missing work(1)": (
        "there is no function 'missing': NameError: name 'missing' is not defined"
    ),
    "%mprun -f 1/0 work(1)": "there is no function '1/0': ZeroDivisionError: division by zero",
    "%mprun -f len len('')": "-f len: <built-in function len> is not a Python function",
    "%mprun -f list list()": "-f list: <class 'list'> is not a Python function",
    "%mprun x = 1": "no Python function is called by name in 'x = 1': name one with -f",
    "%mprun -f fetch await fetch()": (
        "no await here: the event loop is busy with this cell; decorate the function with"
        " rsprofile.profile and await it in a cell of its own"
    ),
    "%memit await fetch()": (
        "no await here: the event loop is busy with this cell; decorate the function with"
        " rsprofile.profile and await it in a cell of its own"
    ),
    "%memit": "there is no statement to run",
    "%memit -r 0 1": "-r 0 is less than one run",
    "%memit -r many 1": "-r takes a number, not 'many'",
    "%memit -i -1 1": "-i -1.0 is no time",
    "%memit -t soon 1": "-t takes a number, not 'soon'",
}
REFUSED_AT = {line: NOTEBOOK.add(line) for line in REFUSED}


@pytest.mark.parametrize("line", REFUSED)
def test_what_cannot_be_done_is_said_in_one_line(outputs, line):
    output = outputs(REFUSED_AT[line])
    assert output.kinds == ["stderr"]
    assert output.stream("stderr") == f"UsageError: {REFUSED[line]}\n"


NO_PYTHON = NOTEBOOK.add("%mprun -f work work(")
UNUSED = NOTEBOOK.add("%mprun -f work 1 + 1")


def test_what_is_no_python_is_a_syntax_error(outputs):
    assert outputs(NO_PYTHON).error.endswith(("SyntaxError", "IncompleteInputError"))


def test_a_function_that_never_ran_is_no_report(outputs):
    assert outputs(UNUSED).kinds == ["stdout"]
    assert outputs(UNUSED).stream("stdout").startswith("Nothing was measured: none of the func")


# -- the table ------------------------------------------------------------------------------------

TABLE = NOTEBOOK.add("""
def table():
    grow(10)
    grow(-5)  # <b> & "quoted"
    grow(0)
%mprun table()
back()
""")


class Reader(HTMLParser):
    """Collects the tags, the cells of rows and the widths of bars."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.rows: list[list[str]] = []
        self.bars: list[tuple[str | None, str | None]] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        values = dict(attributes)
        self.links += [name for name in values if name in ("src", "href")]
        if tag != "br":
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
        elif tag == "i":
            self.bars.append((values.get("class"), values.get("style")))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "td" in self.open:
            self.rows[-1][-1] += data


def test_jupyter_shows_a_table_with_bars(outputs):
    (html,) = outputs(TABLE).shown("text/html")
    reader = Reader(html)
    assert reader.open == []
    assert reader.rows[1:] == [
        ["1", "100.0", "100.0", "", "1", "def table():"],
        ["2", "110.0", "10.0", "", "1", "    grow(10)"],
        ["3", "105.0", "-5.0", "", "1", '    grow(-5)  # <b> & "quoted"'],
        ["4", "105.0", "0.0", "", "1", "    grow(0)"],
    ]
    assert reader.bars == [
        ("rsprofile-up", "width: 100%"),
        ("rsprofile-down", "width: 50%"),
    ]
    assert re.search(r"<caption>Cell In\[\d+\]</caption>", html)


def test_the_table_needs_no_script_and_no_network(outputs):
    (html,) = outputs(TABLE).shown("text/html")
    reader = Reader(html)
    assert not reader.tags & {"script", "link", "img", "iframe"} and reader.links == []
    assert "url(" not in html and "@import" not in html


def test_the_text_is_beside_the_table(outputs):
    assert shown(outputs(TABLE)) == report(
        "     1    100.0 MiB    100.0 MiB           1   def table():",
        "     2    110.0 MiB     10.0 MiB           1       grow(10)",
        '     3    105.0 MiB     -5.0 MiB           1       grow(-5)  # <b> & "quoted"',
        "     4    105.0 MiB      0.0 MiB           1       grow(0)",
    )


# -- %memit ---------------------------------------------------------------------------------------

PEAK = NOTEBOOK.add("%memit bytes(1) * (64 << 20)")
SETUP = NOTEBOOK.add("""
%%memit -o held = bytes(1) * (96 << 20)
x = bytes(1) * (64 << 20)
del x
""")
REPEATED = NOTEBOOK.add("""
runs = []
result = get_ipython().run_line_magic("memit", "-qor3 -i 0.5 -t 2 -c runs.append({1})")
runs, len(result.mem_usage), result.repeat, result.interval, result.timeout, result.include_children
""")
FAILING = NOTEBOOK.add("%memit 1 / 0")


def increment(text: str) -> float:
    """Read the increment of a result, MiB."""
    found = re.search(r"peak memory: [\d.]+ MiB, increment: ([-\d.]+) MiB", text)
    assert found is not None, text
    return float(found[1])


def test_a_peak_of_milliseconds_is_seen(outputs):
    # The kernel keeps its mark in batches of pages for each processor: up to 0.25 MiB for two.
    assert increment(outputs(PEAK).stream("stdout")) == pytest.approx(64, abs=4)


def test_the_setup_is_not_measured(outputs):
    output = outputs(SETUP)
    assert increment(output.stream("stdout")) == pytest.approx(64, abs=4)
    assert output.shown() == [f"<MemitResult : {output.stream('stdout').strip()}>"]


def test_the_statement_runs_once_for_each_repeat(outputs):
    assert outputs(REPEATED).kinds == ["execute_result"]
    assert outputs(REPEATED).shown() == ["([{1}, {1}, {1}], 3, 3, 0.5, 2.0, True)"]


def test_a_measured_statement_raises_what_it_raises(outputs):
    assert outputs(FAILING).error == "ZeroDivisionError"
    assert "rsprofile" not in outputs(FAILING).traceback


# -- @profile in cells ----------------------------------------------------------------------------

PROFILED = NOTEBOOK.add("""
@profile
def step(n):
    grow(n)
""")
FIRST = NOTEBOOK.add("step(3)\nback()\nstep(2)\nback()")
REDEFINED = NOTEBOOK.add("""
@profile
def step(n):
    grow(n + 1)

step(3)
back()
""")
AWAITED = NOTEBOOK.add("""
fetch = profile(fetch)
await fetch()
back()
""")
BLOCK = NOTEBOOK.add("""
with profile:
    grow(2)
    grow(-2)
""")
TAKEN = NOTEBOOK.add("%mprun -f step step(3)\nback()")


def printed(output: Outputs) -> str:
    """Give the reports that were printed, the names of their files left out."""
    assert set(output.kinds) == {"stdout"}
    return re.sub(r"Filename: \S+", "", output.stream("stdout"))


def step_report(line: str, amount: int) -> str:
    return report(
        "     1    100.0 MiB    100.0 MiB           1   @profile",
        "     2                                         def step(n):",
        f"     3    {100 + amount}.0 MiB      {amount}.0 MiB           1       {line}\n\n\n",
    )


def test_a_call_prints_its_report_below_the_cell(outputs):
    assert printed(outputs(FIRST)) == step_report("grow(n)", 3) + step_report("grow(n)", 2)


def test_a_function_decorated_again_shows_its_new_source(outputs):
    assert printed(outputs(REDEFINED)) == step_report("grow(n + 1)", 4)


def test_an_awaited_function_prints_its_report(outputs):
    assert printed(outputs(AWAITED)).endswith("           1       grow(4)\n\n\n")


def test_a_block_prints_its_report(outputs):
    assert printed(outputs(BLOCK)) == report(
        "     2    102.0 MiB      2.0 MiB           1       grow(2)",
        "     3    100.0 MiB     -2.0 MiB           1       grow(-2)\n\n\n",
    )


def test_mprun_shows_a_decorated_function_beside_its_own_report(outputs):
    assert outputs(TAKEN).kinds == ["stdout", "display_data"]
    assert "     3    104.0 MiB      4.0 MiB           1       grow(n + 1)" in shown(outputs(TAKEN))


# -- the end --------------------------------------------------------------------------------------

RELOADED = NOTEBOOK.add("%reload_ext rsprofile\n%mprun -f step step(0)")
UNLOADED = NOTEBOOK.add("%unload_ext rsprofile\n%mprun -f step step(0)")


def test_the_extension_can_be_reloaded_and_unloaded(outputs):
    assert outputs(RELOADED).kinds == ["stdout", "display_data"]
    assert outputs(UNLOADED).stream("stderr") == (
        "UsageError: Line magic function `%mprun` not found.\n"
    )
