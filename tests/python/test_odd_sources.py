"""Source that is on one line, under a strange name, or another by now."""

from __future__ import annotations

import os
import re


def rows(report):
    found = re.findall(r"^ *\d+ +[\d.]+ MiB +(-?[\d.]+) MiB +(\d+)   (.*)", report, re.M)
    return [(round(float(increment)), int(times), text.strip()) for increment, times, text in found]


def test_a_block_and_its_body_on_one_line_are_measured(shell):
    shell.write(
        "one.py",
        """
        from rsprofile import profile
        kept = []
        with profile: kept.append(b"x" * (32 << 20))
        def work():
            with profile: kept.append(b"x" * (16 << 20)); kept.append(b"x" * (16 << 20))
        work()
        """,
    )
    ended = shell.python("one.py")
    assert rows(ended.stdout) == [
        (32, 1, 'with profile: kept.append(b"x" * (32 << 20))'),
        (
            32,
            1,
            'with profile: kept.append(b"x" * (16 << 20)); kept.append(b"x" * (16 << 20))',
        ),
    ], ended.stderr


def test_a_function_on_one_line_shows_what_it_added(shell):
    shell.write(
        "one.py",
        """
        from rsprofile import profile
        make = profile(lambda n: b"x" * (n << 20))
        kept = make(32)
        """,
    )
    ended = shell.python("one.py")
    expected = [(32, 1, 'make = profile(lambda n: b"x" * (n << 20))')]
    assert rows(ended.stdout) == expected, ended.stderr


def test_a_path_that_is_not_utf_8_is_profiled(shell):
    name = os.fsdecode(b"n\xff.py")
    text = "from rsprofile import profile\n@profile\ndef f():\n    return 1\nf()\n"
    shell.write(name, text)
    for arguments in ([name], ["-m", "rsprofile", name]):
        ended = shell.python(*arguments)
        assert (ended.returncode, ended.stderr) == (0, "")
        assert (0, 1, "return 1") in rows(ended.stdout)


def test_runs_of_different_sources_are_not_added_up(shell):
    for name, text in (("a.json", "x = 1\n"), ("b.json", "# new\nx = 1\n")):
        shell.write("prog.py", text)
        assert shell.rsprofile("--all", "-o", name, "prog.py").returncode == 0
    ended = shell.rsprofile("show", "a.json", "b.json")
    assert ended.returncode == 2
    assert ended.stderr.startswith("rsprofile: cannot add b.json: the source of ")
    assert ended.stderr.count("\n") == 1


def test_a_module_that_was_edited_and_loaded_again_shows_its_new_source(shell):
    shell.write(
        "first.py",
        """
        from rsprofile import profile
        @profile(report="call")
        def ours():
            kept = b"x" * (16 << 20)
            return kept
        def theirs():
            kept = b"y" * (16 << 20)
            return kept
        """,
    )
    shell.write(
        "second.py",
        """
        from rsprofile import profile
        # Everything is a line further down, and a statement longer.
        @profile(report="call")
        def ours():
            kept = (b"x"
                    * (32 << 20))
            return kept
        def theirs():
            kept = (b"y"
                    * (32 << 20))
            return kept
        """,
    )
    shell.write(
        "main.py",
        """
        import importlib, os, shutil
        from rsprofile.compat.memory_profiler import LineProfiler, show_results
        def report():
            part.ours()
            profiler = LineProfiler()
            profiler(part.theirs)()
            show_results(profiler)
        shutil.copy("first.py", "part.py")
        import part
        report()
        shutil.copy("second.py", "part.py")
        importlib.reload(part)
        report()
        """,
    )
    ended = shell.python("main.py")
    assert [row for row in rows(ended.stdout) if row[2].startswith("kept")] == [
        (16, 1, 'kept = b"x" * (16 << 20)'),
        (16, 1, 'kept = b"y" * (16 << 20)'),
        (32, 1, 'kept = (b"x"'),
        (32, 1, 'kept = (b"y"'),
    ], ended.stderr
    assert "changed" not in ended.stdout


def test_cells_that_share_a_name_show_their_own_source(shell):
    shell.write(
        "cells.py",
        r"""
        import linecache
        from rsprofile import profile
        def run(text):
            linecache.cache["cell.py"] = (len(text), None, text.splitlines(True), "cell.py")
            exec(compile(text, "cell.py", "exec"), {"profile": profile(report="call")})
        run("@profile\ndef one():\n    return [\n        1,\n    ]\none()\n")
        run("\n\n@profile\ndef two():\n    x = 1\n    return x\ntwo()\n")
        """,
    )
    ended = shell.python("cells.py")
    texts = [text for _, _, text in rows(ended.stdout)]
    assert texts == ["@profile", "return [", "1,", "@profile", "x = 1", "return x"], ended.stderr
