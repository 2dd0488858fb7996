"""What keeps memory alive, as a document: its report, its suspects, and what the command shows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rsprofile._core import Profile

#: A made-up document with all kinds of suspects, at the marks `warm` and `done`.
SAMPLE = Path(__file__).parents[1] / "leaks.json"


@pytest.fixture
def profile() -> Profile:
    return Profile.load(SAMPLE)


def test_the_suspects_have_what_their_paragraphs_say(profile: Profile) -> None:
    leak, growing, cycle, closure, held = profile.suspects()
    assert [one.verdict for one in profile.suspects(-1)] == [
        "leak",
        "growing",
        "cycle",
        "closure",
        "held",
    ]
    assert (leak.bytes, leak.count, leak.kind) == (20038656, 200, "Handler")
    assert leak.made == ("app.py", "register", 6)
    assert (leak.growth, leak.per, leak.per_function, leak.ever_made) == (
        1.0,
        "call",
        "register",
        200,
    )
    assert (leak.path, leak.holder_kind, leak.holder_len) == ("app.registry", "list", 200)
    assert (leak.stored_how, leak.stored) == ("appended", ("app.py", "register", 7))
    assert leak.steps[1] == (".registry", "list", 20038656)
    assert leak.fix == "remove on close, or hold weakly"
    assert growing.holder_bound is None
    assert (cycle.cycle, cycle.path, cycle.steps) == (["Node.other", "Node.other"], None, [])
    assert closure.variable == "data"
    assert (held.growth, held.per, held.fix) == (None, None, None)
    assert str(leak).startswith("LEAK 19.1 MiB in 200 \u00d7 Handler, made at app.py:6 (register)")
    assert repr(leak) == "<Suspect leak: 200 of Handler, 20038656 bytes>"
    assert profile.suspects(0) == []


def test_the_report_is_the_paragraphs_of_the_last_look(profile: Profile) -> None:
    report = profile.render_leaks()
    places = [report.index(str(one)) for one in profile.suspects()]
    assert places == sorted(places)
    assert "since mark 'warm'" in report
    assert "since mark" not in profile.render_leaks(which=1)
    assert profile.render_leaks(by="type", size="own").index("bytes") > 0
    assert profile.render_leaks(ascii=True).isascii()
    assert "- **LEAK** " in profile.render_leaks(format="markdown")
    assert json.loads(profile.render_leaks(format="json", which=0))["leaks"][0]["mark"] == "warm"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"by": "size"}, "unknown order 'size': one of type, line, module, dominators"),
        ({"size": "big"}, "unknown size 'big': one of retained, own"),
        ({"format": "pdf"}, "unknown format 'pdf': one of text, markdown, json, html"),
        ({"which": 7}, "look 7 is out of range: there are 2, of which 0 is the first"),
    ],
)
def test_wrong_options_are_refused(profile: Profile, options: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        profile.render_leaks(**options)  # type: ignore[arg-type]


def test_a_profile_without_looks_has_no_suspects_to_give() -> None:
    empty = Profile.loads('{"format":1,"tool":"rsprofile","run":{},"functions":[]}')
    assert not empty.has_leaks()
    assert empty.render_leaks().startswith("rsprofile: nothing was recorded of what keeps memory")
    with pytest.raises(ValueError, match="nothing was recorded"):
        empty.suspects()


def test_looks_are_compared_in_one_file_and_between_two(profile: Profile) -> None:
    text = profile.render_leaks_diff(profile, before=0, after=1)
    assert "since mark 'warm', 8.3 s before: +22,257 objects, +76.3 MiB" in text
    assert "nothing changed" in profile.render_leaks_diff(profile)
    with pytest.raises(ValueError, match="look 5 is out of range"):
        profile.render_leaks_diff(profile, before=5)
    with pytest.raises(ValueError, match=r"one of text, markdown, json$"):
        profile.render_leaks_diff(profile, format="html")


def test_show_prints_what_keeps_memory_alive(shell, profile: Profile) -> None:
    shown = shell.rsprofile("show", str(SAMPLE), PYTHONIOENCODING="utf-8")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout == profile.render_leaks()
    table = shell.rsprofile("show", str(SAMPLE), "--by", "line", "--size", "own", "--top", "1")
    assert table.stdout.count("c5.py:4 make_cb") >= 1
    assert "Own size by line" in table.stdout
    plain = shell.rsprofile("show", str(SAMPLE), "--verbose", PYTHONIOENCODING="ascii")
    assert plain.stdout.isascii()
    assert "200 x Handler" in plain.stdout
    assert ".registry: list, retains 19.1 MiB" in plain.stdout
    one = shell.rsprofile("show", str(SAMPLE), "--json", "--which", "0")
    assert [look["mark"] for look in json.loads(one.stdout)["leaks"]] == ["warm"]


def test_options_of_leaks_are_refused_where_they_have_no_meaning(shell) -> None:
    shell.write("run.json", '{"format":1,"tool":"rsprofile","run":{},"functions":[]}')
    for arguments, message in (
        (("show", str(SAMPLE), "--which", "9"), "look 9 is out of range: there are 2, of which 0"),
        (("show", str(SAMPLE), "--by", "live"), "unknown order 'live': one of type, line, module"),
        (
            ("show", "run.json", "--size", "own"),
            "--which and --size are of what keeps memory alive",
        ),
        (("diff", str(SAMPLE), str(SAMPLE), "--by", "own"), "--by is of lines: objects are compar"),
    ):
        done = shell.rsprofile(*arguments)
        assert (done.returncode, done.stdout) == (2, ""), arguments
        assert done.stderr.startswith(f"rsprofile: {message}"), done.stderr
        assert done.stderr.count("\n") == 1


def test_diff_compares_the_last_looks(shell) -> None:
    document = json.loads(SAMPLE.read_text())
    del document["leaks"][1]
    shell.write("before.json", json.dumps(document))
    done = shell.rsprofile("diff", "before.json", str(SAMPLE), "--top", "1", "--unit", "B")
    assert (done.returncode, done.stderr) == (0, "")
    assert "new |     +20 | +20972660 B" in done.stdout
    assert "and 7 more changes" in done.stdout
