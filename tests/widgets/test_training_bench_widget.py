"""The training bench in a real browser: it trains what PyTorch trains."""

from __future__ import annotations

import gzip
import io
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from races import SHORT, hold_against_torch

import alexnet_lab as al
from alexnet_lab.bench.records import Record, race, read_record
from alexnet_lab.errors import UserError
from alexnet_lab.widgets._runtime.link import FOLDER

pytestmark = pytest.mark.browser
# Three graphs for each side; between them every switch.
PAIRS: dict[str, dict[str, Any]] = {
    "two-layer": {"b_activation": "tanh", "b_crops": True, "b_decay": 0.05, "b_dropout": True},
    "80-seconds": {
        "a_activation": "sigmoid",
        "a_pool": "separate",
        "a_bias": "none",
        "b_norm": "lrn",
        "b_start": "2012",
        "b_rate": 0.0003,
    },
    "mini": {
        "a_rule": "torch",
        "drop": True,
        "b_dropout": True,
        "b_pool": "separate",
        "b_bias": "ones",
    },
}


def train(seen: Any, button: str = "Train", words: str = "finished") -> None:
    seen.number().get_by_role("button", name=button).click()
    status = seen.number().locator(".al-w-bench-status")
    seen.page.wait_for_function(
        "([s, words]) => document.querySelector(s).textContent.includes(words)",
        arg=[".al-w-bench-status", words],
        timeout=120_000,
    )
    assert words in status.inner_text()


def saved(seen: Any, folder: Path) -> Record:
    with seen.page.expect_download() as coming:
        seen.button("Save these races").click()
    path = folder / "race.json"
    coming.value.save_as(path)
    return read_record(path)


@pytest.mark.slow
@pytest.mark.parametrize("net", PAIRS)
def test_a_race_in_the_page_is_pytorchs(net: str, show: Any, bench_files: Path, tmp_path) -> None:
    bench = al.widgets.TrainingBench(net=net, **SHORT, **PAIRS[net], seed=3)
    seen = show(bench)
    assert not [url for url in seen.asked if "training/" in url or "network/" in url]
    train(seen)
    hold_against_torch(saved(seen, tmp_path), bench, 3)


def test_it_stops_goes_on_and_counts(show: Any, bench_files: Path, tmp_path: Path) -> None:
    seen = show(al.widgets.TrainingBench(**SHORT), width=360)
    seen.button("One step").click()
    seen.page.wait_for_function(
        "document.querySelector('.al-w-bench-status').textContent.includes('Step\u00a01 of 40')",
        timeout=60_000,
    )
    train(seen, "Go on")
    seen.button("Next seed").click()
    seen.page.wait_for_function(
        "document.querySelector('.al-w-bench-verdict').textContent.includes('2 seeds')",
        timeout=120_000,
    )
    assert sorted(saved(seen, tmp_path).runs) == [0, 1]
    kernels = seen.pixels("canvas[aria-label='kernels of net A']")
    assert len(set(kernels)) > 50
    assert seen.number().locator(".al-w-bench-patches figure").count() == 14
    assert seen.axe() == []
    # Another switch is another race.
    seen.number().get_by_role("checkbox", name="race two nets").uncheck()
    seen.settle()
    assert seen.text(".al-w-bench-verdict") == ""


def picture(width: int, height: int, shade: int) -> bytes:
    """Return a PNG with stripes of its own."""
    y, x = np.mgrid[:height, :width]
    pixels = np.stack([x * shade % 256, y * 3 % 256, (x + shade * y) % 256], 2).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def test_own_photographs_and_a_net_that_breaks(show: Any, bench_files: Path) -> None:
    """Files that cannot be trained on, each in a line; then three that can, at a rate too high."""
    at = "#training-bench.race=false&training-bench.a_rate=1&training-bench.a_start=2012"
    seen = show(al.widgets.TrainingBench(**SHORT), at=at, width=360, theme="dark")
    good = [(f"{name}.png", picture(120, 90, i + 2)) for i, name in enumerate("abc")]
    large = bytearray(good[0][1])
    large[16:24] = struct.pack(">II", 60_000, 60_000)  # what its head says
    trials = [
        (good[:2], "2 photographs are too few: choose 3 to 8."),
        (good * 3, "9 photographs are too many"),
        ([*good[:2], ("empty.jpg", b"")], "“empty.jpg” is empty"),
        ([*good[:2], ("trip.heic", b"\0\0\0\x18ftypheic" * 9)], "cannot read “trip.heic” as a"),
        ([*good[:2], ("torn.png", good[2][1][:200])], "cannot read “torn.png” as a picture"),
        ([*good[:2], ("thin.png", picture(400, 40, 5))], "“thin.png” is too narrow"),
        ([*good[:2], ("vast.png", bytes(large))], "“vast.png”: A picture of 3600 million pixels"),
    ]
    for files, words in trials:
        choose(seen, files)
        if words.endswith((".", "many", "empty")):
            assert words in seen.number().inner_text()
            continue
        seen.button("Train" if seen.button("Train").count() else "Train here (4 MB)").click()
        seen.number().get_by_text(words).wait_for(timeout=120_000)
    choose(seen, good)
    train(seen)
    assert seen.number().locator(".al-w-bench-patches figure").count() == 3
    assert "a patch of a.png" in seen.number().locator("canvas").nth(2).get_attribute("aria-label")
    assert "broken: its loss is no number any more" in seen.number().inner_text()
    assert seen.axe() == []


def choose(seen: Any, files: list[tuple[str, bytes]]) -> None:
    given = [{"name": n, "mimeType": "image/png", "buffer": data} for n, data in files]
    seen.number().locator("input[type=file]").set_input_files(given)
    seen.settle()


def test_the_pen_draws_by_pointer_and_by_keyboard(show: Any) -> None:
    seen = show(al.widgets.TrainingBench())
    seen.button("Draw what you expect of A").click()
    plot = seen.number().get_by_role("application")
    plot.focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowDown", "ArrowRight", "ArrowUp"):
        seen.page.keyboard.press(key)
    seen.settle()
    drawn = plot.locator(".al-w-bench-sketch")
    assert drawn.count() == 1
    before = drawn.get_attribute("d")
    box = plot.locator("svg").bounding_box()
    seen.page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 90)
    seen.page.mouse.down()
    seen.page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 150, steps=8)
    seen.page.mouse.up()
    seen.settle()
    assert drawn.get_attribute("d") != before
    seen.button("Rub out").click()
    seen.settle()
    assert drawn.count() == 0


def test_what_the_bench_costs(page_network: Path, bench_files: Path) -> None:
    """Code that only this widget has, and what a race fetches: compressed, as a host sends it."""
    about = json.loads((bench_files / "bench.json").read_text(encoding="utf-8"))
    fetched = [page_network / about["runtime"][part]["file"] for part in ("module", "wasm")]
    fetched += [bench_files / "bench.json", bench_files / about["sprite"]["file"]]
    engines = (FOLDER / "training_bench" / "engines.js").read_text(encoding="utf-8")
    said = int(engines.split("DOWNLOAD_MB = ")[1].split(";")[0])
    assert said - 1 < sum(len(gzip.compress(path.read_bytes())) for path in fetched) / 1e6 <= said
    own = [*(FOLDER / "training_bench").glob("*.js"), FOLDER / "training_bench" / "style.css"]
    assert sum(len(gzip.compress(path.read_bytes())) for path in own) <= 30_000


def test_python_answers_as_the_page_does() -> None:
    bench = al.widgets.TrainingBench(**SHORT)
    given = {"plan": dict(net="two-layer", drop=False, **SHORT), "seed": 0}
    side = bench.switches("a").as_dict()
    bench.asked_a = {"id": "x-1", "job": "begin", "given": {**given, "side": side}}
    assert bench.answered_a["id"] == "x-1"
    assert len(bench.answered_a["result"]["shown"]) == 14 * 4 * 32 * 32
    losses = []
    for turn in range(4):
        steps = {"steps": 5, "looks": turn == 3}
        bench.asked_a = {"id": f"x-{turn + 2}", "job": "advance", "given": steps}
        losses += bench.answered_a["result"]["loss"]
    look = bench.answered_a["result"]["look"]
    curve = race(bench.plan, bench.switches("a"), bench.switches("a"), [0]).runs[0][0]
    assert round(sum(losses) / 20, 4) == curve.loss[0]
    assert look["val_error"] == pytest.approx(curve.val_error[0], abs=1e-4)
    bench.asked_b = {"id": "y", "job": "advance", "given": {"steps": 1, "looks": False}}
    assert "Python cannot do that" in bench.answered_b["problem"]
    bad = {**given, "side": {**side, "rate": 7.0}}
    bench.asked_b = {"id": "z", "job": "begin", "given": bad}
    assert "rate=7.0 is not on the bench" in bench.answered_b["problem"]


@pytest.mark.parametrize(
    ("traits", "message"),
    [({"preset": "relu"}, "unknown preset 'relu'"), ({"steps": 50}, "multiple of 20")],
)
def test_bad_input(traits: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        al.widgets.TrainingBench(**traits)
