// Making elements. All text goes in by textContent: a label or a file name can hold no markup that runs.

const SVG = "http://www.w3.org/2000/svg";

// Strokes on a 24 × 24 grid.
const ICONS = {
  draw: "M4 8V4h4M11 4h2M16 4h4v4M4 11v2M8 20H4v-4M12 12l8.5 3.2-3.7 1.6-1.6 3.7z",
  pan: "M12 3v18M3 12h18M9.5 5.5 12 3l2.5 2.5M9.5 18.5 12 21l2.5-2.5M5.5 9.5 3 12l2.5 2.5M18.5 9.5 21 12l-2.5 2.5",
  contrast: "M12 3.5a8.5 8.5 0 1 0 0 17zM12 3.5a8.5 8.5 0 0 1 0 17M15 7v10M18 9v6",
  box: "M6 5h12a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1zM12 9v6M9 12h6",
  undo: "M8 5 4 9l4 4M4 9h9a6 6 0 0 1 0 12h-3",
  redo: "m16 5 4 4-4 4M20 9h-9a6 6 0 0 0 0 12h3",
  pen: "M4 20l1-4.5L16.5 4l3.5 3.5L8.5 19zM14 6.5l3.5 3.5",
  bin: "M4 7h16M9 7V4h6v3M6.5 7l1 13h9l1-13M10 11v5.5M14 11v5.5",
  window: "M5 4v7M5 15v5M12 4v3M12 11v9M19 4v9M19 17v3M3 13h4M10 9h4M17 15h4",
  invert: "M4 4h16v16H4zM4 20 20 4M7 8h4M9 6v4M14 16h4",
  closer: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M15.3 15.3 20 20M8 10.5h5M10.5 8v5",
  farther: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M15.3 15.3 20 20M8 10.5h5",
  fit: "M9 4H4v5M15 4h5v5M9 20H4v-5M15 20h5v-5",
  eye: "M2.5 12s3.5-6.5 9.5-6.5 9.5 6.5 9.5 6.5-3.5 6.5-9.5 6.5S2.5 12 2.5 12zM12 9.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6",
  shut: "M2.5 12s3.5-6.5 9.5-6.5 9.5 6.5 9.5 6.5-3.5 6.5-9.5 6.5S2.5 12 2.5 12zM4 20 20 4",
  full: "M14 4h6v6M20 4l-7 7M10 20H4v-6M4 20l7-7",
  help: "M9 9.2a3 3 0 1 1 4.4 2.7c-.9.5-1.4 1.1-1.4 2.1M12 17.6v.1M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18",
  lens: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17M12 8v8M8 12h8M12 3.5V2M12 22v-1.5M3.5 12H2M22 12h-1.5",
  beside: "M4 5h16a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1zM12 5v14",
  link: "M10 14a4 4 0 0 0 5.7 0l3-3a4 4 0 0 0-5.7-5.7l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1",
  close: "M6 6l12 12M18 6 6 18",
  play: "M8 5v14l11-7z",
  pause: "M8 5v14M16 5v14",
  previous: "M15 5l-8 7 8 7",
  next: "M9 5l8 7-8 7",
};

// make("p", {class: "note", text: "…", onclick: f}, child, ...)
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") element.textContent = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (typeof value === "boolean") element.toggleAttribute(name, value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

function iconButton(word, iconName, action, { key = "", text = "" } = {}) {
  const button = make("button", { type: "button", class: text ? "tool worded" : "tool", onclick: action });
  button.append(icon(iconName));
  if (text) button.append(make("span", { text }));
  nameButton(button, say(word), key);
  return button;
}

function nameButton(button, name, key = button.dataset.key) {
  button.dataset.key = key ?? "";
  button.title = button.dataset.key ? `${name} (${button.dataset.key})` : name;
  button.setAttribute("aria-label", name);
}

function setIcon(button, iconName, name) {
  button.querySelector("path").setAttribute("d", ICONS[iconName]);
  nameButton(button, name);
}

// Dimmed, and still there for the keyboard: a button that is switched off under the focus would lose it.
function setUsable(button, usable) {
  button.setAttribute("aria-disabled", String(!usable));
}

function sheetHeader(title, close) {
  return make("header", {}, make("div", { class: "title", text: title }), iconButton("close", "close", close));
}

// A row of buttons of which one at most is pressed; pressing it again lets it go.
function choiceRow(name, options, chosen, choose) {
  const row = make("div", { class: "choices", role: "group", "aria-label": name });
  for (const { value, text, title } of options) {
    const pressed = value === chosen;
    const button = make("button", { type: "button", text, title: title ?? text, "aria-pressed": String(pressed) });
    button.dataset.focus = `${name}:${value}`;
    button.addEventListener("click", () => choose(pressed ? null : value));
    row.append(button);
  }
  return row;
}

// Rebuilds a part of the page and puts the keyboard's focus back where it was, by the elements' data-focus; or on
// `otherwise`, where that element is gone (the row of a box that was deleted).
function rebuild(container, build, otherwise) {
  const held = container.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
  build();
  if (!held) return;
  const again = container.querySelector(`[data-focus="${CSS.escape(held)}"]`) ?? otherwise;
  again?.focus({ preventScroll: true });
}
