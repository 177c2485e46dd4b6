"""The lab network in the page: its arithmetic in node, and the real thing in a real browser."""

from __future__ import annotations

import base64
import io
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from node import run_node
from PIL import Image

import alexnet_lab as al
from alexnet_lab.analysis import activations, receptive_field
from alexnet_lab.data.preprocess import centre_crop, resize_shorter_side
from alexnet_lab.models.export_graph import as_int8

pytest.importorskip("onnx")

from alexnet_book import network, onnx_runtime

CROP = """
const bytes = Uint8Array.from(atob(given.data), (c) => c.charCodeAt(0));
const seen = core.crop({ data: bytes, width: given.width, height: given.height }, given.how);
return Array.from(seen.data);
"""


def noise(width: int, height: int) -> Image.Image:
    pixels = np.random.default_rng(width).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


@pytest.mark.parametrize(
    ("width", "height", "size", "shorter"),
    [(90, 61, 32, 40), (61, 90, 32, 40), (30, 23, 40, 47), (64, 64, 64, 64), (300, 64, 28, 64)],
    ids=["landscape", "portrait", "enlarged", "untouched", "only wide"],
)
def test_the_crop_is_pillows_to_the_bit(width: int, height: int, size: int, shorter: int) -> None:
    picture = noise(width, height)
    rgba = np.array(picture.convert("RGBA"))
    case = {
        "data": base64.b64encode(rgba.tobytes()).decode(),
        "width": width,
        "height": height,
        "how": {"size": size, "resize": shorter},
    }
    found = np.array(run_node("_runtime/page-pixels.js", CROP, case)).reshape(size, size, 4)
    wanted = centre_crop(centre_crop(resize_shorter_side(picture, shorter), shorter), size)
    np.testing.assert_array_equal(found[..., :3], np.array(wanted))


def test_the_size_of_a_picture_is_read_from_its_first_bytes() -> None:
    body = """return given.files.map((f) => {
        const size = core.pictureSize(Uint8Array.from(atob(f), (c) => c.charCodeAt(0)));
        return size && [size.kind, size.width, size.height]; });"""
    files, wanted = [], []
    for kind, options in (
        ("PNG", {}),
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("GIF", {}),
        ("BMP", {}),
        ("WEBP", {}),
        ("WEBP", {"lossless": True}),
    ):
        buffer = io.BytesIO()
        noise(70, 41).save(buffer, format=kind, **options)
        files.append(buffer.getvalue())
        wanted.append(["WebP" if kind == "WEBP" else kind, 70, 41])
    files += [b"%PDF-1.7 named .jpg", b"", b"\xff\xd8\xff\xe0", b"\x89PNG"]
    wanted += [None] * 4
    case = {"files": [base64.b64encode(f).decode() for f in files]}
    assert run_node("_runtime/page-pixels.js", body, case) == wanted


def test_a_units_arithmetic_is_the_layers() -> None:
    """Oracles: our convolution and receptive field, in the middle and where windows hang over."""
    model: Any = al.models.alexnet_2012(
        num_classes=3, input_size=67, channels=[4, 8, 4, 4, 4], hidden=[8, 8], init="kaiming"
    ).eval()
    layers = [network_layer(row) for row in al.layer_table(model)]
    x = torch.randn(1, 3, 67, 67, generator=torch.Generator().manual_seed(0))
    maps = activations(model, x)
    body = """
    const layer = core.weighted(given.layers, given.layer);
    const seen = core.patch(layer, given.maps, given.channel, given.y, given.x);
    return [core.arithmetic(seen, given.weights, given.bias), seen.first,
            core.field(layer, given.y, given.x)];
    """
    cases = [
        ("conv1", x, 3, 14, 0),
        ("conv2", maps["pool1"], 5, 0, 3),
        ("conv2", maps["pool1"], 1, 3, 3),
    ]
    for name, inputs, channel, row, column in cases:
        conv = getattr(model.features, name)
        case = {
            "layers": layers,
            "layer": name.replace("conv", "relu"),  # a ReLU's unit has the convolution's kernel
            "maps": {"data": inputs.flatten().tolist(), "shape": list(inputs.shape[1:])},
            "channel": channel,
            "y": row,
            "x": column,
            "weights": conv.weight[channel].flatten().tolist(),
            "bias": float(conv.bias[channel].detach()),
        }
        sums, first, field = run_node("_runtime/page-unit.js", body, case)
        assert sums["sum"] == pytest.approx(float(maps[name][0, channel, row, column]), abs=1e-4)
        assert sum(s["part"] for s in sums["shares"]) + case["bias"] == pytest.approx(sums["sum"])
        assert first == (2 if (name, channel) == ("conv2", 5) else 0)
        box = receptive_field(model, name, row, column)
        assert field == {k: getattr(box, k) for k in ("top", "left", "bottom", "right")}


def network_layer(row: Any) -> dict[str, Any]:
    from alexnet_lab.widgets._runtime.network_manifest import describe_layer

    return describe_layer(row)


def test_only_the_pinned_package_is_unpacked(tmp_path: Path, monkeypatch: Any) -> None:
    package = tmp_path / "other.tgz"
    with tarfile.open(package, "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("package/dist/ort.wasm.bundle.min.mjs"))
    with pytest.raises(onnx_runtime.UnavailableError, match="its SHA-512 differs"):
        onnx_runtime.unpack(package, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    monkeypatch.setenv("ALEXNET_LAB_RUNTIME", str(package))
    with pytest.raises(onnx_runtime.UnavailableError, match="differs"):
        onnx_runtime.runtime_folder(tmp_path / "cache")
    monkeypatch.setenv("ALEXNET_LAB_RUNTIME", str(tmp_path))
    with pytest.raises(onnx_runtime.UnavailableError, match="lacks"):
        onnx_runtime.runtime_folder(tmp_path / "cache")


def test_a_book_without_the_runtime_says_so(tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    def refuse(cache: Path) -> Path:
        raise onnx_runtime.UnavailableError("npm is not installed; no answer")

    monkeypatch.setattr(onnx_runtime, "runtime_folder", refuse)
    manifest = network.write_network(tmp_path / "network", tmp_path)
    assert manifest["runtime"] is None
    assert "built without ONNX Runtime Web: npm is not installed" in capsys.readouterr().err
    before = {f.name: f.read_bytes() for f in (tmp_path / "network").iterdir()}
    assert not set(onnx_runtime.FILES) & set(before)
    network.write_network(tmp_path / "network", tmp_path)
    assert {f.name: f.read_bytes() for f in (tmp_path / "network").iterdir()} == before


@pytest.fixture
def opened(show: Any, page_network: Path) -> Any:
    """Return a page on which the network is open as `net`; widgets come from the examples."""
    from examples import EXAMPLES

    seen = show(EXAMPLES["response-norm"]())
    seen.page.evaluate(
        """async () => {
          const at = new URL("_static/widgets/_runtime/page-network.js", document.baseURI);
          const { openNetwork } = await import(at);
          window.steps = [];
          window.net = await openNetwork((step) => steps.push(step));
        }"""
    )
    return seen


LOOK_AND_RUN = """async ({ address, layers, switches }) => {
  const blob = await (await fetch(new URL(address, document.baseURI))).blob();
  const seen = await net.look(blob);
  const found = await net.run(layers, switches);
  const image = await net.image();
  const pairs = Object.entries(found.layers).map(([n, m]) => [n, Array.from(m.data)]);
  return { pixels: Array.from(seen.pixels), input: Array.from(image.data),
           probabilities: Array.from(found.probabilities), maps: Object.fromEntries(pairs) };
}"""


def rounded_lab() -> Any:
    """Return the lab network with its weights rounded as in the page's file."""
    model: Any = al.load_pretrained("lab")
    for layer in model.modules():
        if isinstance(layer, torch.nn.Conv2d | torch.nn.Linear):
            whole, scale = as_int8(layer.weight.detach())
            layer.weight.data = whole * scale
    return model


@pytest.mark.browser
def test_the_page_computes_what_pytorch_computes(opened: Any) -> None:
    model, page = rounded_lab(), opened.page
    steps = page.evaluate("steps")
    assert steps[-1]["done"] == steps[-1]["total"] > 15e6
    assert len(steps) > 3
    x = model.preprocess(al.photograph("coffee"))[None]
    layers = ["norm1", "conv5", "pool5", "fc7"]
    given = {"address": "_static/network/coffee.png", "layers": layers, "switches": {}}
    found = page.evaluate(LOOK_AND_RUN, given)
    np.testing.assert_array_equal(np.array(found["input"], np.float32), x.flatten().numpy())
    wanted = activations(model, x, layers)
    for name in layers:
        value = wanted[name].flatten()
        atol = 1e-4 * float(value.abs().max())
        torch.testing.assert_close(torch.tensor(found["maps"][name]), value, rtol=0, atol=atol)
    with torch.no_grad():
        shares = model(x).softmax(1)[0]
    torch.testing.assert_close(torch.tensor(found["probabilities"]), shares, rtol=0, atol=1e-4)

    # A kernel is the file's, and a silenced tower is a tower of zeros.
    kernel = page.evaluate("net.kernel('conv2', 200).then(k => [Array.from(k.weights), k.bias])")
    weight = model.features.conv2.weight[200].detach().flatten()
    torch.testing.assert_close(torch.tensor(kernel[0]), weight, rtol=1e-6, atol=1e-9)
    given["switches"] = {"conv2.keep": [0] * 128 + [1] * 128}
    without = page.evaluate(LOOK_AND_RUN, given)
    with torch.no_grad():
        model.features.conv2.weight[:128] = 0
        model.features.conv2.bias[:128] = 0
        shares = model(x).softmax(1)[0]
    torch.testing.assert_close(torch.tensor(without["probabilities"]), shares, rtol=0, atol=1e-4)


@pytest.mark.browser
def test_what_is_no_picture_is_refused_in_a_line(opened: Any) -> None:
    said = opened.page.evaluate(
        """async () => {
          const huge = new Uint8Array(64);
          huge.set([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
          new DataView(huge.buffer).setUint32(16, 20000);
          new DataView(huge.buffer).setUint32(20, 20000);
          const broken = huge.slice();
          new DataView(broken.buffer).setUint32(16, 100);
          const drawing = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>';
          const files = [new Blob(["%PDF-1.7"]), new Blob([huge]), new Blob([broken]),
                         new Blob([drawing], { type: "image/svg+xml" }), new Blob([])];
          const words = [];
          for (const file of files) words.push(await net.look(file).catch((e) => e.message));
          const still = await net.look(await (await fetch("_static/network/cat.png")).blob());
          return [...words, still.size];
        }"""
    )
    assert said[1] == "A picture of 400 million pixels is too large: at most 100 million."
    # A drawing (the fourth) is a program of sorts: it could load and run what it likes.
    unread = {said[place] for place in (0, 2, 3, 4)}
    assert len(unread) == 1
    assert unread.pop().startswith("This browser cannot read that file as a picture: it is damaged")
    assert said[5] == 224


def test_the_contributors_page_names_the_pinned_version(root: Path) -> None:
    page = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert f"onnxruntime-web-{onnx_runtime.VERSION}.tgz" in page
