// Geometry of boxes and of the view; pure functions, nothing of the page.
//
// A box is [x0, y0, x1, y1], half-open, in pixels of the displayed image. A view is {scale, x, y}: image point
// (ix, iy) lies at stage point (x + ix * scale, y + iy * scale), in CSS pixels from the stage's upper left corner.
// A size is [width, height]. Edges that a person moves snap to whole pixels, so what comes back is exact.

const HANDLES = {
  nw: [0, 0], n: [0.5, 0], ne: [1, 0], e: [1, 0.5], se: [1, 1], s: [0.5, 1], sw: [0, 1], w: [0, 0.5],
};

const NEAREST_ZOOM = 40; // CSS pixels for one image pixel

function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}

function toImage(view, [x, y]) {
  return [(x - view.x) / view.scale, (y - view.y) / view.scale];
}

function toStage(view, [x0, y0, x1, y1]) {
  return {
    left: view.x + x0 * view.scale,
    top: view.y + y0 * view.scale,
    right: view.x + x1 * view.scale,
    bottom: view.y + y1 * view.scale,
  };
}

function boxBetween([ax, ay], [bx, by], [width, height]) {
  const x = [ax, bx].map((value) => clamp(Math.round(value), 0, width)).sort((a, b) => a - b);
  const y = [ay, by].map((value) => clamp(Math.round(value), 0, height)).sort((a, b) => a - b);
  return [x[0], y[0], x[1], y[1]];
}

function hasArea([x0, y0, x1, y1]) {
  return x1 > x0 && y1 > y0;
}

function areaOf([x0, y0, x1, y1]) {
  return (x1 - x0) * (y1 - y0);
}

function sameBox(a, b) {
  return a.every((value, index) => value === b[index]);
}

function iouOf(a, b) {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (areaOf(a) + areaOf(b) - shared);
}

// The whole box shifted by whole pixels, stopped by the image's border with its size kept.
function movedBox([x0, y0, x1, y1], dx, dy, [width, height]) {
  const shiftX = clamp(Math.round(dx), -x0, width - x1);
  const shiftY = clamp(Math.round(dy), -y0, height - y1);
  return [x0 + shiftX, y0 + shiftY, x1 + shiftX, y1 + shiftY];
}

// The edges that a handle ("nw", "e", ...) holds, moved by (dx, dy); at least one pixel is left.
function resizedBox([x0, y0, x1, y1], handle, dx, dy, [width, height]) {
  const box = [x0, y0, x1, y1];
  if (handle.includes("w")) box[0] = clamp(Math.round(x0 + dx), 0, x1 - 1);
  if (handle.includes("e")) box[2] = clamp(Math.round(x1 + dx), x0 + 1, width);
  if (handle.includes("n")) box[1] = clamp(Math.round(y0 + dy), 0, y1 - 1);
  if (handle.includes("s")) box[3] = clamp(Math.round(y1 + dy), y0 + 1, height);
  return box;
}

// A new box of a fifth of what is seen, in its middle: where N puts one.
function centredBox(view, stage, size) {
  const [left, top] = toImage(view, [0, 0]).map((value) => Math.max(value, 0));
  const far = toImage(view, stage);
  const right = Math.min(far[0], size[0]);
  const bottom = Math.min(far[1], size[1]);
  const side = Math.max(Math.round(Math.min(right - left, bottom - top) / 5), Math.min(8, ...size));
  const x = clamp(Math.round((left + right - side) / 2), 0, size[0] - Math.min(side, size[0]));
  const y = clamp(Math.round((top + bottom - side) / 2), 0, size[1] - Math.min(side, size[1]));
  return [x, y, Math.min(x + side, size[0]), Math.min(y + side, size[1])];
}

// Where the eight handles lie on the stage. On a box too small to hold them they step outwards, so that its
// inside can still be taken to move it.
function handlePoints(rect, reach) {
  const outX = rect.right - rect.left < 4 * reach ? reach : 0;
  const outY = rect.bottom - rect.top < 4 * reach ? reach : 0;
  return Object.entries(HANDLES).map(([name, [fx, fy]]) => ({
    name,
    x: rect.left + fx * (rect.right - rect.left) + (fx - 0.5) * 2 * outX,
    y: rect.top + fy * (rect.bottom - rect.top) + (fy - 0.5) * 2 * outY,
  }));
}

function handleAt(rect, [x, y], reach) {
  let best = null;
  let nearest = reach;
  for (const handle of handlePoints(rect, reach)) {
    const distance = Math.max(Math.abs(handle.x - x), Math.abs(handle.y - y));
    if (distance <= nearest) {
      nearest = distance;
      best = handle.name;
    }
  }
  return best;
}

// The smallest region under an image point: a nodule inside a large opacity can still be reached.
function regionAt(regions, [x, y], slack) {
  const under = regions.filter(
    ({ box }) => x >= box[0] - slack && x < box[2] + slack && y >= box[1] - slack && y < box[3] + slack,
  );
  return under.reduce((best, region) => (!best || areaOf(region.box) < areaOf(best.box) ? region : best), null);
}

function fittedView([width, height], [stageWidth, stageHeight]) {
  const scale = Math.min(stageWidth / width, stageHeight / height);
  return { scale, x: (stageWidth - width * scale) / 2, y: (stageHeight - height * scale) / 2 };
}

// The view zoomed by a factor with the image point under `point` held still.
function zoomedView(view, [x, y], factor, size, stage) {
  const fitted = fittedView(size, stage).scale;
  const scale = clamp(view.scale * factor, fitted * 0.5, Math.max(NEAREST_ZOOM, fitted));
  const ratio = scale / view.scale;
  return keptInSight({ scale, x: x - (x - view.x) * ratio, y: y - (y - view.y) * ratio }, size, stage);
}

// No drag may lose the image: a quarter of the stage, or the whole image where it is smaller, stays covered.
function keptInSight(view, [width, height], [stageWidth, stageHeight]) {
  const keep = (offset, length, stage) => {
    const least = Math.min(stage / 4, length);
    return clamp(offset, least - length, stage - least);
  };
  return {
    scale: view.scale,
    x: keep(view.x, width * view.scale, stageWidth),
    y: keep(view.y, height * view.scale, stageHeight),
  };
}

function sameView(a, b) {
  return Math.abs(a.scale / b.scale - 1) < 1e-6 && Math.abs(a.x - b.x) < 0.01 && Math.abs(a.y - b.y) < 0.01;
}

// The view after the stage has changed its size: as close as before, with the same image point in the middle.
function recentredView(view, size, before, stage) {
  const [x, y] = toImage(view, [before[0] / 2, before[1] / 2]);
  const middle = { scale: view.scale, x: stage[0] / 2 - x * view.scale, y: stage[1] / 2 - y * view.scale };
  return keptInSight(middle, size, stage);
}

// The view that shows a box in the middle with room around it, never closer than `closest`.
function viewOfBox(box, size, stage, closest) {
  const room = 2.2;
  const scale = Math.min(stage[0] / ((box[2] - box[0]) * room), stage[1] / ((box[3] - box[1]) * room), closest);
  const fitted = fittedView(size, stage);
  if (scale <= fitted.scale) return fitted;
  const view = {
    scale,
    x: stage[0] / 2 - ((box[0] + box[2]) / 2) * scale,
    y: stage[1] / 2 - ((box[1] + box[3]) / 2) * scale,
  };
  return keptInSight(view, size, stage);
}

// A round length in mm that takes up at most `most` CSS pixels: {mm, length}.
function scaleBar(mmPerPixel, scale, most) {
  const lengths = [200, 100, 50, 20, 10, 5, 2, 1, 0.5];
  const mm = lengths.find((length) => (length / mmPerPixel) * scale <= most);
  return mm ? { mm, length: (mm / mmPerPixel) * scale } : null;
}
