"""The book's page on the lab network, written from its record: no number in it is typed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch

from ..data import photograph
from ..models import load_pretrained
from ..tables import percent
from .page import SHOWS, page_record
from .release import lab_record

DOUBTFUL = 0.5  # as inference.DOUBTFUL, a room that this one does not know
EVERY = 4  # epochs from one row of the table to the next
ORDINALS = ("first", "second", "third", "fourth")

PAGE = """\
# The lab network

This is the network that this book looks into. It has the five convolutional layers of the paper
(§3.5): two towers, local response normalisation after the first two layers, overlapping pooling,
{channels} kernels, and {conv_parameters:,} weights and biases. The maps shrink from 224 × 224
pixels to 55, 27 and 13 a side, and to 6 after the last pooling. The fully connected layers are
smaller: they have {hidden} units instead of 4096-4096, and ten classes. This project trained the
network, from random initial weights.

```{{network-drawing}} lab
Two towers, as in the paper, that meet in conv3; the fully connected layers belong to both. The
percentages at each layer are its shares of the parameters and of the work (multiplications) for
one image. Drawn from the network's own layer table.
```

```python
import alexnet_lab as al

lab = al.load_pretrained("lab")
logits = lab(lab.preprocess(al.photograph("coffee"))[None])
```

Its ten classes are: {classes}. A cup of coffee is none of them; for a photograph of one, the
network still names one of the ten.

## Accuracy

| on {images:,} photographs on which it was not trained | top-1 | top-5 |
|---|---|---|
| one view, the central 224/256 of each | {single_view} | {top5} |
| ten views (§4.1), averaged | {ten_views} | not measured |

This was measured with the weights as shipped, stored in float16 and computed in float32. They
come from one training run, with seed {seed}. No weight was trained on these photographs, but the
error on them was watched after every epoch (the last column below). So they are not a test set:
on new photographs the accuracy may be a little lower. Two standard errors of the top-1 accuracies
are {error}.

## In the browser

The pages of this book can run the network itself, in your browser. They load a file of
{page_mb:.1f} MB in which each weight takes one byte (int8, with a scale for each output channel);
the computation is still in float32. (The button names a larger size, because the program that
runs the network, ONNX Runtime Web, is loaded with it the first time.) On the same photographs,
with one view, this file has a top-1 accuracy of {page_single_view}, and the shipped weights
have {page_shipped}. `alexnet-lab export --switches --out lab.onnx` writes the file. No
picture that you show the network leaves your machine.

## The photographs that the pages offer

The pages offer {offered} sample photographs. {none_of_them}
Its answers are a choice among its ten classes, and show which of these it finds most
similar. Its probabilities say how it shares out 100 % among the ten, and not how likely it is to be
right. Where the first answer has less than {doubtful}, the pages say that it is in doubt.

| photograph | what it shows | first answer | remark |
|---|---|---|---|
{offered_table}

We looked for photographs of the ten classes that may be handed on with this book, under CC0, CC BY
or in the public domain, in packages of PyPI, npm and Debian, and found none.

## Data, and what you may do with the network

The data are Imagenette: ten classes of ImageNet (ILSVRC-2012), with {train:,} training
photographs of 160 × 160 pixels. They are scaled to a square, so proportions are not kept.
Fingerprint of the data: `{fingerprint:.16}…`. The terms of ImageNet allow only non-commercial
research and education. We distribute none of its photographs; use the weights under the same
terms.

## Recipe

| phase | side of the images | epochs | highest learning rate |
|---|---|---|---|
{phases_table}

All phases use batches of {batch_size}, SGD with Nesterov's momentum, one cycle of the learning
rate, weight decay {weight_decay}, random crops of {least_area} to all of an image,
reflections, colours shifted along their principal components, and label smoothing
{label_smoothing}. This is not the recipe of 2012, which was made for more than a hundred
times as many photographs. Between the phases the first fully connected layer is enlarged from
3 × 3 to 6 × 6 positions. At the end the weights are rescaled, which changes no output, so that the
input is 0–255 minus the mean and the constants of normalisation are the paper's.

| phase | epoch | training error | validation error |
|---|---|---|---|
{rows}

The training error is higher than the validation error because it is measured on augmented images.

## Limits

- It was trained with one seed, so what you see in its kernels may be chance; [the
  ledger](ledger.md) shows what was tested with several seeds.
- It was trained on few photographs of low resolution, and its first kernels are rougher than
  the paper's; this may be the reason.
- It knows ten classes. Its certainty about anything else means nothing.
- It was never tested for use on people, in medicine, or in any other serious application.

## Make it again

```
alexnet-lab lab evaluate --data imagenette-160 --ten-views
alexnet-lab lab train --data imagenette-160 --recipe {recipe_name} --out runs/lab
alexnet-lab lab record
alexnet-lab lab page --data imagenette-160
```

The first command measures the shipped weights. The second trains them again, and resumes after an
interruption. The third prints this page's numbers, epoch by epoch, and the fourth measures the
file for the browser. `alexnet-lab lab card` writes this page from the same record; no number in
it is typed by hand.
"""


def model_card() -> str:
    """Return the model card of the shipped network, as Markdown.

    Raises
    ------
    UserError
        When this version ships no trained network.
    """
    record, model, page = lab_record(), load_pretrained("lab"), page_record()
    convs = [layer for name, layer in model.features.named_children() if name.startswith("conv")]  # type: ignore[operator,union-attr]
    names: tuple[str, ...] = model.classes  # type: ignore[assignment]
    recipe = record["recipe"]
    source = record["data"]["sources"][0]
    facts: dict[str, Any] = recipe | record["data"] | source | record["score"]
    facts |= {name: percent(facts[name], 1) for name in ("single_view", "top5", "ten_views")}
    names_of = _phase_names(recipe)
    return PAGE.format(
        **facts
        | {
            "channels": "-".join(str(conv.out_channels) for conv in convs),
            "conv_parameters": sum(p.numel() for conv in convs for p in conv.parameters()),
            "error": _error(record["score"]),
            "hidden": "-".join(str(units) for units in recipe["hidden"]),
            "classes": ", ".join(name.replace("_", " ") for name in names),
            "phases_table": "\n".join(
                f"| {names_of[p['name']]} | {p['size']} | {p['epochs']} | {p['lr']} |"
                for p in recipe["phases"]
            ),
            "rows": "\n".join(_rows(record["epochs"], names_of)),
            "recipe_name": len(names),
            "offered": len(SHOWS),
            "none_of_them": _what_they_show(),
            "doubtful": percent(DOUBTFUL),
            "least_area": percent(facts["least_area"]),
            "offered_table": "\n".join(_answers(model)),
            "page_mb": page["bytes"] / 1e6,
            "page_single_view": percent(page["single_view"], 2),
            "page_shipped": percent(page["shipped"], 2),
        }
    )


def _error(score: Mapping[str, Any]) -> str:
    share, images = score["single_view"], score["images"]
    return f"{200 * math.sqrt(share * (1 - share) / images):.1f} points"


def _what_they_show() -> str:
    known = sum(shows is not None for shows in SHOWS.values())
    if known:
        return f"{known} of them show one of the network's classes."
    return "None of them shows one of the network's classes."


def _answers(model: Any) -> list[str]:
    rows = []
    for name, shows in SHOWS.items():
        seen = photograph(name)
        with torch.no_grad():
            share, best = model(model.preprocess(seen)[None])[0].softmax(0).max(0)
        label = model.classes[int(best)]
        remark = "in doubt" if share < DOUBTFUL else "sure, and wrong"
        if shows is not None:
            remark = "right" if label == shows else f"wrong: {shows.replace('_', ' ')}"
        rows.append(
            f"| {name} | {seen.title} | {label.replace('_', ' ')}, {percent(share)} | {remark} |"
        )
    return rows


def _phase_names(recipe: dict[str, Any]) -> dict[str, str]:
    return {phase["name"]: ORDINALS[number] for number, phase in enumerate(recipe["phases"])}


def _rows(epochs: list[dict[str, Any]], names: dict[str, str]) -> list[str]:
    last = {row["phase"]: row["epoch"] for row in epochs}
    kept = [r for r in epochs if r["epoch"] in (1, last[r["phase"]]) or r["epoch"] % EVERY == 0]
    return [
        f"| {names[r['phase']]} | {r['epoch']} | {percent(r['train_error'], 1)}"
        f" | {percent(r['val_error'], 1)} |"
        for r in kept
    ]
