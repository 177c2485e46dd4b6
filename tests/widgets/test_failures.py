"""What cannot be fetched, and what is no picture: said in a sentence, and nothing else changes."""

from __future__ import annotations

import base64
import gzip
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from examples import EXAMPLES
from PIL import Image

import alexnet_lab as al
from alexnet_lab.widgets import AblationBench, ActivationExplorer

pytestmark = pytest.mark.browser

SENTENCE = re.compile(r"[A-Z“][^\n]*\.")


def answers(status: int = 200, kind: str = "text/html", body: str = "<html>sign in</html>") -> Any:
    return lambda route: route.fulfill(status=status, content_type=kind, body=body)


def refuses(route: Any) -> None:
    route.abort("internetdisconnected")


def forgive(seen: Any) -> None:
    """What the browser itself writes of a failed request, and that it failed, is expected here."""
    expected = re.compile("Failed to load resource|prepare wasm|Aborted")
    seen.noise[:] = [line for line in seen.noise if not expected.search(line)]
    seen.failures.clear()


@pytest.fixture
def lab(page_network: Path, show: Any) -> Any:
    """Return a page with the network's explorer, not started."""
    made = ActivationExplorer(
        al.load_pretrained("lab"), al.photograph("temple"), layer="relu1", in_page=True
    )
    return show(made)


def start(seen: Any) -> None:
    seen.number().get_by_role("button", name="Run the network here").click()


def wait_open(seen: Any) -> None:
    seen.opened()
    words = seen.number().locator(".al-w-source [role=status]").filter(has_text="temple tower")
    words.wait_for(timeout=60_000)


def problem(seen: Any) -> str:
    """Wait for a problem; return it without the button's words."""
    told = seen.number().locator(".al-w-problem > span")
    seen.page.wait_for_function("() => document.querySelector('.al-w-problem > span').textContent")
    text = told.inner_text()
    assert SENTENCE.fullmatch(text), text
    return text


STARTS: dict[str, tuple[str, Any, str]] = {
    "offline": ("lab.onnx", refuses, "there is no connection to this site"),
    "not there": ("lab.json", answers(404), "this site does not have it (404)"),
    "an error": ("lab.onnx", answers(503), "this site answered with an error (503)"),
    "a sign-in page": ("lab.json", answers(), "something else came in its place"),
    "no JSON": ("lab.json", answers(kind="application/json"), "something else came in its place"),
    "cut short": ("lab.onnx", answers(kind="x/y", body="lab"), "it came incomplete"),
    "no script": ("ort.*.js", answers(kind="text/plain"), "The network's runtime could not be"),
    "no worker": ("page-network-worker.js", answers(404), "own script could not be loaded"),
    "damaged": (
        ".*.wasm",
        lambda route: route.fulfill(body=b"\0" * len(route.fetch().body())),
        "could not be started: this browser forbids it, lacks the memory, or was given a damaged",
    ),
}


@pytest.mark.parametrize("kind", STARTS)
def test_a_start_that_fails_says_why_and_can_be_tried_again(lab: Any, kind: str) -> None:
    file, answer, said = STARTS[kind]
    pattern = re.compile(rf"/{file}$")
    lab.page.route(pattern, answer)
    start(lab)
    assert said in problem(lab)
    assert lab.number().locator(".al-w-source").inner_text().startswith("Run the network here")
    assert lab.page.evaluate("document.activeElement !== document.body")
    lab.page.unroute(pattern)
    lab.button("Try again").click()
    wait_open(lab)
    assert lab.number().locator(".al-w-problem").is_hidden()
    forgive(lab)


def test_a_download_that_stands_still_can_be_given_up(lab: Any) -> None:
    lab.page.route("**/lab.onnx", lambda route: None)
    start(lab)
    lab.button("Cancel").focus()
    lab.page.keyboard.press("Enter")
    again = lab.number().get_by_role("button", name="Run the network here")
    again.wait_for()
    assert again.evaluate("e => e === document.activeElement")
    assert lab.number().locator(".al-w-problem").is_hidden()
    lab.page.unroute("**/lab.onnx")
    again.click()
    wait_open(lab)
    forgive(lab)


STALL = """async (patience_ms) => {
  const at = new URL("_static/widgets/_runtime/fetching.js", document.baseURI);
  const { fetchBytes, loaded } = await import(at);
  const options = { what: "the photograph", patience_ms };
  return [await fetchBytes("stalled.png", options).catch((e) => e.message),
          await loaded(new Promise(() => {}), "its script", patience_ms).catch((e) => e.message)];
}"""


def test_what_stands_still_ends_by_itself(show: Any) -> None:
    seen = show(EXAMPLES["response-norm"]())
    seen.page.route("**/stalled.png", lambda route: None)
    assert seen.page.evaluate(STALL, 1000) == [
        "The photograph could not be fetched: nothing has come for 1 seconds.",
        "Its script could not be loaded: nothing has come for 1 seconds.",
    ]
    forgive(seen)


def state_of(seen: Any) -> tuple[str, str, str]:
    """Return what the tiles, the words below them and the table say."""
    words = seen.number().locator(".al-w-source [role=status]").inner_text()
    return seen.photograph(), words, seen.text(".al-w-shares tbody")


@pytest.mark.parametrize("answer", [refuses, answers(404), answers()])
def test_a_sample_that_does_not_come_changes_nothing(lab: Any, answer: Callable) -> None:
    start(lab)
    wait_open(lab)
    before = state_of(lab)
    lab.page.route("**/coffee.png", answer)
    lab.take("coffee")
    assert problem(lab).startswith("The photograph “A cup of coffee on a wooden table” could not")
    assert state_of(lab) == before
    lab.page.unroute("**/coffee.png")
    lab.button("Try again").click()
    lab.page.wait_for_function("() => document.querySelector('.al-w-problem').hidden")
    now = state_of(lab)
    assert now[:2] == ("coffee", "A cup of coffee on a wooden table")
    assert now[2] != before[2]
    forgive(lab)


def encoded(kind: str, size: tuple[int, int] = (400, 300)) -> bytes:
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(buffer, kind, quality=80)
    return buffer.getvalue()


def with_metadata(jpeg: bytes, bytes_of_it: int) -> bytes:
    """Return a JPEG with segments of an application before its size, as phones write them."""
    segment = b"\xff\xed\xff\xff" + bytes(0xFFFD)
    return jpeg[:2] + segment * (bytes_of_it // len(segment) + 1) + jpeg[2:]


def drop(seen: Any, name: str, content: bytes, kind: str, event: str = "drop") -> None:
    """Let a file fall on the explorer, or paste it into the page."""
    seen.page.evaluate(
        """async ([name, text, kind, event]) => {
          const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File([bytes], name, { type: kind }));
          const root = document.querySelector(".al-w");
          const options = { bubbles: true, cancelable: true };
          if (event === "paste") {
            const given = { ...options, clipboardData: dataTransfer };
            document.body.dispatchEvent(new ClipboardEvent("paste", given));
            return;
          }
          for (const type of ["dragenter", "dragover", "drop"]) {
            const one = new DragEvent(type, { ...options, dataTransfer });
            root.querySelector(".al-w-body").dispatchEvent(one);
            if (type !== "dragenter" && !one.defaultPrevented) throw new Error(type);
          }
        }""",
        [name, base64.b64encode(content).decode(), kind, event],
    )


def test_photographs_of_every_kind_are_looked_at(lab: Any) -> None:
    """Chosen, dropped or pasted: what the browser reads is read, whatever stands before it."""
    # Dropped before anything was fetched: it is what the network sees first.
    drop(lab, "drop.jpg", encoded("JPEG"), "image/jpeg")
    lab.opened()

    def shown(name: str) -> None:
        lab.page.wait_for_function(
            """(name) => document.querySelector(".al-w-problem").hidden
              && document.querySelector(".al-w-source [role=status]").textContent
                === `${name}: it is read here and goes nowhere.`""",
            arg=name,
            timeout=60_000,
        )

    shown("drop.jpg")
    upload = lab.number().get_by_label("Your own photograph")
    files = {
        "new.avif": encoded("AVIF"),
        "metadata.jpg": with_metadata(encoded("JPEG"), 3_000_000),
        "phone.jpg": encoded("JPEG", (8160, 6144)),
    }
    for name, content in files.items():
        upload.set_input_files({"name": name, "mimeType": "image/jpeg", "buffer": content})
        shown(name)
    drop(lab, "pasted.webp", encoded("WEBP"), "image/webp", event="paste")
    shown("pasted.webp")
    before = state_of(lab)
    drop(lab, "empty.png", b"", "image/png")
    assert problem(lab) == "“empty.png” is empty."
    buffer = io.BytesIO()
    Image.new("RGB", (300, 300), (9, 9, 15)).save(buffer, "PNG")  # 12 bits of 16, as decoded
    drop(lab, "dark.png", buffer.getvalue(), "image/png")
    lab.page.get_by_text("“dark.png”: That picture would come out nearly black").wait_for()
    drop(lab, "words.txt", b"words", "text/plain")
    lab.page.get_by_text("“words.txt”: This browser cannot read that file").wait_for()
    assert state_of(lab) == before


def test_two_explorers_look_at_a_picture_each(show: Any, page_network: Path) -> None:
    """One network for both; the bench does not answer for the other one's picture."""
    model = al.load_pretrained("lab")
    temple = al.photograph("temple")
    both = (
        ActivationExplorer(model, temple, in_page=True),
        AblationBench(model, temple, in_page=True),
    )
    seen = show(*both)
    start(seen)
    for place in (0, 1):
        seen.opened(place)
    bench = seen.number(1)
    bench.get_by_label("ask me first").uncheck()
    bench.get_by_label("norm2", exact=True).select_option("off")
    verdict = bench.locator("p[role=status]").filter(has_text=" goes from ")
    verdict.wait_for(timeout=60_000)
    wanted = verdict.inner_text()
    bench.get_by_label("norm2", exact=True).select_option("on")
    verdict.wait_for(state="detached")
    seen.take("coffee")
    seen.number().locator("[role=status]").filter(has_text="coffee").first.wait_for(timeout=60_000)
    bench.get_by_label("norm2", exact=True).select_option("off")
    verdict.wait_for(timeout=60_000)
    assert verdict.inner_text() == wanted


def test_the_button_says_what_comes_over_the_wire(page_network: Path, lab: Any) -> None:
    """As a static host sends it: compressed. ONNX is weights, which hardly shrink."""
    files = [f for f in page_network.iterdir() if f.suffix in {".js", ".wasm", ".onnx", ".json"}]
    megabytes = sum(len(gzip.compress(f.read_bytes(), 6)) for f in files) / 1e6
    name = lab.number().get_by_role("button", name="Run the network here").inner_text()
    assert int(re.search(r"about (\d+)\sMB", name).group(1)) == round(megabytes)


def test_an_explorer_whose_state_does_not_come_keeps_its_still(
    show: Any, widget_folder: Path, widget_address: str
) -> None:
    seen = show(EXAMPLES["pooling"]())
    page = seen.page
    path = page.url.rsplit("/", 1)[1]
    html = (widget_folder / path).read_text(encoding="utf-8")
    state = re.search(r'<script type="application/json">(.*?)</script>', html, re.S)
    apart = html.replace(state[0], "").replace(
        'data-widget="pooling">', 'data-widget="pooling" data-state-file="state.json">'
    )
    (widget_folder / "apart.html").write_text(apart, encoding="utf-8")
    (widget_folder / "state.json").write_text(state[1], encoding="utf-8")
    cases = {
        "**/state.json": "What it shows could not be fetched: ",
        "**/kit.css": "Its style sheet could not be loaded.",
        "**/pooling/view.js": "Its script could not be loaded.",
    }
    for pattern, said in cases.items():
        page.route(pattern, answers(404))
        page.goto(widget_address + "apart.html")
        page.wait_for_selector("[data-state=failed]")
        words = seen.number().inner_text()
        assert "This explorer cannot run here; the picture stands for it. " + said in words
        assert seen.number().locator("img").is_visible()
        page.unroute(pattern)
        page.get_by_role("button", name="Try again").click()
        page.wait_for_selector("[data-state=live]")
        forgive(seen)


def test_who_comes_back_is_not_thrown_to_the_explorer(show: Any) -> None:
    seen = show(EXAMPLES["dropout"](), at="#dropout.masks=4")
    page = seen.page
    page.set_viewport_size({"width": 800, "height": 200})
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    # Who follows a link is brought to it.
    page.wait_for_function(
        "Math.abs(document.querySelector('.al-widget').getBoundingClientRect().top) < 2"
    )
    page.evaluate("scrollTo(0, 0)")
    page.evaluate("history.scrollRestoration = 'manual'")  # nobody else scrolls
    page.reload()
    page.wait_for_selector("[data-state=live]")
    seen.settle()
    assert page.evaluate("scrollY") == 0
