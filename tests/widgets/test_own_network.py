"""A network of the reader's own, opened in the page: held against PyTorch, layer by layer."""

from __future__ import annotations

import base64
import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pages import write_page
from safetensors.torch import save_file
from torch import nn

import alexnet_lab as al
from alexnet_lab.analysis import activations
from alexnet_lab.models.published import VARIABLE

pytestmark = pytest.mark.browser
MAPS = Path(__file__).parents[2] / "book" / "atlas" / "maps"

# Opens files of the served folder as a reader's; runs all layers on a photograph.
OPEN = """async ({ files, photo, manifest }) => {
  const at = new URL("_static/widgets/_runtime/page-network.js", document.baseURI);
  const { openOther } = await import(at);
  const given = [];
  for (const [name, path] of Object.entries(files))
    given.push(new File([await (await fetch(path)).blob()], name));
  let net;
  const which = manifest ? { manifest } : { files: given };
  try { net = await openOther(which); } catch (error) { return { problem: error.message }; }
  const text = (data) => {
    let found = "";
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    for (let i = 0; i < bytes.length; i += 32768)
      found += String.fromCharCode(...bytes.subarray(i, i + 32768));
    return btoa(found);
  };
  await net.look(await (await fetch(photo)).blob());
  const found = await net.run(net.about.layers.map(({ name }) => name));
  const image = await net.image();
  const maps = {};
  for (const [name, { data, shape }] of Object.entries(found.layers))
    maps[name] = { data: text(data), shape };
  const weights = await net.weights("conv2");
  const first = await net.kernel("conv1", 1);
  net.close();
  return { about: net.about, input: text(image.data), maps, shares: text(found.probabilities),
           conv2: { data: text(weights.data), shape: weights.shape }, conv1: text(first.weights) };
}"""


def numbers(text: str) -> torch.Tensor:
    return torch.from_numpy(np.frombuffer(base64.b64decode(text), np.float32).copy())


def small(name: str, **more: Any) -> Any:
    """Return a network with few maps, its signals strong enough to compare."""
    torch.manual_seed(0)
    options = {"channels": [8, 16, 12, 8, 8], "hidden": [16, 12], "num_classes": 5}
    net = al.models.build(name, **{**options, "init": "kaiming", **more}).eval()
    for layer in net.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_mean.normal_()
            layer.running_var.uniform_(0.5, 2)
        elif getattr(layer, "bias", None) is not None:
            nn.init.normal_(layer.bias, std=0.1)
    return net


def torchvisions(num_classes: int = 5) -> Any:
    """Return torchvision's class with few units in fc6 and fc7: 10 MB in place of 244."""
    from torchvision.models import AlexNet

    torch.manual_seed(0)
    net = AlexNet(num_classes)
    net.classifier[1], net.classifier[4] = nn.Linear(9216, 16), nn.Linear(16, 12)
    net.classifier[6] = nn.Linear(12, num_classes)
    return net.eval()


def by_torch(net: nn.Module, path: Path, **more: Any) -> None:
    side = getattr(net, "input_size", 224)
    pytest.importorskip("onnx")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the older exporter says that there is a newer one
        torch.onnx.export(net, torch.zeros(1, 3, side, side), str(path), dynamo=False, **more)


def bare(net: nn.Module, path: Path) -> None:
    save_file({name: value.contiguous() for name, value in net.state_dict().items()}, path)


def renamed(net: nn.Module, path: Path) -> None:
    """Write a student's file: names of their own, a wrapper, float16."""
    state = {}
    for name, value in net.state_dict().items():
        part, kind = name.rsplit(".", 1)
        own = part.replace("features.conv", "body.block_").replace("classifier.fc", "head.dense_")
        state[f"module.{own}.{kind}"] = value.half()
        value.copy_(value.half().float())
    save_file(state, path)


def exported(net: nn.Module, path: Path, **more: Any) -> None:
    classes = [f"kind_{i}" for i in range(al.inference.open_network(net).num_classes)]
    al.export(net, path, classes=classes, **more)


NETWORKS: dict[str, tuple[str, Callable[[], Any], Callable[..., None]]] = {
    "two towers, ours": ("a.safetensors", lambda: small("alexnet_2012"), exported),
    "two towers, ours, ONNX": ("b.onnx", lambda: small("alexnet_2012"), exported),
    "two towers, names of a student's": ("c.safetensors", lambda: small("alexnet_2012"), renamed),
    "two towers, torch's ONNX": (
        "d.onnx",
        lambda: small("alexnet_2012", norm="none", input_size=227),
        by_torch,
    ),
    "torchvision's, its ONNX": ("e.onnx", torchvisions, by_torch),
    "torchvision's, bare": ("f.safetensors", lambda: torchvisions(1000), bare),
    "batch norm, bare": ("g.safetensors", lambda: small("alexnet_batch_norm"), bare),
    "CaffeNet, 2012's dropout": (
        "h.safetensors", lambda: small("caffenet", dropout_style="2012", lrn_size=4), exported,
    ),
    "mini, tanh": ("i.safetensors", lambda: small("alexnet_mini", activation="tanh"), exported),
    "the lab's": ("lab.safetensors", lambda: al.load_pretrained("lab"), exported),
}  # fmt: skip


def hold(case: str, found: Any, net: nn.Module, write: Callable[..., None]) -> None:
    """Hold what a page found against PyTorch: to a ten-thousandth of a layer's largest value."""
    assert "problem" not in found, (case, found)
    about = found["about"]
    x = numbers(found["input"]).reshape(1, 3, about["input"]["size"], -1)
    wanted = activations(net, x)
    names = [layer["name"] for layer in about["layers"]]
    assert [n for n in names if n[:4] in ("conv", "fc6", "fc7", "fc8")] == [
        *(f"conv{i}" for i in range(1, 6)), "fc6", "fc7", "fc8"
    ], case  # fmt: skip
    for layer in names:
        value = wanted[layer]
        atol = 1e-4 * float(value.abs().max())
        mine = numbers(found["maps"][layer]["data"]).reshape(value.shape)
        torch.testing.assert_close(mine, value, rtol=0, atol=atol, msg=f"{case}: {layer}")
    with torch.no_grad():
        shares = net(x).softmax(1)[0]
    torch.testing.assert_close(numbers(found["shares"]), shares, rtol=0, atol=1e-4)
    convs = [m for m in net.modules() if isinstance(m, nn.Conv2d)]
    assert torch.equal(numbers(found["conv2"]["data"]), convs[1].weight.flatten())
    assert torch.equal(numbers(found["conv1"]), convs[0].weight[1].flatten())
    assert about["towers"] == max(conv.groups for conv in convs), case
    assert bool(about["said"]) is (write is not exported), case


@pytest.fixture
def blank(show: Any, page_network: Path) -> Any:
    from examples import EXAMPLES

    return show(EXAMPLES["response-norm"]())


@pytest.fixture
def opened(blank: Any, widget_folder: Path) -> Callable[..., Any]:
    """Return a function that opens files of the served folder as a reader's."""

    def open_files(*paths: Path) -> Any:
        files = {path.name: path.relative_to(widget_folder).as_posix() for path in paths}
        return blank.page.evaluate(OPEN, {"files": files, "photo": "_static/network/coffee.png"})

    return open_files


def test_every_layers_maps_are_torchs(opened: Any, widget_folder: Path) -> None:
    """To a ten-thousandth of a layer's largest value, for all ways in which a file may come."""
    folder = widget_folder / "own"
    folder.mkdir(exist_ok=True)
    for case, (name, make, write) in NETWORKS.items():
        net, path = make(), folder / name
        write(net, path)
        hold(case, opened(path), net, write)


@pytest.mark.slow
def test_the_same_in_firefox(
    page_network: Path, widget_folder: Path, widget_address: str, tmp_path: Path
) -> None:
    from examples import EXAMPLES
    from firefox import find_firefox, start_firefox

    program = find_firefox()
    if program is None:
        pytest.skip("no firefox-esr on the path, nor ALEXNET_LAB_FIREFOX (optional)")
    folder = widget_folder / "own-firefox"
    folder.mkdir(exist_ok=True)
    page = write_page(widget_folder, EXAMPLES["response-norm"]())
    with start_firefox(program, tmp_path) as firefox:
        firefox.open(widget_address + page.name)
        for case in ("two towers, ours", "torchvision's, its ONNX", "batch norm, bare"):
            name, make, write = NETWORKS[case]
            net, path = make(), folder / name
            write(net, path)
            given = {
                "files": {name: path.relative_to(widget_folder).as_posix()},
                "photo": "_static/network/coffee.png",
            }
            hold(case, firefox.evaluate(f"({OPEN})({json.dumps(given)})"), net, write)
        assert firefox.noise == []


def _resnet(path: Path) -> None:
    from torchvision.models.resnet import BasicBlock, ResNet

    by_torch(ResNet(BasicBlock, [1, 1, 1, 1], 5), path)


def bad_files(folder: Path) -> dict[str, tuple[tuple[Path, ...], str]]:
    """Write files that no page can open; return them with what is said of each."""
    import struct

    import onnx

    mini = small("alexnet_mini", hidden=[8, 8])
    whole, graph = folder / "whole.safetensors", folder / "whole.onnx"
    bare(mini, whole)
    by_torch(mini, graph)

    def safetensors(header: Any, data: bytes = b"", length: int | None = None) -> bytes:
        text = json.dumps(header).encode()
        return struct.pack("<Q", len(text) if length is None else length) + text + data

    nan = small("alexnet_mini")
    with torch.no_grad():
        nan.features.conv3.weight[0, 0] = torch.nan
    grey = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 3))
    bare(nan, folder / "nan.safetensors")
    torch.onnx.export(grey, torch.zeros(1, 1, 8, 8), str(folder / "grey.onnx"), dynamo=False)
    bare(nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 5)), folder / "mlp.safetensors")
    _resnet(folder / "resnet.onnx")
    apart = onnx.load(str(graph))
    onnx.save(apart, str(folder / "apart.onnx"), save_as_external_data=True, location="apart.data",
              size_threshold=0)  # fmt: skip
    torch.save(mini.state_dict(), folder / "mini.pth")
    written = {
        "text.safetensors": b"these are no weights at all, but words",
        "photo.onnx": b"\x89PNG\r\n\x1a\n" + bytes(64),
        "archive.onnx": b"PK\x03\x04" + bytes(64),
        "empty.onnx": b"",
        "half.onnx": graph.read_bytes()[: graph.stat().st_size // 2],
        "half.safetensors": whole.read_bytes()[: whole.stat().st_size // 2],
        "huge.safetensors": safetensors({}, b"{" * 64, 2_000_000_000),
        "shape.safetensors": safetensors(
            {"a": {"dtype": "F32", "shape": [2**20, 2**20], "data_offsets": [0, 8]}}, bytes(8)
        ),
        "whole-numbers.safetensors": safetensors(
            {"a.weight": {"dtype": "U8", "shape": [8], "data_offsets": [0, 8]}}, bytes(8)
        ),
        "page.onnx": b"<!doctype html><title>404</title>" + bytes(64),
    }
    for name, data in written.items():
        (folder / name).write_bytes(data)
    said = {
        "text.safetensors": "is neither safetensors nor ONNX",
        "photo.onnx": "is a picture; open it as a photograph",
        "archive.onnx": "is a zip archive, as torch.save writes",
        "mini.pth": "alexnet_lab.export(alexnet_lab.load_pretrained",
        "empty.onnx": "“empty.onnx” is empty.",
        "half.onnx": "is no ONNX file, or damaged or cut off",
        "half.safetensors": "is damaged or cut off",
        "huge.safetensors": "is damaged or cut off",
        "shape.safetensors": "another size than its header says",
        "whole-numbers.safetensors": "as U8; weights may be float32",
        "page.onnx": "is a web page: the download went wrong",
        "resnet.onnx": "is no AlexNet",
        "nan.safetensors": "a weight that is no number, in “features.conv3.weight”",
        "grey.onnx": "is for grey pictures",
        "mlp.safetensors": "holds 0 convolutions and 2 matrices; an AlexNet has 5 and 3",
        "apart.onnx": "keeps its weights in “apart.data”: choose both files at once",
    }
    return {name: ((folder / name,), words) for name, words in said.items()}


def test_what_cannot_be_opened_is_one_line_and_the_way_out(
    opened: Any, widget_folder: Path, blank: Any
) -> None:
    pytest.importorskip("onnx")
    folder = widget_folder / "bad"
    folder.mkdir(exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cases = bad_files(folder)
    for name, (paths, words) in cases.items():
        found = opened(*paths)
        assert words in found.get("problem", "opened"), (name, found.get("problem"))
        assert "\n" not in found["problem"], name
        assert name in found["problem"], name
    # Both files of a pair, whichever comes first.
    found = opened(folder / "apart.data", folder / "apart.onnx")
    assert found["about"]["name"] == "apart.onnx"
    assert found["about"]["classes"] == [f"class {i}" for i in range(5)]
    assert any("names none of its 5 classes" in line for line in found["about"]["said"])


def test_a_reader_opens_one_beside_the_walk(show: Any, page_network: Path, tmp_path: Path) -> None:
    """By keyboard and file chooser: every number of the second walk is that network's."""
    from alexnet_lab.widgets.walk.stages import stages_of

    net, path = small("alexnet_2012", hidden=[16, 12]), tmp_path / "mine.safetensors"
    al.export(net, path, classes=["cup", "cat", "dog", "tea", "sea"])
    seen = show(al.widgets.NetworkWalk())
    box = seen.number()
    chosen = box.get_by_label("+ Your own network")
    chosen.focus()
    chosen.set_input_files(path)
    group = box.get_by_role("group", name="Your network: mine.safetensors")
    group.wait_for()
    second = box.locator(".al-w-walk").nth(1)
    second.locator(".al-w-shares tbody tr").first.wait_for()
    answer = second.locator(".al-w-shares tbody tr").first.inner_text().split()
    x = net_input()
    with torch.no_grad():
        shares = net(x).softmax(1)[0]
    wanted = ["cup", "cat", "dog", "tea", "sea"][int(shares.argmax())]
    assert answer[0] == wanted
    assert float(answer[1]) == pytest.approx(100 * float(shares.max()), abs=0.11)
    stages = stages_of(net, x)
    options = second.get_by_label("stage").first.locator("option").all_inner_texts()
    assert options == [stage.name for stage in stages]
    assert seen.axe() == []
    assert second.locator(".al-w-walk-head strong").inner_text() == f"softmax · {wanted}"
    group.get_by_role("button", name="Close it").press("Enter")
    assert box.locator(".al-w-walk").count() == 1
    assert chosen.evaluate("e => e === document.activeElement")


def net_input() -> torch.Tensor:
    """Return the photograph as the network takes it."""
    how = al.models.Preprocess((123.68, 116.779, 103.939), None, 224, 256)
    return how(al.photograph("coffee"))[None]


def test_imagenets_network_is_shown_from_its_record(show: Any, page_network: Path) -> None:
    """Beside the lab network, by keyboard; neither weights nor runtime are fetched."""
    explorer = al.widgets.ActivationExplorer(
        al.load_pretrained("lab"), al.photograph("coffee"), layer="relu1", in_page=True
    )
    seen = show(explorer)
    page = seen.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    button = page.get_by_role("button", name="ImageNet’s network, recorded")
    button.press("Enter")
    other = page.locator(".al-w-own + div")
    words = other.locator(".al-w-activations-words")
    words.get_by_text("relu1, unit 0 at row").wait_for(timeout=20_000)
    assert not [name for name in asked if name.endswith((".onnx", ".wasm"))]
    record = json.loads((MAPS / "bvlc.json").read_text(encoding="utf-8"))
    for layer, unit in (("relu1", 12), ("relu5", 200)):
        other.get_by_label("layer").select_option(layer)
        other.get_by_label("unit", exact=True).fill(str(unit))
        words.get_by_text(f"{layer}, unit {unit} at row").wait_for()
        value = float(words.inner_text().split(": ")[1].split(". ")[0].replace("−", "-"))
        peak = record["photographs"]["coffee"]["peaks"][layer][unit]
        assert value == pytest.approx(peak, rel=0.1)
    # It knows its samples alone, and gives the focus back.
    other.get_by_role("radio").first.wait_for()
    for words_of in ("+ Your own photograph", "Use the camera", "Run it here"):
        assert not other.get_by_text(words_of).is_visible()
    page.get_by_role("button", name="Close it").click()
    assert other.count() == 0
    assert button.evaluate("(one) => one === document.activeElement")


def test_imagenets_network_runs_where_the_builder_has_its_weights(
    show: Any, page_network: Path, shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the page computes from eight bits is what torch computes from the file."""
    from alexnet_book import network

    monkeypatch.setenv(VARIABLE, str(shared_data / "imagenet-conv"))
    about, data = network.real_network(json.loads((page_network / "lab.json").read_text()))
    (page_network / "bvlc.json").write_bytes(network.as_json(about))
    (page_network / "bvlc.onnx").write_bytes(data)
    assert len(data) < 3_000_000
    seen = show(al.widgets.ResponseNormExplorer([1.0, 2.0, 3.0]))
    found = seen.page.evaluate(
        OPEN, {"files": {}, "manifest": "bvlc.json", "photo": "_static/network/coffee.png"}
    )
    real = al.load_pretrained("bvlc")
    wanted = activations(real, real.preprocess(al.photograph("coffee"))[None], ["relu1", "relu5"])
    for name, maps in wanted.items():
        pair = torch.stack([numbers(found["maps"][name]["data"]), maps.flatten()])
        assert torch.corrcoef(pair)[0, 1] > 0.99, name
    assert found["shares"] == ""
