"""Fixtures: widgets on a served page. Test files here share helpers that lie beside them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from examples import EXAMPLES
from pages import Shown, write_page
from served import serve


@pytest.fixture(scope="session")
def widget_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that is served."""
    return tmp_path_factory.mktemp("widgets")


@pytest.fixture(scope="session")
def widget_address(widget_folder: Path) -> Iterator[str]:
    """Serve the folder under a sub-path; return its address."""
    with serve(widget_folder) as root:
        yield root


@contextmanager
def showing(browser: Any, folder: Path, address: str) -> Iterator[Any]:
    """Yield what opens pages with widgets; in the end, no error may have been heard of any."""
    opened: list[Shown] = []

    def open_page(*widgets: Any, at: str = "", mark: str = "", **options: Any) -> Shown:
        page = write_page(folder, *widgets, mark=mark)
        seen = Shown(browser, address, **options)
        opened.append(seen)
        seen.open(page.name + at, until="load")
        for number in range(len(widgets)):
            seen.number(number).scroll_into_view_if_needed()
            seen.page.wait_for_function(
                "n => document.querySelectorAll('.al-widget')[n].dataset.state", arg=number
            )
            state = seen.number(number).get_attribute("data-state")
            assert state == "live", seen.number(number).inner_text()
        return seen

    yield open_page
    for seen in opened:
        assert (seen.noise, seen.failures, seen.strangers) == ([], [], [])
        seen.context.close()


@pytest.fixture
def show(browser: Any, widget_folder: Path, widget_address: str) -> Iterator[Any]:
    """Return a function that opens a page with widgets: `show(widget, theme="dark", width=360)`."""
    with showing(browser, widget_folder, widget_address) as open_page:
        yield open_page


@pytest.fixture(scope="module", params=sorted(EXAMPLES))
def example(
    request: pytest.FixtureRequest, browser: Any, widget_folder: Path, widget_address: str
) -> Iterator[Any]:
    """Return each example in turn, and its page: tests that leave both as they were share them."""
    made = EXAMPLES[request.param]()
    with showing(browser, widget_folder, widget_address) as open_page:
        yield made, open_page(made)


@pytest.fixture(scope="session")
def page_network(widget_folder: Path, missing: Any) -> Path:
    """Write the lab network beside the served widgets, as the book does; return its folder."""
    from alexnet_book.network import write_network

    from alexnet_lab.data.cache import cache_folder

    folder = widget_folder / "_static" / "network"
    if write_network(folder, cache_folder())["runtime"] is None:
        missing("ONNX Runtime Web could not be fetched (npm, or a connection)")
    return folder


@pytest.fixture(scope="session")
def bench_files(page_network: Path) -> Path:
    """Write the bench's files beside the served widgets, as the book does."""
    from alexnet_book.training import write_bench

    folder = page_network.parent / "training"
    manifest = json.loads((page_network / "lab.json").read_text(encoding="utf-8"))
    write_bench(folder, manifest["runtime"])
    return folder
