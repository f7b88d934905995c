// Which part of the image is seen: zoom, pan, fit, and boxes brought into sight.

function imageSize(viewer) {
  return sizeOfPicture(viewer.scene, viewer.regions.picture);
}

function middleOf(viewer) {
  return viewer.stageSize.map((length) => length / 2);
}

function percentOf(view) {
  const percent = view.scale * 100;
  return percent < 10 ? percent.toFixed(1) : String(Math.round(percent));
}

function setView(viewer, view) {
  viewer.view = view;
  viewer.fitted = sameView(view, fittedView(imageSize(viewer), viewer.stageSize));
  allowScrolling(viewer);
  updateReadout(viewer);
  if (viewer.picker && !viewer.main) placePicker(viewer, regionById(viewer.regions, viewer.picker.id));
  requestPaint(viewer, "view");
  followView(viewer);
}

// A finger on a whole image that is only looked at scrolls the page, as it would on any other picture.
function allowScrolling(viewer) {
  viewer.parts.stage.classList.toggle("scrolls", viewer.tool === "pan" && viewer.fitted);
}

function moveView(viewer, view, dx, dy) {
  setView(viewer, keptInSight({ ...view, x: view.x + dx, y: view.y + dy }, imageSize(viewer), viewer.stageSize));
}

function zoomAt(viewer, point, factor) {
  setView(viewer, zoomedView(viewer.view, point, factor, imageSize(viewer), viewer.stageSize));
  viewer.announce(say("say_zoom", { percent: percentOf(viewer.view) }));
}

// Everything as it came: the whole image, the window that it opens with.
function resetView(viewer) {
  setView(viewer, fittedView(imageSize(viewer), viewer.stageSize));
  setWindow(viewer, openingWindow(viewer.samples));
  viewer.announce(say("say_zoom", { percent: percentOf(viewer.view) }));
}

// The list may be below the image: scrolls the page only where the chosen box is off the screen.
function bringOntoScreen(viewer, { box }) {
  if (!viewer.view) return;
  const { stage } = viewer.parts;
  const above = stage.getBoundingClientRect().top;
  const { top, bottom } = toStage(viewer.view, box);
  if (above + top < 0 || above + bottom > window.innerHeight) stage.scrollIntoView({ block: "nearest" });
}

// Moves the view only where a box is not wholly seen, and never closer than the person has zoomed.
function bringIntoSight(given, region) {
  const viewer = isBeside(given, region) ? mainOf(given).beside : given;
  const { box } = region;
  if (!viewer.view) return;
  const { left, top, right, bottom } = toStage(viewer.view, box);
  const [width, height] = viewer.stageSize;
  if (left >= 0 && top >= 0 && right <= width && bottom <= height) return;
  setView(viewer, viewOfBox(box, imageSize(viewer), viewer.stageSize, viewer.view.scale));
}
