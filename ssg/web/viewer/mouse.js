// What the mouse buttons and the wheel do: as usual, or as the person has set it on the page of keys. Kept in this
// browser; one that keeps nothing starts as usual each time.

const MOUSE_KEY = "ssg.mouse";
const USUAL_MOUSE = { left: "tool", middle: "pan", right: "contrast", wheel: "usual" };
const DRAG_ACTIONS = ["pan", "contrast", "zoom", "scroll", "lens"];
const MOUSE_CHOICES = {
  left: ["tool", ...DRAG_ACTIONS],
  middle: DRAG_ACTIONS,
  right: DRAG_ACTIONS,
  wheel: ["usual", "zoom", "scroll", "level"],
};
const BUTTONS = ["left", "middle", "right"]; // as events number them

function readMouse() {
  try {
    return checkedMouse(JSON.parse(localStorage.getItem(MOUSE_KEY)));
  } catch {
    return { ...USUAL_MOUSE };
  }
}

// Anything may stand in a browser's storage: what is no choice is as usual.
function checkedMouse(kept) {
  const known = Object.entries(MOUSE_CHOICES).map(([name, choices]) => {
    const value = kept?.[name];
    return [name, choices.includes(value) ? value : USUAL_MOUSE[name]];
  });
  return Object.fromEntries(known);
}

// True where the browser keeps it.
function setMouse(viewer, changes) {
  viewer.mouse = checkedMouse({ ...viewer.mouse, ...changes });
  try {
    localStorage.setItem(MOUSE_KEY, JSON.stringify(viewer.mouse));
    return true;
  } catch {
    return false;
  }
}

// What a press does: {kind} of a gesture, or undefined for a button that is none of the three.
function pressAction(viewer, button) {
  const chosen = viewer.mouse[BUTTONS[button]];
  if (button === 0 && viewer.spaceHeld) return "pan";
  return chosen === "tool" ? viewer.tool : chosen;
}

function wheelAction(viewer, event) {
  const { wheel } = viewer.mouse;
  const stacked = placeNow(viewer).count > 1;
  if (event.ctrlKey) return "zoom"; // a trackpad's pinch, too
  if (wheel === "usual") return stacked ? "scroll" : "zoom";
  return wheel === "scroll" && !stacked ? "zoom" : wheel;
}

function mouseSection(viewer) {
  const rows = Object.keys(MOUSE_CHOICES).map((name) => mouseRow(viewer, name));
  const usual = make("button", { type: "button", class: "plain", text: say("mouse_usual") });
  usual.addEventListener("click", () => {
    mouseChanged(viewer, USUAL_MOUSE);
    for (const select of usual.parentElement.querySelectorAll("select")) select.value = viewer.mouse[select.dataset.of];
  });
  return make("section", {}, make("div", { class: "title", text: say("help_buttons") }), ...rows, usual);
}

function mouseRow(viewer, name) {
  const select = make("select", { id: `${viewer.uid}-mouse-${name}` });
  select.dataset.of = name;
  for (const choice of MOUSE_CHOICES[name]) select.append(make("option", { value: choice, text: say(`does_${choice}`) }));
  select.value = viewer.mouse[name];
  select.addEventListener("change", () => mouseChanged(viewer, { [name]: select.value }));
  return make("div", { class: "setting" }, make("label", { for: select.id, text: say(`button_${name}`) }), select);
}

function mouseChanged(viewer, changes) {
  const kept = setMouse(viewer, changes);
  viewer.announce(say(kept ? "say_mouse_kept" : "say_mouse_unkept"));
}
