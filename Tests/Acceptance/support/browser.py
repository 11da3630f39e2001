"""A real browser without a window, told what to do over a pipe (the DevTools protocol)."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from . import processes
from .deadline import Deadline, Expired, wait_until

#: A browser starts slowly on a machine that is busy.
SECONDS = 120.0


def program() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


class Browser:
    """One browser with one page."""

    def __init__(self, directory: Path) -> None:
        profile = directory / "profile"
        command_end, self._commands = os.pipe()
        self._answers, answer_end = os.pipe()
        self._log = (directory / "browser.log").open("wb")
        # The program wants them as 3 and 4.
        script = (
            "import fcntl, os, sys\n"
            "ends = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3]]\n"
            "for number, end in enumerate(ends, 3): os.dup2(end, number)\n"
            "os.execvp(sys.argv[3], sys.argv[3:])\n"
        )
        self._process = subprocess.Popen(
            [sys.executable, "-c", script, str(command_end), str(answer_end)]
            + [program() or "chromium", "--headless=new"]
            + ["--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--no-first-run"]
            + ["--disable-dev-shm-usage", "--hide-scrollbars", f"--user-data-dir={profile}"]
            + ["--disable-background-networking", "about:blank"],
            pass_fds=(command_end, answer_end),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            env={**os.environ, "HOME": str(directory), "LANG": "C.UTF-8", "TZ": "UTC"},
            start_new_session=True,
        )
        os.close(command_end)
        os.close(answer_end)
        self._buffer = b""
        self._number = 0
        self._session: str | None = None
        page = self._call("Target.createTarget", url="about:blank")["targetId"]
        attached = self._call("Target.attachToTarget", targetId=page, flatten=True)
        self._session = attached["sessionId"]

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        processes.kill_session(self._process.pid)
        self._process.wait()
        os.close(self._commands)
        os.close(self._answers)
        self._log.close()

    def show(self, width: int, height: int, *, dark: bool = False) -> None:
        """The size of the window, and what its owner likes."""
        self._call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        liked = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._call("Emulation.setEmulatedMedia", features=[liked])

    def open(self, address: str) -> None:
        self._call("Page.navigate", url=address)

    def evaluate(self, script: str) -> object:
        """The value of an expression in the page."""
        answer = self._call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def wait_for(self, script: str, what: str, seconds: float = SECONDS) -> None:
        wait_until(lambda: self.evaluate(f"Boolean({script})"), what, seconds)

    def picture(self) -> bytes:
        """The whole page, as PNG."""
        size = self._call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        answer = self._call("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
        return base64.b64decode(answer["data"])

    def _call(self, method: str, **parameters: object) -> dict:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        deadline = Deadline(SECONDS)
        while True:
            answer = json.loads(self._read(deadline))
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]

    def _read(self, deadline: Deadline) -> bytes:
        """One message, which ends with a zero."""
        while b"\0" not in self._buffer:
            if deadline.expired():
                raise Expired("the browser does not answer")
            piece = os.read(self._answers, 1 << 20)
            assert piece, f"the browser has ended: {Path(self._log.name).read_text()[-2000:]}"
            self._buffer += piece
        message, _, self._buffer = self._buffer.partition(b"\0")
        return message
