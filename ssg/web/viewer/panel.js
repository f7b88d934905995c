// The list of boxes beside the image: what is where, hidden or shown, and the details of the selected one.

function updatePanel(viewer) {
  const { panel } = viewer.parts;
  rebuild(panel, () => {
    const groups = groupsOf(viewer.regions);
    const drawing = viewer.scene.mode === "draw";
    const shownGroups = groups.map((group) => groupSection(viewer, group));
    if (drawing && !viewer.regions.drawn.length) shownGroups.unshift(emptyDrawing(viewer));
    if (!shownGroups.length) shownGroups.push(make("p", { class: "none", text: say("none_shown") }));
    panel.replaceChildren(...shownGroups);
  }, viewer.parts.stage);
}

function emptyDrawing(viewer) {
  const touch = viewer.coarse || matchMedia("(hover: none)").matches;
  const hint = make("p", { class: "none", text: say(touch ? "none_drawn_touch" : "none_drawn") });
  return make("div", { class: "group" }, groupHeader(viewer, { kind: "drawn", regions: [] }), hint);
}

function groupSection(viewer, group) {
  const list = make("ol", { "aria-label": groupName(group) });
  list.append(...group.regions.map((region) => regionRow(viewer, region)));
  return make("div", { class: "group" }, groupHeader(viewer, group), list);
}

function groupName({ kind, reader }) {
  if (kind === "reader" && reader) return `${say("group_reader")} ${reader}`;
  return reader ? `${say(`group_${kind}`)} · ${reader}` : say(`group_${kind}`);
}

function groupHeader(viewer, group) {
  const header = make("header", {}, make("div", { class: "title", text: groupName(group) }));
  if (group.regions.length) {
    header.append(make("span", { class: "count", text: String(group.regions.length) }));
    header.append(eyeButton(viewer, group.key, groupName(group)));
  }
  return header;
}

function eyeButton(viewer, key, name) {
  const hidden = viewer.regions.hidden.has(key);
  const button = make("button", { type: "button", class: "tool" });
  button.append(icon(hidden ? "shut" : "eye"));
  nameButton(button, say(hidden ? "show_region" : "hide_region", { name }));
  button.dataset.focus = `eye:${key}`;
  button.addEventListener("click", () => toggleVisibility(viewer, key));
  return button;
}

function regionRow(viewer, region) {
  const drawn = isDrawn(viewer, region) && viewer.scene.mode === "draw";
  const selected = region.id === viewer.regions.selected;
  const name = say("box_name", { number: numberOf(viewer.regions, region) });
  const row = make("li", { class: selected ? "row selected" : "row", "aria-current": String(selected) });
  row.dataset.region = region.id;
  row.style.setProperty("--colour", colourOf(viewer, region));
  row.classList.toggle("faded", !isVisible(viewer.regions, region));
  const tools = make("span", { class: "row-tools" }, eyeButton(viewer, region.id, name));
  if (drawn && viewer.scene.labels.length > 1) tools.append(renameButton(viewer, region, name));
  if (drawn) tools.append(deleteButton(viewer, region, name));
  row.append(make("div", { class: "row-head" }, rowButton(viewer, region, name), tools));
  if (selected) row.append(...rowDetails(viewer, region, drawn));
  return row;
}

function rowButton(viewer, region, name) {
  const number = make("span", { class: "number", text: String(numberOf(viewer.regions, region)) });
  const label = make("span", { class: "label", text: region.label || rowName(viewer, name) });
  label.classList.toggle("unnamed", !region.label && viewer.scene.labels.length > 0);
  const facts = make("span", { class: "facts", text: factsOf(viewer, region) });
  const text = make("span", { class: "row-text" }, label, facts);
  const button = make("button", { type: "button", class: "row-name" }, number, text);
  button.dataset.focus = `row:${region.id}`;
  button.addEventListener("click", () => chosenInList(viewer, region));
  return button;
}

function rowName(viewer, name) {
  return viewer.scene.labels.length ? say("unnamed") : name;
}

function factsOf(viewer, region) {
  const facts = [sizeForList(region.box, spacingOf(viewer, region.picture))];
  const where = pictureInWords(viewer.scene, region.picture);
  if (where) facts.unshift(where);
  if (region.side) facts.unshift(sideInWords(region.side));
  if (region.confidence !== null) {
    const graded = region.kind === "drawn";
    facts.push(graded ? say("confidence_value", { value: region.confidence }) : confidenceInWords(region.confidence));
  }
  return facts.join(" · ");
}

function chosenInList(viewer, region) {
  const again = viewer.regions.selected === region.id;
  if (!isVisible(viewer.regions, region)) uncover(viewer.regions, region);
  select(viewer, region.id);
  bringIntoSight(viewer, region);
  bringOntoScreen(viewer, region);
  if (viewer.scene.mode === "draw" && isDrawn(viewer, region) && (again || !region.label)) openPicker(viewer, region.id);
}

function renameButton(viewer, region, name) {
  const button = make("button", { type: "button", class: "tool" }, icon("pen"));
  nameButton(button, say("rename_region", { name }));
  button.dataset.focus = `rename:${region.id}`;
  button.addEventListener("click", () => {
    select(viewer, region.id);
    bringIntoSight(viewer, region);
    openPicker(viewer, region.id);
  });
  return button;
}

function deleteButton(viewer, region, name) {
  const button = make("button", { type: "button", class: "tool" }, icon("bin"));
  nameButton(button, say("delete_region", { name }));
  button.dataset.focus = `delete:${region.id}`;
  button.addEventListener("click", () => deleteRegion(viewer, region.id));
  return button;
}

// While the picker asks for side and confidence beside the box, the list does not ask again.
function rowDetails(viewer, region, drawn) {
  if (!drawn) return region.note ? [make("p", { class: "note", text: region.note })] : [];
  if (viewer.picker) return [];
  return detailRows(viewer, region, (values) => {
    changeRegion(viewer.regions, region.id, values);
    regionsChanged(viewer);
  });
}
