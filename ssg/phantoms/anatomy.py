"""Boxes and masks of the normal structures, from the shapes that drew them."""

from __future__ import annotations

import numpy as np

from ssg.phantoms.body import Body
from ssg.phantoms.canvas import Canvas
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
    for side in SIDES:
        masks["clavicle", side] = _clavicle(canvas, body, side)
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


def _clavicle(canvas: Canvas, body: Body, side: SideName) -> Mask:
    curves, radii = clavicle_shape(body, SIDE_INDEX[side])
    return tubes(canvas, curves, radii) > 2.5


def _hilum(scene: Scene, side: SideName) -> Mask:
    hx, hy = scene.body.hilum[SIDE_INDEX[side]]
    sign = scene.sign(side)
    x, y = (scene.canvas.x - np.float32(hx + sign * 5)) / 20, (scene.canvas.y - np.float32(hy + 4)) / 29
    return (x * x + y * y < 1) & scene.half(side)


def _hemidiaphragm(scene: Scene, side: SideName) -> Mask:
    thorax = scene.thorax
    contour = (np.abs(thorax.dome) < 4) & scene.half(side) & (thorax.lateral < 1) & (thorax.heart > 1)
    return contour & (np.abs(scene.canvas.x) > 22)


def _angle(scene: Scene, side: SideName) -> Mask:
    """The last 28 mm of the recess between chest wall and diaphragm."""
    canvas, body = scene.canvas, scene.body
    y = np.float32(body.angle[SIDE_INDEX[side]])
    outer = scene.thorax.lateral * scene.thorax.wall_x
    return (
        scene.half(side)
        & (scene.thorax.wall_x - outer > -1)
        & (scene.thorax.wall_x - outer < 24)
        & (canvas.y > y - 30)
        & (canvas.y < y + 2)
    )
