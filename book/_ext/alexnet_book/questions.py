"""Questions that take an answer: what book/_static/quiz.js needs to know of each, in the page.

The form is read by `alexnet_lab.quiz`, the reader that also exports them for a course; here its
findings are laid on the boxes of the page. The choices stay a list and the answer stays a fold:
without a script nothing is missing.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

from alexnet_lab.errors import UserError
from alexnet_lab.quiz import Question, read_questions
from alexnet_lab.quiz.form import LABELS

from .curves import drawn_curves
from .details import Details
from .devices import Device

if TYPE_CHECKING:
    from sphinx.application import Sphinx

logger = logging.getLogger(__name__)

# What a page has, and the scripts that it then loads.
SCRIPTS = {
    " data-question=": ("quiz-core.js", "quiz.js"),
    'class="al-answers"': ("quiz-core.js", "quiz-files.js", "your-answers.js"),
}


class MarkQuestions(SphinxTransform):
    """Lay id, kind and key on each question's box."""

    default_priority = 315  # after devices.MakeDevices

    def apply(self, **kwargs: object) -> None:
        """Match the boxes with what was read from the source, one by one."""
        boxes = [
            device
            for device in self.document.findall(Device)
            if device["label"].split(",")[0].split()[0] in LABELS
        ]
        if not boxes:
            return
        path = Path(self.env.doc2path(self.env.docname))
        try:
            read = read_questions(path, root=self.env.srcdir)
        except UserError as error:
            logger.warning("%s", error, location=self.env.docname)
            return
        if len(read) != len(boxes):
            logger.warning(
                "%d questions in the page, %d in its source: one begins with `> **Predict** — `"
                " and is followed by its answer as <details>",
                len(boxes),
                len(read),
                location=self.env.docname,
            )
            return
        for box, question in zip(boxes, read, strict=True):
            box["ids"].append(f"question-{question.id}")
            try:
                about = _about(question)
            except UserError as error:
                logger.warning("%s", error, location=box)
                continue
            if about:
                box["data"] = {"question": json.dumps(about, ensure_ascii=False)}
                _mark_lists(box, question)


def _about(question: Question) -> dict[str, Any]:
    """Return what the script needs; nothing where there is nothing to answer with."""
    about: dict[str, Any] = {"id": question.id, "kind": question.kind}
    if question.kind == "choices":
        return about | {"key": question.key}
    if question.kind == "number" and question.number is not None:
        number = question.number
        return about | {
            "value": number.value,
            "tolerance": number.tolerance,
            "unit": number.unit,
            "scale": number.scale,
            "slips": [[slip.value, slip.room] for slip in question.slips],
        }
    if question.drawn is not None:
        return about | drawn_curves(question.drawn)
    return about if question.kind == "open" else {}


def _mark_lists(box: Device, question: Question) -> None:
    """Say which list holds the choices, and which what is said to each wrong answer."""
    if question.kind == "choices":
        lists = [child for child in box.children if isinstance(child, nodes.bullet_list)]
        lists[-1]["classes"].append("al-quiz-choices")
    if question.drawn:
        for aside in list(box.findall(nodes.emphasis)):
            if aside.astext().startswith("(Draw: "):  # the paper says it, and the words before do
                aside.parent.remove(aside)
    if question.kind == "choices" or question.slips or (question.drawn and question.drawn.shapes):
        answer = next(fold for fold in box.findall(Details) if fold["summary"] == "Answer")
        lists = [child for child in answer.children if isinstance(child, nodes.bullet_list)]
        lists[-1]["classes"].append("al-quiz-said")


def _add_scripts(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    for sign, scripts in SCRIPTS.items():
        if sign in context.get("body", ""):
            for script in scripts:
                app.add_js_file(script)


def setup(app: Sphinx) -> None:
    """Register the transform, and the scripts for the pages that ask."""
    app.add_transform(MarkQuestions)
    app.connect("html-page-context", _add_scripts)
