"""`Profile`: saved profiles, their errors, and the options of a report."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rsprofile._core import Profile
from rsprofile._errors import ProfileError

MIB = 1 << 20


def document(**run: Any) -> dict[str, Any]:
    """A profile of one function, as its file has it."""
    measured = {"usage": 102 * MIB, "increment": 64 * MIB, "own": 64 * MIB, "occurrences": 1}
    function = {
        "file": "app.py",
        "name": "load",
        "first_line": 3,
        "calls": 1,
        "entry_first": 38 * MIB,
        "entry_max": 38 * MIB,
        "processes": 1,
        "rows": [
            {"line": 3, "text": "@profile"},
            {"line": 4, "text": "def load():"},
            {"line": 5, "text": "    return bytes(1 << 26)", "measured": measured},
        ],
    }
    return {
        "format": 1,
        "tool": "rsprofile",
        "run": {"meter": "rss", "processes": 1, **run},
        "functions": [function],
    }


@pytest.fixture
def profile() -> Profile:
    return Profile.loads(json.dumps(document()))


def test_a_saved_profile_is_read_again(profile: Profile, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    profile.save(path)
    assert Profile.load(str(path)).dumps() == profile.dumps() == path.read_text()
    assert profile.functions == [("app.py", "load", 3, 1)]


def test_saving_keeps_the_mode_of_the_file(profile: Profile, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.touch(0o600)
    profile.save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["a.json"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anything")
def test_a_read_only_file_is_not_replaced(profile: Profile, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.touch(0o400)
    with pytest.raises(PermissionError):
        profile.save(path)


def test_standard_output_is_written_where_it_stands(tmp_path: Path) -> None:
    program = (
        "import json, sys; from rsprofile._core import Profile\n"
        "print('before', flush=True)\n"
        "Profile.loads(sys.argv[1]).save('/dev/stdout')\n"
        "print('after')\n"
    )
    path = tmp_path / "out"
    with path.open("w") as out:
        command = [sys.executable, "-c", program, json.dumps(document())]
        subprocess.run(command, stdout=out, check=True)
    before, saved, after = path.read_text().splitlines()
    assert (before, after) == ("before", "after")
    assert json.loads(saved)["tool"] == "rsprofile"


def test_system_errors_are_the_builtin_ones(profile: Profile, tmp_path: Path) -> None:
    missing = str(tmp_path / "missing" / "a.json")
    for fails in (Profile.load, profile.save):
        with pytest.raises(FileNotFoundError) as caught:
            fails(missing)
        assert caught.value.filename == missing
    with pytest.raises(OSError, match="No space left"):
        profile.save("/dev/full")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "it is empty"),
        ("print('hello')", "not a profile"),
        (json.dumps(document())[:-20], "it is cut short at line 1 column"),
        (json.dumps({**document(), "format": 3}), "format 3 is newer than 1: update rsprofile"),
        (json.dumps({**document(), "functions": {}}), "damaged"),
    ],
)
def test_bad_content_is_one_line(content: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    path.write_text(content)
    with pytest.raises(ProfileError, match=message) as caught:
        Profile.load(path)
    assert str(caught.value).startswith(f"cannot read profile {path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"columns": ["x"]}, "unknown column 'x': one of usage, increment, occurrences, peak, own"),
        ({"style": "x"}, "unknown style 'x': one of plain, "),
        ({"unit": "x"}, "unknown unit 'x': one of B, KiB, MiB, GiB, auto"),
        ({"sort": "x"}, "unknown sort column 'x': one of line, usage, "),
        ({"format": "x"}, "unknown format 'x': one of text, markdown, json"),
        ({"precision": 10}, "precision 10 is out of range: 0 to 9"),
        ({"top": 0}, "top 0 is out of range: 1 or more"),
    ],
)
def test_a_bad_option_names_the_choices(
    profile: Profile, option: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError) as caught:
        profile.render(**option)
    assert str(caught.value).startswith(message)


def test_profiles_add_up_even_to_themselves(profile: Profile) -> None:
    profile.merge(profile)
    assert profile.functions == [("app.py", "load", 3, 2)]
    assert "128.0 MiB" in profile.render()
    assert "\n\nProcesses: 2\n" in profile.render()


def test_numbers_of_different_meters_do_not_add_up(profile: Profile) -> None:
    other = Profile.loads(json.dumps(document(meter="pss")))
    with pytest.raises(ProfileError, match="merge profiles of meters rss and pss"):
        profile.merge(other)


def test_what_a_process_forgot_counts_as_the_same_process(profile: Profile) -> None:
    earlier = Profile.loads(profile.dumps())
    profile.merge_earlier(earlier)
    assert profile.functions == [("app.py", "load", 3, 2)]
    assert "Processes" not in profile.render()


def test_functions_are_selected_by_their_index(profile: Profile) -> None:
    assert profile.select([]).functions == []
    assert profile.select([0]).functions == profile.functions
    with pytest.raises(IndexError):
        profile.select([1])


def test_arguments_that_are_not_utf8_do_not_harm_the_command(profile: Profile) -> None:
    profile.set_run(command=["app.py", "\udcff"], elapsed=2.0)
    run = json.loads(profile.dumps())["run"]
    assert run["command"][0] == "app.py"
    assert run["elapsed"] == 2.0
