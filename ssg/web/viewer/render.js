// Painting: the image through its window on one canvas, everything drawn over it on another.
//
// Painting happens once a frame at most, however many events ask for it; `viewer.dirty` says which canvas needs it.

const COLOURS = {
  drawn: "#ffb454",
  reader: ["#56cfe1", "#8ee08a", "#7fb2ff", "#f0a6ca", "#d6c767", "#a5b8c8"],
  policy: "#bda4ff",
  chain: "#f4f7fa",
  missed: "#ff8a80",
};
const DASHES = { missed: [7, 5] };
const INK = "#0b0f14";
const FAINT = "rgba(214, 226, 236, 0.86)";
const TAG_FONT = "600 12px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";
const NOTE_FONT = "12px ui-monospace, 'SF Mono', Menlo, Consolas, monospace";

function colourOf(viewer, region) {
  if (region.kind !== "reader") return COLOURS[region.kind];
  const readers = [...new Set(viewer.regions.shown.filter(({ kind }) => kind === "reader").map((r) => r.reader))];
  return COLOURS.reader[readers.indexOf(region.reader) % COLOURS.reader.length];
}

function requestPaint(viewer, ...layers) {
  for (const layer of layers) viewer.dirty.add(layer);
  if (viewer.frame) return;
  viewer.frame = requestAnimationFrame(() => {
    viewer.frame = 0;
    paint(viewer);
  });
}

function paint(viewer, ...layers) {
  const dirty = new Set([...viewer.dirty, ...layers]);
  viewer.dirty.clear();
  if (!viewer.stageSize[0]) return; // not seen yet
  const quick = !dirty.has("view") && isLarge(viewer);
  if (dirty.has("window") && quick) paintQuickly(viewer);
  else if (dirty.has("window") || dirty.has("view")) paintImage(viewer);
  paintOverlay(viewer);
}

function renderWindow(viewer) {
  viewer.stale = false;
  applyWindow(viewer.samples, viewer.window, viewer.pixels);
  viewer.buffer.getContext("2d").putImageData(viewer.pixels, 0, 0);
}

function paintImage(viewer) {
  const { view, stageSize, parts } = viewer;
  const context = parts.image.getContext("2d", { alpha: false });
  viewer.reduced = null;
  clearTimeout(viewer.settling);
  context.setTransform(viewer.ratio, 0, 0, viewer.ratio, 0, 0);
  context.fillStyle = "#000";
  context.fillRect(0, 0, ...stageSize);
  if (!viewer.samples || !view) return;
  if (viewer.stale) renderWindow(viewer);
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = viewer.gesture ? "low" : "medium";
  const { width, height } = viewer.samples;
  context.drawImage(viewer.buffer, view.x, view.y, width * view.scale, height * view.scale);
  // Tests and screen magnifiers find image points on the page by these.
  Object.assign(parts.stage.dataset, { scale: view.scale, x: view.x, y: view.y });
  parts.root.dataset.picture = viewer.regions.picture; // pages ask which one is asked for,
  parts.root.dataset.seen = viewer.seen; // and which one is seen
}

function paintOverlay(viewer) {
  const context = viewer.parts.overlay.getContext("2d");
  context.setTransform(viewer.ratio, 0, 0, viewer.ratio, 0, 0);
  context.clearRect(0, 0, ...viewer.stageSize);
  if (!viewer.samples || !viewer.view) return;
  const step = viewer.main ? null : stepInSight(viewer);
  paintOrientation(viewer, context);
  paintScale(viewer, context);
  if (step) paintStep(viewer, context, step);
  else paintRegions(viewer, context);
  if (viewer.gesture?.preview) paintPreview(viewer, context, viewer.gesture.preview);
  paintLens(viewer, context);
}

function paintRegions(viewer, context) {
  const regions = visibleRegions(viewer.regions);
  const changing = viewer.gesture?.region;
  const ordered = regions.filter(({ id }) => id !== changing).sort((a, b) => rank(viewer, a) - rank(viewer, b));
  for (const region of ordered) paintBox(viewer, context, region.box, region);
  const taken = [];
  for (const region of ordered.reverse()) paintTag(viewer, context, region, taken);
}

function rank(viewer, region) {
  return region.id === viewer.regions.selected ? 1 : 0;
}

function paintBox(viewer, context, box, region) {
  const selected = region.id === viewer.regions.selected;
  const colour = colourOf(viewer, region);
  const rect = toStage(viewer.view, box);
  strokeRect(context, rect, colour, selected ? 2.5 : 1.75, region.label ? DASHES[region.kind] : [2, 4]);
  if (selected && isDrawn(viewer, region)) paintHandles(viewer, context, rect, colour);
  if (selected && !isDrawn(viewer, region)) {
    context.fillStyle = `${colour}1f`;
    context.fillRect(rect.left, rect.top, rect.right - rect.left, rect.bottom - rect.top);
  }
}

function isDrawn(viewer, region) {
  return viewer.regions.drawn.some(({ id }) => id === region.id);
}

// A dark halo under the line keeps it visible on white bone and black air alike.
function strokeRect(context, { left, top, right, bottom }, colour, width, dash = []) {
  context.setLineDash([]);
  context.lineWidth = width + 2.5;
  context.strokeStyle = "rgba(5, 8, 12, 0.6)";
  context.strokeRect(left, top, right - left, bottom - top);
  context.setLineDash(dash);
  context.lineWidth = width;
  context.strokeStyle = colour;
  context.strokeRect(left, top, right - left, bottom - top);
  context.setLineDash([]);
}

function paintHandles(viewer, context, rect, colour) {
  const half = viewer.coarse ? 7 : 4.5;
  for (const { x, y } of handlePoints(rect, viewer.reach)) {
    context.fillStyle = INK;
    context.strokeStyle = colour;
    context.lineWidth = 2;
    context.beginPath();
    context.rect(x - half, y - half, 2 * half, 2 * half);
    context.fill();
    context.stroke();
  }
}

// The tag takes the first place around its box that is on the stage and free of other tags.
function paintTag(viewer, context, region, taken) {
  context.font = TAG_FONT;
  const text = shortened(context, spokenTag(viewer, region), viewer.stageSize[0] * 0.8);
  const width = Math.ceil(context.measureText(text).width) + 18;
  const rect = toStage(viewer.view, region.box);
  const place = freePlace(rect, [width, 22], viewer.stageSize, taken);
  if (!place) return;
  taken.push(place);
  paintLabel(context, place, text, colourOf(viewer, region), region.id === viewer.regions.selected);
}

// On a small stage only the selected box says its name: the tags of all would hide the image. It says its size in mm, too.
function spokenTag(viewer, region) {
  const selected = viewer.regions.selected === region.id;
  if (viewer.stageSize[0] < 480 && !selected) return String(numberOf(viewer.regions, region));
  const spacing = spacingOf(viewer, region.picture);
  return selected && spacing ? `${tagOf(viewer, region)} · ${sizeForList(region.box, spacing)}` : tagOf(viewer, region);
}

function shortened(context, text, most) {
  let kept = text;
  while (kept.length > 4 && context.measureText(kept).width > most) kept = `${kept.slice(0, -2).trimEnd()}…`;
  return kept;
}

function freePlace(rect, [width, height], [stageWidth, stageHeight], taken) {
  if (rect.right < 0 || rect.bottom < 0 || rect.left > stageWidth || rect.top > stageHeight) return null;
  const places = [
    [rect.left, rect.top - height - 4],
    [rect.left, rect.bottom + 4],
    [rect.right - width, rect.top - height - 4],
    [rect.left + 4, rect.top + 4],
    [rect.left + 4, rect.bottom - height - 4],
  ].map(([x, y]) => ({ left: clamp(x, 2, stageWidth - width - 2), top: y, width, height }));
  const onStage = places.filter(({ top }) => top >= 2 && top + height <= stageHeight - 2);
  return onStage.find((place) => !taken.some((other) => overlap(place, other))) ?? onStage[0] ?? null;
}

function overlap(a, b) {
  return (
    a.left < b.left + b.width && b.left < a.left + a.width && a.top < b.top + b.height && b.top < a.top + a.height
  );
}

function paintLabel(context, { left, top, width, height }, text, colour, strong) {
  context.fillStyle = strong ? colour : "rgba(11, 15, 20, 0.84)";
  context.beginPath();
  context.roundRect(left, top, width, height, 5);
  context.fill();
  if (!strong) {
    context.fillStyle = colour;
    context.fillRect(left, top + 4, 3, height - 8);
  }
  context.font = TAG_FONT;
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.fillStyle = strong ? INK : "#eef3f7";
  context.fillText(text, left + 9, top + height / 2 + 0.5);
}

// The box that is being drawn, moved or resized, with its size beside it.
function paintPreview(viewer, context, box) {
  const region = regionById(viewer.regions, viewer.gesture.region);
  const colour = region ? colourOf(viewer, region) : COLOURS.drawn;
  const rect = toStage(viewer.view, box);
  strokeRect(context, rect, colour, 2.5);
  if (viewer.gesture.kind === "resize") paintHandles(viewer, context, rect, colour);
  const text = sizeInWords(box, spacingOf(viewer));
  context.font = TAG_FONT;
  const width = Math.ceil(context.measureText(text).width) + 18;
  const place = freePlace(rect, [width, 22], viewer.stageSize, []);
  if (place) paintLabel(context, place, text, colour, false);
}

// One step of the chain: everything but its box is dimmed.
function paintStep(viewer, context, step) {
  const rect = toStage(viewer.view, step.box);
  context.fillStyle = "rgba(4, 7, 11, 0.62)";
  context.beginPath();
  context.rect(0, 0, ...viewer.stageSize);
  context.rect(rect.left, rect.top, rect.right - rect.left, rect.bottom - rect.top);
  context.fill("evenodd");
  strokeRect(context, rect, COLOURS.chain, 2.5);
  context.font = TAG_FONT;
  const text = shortened(context, `${viewer.chain.index + 1}  ${step.label}`, viewer.stageSize[0] * 0.8);
  const width = Math.ceil(context.measureText(text).width) + 18;
  const place = freePlace(rect, [width, 22], viewer.stageSize, []);
  if (place) paintLabel(context, place, text, COLOURS.chain, true);
}

function paintOrientation(viewer, context) {
  const letters = placeNow(viewer).series.orientation;
  if (!letters) return;
  const [width, height] = viewer.stageSize;
  const places = { left: [18, height / 2], right: [width - 18, height / 2], top: [width / 2, 20], bottom: [width / 2, height - 20] };
  context.font = "700 17px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const [edge, letter] of Object.entries(letters)) {
    if (letter) haloText(context, letter, ...places[edge]);
  }
}

function haloText(context, text, x, y) {
  context.lineWidth = 4;
  context.lineJoin = "round";
  context.strokeStyle = "rgba(5, 8, 12, 0.8)";
  context.strokeText(text, x, y);
  context.fillStyle = FAINT;
  context.fillText(text, x, y);
}

function paintScale(viewer, context) {
  const spacing = spacingOf(viewer);
  if (!spacing) return;
  const [width, height] = viewer.stageSize;
  const bar = scaleBar(spacing[1], viewer.view.scale, Math.min(width * 0.28, 220));
  if (!bar) return;
  const right = width - 16;
  const y = height - 16;
  for (const [line, colour] of [[4.5, "rgba(5, 8, 12, 0.8)"], [1.75, FAINT]]) {
    context.lineWidth = line;
    context.strokeStyle = colour;
    context.beginPath();
    context.moveTo(right - bar.length, y - 6);
    context.lineTo(right - bar.length, y);
    context.lineTo(right, y);
    context.lineTo(right, y - 6);
    context.stroke();
  }
  context.font = NOTE_FONT;
  context.textAlign = "right";
  context.textBaseline = "alphabetic";
  haloText(context, bar.mm >= 10 ? say("scale_cm", { cm: bar.mm / 10 }) : say("scale", { mm: bar.mm }), right, y - 11);
}
