"""How fast the image viewer answers in Chromium: slices a second of a stack, and window and level of a large picture.

    python benchmarks/viewer.py [--slices 300] [--runs 3] [--json]

Pictures of 16 bits with noise are made and served by a page with the viewer; Chromium is driven without a GPU.

- Scrolling: the wheel is turned one slice further in every frame of the browser, from the first slice to the last, once
  with nothing fetched before (cold) and once more backwards (warm). What counts is the time between two slices that are
  painted; a frame on which the next slice has not come yet is a longer one.
- Main thread: the processor's time that the page itself needs for a slice or a change of the window (Chromium's
  "threadTicks"). It hardly depends on what else runs on the machine, which the times above do; the load is printed.
- Window and level: the right button drags over a picture of 2500 × 2048. What counts is the time from the browser's
  event to the end of the task that follows the frame in which the new window is painted.

Needs Playwright and a Chromium.
"""

from __future__ import annotations

import argparse
import io
import itertools
import json
import os
import statistics
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from fastapi import FastAPI
from fastapi.responses import Response
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))

from ssg.web.viewer import Greys, Picture, PictureSeries, Scene, image_viewer, scene
from tests.serving import find_chromium, free_port, served

SIDE = 512
LARGE = (2500, 2048)
"""(width, height) of the radiograph."""
GREYS = Greys((-1024.0, 1.0), (400.0, 40.0), False, "HU")
DRAGS = 60
FLAGS = ["--no-sandbox", "--disable-gpu"]

SCROLL = """([way, slices]) => new Promise((done) => {
  const root = document.querySelector('#viewer .ssg-viewer');
  const stage = root.querySelector('.stage');
  const wanted = way > 0 ? slices - 1 : 0;
  const painted = [];
  let before = root.dataset.seen;
  let idle = 0;
  const frame = (now) => {
    if (root.dataset.seen !== before) {
      before = root.dataset.seen;
      painted.push(now);
      idle = 0;
    } else {
      idle += 1;
    }
    if (Number(before) === wanted || idle > 600) return done(painted);
    const arrived = root.dataset.seen === root.dataset.picture;
    if (arrived) stage.dispatchEvent(new WheelEvent('wheel', {deltaY: 100 * way, bubbles: true, cancelable: true}));
    return requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
})"""

LISTEN = """() => {
  const root = document.querySelector('#viewer .ssg-viewer');
  const shown = root.querySelector('.readout .window');
  window.latencies = [];
  let since = null;
  root.addEventListener('pointermove', (event) => { since ??= event.timeStamp; }, true);
  new MutationObserver(() => {
    if (since === null) return;
    const from = since;
    since = null;
    const channel = new MessageChannel();
    channel.port1.onmessage = () => window.latencies.push(performance.now() - from);
    requestAnimationFrame(() => channel.port2.postMessage(0));
  }).observe(shown, {childList: true, characterData: true, subtree: true});
}"""


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--slices", type=int, default=300, help="slices of the stack")
    parser.add_argument("--runs", type=int, default=3, help="how often each thing is measured; the median run counts")
    parser.add_argument("--chromium", default=find_chromium(), help="path of the browser")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    with opened(arguments.slices, arguments.chromium) as new_page:
        found: dict[str, Any] = {
            "stack": f"{SIDE} x {SIDE} x {arguments.slices}, 16 bits",
            "scroll_cold": middle_run([scrolled(new_page, arguments.slices)["cold"] for _ in range(arguments.runs)]),
            "scroll_warm": middle_run([scrolled(new_page, arguments.slices)["warm"] for _ in range(arguments.runs)]),
            "picture": f"{LARGE[0]} x {LARGE[1]}, 16 bits",
            "window_level": middle_run([windowed(new_page) for _ in range(arguments.runs)]),
            "load_average": [round(one, 1) for one in os.getloadavg()],
            "cores": os.cpu_count(),
        }
    if arguments.json:
        print(json.dumps(found, indent=2))
        return
    print("| what | median ms | p95 ms | main thread ms | frames a second |\n| --- | --- | --- | --- | --- |")
    for name in ("scroll_cold", "scroll_warm", "window_level"):
        row = found[name]
        rate = row.get("frames_per_second", "")
        print(f"| {name} | {row['median_ms']} | {row['p95_ms']} | {row['main_thread_ms']} | {rate} |")
    print(f"\nLoad {found['load_average']} on {found['cores']} cores.")


def middle_run(runs: list[dict[str, float]]) -> dict[str, float]:
    """The run whose median is the median of all."""
    return sorted(runs, key=lambda run: run["median_ms"])[len(runs) // 2]


def scrolled(new_page: Any, slices: int) -> dict[str, dict[str, float]]:
    """Through the stack and back."""
    page = new_page("stack")
    found = {}
    for name, way in (("cold", 1), ("warm", -1)):
        with main_thread(page) as spent:
            times = page.evaluate(SCROLL, [way, slices])
        if len(times) < slices // 2:
            raise SystemExit(f"Only {len(times)} of {slices} slices were painted: scrolling is stuck.")
        gaps = [after - before for before, after in itertools.pairwise(times)]
        rate = len(gaps) / (times[-1] - times[0]) * 1000
        each = round(spent[0] / len(times), 1)
        painted = {"slices_painted": len(times), "frames_per_second": round(rate, 1), "main_thread_ms": each}
        found[name] = {**figures(gaps), **painted}
    page.context.close()
    return found


def windowed(new_page: Any) -> dict[str, float]:
    """Window and level of the large picture, dragged."""
    page = new_page("large")
    page.evaluate(LISTEN)
    frame = page.locator("#viewer .stage").bounding_box()
    x, y = frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down(button="right")
    with main_thread(page) as spent:
        for step in range(1, DRAGS + 1):
            page.mouse.move(x + 3 * step, y + 2 * (step % 20))
            page.wait_for_timeout(30)
    page.mouse.up(button="right")
    latencies = page.evaluate("window.latencies")
    if len(latencies) < DRAGS // 2:
        raise SystemExit(f"Only {len(latencies)} of {DRAGS} moves were answered.")
    page.context.close()
    return {**figures(latencies), "main_thread_ms": round(spent[0] / len(latencies), 1)}


@contextmanager
def main_thread(page: Any) -> Iterator[list[float]]:
    """In its first place the milliseconds of the processor that the page's main thread took in the block."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})

    def taken() -> float:
        rows = devtools.send("Performance.getMetrics")["metrics"]
        return float(next(row["value"] for row in rows if row["name"] == "TaskDuration")) * 1000

    before, spent = taken(), [0.0]
    yield spent
    spent[0] = taken() - before
    devtools.detach()


def figures(values: list[float]) -> dict[str, float]:
    """Median and 95th percentile, in milliseconds."""
    tail = statistics.quantiles(values, n=20)[-1]
    return {"median_ms": round(statistics.median(values), 1), "p95_ms": round(tail, 1)}


@contextmanager
def opened(slices: int, chromium: str | None) -> Iterator[Any]:
    """``new_page(name)`` opens a scene of a running server in a browser that has seen nothing yet."""
    from playwright.sync_api import sync_playwright

    with served(application(slices), free_port()) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)

        def new_page(name: str) -> Any:
            page = browser.new_context(viewport={"width": 1400, "height": 900}).new_page()
            page.goto(f"{address}/?scene={name}")
            page.wait_for_selector("#viewer .ssg-viewer[data-state=ready]")
            page.wait_for_timeout(500)
            return page

        yield new_page
        browser.close()


def application(slices: int) -> FastAPI:
    """A page with the viewer, and the pictures that it shows."""
    pictures = {
        "large": as_png(phantom(*LARGE, 0)),
        **{f"{at}": as_png(phantom(SIDE, SIDE, at)) for at in range(slices)},
    }
    app = FastAPI()

    @app.get("/images/{name}.png")
    async def picture(name: str) -> Response:
        return Response(pictures[name], media_type="image/png")

    def shown(request: gr.Request) -> Scene:
        if request.query_params.get("scene") == "large":
            return scene("large", Picture("/images/large.png", *LARGE, "Radiograph"), greys=GREYS)
        urls = tuple(Picture(f"/images/{at}.png", SIDE, SIDE, "Slice") for at in range(slices))
        return scene("stack", urls[0], series=[PictureSeries("Axial", urls, greys=GREYS)])

    with gr.Blocks(title="Viewer") as page:
        viewer = image_viewer(elem_id="viewer")
        page.load(shown, None, viewer, show_progress="hidden")
    return gr.mount_gradio_app(app, page, "/", ssr_mode=False)


def phantom(width: int, height: int, number: int) -> np.ndarray[Any, np.dtype[np.uint16]]:
    """A body with a moving sphere in it and the noise of a scanner, stored with an offset of 1024; (height, width)."""
    rng = np.random.default_rng(number)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = 2 * x / width - 1, 2 * y / height - 1
    units = np.where((x / 0.85) ** 2 + (y / 0.7) ** 2 < 1, 40.0, -1000.0)
    units[(x + 0.3) ** 2 + y**2 < 0.09] = -800
    units[(x - 0.3 - number / 2000) ** 2 + y**2 < 0.02] = 300
    return np.asarray(np.clip(units + rng.normal(0, 12, units.shape) + 1024, 0, 4095).astype(np.uint16))


def as_png(pixels: np.ndarray[Any, np.dtype[np.uint16]]) -> bytes:
    """As case sets store it."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=3)
    return file.getvalue()


if __name__ == "__main__":
    main()
