// Window and level: how grey values become light. The sheet with two sliders is the way without a mouse.

function setWindow(viewer, window) {
  viewer.window = window;
  updateReadout(viewer);
  updateLevels(viewer);
  requestPaint(viewer, "window");
}

function invert(viewer) {
  setWindow(viewer, { ...viewer.window, inverted: !viewer.window.inverted });
  updateToolbar(viewer);
  viewer.announce(say(viewer.window.inverted ? "say_inverted" : "say_upright"));
}

function announceWindow(viewer) {
  const { width, level } = viewer.window;
  viewer.announce(say("say_window", { width: Math.round(width), level: Math.round(level) }));
}

function buildLevels(viewer) {
  const { levels } = viewer.parts;
  const change = (values) => {
    if (viewer.samples) setWindow(viewer, limitedWindow({ ...viewer.window, ...values }, viewer.samples));
  };
  const reset = make("button", { type: "button", class: "plain", text: say("window_reset") });
  reset.addEventListener("click", () => {
    change({ ...fullWindow(viewer.samples), inverted: viewer.window.inverted });
    announceWindow(viewer);
  });
  levels.setAttribute("aria-label", say("window"));
  levels.replaceChildren(
    sheetHeader(say("window"), () => showLevels(viewer, false)),
    slider(viewer, "width", (width) => change({ width })),
    slider(viewer, "level", (level) => change({ level })),
    reset,
  );
  levels.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    showLevels(viewer, false);
  });
}

function slider(viewer, name, change) {
  const input = make("input", { type: "range", id: `${viewer.uid}-${name}`, step: "1" });
  input.dataset.of = name;
  input.addEventListener("input", () => change(Number(input.value)));
  const label = make("label", { for: input.id, text: say(`window_${name}`) });
  return make("div", { class: "slider" }, label, make("output", { for: input.id }), input);
}

function updateLevels(viewer) {
  const { levels } = viewer.parts;
  if (levels.hidden || !viewer.samples) return;
  const { low, high } = viewer.samples;
  const limits = { width: [Math.max((high - low) / 255, 1), 2 * (high - low)], level: [low, high] };
  for (const input of levels.querySelectorAll("input")) {
    const [least, most] = limits[input.dataset.of];
    const value = Math.round(viewer.window[input.dataset.of]);
    Object.assign(input, { min: least, max: most, value });
    input.style.setProperty("--filled", `${((value - least) / (most - least)) * 100}%`);
    input.previousSibling.textContent = String(value);
  }
}

function showLevels(viewer, shown) {
  const { levels, stage } = viewer.parts;
  if (levels.hidden === !shown) return;
  if (shown) closePicker(viewer);
  const held = levels.contains(document.activeElement);
  levels.hidden = !shown;
  updateLevels(viewer);
  updateToolbar(viewer);
  if (shown) levels.querySelector("input").focus({ preventScroll: true });
  else if (held) stage.focus({ preventScroll: true });
}
