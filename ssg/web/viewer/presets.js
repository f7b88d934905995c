// Windows by name, on the number keys and in the sheet of window and level.
//
// CT in Hounsfield units has those of the textbooks, (width, level); all others are shares of the picture's own greys.

const HU_PRESETS = [
  { key: "1", name: "preset_soft", window: [400, 40] },
  { key: "2", name: "preset_lung", window: [1500, -600] },
  { key: "3", name: "preset_liver", window: [150, 90] },
  { key: "4", name: "preset_bone", window: [2500, 480] },
  { key: "5", name: "preset_brain", window: [80, 40] },
  { key: "6", name: "preset_mediastinum", window: [350, 50] },
  { key: "7", name: "preset_stroke", window: [40, 40] },
  { key: "8", name: "preset_opened" },
  { key: "9", name: "preset_full" },
];

const GREY_PRESETS = [
  { key: "1", name: "preset_opened" },
  { key: "2", name: "preset_full" },
  { key: "3", name: "preset_trimmed", shares: [0.01, 0.99] },
  { key: "4", name: "preset_narrow", shares: [0.1, 0.9] },
  { key: "5", name: "preset_dark", shares: [0, 0.5] },
  { key: "6", name: "preset_bright", shares: [0.5, 1] },
];

function presetsOf(samples) {
  return samples?.unit === "HU" ? HU_PRESETS : GREY_PRESETS;
}

function presetWindow({ name, window, shares }, samples) {
  if (window) return { width: window[0], level: window[1], inverted: false };
  if (name === "preset_full") return fullWindow(samples);
  return shares ? shareWindow(samples, ...shares) : openingWindow(samples);
}

// The window from one share of the pixels to another. The lowest and the highest value are left out of the count where
// others remain: they are mostly the background and what is burned in.
function shareWindow(samples, from, to) {
  const { grey, low, high } = samples;
  const counts = new Uint32Array(high - low + 1);
  for (let index = 0; index < grey.length; index += 1) counts[grey[index] - low] += 1;
  const inner = grey.length - counts[0] - counts[high - low];
  if (high - low > 1 && inner > grey.length / 100) counts[0] = counts[high - low] = 0;
  const total = counts.reduce((sum, count) => sum + count, 0);
  const ends = [from, to].map((share) => realOf(samples, low + valueAtShare(counts, share * total)));
  return windowOf(Math.min(...ends), Math.max(...ends), samples);
}

// The first value by which so many pixels are counted.
function valueAtShare(counts, wanted) {
  let running = 0;
  let last = 0;
  for (let value = 0; value < counts.length; value += 1) {
    if (!counts[value]) continue;
    running += counts[value];
    last = value;
    if (running >= wanted && running) return value;
  }
  return last;
}

function applyPreset(viewer, preset) {
  setWindow(viewer, { ...presetWindow(preset, viewer.samples), inverted: viewer.window.inverted });
  const { width, level } = windowInWords(viewer);
  viewer.announce(say("say_preset", { name: say(preset.name), width, level }));
}

// A number key: how sure of the selected box where the case asks for it, else a preset. Both are announced.
function numberPressed(viewer, key) {
  const main = mainOf(viewer);
  const asked = main.scene.mode === "draw" && main.scene.ask_confidence && selectedDrawn(main.regions);
  if (asked && CONFIDENCES.includes(Number(key))) {
    setConfidence(main, key);
    return;
  }
  const preset = presetsOf(viewer.samples).find((one) => one.key === key);
  if (preset) applyPreset(viewer, preset);
}

function presetList(viewer) {
  const pane = activePane(viewer);
  const list = make("div", { class: "presets", role: "group", "aria-label": say("presets") });
  for (const preset of presetsOf(pane.samples)) {
    const figures = preset.window ? say("preset_figures", { width: preset.window[0], level: preset.window[1] }) : "";
    const button = make("button", { type: "button", class: "preset" });
    button.append(make("kbd", { text: preset.key }), make("span", { text: say(preset.name) }), make("small", { text: figures }));
    button.dataset.focus = `preset:${preset.key}`;
    button.addEventListener("click", () => applyPreset(activePane(viewer), preset));
    list.append(button);
  }
  return list;
}
