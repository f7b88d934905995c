"""The patient as numbers: age, sex, habitus, inspiration and the measures of every structure, in mm.

Drawn from one random stream, so that the same seed is the same patient at every image size and with every finding.
Sides are pairs (right, left) of the PATIENT. Knows nothing of pixels. The measures are orders of magnitude of adult
frontal radiographs, made plausible by comparison with public radiographs; they are no anthropometric survey.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from numpy.random import Generator

Pair = tuple[float, float]
View = Literal["PA", "AP"]
ArmPose = Literal["out", "down", "up"]


@dataclass(frozen=True, slots=True)
class Body:
    """One patient in one posture. Heights ``y`` are mm below the carina, widths mm from the midline."""

    sex: Literal["F", "M"]
    age: int
    view: View
    habitus: float
    """0 thin … 1 obese."""
    turn: float
    """How far the front of the chest is displaced against its back, in mm (patient rotated); positive to the left."""

    half_width: float
    half_depth: float
    apex: Pair
    widest: float
    wall: float
    dome: Pair
    angle: Pair
    dome_x: Pair

    heart_right: float
    heart_left: float
    heart_top: float
    heart_bottom: float
    heart_depth: float
    heart_shape: tuple[float, ...]

    knob: tuple[float, float, float]
    """Aortic knob: x, y, radius."""
    pedicle: Pair
    aorta_tortuous: float
    trachea: tuple[float, float]
    """Mean x offset and radius."""
    hilum: tuple[tuple[float, float], tuple[float, float]]
    artery: float
    """Radius of the main pulmonary arteries."""

    rib_first: float
    rib_pitch: float
    rib_growth: float
    rib_slope: float
    rib_slope_growth: float
    rib_half: float
    bone: float
    """Mineral density of bone relative to a young adult."""
    cartilage: float
    vertebra: float
    clavicle: tuple[float, float, float]
    """Height of the medial ends, rise to the lateral ends, radius."""
    shoulder: Pair
    arms: ArmPose
    scapula_in: Pair
    """How far the scapula overlaps the lung, in mm."""
    breast: float
    breast_y: float
    gas: float
    lung_density: float
    markings: float


def draw_body(rng: Generator, view: View) -> Body:
    """A patient at random; AP patients lie or sit: less air, larger hearts, scapulae over the lungs."""
    sex: Literal["F", "M"] = "F" if rng.random() < 0.46 else "M"
    age = round(min(92.0, max(18.0, rng.normal(55 if view == "PA" else 62, 17))))
    habitus = float(min(1.0, max(0.0, rng.normal(0.36 if view == "PA" else 0.46, 0.22))))
    scale = float(rng.normal(0.955 if sex == "F" else 1.03, 0.035))
    air = float(rng.normal(0.0 if view == "PA" else -0.9, 0.7)) - 0.6 * max(0.0, habitus - 0.5)
    old = min(1.0, max(0.0, (age - 40) / 45))
    half_width = scale * rng.normal(141, 6)
    dome_right = scale * rng.normal(112, 7) + 10 * air
    dome_left = dome_right + rng.normal(11, 5)
    return Body(
        sex=sex,
        age=age,
        view=view,
        habitus=habitus,
        turn=float(rng.normal(0, 3.5 if view == "PA" else 8)),
        half_width=half_width,
        half_depth=scale * rng.normal(92, 7) + 5 * air,
        apex=_pair(rng, -104 * scale, 4),
        widest=dome_right + rng.normal(15, 6),
        wall=rng.normal(14, 2) + 34 * habitus,
        dome=(dome_right, dome_left),
        angle=(dome_right + rng.normal(50, 7), dome_left + rng.normal(44, 7)),
        dome_x=(-half_width * rng.normal(0.52, 0.03), half_width * rng.normal(0.55, 0.03)),
        **_heart(rng, view, half_width, dome_right, scale, air),
        **_vessels(rng, scale, old, view),
        **_bones(rng, scale, old, view),
        arms=_arms(rng, view),
        breast=float(rng.uniform(14, 40) + 36 * habitus) if sex == "F" else float(max(0.0, rng.normal(-6, 8))),
        breast_y=float(rng.normal(92, 14)),
        gas=float(rng.random()),
        lung_density=float(min(0.42, max(0.15, rng.normal(0.215 - 0.03 * air, 0.03)))),
        markings=float(min(1.6, max(0.55, rng.normal(1.0, 0.2)))),
    )


def _pair(rng: Generator, mean: float, spread: float) -> Pair:
    return float(rng.normal(mean, spread)), float(rng.normal(mean, spread))


def _heart(rng: Generator, view: View, half_width: float, dome: float, scale: float, air: float) -> dict[str, Any]:
    ratio = min(0.495, max(0.36, rng.normal(0.435, 0.035))) * (1.0 if view == "PA" else 1.06)
    width = min(ratio, 0.51) * 2 * half_width
    right = width * min(0.42, max(0.24, rng.normal(0.33, 0.035)))
    shape = tuple(float(value) for value in rng.normal(0, 0.02, 12))
    return {
        "heart_right": right,
        "heart_left": width - right,
        "heart_top": 22 * scale + rng.normal(0, 5) - 2 * air,
        "heart_bottom": dome + rng.normal(27, 5),
        "heart_depth": scale * rng.normal(98, 8),
        "heart_shape": shape,
    }


def _vessels(rng: Generator, scale: float, old: float, view: View) -> dict[str, Any]:
    right = (-scale * rng.normal(40, 4), scale * rng.normal(14, 5))
    left = (scale * rng.normal(43, 4), right[1] - rng.normal(9, 4))
    knob = (
        scale * (21 + 7 * old) + rng.normal(0, 2.5),
        -30 * scale + rng.normal(0, 5),
        scale * (15 + 6 * old) + rng.normal(0, 1.5),
    )
    return {
        "knob": knob,
        "pedicle": (scale * rng.normal(29 if view == "PA" else 34, 3.5), scale * rng.normal(25, 3.5)),
        "aorta_tortuous": max(0.0, old * rng.normal(0.6, 0.4)),
        "trachea": (rng.normal(-2, 2) - 2.5 * old, scale * rng.normal(8.3, 0.8)),
        "hilum": (right, left),
        "artery": scale * rng.normal(7.4, 0.8),
    }


def _bones(rng: Generator, scale: float, old: float, view: View) -> dict[str, Any]:
    lying = view == "AP"
    return {
        "rib_first": -112 * scale + rng.normal(0, 4),
        "rib_pitch": scale * rng.normal(21.5, 1.0),
        "rib_growth": max(0.0, rng.normal(0.55, 0.15)),
        "rib_slope": scale * rng.normal(66 if lying else 58, 8),
        "rib_slope_growth": rng.normal(0.24, 0.05),
        "rib_half": scale * rng.normal(7.4, 0.6),
        "bone": float(min(1.25, max(0.55, rng.normal(1.0 - 0.25 * old, 0.1)))),
        "cartilage": max(0.0, old * rng.normal(0.7, 0.5)),
        "vertebra": scale * rng.normal(21.5, 1.0),
        "clavicle": (
            -50 * scale + rng.normal(-14 if lying else 0, 8),
            rng.normal(8 if lying else 24, 9),
            scale * rng.normal(6.0, 0.5),
        ),
        "shoulder": _pair(rng, -92 * scale + (-8 if lying else 0), 8),
        "scapula_in": _pair(rng, 26 if lying else 4, 10),
    }


def _arms(rng: Generator, view: View) -> ArmPose:
    draw = rng.random()
    if view == "PA":
        return "out" if draw < 0.75 else "down"
    return "down" if draw < 0.75 else ("out" if draw < 0.92 else "up")
