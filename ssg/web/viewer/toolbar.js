// The tools above the image: one stop for Tab, arrows go through it. What cannot be used now is dimmed, not removed.

const TOOLS = { draw: ["draw", "pan", "contrast"], show: ["pan", "contrast"] };

// Called with every scene. The tool in hand stays in hand from case to case.
function setMode(viewer) {
  const { root } = viewer.parts;
  const { mode } = viewer.scene;
  const comparable = canCompare(viewer);
  showLevels(viewer, false);
  if (root.dataset.mode === mode && viewer.comparable === comparable) return;
  const another = root.dataset.mode !== mode;
  root.dataset.mode = mode;
  viewer.comparable = comparable;
  buildToolbar(viewer);
  if (another) setTool(viewer, TOOLS[mode][0]);
}

function canCompare({ scene }) {
  return Boolean(scene.image) && seriesOf(scene).length > 1;
}

function setTool(viewer, tool) {
  viewer.tool = tool;
  for (const pane of panesOf(viewer)) {
    const { stage } = pane.parts;
    stage.classList.toggle("grab", tool === "pan");
    stage.classList.toggle("windowing", tool === "contrast");
    stage.style.cursor = "";
    allowScrolling(pane);
  }
  updateToolbar(viewer);
}

function buildToolbar(viewer) {
  const { toolbar } = viewer.parts;
  const tools = TOOLS[viewer.scene.mode].map((tool) => toolButton(viewer, tool));
  const groups = [tools, viewer.scene.mode === "draw" ? drawingButtons(viewer) : [], greyButtons(viewer), viewButtons(viewer)];
  groups.push(endButtons(viewer));
  const filled = groups.filter((buttons) => buttons.length);
  toolbar.replaceChildren(...filled.map((buttons) => make("div", { class: "tools" }, ...buttons)));
  rove(toolbar, toolbar.querySelector("button"));
}

function listenToToolbar({ parts: { toolbar } }) {
  toolbar.addEventListener("keydown", (event) => toolbarKey(toolbar, event));
  toolbar.addEventListener("focusin", (event) => rove(toolbar, event.target));
}

function toolButton(viewer, tool) {
  const key = { draw: "D", pan: "G", contrast: "W" }[tool];
  const button = iconButton(`tool_${tool}`, tool, () => pickTool(viewer, tool), { key, text: say(`short_${tool}`) });
  button.dataset.tool = tool;
  return button;
}

function pickTool(viewer, tool) {
  setTool(viewer, tool);
  viewer.announce(say("say_tool", { tool: say(`short_${tool}`) }));
}

function drawingButtons(viewer) {
  return [
    named("new", iconButton("new_box", "box", () => ifReady(viewer, newBox), { key: "N", text: say("short_new") })),
    named("undo", iconButton("undo", "undo", () => undo(viewer), { key: "Ctrl+Z" })),
    named("redo", iconButton("redo", "redo", () => redo(viewer), { key: "Ctrl+Y" })),
    named("delete", iconButton("delete", "bin", () => deleteSelected(viewer), { key: "Delete" })),
  ];
}

function greyButtons(viewer) {
  const levels = () => ifReady(viewer, () => showLevels(viewer, viewer.parts.levels.hidden));
  return [
    named("levels", iconButton("window", "window", levels)),
    named("invert", iconButton("invert", "invert", () => ifReady(activePane(viewer), invert), { key: "I" })),
  ];
}

function viewButtons(viewer) {
  const zoom = (factor) => () => ifReady(activePane(viewer), (pane) => zoomAt(pane, middleOf(pane), factor));
  const compare = () => ifReady(viewer, toggleBeside);
  return [
    named("out", iconButton("zoom_out", "farther", zoom(1 / ZOOM_BY_KEY), { key: "−" })),
    named("in", iconButton("zoom_in", "closer", zoom(ZOOM_BY_KEY), { key: "+" })),
    named("fit", iconButton("fit", "fit", () => ifReady(activePane(viewer), resetView), { key: "0" })),
    named("lens", iconButton("lens", "lens", () => ifReady(viewer, toggleLens), { key: "M" })),
    ...(canCompare(viewer) ? [named("beside", iconButton("compare", "beside", compare, { key: "B" }))] : []),
    named("eye", iconButton("show_boxes", "eye", () => toggleVisibility(viewer, "all"), { key: "H" })),
  ];
}

function endButtons(viewer) {
  return [
    named("full", iconButton("fullscreen", "full", () => toggleFullscreen(viewer), { key: "F" })),
    named("help", iconButton("help", "help", () => openHelp(viewer), { key: "?" })),
  ];
}

function named(name, button) {
  button.dataset.name = name;
  return button;
}

// Buttons stay reachable while an image loads, and do nothing yet.
function ifReady(viewer, act) {
  if (viewer.samples) act(viewer);
}

function updateToolbar(given) {
  const viewer = mainOf(given);
  const { toolbar, levels } = viewer.parts;
  const { regions, samples } = viewer;
  const usable = {
    new: samples,
    undo: regions.past.length,
    redo: regions.future.length,
    delete: selectedDrawn(regions),
    eye: regions.drawn.length + regions.shown.length,
    levels: samples,
    invert: samples,
    in: samples,
    out: samples,
    fit: samples,
    lens: samples,
    beside: samples,
  };
  const { window } = activePane(viewer);
  const pressed = { eye: regions.hidden.has("all"), invert: Boolean(window?.inverted), full: isFull(viewer) };
  Object.assign(pressed, { lens: viewer.lens, beside: Boolean(viewer.beside) });
  for (const button of toolbar.querySelectorAll("button")) {
    const { name, tool } = button.dataset;
    if (tool) button.setAttribute("aria-pressed", String(tool === viewer.tool));
    if (name in usable) setUsable(button, Boolean(usable[name]));
    if (name in pressed) button.setAttribute("aria-pressed", String(pressed[name]));
    if (name === "levels") button.setAttribute("aria-expanded", String(!levels.hidden));
    if (name === "eye") button.querySelector("path").setAttribute("d", ICONS[pressed.eye ? "shut" : "eye"]);
  }
}

// The keyboard in the toolbar -------------------------------------------------------------------------------------

function toolbarKey(toolbar, event) {
  const buttons = [...toolbar.querySelectorAll("button")];
  const at = buttons.indexOf(event.target);
  const goals = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 };
  if (!(event.key in goals) || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  event.stopPropagation();
  buttons[(goals[event.key] + buttons.length) % buttons.length].focus();
}

function rove(toolbar, current) {
  for (const button of toolbar.querySelectorAll("button")) button.tabIndex = button === current ? 0 : -1;
}
