"""The lab network in a page, headless Chromium: size, time a frame, pictures a second of a camera.

All layers of one picture, one thread, as a page asks for them; turn by turn with a reference in the
same worker's runtime, the five convolutions of the same network alone, so that what else the
machine does meets both. Then a widget with a camera (Chromium's own test picture). Budget: a file
of 6 MB, 60 ms for all layers, 15 pictures a second.

    python benchmarks/page_network.py [--rounds 40]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from _machine import machine

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / p) for p in ("tests/book", "tests/widgets", "book/_ext")]
MEGABYTES, FRAME_MS, RATE = 6, 60, 15
CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]

TURNS = """async ({ rounds, convolutions }) => {
  const base = new URL("_static/network/", document.baseURI);
  const about = await (await fetch(new URL("lab.json", base))).json();
  const ort = await import(new URL(about.runtime.module.file, base));
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = { wasm: new URL(about.runtime.wasm.file, base).href };
  const open = (name) => ort.InferenceSession.create(new URL(name, base).href);
  const [whole, alone] = [await open("lab.onnx"), await open(convolutions)];
  const value = (shape, v) =>
    new ort.Tensor("float32", new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(v), shape);
  const image = value([1, 3, 224, 224], 20);
  const feeds = { input: image };
  for (const [name, shape] of Object.entries(about.switches)) {
    feeds[name] = value(shape, name.endsWith(".slope") ? 0 : 1);
  }
  const times = { all: [], convolutions: [] };
  for (let i = 0; i < rounds + 2; i += 1) {
    let start = performance.now();
    await whole.run(feeds);
    if (i > 1) times.all.push(performance.now() - start);
    start = performance.now();
    await alone.run({ input: image }, ["logits"]);
    if (i > 1) times.convolutions.push(performance.now() - start);
  }
  return times;
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()
    print(machine())

    from alexnet_book.network import write_network
    from pages import Shown, write_page
    from playwright.sync_api import sync_playwright
    from served import BROWSER_ARGUMENTS, find_browser, serve

    import alexnet_lab as al
    from alexnet_lab.data.cache import cache_folder

    browser_path = find_browser()
    if browser_path is None:
        print("skipped: no Chromium")
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        lab = al.load_pretrained("lab")
        made = al.widgets.ActivationExplorer(lab, al.photograph("temple"), in_page=True)
        page = write_page(folder, made)
        manifest = write_network(folder / "_static" / "network", cache_folder())
        if manifest["runtime"] is None:
            print("skipped: no ONNX Runtime Web")
            return
        (folder / "_static" / "network" / "convolutions.onnx").write_bytes(convolutions(lab))
        size = manifest["model"]["bytes"] / 1e6
        runtime = sum(manifest["runtime"][part]["bytes"] for part in ("module", "wasm")) / 1e6
        print(f"model {size:.2f} MB, target {MEGABYTES} MB: {word(size <= MEGABYTES)};", end=" ")
        print(f"runtime {runtime:.1f} MB, fetched when a reader asks")
        with serve(folder) as root, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=browser_path, args=[*BROWSER_ARGUMENTS, *CAMERA]
            )
            seen = Shown(browser, root)
            sizes: list[int] = []
            seen.page.on("response", lambda answer: sizes.append(length(answer)))
            seen.open(page.name, until="networkidle")
            before = sum(sizes)
            given = {"rounds": options.rounds, "convolutions": "convolutions.onnx"}
            times = seen.page.evaluate(TURNS, given)
            report(times)
            sizes.clear()
            film(seen)
            print(
                f"fetched by the page and its widget: {before / 1e6:.2f} MB before,"
                f" {sum(sizes) / 1e6:.1f} MB more at the first use (uncompressed)"
            )
            browser.close()


def length(answer: Any) -> int:
    return int(answer.headers.get("content-length", 0))


def convolutions(lab: Any) -> bytes:
    """Export conv1 to conv5 with their ReLUs and pooling, no norm, no head to speak of."""
    from torch import nn

    from alexnet_lab.models.export_onnx import export_onnx

    kept = [layer for name, layer in lab.features.named_children() if "norm" not in name]
    return export_onnx(nn.Sequential(*kept, nn.Flatten(), nn.Linear(9216, 1))).data


def report(times: dict[str, list[float]]) -> None:
    ratio = statistics.median(
        a / b for a, b in zip(times["all"], times["convolutions"], strict=True)
    )
    middle, best = statistics.median(times["all"]), min(times["all"])
    print(
        f"all layers of one picture, one thread: {middle:.0f} ms (least {best:.0f} ms),"
        f" target {FRAME_MS} ms: {word(middle <= FRAME_MS)};"
        f" the convolutions alone {statistics.median(times['convolutions']):.0f} ms"
        f" (least {min(times['convolutions']):.0f} ms); median ratio {ratio:.2f}"
        f" in {len(times['all'])} turns"
    )


def film(seen: Any) -> None:
    widget = seen.number()
    widget.scroll_into_view_if_needed()
    seen.button("Run the network here (19 MB, once)").click()
    seen.button("Use the camera").click(timeout=120_000)
    seen.page.wait_for_timeout(8000)
    rate = float(seen.number().locator(".al-w-source").get_attribute("data-rate") or 0)
    print(f"camera: {rate:.1f} pictures a second, target {RATE}: {word(rate >= RATE)}")


def word(passed: bool) -> str:
    return "PASS" if passed else "FAIL"


if __name__ == "__main__":
    main()
