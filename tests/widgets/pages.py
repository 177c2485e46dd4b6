"""Widgets on a page of their own, as the book serves them, in a real browser.

A test takes the fixture `show`::

    def test_moves(show):
        seen = show(ResponseNormExplorer([1.0, 2.0, 3.0]))
        seen.slider("n").fill("7")
        assert seen.get("n") == 7

When the test ends, nothing may have been written to the console and nobody else asked.
"""

from __future__ import annotations

import base64
import shutil
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from served import Visit

from alexnet_lab.widgets import Explorer
from alexnet_lab.widgets._runtime.link import FOLDER

PAGE = """<!DOCTYPE html>
<html lang="en"{mark}><head><meta charset="utf-8"><title>Widgets</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>:root {{ color-scheme: light dark }} body {{ margin: 8px }}</style></head>
<body><main><h1>Widgets</h1>{body}</main>
<script type="module" src="_static/widgets/_runtime/host.js"></script></body></html>
"""

# Renders a widget by hand and counts what it hangs up outside its own element.
COUNTING = """async ({ address, name, state }) => {
  const { makeModel } = await import(new URL("_static/widgets/_runtime/host.js", document.baseURI));
  const widget = (await import(new URL(address, document.baseURI))).default;
  const held = { model: 0, page: 0, timers: 0, observers: 0 };
  const model = makeModel(state);
  const { on, off } = model;
  model.on = (...a) => { held.model += 1; on(...a); };
  model.off = (...a) => { held.model -= 1; off(...a); };
  const restore = [];
  const swap = (owner, key, made) => {
    const own = owner[key];
    owner[key] = made(own);
    restore.push(() => { owner[key] = own; });
  };
  for (const target of [window, document, document.body]) {
    for (const [key, step] of [["addEventListener", 1], ["removeEventListener", -1]]) {
      swap(target, key, (own) => function (...a) { held.page += step; own.apply(this, a); });
    }
  }
  const timers = new Set();
  swap(window, "setInterval", (own) => (...a) => {
    const id = own(...a);
    timers.add(id);
    return id;
  });
  swap(window, "clearInterval", (own) => (id) => { timers.delete(id); own(id); });
  for (const kind of ["ResizeObserver", "IntersectionObserver", "MutationObserver"]) {
    swap(window, kind, (Own) => class extends Own {
      constructor(...a) { super(...a); held.observers += 1; }
      disconnect() { held.observers -= 1; super.disconnect(); }
    });
  }
  const el = document.createElement("div");
  document.querySelector("main").append(el);
  const end = await widget.render({ model, el });
  const drawn = el.childElementCount;
  await new Promise((done) => setTimeout(done, 50));
  for (const key of Object.keys(state)) model.set(key, structuredClone(state[key]));
  end();
  await new Promise((done) => setTimeout(done, 50));
  held.timers = timers.size;
  for (const again of restore) again();
  const left = el.childElementCount;
  el.remove();
  return { drawn, left, ...held };
}"""


# Moves every control that can be seen: a step, the next choice, another tick.
MOVE_ALL = """box => {
  const count = () => [...box.querySelectorAll("input, select")];
  for (let i = 0; i < count().length; i += 1) {
    const one = count()[i];
    if (one.disabled || !one.checkVisibility() || one.type === "file") continue;
    if (one.type === "range") {
      const before = one.value;
      one.stepUp();
      if (one.value === before) one.stepDown();
      one.dispatchEvent(new Event("input", { bubbles: true }));
    } else if (one.matches("select")) {
      one.selectedIndex = (one.selectedIndex + 1) % one.length;
      one.dispatchEvent(new Event("change", { bubbles: true }));
    } else if (!one.checked || one.type === "checkbox") one.click();
  }
}"""

# What every control says.
READ_ALL = """box => [...box.querySelectorAll("input, select")]
  .filter((one) => one.type !== "file")
  .map((one) => {
    const name = one.labels?.[0]?.textContent ?? "";
    if (["radio", "checkbox"].includes(one.type)) return `${name}: ${one.checked}`;
    // A slider of powers may stand between two whole numbers: what it says counts.
    return `${name}: ${one.getAttribute("aria-valuetext") ?? one.value}`;
  })"""


def plain(text: str) -> str:
    """Return what a page says without its no-break spaces, as the source has it."""
    return text.replace("\N{NO-BREAK SPACE}", " ")


# Whatever can have the focus.
CONTROLS = "input, select, button, textarea, [tabindex='0']"


class Shown(Visit):
    """A page of widgets, opened; controls are found by the names that readers hear."""

    def number(self, place: int = 0) -> Any:
        """Return a widget's element by its place on the page."""
        return self.page.locator(".al-widget").nth(place)

    def slider(self, name: str, place: int = 0) -> Any:
        """Return a slider; `fill("7")` moves it."""
        return self.number(place).get_by_role("slider", name=name, exact=True)

    def choose(self, name: str, option: str, place: int = 0) -> None:
        """Choose from a list, or from choices side by side."""
        lists = self.number(place).get_by_role("combobox", name=name, exact=True)
        if lists.count():
            lists.select_option(label=option)
        else:
            group = self.number(place).get_by_role("group", name=name, exact=True)
            group.get_by_text(option, exact=True).click()

    def photograph(self, place: int = 0) -> str:
        """Return the name of the sample that the network looks at; "" for the reader's own."""
        marked = self.number(place).locator(".al-w-gallery-tiles input:checked")
        return marked.input_value() if marked.count() else ""

    def take(self, name: str, place: int = 0) -> None:
        """Choose a sample photograph."""
        self.number(place).locator(f'.al-w-gallery label[data-name="{name}"]').click()

    def opened(self, place: int = 0) -> None:
        """Wait until the network runs and its pictures can be chosen."""
        self.number(place).locator(".al-w-gallery-tiles label").first.wait_for(timeout=60_000)

    def button(self, name: str, place: int = 0) -> Any:
        """Return a button."""
        return self.number(place).get_by_role("button", name=name, exact=True)

    def settle(self, frames: int = 2) -> None:
        """Wait until what changed is drawn: for as many of the page's own frames."""
        self.page.evaluate(
            """frames => new Promise(done => {
                const next = () => (frames-- > 0 ? requestAnimationFrame(next) : done());
                next();
            })""",
            frames,
        )

    def whole(self, place: int = 0) -> str:
        """Return all the text of a widget, with plain blanks."""
        return plain(self.number(place).inner_text())

    def text(self, selector: str, place: int = 0) -> str:
        """Return the text of an element inside a widget, after it is drawn, with plain blanks."""
        self.settle()
        return plain(self.number(place).locator(selector).first.inner_text())

    def address(self) -> str:
        """Return the page's fragment: it is written a little after the state, and then stays."""
        self.page.wait_for_function("location.hash.length > 1")
        address = ""
        while address != (address := self.page.evaluate("location.hash")):
            self.settle(30)
        return address

    def axe(self, *, rules: tuple[str, ...] = ()) -> list[str]:
        """Return what axe finds, however slight, in words."""
        return super().axe(rules=rules, slight=True)

    def pixels(self, selector: str = "canvas", place: int = 0, nth: int = 0) -> list[int]:
        """Return the bytes of a canvas, red, green, blue, alpha, row after row."""
        self.settle()
        canvas = self.number(place).locator(selector).nth(nth)
        # By way of a PNG: reading pixels back twice makes Chromium warn in the console.
        address = canvas.evaluate("c => c.toDataURL()")
        image = Image.open(BytesIO(base64.b64decode(address.split(",")[1])))
        return list(image.convert("RGBA").tobytes())


def write_page(folder: Path, *widgets: Explorer, mark: str = "") -> Path:
    """Write a page that holds widgets as the book does; return its path."""
    target = folder / "_static" / "widgets"
    if not target.is_dir():
        shutil.copytree(FOLDER, target, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    body = "\n".join(widget._repr_mimebundle_()[0]["text/html"] for widget in widgets)
    page = folder / f"page-{len(list(folder.glob('page-*.html')))}.html"
    page.write_text(PAGE.format(body=body, mark=mark), encoding="utf-8")
    return page
