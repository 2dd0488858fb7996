"""What the live view shows: pure functions, compared exactly."""

from __future__ import annotations

import re
import unicodedata

import pytest
from rsprofile._live._asking import lines_of
from rsprofile._live._child import command_of
from rsprofile._live._frame import frame, last_frame, plain_line
from rsprofile._live._graph import graph
from rsprofile._live._history import Bucket, History, Recent, columns
from rsprofile._live._state import Lines, Row, State
from rsprofile._live._terminal import is_able, shows_unicode, wants_colour
from rsprofile._live._text import clean, clip, duration, signed, size, width

MIB = 1 << 20


def state(**changes: object) -> State:
    """A process of ten seconds that has grown to 100 MiB and is at 40."""
    made = State(4711, "python app.py", 1000.0, 1010.0, 40 * MIB, 100 * MIB)
    for at in range(40):
        high = (100 if at == 20 else 10 + at) * MIB
        one = Bucket(at / 4, (10 + at) * MIB, high, high)
        made.recent.add(one)
        made.whole.add(one)
    made.lines = Lines(
        [
            Row("app.py", 9, "<module>", 31 * MIB, 0, 100 * MIB, None, None, 1),
            Row("app.py", 5, "load", 31 * MIB, 31 * MIB, 90 * MIB, 12 * MIB, 31 * MIB, 4),
            Row("lib/cache.py", 120, "Cache.put", None, None, None, 7 * MIB, 70 * MIB, None),
        ],
        3,
        (20 * MIB, 80 * MIB),
    )
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def text(lines: list[str]) -> str:
    return "\n".join(line.rstrip() for line in lines)


def bare(line: str) -> str:
    """A line without its colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", line)


def wide(line: str) -> int:
    """How many columns a line takes, reckoned another way than the view does."""
    wide_letters = sum(unicodedata.east_asian_width(letter) in "WF" for letter in line)
    return len(line) + wide_letters - sum(unicodedata.combining(letter) > 0 for letter in line)


def test_a_frame_of_the_usual_size():
    assert (
        text(frame(state(), 80, 24, colour=False, unicode=True))
        == """\
pid 4711  python app.py                                              runs 10.0 s
now 40.0 MiB   peak 100.0 MiB   allocated 20.0 MiB   at most 80.0 MiB
100.0 MiB │                                                 █
          │                                                 █
          │                                                 █
          │                                                 █
          │                                                 █               ▁▂▃▃
          │                                                 █    ▁▂▃▃▄▅▆▆▇██████
          │                                          ▁▁▂▃▃▄▅█▆▇█████████████████
          │                               ▁▁▂▃▄▄▅▆▆▇████████████████████████████
      0 B │                             ▇███████████████████████████████████████
                                        9.8 s ago                            now

 Increment↓         Own        Peak        Live Line
  +31.0 MiB   +31.0 MiB    90.0 MiB    12.0 MiB app.py:5 load
  +31.0 MiB         0 B   100.0 MiB           - app.py:9







q leave   s sort: increment   p pause   +/- every 1 s"""
    )


def test_a_frame_of_twenty_columns():
    assert (
        text(frame(state(), 20, 16, colour=False, unicode=False))
        == """\
pid 4711  python ap~
now 40.0 MiB
peak 100.0 MiB
allocated 20.0 MiB
at most 80.0 MiB
          #
          #
          #......###
....################
9.8 s ago        now

 Increment* Line
  +31.0 MiB app.py:5
  +31.0 MiB app.py:9

q leave   p pause"""
    )


def test_without_lines_it_says_how_to_see_them():
    shown = state(lines=Lines(message="no lines: have it call rsprofile.arm()"))
    lines = frame(shown, 30, 12, colour=False, unicode=True)
    assert "no lines: have it call\nrsprofile.arm()" in text(lines)
    assert lines[-1] == "q leave   p pause"


def test_children_are_counted_and_summed():
    shown = state(children=2, children_bytes=60 * MIB)
    assert frame(shown, 80, 24, colour=False, unicode=True)[1] == (
        "now 40.0 MiB   peak 100.0 MiB   2 children 60.0 MiB   together 100.0 MiB"
    )
    shown.children = 1
    assert "1 child 60.0 MiB" in frame(shown, 80, 24, colour=False, unicode=True)[1]


def test_the_last_frame_has_no_keys_and_no_empty_end():
    lines = last_frame(state(ended=True), 80, colour=False, unicode=True)
    assert lines[0].endswith("ended after 10.0 s")
    assert "q leave" not in text(lines) and "now 40.0" not in text(lines)
    assert lines[-1].strip() == "+31.0 MiB         0 B   100.0 MiB           - app.py:9"


def test_colours_change_nothing_but_colours():
    plain = frame(state(), 80, 24, colour=False, unicode=True)
    coloured = frame(state(), 80, 24, colour=True, unicode=True)
    assert any("\x1b[" in line for line in coloured)
    assert not any("\x1b" in line for line in plain)
    assert [bare(line) for line in coloured] == plain
    assert all(line.endswith("\x1b[0m") for line in coloured if "\x1b" in line[-5:])


@pytest.mark.parametrize("columns", [1, 2, 5, 11, 20, 21, 33, 44, 60, 79, 80, 81, 132, 300])
@pytest.mark.parametrize("rows", [1, 2, 3, 5, 8, 10, 24, 60])
def test_no_line_is_too_wide_and_no_frame_too_high(columns, rows):
    odd = state(command="日本語のとても長い名前 " * 9 + "\x1b[31m\n\t\u202e", paused=True)
    odd.lines.rows.append(
        Row("/deep" * 40 + "/文書.py", 10**6, "Класс.метод", 1 << 50, -1, 1 << 60)
    )
    odd.lines.message = "lines of 12 s ago: it is in a long call of C code " + "x" * 200
    new = State(1, "", 0.0, 0.0)
    dead = state(ended=True, children=10**6, children_bytes=1 << 55, stopped=True)
    for shown in (state(), odd, new, dead):
        for unicode in (True, False):
            for colour in (True, False):
                lines = frame(shown, columns, rows, colour=colour, unicode=unicode)
                assert len(lines) <= rows
                for line in lines:
                    assert wide(bare(line)) <= columns, (line, columns)
                    assert bare(line).isprintable()
                    assert unicode or line.isascii()


def test_keys_choose_the_figure_that_is_sorted_by():
    shown = state()
    names = [shown.sorted_by()]
    for _ in range(5):
        shown.next_sort()
        names.append(shown.sorted_by())
    assert names == ["increment", "own", "peak", "live", "allocated", "increment"]
    shown.sort = "allocated"
    assert [row.line for row in shown.top(9)] == [120, 5]
    assert "Allocated↓" in text(frame(shown, 40, 24, colour=False, unicode=True))
    shown.lines = Lines()
    shown.next_sort()
    assert shown.top(9) == []


def test_a_line_for_what_is_no_terminal():
    assert plain_line(state(children=1, children_bytes=MIB)) == (
        "10.0 s  now 40.0 MiB  peak 100.0 MiB  1 child 1.0 MiB  most increment: app.py:5 +31.0 MiB"
    )


def test_a_history_of_any_length_keeps_its_extremes():
    history, recent = History(10, 1.0), Recent(10, 1.0)
    for at in range(10_000):
        high = 999 if at == 1234 else 100
        one = Bucket(float(at), 1 if at == 77 else 50, high, high + 1)
        history.add(one)
        recent.add(one)
    assert 5 <= len(history.buckets) <= 10
    assert max(one.high for one in history.buckets) == 999
    assert max(one.family for one in history.buckets) == 1000
    assert min(one.low for one in history.buckets) == 1
    assert [one.start for one in recent.buckets] == [float(at) for at in range(9990, 10_000)]


def test_columns_hold_the_extremes_of_what_they_stand_for():
    buckets = [Bucket(float(at), at, at + 5, 0) for at in range(10)]
    assert columns(buckets, 1.0, 20) == [(at, at + 5) for at in range(10)]
    assert columns(buckets, 1.0, 4) == [(0, 5), (1, 8), (4, 11), (7, 14)]
    assert columns([buckets[0], buckets[9]], 1.0, 20)[1:-1] == [None] * 8
    assert columns([], 1.0, 20) == [] == columns(buckets, 1.0, 0)


def test_the_graph_shows_the_highest_and_marks_what_was_lower():
    drawn = graph([(0, 0), (4, 16), (16, 16), None], 2, 16, unicode=True)
    assert ["".join(letter for letter, _ in line) for line in drawn] == [" ██ ", " ██ "]
    assert [above for _, above in drawn[0]] == [False, True, False, False]
    assert graph([(1, 1)], 1, 1000, unicode=True) == [[("▁", False)]]
    assert graph([(1, 1)], 1, 0, unicode=False) == [[(" ", False)]]


def test_texts():
    assert [size(0), size(1023), size(1 << 20), size(5 << 40)] == [
        "0 B",
        "1023 B",
        "1.0 MiB",
        "5120.0 GiB",
    ]
    assert [signed(-MIB), signed(0), signed(MIB)] == ["-1.0 MiB", "0 B", "+1.0 MiB"]
    assert [duration(1.26), duration(125), duration(3725)] == ["1.3 s", "2:05", "1:02:05"]
    assert clean("a\x1b[1m\n\u202eb\udce9é", unicode=True) == "a?[1m??b?é"
    assert clean("é日", unicode=False) == "??"
    assert width("日本") == 4
    assert [clip("日本語", 5), clip("日本語", 4), clip("abcdef", 4, left=True)] == [
        "日本…",
        "日…",
        "…def",
    ]
    assert [clip("abc", 0), clip("abc", 1), clip("abc", 2, unicode=False)] == ["", "…", "a~"]


def test_what_a_terminal_can_do_is_in_the_environment():
    assert is_able({"TERM": "xterm"}) and not is_able({"TERM": "dumb"}) and not is_able({})
    assert wants_colour({"NO_COLOR": ""}) and not wants_colour({"NO_COLOR": "1"})
    assert shows_unicode({"LANG": "de_DE.UTF-8"}) and shows_unicode({"LC_CTYPE": "en.utf8"})
    assert not shows_unicode({"LANG": "de_DE.UTF-8", "LC_ALL": "C"})
    assert not shows_unicode({}) and not shows_unicode({"LANG": "POSIX"})


def test_an_answer_that_is_none_is_refused():
    answer = {"heap": None, "count": 1, "lines": [{"file": "/a/b.py", "line": 1, "function": "f"}]}
    assert lines_of(answer, "/a").rows == [Row("b.py", 1, "f")]
    assert lines_of({**answer, "lines": []}, "").message == "no line has grown yet"
    for wrong in ([], {}, None, 1, {**answer, "lines": [{}]}, {**answer, "lines": [1]}):
        with pytest.raises(ValueError, match="no answer"):
            lines_of(wrong, "")


def test_the_program_is_started_without_the_options_of_the_view(monkeypatch):
    monkeypatch.setattr("sys.executable", "/py")

    def command(arguments, count):
        return command_of(arguments, arguments[:count])

    monkeypatch.setattr(
        "sys.orig_argv",
        ["python", "-X", "dev", "-m", "rsprofile", "--live", "--all", "a.py", "--live"],
    )
    assert command(["--live", "--all", "a.py", "--live"], 2) == [
        "/py", "-X", "dev", "-m", "rsprofile", "--arm", "--all", "a.py", "--live"
    ]  # fmt: skip
    monkeypatch.setattr("sys.orig_argv", ["pytest"])
    for ours in (
        ["--live", "--interval", "2", "--peak"],
        ["--interval=2", "--peak", "--serve", "80"],
        ["--serve", "--peak"],
        ["--peak", "--serve=80", "--live"],
    ):
        whole = [*ours, "-m", "app", "--serve"]
        assert command(whole, len(ours)) == [
            "/py", "-m", "rsprofile", "--arm", "--peak", "-m", "app", "--serve"
        ]  # fmt: skip
