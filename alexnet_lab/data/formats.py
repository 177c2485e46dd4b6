"""Which files are pictures that can be read, and what the others are.

There is one list, and it is Pillow's: the formats below, as far as this Pillow has a reader for
them, with the suffixes that it registers for each. Folders, single files and error messages go by
it.
"""

from __future__ import annotations

import functools
import importlib
import os
from collections import Counter
from collections.abc import Iterable

#: What is opened, with the modules that register what Pillow does not load by itself. Pillow knows
#: more formats: one, EPS, is a program, which it gives to Ghostscript to run; some are no pictures
#: but films, weather fields or tables; and readers of what nobody has are a risk without a use.
#: HEIC is read where the package pillow-heif is installed.
FORMATS = {
    "JPEG": ("PIL.MpoImagePlugin",),
    "PNG": (),
    "GIF": (),
    "BMP": (),
    "PPM": (),
    "TIFF": ("PIL.TiffImagePlugin",),
    "WEBP": ("PIL.WebPImagePlugin",),
    "AVIF": ("PIL.AvifImagePlugin",),
    "HEIF": ("pillow_heif.HeifImagePlugin",),
    "JPEG2000": ("PIL.Jpeg2KImagePlugin",),
    "ICO": ("PIL.IcoImagePlugin",),
    "TGA": ("PIL.TgaImagePlugin",),
    "DIB": (),
    "PCX": ("PIL.PcxImagePlugin",),
    "SGI": ("PIL.SgiImagePlugin",),
    "QOI": ("PIL.QoiImagePlugin",),
    "PSD": ("PIL.PsdImagePlugin",),
}
_SPELLINGS = {"MPO": "JPEG"}  # formats that another one's reader reads

# What people have in folders of pictures and Pillow does not read: suffixes, and the way out.
_HEIC = "HEIC: save as JPEG (an iPhone's camera does, set to Most Compatible), or pip install"
_WAYS = {
    ".heic .heif .hif": f"{_HEIC} pillow-heif",
    ".cr2 .cr3 .nef .arw .dng .orf .rw2 .raf .pef .srw .raw": "a camera's raw data: export as JPEG",
    ".jxl": "JPEG XL: save as PNG",
    ".exr .hdr": "high dynamic range: save as PNG",
    ".svg .svgz .eps .ps .ai .wmf .emf": "a drawing: save as PNG",
    ".pdf": "a document: save its pictures as PNG",
    ".mp4 .mov .avi .mkv .webm .m4v .mpg .mpeg .wmv": "a film: take pictures out of it",
    ".dcm .nii .mha .nrrd": "a medical volume: save slices as PNG",
    ".npy .npz .mat .h5 .hdf5 .pkl .pt .tfrecord .parquet": "arrays: save each picture as PNG",
    ".zip .tar .gz .tgz .bz2 .xz .7z .rar": "an archive: unpack it",
    ".xcf .kra .psb .sketch": "a drawing program's own file: export as PNG",
}
_WAY_OF = {suffix: way for suffixes, way in _WAYS.items() for suffix in suffixes.split()}

# What lies beside pictures and is not meant as one.
_COMPANION_SUFFIXES = ".txt .md .rst .csv .tsv .json .jsonl .xml .yaml .yml .ini .log .py .ipynb"
_COMPANIONS = frozenset(_COMPANION_SUFFIXES.split())

# How files begin that are no picture, whatever they are called.
_STARTS = {
    b"version https://git-lfs": "a pointer of Git LFS: git lfs pull fetches the picture",
    b"%PDF": "a PDF: save its pictures as PNG",
    b"%!PS": "PostScript: save it as PNG",
    b"PK\x03\x04": "a ZIP archive: unpack it",
    b"\x1f\x8b": "a gzip archive: unpack it",
    b"<!DOCTYPE HTML": "a web page, not the picture that its address promised",
    b"<HTML": "a web page, not the picture that its address promised",
    b"<SVG": "SVG, a drawing: save it as PNG",
    b"<?XML": "XML, no picture",
    b"{": "JSON or text, no picture",
    b"\xff\x0a": "JPEG XL: save it as PNG",
}
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")

# Left by systems and programs beside people's files; compared without case.
_SYSTEM_NAMES = (
    "__macosx|@eadir|#recycle|@recycle|#snapshot|$recycle.bin|recycler|lost+found|"
    "system volume information|network trash folder|temporary items|__pycache__|_gsdata_|"
    "thumbs.db|thumbs.db:encryptable|ehthumbs.db|desktop.ini|icon\r|picasa.ini"
)
_SYSTEM = frozenset(_SYSTEM_NAMES.split("|"))


@functools.cache
def formats() -> list[str]:
    """Return Pillow's names of the formats that can be read here."""
    from PIL import Image

    Image.preinit()
    for modules in FORMATS.values():
        for module in modules:
            try:
                importlib.import_module(module)
            except Exception:  # an older Pillow, a package that is not there or does not fit
                continue
    return [name for name in FORMATS if name in Image.OPEN]


@functools.cache
def suffixes() -> frozenset[str]:
    """Return the suffixes of pictures that can be read here, in small letters, with the dot."""
    from PIL import Image

    known = set(formats())
    return frozenset(
        suffix for suffix, name in Image.EXTENSION.items() if _SPELLINGS.get(name, name) in known
    )


def is_picture(name: str) -> bool:
    """Tell whether a file's name is that of a picture that can be read."""
    return os.path.splitext(name)[1].lower() in suffixes()


def is_companion(name: str) -> bool:
    """Tell whether a file is a text or a table beside pictures: nobody misses it among them."""
    return os.path.splitext(name)[1].lower() in _COMPANIONS


def is_system(name: str) -> bool:
    """Tell whether a file or folder is hidden, or a system's or a program's own."""
    return name.startswith((".", "~$")) or name.casefold() in _SYSTEM


def looks_like(start: bytes) -> str | None:
    """Say what a file is that is no readable picture, by its first bytes; None: no idea."""
    if start[4:8] == b"ftyp" and start[8:12] in _HEIC_BRANDS:
        return f"{_HEIC} pillow-heif"
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip().upper()
    found = (
        what for sign, what in _STARTS.items() if start.startswith(sign) or text.startswith(sign)
    )
    return next(found, None)


def described(paths: Iterable[str]) -> str:
    """Count files that are not read by their suffix: "2 .heic ('ant/1.HEIC', …; way out), 1 .txt".

    Those that hold pictures which could be read in another form are named.
    """
    paths = sorted(paths)
    kinds = {path: os.path.splitext(path)[1].lower() or "without a suffix" for path in paths}
    parts = []
    for kind, count in Counter(kinds.values()).most_common():
        part = f"{count:,} {kind}"
        if kind in _WAY_OF:
            mine = [path for path in paths if kinds[path] == kind]
            part += f" ({listed(mine, 200)}; {_WAY_OF[kind]})"
        parts.append(part)
    return ", ".join(parts[:8]) + (f" and {len(parts) - 8} kinds more" if len(parts) > 8 else "")


def listed(names: list[str], room: int = 500) -> str:
    """Name as many as fit into so many characters, and count the rest."""
    shown: list[str] = []
    for name in names:
        if shown and sum(map(len, shown)) + len(name) > room:
            return f"{', '.join(shown)} and {len(names) - len(shown):,} more"
        shown.append(name if len(name) <= 200 else f"{name[:197]}…")
    return ", ".join(shown)
