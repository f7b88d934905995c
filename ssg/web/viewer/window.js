// Window and level: how grey values become light. The sheet with two sliders is the way without a mouse.

function setWindow(viewer, window) {
  viewer.window = window;
  viewer.stale = true;
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
  const { width, level } = windowInWords(viewer);
  viewer.announce(say("say_window", { width, level }));
}

function windowInWords({ window: { width, level }, samples }) {
  return { width: valueInWords(width, samples), level: valueInWords(level, samples) };
}

function buildLevels(viewer) {
  const { levels } = viewer.parts;
  const change = (values) => {
    const pane = activePane(viewer);
    if (pane.samples) setWindow(pane, limitedWindow({ ...pane.window, ...values }, pane.samples));
  };
  levels.setAttribute("aria-label", say("window"));
  levels.replaceChildren(
    sheetHeader(say("window"), () => showLevels(viewer, false)),
    slider(viewer, "width", (width) => change({ width })),
    slider(viewer, "level", (level) => change({ level })),
    make("div", { class: "presets" }),
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
  const { samples, window } = activePane(viewer);
  if (levels.hidden || !samples) return;
  const { low, high, least, most } = windowLimits(samples);
  const limits = { width: [least, most], level: [low, high] };
  for (const input of levels.querySelectorAll("input")) {
    const [from, to] = limits[input.dataset.of];
    const value = window[input.dataset.of];
    const step = stepOf(samples) >= 1 ? 1 : (to - from) / 1000;
    const [min, max] = step === 1 ? [Math.round(from), Math.round(to)] : [from, to];
    Object.assign(input, { step, min, max, value: step === 1 ? Math.round(value) : value });
    input.style.setProperty("--filled", `${clamp((value - from) / (to - from), 0, 1) * 100}%`);
    input.previousSibling.textContent = valueInWords(value, samples);
  }
}

function showLevels(pane, shown) {
  const viewer = mainOf(pane);
  const { levels, stage } = viewer.parts;
  if (levels.hidden === !shown) return;
  if (shown) {
    closePicker(viewer);
    levels.lastChild.replaceWith(presetList(viewer));
  }
  const held = levels.contains(document.activeElement);
  levels.hidden = !shown;
  updateLevels(viewer);
  updateToolbar(viewer);
  if (shown) levels.querySelector("input").focus({ preventScroll: true });
  else if (held) stage.focus({ preventScroll: true });
}
