"""The image viewer: one Gradio component that shows an image with boxes, and on which people draw.

    component.py   image_viewer(): the component
    scene.py       scene(): what it shows, checked; Picture, Greys, Shown, Step
    drawn.py       read_drawn(): what came back, with nothing in it trusted
    bundle.py      the JavaScript and the style sheet as strings
    viewer.js      the JavaScript; start there, it lists the other files
    style/         how it looks, in the order of bundle.py

The value of the component is always a scene: Python sets one, and the browser gives it back with ``drawn`` filled in.
A page needs no more than this::

    viewer = image_viewer(elem_id="case")

    def open_case():  # -> viewer
        picture = Picture("/media/3f2a.png", 512, 512, "Frontal chest radiograph")
        return scene("case-1", picture, labels=("nodule", "pleural effusion"), ask_confidence=True)

``ssg.web.practise_view`` shows how what was drawn becomes an answer. Everything in a scene is public, hidden or not: a
reference enters one only after the answer is committed.
"""

from ssg.web.viewer.component import image_viewer
from ssg.web.viewer.drawn import MOST_BOXES, named_only, read_drawn
from ssg.web.viewer.scene import FRONTAL, Greys, Picture, PictureSeries, Scene, Shown, Step, scene

__all__ = [
    "FRONTAL",
    "MOST_BOXES",
    "Greys",
    "Picture",
    "PictureSeries",
    "Scene",
    "Shown",
    "Step",
    "image_viewer",
    "named_only",
    "read_drawn",
    "scene",
]
