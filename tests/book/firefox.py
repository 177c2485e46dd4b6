"""Firefox, headless, by WebDriver BiDi: the protocol that it speaks itself, with no driver beside.

Playwright drives a Firefox of its own making only; Debian's `firefox-esr` is what readers have.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PATIENCE_S = 60

# No first-run pages, no telemetry, no question to Mozilla's hosts; motion as readers may ask for.
PREFERENCES = {
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.aboutwelcome.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
    "ui.prefersReducedMotion": 1,
}


def find_firefox() -> str | None:
    """Return the path of Debian's Firefox, or of the one that is named; none is downloaded."""
    return os.environ.get("ALEXNET_LAB_FIREFOX") or shutil.which("firefox-esr")


class Firefox:
    """One tab; what it said."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket
        self.noise: list[str] = []
        self.number = 0
        self.ask("session.new", capabilities={})
        self.ask("session.subscribe", events=["log.entryAdded"])
        self.tab = self.ask("browsingContext.getTree")["contexts"][0]["context"]

    def ask(self, method: str, **given: Any) -> Any:
        """Send a command; return its result, and hear what comes between."""
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": given}))
        while True:
            said = json.loads(self.socket.recv())
            if said.get("method") == "log.entryAdded":
                entry = said["params"]
                if entry["level"] in {"warn", "error"}:
                    self.noise.append(f"{entry['level']}: {entry['text']}")
            elif said.get("id") == self.number:
                assert said["type"] == "success", f"{method}: {said}"
                return said["result"]

    def open(self, address: str) -> None:
        """Open a page; wait until it is loaded."""
        self.ask("browsingContext.navigate", context=self.tab, url=address, wait="complete")

    def evaluate(self, expression: str) -> Any:
        """Return what an expression is in the page, by way of JSON; promises are waited for."""
        found = self.ask(
            "script.evaluate",
            expression=f"(async () => JSON.stringify(await ({expression})))()",
            target={"context": self.tab},
            awaitPromise=True,
        )
        assert found["type"] == "success", found["exceptionDetails"]["text"]
        return json.loads(found["result"].get("value", "null"))

    def wait_for(self, expression: str, seconds: float = PATIENCE_S) -> None:
        """Wait until an expression is true in the page."""
        end = time.monotonic() + seconds
        while not self.evaluate(f"Boolean({expression})"):
            assert time.monotonic() < end, f"waited {seconds} s in vain for {expression}"
            time.sleep(0.1)

    def press(self, key: str) -> None:
        """Press a key of WebDriver's: ``"\\ue014"`` is the right arrow."""
        actions = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        keys = {"type": "key", "id": "keyboard", "actions": actions}
        self.ask("input.performActions", context=self.tab, actions=[keys])

    def click(self, selector: str) -> None:
        """Press the mouse in the middle of the first element of a selector."""
        where = self.evaluate(
            f"""(() => {{ const one = document.querySelector({json.dumps(selector)});
            one.scrollIntoView({{ block: "center" }});
            const box = one.getBoundingClientRect();
            return [box.x + box.width / 2, box.y + box.height / 2].map(Math.round); }})()"""
        )
        move = {"type": "pointerMove", "x": where[0], "y": where[1]}
        press = [{"type": f"pointer{name}", "button": 0} for name in ("Down", "Up")]
        mouse = {"type": "pointer", "id": "mouse", "actions": [move, *press]}
        self.ask("input.performActions", context=self.tab, actions=[mouse])

    def picture(self, path: Path) -> None:
        """Write what the whole page looks like as a PNG."""
        found = self.ask("browsingContext.captureScreenshot", context=self.tab, origin="document")
        path.write_bytes(base64.b64decode(found["data"]))


@contextmanager
def start_firefox(path: str, profile: Path, **preferences: Any) -> Iterator[Firefox]:
    """Start Firefox with a new profile and more preferences; when the block ends, it has.

    The dots of a preference's name are underlines: ``network_cookie_cookieBehavior=2``.
    """
    import websocket

    given = PREFERENCES | {name.replace("_", "."): value for name, value in preferences.items()}
    lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in given.items()]
    (profile / "user.js").write_text("\n".join(lines), encoding="utf-8")
    port = profile / "WebDriverBiDiServer.json"
    command = [path, "--headless", "--no-remote", "--remote-debugging-port", "0"]
    with (profile / "log").open("wb") as log:
        running = subprocess.Popen(
            [*command, "--profile", str(profile), "about:blank"],
            env={**os.environ, "HOME": str(profile), "MOZ_HEADLESS_WIDTH": "1280"},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        end = time.monotonic() + PATIENCE_S
        while not (port.exists() and port.read_text(encoding="utf-8").rstrip().endswith("}")):
            said = (profile / "log").read_text(encoding="utf-8", errors="replace")[-500:]
            assert running.poll() is None, said
            assert time.monotonic() < end, f"Firefox opens no port: {said}"
            time.sleep(0.1)
        at = json.loads(port.read_text(encoding="utf-8"))
        socket = websocket.create_connection(
            f"ws://{at['ws_host']}:{at['ws_port']}/session",
            timeout=PATIENCE_S,
            suppress_origin=True,
        )
        try:
            yield Firefox(socket)
        finally:
            socket.close()
    finally:
        # Its helpers are of its group: all of it ends.
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
