"""From a key press on a control to the picture that answers it, in headless Chromium.

Every explorer as its chapter's committed output holds it (or, where no chapter has it yet, as the
tests' example), on a page of its own. Each slider and each list gets the focus, then real key
presses. The walk is measured a second time with the network in the page: steps down the strongest
path, and arrow keys on its map. The time runs from the browser's own stamp of the event to the end
of the frame that was painted after it, so up to 17 ms of it are the wait for the next frame.
Budget: 50 ms for the 95th percentile. What else the machine does is in these times: the least ones
say what it could be.

    python benchmarks/control_to_paint.py [--presses 12] [--only pooling]
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from _machine import word
from _record import Record, begin

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / p) for p in ("tests/book", "tests/widgets", "book/_ext")]
BUDGET_MS = 50
ARROWS = ("ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp")

WATCH = """() => {
  window.times = [];
  const { port1, port2 } = new MessageChannel();
  let since = null;
  let before;
  // What a control says; of a button or a map, which unit is open.
  const said = () => document.activeElement.matches("input, select")
    ? document.activeElement.value : document.querySelector(".al-w-walk-head")?.textContent;
  port1.onmessage = () => {
    // A key that moves nothing, at a slider's end, asks for no picture.
    if (said() !== before) window.times.push(performance.now() - since);
    since = null;
  };
  addEventListener("keydown", (event) => {
    if (since !== null) return;
    since = event.timeStamp;
    before = said();
    // A message that is sent in a frame comes after that frame was painted.
    requestAnimationFrame(() => port2.postMessage(0));
  }, true);
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--presses", type=int, default=12, help="key presses a control")
    parser.add_argument("--only", default="", help="one widget's name")
    options, record = begin(parser, __file__)

    from pages import Shown, write_page
    from served import find_browser, serve, start_browser

    browser_path = find_browser()
    if browser_path is None:
        print("not measured: no Chromium")
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        pages = {
            name: (write_page(folder, Stored(html)), source)
            for name, (html, source) in widgets().items()
            if options.only in ("", name)
        }
        with serve(folder) as root, start_browser(browser_path) as browser:
            for name, (page, source) in pages.items():
                seen = Shown(browser, root)
                seen.open(page.name, until="load")
                seen.page.wait_for_function("document.querySelector('.al-widget').dataset.state")
                print(line(name, source, measured(seen, options.presses), record), flush=True)
                if name == "walk" and with_network(folder):
                    times = walked(seen, options.presses)
                    print(line("walk, network", "in the page", times, record), flush=True)
                seen.context.close()
    record.keep()


class Stored:
    """A widget's HTML as it was stored."""

    def __init__(self, html: str) -> None:
        self.html = html

    def _repr_mimebundle_(self) -> tuple[dict[str, str]]:
        return ({"text/html": self.html},)


def widgets() -> dict[str, tuple[str, str]]:
    """Return the HTML of each explorer and where it comes from: the largest of the chapters'."""
    from examples import EXAMPLES

    found: dict[str, tuple[str, str]] = {}
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            for output in cell.get("outputs", []):
                html = "".join(output.get("data", {}).get("text/html", ""))
                name = re.match(r'<div class="al-widget" data-widget="([a-z-]+)"', html)
                if name and len(html) > len(found.get(name[1], ("", ""))[0]):
                    found[name[1]] = (html, f"chapter {path.name[:2]}")
    for name, make in EXAMPLES.items():
        if name not in found:
            found[name] = (make()._repr_mimebundle_()[0]["text/html"], "the tests' example")
    return dict(sorted(found.items()))


def measured(seen: Any, presses: int) -> list[float]:
    """Press keys on every slider and list that can be seen; return milliseconds."""
    page = seen.page
    page.evaluate(WATCH)
    for role, keys in (("slider", ARROWS[:2]), ("combobox", ARROWS[2:])):
        for control in seen.number().get_by_role(role).locator("visible=true").all():
            control.focus()
            for press in range(presses):
                page.keyboard.press(keys[press % 2])
                page.wait_for_timeout(60)
    return page.evaluate("window.times")


def with_network(folder: Path) -> bool:
    """Put the lab network beside the page; return whether it can run there."""
    from alexnet_book.network import write_network

    from alexnet_lab.data.cache import cache_folder

    return write_network(folder / "_static" / "network", cache_folder())["runtime"] is not None


def walked(seen: Any, presses: int) -> list[float]:
    """Step down the strongest path from the answer to the pixels, and move on each map."""
    page, box = seen.page, seen.number()
    box.get_by_role("button", name="Run the network here").click()
    box.locator(".al-w-gallery label").first.wait_for(timeout=120_000)
    page.wait_for_function(
        "document.querySelector('.al-w-source [role=status]').textContent.includes('coffee')"
    )
    page.evaluate("window.times.length = 0")
    down = box.get_by_role("button", name="Strongest path")
    for _ in range(presses // 4):
        box.get_by_role("combobox", name="stage").select_option(label="softmax")
        page.wait_for_timeout(60)
        while down.get_attribute("aria-disabled") != "true":
            down.focus()
            page.keyboard.press("Enter")
            page.wait_for_timeout(60)
            box.get_by_role("application").focus()
            for key in ARROWS:
                page.keyboard.press(key)
                page.wait_for_timeout(60)
    return page.evaluate("window.times")


def line(name: str, source: str, times: list[float], record: Record) -> str:
    if len(times) < 10:
        return f"{name:14} {source}: {len(times)} moves are too few"
    late = statistics.quantiles(times, n=20)[-1]
    record.add(
        {
            "what": f"{name}, {source}: 95th percentile of {len(times)} moves",
            "value": late,
            "unit": "ms",
            "value_low": min(times),
            "value_high": max(times),
            "target": f"≤ {BUDGET_MS} ms",
            "passed": late <= BUDGET_MS,
        }
    )
    return (
        f"{name:14} {source}: 95th percentile {late:.0f} ms, target {BUDGET_MS} ms: "
        f"{word(late <= BUDGET_MS)}; median {statistics.median(times):.0f} ms,"
        f" least {min(times):.0f} ms in {len(times)} moves"
    )


if __name__ == "__main__":
    main()
