// The page of keys and gestures, a modal dialog that the browser itself keeps and closes.

// Where OHIF has the same thing, it is called as there.
const HELP = {
  help_boxes: [
    [["N"], "key_new"],
    [["Tab", "Shift Tab"], "key_cycle"],
    [["arrows"], "key_move"],
    [["Shift arrows"], "key_resize"],
    [["Ctrl arrows", "Alt arrows"], "key_faster"],
    [["Enter"], "key_name"],
    [["S"], "key_side"],
    [["1 … 5"], "key_sure"],
    [["Delete"], "key_delete"],
    [["Ctrl Z", "Ctrl Y"], "key_undo"],
    [["Esc"], "key_leave"],
  ],
  help_view: [
    [["D"], "key_draw"],
    [["G"], "key_grab"],
    [["W"], "key_window"],
    [["1 … 9"], "key_preset"],
    [["I"], "key_invert"],
    [["+", "−"], "key_zoom"],
    [["M"], "key_lens"],
    [["arrows"], "key_pan"],
    [["0"], "key_fit"],
    [["PageUp", "PageDown"], "key_slice"],
    [["Home", "End"], "key_ends"],
    [["H"], "key_hide"],
    [["F"], "key_full"],
    [["?"], "key_help"],
  ],
  help_beside: [
    [["B"], "key_beside"],
    [["L"], "key_link"],
    [["Tab", "Esc"], "key_panes"],
  ],
  help_chain: [
    [["[", "]"], "key_step"],
    [["P"], "key_play"],
  ],
  help_mouse: [
    ["press_draw", "mouse_draw"],
    ["press_move", "mouse_move"],
    ["press_name", "mouse_name"],
    ["press_pan", "mouse_pan"],
    ["press_zoom", "mouse_zoom"],
  ],
  help_touch: [["touch_draw"], ["touch_pan"], ["touch_name"], ["touch_window"], ["touch_lens"]],
};

function buildHelp(viewer) {
  const dialog = make("dialog", { class: "help", "aria-label": say("help_title") });
  const sections = Object.entries(HELP).map(([title, rows]) =>
    make("section", {}, make("div", { class: "title", text: say(title) }), make("dl", {}, ...rows.map(helpRow))),
  );
  dialog.append(
    sheetHeader(say("help_title"), () => dialog.close()),
    make("p", { class: "quiet", text: say("help_note") }),
    make("div", { class: "columns" }, ...sections, mouseSection(viewer)),
  );
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // beside the page of keys
  });
  return dialog;
}

// [["N"], "key_new"]: keys and what they do; ["press_draw", "mouse_draw"]: a gesture; ["touch_pan"]: a sentence.
function helpRow([what, does]) {
  if (!does) return make("div", { class: "sentence" }, make("dt", { class: "unseen", text: say("help_touch") }), make("dd", { text: say(what) }));
  const term = make("dt");
  if (typeof what === "string") term.textContent = say(what);
  else term.append(...what.flatMap((combination, index) => (index ? [` ${say("or")} `, ...keyCaps(combination)] : keyCaps(combination))));
  return make("div", {}, term, make("dd", { text: say(does) }));
}

function keyCaps(combination) {
  if (combination.includes("…")) return [make("kbd", { text: combination })];
  return combination.split(" ").flatMap((key, index) => {
    const cap = make("kbd", { text: key === "arrows" ? say("arrows") : key });
    return index ? [" + ", cap] : [cap];
  });
}

function openHelp(viewer) {
  const { help } = viewer.parts;
  if (!help.open) help.showModal();
}
