"""The atlas's parts, on networks and pictures small enough to know what must come out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import alexnet_lab as al
from alexnet_lab.atlas import making, record, responses, sprites
from alexnet_lab.atlas.pictures import excite
from alexnet_lab.atlas.windows import LAYERS, window
from alexnet_lab.cli import main
from alexnet_lab.errors import UserError

SMALL = {"channels": (4, 8, 6, 6, 4), "hidden": (5, 5), "input_size": 99}


def small_network(seed: int = 0) -> Any:
    torch.manual_seed(seed)
    network: Any = al.models.bvlc_alexnet(5, **SMALL).eval()
    network.preprocess = al.models.Preprocess((123.0, 117.0, 104.0), None, 99, 112)
    network.towers, network.trained_on = 2, "noise: 0 photographs"
    return network


@pytest.fixture(scope="module")
def lab() -> Any:
    return al.load_pretrained("lab")


def test_a_window_is_the_unit_in_the_middle_of_an_image(lab: Any) -> None:
    """Oracle: the whole network on a whole photograph, padding and all."""
    x = lab.preprocess(al.photograph("coffee"))
    for layer, side in zip(LAYERS, (11, 51, 99, 131, 163), strict=True):
        maps = al.analysis.activations(lab, x[None], layer)[layer][0]
        y = maps.shape[1] // 2
        box = al.analysis.receptive_field(lab, layer, y, y - 1)
        assert box == box.clipped
        cut = window(lab, layer)
        assert (cut.side, cut.units) == (side, len(maps))
        found = cut((x[(slice(None), *box.slices)] + cut.mean)[None])[0]
        torch.testing.assert_close(found, maps[:, y, y - 1], rtol=1e-3, atol=1e-4)
    assert lab.features.conv2.padding == (2, 2)


def test_other_networks_are_refused_in_one_line() -> None:
    owt: Any = al.models.alexnet_owt(10)
    owt.preprocess = al.models.Preprocess((1.0, 2.0, 3.0), (1.0, 2.0, 3.0))
    with pytest.raises(UserError, match=r"needs features.conv1 … conv5"):
        window(owt, "conv1")
    network = small_network()
    with pytest.raises(UserError, match="for 'conv6'"):
        window(network, "conv6")
    network.preprocess = owt.preprocess
    with pytest.raises(UserError, match="divides"):
        window(network, "conv1")


def test_pictures_excite_more_than_noise_and_do_not_depend_on_their_company(lab: Any) -> None:
    cut = window(lab, "conv2")
    together = excite(cut, [3, 140, 255])
    alone = excite(cut, [140])
    assert together.shape == (3, 3, 51, 51)
    assert 0 <= together.min() < together.max() <= 255
    assert (together[1] - alone[0]).abs().mean() < 2  # grey levels; rounding grows along the climb
    first = excite(cut, [3, 140, 255], steps=0)
    index = torch.tensor([[3], [140], [255]])
    rise = cut(together).gather(1, index) - cut(first).gather(1, index)
    assert (rise > 10).all()
    assert (excite(cut, [140], start=1)[0] - alone[0]).abs().mean() > 5


def test_connections_by_hand() -> None:
    """Two groups; slices of one sign, of two that cancel, and of none."""
    network = small_network()
    weight = torch.zeros(8, 2, 5, 5)
    weight[0, 0] = 2.0  # length 10, balance 1
    weight[0, 1] = -1.0  # length 5, balance -1
    weight[1, 0, 0, 0], weight[1, 0, 0, 1] = 1.0, -1.0  # an edge: neutral
    weight[7, 1] = 1.0
    network.features.conv2.weight.data = weight
    found = responses.connections(network, "conv2", torch.tensor([1.0, 2.0, 3.0, 4.0]))
    assert found.shape == (8, 4)
    torch.testing.assert_close(found[0], torch.tensor([0.5, -0.5, 0.0, 0.0]))
    assert not found[1].any()
    torch.testing.assert_close(found[7], torch.tensor([0.0, 0.0, 0.0, 1.0]))
    ends = responses.signed_ends(torch.tensor([0.1, -0.4, 0.0, 0.3, -0.2]), 2)
    assert [i for i, _ in ends] == [3, 0, 1, 4]


def test_the_survey_finds_where_units_answer_most() -> None:
    """Oracle: the maps themselves, unit by unit."""
    network = small_network()
    names = ["coffee", "cat", "camera"]
    found = responses.survey(network, map(al.photograph, names), batch=2)
    x = torch.stack([network.preprocess(al.photograph(name)) for name in names])
    for layer, before in (("conv1", None), ("conv3", "pool2")):
        maps = al.analysis.activations(network, x, [layer, before] if before else layer)
        y = maps[layer]
        each = found[layer]
        for p in range(3):
            for unit in range(y.shape[1]):
                row, column = each.place[p, unit].tolist()
                top = y[p, unit].max()
                torch.testing.assert_close(y[p, unit, row, column], top)  # in other batches
                torch.testing.assert_close(each.peak[p, unit], top)
        torch.testing.assert_close(each.on, (y > 0).float().mean((0, 2, 3)))
        seen = maps[before] if before else x
        torch.testing.assert_close(each.input_rms, seen.square().mean((0, 2, 3)).sqrt())
    best = responses.strongest(found["conv3"])
    peak = found["conv3"].peak
    assert best[0][0][0] == int(peak[:, 0].argmax())
    assert all(peak[p, unit] > 0 for unit, rows in enumerate(best) for p, _, _ in rows)


def test_every_unit_is_found_again_on_its_sheets(tmp_path: Path) -> None:
    """Each unit's picture has a colour of its own."""
    colours = torch.tensor([[10 * u, 250 - 8 * u, 5 * u] for u in range(24)], dtype=torch.uint8)
    first = colours[:, :, None, None].expand(24, 3, 131, 131).contiguous()
    second = first.flip(1).contiguous()
    sprites.write_sheets(tmp_path, "conv4", [first, second], towers=2)
    assert len(list(tmp_path.iterdir())) == 3 + 2
    for unit in range(24):
        picture = sprites.stored_picture(tmp_path, "conv4", unit, 131)
        assert picture.shape == (3, 131, 131)
        middle = picture[:, 65, 65]
        assert (middle - colours[unit]).abs().max() <= 4
        with Image.open(tmp_path / f"conv4-tower{unit // 12 + 1}.webp") as sheet:
            place = unit % 12
            pixel = sheet.convert("RGB").getpixel((48 * (place % 16) + 24, 48 * (place // 16) + 24))
        assert np.abs(np.array(pixel) - colours[unit].numpy()).max() <= 4
        with Image.open(tmp_path / sprites.sheet_name("conv4", unit)) as sheet:
            pixel = sheet.convert("RGB").getpixel((96 * (unit % 8) + 24, 96 + 24))
        assert np.abs(np.array(pixel) - colours[unit].flip(0).numpy()).max() <= 4


def test_an_interrupted_run_goes_on_and_ends_in_an_atlas(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network, work = small_network(), tmp_path / "work"
    monkeypatch.setattr(making, "BATCH", 4)
    monkeypatch.setattr(making.pictures, "STEPS", 2)
    done: list[tuple[str, int, int]] = []

    def few(cut: Any, units: range, start: int) -> torch.Tensor:
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append((cut.layer, units[0], start))
        return excite(cut, units, start, steps=2)

    monkeypatch.setattr(making.pictures, "excite", few)
    with pytest.raises(KeyboardInterrupt):
        making.make_pictures(network, work)
    assert not list(work.rglob(".*"))  # nothing half written
    with pytest.raises(UserError, match="pictures are missing"):
        record.write_atlas(network, "small", work, tmp_path / "out")
    kept = {path: path.read_bytes() for path in work.rglob("*.npz")}
    monkeypatch.setattr(making.pictures, "excite", lambda *given: excite(*given, steps=2))
    making.make_pictures(network, work)
    assert len(kept) == 3
    assert all(path.read_bytes() == content for path, content in kept.items())
    with pytest.raises(UserError, match="another network"):
        making.make_pictures(small_network(1), work)

    path = record.write_atlas(network, "small", work, tmp_path / "out")
    again = record.write_atlas(network, "small", work, tmp_path / "again")
    assert path.read_bytes() == again.read_bytes()
    known = record.read_atlas(path)
    assert {layer: len(c["on"]) for layer, c in known["layers"].items()} == dict(
        zip(LAYERS, SMALL["channels"], strict=True)
    )
    one = record.unit(known, "conv2", 7)
    assert {"picture", "on", "places", "inputs", "outputs"} <= set(one)
    assert all(i in (2, 3) for i, _ in one["inputs"])  # its own tower
    with pytest.raises(UserError, match="no unit 8 of 'conv2'"):
        record.unit(known, "conv2", 8)


def test_what_is_no_atlas_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = {"absent": None, "empty": "", "no-json": "{", "a-list": "[]", "other": '{"version": 9}'}
    for name, text in given.items():
        folder = tmp_path / name
        folder.mkdir()
        if text is not None:
            (folder / "lab.json").write_text(text)
        assert main(["atlas", "check", "lab", "--out", str(folder)]) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert "lab.json" in said
    (tmp_path / "lab.json").write_text(json.dumps({"version": 1, "network": "x", "weights": "0"}))
    assert main(["atlas", "check", "lab", "--out", str(tmp_path)]) == 2
    assert "not the network of the atlas 'x'" in capsys.readouterr().err
