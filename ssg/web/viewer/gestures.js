// Mouse, pen and touch on the stage: one gesture at a time, each an object {kind, from, ...} until the pointer lifts.
//
// A gesture changes only the view, the window or its own preview; a box changes once, when the gesture ends, so an
// interrupted gesture leaves nothing behind and one undo takes back one gesture.

const REACH = { mouse: 9, pen: 12, touch: 22 }; // how far from a handle a press still takes it, in CSS pixels
const SLIP = { mouse: 3, pen: 4, touch: 8 }; // a press that moves less is a click
const ZOOM_PER_PIXEL = 0.006; // of a zooming drag

function listenToPointers(viewer) {
  const { stage } = viewer.parts;
  stage.addEventListener("pointerdown", (event) => pressed(viewer, event));
  stage.addEventListener("pointermove", (event) => dragged(viewer, event));
  stage.addEventListener("pointerup", (event) => lifted(viewer, event));
  stage.addEventListener("pointercancel", (event) => interrupted(viewer, event));
  stage.addEventListener("pointerleave", () => showCursor(viewer, null));
  // A held middle button would begin the browser's own scrolling.
  stage.addEventListener("mousedown", (event) => event.button === 1 && event.preventDefault());
  stage.addEventListener("contextmenu", (event) => event.preventDefault());
  stage.addEventListener("wheel", (event) => wheeled(viewer, event), { passive: false });
  stage.addEventListener("dblclick", (event) => doubleClicked(viewer, event));
  // Two fingers are ours, also where one finger scrolls the page.
  stage.addEventListener("touchmove", (event) => event.touches.length > 1 && event.preventDefault(), { passive: false });
}

function stagePoint(viewer, event) {
  const frame = viewer.parts.stage.getBoundingClientRect();
  return [event.clientX - frame.left, event.clientY - frame.top];
}

function pressed(viewer, event) {
  if (!viewer.samples || event.target.closest("button")) return;
  event.preventDefault();
  viewer.parts.stage.focus({ preventScroll: true });
  viewer.leaving = false;
  makeActive(viewer);
  closePicker(mainOf(viewer));
  if (!isHeldByDrag(viewer, event)) showLevels(viewer, false);
  const point = stagePoint(viewer, event);
  viewer.pointers.set(event.pointerId, point);
  viewer.parts.stage.setPointerCapture(event.pointerId);
  setPointerKind(viewer, event.pointerType);
  if (event.pointerType === "touch") viewer.pointer = point;
  if (viewer.pointers.size === 1) startGesture(viewer, event, point);
  else if (viewer.pointers.size === 2) startPinch(viewer);
  requestPaint(viewer, "overlay");
}

function setPointerKind(viewer, kind) {
  viewer.coarse = kind === "touch";
  viewer.reach = REACH[kind] ?? REACH.mouse;
}

// The sheet of window and level stays open while its values are dragged on the image.
function isHeldByDrag(viewer, event) {
  return gestureOf(viewer, event) === "contrast";
}

// "draw", "pan", "contrast", "zoom", "scroll" or "lens"; undefined for a button that does nothing here.
function gestureOf(viewer, event) {
  const action = pressAction(viewer, event.button);
  if (event.pointerType === "touch" && viewer.lens && action === "pan") return "lens";
  if (action === "draw" && viewer.main) return "pan";
  if (action === "scroll" && placeNow(viewer).count < 2) return "zoom";
  return action;
}

function startGesture(viewer, event, point) {
  const kind = gestureOf(viewer, event);
  if (!kind) return;
  const base = { kind, from: point, button: event.button, slip: SLIP[event.pointerType] ?? SLIP.mouse, moved: false };
  if (kind === "draw") {
    if (isWaiting(viewer)) return;
    if (viewer.chain.index !== null) leaveChain(viewer);
    viewer.gesture = { ...base, ...boxGesture(viewer, event, point) };
  } else {
    if (kind === "contrast") prepareQuickly(viewer); // before the hand moves
    viewer.gesture = { ...base, view: viewer.view, window: viewer.window, frame: placeNow(viewer).frame };
  }
  viewer.parts.stage.classList.toggle("grabbing", kind === "pan");
}

// What a press of the drawing tool takes hold of: a handle of the selected box, a box, or empty image.
function boxGesture(viewer, event, point) {
  const image = toImage(viewer.view, point);
  const selected = selectedHere(viewer);
  const handle =
    selected && !event.shiftKey && handleAt(toStage(viewer.view, selected.box), point, viewer.reach);
  if (handle) return { kind: "resize", handle, region: selected.id, box: selected.box };
  const hit = event.shiftKey ? null : regionAt(visibleDrawn(viewer), image, 3 / viewer.view.scale);
  if (!hit) return { kind: "draw", anchor: image };
  const again = hit.id === selected?.id;
  select(viewer, hit.id);
  return { kind: "move", region: hit.id, box: hit.box, again };
}

function selectedHere(viewer) {
  const selected = selectedDrawn(viewer.regions);
  return selected && selected.picture === viewer.regions.picture ? selected : null;
}

function visibleDrawn(viewer) {
  return viewer.regions.drawn.filter((region) => isHere(viewer.regions, region));
}

function dragged(viewer, event) {
  const point = stagePoint(viewer, event);
  if (!viewer.samples) return;
  if (viewer.pointers.has(event.pointerId)) viewer.pointers.set(event.pointerId, point);
  if (event.pointerType !== "touch" || viewer.pointers.size) showCursor(viewer, point);
  const { gesture } = viewer;
  if (!gesture) hover(viewer, event, point);
  else if (gesture.kind === "pinch") pinched(viewer, gesture);
  else if (viewer.pointers.has(event.pointerId)) follow(viewer, gesture, point);
}

function follow(viewer, gesture, point) {
  const [dx, dy] = [point[0] - gesture.from[0], point[1] - gesture.from[1]];
  gesture.moved ||= Math.hypot(dx, dy) >= gesture.slip;
  if (!gesture.moved) return;
  const { scale } = viewer.view;
  const size = imageSize(viewer);
  if (gesture.kind === "pan") moveView(viewer, gesture.view, dx, dy);
  if (gesture.kind === "contrast") setWindow(viewer, draggedWindow(gesture.window, dx, dy, viewer.samples, viewer.stageSize));
  if (gesture.kind === "zoom") {
    setView(viewer, zoomedView(gesture.view, gesture.from, Math.exp(-dy * ZOOM_PER_PIXEL), size, viewer.stageSize));
  }
  if (gesture.kind === "scroll") scrolled(viewer, gesture, dy);
  if (gesture.kind === "draw") gesture.preview = boxBetween(gesture.anchor, toImage(viewer.view, point), size);
  if (gesture.kind === "move") gesture.preview = movedBox(gesture.box, dx / scale, dy / scale, size);
  if (gesture.kind === "resize") gesture.preview = resizedBox(gesture.box, gesture.handle, dx / scale, dy / scale, size);
  requestPaint(viewer, "overlay");
}

// A drag over the whole stage goes through the whole stack, and one of a few pixels to the next slice at least.
function scrolled(viewer, gesture, dy) {
  const { frame, count } = placeNow(viewer);
  const perSlice = clamp(viewer.stageSize[1] / count, 4, 24);
  const wanted = clamp(gesture.frame + Math.round(dy / perSlice), 0, count - 1);
  if (wanted !== frame) goBySlice(viewer, wanted - frame);
}

function lifted(viewer, event) {
  viewer.pointers.delete(event.pointerId);
  if (event.pointerType === "touch") showCursor(viewer, null);
  const { gesture } = viewer;
  if (!gesture || viewer.pointers.size) return;
  viewer.gesture = null;
  viewer.parts.stage.classList.remove("grabbing");
  finish(viewer, gesture, stagePoint(viewer, event));
  requestPaint(viewer, "view");
}

function finish(viewer, gesture, point) {
  if (gesture.kind === "pinch") return;
  if (!gesture.moved) {
    if (gesture.button === 0) clicked(viewer, point, gesture);
  } else if (gesture.kind === "draw") {
    finishDrawing(viewer, gesture);
  } else if (gesture.preview && !sameBox(gesture.preview, gesture.box)) {
    changeRegion(viewer.regions, gesture.region, { box: gesture.preview });
    regionsChanged(viewer);
    announceSelected(viewer);
  } else if (gesture.kind === "contrast") {
    announceWindow(viewer);
  } else if (gesture.kind === "zoom") {
    viewer.announce(say("say_zoom", { percent: percentOf(viewer.view) }));
  }
}

// A stroke is cut off by something that is no act of the hand: what is drawn so far is kept, and can be undone.
function keepStroke(viewer) {
  const { gesture } = viewer;
  const drawing = gesture?.preview && ["draw", "move", "resize"].includes(gesture.kind) && viewer.view;
  if (!drawing) {
    cancelGesture(viewer);
    return;
  }
  viewer.gesture = null;
  viewer.pointers.clear();
  if (gesture.kind !== "draw") finish(viewer, gesture);
  else if (isStroke(viewer, gesture) && addBox(viewer, gesture.preview)) notify(viewer, say("stroke_kept"));
}

// A stroke that is thin on the screen is a slip of the hand, not a finding.
function isStroke(viewer, { preview, slip }) {
  const { left, top, right, bottom } = toStage(viewer.view, preview);
  return hasArea(preview) && Math.min(right - left, bottom - top) >= slip;
}

function finishDrawing(viewer, gesture) {
  if (!isStroke(viewer, gesture)) return;
  const region = addBox(viewer, gesture.preview);
  if (region) openPicker(viewer, region.id);
}

// A finger has no double click: its second tap on a box names it.
function clicked(viewer, point, { again }) {
  if (viewer.chain.index !== null) return;
  const slack = 3 / viewer.view.scale;
  const image = toImage(viewer.view, point);
  const hit = regionAt(visibleDrawn(viewer), image, slack) ?? regionAt(visibleRegions(viewer.regions), image, slack);
  select(viewer, hit?.id ?? null);
  if (hit && again && viewer.coarse && !viewer.main) openPicker(viewer, hit.id);
}

function doubleClicked(viewer, event) {
  if (viewer.main || !viewer.view) return;
  const hit = regionAt(visibleDrawn(viewer), toImage(viewer.view, stagePoint(viewer, event)), 0);
  if (hit) openPicker(viewer, hit.id);
}

function interrupted(viewer, event) {
  const { gesture } = viewer;
  viewer.pointers.delete(event.pointerId);
  cancelGesture(viewer);
  if (event.pointerType === "touch") showCursor(viewer, null);
  if (gesture?.kind === "pan") setView(viewer, gesture.view); // the finger scrolls the page instead
}

function cancelGesture(viewer) {
  const { gesture } = viewer;
  viewer.gesture = null;
  viewer.parts.stage.classList.remove("grabbing");
  if (gesture?.kind === "contrast") setWindow(viewer, gesture.window);
  if (gesture) requestPaint(viewer, "view");
  return Boolean(gesture);
}

// Two fingers: their middle moves the image, their distance zooms it. A box begun by the first finger is dropped.
function startPinch(viewer) {
  cancelGesture(viewer);
  viewer.gesture = { kind: "pinch", ...fingers(viewer), view: viewer.view };
}

function fingers(viewer) {
  const [a, b] = [...viewer.pointers.values()];
  return { middle: [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2], distance: Math.hypot(a[0] - b[0], a[1] - b[1]) };
}

function pinched(viewer, gesture) {
  if (viewer.pointers.size < 2) return;
  const now = fingers(viewer);
  const factor = now.distance / Math.max(gesture.distance, 1);
  const zoomed = zoomedView(gesture.view, gesture.middle, factor, imageSize(viewer), viewer.stageSize);
  moveView(viewer, zoomed, now.middle[0] - gesture.middle[0], now.middle[1] - gesture.middle[1]);
}

function wheeled(viewer, event) {
  if (!viewer.samples) return;
  event.preventDefault();
  const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
  const way = wheelAction(viewer, event);
  if (way === "scroll") return wheelOverStack(viewer, event, lines);
  const turned = clamp(event.deltaY * lines, -240, 240);
  if (way === "level") {
    const [, height] = viewer.stageSize;
    return setWindow(viewer, draggedWindow(viewer.window, 0, (turned / 240) * (height / 20), viewer.samples, viewer.stageSize));
  }
  const speed = event.ctrlKey ? 0.01 : 0.0016; // trackpads report a pinch as small steps with Ctrl
  return zoomAt(viewer, stagePoint(viewer, event), Math.exp(-turned * speed));
}

function hover(viewer, event, point) {
  const { stage } = viewer.parts;
  if (event.pointerType === "touch") return;
  setPointerKind(viewer, event.pointerType);
  const draws = pressAction(viewer, 0) === "draw" && !viewer.main;
  stage.style.cursor = draws ? drawingCursor(viewer, event, point) : "";
}

function drawingCursor(viewer, event, point) {
  const selected = selectedHere(viewer);
  const handle =
    selected && !event.shiftKey && handleAt(toStage(viewer.view, selected.box), point, viewer.reach);
  if (handle) return `${handle}-resize`;
  const over = !event.shiftKey && regionAt(visibleDrawn(viewer), toImage(viewer.view, point), 3 / viewer.view.scale);
  return over ? "move" : "crosshair";
}
