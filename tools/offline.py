"""Write the copy of the book that opens from disk: `_build/alexnet-lab-book.zip`.

    python tools/offline.py

A browser imports no module and fetches no file from ``file://``. So in the copy each explorer is a
plain script, linked from the same sources as in a notebook; the search is one anyway. The network
itself would need both for 20 MB; it stays out, and the page says so. Nothing here is a source: the
copy is made from the built book.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import zipfile
from pathlib import Path

from alexnet_lab.widgets._runtime.link import link

ROOT = Path(__file__).resolve().parent.parent
NAME = "alexnet-lab-book"
# What no page loads, or what cannot be loaded from disk.
LEFT_OUT = (
    "*.zip",
    "*.pdf",
    "*.epub",
    "locales",
    "network",
    "objects.inv",
)
LOAD = """\
function load(address) {
  const name = address.split("/").at(-2);
  return new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => done(globalThis.alexnetLab[name]);
    script.onerror = () => failed(new Error(`${name}/view.js is not there`));
    document.head.append(script);
  });
}
"""


def main(arguments: list[str] | None = None) -> int:
    """Write the folder and its zip."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--book", type=Path, default=ROOT / "_build" / "html")
    parser.add_argument("--out", type=Path, default=ROOT / "_build" / f"{NAME}.zip")
    args = parser.parse_args(arguments)
    if not (args.book / "index.html").is_file():
        print(f"no built book at {args.book}: make book", file=sys.stderr)
        return 2
    folder = args.out.with_suffix("") / NAME
    shutil.rmtree(folder.parent, ignore_errors=True)
    write_copy(args.book, folder)
    pack(folder, args.out)
    shutil.rmtree(folder.parent)
    print(f"wrote {args.out}: {args.out.stat().st_size / 1e6:.1f} MB")
    return 0


def write_copy(book: Path, folder: Path) -> None:
    """Copy the built book, and change what does not work from disk."""
    shutil.copytree(book, folder, ignore=shutil.ignore_patterns(*LEFT_OUT))
    plain_scripts(folder / "_static" / "widgets")
    plain_paper(folder / "_static" / "quiz.js")
    for page in folder.rglob("*.html"):
        text = with_states(page.read_text(encoding="utf-8"), page.parent)
        page.write_text(for_disk(text), encoding="utf-8")
    shutil.rmtree(folder / "_static" / "states", ignore_errors=True)


def with_states(page: str, folder: Path) -> str:
    """Put the states of a page's widgets back into it: no script may fetch them from disk."""

    def inside(match: re.Match[str]) -> str:
        box, file, content = match.groups()
        state = (folder / file).read_text(encoding="utf-8")
        return f'{box}>{content}<script type="application/json">{state}</script></div>'

    apart = r'(<div class="al-widget"[^>]*?) data-state-file="([^"]+)">(.*?)</div>'
    return re.sub(apart, inside, page, flags=re.S)


def for_disk(page: str) -> str:
    """Return a page's text without what a page from disk may not have."""
    page = re.sub(r'<script type="module" (src="[^"]*_runtime/host\.js)', r"<script defer \1", page)
    # Its 'self' is nobody where an address has no host; the copy asks no host anyway.
    page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>\n?', "", page, flags=re.I)
    # To fetch something early is to fetch it as from another host.
    page = re.sub(r'<link [^>]*rel="(?:module)?preload"[^>]*>\n?', "", page)
    # Beside the published pages, not inside the copy.
    return re.sub(rf'<a [^>]*href="(?:\.\./)*{NAME}\.(?:zip|pdf|epub)"[^>]*>(.*?)</a>', r"\1", page)


def plain_scripts(widgets: Path) -> None:
    """Turn the modules in a folder into scripts: the host, and one a widget with all it imports."""
    texts = {}
    for path in sorted(widgets.rglob("*.js")):
        text = path.read_text(encoding="utf-8")
        if path.name == "host.js":
            body = LOAD + re.sub(r"^export ", "", link(path), flags=re.M)
            texts[path] = script(changed(body, "import(new URL", "load(new URL"))
        elif found := re.search(r"^export default (\{.*\});$", text, re.M):
            body = re.sub(r"^export (?!default )", "", link(path), flags=re.M)
            body = changed(body, found[0], f"return {{ default: {found[1]} }};")
            texts[path] = script(body, path.parent.name)
    for path in widgets.rglob("*.js"):
        path.unlink()
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")


def plain_paper(quiz: Path) -> None:
    """Let questions load the paper that answers are drawn on as a script."""
    text = changed(quiz.read_text(encoding="utf-8"), "import(CURVES)", "load(CURVES)")
    quiz.write_text(f"(() => {{\n{LOAD}{text}}})();\n", encoding="utf-8")


def script(body: str, name: str = "host") -> str:
    """Wrap a module's text as a script of its own scope."""
    body = body.replace("import.meta.url", "$here").rstrip()
    return (
        f'(globalThis.alexnetLab ??= {{}})["{name}"] = (() => {{\n"use strict";\n'
        f"const $here = document.currentScript.src;\n{body}\n}})();\n"
    )


def changed(text: str, old: str, new: str) -> str:
    """Replace the one place of a text; anything else means that the book has changed."""
    if text.count(old) != 1:
        raise ValueError(f"{old!r} stands {text.count(old)} times where the copy expects it once")
    return text.replace(old, new)


def pack(folder: Path, out: Path) -> None:
    """Zip a folder; the same files give the same bytes."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            info = zipfile.ZipInfo(
                path.relative_to(folder.parent).as_posix(), (1980, 1, 1, 0, 0, 0)
            )
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, path.read_bytes())


if __name__ == "__main__":
    raise SystemExit(main())
