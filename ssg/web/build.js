// Build in the browser: signing in and out, and going from set to case; what is drawn and typed goes by Gradio's events.

window.ssgBuild = (() => {
  const { send } = window.ssgExchange;

  async function enter(name, key) {
    const answer = await send("POST", "/api/instructor", { name, key });
    if (answer.ok) location.reload();
    else return (await answer.json()).error;
    return "";
  }

  async function leave() {
    await fetch("/api/instructor", { method: "DELETE", credentials: "same-origin" });
    location.assign("/build");
  }

  // An address that the server gave, of this page only.
  function go(address) {
    if (address?.startsWith("/build")) location.assign(address);
  }

  // Texts that were typed and not saved: the browser asks before they are left behind. Boxes have drafts of their own.
  let typed = false;

  const FIELDS = "#work-texts, #work-kind, #work-absent, #work-unknown";

  function touched(event) {
    if (event.target.closest?.(FIELDS) && (event.type === "input" || event.target.closest("[role=option], .token")))
      typed = true;
  }

  for (const type of ["input", "mousedown"]) document.addEventListener(type, touched, true);
  window.addEventListener("beforeunload", (event) => {
    if (typed) event.preventDefault();
  });

  // The address of what the page shows now, so that it is there again after a reload.
  function stand(address) {
    if (address?.startsWith("/build")) history.replaceState(history.state, "", address);
  }

  // The same case without the drafts of this browser: what was drawn here is given up for what is saved.
  function goAfresh(address) {
    if (address) typed = false;
    const asked = new URLSearchParams(address.split("?")[1]);
    const drafts = `ssg.draft.build/${asked.get("set")}/${asked.get("case")}/`;
    for (const key of Object.keys(localStorage)) if (key.startsWith(drafts)) localStorage.removeItem(key);
    go(address);
  }

  // The case as learners will see it, beside the editor, which stays as it is.
  function preview(address) {
    if (address?.startsWith("/build?")) window.open(`${address}&preview=1`, "_blank", "noopener");
  }

  // The row of cases begins with its first; the open one is what one wants to see.
  function settle(said) {
    if (said?.includes("data-saved")) typed = false;
    requestAnimationFrame(() => {
      const open = document.querySelector(".work-cases.in-row [aria-current]");
      const row = open?.closest(".work-cases");
      if (!row) return;
      const [seen, whole] = [open.getBoundingClientRect(), row.getBoundingClientRect()];
      row.scrollLeft += seen.left - whole.left - (whole.width - seen.width) / 2;
    });
  }

  // The order of cases: the list follows at once, and goes back where the server refuses.
  async function move(control, by) {
    const row = control.closest("li");
    const rows = [...row.parentElement.children];
    const now = rows.indexOf(row);
    const then = Math.min(Math.max(now + by, 0), rows.length - 1);
    if (then < now) rows[then].before(row);
    if (then > now) rows[then].after(row);
    control.focus();
    numbered(row.parentElement);
    if (then === now) return;
    const place = { set: control.dataset.set, case: control.dataset.case, by: then - now };
    const answer = await send("POST", "/api/workshop/order", place).catch(() => null);
    if (!answer?.ok) location.reload();
  }

  function numbered(list) {
    [...list.children].forEach((row, at) => {
      const field = row.querySelector("[data-place]");
      if (field) field.value = at + 1;
    });
  }

  // A place that is typed: 1 is the first.
  function moveTo(field) {
    const now = [...field.closest("ol").children].indexOf(field.closest("li"));
    const wanted = Math.round(Number(field.value));
    move(field, field.value && Number.isFinite(wanted) ? wanted - 1 - now : 0);
  }

  // The cases of which each typed word stands in the title; those that are chosen stay in sight.
  function filterCases(field) {
    const tools = field.closest(".case-tools");
    const rows = [...tools.parentElement.querySelectorAll(".work-cases > li")];
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) {
      const title = (row.querySelector(".title")?.textContent ?? "").toLowerCase();
      const chosen = row.querySelector("[data-choose]")?.checked;
      row.hidden = !chosen && !words.every((word) => title.includes(word));
    }
    const found = rows.filter((row) => !row.hidden).length;
    tools.querySelector(".found").textContent = put(field.dataset.filter, { found, count: rows.length });
  }

  function put(words, values) {
    return words.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
  }

  const chosenIn = (tools) => [...tools.parentElement.querySelectorAll("[data-choose]:checked")];

  function countChosen(list) {
    const button = list.parentElement.querySelector("[data-remove-chosen]");
    if (!button) return;
    const count = chosenIn(button.closest(".case-tools")).length;
    button.hidden = count === 0;
    button.textContent = put(button.dataset.said, { count });
  }

  async function removeChosen(button) {
    const chosen = chosenIn(button.closest(".case-tools"));
    if (!confirm(put(button.dataset.removeChosen, { count: chosen.length }))) return;
    button.disabled = true;
    for (const { dataset } of chosen)
      await send("DELETE", "/api/workshop/case", { set: dataset.set, case: dataset.case }).catch(() => null);
    location.reload();
  }

  document.addEventListener("input", (event) => {
    if (event.target.matches?.("[data-filter]")) filterCases(event.target);
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-choose]")) countChosen(event.target.closest("ol"));
    if (event.target.matches?.("[data-place]")) moveTo(event.target);
  });

  // A case that cannot be opened has no page of its own to be removed on.
  async function removeCase(button) {
    if (!confirm(button.dataset.remove)) return;
    const place = { set: button.dataset.set, case: button.dataset.case };
    await send("DELETE", "/api/workshop/case", place).catch(() => null);
    location.reload();
  }

  // A name that is typed in full is meant itself, not one that holds it and stands before it in the list: who types
  // "fracture" and presses Enter does not mean "ankle fracture". After an arrow key the list's own choice holds.
  let stepped = false;

  function exactly(event) {
    const field = event.target.closest?.(".names")?.querySelector("input");
    if (!field || event.target !== field) return;
    stepped = event.key === "ArrowDown" || event.key === "ArrowUp" || (stepped && event.key === "Enter");
    const typed = field.value.trim().toLowerCase();
    if (event.key !== "Enter" || stepped || !typed) return;
    const options = [...document.querySelectorAll(".names [role=option]")];
    const named = options.find((option) => option.getAttribute("aria-label") === typed);
    if (!named) return;
    event.preventDefault();
    event.stopPropagation();
    named.dispatchEvent(new MouseEvent("mousedown", { bubbles: true, cancelable: true }));
  }

  document.addEventListener("keydown", exactly, true);

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-move], [data-remove], [data-remove-chosen], [data-jump]");
    if (!button) return;
    if (button.dataset.jump) document.getElementById(button.dataset.jump)?.scrollIntoView();
    else if (button.dataset.move) move(button, Number(button.dataset.move));
    else (button.dataset.remove ? removeCase : removeChosen)(button);
  });

  // Folders that are dropped: Gradio takes files alone, so that their files are handed to its own input.
  async function filesOf(entry) {
    if (entry.isFile) return [await new Promise((done, failed) => entry.file(done, failed))];
    const reader = entry.createReader();
    const found = [];
    for (;;) {
      const some = await new Promise((done, failed) => reader.readEntries(done, failed));
      if (!some.length) break;
      for (const one of some) found.push(...(await filesOf(one)));
    }
    return found.filter((file) => !file.name.startsWith("."));
  }

  async function dropped(event) {
    const place = event.target.closest?.(".takes-folders");
    const entries = [...(event.dataTransfer?.items ?? [])].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    if (!place || !entries.some((entry) => entry.isDirectory)) return;
    event.preventDefault();
    event.stopPropagation();
    const files = (await Promise.all(entries.map(filesOf))).flat();
    hand(place, files);
  }

  function hand(place, files) {
    const input = place.querySelector("input[type=file]");
    if (!input || !files.length) return;
    const carried = new DataTransfer();
    for (const file of files) carried.items.add(file);
    input.files = carried.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  document.addEventListener("drop", dropped, true);

  // A folder that is chosen: a second way in beside each field that takes folders.
  function chooseFolder(id) {
    const input = Object.assign(document.createElement("input"), { type: "file", webkitdirectory: true });
    input.addEventListener("change", () =>
      hand(document.getElementById(id), [...input.files].filter((file) => !file.name.startsWith("."))),
    );
    input.click();
  }

  return { enter, leave, go, stand, goAfresh, preview, settle, chooseFolder };
})();
