// What the person does with boxes, and what follows from it: the list, the picture, the draft, the answer, a sentence.

function select(given, id) {
  const viewer = mainOf(given);
  const before = viewer.regions.selected;
  if (before === id) return;
  const wanted = regionById(viewer.regions, id);
  const pane = wanted && isBeside(viewer, wanted) ? viewer.beside : viewer;
  if (wanted && wanted.picture !== pane.regions.picture) goToPicture(pane, wanted.picture, { said: false });
  viewer.regions.selected = id;
  if (id && viewer.chain.index !== null) leaveChain(viewer);
  selectionChanged(viewer);
  announceSelected(viewer);
  tellSelected(viewer);
}

// A page asks for a region by its name ("ssg:choose"), from a sentence about it, say.
function chosenByPage(viewer, id) {
  const region = regionById(viewer.regions, id);
  if (!region) return;
  select(viewer, id);
  bringIntoSight(viewer, region);
  bringOntoScreen(viewer, region);
}

function selectionChanged(viewer) {
  updatePanel(viewer);
  updateToolbar(viewer);
  for (const pane of panesOf(viewer)) requestPaint(pane, "overlay");
}

function announceSelected(viewer) {
  const region = regionById(viewer.regions, viewer.regions.selected);
  if (!region) return viewer.announce(say("say_none"));
  const said = regionInWords(viewer.regions, region, spacingOf(viewer, region.picture));
  return viewer.announce(region.note ? `${said}. ${region.note}` : said);
}

function regionsChanged(viewer) {
  selectionChanged(viewer);
  refreshPicker(viewer);
  saveDraft(viewer);
  sendAnswer(viewer);
}

// The new box, selected; null where the answer holds as many as it may.
function addBox(viewer, box) {
  if (viewer.regions.drawn.length >= MOST_REGIONS) {
    notify(viewer, say("limit", { most: MOST_REGIONS }));
    return null;
  }
  const { region, existed } = addRegion(viewer.regions, box);
  uncover(viewer.regions, region);
  regionsChanged(viewer);
  if (existed) notify(viewer, say("same_box"));
  else viewer.announce(say("say_new", { said: regionInWords(viewer.regions, region, spacingOf(viewer)) }));
  tellSelected(viewer);
  return region;
}

function newBox(viewer) {
  if (isWaiting(viewer)) return;
  if (viewer.chain.index !== null) leaveChain(viewer);
  const size = imageSize(viewer);
  const step = Math.max(Math.round(12 / viewer.view.scale), 1);
  let box = centredBox(viewer.view, viewer.stageSize, size);
  const { picture } = viewer.regions;
  const taken = () => viewer.regions.drawn.some((region) => region.picture === picture && sameBox(region.box, box));
  for (let tries = 0; taken() && tries < 20; tries += 1) box = movedBox(box, step, step, size);
  addBox(viewer, box);
  viewer.parts.stage.focus({ preventScroll: true });
}

function deleteSelected(viewer) {
  const region = selectedDrawn(viewer.regions);
  if (region) deleteRegion(viewer, region.id);
}

function deleteRegion(viewer, id) {
  const removed = removeRegion(viewer.regions, id);
  if (!removed) return;
  if (viewer.picker?.id === id) closePicker(viewer);
  regionsChanged(viewer);
  const name = say("box_name", { number: removed.number });
  viewer.announce(say("say_deleted", { name, boxes: boxesInWords(viewer.regions.drawn.length) }));
}

function undo(viewer) {
  travelled(viewer, stepBack(viewer.regions), "say_undone");
}

function redo(viewer) {
  travelled(viewer, stepForward(viewer.regions), "say_redone");
}

function travelled(viewer, moved, word) {
  if (!moved) return;
  regionsChanged(viewer);
  viewer.announce(say(word, { boxes: boxesInWords(viewer.regions.drawn.length) }));
}

// A box that is not seen is not selected: nobody should move what they do not see.
function toggleVisibility(viewer, key) {
  const { regions } = viewer;
  toggleHidden(regions, key);
  const selected = regionById(regions, regions.selected);
  if (selected && !isVisible(regions, selected)) regions.selected = null;
  selectionChanged(viewer);
  if (key === "all") viewer.announce(say(regions.hidden.has("all") ? "say_hidden" : "say_shown"));
}
