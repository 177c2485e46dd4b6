"""What every widget must keep: three outputs, a small state, and a view that everybody can use."""

from __future__ import annotations

import base64
import json
import re
from io import BytesIO
from pathlib import Path
from typing import Any

import ipywidgets
import nbformat
import pytest
from examples import EXAMPLES
from pages import COUNTING, MOVE_ALL, READ_ALL
from PIL import Image
from served import COLOURS

from alexnet_lab import widgets
from alexnet_lab.widgets._runtime.link import FOLDER

every_widget = pytest.mark.parametrize("name", sorted(EXAMPLES))
LIVE = "application/vnd.jupyter.widget-view+json"


def state_of(html: str) -> dict[str, Any]:
    inside = re.search(r'<script type="application/json">(.*?)</script>', html, re.S)
    return json.loads(inside.group(1))


def test_every_widget_has_an_example() -> None:
    public = {getattr(widgets, n) for n in widgets.__all__} - {widgets.Explorer}
    assert {cls.front for cls in public} == set(EXAMPLES)


def test_every_front_end_belongs_to_a_widget() -> None:
    rooms = {f.parent.name for f in FOLDER.rglob("*") if f.suffix in (".js", ".css")}
    assert rooms - {"_runtime"} == {name.replace("-", "_") for name in EXAMPLES}


@every_widget
def test_three_outputs(name: str) -> None:
    made = EXAMPLES[name]()
    data, about = made._repr_mimebundle_()
    assert set(data) == {"text/plain", LIVE, "text/html", "image/png"}
    assert data[LIVE]["model_id"] == made.model_id
    assert not re.search(r"0x[0-9a-f]{6}|/", data["text/plain"])

    alt = about["image/png"]["alt"]
    assert len(alt) >= 40
    assert not alt.lower().startswith(("figure", "image", "picture of", "a plot of"))
    image = Image.open(BytesIO(base64.b64decode(data["image/png"])))
    assert (image.width, image.height) == (
        about["image/png"]["width"],
        about["image/png"]["height"],
    )
    assert 200 <= max(image.size) <= 900
    assert len(data["image/png"]) <= 150_000

    html = data["text/html"]
    assert html.count("<img ") == 1
    assert 'alt="' in html
    assert data["image/png"] in html
    assert made.model_id not in html


@pytest.mark.browser
def test_plain_html_of_a_notebook_shows_the_stills(
    browser: Any, widget_folder: Path, widget_address: str
) -> None:
    """As nbconvert writes it, with scripts off: the picture with its words, and nothing else."""
    nbconvert = pytest.importorskip("nbconvert")
    cells = []
    for name in sorted(EXAMPLES):
        data, metadata = EXAMPLES[name]()._repr_mimebundle_()
        stored = {kind: value for kind, value in data.items() if kind != LIVE}  # as committed
        output = nbformat.v4.new_output("display_data", stored, metadata=metadata)
        cells.append(nbformat.v4.new_code_cell(name, outputs=[output]))
    notebook = nbformat.v4.new_notebook(cells=cells)
    html, _ = nbconvert.HTMLExporter().from_notebook_node(notebook)
    # What nbconvert's own page would fetch from elsewhere is not part of this.
    html = re.sub(r"<script[^>]* src=[^>]*></script>", "", html)
    (widget_folder / "plain.html").write_text(html, encoding="utf-8")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(widget_address + "plain.html")
    stills = page.locator(".jp-OutputArea-output img")
    assert stills.count() == len(EXAMPLES)
    for still in stills.all():
        assert still.is_visible()
        assert still.bounding_box()["width"] >= 200
        assert len(still.get_attribute("alt")) >= 40
    assert "address" not in page.locator("body").inner_text(), "the state is no text to read"
    context.close()


@every_widget
def test_state_is_small_and_survives_the_page(name: str) -> None:
    made = EXAMPLES[name]()
    html = made._repr_mimebundle_()[0]["text/html"]
    inside = state_of(html)
    assert inside["state"] == json.loads(json.dumps(made.state()))
    assert len(json.dumps(inside["state"])) <= 150_000
    assert set(inside["address"]) <= set(inside["state"])
    assert html == EXAMPLES[name]()._repr_mimebundle_()[0]["text/html"], "the same each time"


@every_widget
def test_bounds_are_enforced(name: str) -> None:
    made = EXAMPLES[name]()
    for trait, ends in made.limits.items():
        beyond = [ends[end] + step for end, step in (("min", -1), ("max", 1)) if end in ends]
        for wrong in beyond or ["no such choice"]:
            before = getattr(made, trait)
            with pytest.raises(Exception, match=r"\S") as said:
                setattr(made, trait, wrong)
            assert "\n" not in str(said.value)
            assert getattr(made, trait) == before


@every_widget
def test_composes_with_jupyters_own(name: str) -> None:
    made = EXAMPLES[name]()
    box = ipywidgets.VBox([made])
    assert box.children == (made,)
    trait = EXAMPLES[name]().address[0]
    heard: list[Any] = []
    made.observe(lambda change: heard.append(change["new"]), trait)
    other = EXAMPLES[name]()
    ipywidgets.link((made, trait), (other, trait))
    assert heard == []


# Sliders whose value does not stand to the right of the track.
BELOW = """all => all.filter(one => {
    const track = one.querySelector("input").getBoundingClientRect();
    const value = one.querySelector(".al-w-value").getBoundingClientRect();
    return value.top >= track.bottom || value.left < track.right;
}).map(one => one.innerText)"""


@every_widget
@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 360])
def test_view_is_accessible_and_fits(name: str, width: int, show: Any) -> None:
    seen = show(EXAMPLES[name](), width=width, mark=' data-theme="light"')
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    assert seen.number().locator(".al-w-slider:visible").evaluate_all(BELOW) == []
    for theme in ("light", "dark"):
        seen.page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        seen.page.emulate_media(color_scheme=theme)
        seen.settle()
        assert seen.axe(rules=COLOURS if theme == "dark" else ()) == []
        ground = seen.number().locator(".al-w").evaluate("e => getComputedStyle(e).backgroundColor")
        light = sum(int(part) for part in re.findall(r"\d+", ground)[:3]) > 3 * 128
        assert light == (theme == "light")


@pytest.mark.browser
def test_jupyterlab_leaves_the_arrow_keys_to_the_controls(example: Any) -> None:
    """JupyterLab looks for this attribute on what has the focus, before it takes a key."""
    _, seen = example
    controls = seen.number().locator("input, select, button, textarea, [tabindex='0']")
    assert controls.count() >= 1
    bare = controls.evaluate_all(
        "all => all.filter(e => !e.hasAttribute('data-lm-suppress-shortcuts'))"
        ".map(e => e.outerHTML.slice(0, 120))"
    )
    assert bare == []


@pytest.mark.browser
def test_nothing_is_left_when_it_goes(example: Any) -> None:
    made, seen = example
    view = f"_static/widgets/{made.front.replace('-', '_')}/view.js"
    given = {"address": view, "name": made.front, "state": made.state()}
    held = seen.page.evaluate(COUNTING, given)
    assert held.pop("drawn") >= 1
    assert held == {"left": 0, "model": 0, "page": 0, "timers": 0, "observers": 0}


@pytest.mark.browser
def test_linked_text_draws_what_the_files_draw(example: Any) -> None:
    """The one text that a notebook gets does what the book's modules do."""
    made, seen = example
    drawn = seen.page.evaluate(
        """async ({ text, state }) => {
          const host = new URL("_static/widgets/_runtime/host.js", document.baseURI);
          const { makeModel } = await import(host);
          const blob = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
          const widget = (await import(blob)).default;
          const box = document.querySelector(".al-widget > div");
          const el = document.createElement("div");
          box.parentElement.append(el);
          const end = await widget.render({ model: makeModel(state), el });
          const bare = (e) => {
            const copy = e.cloneNode(true);
            // What is told to screen readers comes when the reader pauses.
            copy.querySelector('[role="status"]').textContent = "";
            return copy.innerHTML.replace(/al-w-\\d+-[a-z0-9]+/g, "id");
          };
          const shades = (e) => [...e.querySelectorAll("canvas")].map((c) => c.toDataURL());
          // A photograph is drawn when it has been decoded, sooner in one than in the other.
          for (let turn = 0; turn < 50; turn += 1) {
            await new Promise((done) => setTimeout(done, 100));
            if (String(shades(box)) === String(shades(el))) break;
          }
          const both = [bare(box), bare(el), shades(box), shades(el)];
          end();
          el.remove();
          return both;
        }""",
        {"text": str(made._esm), "state": made.state()},
    )
    assert drawn[0] == drawn[1]
    assert drawn[2] == drawn[3]


@pytest.mark.browser
def test_theme_follows_the_page_before_the_system(example: Any) -> None:
    _, seen = example
    frame = seen.number().locator(".al-w")

    def ground(system: str, attribute: str = "", value: str = "") -> str:
        seen.page.emulate_media(color_scheme=system)
        return frame.evaluate(
            """(frame, [name, value]) => {
              const page = document.documentElement;
              for (const old of ["data-theme", "data-jp-theme-light"]) page.removeAttribute(old);
              if (name) page.setAttribute(name, value);
              return getComputedStyle(frame).backgroundColor;
            }""",
            [attribute, value],
        )

    dark = ground("dark")
    assert dark != ground("light")
    assert ground("light", "data-theme", "dark") == dark
    assert ground("light", "data-jp-theme-light", "false") == dark
    ground("light")


@every_widget
@pytest.mark.browser
def test_two_views_and_every_control_by_keyboard(name: str, show: Any) -> None:
    seen = show(EXAMPLES[name](), EXAMPLES[name]())
    page = seen.page
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))
    stops = page.evaluate(
        """[...document.querySelectorAll('.al-widget')].map(box => {
             const all = [...box.querySelectorAll('input, select, button, [tabindex]')]
               .filter(e => !e.disabled && e.tabIndex >= 0 && e.checkVisibility());
             const radios = all.filter(e => e.type === 'radio');
             return all.length - radios.length + new Set(radios.map(e => e.name)).size;
           })"""
    )
    assert stops[0] == stops[1] >= 1
    page.locator("h1").click()
    reached = set()
    for _ in range(sum(stops)):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                """() => { const e = document.activeElement;
                   const outline = getComputedStyle(e.matches('[type=radio]') ? e.nextSibling : e);
                   return [[...document.querySelectorAll('*')].indexOf(e),
                           e.closest('.al-widget') != null, outline.outlineStyle] }"""
            ).__repr__()
        )
    assert len(reached) == sum(stops), "a control is not reached by Tab"
    assert all("True, 'solid'" in each for each in reached), "a focus that is not seen"


@every_widget
@pytest.mark.browser
def test_nonsense_in_the_address_is_passed_over(name: str, show: Any) -> None:
    made = EXAMPLES[name]()
    key = made.address[0]
    seen = show(made, at=f"#{name}.{key}=no-such-value&other=1&{name}.nothing=3")
    assert seen.number().get_attribute("data-state") == "live"


@every_widget
@pytest.mark.browser
def test_the_address_brings_back_what_every_control_says(name: str, show: Any) -> None:
    """Of two views of a kind the second one is moved: the first stays, and nothing is animated."""
    seen = show(EXAMPLES[name](), EXAMPLES[name]())
    before = seen.number().evaluate(READ_ALL)
    seen.number(1).evaluate(MOVE_ALL)
    assert seen.page.evaluate("document.getAnimations().length") == 0, "motion is reduced here"
    seen.settle()
    wanted = seen.number(1).evaluate(READ_ALL)
    assert wanted != before
    assert seen.number().evaluate(READ_ALL) == before
    address = seen.address()
    assert f"#{name}-2." in address
    shared = show(EXAMPLES[name](), EXAMPLES[name](), at=address)
    shared.settle()
    assert shared.number(1).evaluate(READ_ALL) == wanted
    assert shared.number().evaluate(READ_ALL) == before


@pytest.mark.browser
def test_lists_in_the_address_are_read_entry_by_entry(show: Any) -> None:
    at = "#convolution.stride=2,3&convolution.pads=1,0,2,0"
    seen = show(EXAMPLES["convolution"](), at=at)
    assert "output: 7 × 4" in seen.whole()
    for wrong in ("2", "2,2,2", "2,x", "2,33", "2,1.5", "0,1", ","):
        seen = show(EXAMPLES["convolution"](), at=f"#convolution.stride={wrong}")
        assert "output: 10 × 12" in seen.whole(), wrong
