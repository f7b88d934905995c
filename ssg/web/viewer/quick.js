// A large picture whose window is being changed: seen at the screen's resolution at once, whole when the hand rests.

const LARGE_PIXELS = 1.5e6;
const SETTLED_MS = 160;

// Whether to change the window of all pixels takes longer than a hand that drags should wait.
function isLarge({ samples, view }) {
  return Boolean(samples && view && !samples.colour && samples.grey.length > LARGE_PIXELS);
}

// A window that is being changed is seen at the screen's resolution; the whole image follows when the hand rests.
function paintQuickly(viewer) {
  const { samples, parts } = viewer;
  prepareQuickly(viewer);
  const { grey, left, top, width, height } = viewer.reduced;
  if (width && height) {
    const target = (viewer.reduced.target ??= new ImageData(width, height));
    lookUp(grey, samples.low, packedGreys(shownValues(viewer.window, samples)), new Uint32Array(target.data.buffer));
    parts.image.getContext("2d", { alpha: false }).putImageData(target, left, top);
  }
  parts.root.dataset.seen = viewer.seen;
  clearTimeout(viewer.settling);
  viewer.settling = setTimeout(() => settled(viewer), SETTLED_MS);
}

function prepareQuickly(viewer) {
  const { samples, view, stageSize, ratio } = viewer;
  if (isLarge(viewer)) viewer.reduced ??= reducedSamples(samples, view, stageSize, ratio);
}

// A hand that still holds the button may go on: the whole image follows when it lets go.
function settled(viewer) {
  if (viewer.gesture?.kind !== "contrast") requestPaint(viewer, "view");
}
