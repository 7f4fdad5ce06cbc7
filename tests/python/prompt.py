"""The prompt as a person uses it: keys go in through a pseudo-terminal, and what is on the screen is read.

usage: prompt.py ANN FOLDER
"""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time

ANN, FOLDER = sys.argv[1:3]
ESCAPES = re.compile(r"\x1b\[[0-9;?=>]*[a-zA-Z]|\x1b\][^\x07]*\x07|\x1b[=>]|\r")
PATIENCE = 90
ON, OFF = "\x1b[?2004h", "\x1b[?2004l"


class Terminal:
    """A command at a terminal of 100 columns."""

    def __init__(self, arguments, **variables):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
        keep = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS", "TMUX", "KITTY_WINDOW_ID")}
        home = {"XDG_DATA_HOME": os.path.join(FOLDER, "data"), "TERM": "xterm-256color"}
        self.raw = ""

        def own():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.child = subprocess.Popen(
            [ANN, *arguments], stdin=slave, stdout=slave, stderr=slave, cwd=FOLDER, env={**keep, **home, **variables}, preexec_fn=own
        )
        os.close(slave)

    def read(self, seconds):
        """What comes within a time."""
        ready, _, _ = select.select([self.master], [], [], seconds)
        if not ready:
            return False
        try:
            new = os.read(self.master, 65536)
        except OSError:
            return False
        self.raw += new.decode("utf-8", "replace")
        return bool(new)

    def until(self, pattern, what=""):
        """Waits for a text on the screen, and gives all that came with it."""
        end = time.monotonic() + PATIENCE
        while not re.search(pattern, ESCAPES.sub("", self.raw)):
            self.wait(end, what or pattern)
        seen, self.raw = self.raw, ""
        return seen

    def wait(self, end, what):
        if not self.read(1) and (time.monotonic() > end or self.child.poll() is not None):
            sys.exit(f"no {what!r} in:\n{ESCAPES.sub('', self.raw)[-2000:]}\n{self.raw[-400:]!r}")

    def keys(self, text):
        os.write(self.master, text.encode())

    def prompt(self):
        """Waits for the next prompt; what came between the last one and it, with colours. The line editor switches bracketed
        paste on when it begins to read a line, and off when it has one."""
        end = time.monotonic() + PATIENCE
        while ON not in self.raw:
            self.wait(end, "prompt")
        seen, self.raw = self.raw.split(ON, 1)
        return seen.rsplit(OFF, 1)[-1]

    def line(self, text):
        """Types a line and waits for the next prompt; what came in between, without colours."""
        self.keys(text + "\r")
        return ESCAPES.sub("", self.prompt())

    def clear(self):
        """Gives up the line that is typed."""
        self.keys("\x03")
        self.prompt()

    def end(self):
        self.keys("\x04")
        end = time.monotonic() + PATIENCE
        while self.child.poll() is None and time.monotonic() < end:
            self.read(0.2)
        check(self.child.poll() == 0, f"the prompt ended with {self.child.poll()}")


def check(holds, what):
    if not holds:
        sys.exit(f"failed: {what}")


t = Terminal(["repl"])
t.prompt()

# Colours, and an answer.
t.keys("let a = 2 + 1")
seen = t.until("a = 2 \\+ 1")
check("\x1b[1;34mlet\x1b[0m" in seen, "a keyword has its colour")
t.keys("\r")
t.prompt()
check("9" in t.line("a * 3"), "an expression is evaluated")

# An input goes on over lines while a bracket is open.
t.line("use std.spin")
t.line("use std.lattice")
for part in ["sample scan over T in [1, 2] {", "model: ising(chain(6))", "temperature: T", "method: exact", "observe { e = energy }"]:
    t.keys(part + "\r")
seen = t.line("}")
check(re.search(r"T\s+e\n1\s+-5\.109", seen), f"several lines are one input, and its table is shown: {seen}")

# Completion: one candidate is taken, several are listed with what they mean.
t.keys("let b = linsp\t(0, 1, 3)\r")
t.prompt()
check("0.5" in t.line("b"), "a word is completed")
t.keys("sample c { warm\t\t")
t.until(r"warmup")
t.clear()
t.keys("scan.\t\t")
t.until(r"T(?s:.*)e")
t.clear()
t.keys(":ex\t\x0c")
t.until(r":explain")
t.clear()

# A hint says what a function takes.
t.keys("let d = linspace(")
t.until(r"linspace\(\w+.*\)", "a hint")
t.clear()

# An error leaves the session as it was.
seen = t.line("let a = nonsense")
check("E0301" in seen or "not defined" in seen, f"the error is reported: {seen}")
check("3" in t.line("a"), "the name keeps its value")

# What uses a name that changes is out of date until it is asked for.
t.line("let size = 6")
t.line("sample s { model: ising(chain(size)), temperature: 1, method: exact, observe { q = energy } }")
check("out of date" in t.line("let size = 8"), "a task is out of date")
check("refresh" in t.line("s.q"), "what is out of date has no value")
check("out of date" not in t.line(":refresh"), "it is computed on request")
check("-6." in t.line("s.q"), "and then has one")
check("taken back: let size = 8" in t.line(":undo"), "a definition is taken back")
check("-5.109" in t.line("s.q"), "with its results")

# Ctrl-C stops a task, keeps the prompt and the points that are done.
t.keys("sample long over T in linspace(1, 3, 2000) { model: ising(square(32)), temperature: T, warmup: 10, sweeps: 200, observe { m = mean(s) } }\r")
t.until(r"[1-9]\d*/2000 points", "a progress bar")
t.keys("\x03")
seen = ESCAPES.sub("", t.prompt())
check("refresh" in seen, f"it says how to go on: {seen[-600:]}")
kept = t.line(":vars")
check(re.search(r"long\s+a task over T.*[1-9]\d* of 2000 points", kept), f"the task is there with a part of its points: {seen} {kept}")
t.line(":undo")

# A script that does the same, and a figure in the terminal.
check(re.search("[\u2801-\u28ff]", t.line(":plot scan.e")), "a curve in braille")
with open(os.path.join(FOLDER, "foreign.ann"), "w") as file:
    file.write("# not ours\n")
check("there already" in t.line(":save foreign.ann"), "no foreign file is replaced")
check("saved" in t.line(":save saved.ann"), "the session is saved")
check("written" in t.line(":write live.h5"), "the results are written")
t.end()

# The history of one session is that of the next, and is searched.
t = Terminal(["repl"])
t.prompt()
t.keys("\x12size = 6")
t.until(r"let size = 6")
t.clear()
t.end()

# The saved script gives the same numbers.
done = subprocess.run([ANN, "run", "saved.ann", "-o", "again.h5"], cwd=FOLDER, capture_output=True, text=True)
check(done.returncode == 0, done.stderr)
tables = [subprocess.run([ANN, "show", f, "scan"], cwd=FOLDER, capture_output=True, text=True).stdout for f in ("live.h5", "again.h5")]
check(tables[0] and tables[0] == tables[1], f"the numbers are the same: {tables}")

# A terminal that takes pictures gets them.
t = Terminal(["repl"], ANN_GRAPHICS="kitty")
t.prompt()
t.line("use std.lattice")
t.keys("square(3)\r")
check("\x1b_Ga=T,f=100" in t.prompt(), "a picture in kitty's way")
t.end()
print("ok")
