"""The conventions of a chapter, and what the book's extension makes of them."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import nbformat
import pytest
from alexnet_book.tables import for_a_phone, spaced
from bs4 import BeautifulSoup
from figure_output import KIND, PHONE_PX, WIDE_PX
from PIL import Image
from small_book import SETTINGS, build

ROOT = Path(__file__).resolve().parents[2]
HEAD = "# 7. A sample\n\nA lead that says what the chapter shows.\n"
PLOT = nbformat.v4.new_output(
    "display_data",
    {
        "image/png": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9Q"
        "DwADhgGAWjR9awAAAABJRU5ErkJggg=="
    },
    metadata={"image/png": {"alt": "One pixel"}},
)


def _build(folder: Path, *cells: str | nbformat.NotebookNode) -> tuple[BeautifulSoup, str]:
    """Build a notebook of these cells; return the page's article and what was warned of."""
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["language_info"] = {"name": "python", "pygments_lexer": "ipython3"}
    notebook.cells = [
        nbformat.v4.new_markdown_cell(cell) if isinstance(cell, str) else cell for cell in cells
    ]
    nbformat.write(notebook, folder / "index.ipynb")
    warnings = build(folder, folder / "out", SETTINGS)
    page = BeautifulSoup((folder / "out" / "index.html").read_text(encoding="utf-8"), "html.parser")
    return page, warnings


def _code(source: str, *outputs: nbformat.NotebookNode, tags: tuple[str, ...] = ()):
    return nbformat.v4.new_code_cell(source, outputs=list(outputs), metadata={"tags": list(tags)})


def test_devices_and_their_answers(tmp_path: Path) -> None:
    page, warnings = _build(
        tmp_path,
        HEAD,
        "> **Paper, §3.3** — the constants are $k = 2$.\n>\n> And more.\n\n"
        "> **Code of 2012, layer.py:1183** — divides by $n$.\n\n"
        "> **Today, torch** — does so as well.\n\n"
        "> **Measured** — they differ.\n\n"
        "> An ordinary quotation.\n",
        "> **Predict** — how many?\n\n"
        "<details>\n<summary>Hint</summary>\n\nA *hint*.\n\n</details>\n",
        "<details>\n<summary>Answer</summary>\n\n**55**:\n\n$$\n1 + \\lceil 213/4 \\rceil\n$$\n\n"
        "```python\nx = 1\n```\n\n</details>\n\nText goes on.\n\n"
        "> **Exercise 7.1** — Do it.\n\nSee Exercise 7.1.",
    )
    assert warnings == ""
    kinds = [next(c for c in d["class"] if "--" in c) for d in page.select(".al-device")]
    names = ["paper", "code2012", "today", "measured", "predict", "exercise"]
    assert kinds == [f"al-device--{name}" for name in names]
    paper = page.select_one(".al-device--paper")
    assert paper.select_one(".al-device__label").text == "Paper, §3.3"
    assert paper.find_all("p")[1].text.startswith("The constants are")
    assert paper.select_one(".al-together").text.endswith("2.")  # a formula and its full stop
    assert paper["role"] == "note"
    assert page.find(id=paper["aria-labelledby"]).text == "Paper, §3.3"
    # The answers moved into the question's box, rendered, and nothing else did.
    answers = page.select(".al-device--predict > details")
    assert [answer.summary.text for answer in answers] == ["Hint", "Answer"]
    assert answers[0].em.text == "hint"
    assert answers[1].strong.text == "55"
    assert answers[1].find("math", display="block") is not None
    assert answers[1].find("pre") is not None
    assert "Text goes on." not in page.select_one(".al-device--predict").text
    assert len(page.find_all("blockquote")) == 1
    assert page.find("a", href="#exercise-7-1").text == "Exercise\xa07.1"
    assert page.find(id="exercise-7-1")["class"] == ["al-device", "al-device--exercise"]


def test_figures_and_alt_texts(tmp_path: Path) -> None:
    page, warnings = _build(
        tmp_path,
        HEAD,
        "Figure 7.1 comes, Figure 9.9 is elsewhere.",
        _code("plot()", PLOT),
        "**Figure 7.1.** One pixel, $\\sigma = 1$.\n\nNot the caption.",
    )
    assert warnings == ""
    figure = page.find("figure", id="figure-7-1")
    assert figure.img["alt"] == "One pixel"
    assert figure.figcaption.text.startswith("Figure\xa07.1. One pixel")
    assert figure.figcaption.find("math") is not None
    assert "Not the caption" not in figure.text
    assert [link.text for link in page.find_all("a", href="#figure-7-1")] == ["Figure\xa07.1"]
    assert page.find("a", href="#figure-9-9") is None


def test_a_photograph_in_a_figure_waits_for_the_reader(tmp_path: Path) -> None:
    image = '<image xlink:href="#abc" width="40" height="30" transform="matrix(0.5 0 0 0.5 1 2)"/>'
    words = '<g id="outlined-3"><text style="font: 6px \'Lab Sans\'">over it</text></g>'
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
        f' viewBox="0 0 300 90"><g id="figure_1">{image}{words}</g></svg>'
    )
    noise = io.BytesIO()
    Image.effect_noise((90, 90), 90).convert("RGB").save(noise, "WEBP")
    drawn = {"wide": svg, "narrow": svg, "pictures": {}}
    drawn["pictures"]["abc"] = base64.b64encode(noise.getvalue()).decode()
    kinds = {**PLOT.data, KIND: drawn}
    output = nbformat.v4.new_output("display_data", kinds, metadata=PLOT.metadata)
    page, warnings = _build(tmp_path, HEAD, _code("plot()", output), "**Figure 7.1.** One.\n\nNot.")
    assert warnings == ""
    pictures = page.select("svg.al-drawn foreignobject > img")
    assert len(pictures) == 2
    assert len({picture["src"] for picture in pictures}) == 1
    for picture in pictures:
        assert (picture["loading"], picture["width"], picture["height"]) == ("lazy", "40", "30")
        assert picture.parent["transform"] == "matrix(0.5 0 0 0.5 1 2)"
    for text, room in zip(page.select("svg.al-drawn text"), (WIDE_PX, PHONE_PX), strict=True):
        assert text["class"] == ["al-drawn-outlined"]
        assert float(text["font-size"][:-2]) * min(4 / 3, room / 300) >= 11


def test_a_figure_is_drawn_in_the_page_and_in_its_colours(tmp_path: Path) -> None:
    plt = pytest.importorskip("matplotlib.figure")
    import matplotlib as mpl

    svgs = {}
    with mpl.rc_context({"svg.fonttype": "none"}):
        for which, width in (("wide", 6), ("narrow", 3)):
            figure = plt.Figure(figsize=(width, 2))
            ax = figure.add_subplot()
            ax.plot([0, 1e6], [0, 1e6], color="#0072B2", clip_on=True)
            ax.set(xlim=(0, 1), ylim=(0, 1), xlabel="steps < 1", title=r"$\alpha^2$")
            with io.StringIO() as file:
                figure.savefig(file, format="svg")
                svgs[which] = file.getvalue()
    output = nbformat.v4.new_output(
        "display_data",
        {**PLOT.data, KIND: svgs},
        metadata=PLOT.metadata,
    )
    page, warnings = _build(
        tmp_path, HEAD, _code("plot()", output), "**Figure 7.1.** One line.\n\nNot the caption."
    )
    assert warnings == ""
    wide, narrow = page.select("figure#figure-7-1 svg.al-drawn")
    assert wide["class"] == ["al-drawn", "al-drawn-wide"]
    assert narrow["class"] == ["al-drawn", "al-drawn-narrow"]
    assert wide["aria-label"] == narrow["aria-label"] == "One pixel"
    assert page.select("figure#figure-7-1 img") == []
    for drawn in (wide, narrow):
        assert drawn.select("[style], style, metadata") == []
        assert drawn.select_one('path[stroke="var(--al-fig-blue)"]') is not None
        assert "steps < 1" in drawn.text
        # The line that leaves the Axes is cut where it leaves them.
        cut = drawn.select_one("[clip-path]")["clip-path"].removeprefix("url(#").rstrip(")")
        assert drawn.select_one(f"#{cut} rect") is not None
    named = [part["id"] for part in page.select("svg.al-drawn [id]")]
    assert len(named) == len(set(named))
    assert {use["href"] for use in page.select("svg.al-drawn use")} <= {
        f"#{name}" for name in named
    }


def labels_of(*lines: tuple[str, ...]) -> list[list[str]]:
    head, *body = ("<tr>" + "".join(f"<td>{c}</td>" for c in line) + "</tr>" for line in lines)
    made = for_a_phone(f"<table><thead>{head}</thead>{''.join(body)}</table>")
    page = BeautifulSoup(made, "html.parser")
    assert page.table["class"] == ["al-cards"]
    return [[cell["data-label"] for cell in row.find_all("td")] for row in page("tr")[1:]]


TEXT = "a sentence that is too long for a column of a table on a phone"


def test_a_card_says_what_needs_saying() -> None:
    """A number needs its column's head; a verdict and an empty cell do not."""
    verdict = '<strong class="al-verdict">undecided</strong>'
    heads = ("week", "what", "says", "more")
    made = labels_of(heads, ("3", TEXT, verdict, ""), ("4–5", "", "–", TEXT))
    assert made == [["week", "what", "", ""], ["week", "", "says", "more"]]


def test_a_name_needs_no_head_even_where_it_is_a_year() -> None:
    made = labels_of(("recipe", "what", "more"), ("2012", TEXT, "1"), ("modern", TEXT, "2"))
    assert [labels[0] for labels in made] == ["", ""]


def test_an_outputs_table_keeps_together_what_prose_does() -> None:
    row = "<tr><td>{}</td><td title='row 3'>{}</td><td><code>row 3 = 2 ms</code></td></tr>"
    made = spaced(row.format("−0.76 [−3.39, 1.87]", "<b>row 3</b> in 12 ms"))
    assert made == row.format("−0.76_[−3.39,_1.87]", "<b>row_3</b> in 12_ms").replace("_", "\xa0")


def test_a_pages_figure_is_part_of_it_and_follows_its_file(tmp_path: Path) -> None:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 90"><!-- Matplotlib -->'
        '<g id="figure_1"><text style="font: 9px \'Lab Sans\'">{}</text></g></svg>'
    )
    figure = tmp_path / "curve.svg"
    figure.write_text(svg.format("before"))
    (tmp_path / "index.md").write_text("# A\n\n![A curve](curve.svg)\n")
    (tmp_path / "other.md").write_text("# B\n\n![Gone](gone.svg)\n")
    out = tmp_path / "out"
    for word, anew in (("before", True), ("after", False)):
        figure.write_text(svg.format(word))
        warnings = build(tmp_path, out, SETTINGS, anew=anew)
        assert "gone.svg" in warnings, "which Sphinx names"
        page = BeautifulSoup((out / "index.html").read_text("utf-8"), "html.parser")
        (drawn,) = page.select(".al-drawings > svg")
        assert (drawn["aria-label"], drawn.text) == ("A curve", word)


def test_what_only_draws_or_explores_is_folded_and_its_question_is_not(tmp_path: Path) -> None:
    html = (
        '<div class="al-widget" data-widget="sample"><img alt="One pixel" width="1" height="1" '
        f'style="max-width:100%;height:auto" src="data:image/png;base64,{PLOT.data["image/png"]}">'
        '<p><small>A still.</small></p><script type="application/json">{"state":{}}</script></div>'
    )
    widget = nbformat.v4.new_output("display_data", {"text/html": html, **PLOT.data})
    cells = [
        _code("import torch"),
        _code("draw()", PLOT),
        _code("# Where is it greatest,\n# and where least?\nexplore()", widget),
        _code("teach()", PLOT),
        _code("look(closely)", PLOT, tags=("open",)),
    ]
    names = ("imports", "a-figure", "a-widget", "teaching", "b-figure")
    for cell, name in zip(cells, names, strict=True):
        cell["id"] = name
    page, warnings = _build(tmp_path, HEAD, *cells)
    assert warnings == ""
    folds = page.select("details.hide")
    assert [fold.summary.p.text for fold in folds] == [
        "Imports",
        "Code of this figure",
        "Code of this explorer",
    ]
    assert page.find("p", string="Where is it greatest, and where least?") is not None
    shown = [pre.text.strip() for pre in page.find_all("pre") if not pre.find_parent("details")]
    assert shown == ["teach()", "look(closely)"]


def test_cells_are_folded_or_removed(tmp_path: Path) -> None:
    page, warnings = _build(
        tmp_path,
        HEAD,
        _code("import sys", tags=("setup",)),
        _code("assert 1 == 1  # secret", tags=("check",)),
        _code("# @title Solution 7.1\nanswer = 42", tags=("solution",)),
        _code("open_code = 1"),
    )
    assert warnings == ""
    folds = page.select("details.hide")
    assert [fold.summary.p.text for fold in folds] == [
        "Set-up: installs on Colab, does nothing elsewhere",
        "Solution 7.1",
    ]
    assert "answer = 42" in folds[1].pre.text
    assert "@title" not in folds[1].pre.text
    assert "secret" not in page.text
    shown = [pre.text for pre in page.find_all("pre") if pre.find_parent("details") is None]
    assert [text.strip() for text in shown] == ["open_code = 1"]


def test_lead_describes_the_page(tmp_path: Path) -> None:
    page, warnings = _build(tmp_path, HEAD)
    assert warnings == ""
    assert page.find("p", class_="lead").text == "A lead that says what the chapter shows."
    description = page.find("meta", attrs={"name": "description"})["content"]
    assert description == "A lead that says what the chapter shows."
    assert page.find("meta", property="og:title")["content"] == "7. A sample"


@pytest.mark.parametrize(
    ("cell", "warning"),
    [
        ("> **Papper, §3** — a slip of the pen.", "unknown device 'Papper, §3'"),
        ("<details>\n<summary>Answer</summary>\nno empty lines\n</details>", "<details> is not as"),
        ("<details>\n<summary>Answer</summary>\n\nnever closed", "<details> is not as"),
        ("closed only\n\n</details>", "<details> is not as"),
        ("$\\nosuchcommand{x}$", "no MathML for the formula"),
        ("**Figure 7.3.** A caption of nothing.", "Figure 7.3: no plot right before its caption"),
    ],
)
def test_what_is_nearly_right_is_warned_of(tmp_path: Path, cell: str, warning: str) -> None:
    _, warnings = _build(tmp_path, HEAD, "Text.", cell)
    assert warning in warnings


def test_a_chapter_without_lead_is_warned_of(tmp_path: Path) -> None:
    _, warnings = _build(tmp_path, "# Title\n\n- a list")
    assert "no lead" in warnings


# Oracle: the MathML that the specification's own examples give these formulas.
@pytest.mark.parametrize(
    ("latex", "parts"),
    [
        (r"\frac{a}{b}", ["<mfrac><mi>a</mi><mi>b</mi></mfrac>"]),
        (r"a^i_{x,y}", ["<msubsup>", "<mi>a</mi>", "<mi>i</mi>"]),
        (r"\begin{bmatrix}1&0\\0&1\end{bmatrix}", ["<mtable", "<mtr>", "[", "]"]),
        (r"\begin{align*}a&=b\\c&=d\end{align*}", ["<mtable", "<mtr>"]),
        (r"\begin{cases}x & x>0\\0 & \text{otherwise}\end{cases}", ["<mtable", "otherwise"]),
        (r"\sum_{j=0}^{n} x_j", ["<munderover>", "∑"]),
        (r"\lceil x \rceil \in \mathbb{R}", ["⌈", "⌉", "ℝ"]),
        (r"60{,}965{,}224", ["60", "965", "224"]),
    ],
)
def test_formulas_become_mathml(latex: str, parts: list[str]) -> None:
    from alexnet_book.mathml import to_mathml

    mathml = to_mathml(latex, display=True)
    assert mathml.startswith('<math display="block">')
    assert [part for part in parts if part not in mathml] == []


def test_the_drawing_shows_the_facts(tmp_path: Path) -> None:
    """The numbers of the landing page's picture, against the paper's §3.5 and facts by hand."""
    from alexnet_book import drawing

    pixels, stages = drawing.stages()
    assert pixels == 224
    shapes = [(stage.side, stage.maps) for stage in stages]
    assert shapes[:5] == [(55, 48), (27, 128), (13, 192), (13, 192), (13, 128)]
    assert [maps for _, maps in shapes[5:]] == [2048, 2048, 1000]
    assert [stage.name for stage in stages if stage.crosses] == ["conv3", "fc6", "fc7", "fc8"]
    assert sum(stage.parameters for stage in stages[5:]) == pytest.approx(0.9617, abs=1e-4)
    assert sum(stage.work for stage in stages[:5]) == pytest.approx(0.9191, abs=1e-4)
    for svg in (drawing.wide_drawing(), drawing.tall_drawing()):
        page = BeautifulSoup(svg, "html.parser")
        texts = [text.text for text in page.find_all("text")]
        assert {"conv1", "55×55×48", "fc7", "2,048", "61.9\u202f%", "30.9\u202f%"} <= set(texts)
        assert "conv2 27×27×128" in page.svg["aria-label"]
    # The lab network: the paper's convolutions, and small layers after them.
    convolutions = [stage.side for stage in drawing.stages("lab")[1]][:5]
    assert convolutions == [side for side, _ in shapes[:5]]
    assert [stage.maps for stage in drawing.stages("lab")[1]][5:] == [256, 256, 10]
    label = BeautifulSoup(drawing.wide_drawing("lab"), "html.parser").svg["aria-label"]
    assert label.startswith("The lab network: ")
    assert "GPU" not in label


def test_the_winners_are_drawn_and_tabled_from_one_file(extension) -> None:
    from alexnet_book import winners

    found = winners.winners(ROOT / "book" / "winners.yml")
    assert [one.year for one in found] == list(range(2010, 2018))
    # By hand, from the sources that the file names.
    assert [one.error for one in found] == [28.2, 25.8, 15.3, 11.2, 6.7, 3.6, 3.0, 2.3]
    page = BeautifulSoup(winners.drawing(found), "html.parser")
    bars = {(bar["class"][0], bar["y"]): float(bar["width"]) for bar in page.find_all("rect")}
    scale = max(bars.values()) / 28.2
    widths = [width for (kind, _), width in bars.items() if kind != "second"]
    assert widths == pytest.approx([scale * one.error for one in found], abs=0.06)
    assert [w for (kind, _), w in bars.items() if kind == "second"] == pytest.approx(
        [scale * 26.2], abs=0.06
    )
    texts = [text.text for text in page.find_all("text")]
    assert {"2012", "15.3 %", "next: 26.2 %", "ResNet"} <= set(texts)
    rows = winners.table(found)
    assert len(rows) == 10
    assert rows[4].startswith("| 2012 | seven networks")
    assert all("](https://" in row for row in rows[2:])


def test_own_list_of_assets_is_the_themes_without_what_is_not_used(extension) -> None:
    """book/_templates overrides a list that the theme generates: a new theme may change it."""
    import pydata_sphinx_theme
    from alexnet_book import styles

    name = "static/webpack-macros.html"
    theme = Path(pydata_sphinx_theme.__file__).parent / "theme" / "pydata_sphinx_theme"
    ours, theirs = (
        set(re.findall(r"_static/([\w./-]+)", (folder / name).read_text(encoding="utf-8")))
        for folder in (ROOT / "book" / "_templates", theme)
    )
    # Its first sheet is one line, which imports basic.css.
    sheets = {f"styles/{Path(sheet).name}".replace("basic", "theme") for sheet in styles.FIRST}
    assert ours | sheets == theirs - {"scripts/fontawesome.js", "scripts/bootstrap.js"}


@pytest.fixture
def extension():
    """Return the book's extension, as a package to import from."""
    import alexnet_book

    return alexnet_book


def test_words_of_the_glossary_are_found_whole_once_and_in_the_plural(extension) -> None:
    from alexnet_book import glossary

    words = {"feature map": ("m", "maps"), "map": ("p", "plan"), "kernel": ("k", "window")}
    known = {word: glossary.Entry(*about) for word, about in words.items()}
    finder = glossary.pattern(list(known))
    linker = glossary.Linker(known, {}, linked := set(), "glossary.html")
    pieces = list(linker.pieces("Kernels make feature maps; a kernel, a mapmaker.", finder))
    links = [piece for piece in pieces if piece.__class__.__name__ == "reference"]
    assert [link.astext() for link in links] == ["Kernels", "feature maps"]
    assert [link["refuri"] for link in links] == ["glossary.html#k", "glossary.html#m"]
    assert "".join(piece.astext() for piece in pieces).startswith("Kernels make feature maps; a k")
    assert {entry.text for entry, _ in linked} == {"window", "maps"}


def test_a_word_that_names_a_part_is_linked_once_a_section(extension) -> None:
    from alexnet_book import glossary
    from docutils import nodes

    entry = glossary.Entry("s", 'a "step" < 2', ("pooling [data-trait=s]", "walk .x"))
    assert entry.parts_in('<div data-widget=\\"pooling\\">') == ("pooling [data-trait=s]",)
    assert entry.parts_in("no explorer") == ()
    linked: set = set()
    found = []
    for section in (nodes.section(), nodes.section()):
        linker = glossary.Linker(
            {"stride": entry}, {entry: entry.parts[:1]}, linked, "g.html", section
        )
        found.append(list(linker.pieces("A stride, strides.", glossary.pattern(["stride"]))))
    first, second = ([p for p in part if isinstance(p, nodes.raw)] for part in found)
    assert len(first) == len(second) == 1
    assert first[0].astext() == (
        '<a class="reference internal al-word" href="g.html#s" title="a &quot;step&quot; &lt; 2"'
        ' data-parts="pooling [data-trait=s]">stride</a>'
    )


def test_an_excerpt_must_stand_in_the_file_exactly_once(extension) -> None:
    from alexnet_book import three_ways

    text = "a = 1\n    b = 2\n    c = 3\nb = 2\n"
    assert three_ways.excerpt(text, "c =", 2) == three_ways.Excerpt(3, "    c = 3\nb = 2")
    assert three_ways.excerpt(text, "a = 1", 1).first == 1
    for missing, count in (("b = 2", 2), ("d", 0)):
        with pytest.raises(ValueError, match=f"{count} times"):
            three_ways.excerpt(text, missing, 1)
    assert three_ways.anchor("35-63") == "#L35-L63"
    assert three_ways.anchor("152,192-195") == "#L152"


def test_styles_lose_only_what_matches_nothing(extension) -> None:
    from alexnet_book import styles

    names = styles.names_of(
        ['<p class="lead al-x" id="top">.no-class</p>'], ['box.classList.add("open")']
    )
    assert {"lead", "al-x", "top", "open"} <= names
    assert "no-class" not in names
    sheet = """/* a comment */
    @charset "UTF-8";
    :root { --a: 1px }
    p, .gone, .lead > .gone { color: red }
    .lead.open:not(.gone) ~ a[href*=".gone"]::before { content: ".gone" }
    #top, #bottom { margin: 0 }
    :is(.gone, p):hover { top: 0 }
    ul:nth-child(2n of .gone) { top: 1px }
    @media print { .gone { top: 2px } .al-x { top: 3px } }
    @media screen { .gone { top: 4px } }
    @supports not (a: b) { .open { background: url("x.svg") } }
    @font-face { font-family: "Font Awesome 6 Free"; src: url(fa.woff2) }
    @keyframes spin { from { top: 0 } 50% { top: 1px } }
    """
    assert styles.prune(sheet, names).split("\n") == [
        ":root{--a: 1px}",
        "p{color: red}",
        '.lead.open:not(.gone) ~ a[href*=".gone"]::before{content: ".gone"}',
        "#top{margin: 0}",
        ":is(.gone, p):hover{top: 0}",
        "@media print{.al-x{top: 3px}}",
        '@supports not (a: b){.open{background: url("x.svg")}}',
        "@keyframes spin{from { top: 0 } 50% { top: 1px }}",
    ]
    moved = 'a { b: url(../i/x.png), url("data:,"), url(#y) }'
    assert styles._moved(moved, "styles/z.css") == 'a { b: url("i/x.png"), url("data:,"), url(#y) }'


@pytest.mark.parametrize(
    ("says", "size"),
    [
        ('width="3in" height="72pt"', (288, 96)),
        ('width="40" height="30.4px"', (40, 30)),
        ('viewBox="0 0 4 3"', None),
        ('width="100%" height="3em"', None),
    ],
)
def test_drawings_say_their_size(extension, tmp_path, says, size) -> None:
    from alexnet_book.images import drawn_size

    drawing = tmp_path / "drawing.svg"
    drawing.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" {says}/>')
    assert drawn_size(drawing) == size


def test_pictures_become_webp_without_visible_loss(extension) -> None:
    import numpy as np
    from alexnet_book.images import to_webp
    from PIL import Image

    def again(image: Image.Image) -> tuple[Image.Image, int]:
        content = to_webp(image)
        return Image.open(io.BytesIO(content)), len(content)

    drawing = Image.new("RGB", (300, 200), "white")
    drawing.paste((31, 90, 140), (40, 50, 200, 60))
    opened, _ = again(drawing)
    assert (opened.format, opened.size) == ("WEBP", (300, 200))
    assert np.array_equal(np.asarray(opened.convert("RGB")), np.asarray(drawing))
    # Transparency stays where there is some, and goes where there is none.
    assert again(drawing.convert("RGBA"))[0].mode == "RGB"
    glass = drawing.convert("RGBA")
    glass.putalpha(128)
    assert again(glass)[0].getpixel((100, 55)) == (31, 90, 140, 128)

    import alexnet_lab as al

    photograph = Image.fromarray(al.photograph("cat").pixels).resize((320, 240))
    opened, size = again(photograph)
    gap = np.asarray(opened.convert("RGB")).astype(float) - np.asarray(photograph)
    assert 10 * np.log10(255**2 / (gap**2).mean()) > 36  # dB
    exact = io.BytesIO()
    photograph.save(exact, "WEBP", lossless=True)
    assert size < exact.tell() / 2


def test_a_widgets_still_and_state_leave_the_page(tmp_path: Path) -> None:
    import json

    picture = PLOT["data"]["image/png"]
    state = json.dumps({"state": {"values": list(range(999))}, "address": [], "styled": False})

    def widget(text: str) -> nbformat.NotebookNode:
        html = (
            '<div class="al-widget" data-widget="sample"><img alt="One pixel" width="1" height="1" '
            f'style="max-width:100%;height:auto" src="data:image/png;base64,{picture}">'
            f'<p><small>A still.</small></p><script type="application/json">{text}</script></div>'
        )
        return _code("w", nbformat.v4.new_output("display_data", {"text/html": html}))

    page, warnings = _build(tmp_path, HEAD, widget(state), widget('{"state":{}}'), widget(state))
    assert warnings == ""
    boxes = page.select(".al-widget")
    assert [box.img.get("loading") for box in boxes] == [None, "lazy", "lazy"]
    stills = {box.img["src"] for box in boxes}
    assert len(stills) == 1
    assert (tmp_path / "out" / stills.pop()).read_bytes()[8:12] == b"WEBP"
    assert [(box.img["alt"], box.img["width"]) for box in boxes] == [("One pixel", "1")] * 3
    files = [box.get("data-state-file") for box in boxes]
    assert files[0] == files[2]
    assert files[1] is None
    assert (tmp_path / "out" / files[0]).read_text(encoding="utf-8") == state
    assert [box.script and box.script.string for box in boxes] == [None, '{"state":{}}', None]


def test_a_page_gets_the_policy_that_it_needs(extension) -> None:
    from alexnet_book import policy

    head = '<head>\n<meta charset="utf-8" />\n<title>t</title>'
    page, forbidden = policy.with_policy(f"{head}<script src='a.js'></script>")
    assert forbidden == []
    given = BeautifulSoup(page, "html.parser").find("meta", attrs={"http-equiv": True})
    assert given.find_previous_sibling() == BeautifulSoup(head, "html.parser").meta
    assert given["content"].startswith("default-src 'self'; frame-src 'none'; media-src 'none'; ")
    assert "; script-src 'self'; style-src 'self'; " in given["content"]
    assert "unsafe" not in given["content"]
    assert policy.with_policy(page)[0] == page  # a second build changes nothing

    # A style attribute by its hash: printf 'width: 33%' | openssl sha256 -binary | base64
    styled, _ = policy.policy(f'{head}<p style="width: 33%"></p>')
    hashed = "'sha256-KfvHpfbuLSDAJmmIJPM9K5tVD6Ms91WwXcTWjjh63a8='"
    assert f"style-src 'self' 'unsafe-hashes' {hashed};" in styled
    # WebAssembly where a widget's module leads to the network, and nowhere else.
    for name, runs in (("activations", True), ("response-norm", False)):
        text, _ = policy.policy(f'{head}<div class="al-widget" data-widget="{name}"></div>')
        assert ("'wasm-unsafe-eval'" in text) == runs
    for bad in (
        "<script>x()</script>",
        "<style>p {}</style>",
        "<p onclick='x()'>",
        "<a href=' JavaScript:x()'>",
    ):
        assert len(policy.policy(head + bad)[1]) == 1
    assert policy.policy(head + '<script type="application/json">{}</script>')[1] == []


def test_the_address_of_the_site_follows_from_the_repository(extension) -> None:
    from alexnet_book.pages import address_of

    assert (
        address_of("https://github.com/Ada-L/alexnet-lab") == "https://ada-l.github.io/alexnet-lab/"
    )
    assert address_of("https://github.com/ada/Nets.git") == "https://ada.github.io/Nets/"
    assert address_of("https://github.com/ada/ada.github.io/") == "https://ada.github.io/"
    assert address_of("https://gitlab.com/ada/nets") == ""
