"""A pseudo-terminal that a terminal emulator reads, and a program that runs in it."""
import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time

import own_settings
import pyte

PATIENCE = 300  # seconds; only ends a hang


def wrapped(cells, columns):
    """The rows that these cells take. The second cell of a wide character is empty, and stays with the first one."""
    rows = [[]]
    for at, cell in enumerate(cells):
        wide = 2 if cells[at + 1:at + 2] and cells[at + 1].data == "" else 1
        if cell.data != "" and len(rows[-1]) + wide > columns:
            rows.append([])
        rows[-1].append(cell)
    return rows


class Emulator(pyte.Screen):
    """pyte cuts lines when it becomes narrower. Most terminals wrap them anew instead, and so does this one."""

    def resize(self, lines, columns):
        rows, y = [], 0
        for number in range(self.lines):
            cells = [self.buffer[number][x] for x in range(self.columns)]
            while cells and cells[-1].data == " ":
                cells.pop()
            if number == self.cursor.y:
                y = len(rows)
            rows += wrapped(cells, columns)
        while rows and not rows[-1] and len(rows) - 1 > y:
            rows.pop()
        gone = max(0, len(rows) - lines)
        super().resize(lines, columns)
        self.reset_buffer(rows[gone:])
        self.cursor.y = max(0, y - gone)

    def reset_buffer(self, rows):
        self.buffer.clear()
        for y, cells in enumerate(rows):
            for x, cell in enumerate(cells):
                self.buffer[y][x] = cell
        self.dirty.update(range(self.lines))


class Terminal:
    """Runs a program as the leader of a session of this terminal, as a terminal window does."""

    def __init__(self, words, lines, columns, cwd, environment=None, stdout=None):
        self.screen = Emulator(columns, lines)
        self.stream = pyte.ByteStream(self.screen)
        self.bytes = b""
        self.master, slave = pty.openpty()
        self.set_size(lines, columns)
        own = own_settings.environment(cwd, TERM="xterm-256color", ROPEWALK_RECORD="false", NO_COLOR="1")
        self.program = subprocess.Popen(
            [str(word) for word in words], cwd=cwd, stdin=slave, stdout=slave if stdout is None else stdout, stderr=slave,
            env=own | (environment or {}), start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.program.poll() is None:
            self.program.kill()
            self.program.wait()
        os.close(self.master)

    def set_size(self, lines, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def resize(self, lines, columns):
        """As a terminal does it: what is on its screen changes first, then the program may learn of it."""
        self.read(0)
        self.screen.resize(lines, columns)
        self.set_size(lines, columns)

    def type(self, keys):
        os.write(self.master, keys)

    def read(self, seconds):
        """Feeds what the program writes within that time; returns False at its end."""
        if not select.select([self.master], [], [], seconds)[0]:
            return True
        try:
            piece = os.read(self.master, 1 << 16)
        except OSError:  # EIO: nobody has the other end any more
            piece = b""
        self.bytes += piece
        self.stream.feed(piece)
        return bool(piece)

    def picture(self):
        """The lines of the screen without trailing blanks, up to the last one that is not empty."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip("\n") + "\n"

    def wait_for(self, holds, what):
        """Reads until `holds(picture)`."""
        until = time.monotonic() + PATIENCE
        while not holds(self.picture()):
            if time.monotonic() > until or not self.read(0.05):
                raise AssertionError(f"never seen: {what}. The screen:\n{self.picture()}")

    def wait(self):
        """Reads until the program has ended; returns its code, negative if a signal has ended it."""
        until = time.monotonic() + PATIENCE
        while self.read(0.05) and time.monotonic() < until:
            pass
        return self.program.wait(PATIENCE)

    def signal(self, number):
        self.program.send_signal(number)

    @property
    def cursor_is_shown(self):
        return not self.screen.cursor.hidden and pyte.modes.DECAWM in self.screen.mode
