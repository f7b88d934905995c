// The picker that names a box: a searchable list beside the box, then side and confidence where the case asks.
//
// It is a combobox with a listbox after the ARIA pattern, stands beside the box without blurring the image, and closing
// it without a choice leaves the box unnamed: nothing drawn is lost by it.

const PICKER_WIDTH = 300;

function choiceOf(viewer, label) {
  return viewer.scene.labels.find(({ name }) => name === label) ?? null;
}

function sidesOf(viewer, label) {
  return choiceOf(viewer, label)?.sides ?? [];
}

function listenToPicker(viewer) {
  viewer.parts.picker.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    closePicker(viewer, { refocus: true });
  });
}

function openPicker(viewer, id) {
  const { labels } = viewer.scene;
  const region = regionById(viewer.regions, id);
  if (!labels.length || !region) return;
  if (labels.length === 1 && !region.label) {
    chooseLabel(viewer, id, labels[0]);
    return;
  }
  showLevels(viewer, false);
  viewer.picker = { id, active: 0, hits: [] };
  viewer.parts.picker.hidden = false;
  updatePanel(viewer);
  buildPicker(viewer, region);
  placePicker(viewer, region);
  // On a phone a focused field would bring up the keyboard over the list; the list itself is near enough.
  if (!viewer.coarse) viewer.parts.picker.querySelector("input").focus({ preventScroll: true });
  viewer.parts.picker.scrollIntoView({ block: "nearest" });
}

function closePicker(viewer, { refocus = false } = {}) {
  if (!viewer.picker) return;
  const { picker } = viewer.parts;
  viewer.picker = null;
  picker.hidden = true;
  picker.replaceChildren();
  updatePanel(viewer);
  if (refocus) viewer.parts.stage.focus({ preventScroll: true });
}

function buildPicker(viewer, region) {
  const { picker } = viewer.parts;
  const title = say("picker", { number: numberOf(viewer.regions, region) });
  const listId = `${viewer.uid}-list`;
  const list = make("ul", { role: "listbox", id: listId, "aria-label": title });
  const input = make("input", {
    type: "text",
    role: "combobox",
    "aria-expanded": "true",
    "aria-autocomplete": "list",
    "aria-controls": listId,
    "aria-label": `${title}. ${say("picker_search")}`,
    placeholder: say("picker_search"),
    autocomplete: "off",
    spellcheck: "false",
    maxlength: "80",
  });
  input.addEventListener("input", () => {
    fillList(viewer, list, input);
    const count = viewer.picker.hits.length;
    viewer.announce(count ? say("picker_count", { count }) : say("picker_none"));
  });
  input.addEventListener("keydown", (event) => pickerKey(viewer, event, list, input));
  picker.replaceChildren(sheetHeader(title, () => closePicker(viewer, { refocus: true })), input, list);
  picker.setAttribute("aria-label", title);
  fillList(viewer, list, input);
  list.style.minHeight = `${list.offsetHeight}px`; // the sheet keeps its size and place while somebody types
}

function fillList(viewer, list, input) {
  viewer.picker.hits = searchLabels(viewer.scene.labels, input.value);
  const region = regionById(viewer.regions, viewer.picker.id);
  const current = viewer.picker.hits.findIndex(({ label }) => label.name === region.label);
  const rows = viewer.picker.hits.map((hit, index) => optionRow(viewer, hit, index, input.value === ""));
  list.replaceChildren(...rows.flat());
  if (!rows.length) list.append(make("li", { class: "none", role: "presentation", text: say("picker_none") }));
  setActive(viewer, list, input, input.value === "" ? Math.max(current, 0) : 0);
}

function optionRow(viewer, { label, synonym }, index, grouped) {
  const option = make("li", { role: "option", id: `${viewer.uid}-option-${index}`, "aria-selected": "false" });
  option.append(make("span", { text: label.name }));
  if (synonym) option.append(make("small", { text: say("picker_also", { synonym }) }));
  option.addEventListener("click", () => chooseLabel(viewer, viewer.picker.id, label));
  const before = viewer.picker.hits[index - 1]?.label.group;
  if (!grouped || !label.group || before === label.group) return [option];
  return [make("li", { class: "group", role: "presentation", text: label.group }), option];
}

function setActive(viewer, list, input, index) {
  const options = [...list.querySelectorAll("[role=option]")];
  viewer.picker.active = clamp(index, 0, Math.max(options.length - 1, 0));
  options.forEach((option, at) => option.setAttribute("aria-selected", String(at === viewer.picker.active)));
  const active = options[viewer.picker.active];
  input.setAttribute("aria-activedescendant", active?.id ?? "");
  if (active) list.scrollTop = clamp(list.scrollTop, active.offsetTop + active.offsetHeight - list.clientHeight, active.offsetTop);
}

function pickerKey(viewer, event, list, input) {
  const { active, hits } = viewer.picker;
  const moves = { ArrowDown: active + 1, ArrowUp: active - 1, PageDown: active + 8, PageUp: active - 8 };
  if (event.key in moves) setActive(viewer, list, input, moves[event.key]);
  else if (event.key === "Enter" && hits[active]) chooseLabel(viewer, viewer.picker.id, hits[active].label);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function chooseLabel(viewer, id, label) {
  const region = regionById(viewer.regions, id);
  const repeated = region && repeatedRegion(viewer.regions, region, label.name);
  if (repeated) {
    notify(viewer, say("repeated", { number: numberOf(viewer.regions, repeated), label: label.name }));
    return;
  }
  if (region && region.label !== label.name) {
    const side = label.sides.includes(region.side) ? region.side : null;
    changeRegion(viewer.regions, id, { label: label.name, side });
    regionsChanged(viewer);
  }
  if (region && (label.sides.length || viewer.scene.ask_confidence)) askDetails(viewer, id, label);
  else closePicker(viewer, { refocus: true });
  announceSelected(viewer);
}

// Side and confidence: two rows of buttons, both of which may be left as they are.
function askDetails(viewer, id, label) {
  const { picker } = viewer.parts;
  showLevels(viewer, false);
  viewer.picker = { id, active: 0, hits: [], label };
  picker.hidden = false;
  updatePanel(viewer);
  picker.setAttribute("aria-label", label.name);
  buildDetails(viewer, label);
  placePicker(viewer, regionById(viewer.regions, id));
  // Enter, which has just named the box or is pressed by habit, chooses nothing: it closes the sheet.
  if (!viewer.coarse) picker.querySelector(".done").focus({ preventScroll: true });
}

function buildDetails(viewer, label) {
  const { picker } = viewer.parts;
  const { id } = viewer.picker;
  const close = () => closePicker(viewer, { refocus: true });
  const rows = detailRows(viewer, regionById(viewer.regions, id), (values) => {
    changeRegion(viewer.regions, id, values);
    regionsChanged(viewer);
  });
  const done = make("button", { type: "button", class: "done", text: say("done") });
  done.dataset.focus = "done";
  done.addEventListener("click", close);
  picker.replaceChildren(sheetHeader(label.name, close), ...rows, done);
}

// The box has changed under the picker: by a key, by undo. A box that is gone takes its picker with it.
function refreshPicker(viewer) {
  if (!viewer.picker) return;
  const region = regionById(viewer.regions, viewer.picker.id);
  const { label } = viewer.picker;
  if (!region) closePicker(viewer);
  else if (label && region.label === label.name) rebuild(viewer.parts.picker, () => buildDetails(viewer, label));
}

function detailRows(viewer, region, change) {
  const rows = [];
  const sides = sidesOf(viewer, region.label);
  const sideOptions = sides.map((value) => ({ value, text: sideInWords(value) }));
  if (sides.length) rows.push(detail("side", choiceRow(say("side"), sideOptions, region.side, (side) => change({ side }))));
  const hints = { 1: say("confidence_low"), 5: say("confidence_high") };
  const grades = CONFIDENCES.map((value) => ({ value, text: String(value), title: hints[value] ?? String(value) }));
  if (viewer.scene.ask_confidence) {
    const row = choiceRow(say("confidence"), grades, region.confidence, (confidence) => change({ confidence }));
    rows.push(detail("confidence", row, make("small", { class: "legend", text: say("confidence_legend") })));
  }
  return rows;
}

function detail(word, ...rows) {
  return make("div", { class: "detail" }, make("span", { class: "detail-name", text: say(word) }), ...rows);
}

// Beside the box: right of it, else left of it, else where most room is. On a narrow screen the style sheet puts the
// picker below the image instead.
function placePicker(viewer, region) {
  const { picker } = viewer.parts;
  const [stageWidth, stageHeight] = viewer.stageSize;
  if (!viewer.view || !region) return;
  const rect = toStage(viewer.view, region.box);
  const roomRight = stageWidth - rect.right;
  const left = roomRight >= PICKER_WIDTH + 20 || roomRight >= rect.left ? rect.right + 14 : rect.left - PICKER_WIDTH - 14;
  picker.style.left = `${clamp(left, 8, Math.max(stageWidth - PICKER_WIDTH - 8, 8))}px`;
  picker.style.top = `${clamp(rect.top, 8, Math.max(stageHeight - picker.offsetHeight - 8, 8))}px`;
}
