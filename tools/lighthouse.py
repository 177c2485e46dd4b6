"""Lighthouse over pages of the built book, on its mobile setting; prints medians of several runs.

    python tools/lighthouse.py [--runs 3] [PAGE …]

Needs the built book, a Chromium, and npm, which fetches one pinned version of Lighthouse into
`.make/lighthouse`. The book is served as GitHub Pages does: below the project's name, text as gzip,
cached for ten minutes. Lighthouse loads a page here and computes what a phone on a slow line would
have seen ("simulated throttling"), so that a busy machine disturbs little.
"""

from __future__ import annotations

import argparse
import functools
import gzip
import json
import os
import statistics
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "book"))

import served  # noqa: E402
from weight import TEXT  # noqa: E402

VERSION = "12.8.2"  # the last for Node.js 20
FOLDER = ROOT / ".make" / "lighthouse"
# The landing page, the heaviest chapter (page_weight.py), the activation explorer's, the longest.
PAGES = ("book/index.html", "notebooks/16_activations.html", "notebooks/15_filters.html")
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
TARGET = 95
TIMES = {
    "first-contentful-paint": "first paint",
    "largest-contentful-paint": "largest",
    "total-blocking-time": "blocked",
}


class _Handler(served.Handler):
    """The tests' file server, with text compressed."""

    def send_head(self) -> Any:
        """Answer with gzip where a static host would."""
        file = Path(self.translate_path(self.path.split("?")[0]))
        if file.suffix not in TEXT or not file.is_file():
            return super().send_head()
        content = _packed(file)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(file)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        return None

    def end_headers(self) -> None:
        """Let browsers keep what they have, as GitHub Pages does."""
        self.send_header("Cache-Control", "max-age=600")
        super().end_headers()


@functools.cache
def _packed(file: Path) -> bytes:
    return gzip.compress(file.read_bytes(), 6)


def install() -> Path:
    """Return the program, fetched by npm if it is not there."""
    program = FOLDER / "node_modules" / "lighthouse" / "cli" / "index.js"
    about = FOLDER / "node_modules" / "lighthouse" / "package.json"
    if not program.is_file() or json.loads(about.read_text())["version"] != VERSION:
        FOLDER.mkdir(parents=True, exist_ok=True)
        options = ["--prefix", str(FOLDER), "--no-fund", "--no-audit", "--silent"]
        subprocess.run(["npm", "install", *options, f"lighthouse@{VERSION}"], check=True)
    return program


def audit(program: Path, url: str, browser: str, report: Path) -> dict[str, Any]:
    """Return Lighthouse's result for a page; the report is kept as JSON."""
    command = [
        *("node", str(program), url, "--quiet", "--output=json", f"--output-path={report}"),
        f"--only-categories={','.join(CATEGORIES)}",
        "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
    ]
    subprocess.run(command, check=True, env={**os.environ, "CHROME_PATH": browser})
    return json.loads(report.read_text(encoding="utf-8"))


def shortcomings(result: dict[str, Any]) -> list[str]:
    """Return the audits that cost points, with what they cost."""
    found = []
    for category in result["categories"].values():
        for reference in category["auditRefs"]:
            one = result["audits"][reference["id"]]
            if reference["weight"] and one["score"] is not None and one["score"] < 0.9:
                value = one.get("displayValue", "")
                found.append(f"{category['title']}: {one['title']} {value}".strip())
    return found


def main() -> None:
    """Print the table; exit with 1 if a median misses the target."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("pages", nargs="*", metavar="PAGE", default=list(PAGES))
    options = parser.parse_args()
    browser, book = served.find_browser(), served.book_folder()
    if browser is None or not (book / "index.html").is_file():
        sys.exit("needs the built book (make book) and a Chromium")
    program = install()
    print(f"Lighthouse {VERSION}, mobile, medians of {options.runs} runs, {date.today()}")
    print(
        f"{'page':36}"
        + "".join(f"{c:>16}" for c in CATEGORIES)
        + "".join(f"{name:>13}" for name in TIMES.values())
        + f"{'shift':>8}{'machine':>9}"
    )
    missed = False
    with served.serve(book, _Handler) as root:
        for page in options.pages:
            results = [
                audit(program, root + page, browser, FOLDER / f"{Path(page).stem}-{run}.json")
                for run in range(options.runs)
            ]
            scores = [
                statistics.median(100 * r["categories"][c]["score"] for r in results)
                for c in CATEGORIES
            ]
            times = [
                statistics.median(r["audits"][name]["numericValue"] for r in results)
                for name in (*TIMES, "cumulative-layout-shift")
            ]
            # Lighthouse's own measure of the machine meanwhile; below 1,000 it is a slow one.
            index = statistics.median(r["environment"]["benchmarkIndex"] for r in results)
            print(
                f"{page:36}"
                + "".join(f"{score:16.0f}" for score in scores)
                + "".join(f"{time:10.0f} ms" for time in times[:-1])
                + f"{times[-1]:8.3f}{index:9.0f}",
                flush=True,
            )
            for line in sorted(set(shortcomings(results[-1]))):
                print(f"    {line}")
            missed |= min(scores) < TARGET
    print(f"target: every median ≥ {TARGET}: {'FAIL' if missed else 'PASS'}")
    sys.exit(missed)


if __name__ == "__main__":
    main()
