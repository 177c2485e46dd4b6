"""QTI 2.1 in a content package: https://www.imsglobal.org/question/qtiv2p1/imsqti_infov2p1.html.

A zip with a manifest, a test of one section, and a file a question. What is said to a choice is
modal feedback, shown by the identifier that the response sets.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from ..question import Question
from ..text import sentence, to_html, to_plain

QTI = "http://www.imsglobal.org/xsd/imsqti_v2p1"
PACKAGE = "http://www.imsglobal.org/xsd/imscp_v1p1"
Element = ElementTree.Element


def write(questions: Sequence[Question], path: Path) -> None:
    """Write the package."""
    # Files in a zip carry a time; a fixed one makes the same questions the same package.
    when = (1980, 1, 1, 0, 0, 0)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, element in [
            ("imsmanifest.xml", _manifest(questions)),
            ("test.xml", _test(questions)),
            *((f"{_name(question)}.xml", item(question)) for question in questions),
        ]:
            text = ElementTree.tostring(element, encoding="utf-8", xml_declaration=True)
            package.writestr(zipfile.ZipInfo(name, when), text)


def item(question: Question) -> Element:
    """Return a question as an `assessmentItem`."""
    title = " ".join(filter(None, [question.label, question.topic, question.chapter]))
    root = Element(
        "assessmentItem",
        xmlns=QTI,
        identifier=_name(question),
        title=title,
        adaptive="false",
        timeDependent="false",
    )
    base = "identifier" if question.choices else "float" if question.number else "string"
    response = _add(
        root, "responseDeclaration", identifier="RESPONSE", cardinality="single", baseType=base
    )
    right = question.key or (f"{question.number.value:.15g}" if question.number else "")
    if right:
        _add(_add(response, "correctResponse"), "value").text = right
    for name, kind in [("SCORE", "float"), ("FEEDBACK", "identifier")]:
        _add(root, "outcomeDeclaration", identifier=name, cardinality="single", baseType=kind)
    body = _add(root, "itemBody")
    body.append(_flow("div", question.prompt))
    _interaction(body, question)
    _processing(root, question)
    for name, text in _said(question):
        _add_feedback(root, name, text)
    return root


def _interaction(body: Element, question: Question) -> None:
    if question.choices:
        box = _add(
            body,
            "choiceInteraction",
            responseIdentifier="RESPONSE",
            shuffle="false",
            maxChoices="1",
        )
        for choice in question.choices:
            part = _flow("simpleChoice", choice.text)
            part.set("identifier", choice.letter)
            box.append(part)
    elif question.number:
        line = _add(body, "p")
        field = _add(line, "textEntryInteraction", responseIdentifier="RESPONSE")
        field.set("expectedLength", "12")
        field.tail = f" {question.number.unit}" if question.number.unit else None
    else:
        _add(body, "extendedTextInteraction", responseIdentifier="RESPONSE", expectedLength="400")


def _said(question: Question) -> list[tuple[str, str]]:
    """Return the feedback of each answer, by identifier."""
    if question.choices:
        return [(choice.letter, choice.feedback) for choice in question.choices]
    if question.number:
        slips = [(f"SLIP{place}", slip.feedback) for place, slip in enumerate(question.slips)]
        return [("RIGHT", question.explanation), *slips]
    return [("ANSWER", question.explanation)]


def _processing(root: Element, question: Question) -> None:
    rules = _add(root, "responseProcessing")
    if question.choices:
        condition = _add(rules, "responseCondition")
        match = _add(_add(condition, "responseIf"), "match")
        _add(match, "variable", identifier="RESPONSE")
        _add(match, "correct", identifier="RESPONSE")
        _set(condition[0], "SCORE", "float", "1")
        _set(_add(condition, "responseElse"), "SCORE", "float", "0")
        _add(_set(rules, "FEEDBACK"), "variable", identifier="RESPONSE")
    elif question.number:
        number = question.number
        condition = _add(rules, "responseCondition")
        cases = [(number.value, number.tolerance, "RIGHT", "1")]
        for place, slip in enumerate(question.slips):
            cases.append((slip.value, slip.room, f"SLIP{place}", "0"))
        for value, room, name, score in cases:
            case = _add(condition, "responseElseIf" if len(condition) else "responseIf")
            # An interval, in the two comparisons that every reader knows.
            both = _add(case, "and")
            for comparison, end in [("gte", value - room), ("lte", value + room)]:
                test = _add(both, comparison)
                _add(test, "variable", identifier="RESPONSE")
                _add(test, "baseValue", baseType="float").text = f"{end:.15g}"
            _set(case, "SCORE", "float", score)
            _set(case, "FEEDBACK", "identifier", name)
        _set(_add(condition, "responseElse"), "SCORE", "float", "0")
    else:
        _set(rules, "FEEDBACK", "identifier", "ANSWER")


def _set(parent: Element, name: str, base: str = "", value: str = "") -> Element:
    rule = _add(parent, "setOutcomeValue", identifier=name)
    if base:
        _add(rule, "baseValue", baseType=base).text = value
    return rule


def _add_feedback(root: Element, name: str, text: str) -> None:
    feedback = _flow("modalFeedback", sentence(text))
    feedback.set("outcomeIdentifier", "FEEDBACK")
    feedback.set("identifier", name)
    feedback.set("showHide", "show")
    root.append(feedback)


def _test(questions: Sequence[Question]) -> Element:
    root = Element("assessmentTest", xmlns=QTI, identifier="alexnet-lab", title="AlexNet Lab")
    part = _add(root, "testPart", identifier="part", navigationMode="nonlinear")
    part.set("submissionMode", "individual")
    for chapter in dict.fromkeys(question.chapter for question in questions):
        section = _add(
            part, "assessmentSection", identifier=f"S-{chapter}", title=chapter, visible="true"
        )
        for question in questions:
            if question.chapter == chapter:
                name = _name(question)
                _add(section, "assessmentItemRef", identifier=name, href=f"{name}.xml")
    return root


def _manifest(questions: Sequence[Question]) -> Element:
    root = Element("manifest", xmlns=PACKAGE, identifier="alexnet-lab-package")
    about = _add(root, "metadata")
    _add(about, "schema").text = "QTIv2.1 Package"
    _add(about, "schemaversion").text = "1.0.0"
    _add(root, "organizations")
    resources = _add(root, "resources")
    test = _add(resources, "resource", identifier="test", type="imsqti_test_xmlv2p1")
    test.set("href", "test.xml")
    _add(test, "file", href="test.xml")
    for question in questions:
        name = _name(question)
        _add(test, "dependency", identifierref=name)
        one = _add(resources, "resource", identifier=name, type="imsqti_item_xmlv2p1")
        one.set("href", f"{name}.xml")
        _add(one, "file", href=f"{name}.xml")
    return root


def _name(question: Question) -> str:
    return f"Q-{question.id}"  # an identifier may not begin with a digit


def _add(parent: Element, tag: str, **attributes: str) -> Element:
    return ElementTree.SubElement(parent, tag, attributes)


def _flow(tag: str, markdown: str) -> Element:
    """Return an element with a text's paragraphs and lists in it."""
    text = to_html(markdown) or f"<p>{to_plain(markdown)}</p>"
    return ElementTree.fromstring(f"<{tag}>{text}</{tag}>")
