// The boxes: those that the person draws, with undo, and those that Python shows. Nothing of pointers or pages.
//
// A drawn region is a plain object {id, box, label, side, confidence, picture} that is never changed in place; the list
// is replaced as a whole, so a step back is the list before. `picture` of the regions is the one that is seen.

const MOST_REGIONS = 200; // the server refuses more
const MOST_STEPS_BACK = 300;
const NEARLY_SAME = 0.9; // IoU from which two boxes of one finding are one box drawn twice
const NUDGE_PAUSE_MS = 900;

function createRegions() {
  const history = { past: [], future: [], counter: 0, nudge: null };
  return { drawn: [], shown: [], selected: null, hidden: new Set(), picture: 0, ...history };
}

function replaceAll(regions, drawn, shown) {
  regions.counter = 0;
  regions.drawn = drawn.map((region) => freshRegion(regions, region));
  regions.shown = shown;
  regions.past = [];
  regions.future = [];
  regions.hidden = new Set();
  regions.selected = null;
  regions.nudge = null;
}

// Python has changed what is drawn on the same image: one step, which can be taken back.
function replaceDrawn(regions, drawn) {
  commit(regions, drawn.map((region) => freshRegion(regions, region)));
  regions.selected = null;
}

function replaceShown(regions, shown) {
  regions.shown = shown;
  if (!regionById(regions, regions.selected)) regions.selected = null;
}

function freshRegion(regions, { box, label = null, side = null, confidence = null, picture = 0 }) {
  regions.counter += 1;
  return { id: `drawn-${regions.counter}`, kind: "drawn", box: [...box], label, side, confidence, picture };
}

function commit(regions, drawn) {
  regions.past = [...regions.past, regions.drawn].slice(-MOST_STEPS_BACK);
  regions.future = [];
  regions.drawn = drawn;
  regions.nudge = null;
}

// Adds a box and selects it. One exactly there already is selected instead: {region, existed}.
function addRegion(regions, box) {
  const { picture } = regions;
  const existing = regions.drawn.find((region) => region.picture === picture && sameBox(region.box, box));
  const region = existing ?? freshRegion(regions, { box, picture });
  if (!existing) commit(regions, [...regions.drawn, region]);
  regions.selected = region.id;
  return { region, existed: Boolean(existing) };
}

function changeRegion(regions, id, change) {
  commit(regions, changedList(regions, id, change));
}

function changedList(regions, id, change) {
  return regions.drawn.map((region) => (region.id === id ? { ...region, ...change } : region));
}

// A run of small moves of one box, as by an arrow key held down, is one step back.
function nudgeRegion(regions, id, box, now) {
  const running = regions.nudge?.id === id && now - regions.nudge.at < NUDGE_PAUSE_MS;
  if (running) regions.drawn = changedList(regions, id, { box });
  else changeRegion(regions, id, { box });
  regions.nudge = { id, at: now };
}

function removeRegion(regions, id) {
  const index = regions.drawn.findIndex((region) => region.id === id);
  if (index < 0) return null;
  const removed = regions.drawn[index];
  commit(regions, regions.drawn.filter((region) => region.id !== id));
  if (regions.selected === id) regions.selected = null;
  return { region: removed, number: index + 1 };
}

function stepBack(regions) {
  return travel(regions, regions.past, regions.future);
}

function stepForward(regions) {
  return travel(regions, regions.future, regions.past);
}

function travel(regions, from, to) {
  if (!from.length) return false;
  to.push(regions.drawn);
  regions.drawn = from.pop();
  regions.nudge = null;
  if (!regionById(regions, regions.selected)) regions.selected = null;
  return true;
}

// The drawn region that already says `label` (on a side that does not contradict) nearly where `region` lies.
function repeatedRegion(regions, region, label) {
  return regions.drawn.find(
    (other) =>
      other.id !== region.id &&
      other.picture === region.picture &&
      other.label === label &&
      (!other.side || !region.side || other.side === region.side) &&
      iouOf(other.box, region.box) >= NEARLY_SAME,
  );
}

function regionById(regions, id) {
  return regions.drawn.find((region) => region.id === id) ?? regions.shown.find((region) => region.id === id) ?? null;
}

function selectedDrawn(regions) {
  return regions.drawn.find((region) => region.id === regions.selected) ?? null;
}

// Each reader's regions are counted from 1, as words about them do.
function numberOf(regions, region) {
  if (regions.drawn.includes(region)) return regions.drawn.indexOf(region) + 1;
  return regions.shown.filter((one) => groupKey(one) === groupKey(region)).indexOf(region) + 1;
}

function groupKey(region) {
  return region.reader ? `${region.kind}:${region.reader}` : region.kind;
}

// Groups in the order in which they first appear: [{key, kind, reader, regions}]; what is drawn comes first.
function groupsOf(regions) {
  const groups = new Map();
  for (const region of [...regions.drawn, ...regions.shown]) {
    const key = groupKey(region);
    if (!groups.has(key)) groups.set(key, { key, kind: region.kind, reader: region.reader, regions: [] });
    groups.get(key).regions.push(region);
  }
  return [...groups.values()];
}

function isVisible(regions, region) {
  return !regions.hidden.has("all") && !regions.hidden.has(groupKey(region)) && !regions.hidden.has(region.id);
}

function toggleHidden(regions, key) {
  if (!regions.hidden.delete(key)) regions.hidden.add(key);
}

// Makes a region seen again, whatever was hidden.
function uncover(regions, region) {
  for (const key of ["all", groupKey(region), region.id]) regions.hidden.delete(key);
}

function visibleRegions(regions) {
  return [...regions.shown, ...regions.drawn].filter((region) => isHere(regions, region));
}

// Whether a region is seen now: not hidden, and on the picture that is seen.
function isHere(regions, region) {
  return region.picture === regions.picture && isVisible(regions, region);
}

// The next (or previous) region for Tab: null after the last one, so that Tab leaves the viewer.
function neighbour(regions, step) {
  const order = [...regions.drawn, ...regions.shown].filter((region) => isVisible(regions, region));
  if (!order.length) return null;
  const at = order.findIndex((region) => region.id === regions.selected);
  if (at < 0) return step > 0 ? order[0] : null;
  return order[at + step] ?? null;
}

// What goes to Python and into a draft: plain values only.
function plainRegions(regions) {
  return regions.drawn.map(({ id, box, label, side, confidence, picture }) => ({
    ...{ id, box: [...box], label, side, confidence },
    ...(picture ? { picture } : {}),
  }));
}
