"""Runs in a terminal, and the screen that is left of them.

Each case has a terminal of its own, whose bytes go to a model of the screen (pyte). All run at the
same time: what they wait for is the clock. A case fails by an exception; its screen is shown."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import traceback

import pyte

PIPECTL = os.path.abspath(os.environ["PIPECTL"])
ROWS = 12
PATIENCE = 20


class Terminal:
    def __init__(self, folder, columns, term="xterm-256color"):
        self.folder = folder
        self.master, self.slave = pty.openpty()
        self.raw = b""
        self.title_seen = ""
        self.screen = pyte.HistoryScreen(columns, ROWS, history=1000)
        self.stream = pyte.ByteStream(self.screen)
        self.environment = dict(os.environ, TERM=term, TERM_PROGRAM="", PS1="$ ", LC_ALL="C.UTF-8")
        self.set_size(columns)

    def set_size(self, columns, rows=ROWS):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, columns):
        self.set_size(columns)
        self.screen.resize(ROWS, columns)

    def start(self, *argv):
        self.child = subprocess.Popen(
            ["setsid", "-c", *argv], cwd=self.folder, env=self.environment,
            stdin=self.slave, stdout=self.slave, stderr=self.slave)
        return self.child

    def type(self, text):
        os.write(self.master, text.encode())

    def feed(self, seconds):
        if select.select([self.master], [], [], seconds)[0]:
            data = os.read(self.master, 65536)
            self.raw += data
            self.stream.feed(data)
            self.title_seen = self.screen.title or self.title_seen
            return True
        return False

    def wait(self, what, condition):
        end = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > end:
                raise AssertionError("never: " + what)
            self.feed(0.05)

    def wait_for_text(self, text):
        self.wait(repr(text) + " on the screen", lambda: text in self.text())

    def finish(self):
        """All that the run wrote, and its status."""
        self.wait("the end", lambda: self.child.poll() is not None)
        while self.feed(0.1):
            pass
        return self.child.returncode

    def rows(self):
        """What has scrolled off the screen and what is on it, without empty rows at the end."""
        top = ["".join(line[x].data for x in range(self.screen.columns)).rstrip()
               for line in self.screen.history.top]
        rows = top + [line.rstrip() for line in self.screen.display]
        while rows and not rows[-1]:
            rows.pop()
        return rows

    def text(self):
        return "\n".join(self.rows())

    def close(self):
        os.close(self.master)
        os.close(self.slave)


def model(columns, data):
    """The rows of a screen that has got these bytes, as a terminal's line discipline sends them."""
    screen = pyte.HistoryScreen(columns, ROWS, history=1000)
    pyte.ByteStream(screen).feed(data.replace(b"\n", b"\r\n"))
    rows = ["".join(line[x].data for x in range(columns)).rstrip() for line in screen.history.top]
    rows += [line.rstrip() for line in screen.display]
    while rows and not rows[-1]:
        rows.pop()
    return rows


def write(folder, name, text):
    with open(os.path.join(folder, name), "w") as file:
        file.write(text)


def stage(name, shell, *keys):
    return "[[stage]]\nname = '%s'\nshell = '''%s'''\n%s\n" % (name, shell, "\n".join(keys))


def check(condition, what):
    if not condition:
        raise AssertionError(what)


# --- stages that have the terminal too ------------------------------------------------------------


def printed(terminal, pieces, redirection=""):
    """A shell text that prints the pieces with pauses, and what they are together."""
    script = "".join(
        "sleep %s; printf '%s'%s\n" % (pause, octal(data), redirection) for pause, data in pieces)
    return script, b"".join(data for _, data in pieces)


def octal(data):
    return "".join(chr(byte) if byte < 128 and chr(byte).isalnum() else "\\%03o" % byte for byte in data)


def beside(columns):
    """Data comes to the terminal in pieces that end anywhere, also inside a character, a control
    sequence, the last column, another screen, a scroll region."""
    def case(terminal):
        pieces = [(0, b"short\npart"), (0.1, b"ial\n\xe2\x82"), (0.6, b"\xac euro\n\x1b[3"),
                  (0.6, b"1mred\x1b[0m\n" + b"w" * columns), (0.4, b"rapped\n"),
                  (0, b"\x1b[?1049h\x1b[2;5rfull\nscreen\x1b[r\x1b[?1049l"), (0.3, b"\n"),
                  (0, b"".join(b"line %d\n" % n for n in range(30)))]
        script, data = printed(terminal, pieces)
        script = "until [ -e title ]; do sleep 0.02; done\n" + script
        write(terminal.folder, "p.toml", stage("make", script) + stage("pass", "exec cat"))
        terminal.start(PIPECTL, "run", "p.toml")
        # Nobody can look and write in one: what is drawn is on the screen before there is data,
        # and the next title, a second later, comes after data.
        terminal.wait("a title", lambda: "2 of 2 stages running" in terminal.title_seen)
        write(terminal.folder, "title", "")
        check(terminal.finish() == 0, "it failed")
        expected = model(columns, data)
        check(terminal.rows() == expected, "not what the stages printed:\n" + "\n".join(expected))
        first = terminal.raw.index(b"short")
        after = terminal.raw[first:].replace(data.replace(b"\n", b"\r\n"), b"")
        check(after == b"\x1b]2;\x07\x1b[23;2t\x1b]9;4;0\x07", "more than data: %r" % after)
    return case


def errors(columns):
    """Only stderr is the terminal's: the title tells, the screen is the stages'."""
    def case(terminal):
        pieces = [(0.5, b"warning: one\n"), (0.3, b"half "), (0.7, b"a line\n"), (0.8, b"last\n")]
        script, data = printed(terminal, pieces, " >&2")
        write(terminal.folder, "p.toml", stage("make", script) + stage("keep", "exec cat", "stdout = 'out'"))
        terminal.start(PIPECTL, "run", "p.toml")
        check(terminal.finish() == 0, "it failed")
        expected = model(columns, data)
        check(terminal.rows() == expected, "not what the stages printed:\n" + "\n".join(expected))
        check("running" in terminal.title_seen, "no title")
        check(terminal.raw.count(b"\x1b]2;") >= 3, "the title does not go on")
        check(terminal.screen.title == "", "the title stays")
    return case


def no_skills(terminal):
    """To TERM=dumb not one control sequence is sent."""
    script, data = printed(terminal, [(0.5, b"one\n"), (0.5, b"two\n")])
    write(terminal.folder, "p.toml", stage("make", script))
    terminal.start(PIPECTL, "run", "p.toml")
    check(terminal.finish() == 0, "it failed")
    check(terminal.raw == data.replace(b"\n", b"\r\n"), repr(terminal.raw))


# --- pipectl alone on the terminal ----------------------------------------------------------------

ALONE = (stage("make", "until [ -e enough ]; do echo x; sleep 0.02; done",
               "stdin = { null = true }", "stderr = 'make.err'")
         + stage("take", "exec cat", "stdout = 'out'", "stderr = 'take.err'"))
BEFORE = b"".join(b"before %d\n" % n for n in range(ROWS + 3)) + b"the prompt "


def alone(columns, act, status):
    """A block is shown below what was there, and nothing of it stays."""
    def case(terminal):
        write(terminal.folder, "p.toml", ALONE)
        os.write(terminal.slave, BEFORE)
        terminal.start(PIPECTL, "run", "p.toml")
        terminal.wait_for_text("2 of 2 stages running")
        terminal.wait_for_text("waits for data from")
        rows = terminal.rows()
        at = rows.index("the prompt")
        check(rows[:at + 1] == model(columns, BEFORE)[:at] + ["the prompt"], "what was there is not")
        check(rows[at + 1].startswith("pipectl: 'p' "), "no block below: %r" % rows[at + 1:])
        check(all(len(row) < columns for row in rows[at + 1:]), "a row is as wide as the screen")
        act(terminal)
        check(terminal.finish() in status, "status %s" % terminal.child.returncode)
        clean(terminal)
    return case


def clean(terminal):
    text = terminal.text()
    for part in ("stages running", "waits for data", "  make ", "  take "):
        check(part not in text, "%r stays" % part)
    check("the prompt" in text and "before 14" in text, "what was there is gone")


def enough(terminal):
    write(terminal.folder, "enough", "")


def resized(terminal):
    for columns in (40, 150, 60):
        terminal.resize(columns)
        seen = len(terminal.raw)
        terminal.wait("two pictures more", lambda: terminal.raw[seen:].count(b"\x1b[J") > 2)
    enough(terminal)


def typed(terminal):
    """Who types meanwhile finds it on rows of its own."""
    terminal.type("typed ahead\n")
    terminal.wait_for_text("the prompt typed ahead")
    seen = len(terminal.raw)
    terminal.wait("two pictures more", lambda: terminal.raw[seen:].count(b"\x1b[J") > 2)
    rows = terminal.rows()
    at = rows.index("the prompt typed ahead")
    check(rows[at + 1] == "" and rows[at + 2].startswith("pipectl:"), repr(rows[at:]))
    enough(terminal)


def interrupted(terminal):
    terminal.type("\x03")


def children_of(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid)) as file:
        return [int(word) for word in file.read().split()]


def supervisor_of(front):
    for pid in children_of(front):
        with open("/proc/%d/cmdline" % pid) as file:
            if "supervisor of" in file.read():
                return pid
    raise AssertionError("no supervisor")


def supervisor_killed(terminal):
    os.kill(supervisor_of(terminal.child.pid), signal.SIGKILL)


def in_shell(terminal):
    """Ctrl-Z, fg, and what a shell shows of a pipectl that was killed."""
    write(terminal.folder, "p.toml", ALONE)
    shell = terminal.start("bash", "--norc", "--noprofile", "--noediting", "-i")
    terminal.wait_for_text("$")
    terminal.type("%s run p.toml\n" % PIPECTL)
    terminal.wait_for_text("2 of 2 stages running")
    terminal.type("\x1a")
    terminal.wait_for_text("Stopped")
    terminal.wait("the block's end", lambda: "stages running" not in terminal.text())
    terminal.type("fg\n")
    terminal.wait_for_text("2 of 2 stages running")
    front = children_of(shell.pid)[0]
    os.kill(front, signal.SIGKILL)
    terminal.wait_for_text("Killed")
    terminal.wait("the block's end", lambda: "stages running" not in terminal.text())
    terminal.type("echo done\n")
    terminal.wait_for_text("\ndone\n")
    check("waits for data" not in terminal.text(), "the block stays")
    terminal.type("exit\n")
    terminal.finish()


# --- pipectl top ----------------------------------------------------------------------------------


def top_says(terminal):
    """Of this run alone: those of the other cases have stages of the same names."""
    return subprocess.run([PIPECTL, "top", "rates", "--color", "never"], env=terminal.environment,
                          capture_output=True, text=True, check=True).stdout


class Flow:
    """How fast a file grows: what a busy machine makes of a steady writer."""

    def __init__(self, path):
        self.path = path
        self.seen = []

    def watch(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if os.path.exists(self.path):
                self.seen.append((time.monotonic(), os.path.getsize(self.path)))
            time.sleep(0.05)

    def rate(self, window):
        """The least and the most in KiB/s that any so many seconds had, of the last five."""
        rates = []
        for at, size in self.seen:
            before = [old for old in self.seen if old[0] <= at - window]
            if before and at > self.seen[-1][0] - 5:
                rates.append((size - before[-1][1]) / 1024 / (at - before[-1][0]))
        return min(rates), max(rates)


def rates(terminal):
    """A steady flow has a steady rate, a run that is stopped none, and it says since when."""
    terminal.environment["XDG_RUNTIME_DIR"] = terminal.folder
    write(terminal.folder, "rates.toml", stage(
        "make", "while :; do head -c 51200 /dev/zero; sleep 0.1; done", "stdin = { null = true }")
        + stage("take", "exec cat", "stdout = { file = 'out', atomic = false }"))
    # a group that has its parent in its session, so that SIGTSTP stops it; setpgid(2)
    shell = terminal.start("bash", "-c", 'set -m; "$@"; read', "bash",
                           PIPECTL, "run", "rates.toml", "--progress", "never")
    flow = Flow(os.path.join(terminal.folder, "out"))
    for _ in range(4):
        flow.watch(2.5)
        row = next(line for line in top_says(terminal).splitlines() if line.startswith("  take"))
        number, unit = row.split()[-4:-2]
        kibibytes = float(number.lstrip("~")) * (1024 if unit == "MiB/s" else 1)
        low, high = flow.rate(2)
        check(0.6 * low < kibibytes < 1.4 * high, "%s KiB/s to %s KiB/s: %s" % (low, high, row))
    front = children_of(shell.pid)[0]
    os.kill(front, signal.SIGTSTP)
    time.sleep(1.2)
    page = top_says(terminal)
    check("stopped for 1." in page or "stopped for 2." in page, page)
    for name in ("make", "take"):
        row = next(line for line in page.splitlines() if line.startswith("  " + name))
        check("stopped" in row and row.split()[-4:] == ["0", "B/s", "0", "B/s"], page)
    os.kill(front, signal.SIGKILL)
    terminal.child.kill()
    terminal.finish()


CASES = {"rates": (80, "xterm", rates), "dumb": (80, "dumb", no_skills), "shell": (100, "xterm", in_shell)}
for width in (60, 80, 110, 200):
    CASES["beside-%d" % width] = (width, "xterm-256color", beside(width))
    CASES["errors-%d" % width] = (width, "xterm-256color", errors(width))
    CASES["alone-%d" % width] = (width, "xterm-256color", alone(width, enough, (0,)))
for name, act, status in (("resize", resized, (0,)), ("typed", typed, (0,)),
                          ("ctrl-c", interrupted, (-signal.SIGINT, 128 + signal.SIGINT)),
                          ("supervisor-killed", supervisor_killed, (125,))):
    CASES[name] = (110, "xterm-256color", alone(110, act, status))


def run(name, failures):
    columns, term, case = CASES[name]
    with tempfile.TemporaryDirectory() as folder:
        terminal = Terminal(folder, columns, term)
        try:
            case(terminal)
        except Exception as error:
            detail = error if isinstance(error, AssertionError) else traceback.format_exc()
            failures.append("%s: %s\n--- the screen:\n%s\n---" % (name, detail, terminal.text()))
            terminal.child.kill()
        terminal.close()


def main(names):
    failures = []
    threads = [threading.Thread(target=run, args=(name, failures)) for name in names or CASES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("\n".join(failures))
    print("%d cases, %d failed" % (len(threads), len(failures)))
    return 1 if failures else 0


sys.exit(main(sys.argv[1:]))
