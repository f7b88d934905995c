// The magnifier: a lens that follows the pointer and shows the image under it, and its boxes, closer. A finger has the
// lens above it; without a pointer it lies on the selected box, or in the middle.

const LENS_RADIUS = 92;
const LENS_FACTOR = 2.5;
const LENS_ABOVE_FINGER = 124;

function toggleLens(viewer) {
  const main = mainOf(viewer);
  main.lens = !main.lens;
  updateToolbar(main);
  for (const pane of panesOf(main)) requestPaint(pane, "overlay");
  main.announce(say(main.lens ? "say_lens_on" : "say_lens_off"));
}

// {at, middle}: the point that is looked at and where the lens lies, both on the stage; null where there is no lens.
function lensPlace(viewer) {
  const held = viewer.gesture?.kind === "lens";
  if (!viewer.lens && !held) return null;
  const at = viewer.pointer ?? (isPointed(viewer) ? null : restingPoint(viewer));
  if (!at) return null;
  const middle = viewer.coarse && viewer.pointer ? [at[0], at[1] - LENS_ABOVE_FINGER] : at;
  const top = viewer.coarse && middle[1] < LENS_RADIUS - 40 ? at[1] + LENS_ABOVE_FINGER : middle[1];
  return { at, middle: [middle[0], top] };
}

// Whether the pointer is on the other pane, or this pane is not the one that keys go to.
function isPointed(viewer) {
  return panesOf(viewer).some((pane) => pane !== viewer && pane.pointer) || activePane(viewer) !== viewer;
}

function restingPoint(viewer) {
  const selected = regionById(viewer.regions, viewer.regions.selected);
  if (!selected || selected.picture !== viewer.regions.picture) return middleOf(viewer);
  const { left, top, right, bottom } = toStage(viewer.view, selected.box);
  return [(left + right) / 2, (top + bottom) / 2];
}

function paintLens(viewer, context) {
  const place = lensPlace(viewer);
  if (!place) return;
  if (viewer.stale) renderWindow(viewer);
  const { at, middle } = place;
  const [x, y] = toImage(viewer.view, at);
  const scale = viewer.view.scale * LENS_FACTOR;
  const view = { scale, x: middle[0] - x * scale, y: middle[1] - y * scale };
  const { width, height } = viewer.samples;
  context.save();
  context.beginPath();
  context.arc(...middle, LENS_RADIUS, 0, 2 * Math.PI);
  context.clip();
  context.fillStyle = "#000";
  context.fillRect(middle[0] - LENS_RADIUS, middle[1] - LENS_RADIUS, 2 * LENS_RADIUS, 2 * LENS_RADIUS);
  context.imageSmoothingQuality = "medium";
  context.drawImage(viewer.buffer, view.x, view.y, width * scale, height * scale);
  paintLensBoxes(viewer, context, view);
  context.restore();
  context.beginPath();
  context.arc(...middle, LENS_RADIUS, 0, 2 * Math.PI);
  context.lineWidth = 4;
  context.strokeStyle = "rgba(5, 8, 12, 0.8)";
  context.stroke();
  context.lineWidth = 1.75;
  context.strokeStyle = FAINT;
  context.stroke();
}

function paintLensBoxes(viewer, context, view) {
  const changing = viewer.gesture?.preview ? viewer.gesture.region : null;
  for (const region of visibleRegions(viewer.regions)) {
    if (region.id !== changing) strokeRect(context, toStage(view, region.box), colourOf(viewer, region), 1.75, DASHES[region.kind]);
  }
  if (viewer.gesture?.preview) strokeRect(context, toStage(view, viewer.gesture.preview), COLOURS.drawn, 2);
}
