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
