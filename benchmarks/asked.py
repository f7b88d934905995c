"""The running app asked in a browser, as a student asks, about images with known answers: a table and screenshots.

    make run &
    python benchmarks/asked.py --data LIST.json ... --each 5 --out DIR [--address http://127.0.0.1:7860]

Of each list the first ``--each`` images of patients that nothing is trained on, different findings first; each image is
uploaded on Ask, one of its findings typed, and the answer's boxes compared with the marked ones (matched IoU over the
larger number of boxes). Needs Playwright and a Chromium.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))

from ssg.boxes import as_boxes
from training.lists import read_rows
from training.metrics import matched_iou
from training.rows import Row, part_of

HEARD = """() => {
  const shown = window.ssgAsk.shown;
  window.ssgAsk.shown = (result, image) => {
    window.told = result ? JSON.parse(result) : {};
    return shown(result, image);
  };
}"""


def main() -> None:
    """Ask, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="annotation lists")
    parser.add_argument("--part", choices=("all", "training", "held-out"), default="held-out", help="which patients")
    parser.add_argument("--each", type=int, default=5, help="images of each list")
    parser.add_argument("--out", type=Path, required=True, help="folder for the screenshots")
    parser.add_argument("--address", default="http://127.0.0.1:7860", help="where the app runs")
    parser.add_argument("--chromium", default=shutil.which("chromium"), help="path of the browser")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    chosen = [one for path in arguments.data for one in different(path, arguments.part, arguments.each)]
    from playwright.sync_api import sync_playwright

    print("| image | asked | marked | answered | IoU | seconds |\n| --- | --- | --- | --- | --- | --- |", flush=True)
    overlaps = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=arguments.chromium, args=["--no-sandbox", "--disable-gpu"])
        for number, (row, finding) in enumerate(chosen, 1):
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            told, seconds = asked(page, arguments.address, row, finding)
            page.screenshot(path=str(arguments.out / f"{number:02d}-{finding.replace(' ', '-')}.png"))
            page.close()
            marked = row.boxes_by_name()[finding]
            boxes = as_boxes([region["box"] for region in told["scene"]["regions"]])
            overlaps.append(matched_iou(boxes, marked))
            cells = [row.path.name, finding, str(len(marked)), str(len(boxes)), f"{overlaps[-1]:.2f}", f"{seconds:.1f}"]
            print(f"| {' | '.join(cells)} |", flush=True)
        browser.close()
    print(f"\nMean IoU {sum(overlaps) / len(overlaps):.3f} of {len(overlaps)}; screenshots: {arguments.out}")


def different(path: Path, part: str, count: int) -> list[tuple[Row, str]]:
    """``count`` images of a list, each with a finding that is marked on it and was asked about least so far."""
    rows = [row for row in part_of(read_rows(path), part) if row.present]
    seen: Counter[str] = Counter()
    chosen: list[tuple[Row, str]] = []
    while rows and len(chosen) < count:
        row = min(rows, key=lambda one: min(seen[name] for name, _ in one.present))
        finding = min((name for name, _ in row.present), key=lambda name: seen[name])
        seen[finding] += 1
        rows.remove(row)
        chosen.append((row, finding))
    return chosen


def asked(page: Any, address: str, row: Row, finding: str) -> tuple[dict[str, Any], float]:
    """What the app told about an image, and the seconds from the click to the answer."""
    page.goto(address)
    page.wait_for_selector("#ask-viewer .ssg-viewer[data-state=ready]", state="attached")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "image.png"
        with Image.open(row.path) as picture:
            picture.convert("L").save(file)
        page.locator("#ask-upload input[type=file]").set_input_files(str(file))
        page.wait_for_function("() => document.querySelector('#ask-viewer canvas').ariaLabel === 'Image'")
    page.wait_for_selector("#ask-viewer .ssg-viewer[data-state=ready]", state="attached")
    page.evaluate(HEARD)
    page.locator("#ask-text :is(textarea, input)").first.fill(f"Where is the {finding}?")
    begin = time.perf_counter()
    page.locator("#ask-button").click()
    page.wait_for_function("() => window.told", timeout=120_000)
    seconds = time.perf_counter() - begin
    page.wait_for_timeout(800)  # until it is painted
    told = page.evaluate("() => window.told")
    if "scene" not in told:
        raise SystemExit(f"{row.path.name}: the app did not answer: {json.dumps(told)[:300]}")
    return dict(told), seconds


if __name__ == "__main__":
    main()
