// The parts of the viewer on the page, the stage's size, and what is said on it: states, notices, readouts.

const NOTICE_SECONDS = 5;

function buildParts(viewer, element) {
  const parts = {
    ...stageParts(),
    toolbar: make("div", { class: "toolbar", role: "toolbar", "aria-label": say("toolbar") }),
    levels: make("div", { class: "sheet levels", role: "group", hidden: true }),
    picker: make("div", { class: "sheet picker", role: "group", hidden: true }),
    chain: make("div", { class: "chain", role: "group", hidden: true }),
    panel: make("section", { class: "panel", "aria-label": say("regions") }),
    live: make("p", { class: "unseen", role: "status" }),
  };
  const field = make("div", { class: "field" }, parts.screen, parts.levels, parts.picker);
  parts.panes = make("div", { class: "panes" }, make("div", { class: "pane" }, field, parts.stack));
  const middle = make("div", { class: "middle" }, parts.panes, parts.chain);
  parts.help = buildHelp(viewer);
  const frame = make("div", { class: "frame" }, parts.toolbar, middle, parts.panel);
  parts.root = make("div", { class: "ssg-viewer" }, frame, parts.live, parts.help);
  viewer.parts = parts;
  viewer.announce = createAnnouncer(parts.live);
  element.replaceChildren(parts.root);
}

// What each of two panes has of its own: the stage with what is said on it, and the bar of its slices.
function stageParts() {
  const parts = {
    image: make("canvas", { class: "image", role: "img" }),
    overlay: make("canvas", { class: "overlay", "aria-hidden": "true" }),
    state: make("div", { class: "state" }),
    readout: make("div", { class: "readout", "aria-hidden": "true" }),
    notice: make("p", { class: "notice", "aria-hidden": "true", hidden: true }),
    stack: make("div", { class: "stack", role: "group", hidden: true }),
  };
  parts.stage = make("div", { class: "stage", tabindex: "0", role: "application" }, parts.image, parts.overlay, parts.state);
  parts.screen = make("div", { class: "screen" }, parts.stage, parts.readout, parts.notice);
  parts.readout.append(...["window", "zoom", "cursor"].map((name) => make("span", { class: name })));
  return parts;
}

function addStyleOnce() {
  if (document.getElementById("ssg-viewer-style")) return;
  document.head.append(make("style", { id: "ssg-viewer-style", text: STYLE }));
}

// Size ------------------------------------------------------------------------------------------------------------

// A viewer in a hidden tab or page has no size: it keeps what it knows and lays itself out when it is first seen.
function watchSize(viewer) {
  viewer.observer = new ResizeObserver(() => fitStage(viewer));
  viewer.observer.observe(viewer.parts.stage);
  watchPixelRatio(viewer);
  fitStage(viewer);
}

function watchPixelRatio(viewer) {
  const query = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
  const changed = () => {
    if (!viewer.parts.root.isConnected) return;
    watchPixelRatio(viewer);
    fitStage(viewer);
  };
  query.addEventListener("change", changed, { once: true });
}

function fitStage(viewer) {
  const { stage, image: shown, overlay } = viewer.parts;
  const size = [stage.clientWidth, stage.clientHeight];
  const ratio = window.devicePixelRatio || 1;
  if (!size[0] || !size[1] || (sameSize(size, viewer.stageSize) && ratio === viewer.ratio)) return;
  keepStroke(viewer); // A phone that is turned in mid-stroke: the finger is no longer where the stroke was.
  const before = viewer.stageSize;
  viewer.stageSize = size;
  viewer.ratio = ratio;
  for (const canvas of [shown, overlay]) {
    canvas.width = Math.round(size[0] * ratio);
    canvas.height = Math.round(size[1] * ratio);
  }
  if (viewer.scene.image) {
    const fitted = !viewer.view || viewer.fitted;
    const [view, image] = [viewer.view, imageSize(viewer)];
    setOwnView(viewer, fitted ? fittedView(image, size) : recentredView(view, image, before, size));
  }
  paint(viewer, "view"); // at once: a canvas is empty after a change of its size
}

// What is said on the stage ---------------------------------------------------------------------------------------

// "empty", "loading", "broken" or "ready": the style sheet shows and hides parts by it.
function showState(viewer, state, ...children) {
  const { root, stage } = viewer.parts;
  root.dataset.state = state;
  stage.setAttribute("aria-busy", String(state === "loading"));
  viewer.parts.state.replaceChildren(...children);
}

// A short note at the lower edge of the stage, spoken as well.
function notify(viewer, text) {
  const { notice } = viewer.parts;
  notice.textContent = text;
  notice.hidden = false;
  clearTimeout(viewer.noticeTimer);
  viewer.noticeTimer = setTimeout(() => {
    notice.hidden = true;
  }, NOTICE_SECONDS * 1000);
  viewer.announce(text);
}

function nameStage(viewer) {
  const { stage, image } = viewer.parts;
  stage.setAttribute("aria-label", say(viewer.scene.mode === "draw" ? "stage_drawing" : "stage"));
  image.setAttribute("aria-label", viewer.scene.image?.alt || say("stage"));
}

function updateReadout(viewer) {
  const [window, zoom] = viewer.parts.readout.children;
  if (!viewer.samples || !viewer.view) return;
  const { width, level } = windowInWords(viewer);
  const greys = say("readout_window", { width, level });
  window.textContent = viewer.window.inverted ? `${greys}  ${say("readout_inverted")}` : greys;
  zoom.textContent = say("readout_zoom", { percent: percentOf(viewer.view) });
}

// Where the pointer is, in image pixels counted from 0, and the real value there (Hounsfield units in CT).
function showCursor(viewer, point) {
  const cursor = viewer.parts.readout.lastChild;
  viewer.pointer = point;
  if (viewer.lens) requestPaint(viewer, "overlay");
  cursor.textContent = point && viewer.samples && viewer.view ? placeInWords(viewer, toImage(viewer.view, point)) : "";
}

function placeInWords(viewer, place) {
  const [x, y] = place.map(Math.floor);
  const [width, height] = imageSize(viewer);
  if (x < 0 || y < 0 || x >= width || y >= height || isWaiting(viewer)) return "";
  if (viewer.samples.colour) return say("readout_place", { x, y });
  const value = valueInWords(greyAt(viewer.samples, place), viewer.samples);
  return viewer.samples.unit ? say("readout_hu", { x, y, value }) : say("readout_cursor", { x, y, grey: value });
}

// Full screen, or the whole window where the browser offers none (an iPhone, a frame without leave) ----------------

function toggleFullscreen(viewer) {
  const { root } = viewer.parts;
  if (document.fullscreenElement === root) document.exitFullscreen();
  else if (root.classList.contains("filling")) fillWindow(viewer, false);
  else if (root.requestFullscreen) root.requestFullscreen().catch(() => fillWindow(viewer, true));
  else fillWindow(viewer, true);
}

function fillWindow(viewer, filling) {
  viewer.parts.root.classList.toggle("filling", filling);
  updateToolbar(viewer);
}

function isFull(viewer) {
  const { root } = viewer.parts;
  return document.fullscreenElement === root || root.classList.contains("filling");
}
