"""Make the book's text fonts: fetch them by npm, keep what the pages use, and name them anew.

    python tools/book_fonts.py

Needs npm and, beside the `dev` extra, `pip install fonttools brotli`. Kept are the weights 400 to
700, the characters of the Latin subset, and the features that the style sheet asks for: two thirds
of the bytes. Their licence (book/_static/fonts/OFL.txt) reserves the name "Source" for the fonts as
Adobe makes them, so these are "Lab Serif" and "Lab Sans".
"""

from __future__ import annotations

import subprocess
import tarfile
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "book" / "_static" / "fonts"
FONTS = {
    "source-serif-4-latin-wght-normal": ("source-serif-4@5.3.1", "Lab Serif"),
    "source-serif-4-latin-wght-italic": ("source-serif-4@5.3.1", "Lab Serif"),
    "source-sans-3-latin-wght-normal": ("source-sans-3@5.3.0", "Lab Sans"),
}
WEIGHTS = (400, 700)
# matplotlib reads TrueType only: the same typeface for the figures of the package.
FIGURES = FOLDER.parents[2] / "alexnet_lab" / "plots" / "fonts"
DRAWN = "source-sans-3-latin-wght-normal"
WEIGHTS_DRAWN = {400: "LabSans-Regular.ttf", 700: "LabSans-Bold.ttf"}
FEATURES = ["kern", "liga", "clig", "calt", "ccmp", "locl", "mark", "mkmk", "tnum", "lnum"]
FAMILY_IDS, OTHER_NAMES = (1, 16), (3, 4, 6, 21, 25)  # of OpenType's name table


def fetch(package: str, name: str, folder: Path) -> Path:
    """Return the file of a font, as its package holds it."""
    command = ["npm", "pack", "--silent", f"@fontsource-variable/{package}"]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    archive = next(folder.glob(f"*{package.replace('@', '-')}.tgz"))
    with tarfile.open(archive) as tar:
        inside = tar.extractfile(f"package/files/{name}.woff2")
        assert inside is not None
        file = folder / f"{name}.woff2"
        file.write_bytes(inside.read())
    return file


def make(source: Path, family: str, target: Path) -> None:
    """Write a font with fewer weights, glyphs and features, under another name."""
    from fontTools import subset
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    reduced = source.with_suffix(".ttf")
    instancer.instantiateVariableFont(TTFont(source), {"wght": WEIGHTS}).save(reduced)
    options = subset.Options(flavor="woff2", hinting=False, layout_features=FEATURES)
    font = subset.load_font(reduced, options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=font.getBestCmap())
    subsetter.subset(font)
    for record in font["name"].names:
        style = " Italic" if "italic" in target.name else ""
        if record.nameID in FAMILY_IDS:
            record.string = family
        elif record.nameID in OTHER_NAMES:
            record.string = (family + style).replace(" ", "-" if record.nameID == 6 else " ")
    subset.save_font(font, target, options)


def make_drawn(source: Path, weight: int, target: Path) -> None:
    """Write one weight of a font as matplotlib reads it: TrueType, and no axis to vary."""
    from fontTools import subset
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    options = subset.Options(hinting=False, layout_features=["kern", "lnum", "tnum"])
    font = instancer.instantiateVariableFont(TTFont(source), {"wght": weight})
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=font.getBestCmap())
    subsetter.subset(font)
    style = {400: "Regular", 700: "Bold"}[weight]
    names = {1: "Lab Sans", 2: style, 3: f"Lab Sans {style}", 4: f"Lab Sans {style}"}
    names |= {6: f"LabSans-{style}", 16: "Lab Sans", 17: style, 21: "Lab Sans", 25: "LabSans"}
    for record in font["name"].names:
        if record.nameID in names:
            record.string = names[record.nameID]
    font["OS/2"].usWeightClass = weight
    font.flavor = None
    target.parent.mkdir(exist_ok=True)
    font.save(target)


def main() -> None:
    """Write all of them."""
    for name, (package, family) in FONTS.items():
        with tempfile.TemporaryDirectory() as scratch:
            target = FOLDER / f"{name}.woff2"
            make(fetch(package, name, Path(scratch)), family, target)
            print(f"{target.name}: {target.stat().st_size} bytes")
    package, _ = FONTS[DRAWN]
    with tempfile.TemporaryDirectory() as scratch:
        source = fetch(package, DRAWN, Path(scratch))
        for weight, name in WEIGHTS_DRAWN.items():
            make_drawn(source, weight, FIGURES / name)
            print(f"{name}: {(FIGURES / name).stat().st_size} bytes")


if __name__ == "__main__":
    main()
