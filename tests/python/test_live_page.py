"""The live page and its server: who is let in, what is shown, in a real browser where there is one."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import browser
import pytest
from rsprofile import _core
from rsprofile._errors import ProfileError
from rsprofile._live._history import Bucket
from rsprofile._live._serve import Server, document
from rsprofile._live._state import Lines, Row, State

CHROMIUM = browser.find()
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")

MIB = 1 << 20


def state(seconds: int = 60, **changes: object) -> State:
    """A process that grows."""
    made = State(4711, "python app.py", 0.0, float(seconds), 40 * MIB, 90 * MIB)
    for at in range(seconds * 4):
        high = (10 + at % 80) * MIB
        one = Bucket(at / 4, high - 4 * MIB, high, high + 20 * MIB)
        made.recent.add(one)
        made.whole.add(one)
    made.lines = Lines(
        [
            Row("app.py", 5, "load", 30 * MIB, 30 * MIB, 80 * MIB, None, None, 4),
            Row("app.py", 9, "<module>", 31 * MIB, MIB, 90 * MIB, 2048, 4096, 1),
            Row("lib/big.py", 120, "Cache.put", live=7 * MIB, allocated=70 * MIB),
        ],
        3,
        (12 * MIB, 20 * MIB),
    )
    for name, value in changes.items():
        setattr(made, name, value)
    return made


@pytest.fixture
def server():
    made = Server(0, "python app.py", state())
    yield made
    made.close()


def get(server, path=None, *, host=None, method="GET", address="127.0.0.1"):
    """Ask, and give status, headers and content."""
    connection = http.client.HTTPConnection(address, server.port, timeout=20)
    connection.putrequest(method, f"/{server.token}/" if path is None else path, skip_host=True)
    connection.putheader("Host", host or f"127.0.0.1:{server.port}")
    connection.endheaders()
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, content


def test_who_has_the_address_gets_the_page_and_its_data(server):
    parts = urlsplit(server.address)
    assert (parts.scheme, parts.hostname, parts.port) == ("http", "127.0.0.1", server.port)
    status, headers, page = get(server, parts.path)
    assert status == 200 and page.startswith(b"<!DOCTYPE html>")
    assert b"connect-src 'self'" in page and b"default-src 'none'" in page
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["cache-control"] == "no-store" and headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "server" not in headers
    status, headers, data = get(server, f"{parts.path}data")
    assert (status, headers["content-type"]) == (200, "application/json")
    found = json.loads(data)
    assert (found["pid"], found["now"], found["peak"]) == (4711, 40 * MIB, 90 * MIB)
    assert found["lines"]["rows"][0]["function"] == "load"
    assert get(server, f"/{server.token}/other")[0] == 404
    status, headers, _ = get(server, f"/{server.token}")
    assert (status, headers["location"]) == (308, f"/{server.token}/")


@pytest.mark.parametrize(
    "path", ["/", "/data", "//data", "/wrong/", "/wrong/data", "/x" * 200, "/%E2/", "/../", "*"]
)
def test_a_wrong_or_missing_token_is_forbidden_and_told_nothing(server, path):
    assert get(server, path)[::2] == (403, b"")


def test_part_of_the_token_is_not_enough(server):
    for path in (f"/{server.token[:-1]}/", f"/{server.token}x/data", f"/?{server.token}"):
        assert get(server, path)[::2] == (403, b"")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1:1", "[::1]"])
def test_a_name_that_leads_here_is_not_let_in(server, host):
    assert get(server, host=host.format(port=server.port))[::2] == (403, b"")


def test_localhost_is_let_in(server):
    assert get(server, host=f"localhost:{server.port}")[0] == 200
    assert get(server, host=f"LocalHost:{server.port}")[0] == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "BREW"])
def test_nothing_but_get_is_answered(server, method):
    assert get(server, method=method)[::2] == (405, b"")


def test_rubbish_and_silence_do_no_harm(server):
    for data in (b"", b"\r\n\r\n", b"\x00\xff" * 100, b"GET /", b"GET / HTTP/9.9\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
            connection.sendall(data)
    assert get(server)[0] == 200


def test_only_the_loopback_address_is_listened_at(server):
    listening = []
    for name in ("/proc/net/tcp", "/proc/net/tcp6"):
        if not Path(name).exists():
            continue
        for line in Path(name).read_text().splitlines()[1:]:
            _, local, _, what = line.split()[:4]
            address, port = local.split(":")
            if what == "0A" and int(port, 16) == server.port:
                listening.append(address)
    # 127.0.0.1, as the machine has it in memory.
    loopback = int.from_bytes(bytes([127, 0, 0, 1]), sys.byteorder)
    assert listening == [f"{loopback:08X}"]


def test_each_server_has_a_token_of_its_own(server):
    other = Server(0, "python app.py", state())
    try:
        assert other.token != server.token and len(other.token) >= 32
        assert other.port != server.port
    finally:
        other.close()


def test_a_port_in_use_is_named_with_the_remedy(server):
    with pytest.raises(ProfileError) as error:
        Server(server.port, "again")
    assert str(error.value) == (
        f"port {server.port} is in use: name another one, or leave it out for one that is free"
    )


def test_names_that_are_no_unicode_reach_the_page(server):
    server.state.lines.rows[0].file = "caf\udce9.py"
    _, _, data = get(server, f"/{server.token}/data")
    assert json.loads(data)["lines"]["rows"][0]["file"] == "caf\udce9.py"


def test_a_program_is_served_until_it_ends(shell):
    shell.write(
        "prog.py",
        """
        import sys
        held = [bytearray(30 << 20)]
        print("ready", flush=True)
        sys.stdin.read()
        """,
    )
    command = [sys.executable, "-m", "rsprofile", "--all", "--arm", "prog.py"]
    program = subprocess.Popen(
        command, cwd=shell.folder, env=shell.environment, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert program.stdout.readline() == "ready\n"
        viewer = subprocess.Popen(
            [sys.executable, "-m", "rsprofile", "top", str(program.pid), "--serve"],
            env=shell.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        address = viewer.stdout.readline().split()[-1]
        parts = urlsplit(address)

        def data():
            connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=20)
            connection.request("GET", f"{parts.path}data")
            content = connection.getresponse().read()
            connection.close()
            return json.loads(content)

        deadline = time.monotonic() + 60
        while not (found := data())["lines"]["rows"]:
            assert time.monotonic() < deadline, found
            time.sleep(0.1)
        top = max(found["lines"]["rows"], key=lambda row: row["increment"])
        assert (top["file"], top["line"]) == ("prog.py", 2)
        assert top["increment"] >= 29 * MIB
        assert found["now"] > 30 * MIB and not found["ended"]
        program.stdin.close()
        assert "held = [bytearray" in program.stdout.read()
        out, err = viewer.communicate(timeout=60)
        assert (viewer.returncode, out, err) == (0, "", "")
    finally:
        program.kill()
        program.wait()
        program.stdout.close()


# In a browser.


@pytest.fixture
def chromium(tmp_path):
    return browser.Browser(CHROMIUM, tmp_path)


def page_of(*states: State, ended: bool = False) -> str:
    """The page with answers in place of a server: each of them once, and the last again."""
    answers = [json.dumps(document(one)) for one in states]
    stub = """<script>
    const answers = ANSWERS; let asked = 0;
    window.fetch = async (what) => {
      if (FAILS) throw new Error("gone");
      const at = Math.min(asked++, answers.length - 1);
      window.askedFor = what; window.asked = asked;
      return { ok: true, json: async () => answers[at] };
    };
    </script>"""
    text = "[" + ",".join(answers).replace("<", "\\u003c") + "]"
    page = _core.live_page("python app.py")
    stub = stub.replace("ANSWERS", text).replace("FAILS", "false" if states else "true")
    return page.replace("<head>", "<head>" + stub, 1)


@needs_browser
def test_a_browser_that_is_given_the_address_shows_the_lines(server, tmp_path):
    done = subprocess.run(
        [
            str(CHROMIUM), "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-dev-shm-usage", "--disable-background-networking", "--dump-dom",
            "--virtual-time-budget=3000", f"--user-data-dir={tmp_path}", server.address,
        ],
        capture_output=True, text=True, timeout=browser.TIMEOUT, check=False,
    )  # fmt: skip
    assert 'data-ready="1"' in done.stdout and "data-error" not in done.stdout
    assert "lib/big.py:120 (Cache.put)" in done.stdout and 'data-lost="' not in done.stdout


TEXTS = """
const text = (id) => page.getElementById(id).innerText;
const figures = Object.fromEntries([...page.querySelectorAll("#figures > div")].map((one) => [one.firstChild.innerText, one.lastChild.innerText]));
const rows = () => [...page.querySelectorAll("#table tbody tr")].map((row) => [...row.children].map((cell) => cell.innerText));
"""
#: Elements that stick out of the page at its side, and texts of the chart that lie on each other.
FAULTS = """
const told = {};
for (const width of [320, 390, 800, 1600]) {
  document.querySelector("iframe").style.width = `${width}px`;
  await new Promise((go) => setTimeout(go, 1500));
  const over = page.documentElement.scrollWidth - view.innerWidth;
  const boxes = [...page.querySelectorAll(".chart text")].map((one) => one.getBoundingClientRect());
  const on = (one, other) => one.left < other.right && other.left < one.right
    && one.top < other.bottom - 2 && other.top < one.bottom - 2;
  const clash = boxes.some((one, at) => boxes.slice(at + 1).some((other) => on(one, other)));
  const out = boxes.some((box) => box.left < 0 || box.right > view.innerWidth + 0.5);
  told[width] = { over, clash, out };
}
return told;
"""


@needs_browser
def test_the_page_shows_figures_chart_and_lines(chromium):
    shown = state(children=2, children_bytes=20 * MIB)
    told = chromium.look(
        page_of(shown),
        TEXTS
        + """return { figures, rows: rows(), title: page.title, asked: view.askedFor,
        curves: page.querySelectorAll(".chart path").length, label: page.querySelector(".peak").textContent };""",
    )
    assert told["title"] == "rsprofile: python app.py"
    assert told["asked"] == "data"
    assert told["figures"] == {
        "Memory now": "40.0 MiB",
        "Peak": "90.0 MiB",
        "With 2 children": "60.0 MiB",
        "Allocated and alive": "12.0 MiB",
        "Most alive at once": "20.0 MiB",
        "Process": "4711",
        "Runs for": "60.0 s",
    }
    assert told["rows"][0][:2] == ["app.py:9", "+31.0 MiB"]
    assert [row[0] for row in told["rows"]] == [
        "app.py:9",
        "app.py:5 (load)",
        "lib/big.py:120 (Cache.put)",
    ]
    assert told["curves"] == 4
    assert told["label"] == "highest 89.0 MiB"


@needs_browser
def test_the_page_is_refreshed_and_keeps_its_order(chromium):
    later = state(now=77 * MIB)
    later.lines.rows[0].own = 99 * MIB
    told = chromium.look(
        page_of(state(), later),
        TEXTS
        + """
        const head = [...page.querySelectorAll("#table th button")].find((one) => one.textContent.startsWith("Own"));
        head.click();
        head.focus();
        await new Promise((go) => setTimeout(go, 2500));
        return { now: page.querySelector("#figures dd").innerText, rows: rows(), asked: view.asked,
          focus: page.activeElement === head };""",
    )
    assert told["asked"] >= 2 and told["now"] == "77.0 MiB"
    assert told["rows"][0][:3] == ["app.py:5 (load)", "+30.0 MiB", "+99.0 MiB"]
    assert told["focus"]


@needs_browser
def test_pause_stops_asking_and_continue_asks_again(chromium):
    told = chromium.look(
        page_of(state()),
        """
        const wait = (ms) => new Promise((go) => setTimeout(go, ms));
        const button = page.getElementById("pause");
        button.click();
        const before = view.asked;
        await wait(3000);
        const paused = view.asked - before;
        const said = page.getElementById("status").innerText;
        button.click();
        await wait(1500);
        return { paused, said, after: view.asked - before, name: button.innerText };""",
    )
    assert (told["paused"], told["said"]) == (0, "Paused; the program goes on.")
    assert told["after"] >= 1 and told["name"] == "Pause"


@needs_browser
def test_the_page_says_that_the_process_has_ended(chromium):
    told = chromium.look(
        page_of(state(ended=True)),
        """await new Promise((go) => setTimeout(go, 2500));
        return [page.getElementById("status").innerText, view.asked];""",
    )
    assert told == ["The process has ended; these are its last figures.", 1]


@needs_browser
def test_the_page_says_that_nobody_answers(chromium):
    told = chromium.look(
        page_of(),
        """await new Promise((go) => setTimeout(go, 4000));
        return page.getElementById("status").innerText;""",
    )
    assert told == "The view in the terminal has ended: this is the last that it sent."


@needs_browser
def test_the_page_says_why_there_are_no_lines(chromium):
    shown = state()
    shown.lines = Lines(message="no lines: <b>it is not armed</b>")
    told = chromium.look(page_of(shown), TEXTS + "return [text('how'), rows().length];")
    assert told == ["no lines: <b>it is not armed</b>", 0]


@needs_browser
def test_the_chart_is_read_by_keyboard(chromium):
    told = chromium.look(
        page_of(state(10)),
        """
        const svg = page.querySelector(".chart svg");
        svg.focus();
        svg.dispatchEvent(new view.KeyboardEvent("keydown", { key: "Home", bubbles: true }));
        return page.getElementById("read").innerText;""",
    )
    assert told == "at 0 s: 6.0 MiB to 10.0 MiB, with children 30.0 MiB"


@needs_browser
@pytest.mark.parametrize("kind", ["usual", "huge", "new"])
def test_nothing_is_clipped_or_lies_on_something_else(chromium, kind):
    shown = state(3 if kind == "new" else 60)
    if kind == "huge":
        shown = state(100_000, children=300, children_bytes=1 << 40)
        folder = "/very/long/folder/" + "deep/" * 20
        shown.lines.rows = [
            Row(f"{folder}file{at}.py", at, "Class.method" * 4, at << 40, at << 40)
            for at in range(400)
        ]
    told = chromium.look(page_of(shown), FAULTS)
    assert told == {
        str(width): {"over": 0, "clash": False, "out": False} for width in (320, 390, 800, 1600)
    }
