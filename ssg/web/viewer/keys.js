// The keyboard. Keys are heard on the viewer only, and never while somebody types in a field of it.
//
// Tab goes through the boxes and then leaves the viewer; it is never a trap.

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const PAN_BY_KEY = 48;
const ZOOM_BY_KEY = 1.25;

// What is about a pane is done on the one that has the focus, all else on the whole viewer.
const PANE_KEYS = {
  i: invert,
  0: resetView,
  "+": (pane) => zoomAt(pane, middleOf(pane), ZOOM_BY_KEY),
  "=": (pane) => zoomAt(pane, middleOf(pane), ZOOM_BY_KEY),
  "-": (pane) => zoomAt(pane, middleOf(pane), 1 / ZOOM_BY_KEY),
  PageUp: (pane) => goBySlice(pane, -1),
  PageDown: (pane) => goBySlice(pane, 1),
};

const KEYS = {
  h: (viewer) => toggleVisibility(viewer, "all"),
  f: toggleFullscreen,
  "?": openHelp,
  "[": (viewer) => stepChain(viewer, -1),
  "]": (viewer) => stepChain(viewer, 1),
  p: playChain,
  m: toggleLens,
  b: toggleBeside,
  l: toggleLink,
  w: (viewer) => pickTool(viewer, "contrast"),
  g: (viewer) => pickTool(viewer, "pan"),
};

const DRAWING_KEYS = {
  n: newBox,
  d: (viewer) => pickTool(viewer, "draw"),
  Delete: deleteSelected,
  Backspace: deleteSelected,
  Enter: nameSelected,
  s: cycleSide,
};

function listenToKeys(viewer) {
  const { root, stage } = viewer.parts;
  root.addEventListener("keydown", (event) => {
    if (isTyping(event.target) || !viewer.samples || typedIntoPicker(viewer, event)) return;
    if (typedAtDetails(viewer, event)) return;
    if (keyPressed(viewer, event)) event.preventDefault();
  });
  root.addEventListener("keyup", (event) => {
    if (event.key === " ") releaseSpace(viewer);
  });
  root.addEventListener("focusout", () => releaseSpace(viewer));
  stage.addEventListener("focus", () => {
    viewer.leaving = false;
    makeActive(viewer);
  });
}

// On a touch screen the list of names has no focus, which would bring up a keyboard; who has a real one may type.
function typedIntoPicker(viewer, { key, ctrlKey, metaKey, altKey }) {
  const field = viewer.picker && viewer.parts.picker.querySelector("input");
  if (!field || key.length !== 1 || key === " " || ctrlKey || metaKey || altKey) return false;
  field.focus({ preventScroll: true }); // the letter follows the focus
  return true;
}

// Who goes on typing a name while its side and confidence are asked does not mean the image. What answers the two
// (S, 1 to 5) is heard.
function typedAtDetails(viewer, { key, ctrlKey, metaKey, altKey }) {
  if (!viewer.picker?.label || ctrlKey || metaKey || altKey) return false;
  return key === "Backspace" || key === "Delete" || /^[^\s\ds]$/iu.test(key);
}

function isTyping(target) {
  return Boolean(target.closest("input, textarea, select, dialog, [contenteditable], [role=listbox]"));
}

// True where the key meant something here and the page should not act on it as well.
function keyPressed(viewer, event) {
  const pane = panesOf(viewer).find(({ parts }) => parts.stage === event.target) ?? null;
  const onStage = pane === viewer;
  if (event.key !== "Tab" && event.key !== "Shift") viewer.leaving = false;
  const typed = event.getModifierState("AltGraph"); // "[" on many keyboards
  if (!typed && (event.ctrlKey || event.metaKey || event.altKey)) return keyWithModifier(viewer, event, onStage);
  if (event.key === "Escape") return leave(viewer, pane);
  if (event.key in STEPS) return pane !== null && arrowPressed(pane, event, 1);
  if (event.key === "Tab") return onStage && !viewer.leaving && cycle(viewer, event.shiftKey ? -1 : 1);
  if (event.key === " ") return pane !== null && holdSpace(viewer);
  if (event.key === "Enter" && !onStage) return false;
  if (event.key === "Home" || event.key === "End") return pane !== null && goToFirstOrLast(pane, event.key);
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return actOnKey(viewer, pane ?? activePane(viewer), key);
}

function actOnKey(viewer, pane, key) {
  const onPane = /^[1-9]$/.test(key) ? numberPressed : PANE_KEYS[key];
  const action = KEYS[key] ?? (viewer.scene.mode === "draw" ? DRAWING_KEYS[key] : undefined);
  if (onPane && pane.samples) onPane(pane, key);
  else if (action) action(viewer, key);
  return Boolean(onPane ?? action);
}

function goToFirstOrLast(pane, key) {
  if (placeNow(pane).count > 1) goToEnd(pane, key === "End");
  return true;
}

function keyWithModifier(viewer, event, onStage) {
  if (event.key in STEPS) return onStage && arrowPressed(viewer, event, 10);
  if (event.altKey || viewer.scene.mode !== "draw") return false;
  const key = event.key.toLowerCase();
  if (key === "z") (event.shiftKey ? redo : undo)(viewer);
  else if (key === "y") redo(viewer);
  else return false;
  return true;
}

function arrowPressed(viewer, event, pixels) {
  if (!viewer.samples) return false;
  const [dx, dy] = STEPS[event.key].map((step) => step * pixels);
  const region = viewer.main ? null : selectedDrawn(viewer.regions);
  if (!region && dy && placeNow(viewer).count > 1) {
    goBySlice(viewer, dy);
    return true;
  }
  if (!region) {
    moveView(viewer, viewer.view, -Math.sign(dx) * PAN_BY_KEY, -Math.sign(dy) * PAN_BY_KEY);
    return true;
  }
  const size = sizeOfPicture(viewer.scene, region.picture);
  const box = event.shiftKey ? resizedBox(region.box, "se", dx, dy, size) : movedBox(region.box, dx, dy, size);
  if (!sameBox(box, region.box)) {
    nudgeRegion(viewer.regions, region.id, box, event.timeStamp);
    regionsChanged(viewer);
    bringIntoSight(viewer, { box });
  }
  announceSelected(viewer);
  return true;
}

function cycle(viewer, step) {
  const next = neighbour(viewer.regions, step);
  select(viewer, next?.id ?? null);
  if (next) bringIntoSight(viewer, next);
  return Boolean(next);
}

// Escape ends one thing at a time; from the box or from nothing it lets the next Tab leave, however many boxes follow.
function leave(viewer, pane) {
  if (panesOf(viewer).map(cancelGesture).includes(true)) return true;
  if (pane?.main) {
    viewer.parts.stage.focus({ preventScroll: true });
    return true;
  }
  if (viewer.lens) {
    toggleLens(viewer);
    return true;
  }
  if (viewer.chain.index !== null) {
    leaveChain(viewer);
    return true;
  }
  if (viewer.parts.root.classList.contains("filling")) {
    toggleFullscreen(viewer);
    return true;
  }
  viewer.leaving = true;
  if (!viewer.regions.selected) return false;
  select(viewer, null);
  return true;
}

function holdSpace(viewer) {
  viewer.spaceHeld = true;
  for (const { parts } of panesOf(viewer)) parts.stage.classList.add("grab");
  return true;
}

function releaseSpace(viewer) {
  viewer.spaceHeld = false;
  for (const { parts } of panesOf(viewer)) parts.stage.classList.toggle("grab", viewer.tool === "pan");
}

function nameSelected(viewer) {
  const region = selectedDrawn(viewer.regions);
  if (region) openPicker(viewer, region.id);
}

function cycleSide(viewer) {
  const region = selectedDrawn(viewer.regions);
  if (!region) return;
  const offered = [null, ...sidesOf(viewer, region.label)];
  changeRegion(viewer.regions, region.id, { side: offered[(offered.indexOf(region.side) + 1) % offered.length] });
  regionsChanged(viewer);
  announceSelected(viewer);
}

function setConfidence(viewer, key) {
  const region = selectedDrawn(viewer.regions);
  if (!region || !viewer.scene.ask_confidence) return;
  changeRegion(viewer.regions, region.id, { confidence: Number(key) });
  regionsChanged(viewer);
  viewer.announce(say("confidence_value", { value: key }));
}
