"""A page with two viewers for the browser's tests: the scene is named in the address, ``/?scene=small``.

Images come from routes of their own, as in the real app: some slow, some broken, one of the wrong size.
"""

import asyncio
import functools
import io
import json
import zlib

import gradio as gr
import numpy as np
from fastapi import FastAPI
from fastapi.responses import Response, StreamingResponse
from PIL import Image

from ssg.boxes import Box
from ssg.errors import BadInput
from ssg.phantoms import chest_xray
from ssg.reward import Region
from ssg.vocabulary import Side
from ssg.web.viewer import FRONTAL, Greys, Picture, PictureSeries, Shown, Step, image_viewer, read_drawn, scene

LABELS = (
    "pneumothorax",
    "pleural effusion",
    "consolidation",
    "atelectasis",
    "cardiomegaly",
    "lung nodule",
    "rib fracture",
)
SIZES = {"small": (1024, 1024), "large": (2500, 2048), "colour": (640, 480)}

failures: dict[str, int] = {}
"""How often an image still fails to load, by name; a test sets it."""


@functools.cache
def png(name: str) -> bytes:
    if name.startswith("slice-"):
        return slice_png(*map(int, name.split("-")[1:]))
    width, height = SIZES.get(name, SIZES["small"])
    picture = Image.fromarray(chest_xray(7, 1024).pixels).resize((width, height))
    if name == "colour":
        picture = Image.merge(
            "RGB", (picture, picture.point(lambda grey: grey // 2), picture.point(lambda grey: 255 - grey))
        )
    if name == "ramp":
        picture = Image.fromarray(np.tile(np.arange(1024, dtype=np.uint16) // 4, (1024, 1)).astype(np.uint8))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


STACK, BEFORE = (320, 256), (200, 200)
"""(width, height) of the slices of the two series."""


def slice_png(series: int, number: int) -> bytes:
    """A slice whose grey is its number: 4 for each slice, 100 more in the second series."""
    width, height = (STACK, BEFORE)[series]
    grey = np.full((height, width), 4 * number + 100 * series, np.uint8)
    grey[: height // 2, : width // 2] = 255
    file = io.BytesIO()
    Image.fromarray(grey).save(file, "PNG")
    return file.getvalue()


# Pictures of 16 bits: asked for with depth=full they come as stored, else as a server shows them, with 8

CT, CT_BEFORE = (256, 192), (160, 160)
HOUNSFIELD = Greys((-1024.0, 1.0), (400.0, 40.0), False, "HU")


def hounsfield(series: int, number: int) -> np.ndarray:
    """Hounsfield units (height, width): air on the left, then fat, water, liver, bone; the last rows say the slice."""
    width, height = (CT, CT_BEFORE)[series]
    units = np.repeat([[-1000, -100, 0, 90, 1000]], height, 0)[:, np.arange(width) * 5 // width]
    units[-height // 4 :] = 10 * number + 5 * series
    return units


@functools.cache
def deep_png(name: str) -> bytes:
    """ct-SERIES-SLICE, or a ramp from 0 to 4092: "deep", and the same interlaced, torn, in colour."""
    if name.startswith("ct-"):
        series, number = map(int, name.split("-")[1:])
        return as_png((hounsfield(series, number) + 1024).astype(np.uint16))
    ramp = np.tile(np.arange(1024, dtype=np.uint16) * 4, (512, 1))
    data = as_png(ramp)
    if name == "interlaced":  # its decoder should refuse by the header alone
        head = data[12:28] + b"\x01"
        return data[:12] + head + zlib.crc32(head).to_bytes(4, "big") + data[33:]
    return data[: len(data) // 2] if name == "torn" else data


@functools.cache
def reduced_png(name: str) -> bytes:
    if name.startswith("ct-"):
        series, number = map(int, name.split("-")[1:])
        units = hounsfield(series, number)
        return as_png((np.clip((units + 160) / 400, 0, 1) * 255).astype(np.uint8))
    return as_png(np.tile((np.arange(1024) // 4).astype(np.uint8), (512, 1)))


def as_png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=1)
    return file.getvalue()


def ct_scene(before_mm: float | None = 4.0, **more) -> dict:
    """20 slices 2 mm apart, and 8 of a month ago."""

    def series(number: int, size: tuple[int, int], count: int, title: str, **facts) -> PictureSeries:
        pictures = tuple(Picture(f"/images/ct-{number}-{at}.png", *size, "CT slice") for at in range(count))
        return PictureSeries(title, pictures, greys=HOUNSFIELD, **facts)

    now = series(0, CT, 20, "Now", slice_mm=2.0, spacing_mm=(0.5, 0.5))
    before = series(1, CT_BEFORE, 8, "A month ago", slice_mm=before_mm, days=-30)
    facts = {"labels": LABELS, "ask_confidence": True, "start": 10, "series": (now, before)}
    return scene("ct", now.pictures[0], **facts | more)


def deep_scene(name: str, greys: Greys | None = None) -> dict:
    return scene(name, Picture(f"/images/{name}.png", 1024, 512, "Radiograph"), labels=LABELS, greys=greys or Greys())


def stack_scene(**changes) -> dict:
    def series(number: int, size: tuple[int, int], count: int, title: str, **more) -> PictureSeries:
        urls = [f"/images/slice-{number}-{at}.png" for at in range(count)]
        return PictureSeries(title, tuple(Picture(url, *size, "CT slice") for url in urls), **more)

    now = series(0, STACK, 40, "Axial", spacing_mm=(0.7, 0.7), orientation={"left": "R", "right": "L", "top": "A"})
    before = series(1, BEFORE, 5, "Before")
    return scene("stack", now.pictures[0], labels=LABELS, series=(now, before), start=12, **changes)


def picture(name: str, file: str | None = None) -> Picture:
    return Picture(f"/images/{file or name}.png", *SIZES.get(name, SIZES["small"]), "Frontal chest radiograph")


def draw_scene(name: str, **changes) -> dict:
    facts = {"labels": LABELS, "ask_confidence": True, "orientation": FRONTAL, "spacing_mm": (0.35, 0.35)}
    return scene(name, picture(name), **facts | changes)


EFFUSION = Region("pleural effusion", Box(640, 640, 860, 850), Side.LEFT)
SEEN = (
    Shown(Region("pleural effusion", Box(630, 660, 850, 860), Side.LEFT, 0.8), "drawn"),
    Shown(EFFUSION, reader="A", note="The meniscus climbs along the chest wall.", id="effusion"),
    Shown(Region("pleural effusion", Box(650, 655, 845, 845), Side.LEFT), reader="B"),
    Shown(Region("cardiomegaly", Box(360, 480, 700, 790)), reader="A"),
    Shown(Region("lung nodule", Box(250, 380, 292, 420), Side.RIGHT), "missed", note="Behind the fourth rib."),
    Shown(Region("pleural effusion", Box(600, 600, 880, 880), Side.LEFT, 0.84), "policy"),
)
STEPS = (
    Step("left lung base", Box(560, 520, 900, 900), "Look at the left lung base first."),
    Step("diaphragm", Box(600, 700, 880, 860), "The dome of the diaphragm is lost."),
    Step("pleural effusion", EFFUSION.box, "Fluid hides it."),
)

STACK_STEPS = (
    Step("left lung", Box(180, 60, 300, 220), picture=12),
    Step("hilum", Box(140, 90, 220, 160), picture=20),
    Step("scar", Box(20, 20, 60, 60), picture=42),
)

SCENES = {
    "small": lambda: draw_scene("small"),
    "large": lambda: draw_scene("large", spacing_mm=None),
    "plain": lambda: draw_scene("small", ask_confidence=False, labels=LABELS[4:5], keep_draft=False),
    "show": lambda: scene("small", picture("small"), mode="show", regions=SEEN, steps=STEPS, orientation=FRONTAL),
    "policy": lambda: draw_scene("small", regions=SEEN[5:]),
    "drawn": lambda: draw_scene("small", drawn=[Region("cardiomegaly", Box(360, 480, 700, 790), None, 0.6)]),
    "ramp": lambda: draw_scene("ramp"),
    "colour": lambda: draw_scene("colour"),
    "slow": lambda: scene("small", picture("small", "slow"), labels=LABELS),
    "stuck": lambda: scene("small", picture("small", "stuck"), labels=LABELS),
    "broken": lambda: scene("small", picture("small", "broken"), labels=LABELS),
    "wrong": lambda: scene("small", picture("small", "large"), labels=LABELS),
    "stack": stack_scene,
    "chain": lambda: stack_scene(mode="show", steps=STACK_STEPS),
    "ct": ct_scene,
    "shares": lambda: ct_scene(before_mm=None),
    "compared": lambda: ct_scene(mode="show", regions=[Shown(Region("mass", Box(20, 20, 60, 60), picture=23))]),
    "deep": lambda: deep_scene("deep"),
    "mono1": lambda: deep_scene("deep", Greys(inverted=True)),
    "interlaced": lambda: deep_scene("interlaced"),
    "torn": lambda: deep_scene("torn"),
    "empty": lambda: None,
}


def opened(request: gr.Request):
    return SCENES[request.query_params.get("scene", "small")]()


def judged(value):
    """What the server read, as JSON, or why it refused."""
    case_id = value["case_id"] if value else ""
    width, height = SIZES.get(case_id, SIZES["small"])
    sizes = {"stack": [STACK] * 40 + [BEFORE] * 5, "ct": [CT] * 20 + [CT_BEFORE] * 8}.get(case_id)
    try:
        regions = read_drawn(value, case_id, width, height, LABELS, sizes)
        where = [{"picture": region.picture} if region.picture else {} for region in regions]
        return json.dumps([region.to_json() | place for region, place in zip(regions, where, strict=True)])
    except BadInput as error:
        return str(error)


def build() -> FastAPI:
    app = FastAPI()

    @app.get("/images/{name}.png")
    async def image(name: str, depth: str = ""):
        if failures.get(name, 0) > 0:
            failures[name] -= 1
            return Response(status_code=503)
        if name in ("slow", "stuck"):
            return StreamingResponse(trickle(png("small"), name), headers={"content-length": str(len(png("small")))})
        if name.startswith("ct-") or name in ("deep", "interlaced", "torn"):
            return Response((deep_png if depth == "full" else reduced_png)(name), media_type="image/png")
        return Response(png(name), media_type="image/png")

    with gr.Blocks(title="Viewer") as page:
        gr.HTML("<h1>Practise</h1>")
        viewer = image_viewer(elem_id="viewer")
        with gr.Row():
            submit = gr.Button("Submit")
            after = gr.Button("Next")
            solved = gr.Button("Solve")
            hide = gr.Button("Hide")
            seek = gr.Button("Show again")
        answer = gr.Textbox(label="Answer", elem_id="answer")
        chosen = gr.Textbox(label="Chosen", elem_id="chosen")
        count = gr.Textbox(label="Changes", elem_id="changes")
        with gr.Tab("Notes"):
            gr.HTML("<p>Nothing here.</p>")
        with gr.Tab("Second"):
            image_viewer(SCENES["large"](), elem_id="second")
        quiet = {"show_progress": "hidden"}
        page.load(opened, None, viewer, **quiet)
        submit.click(judged, viewer, answer, **quiet)
        after.click(lambda: draw_scene("large"), None, viewer, **quiet)
        solved.click(lambda: {**SCENES["show"](), "keep_draft": False}, None, viewer, **quiet)
        hide.click(lambda: gr.update(visible=False), None, viewer, **quiet)
        seek.click(lambda: gr.update(visible=True), None, viewer, **quiet)
        viewer.input(judged, viewer, count, trigger_mode="always_last", **quiet)
        viewer.select(chosen_as_json, None, chosen, **quiet)
    return gr.mount_gradio_app(app, page, "/", ssr_mode=False)


def chosen_as_json(event: gr.EventData) -> str:
    return json.dumps(event._data)


async def trickle(body: bytes, name: str):
    step = len(body) // 8 + 1
    for start in range(0, len(body), step):
        yield body[start : start + step]
        await asyncio.sleep(3600 if name == "stuck" and start > 2 * step else 0.15)
