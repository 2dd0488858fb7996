"""`rsprofile plot`, `peak`, `list`, `rm` and `clean`, as commands."""

from __future__ import annotations

import json
import os
import re
import struct
import xml.etree.ElementTree as ElementTree

import pytest
from rsprofile._core import Profile, Recordings

RECORDING = """\
FUNC a.f 10.0000 1000.1000 30.0000 1000.3000 0
CMDLINE python 'my script.py'
MEM 10.000000 1000.0000
MEM 20.000000 1000.1000
CHLD 77 5.000000 1000.1000
MEM 40.500000 1000.2000
CHLD 77 7.250000 1000.2000
CHLD 78 1.000000 1000.2000
MEM 30.000000 1000.3000
FUNC a.f 30.0000 1000.3000 30.0000 1000.4000 1
FUNC b.g 30.0000 1000.3000 30.0000 1000.4000
"""
OLD, NEW = "mprofile_20261122085858.dat", "mprofile_20261122085859.dat"


@pytest.fixture
def recordings(shell):
    for name in (OLD, NEW, "other.dat", "mprofile_20261122085858_ts.dat"):
        shell.write(name, RECORDING)
    return shell.folder


def data_of(path):
    text = path.read_text().partition('id="data">')[2].partition("</script>")[0]
    return json.loads(text)["plot"]


# -- plot -----------------------------------------------------------------------------------------


def test_the_last_recording_becomes_a_page_beside_it(shell, recordings):
    done = shell.rsprofile("plot")
    assert (done.stdout, done.returncode) == (f"wrote {NEW[:-4]}.html\n", 0)
    assert done.stderr == f"rsprofile: using the last recording, {NEW}\n"
    run = data_of(recordings / f"{NEW[:-4]}.html")["runs"][0]
    assert (run["name"], run["command"]) == (NEW, "python 'my script.py'")
    assert (run["start"], round(run["duration"], 6)) == (1000.0, 0.4)
    assert [curve["name"] for curve in run["curves"]] == ["program", "process 77", "process 78"]
    assert [curve["peak"][1] for curve in run["layers"]] == [
        int(mib * 2**20) for mib in (40.5, 47.75, 48.75)
    ]
    assert run["during"] == "a.f"
    assert [(one["label"], one["calls"]) for one in run["call_functions"]] == [("f", 2), ("g", 1)]


def test_several_are_laid_over_each_other_by_name_and_number(shell, recordings):
    done = shell.rsprofile(
        "plot", "other.dat", "-1", "0", "0", "-t", "Title", "-w", "0.1,0.3", "-s", "-n", "-f",
        "--stacked", "-o", "x.html",
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("wrote x.html\n", "")
    data = data_of(recordings / "x.html")
    runs = data.pop("runs")
    assert [run["name"] for run in runs] == ["other.dat", NEW, OLD]
    assert data == {
        "title": "Title", "window": [0.1, 0.3], "slope": True, "functions": False, "flame": True,
        "stacked": True,
    }  # fmt: skip


def test_a_saved_profile_with_recordings_is_drawn(shell):
    profile = json.loads(Profile.loads(EMPTY).dumps())
    run = {"name": "first", "samples": [[5.0, 4096], [6.0, 8192]]}
    profile["recordings"] = [run, {**run, "name": "second"}]
    shell.write("run.json", json.dumps(profile))
    assert shell.rsprofile("plot", "run.json").stdout == "wrote run.html\n"
    names = [run["name"] for run in data_of(shell.folder / "run.html")["runs"]]
    assert names == ["first", "second"]
    assert shell.rsprofile("peak", "run.json").stdout == (
        "run.json first\t0.008 MiB\nrun.json second\t0.008 MiB\n"
    )


EMPTY = '{"format": 1, "tool": "rsprofile", "run": {}, "functions": []}'


def test_an_svg_is_a_picture_that_stands_alone(shell, recordings):
    assert shell.rsprofile("plot", "0", "-o", "x.svg").stdout == "wrote x.svg\n"
    text = (recordings / "x.svg").read_text()
    root = ElementTree.fromstring(text)
    names = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert names[:3] == ["svg", "title", "style"] and "path" in names
    words = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {
        "python 'my script.py'",
        "peak 40.5 MiB at 0.20 s in f",
        "process 77: peak 7.2 MiB",
    } <= set(words)
    assert not re.findall(
        r"href|url|script|@import|http(?!://www.w3.org/2000/svg)", text.replace("my script", "")
    )
    assert "prefers-color-scheme: dark" in text


def test_a_png_has_two_dots_a_pixel(shell, recordings):
    assert shell.rsprofile("plot", "0", "-o", "x.png").stdout == "wrote x.png\n"
    content = (recordings / "x.png").read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", content[16:24])
    assert width == 2000 and 800 < height < 1200


EVIL = "</title><script>window.parent.hacked=1</script><!--&\x01"


def test_names_of_a_program_end_nothing(shell):
    shell.write(
        "x.dat", f"CMDLINE {EVIL}\nMEM 1.0 1.0\nMEM 2.0 2.0\nFUNC {EVIL} 1.0 1.0 2.0 2.0 0\n"
    )
    for kind in ("html", "svg"):
        shell.rsprofile("plot", "x.dat", "-t", EVIL, "-o", f"x.{kind}")
    page = (shell.folder / "x.html").read_text()
    assert page.count("</script>") == 2 and "<!--" not in page
    root = ElementTree.fromstring((shell.folder / "x.svg").read_text())
    assert not list(root.iter("{http://www.w3.org/2000/svg}script"))
    shown = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert EVIL.replace("\x01", "\u2401") in shown


def test_the_page_is_opened_in_the_browser_that_is_set(shell, recordings):
    shell.write("look", '#!/bin/sh\necho "$1" > opened\n').chmod(0o755)
    done = shell.rsprofile("plot", "0", "--open", BROWSER=f"{shell.folder}/look %s")
    assert done.returncode == 0
    opened = (recordings / "opened").read_text().strip()
    assert opened == f"file://{recordings}/{OLD[:-4]}.html"
    done = shell.rsprofile("plot", "0", "--open", BROWSER="/nothing/at/all %s", PATH="")
    assert done.stderr == f"rsprofile: cannot open {OLD[:-4]}.html: no browser was found\n"


def test_a_page_of_ours_is_replaced_and_any_other_is_not(shell, recordings):
    page = recordings / f"{OLD[:-4]}.html"
    assert shell.rsprofile("plot", "0").returncode == 0
    assert shell.rsprofile("plot", "0", "-n").returncode == 0
    assert data_of(page)["functions"] is False
    page.write_text("<p>mine</p>")
    done = shell.rsprofile("plot", "0")
    assert (
        done.stderr == f"rsprofile: {page.name} is there and no plot: name another file with -o\n"
    )
    assert (done.returncode, page.read_text()) == (2, "<p>mine</p>")


def test_recordings_without_samples_are_pages_that_say_so(shell):
    shell.write("x.dat", "CMDLINE true\n")
    for kind in ("html", "svg", "png"):
        done = shell.rsprofile("plot", "x.dat", "-o", f"x.{kind}")
        assert (done.stdout, done.stderr) == (f"wrote x.{kind}\n", "")
    assert data_of(shell.folder / "x.html")["runs"] == []
    assert "Nothing was recorded." in (shell.folder / "x.svg").read_text()


@pytest.mark.parametrize(
    ("arguments", "message", "status"),
    [
        (["none.dat"], "no file none.dat: name a file, or record one with rsprofile record", 2),
        (["2"], "no recording 2: there are 2 recordings in this folder; see list", 2),
        (["-3"], "no recording -3: there are 2 recordings in this folder; see list", 2),
        (["."], "cannot read recording .: is a directory", 1),
        (["0", "-o", "x.pdf"], "cannot write x.pdf: name a file .html, .svg or .png", 2),
        (["0", "-o", "none/x.svg"], "cannot write none/x.svg: no such file or directory", 1),
        (["0", "-o", "/dev/full/x.png"], "cannot write /dev/full/x.png: not a directory", 1),
        (["0", "-w", "x"], "argument -w/--window: 'x' is not two numbers of seconds, as in 0,20.5", 2),
        (["0", "-w", "1,2,3"], "argument -w/--window: '1,2,3' is not two numbers of seconds, as in 0,20.5", 2),
        (["0", "-w", "2,1"], "window 2,1 has no length: give the smaller number first", 2),
        (["0", "-w", "0,inf"], "window 0,inf has no length: give the smaller number first", 2),
        (["0", "-w", "5,9"], "window 5,9 holds nothing: choose from 0,0.4", 1),
        (["0", "--flam"], "unknown option --flam; near names: --flame", 2),
        (["empty.dat"], "cannot read recording empty.dat: it is empty: record the program again", 1),
        (["cut.dat"], "cannot read recording cut.dat: not a recording: give a .dat file of rsprofile record or of mprof run", 1),
        (["comma.dat"], "cannot read recording comma.dat: line 1, 'MEM 1,5 10,0', has wrong values: mend or delete it", 1),
        (["rubbish.dat"], "cannot read recording rubbish.dat: not a recording: give a .dat file of rsprofile record or of mprof run", 1),
        (["newer.json"], "cannot read profile newer.json: format 9 is newer than 1: update rsprofile", 1),
        (["half.json"], "cannot read profile half.json: it is cut short at line 1 column 12", 1),
        (["lines.json"], "cannot show lines.json: no memory over time was recorded in it; profile with --timeline", 1),
        (["0", "empty.dat"], "cannot read recording empty.dat: it is empty: record the program again", 1),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_said_in_one_line(shell, recordings, arguments, message, status):
    shell.write("empty.dat", "")
    shell.write("cut.dat", "MEM 1.0 10")
    shell.write("comma.dat", "MEM 1,5 10,0\nMEM 1,5 10,1\n")
    shell.write("rubbish.dat", bytes(range(256)) * 9)
    shell.write("newer.json", EMPTY.replace("1", "9", 1))
    shell.write("half.json", EMPTY[:12])
    shell.write("lines.json", EMPTY)
    before = set(os.listdir(recordings))
    done = shell.rsprofile("plot", *arguments)
    assert done.stderr.startswith(f"rsprofile: {message}") and done.stderr.count("\n") == 1
    assert (done.stdout, done.returncode) == ("", status)
    assert set(os.listdir(recordings)) == before


def test_where_nothing_was_recorded_that_is_said(shell):
    message = (
        "rsprofile: no recording mprofile_*.dat in this folder: name a file, or record one with "
        "rsprofile record\n"
    )
    for command in ("plot", "peak"):
        done = shell.rsprofile(command)
        assert (done.stdout, done.stderr, done.returncode) == ("", message, 1)
    for command in ("list", "clean"):
        done = shell.rsprofile(command)
        assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def test_a_full_disk_is_said(shell, recordings):
    (recordings / "x.svg").symlink_to("/dev/full")
    done = shell.rsprofile("plot", "0", "-o", "x.svg")
    assert done.stderr == "rsprofile: cannot write x.svg: no space left on device\n"
    assert done.returncode == 1


def test_a_million_samples_are_a_page_of_less_than_3_mb_with_their_peak(shell):
    lines = [f"MEM {100 + at % 977 / 256:.6f} {1000 + at / 1000:.4f}\n" for at in range(1_000_000)]
    lines[654_321] = "MEM 500.000000 1654.3210\n"
    shell.write("big.dat", "".join(lines))
    runs = Recordings.load(shell.folder / "big.dat")
    runs.plot(shell.folder / "big.html")
    assert (shell.folder / "big.html").stat().st_size < 3_000_000
    curve = data_of(shell.folder / "big.html")["runs"][0]["curves"][0]
    assert curve["samples"] == 1_000_000
    assert [round(number, 6) for number in curve["peak"]] == [654.321, 500 << 20]


# -- peak, list, rm, clean ------------------------------------------------------------------------


def test_peaks_are_printed(shell, recordings):
    children = "  Child 77\t\t\t7.250 MiB\n  Child 78\t\t\t1.000 MiB\n"
    done = shell.rsprofile("peak")
    assert done.stdout == f"{NEW}\t40.500 MiB\n{children}"
    assert done.stderr == f"rsprofile: using the last recording, {NEW}\n"
    assert shell.rsprofile("peak", "other.dat", "-2").stdout == (
        f"other.dat\t40.500 MiB\n{children}{OLD}\t40.500 MiB\n{children}"
    )
    done = shell.rsprofile("peak", "--func", "b.g", "0")
    assert done.stdout == f"{OLD}\t30.000 MiB\n{children}"
    done = shell.rsprofile("peak", "--func", "no", "0")
    assert done.stdout.startswith(f"{OLD}\tNaN MiB\n")
    assert (
        done.stderr == f"rsprofile: no call of no in {OLD}; a name has its module, as in app.load\n"
    )


def test_the_only_recording_is_counted_as_one(shell, recordings):
    (recordings / OLD).unlink()
    done = shell.rsprofile("plot", "7")
    assert done.stderr == (
        "rsprofile: no recording 7: there is 1 recording in this folder; see list\n"
    )


def test_recordings_are_listed_and_removed(shell, recordings):
    assert shell.rsprofile("list").stdout == (
        f"0 {OLD} 08:58:58 22/11/2026\n1 {NEW} 08:58:59 22/11/2026\n"
    )
    done = shell.rsprofile("rm", "--dry-run", "-2", "other.dat")
    assert set(done.stdout.splitlines()[1:]) == {OLD, "other.dat", "mprofile_20261122085858_ts.dat"}
    assert (recordings / OLD).exists()
    assert shell.rsprofile("rm", "0").returncode == 0
    assert sorted(path.name for path in recordings.glob("*.dat")) == [NEW, "other.dat"]
    assert shell.rsprofile("clean", "--dry-run").stdout == f"Files to be removed: \n{NEW}\n"
    assert shell.rsprofile("clean").returncode == 0
    assert [path.name for path in recordings.glob("*.dat")] == ["other.dat"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["7"], "cannot remove 7: there is no such recording; see list"),
        (["none.dat"], "cannot remove none.dat: it is not there; see list"),
        (["."], "cannot remove .: it is a folder; see list"),
    ],
)
def test_what_is_not_there_cannot_be_removed(shell, recordings, arguments, message):
    done = shell.rsprofile("rm", "0", *arguments)
    assert (done.stderr, done.returncode) == (f"rsprofile: {message}\n", 2)
    assert (recordings / OLD).exists()
    assert shell.rsprofile("rm").returncode == 2
