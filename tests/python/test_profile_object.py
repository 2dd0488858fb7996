"""The `profile` object: its options, its reports, its switch and its blocks."""

from __future__ import annotations

import re
from pathlib import Path


def test_unknown_options_are_refused_by_name(shell):
    cases = [
        ("colour=1", "TypeError", "colour"),
        ("report='daily'", "ValueError", "daily"),
        ("columns=['speed']", "ValueError", "speed"),
        ("precision=-1", "ValueError", "-1"),
        ("stream=5", "TypeError", "5"),
    ]
    for option, kind, part in cases:
        done = shell.python(
            "-c", f"from rsprofile import profile\n@profile({option})\ndef f(): pass"
        )
        assert done.returncode == 1
        last = done.stderr.splitlines()[-1]
        assert last.startswith(kind)
        assert part in last


def test_a_plain_script_reports_once_when_it_ends(shell, occurrences):
    shell.write(
        "prog.py",
        """
        from rsprofile import profile
        @profile
        def work():
            x = 1
        @profile
        def never(): pass
        for _ in range(3): work()
        print("end")
        """,
    )
    done = shell.python("prog.py")
    before, _, after = done.stdout.partition("end\n")
    assert before == ""
    assert after.count("Filename:") == 1
    assert occurrences(after)["x = 1"] == 3
    assert done.stderr == ""


def test_report_call_prints_the_numbers_of_each_call(shell, occurrences):
    shell.write(
        "prog.py",
        """
        from rsprofile import profile
        @profile(report="call")
        def work(n):
            if n:
                work(n - 1)
            x = 1
        for _ in range(2):
            work(2)
            print("next")
        """,
    )
    reports = shell.python("prog.py").stdout.split("next\n")
    assert [occurrences(report)["x = 1"] for report in reports[:2]] == [3, 3]
    assert reports[2] == ""


def test_a_repl_prints_after_each_call(shell, occurrences):
    text = (
        "from rsprofile import profile\n@profile\ndef work():\n    x = 1\n\nwork()\nprint('next')\n"
    )
    done = shell.python("-i", "-q", input=text)
    report, _, rest = done.stdout.partition("next\n")
    assert report.count("Filename:") == 1
    assert rest == ""


def test_a_block_is_profiled_and_may_be_entered_again(shell, occurrences):
    shell.write(
        "prog.py",
        """
        from rsprofile import profile
        def work():
            before = 1
            with profile:
                x = 1
                with profile:
                    y = 2
            after = 3
        work()
        try:
            with profile:
                z = 4
                raise ValueError
        except ValueError:
            print("caught")
        work()
        """,
    )
    done = shell.python("prog.py")
    assert done.stderr == ""
    found = occurrences(done.stdout)
    assert (found["x = 1"], found["y = 2"], found["z = 4"]) == (2, 2, 1)
    assert "before = 1" not in found
    assert "after = 3" not in found


def test_a_block_through_an_exit_stack_is_that_of_the_caller(shell, occurrences):
    shell.write(
        "prog.py",
        """
        import contextlib
        from rsprofile import profile
        def work():
            with contextlib.ExitStack() as stack:
                stack.enter_context(profile)
                x = 1
            y = 2
        work()
        """,
    )
    found = occurrences(shell.python("prog.py").stdout)
    assert found["x = 1"] == 1
    assert "y = 2" not in found


def test_blocks_in_threads_add_up(shell, occurrences):
    shell.write(
        "prog.py",
        """
        import threading
        from rsprofile import profile
        def work():
            with profile:
                x = 1
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        """,
    )
    assert occurrences(shell.python("prog.py").stdout)["x = 1"] == 4


def test_profiling_can_be_switched(shell, occurrences):
    shell.write(
        "prog.py",
        """
        from rsprofile import profile
        profile.disable()
        @profile
        def work():
            x = 1
        work()
        profile.enable(); profile.enable()
        work(); work()
        profile.disable()
        work()
        profile.enable_by_count(); profile.enable_by_count()
        work()
        profile.disable_by_count()
        work()
        profile.disable_by_count()
        work()
        """,
    )
    assert occurrences(shell.python("prog.py").stdout)["x = 1"] == 4


def test_a_report_asked_for_is_not_repeated_at_exit(shell):
    shell.write(
        "prog.py",
        """
        import io
        from rsprofile import profile
        @profile
        def work(): pass
        work()
        stream = io.StringIO()
        profile.report(stream, precision=4)
        assert "Filename:" in stream.getvalue()
        profile.report()
        print("end")
        """,
    )
    done = shell.python("prog.py")
    before, _, after = done.stdout.partition("end\n")
    assert before.count("Filename:") == 1
    assert (after, done.stderr) == ("", "")


STREAMS = """
import sys
from rsprofile import profile
@profile(stream=sys.stderr, precision=4)
def apart(): pass
@profile(columns="own")
def own():
    x = 1
@profile
def plain(): pass
apart(); own(); plain()
"""


def test_a_report_asked_for_is_the_one_of_the_exit(shell):
    shell.write("exit.py", STREAMS)
    shell.write("asked.py", STREAMS + "profile.report()\nprint('end')\n")
    at_exit, asked = shell.python("exit.py"), shell.python("asked.py")
    assert at_exit.stderr.count("def apart") == at_exit.stdout.count("def plain") == 1
    assert _shape(asked.stderr) == _shape(at_exit.stderr)
    assert _shape(asked.stdout) == [*_shape(at_exit.stdout), "end"]


def _shape(report):
    """Give the lines of a report; digits are all the same and files have no names."""
    return [
        re.sub(r"\d", "0", line)
        for line in report.splitlines()
        if line and not line.startswith("Filename:")
    ]


def test_what_a_report_is_asked_for_goes_before_what_decorators_say(shell):
    shell.write(
        "prog.py",
        STREAMS + "profile.report(sys.stdout, precision=2, columns='peak')\nprint('end')\n",
    )
    done = shell.python("prog.py")
    before, _, after = done.stdout.partition("end\n")
    assert before.count("Peak ") == before.count("@profile") == 3
    assert "Own" not in before
    assert re.findall(r"\.(\d+) MiB", before)
    assert {len(digits) for digits in re.findall(r"\.(\d+) MiB", before)} == {2}
    # Only what went to where the decorators say counts as the report of the exit.
    assert "def apart" in done.stderr
    assert "def plain" in after


def test_what_is_added_after_a_report_is_reported_at_exit(shell):
    shell.write("prog.py", STREAMS + "profile.report()\nprint('end')\nown()\n")
    done = shell.python("prog.py")
    assert done.stderr.count("def apart") == 2
    assert "x = 1" in done.stdout.partition("end\n")[2]


def test_a_report_asked_for_in_a_repl_has_all_calls(shell):
    text = (
        "from rsprofile import profile\n@profile\ndef work():\n    x = 1\n\n"
        "work()\nwork()\nprint('next')\nprofile.report()\n"
    )
    done = shell.python("-i", "-q", input=text)
    assert done.stdout.partition("next\n")[2].count("Filename:") == 1


def test_a_column_of_peaks_may_be_asked_for_late(shell):
    shell.write(
        "prog.py",
        """
        from rsprofile import profile
        @profile
        def one(): pass
        one()
        @profile(columns="peak")
        def two():
            x = 1
        one(); two()
        """,
    )
    done = shell.python("prog.py")
    assert done.stderr == ""
    assert "Peak" in done.stdout


def test_a_stream_that_fails_does_not_cost_the_report(shell):
    shell.write(
        "prog.py",
        """
        from rsprofile import profile
        class Broken:
            def write(self, text): raise RuntimeError("no more")
        @profile(stream=Broken())
        def work(): pass
        work()
        """,
    )
    done = shell.python("prog.py")
    assert "no more" in done.stderr
    assert done.stderr.count("\n") == 1
    assert "def work" in done.stdout


def test_rsprofile_0_leaves_everything_alone(shell):
    shell.write(
        "prog.py",
        """
        import sys
        from rsprofile import profile
        @profile
        @profile(precision=3, anything=4)
        def work(): pass
        work()
        with profile: pass
        profile.enable(); profile.disable(); profile.report(); profile.save("out.json")
        print(sorted(name for name in sys.modules if name.startswith("rsprofile")))
        """,
    )
    done = shell.python("prog.py", RSPROFILE="0")
    assert done.stdout == "['rsprofile', 'rsprofile._off']\n"
    assert done.stderr == ""
    assert not (shell.folder / "out.json").exists()


def test_the_import_brings_in_nothing_heavy(shell):
    heavy = "argparse inspect linecache json threading typing dataclasses contextlib re functools"
    code = (
        "import sys; before = set(sys.modules); import rsprofile\n"
        # On 3.11 the trace hook has to be told of new threads, once something is decorated.
        "if sys.version_info >= (3, 12): rsprofile.profile(lambda: 1)\n"
        f"print(sorted((set(sys.modules) - before) & set({heavy.split()!r})))"
    )
    assert shell.python("-S", "-c", code, PYTHONPATH=_where()).stdout == "[]\n"


def _where():
    import rsprofile

    return str(Path(rsprofile.__file__).parents[1])
