"""Boxes and masks of the normal structures, from the shapes that drew them."""

from __future__ import annotations

import numpy as np

from ssg.phantoms.body import Body
from ssg.phantoms.canvas import Canvas, Window
from ssg.phantoms.scene import SIDE_INDEX, Scene
from ssg.phantoms.skeleton import SPINE_HALF, clavicle_shape
from ssg.phantoms.strokes import tubes
from ssg.phantoms.types import Mask, SideName

SIDES: tuple[SideName, ...] = ("right", "left")


def structure_masks(scene: Scene, trachea: np.ndarray) -> dict[tuple[str, SideName | None], Mask]:
    """Every structure of :data:`ssg.phantoms.STRUCTURES` as a mask (H, W)."""
    canvas, body, thorax = scene.canvas, scene.body, scene.thorax
    masks: dict[tuple[str, SideName | None], Mask] = {("lung", side): scene.lungs[side] for side in SIDES}
    masks["heart", None] = heart_mask(scene)
    masks["mediastinum", None] = mediastinum_mask(scene, masks["heart", None])
    masks["aortic knob", None] = (thorax.knob < 1) & (canvas.x > 0)
    masks["trachea", None] = (trachea > 3) & (canvas.y < 3)
    masks["spine", None] = np.abs(canvas.x + np.float32(0.35 * body.turn)) < np.float32(SPINE_HALF + 2) + np.float32(
        0.022
    ) * (canvas.y + 60)
    clavicles = _clavicles(canvas, body)
    for side in SIDES:
        masks["clavicle", side] = clavicles & scene.half(side)
        masks["hilum", side] = _hilum(scene, side)
        masks["hemidiaphragm", side] = _hemidiaphragm(scene, side)
        masks["costophrenic angle", side] = _angle(scene, side)
    return masks


def heart_mask(scene: Scene) -> Mask:
    """The whole cardiac silhouette, as radiologists box it."""
    return scene.thorax.heart < 1


def mediastinum_mask(scene: Scene, heart: Mask) -> Mask:
    """Everything between the lungs from the thoracic inlet to the diaphragm, the heart included."""
    right, left = scene.thorax.pedicle
    x, y = scene.canvas.x, scene.canvas.y
    inlet, floor = scene.body.clavicle[0] - 12, scene.body.heart_bottom
    strip = (x > -right) & (x < left) & (y > inlet) & (y < floor)
    return strip | heart | ((scene.thorax.knob < 1) & (y > inlet))


def _clavicles(canvas: Canvas, body: Body) -> Mask:
    """Both clavicles; they never cross the midline far."""
    shapes = [clavicle_shape(body, side) for side in (0, 1)]
    curves, radii = (np.concatenate(parts) for parts in zip(*shapes, strict=True))
    return tubes(canvas, curves, radii) > 2.5


def _within(canvas: Canvas, window: Window, inside: Mask) -> Mask:
    """A full mask from one that was worked out in a sub-window."""
    mask = np.zeros((canvas.size, canvas.size), bool)
    mask[window] = inside
    return mask


def _hilum(scene: Scene, side: SideName) -> Mask:
    hx, hy = scene.body.hilum[SIDE_INDEX[side]]
    cx, cy, sign = hx + scene.sign(side) * 5, hy + 4, scene.sign(side)
    window = scene.canvas.window(cx - 20, cx + 20, cy - 29, cy + 29)
    along = scene.canvas.x[window]
    x, y = (along - np.float32(cx)) / 20, (scene.canvas.y[window[0]] - np.float32(cy)) / 29
    return _within(scene.canvas, window, (x * x + y * y < 1) & (along * sign > 0))


def _hemidiaphragm(scene: Scene, side: SideName) -> Mask:
    """The contour beside heart and mediastinum; where those rest on it there is none to be seen."""
    canvas, body, thorax = scene.canvas, scene.body, scene.thorax
    low, high = sorted((scene.sign(side) * 22, scene.sign(side) * (body.half_width + 4)))
    window = canvas.window(low, high, min(body.dome) - 8, max(body.angle) + 8)
    contour = (np.abs(thorax.dome[window]) < 4) & (thorax.lateral[window] < 1) & (thorax.central[window] < 20)
    return _within(canvas, window, contour)


def _angle(scene: Scene, side: SideName) -> Mask:
    """The last 24 mm of the recess between chest wall and diaphragm."""
    canvas, body = scene.canvas, scene.body
    y = body.angle[SIDE_INDEX[side]]
    low, high = sorted((scene.sign(side) * 60, scene.sign(side) * (body.half_width + 4)))
    window = canvas.window(low, high, y - 30, y + 2)
    inward = scene.thorax.wall_x[window[0]] - np.abs(canvas.x[window])
    return _within(canvas, window, (inward > -1) & (inward < 24))
