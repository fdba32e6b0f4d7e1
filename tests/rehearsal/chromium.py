"""How does a test look at a page? Chromium without a window, spoken to over a pipe."""

import base64
import fcntl
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from select import select
from typing import Any

from tests.needs import program

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)
PATIENCE_SECONDS = 60.0
READ, WRITE = 3, 4
"""The descriptors at which Chromium expects the pipe."""
NOISE = ("data:", "file:", "about:")


class Page:
    """One tab. Events are kept in `events` as they come."""

    def __init__(self, read: int, write: int) -> None:
        self._read, self._write = read, write
        self._buffer = b""
        self._number = 0
        self.events: list[dict[str, Any]] = []
        target = self._call("Target.createTarget", None, url="about:blank")["targetId"]
        attached = self._call("Target.attachToTarget", None, targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **given: object) -> dict[str, Any]:
        return self._call(method, self._session, **given)

    def open(self, path: Path, width: int = 1400, height: int = 1000) -> None:
        self.resize(width, height)
        self.events.clear()
        self.call("Page.navigate", url=path.as_uri())
        self._until("Page.loadEventFired")

    def resize(self, width: int, height: int = 1000) -> None:
        about = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **about)

    def prefer(self, scheme: str) -> None:
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", features=features)

    def ask(self, expression: str) -> Any:
        """Return the value of an expression in JavaScript."""
        answer = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press(self, key: str) -> None:
        code = {"Tab": 9, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}
        about = {"key": key, "code": key, "windowsVirtualKeyCode": code.get(key, 0)}
        self.call("Input.dispatchKeyEvent", type="rawKeyDown", **about)
        self.call("Input.dispatchKeyEvent", type="keyUp", **about)

    def pdf(self) -> bytes:
        return base64.b64decode(self.call("Page.printToPDF")["data"])

    def picture(self) -> bytes:
        """Return the whole page as PNG."""
        answer = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        return base64.b64decode(answer["data"])

    def requests(self) -> list[str]:
        """Return what the page asked the network for."""
        sent = (each for each in self.events if each["method"] == "Network.requestWillBeSent")
        urls = (str(each["params"]["request"]["url"]) for each in sent)
        return [url for url in urls if not url.startswith(NOISE)]

    def complaints(self) -> list[dict[str, Any]]:
        """Return the errors and warnings of the console."""
        found = []
        for each in self.events:
            params = each["params"]
            level = params.get("entry", {}).get("level") or params.get("type")
            bad = each["method"] in ("Log.entryAdded", "Runtime.consoleAPICalled")
            if each["method"] == "Runtime.exceptionThrown" or (
                bad and level in ("error", "warning")
            ):
                found.append(params)
        return found

    def _call(self, method: str, session: str | None, **given: object) -> dict[str, Any]:
        self._number += 1
        number = self._number
        message: dict[str, object] = {"id": number, "method": method, "params": given}
        if session is not None:
            message["sessionId"] = session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return dict(answer["result"])
            self.events.append(answer)

    def _until(self, event: str) -> None:
        if any(each.get("method") == event for each in self.events):
            return
        while True:
            self.events.append(self._next())
            if self.events[-1].get("method") == event:
                return

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select([self._read], [], [], PATIENCE_SECONDS)
            assert ready, f"Chromium was silent for {PATIENCE_SECONDS} s"
            read = os.read(self._read, 1 << 20)
            assert read, "Chromium has gone"
            self._buffer += read
        message, _, self._buffer = self._buffer.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found


@contextmanager
def browsing(folder: Path) -> Iterator[Page]:
    """Run Chromium with a profile of its own in an empty folder."""
    to_read, to_write = os.pipe()
    from_read, from_write = os.pipe()
    # Out of the way of the numbers that they get in the child.
    inside = [fcntl.fcntl(each, fcntl.F_DUPFD_CLOEXEC, 10) for each in (to_read, from_write)]
    os.close(to_read)
    os.close(from_write)

    def hand_over() -> None:
        for descriptor, number in zip(inside, (READ, WRITE), strict=True):
            os.dup2(descriptor, number)

    child = subprocess.Popen(  # noqa: S603 - our own flags
        [program("chromium"), *FLAGS, f"--user-data-dir={folder}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(READ, WRITE),
        preexec_fn=hand_over,
        env={**os.environ, "HOME": str(folder)},
    )
    for each in inside:
        os.close(each)
    try:
        yield Page(from_read, to_write)
    finally:
        os.close(to_write)
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        os.close(from_read)
