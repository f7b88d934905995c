// Side by side: a second pane shows an earlier examination, or another series of the case, beside the one that is asked
// about. Nothing is drawn there; regions that lie on its pictures are seen on it.
//
// The pane is an object that inherits all of the viewer and has its own picture, view, window and elements, so whatever
// takes a viewer takes a pane as well. Slices go together by millimetres where both series say the way from slice to
// slice, else by their share of the stack. Both panes show a millimetre equally long where both say what a pixel is, so
// that what has grown looks larger; else both are as close against their whole images.

function mainOf(viewer) {
  return viewer.main ?? viewer;
}

function panesOf(viewer) {
  const main = mainOf(viewer);
  return main.beside ? [main, main.beside] : [main];
}

// The pane that keys, presets and the sheet of window and level are about.
function activePane(viewer) {
  const main = mainOf(viewer);
  return main.active && main.active === main.beside ? main.beside : main;
}

function makeActive(pane) {
  const main = mainOf(pane);
  if (activePane(main) === pane) return;
  main.active = pane;
  for (const one of panesOf(main)) one.parts.stage.classList.toggle("active", Boolean(main.beside) && one === pane);
  showLevels(main, false);
  updateToolbar(main);
}

// Whether a region lies on the series that only the second pane shows.
function isBeside(viewer, region) {
  const main = mainOf(viewer);
  if (!main.beside || region.picture === undefined) return false;
  const { number } = placeOf(main.scene, region.picture);
  return number === placeNow(main.beside).number && number !== placeNow(main).number;
}

function besideScene(scene) {
  return { ...scene, mode: "show" };
}

// The series to compare with: the examination of another day that is nearest, else the next series; null where none is.
function seriesToCompare(scene, shown) {
  const others = seriesOf(scene).map((series, number) => ({ series, number })).filter(({ number }) => number !== shown);
  if (!others.length) return null;
  const day = seriesOf(scene)[shown].days;
  const away = ({ series }) => (series.days === day ? Infinity : Math.abs(series.days - day));
  return others.reduce((best, one) => (away(one) < away(best) ? one : best)).number;
}

function toggleBeside(viewer) {
  const main = mainOf(viewer);
  if (main.beside) closeBeside(main);
  else openBeside(main);
}

function openBeside(viewer) {
  const shown = placeNow(viewer)?.number;
  const number = viewer.scene.image ? seriesToCompare(viewer.scene, shown) : null;
  if (number === null) {
    notify(viewer, say("beside_none"));
    return;
  }
  const pane = createPane(viewer, startOf(viewer.scene, number));
  viewer.beside = pane;
  viewer.linked = true;
  viewer.parts.root.classList.add("compares");
  viewer.parts.panes.append(pane.parts.root);
  anchorLink(viewer, false);
  listenToPointers(pane);
  pane.parts.stage.addEventListener("focus", () => makeActive(pane));
  watchSize(pane);
  buildStack(pane);
  showTitle(pane);
  followSlices(viewer);
  loadImage(pane);
  updateToolbar(viewer);
  viewer.announce(say("say_beside", { title: titleOf(viewer.scene, number) }));
}

function closeBeside(viewer) {
  const pane = viewer.beside;
  if (!pane) return;
  const held = pane.parts.root.contains(document.activeElement);
  cancelGesture(pane);
  pane.loading?.abort();
  pane.observer?.disconnect();
  clearTimeout(pane.settling);
  cancelAnimationFrame(pane.frame);
  pane.parts.root.remove();
  viewer.beside = null;
  viewer.active = null;
  viewer.parts.root.classList.remove("compares");
  viewer.parts.stage.classList.remove("active");
  updateToolbar(viewer);
  if (held) viewer.parts.stage.focus({ preventScroll: true });
  viewer.announce(say("say_beside_closed"));
}

function createPane(viewer, picture) {
  const parts = Object.assign(Object.create(viewer.parts), stageParts());
  const regions = Object.create(viewer.regions, { picture: { value: picture, writable: true } });
  const own = { samples: null, window: null, view: null, fitted: true, stageSize: [0, 0], ratio: 1, frame: 0, gesture: null };
  const pane = Object.assign(Object.create(viewer), own, {
    main: viewer,
    parts,
    regions,
    scene: besideScene(viewer.scene),
    dirty: new Set(),
    pointers: new Map(),
    windows: new Map(),
    lastFrames: new Map(),
    told: new Set(),
    pointer: null,
    seen: null,
    reduced: null,
    stale: true,
    loading: null,
    wheel: 0,
    settling: 0,
  });
  const link = iconButton("link", "link", () => toggleLink(viewer), { key: "L" });
  link.setAttribute("aria-pressed", "true");
  parts.link = link;
  const close = iconButton("beside_close", "close", () => closeBeside(viewer), { key: "B" });
  const header = make("header", { class: "pane-header" }, make("div", { class: "title" }), link, close);
  parts.title = header.firstChild;
  parts.root = make("div", { class: "pane second", role: "group", "aria-label": say("beside") }, header, parts.screen, parts.stack);
  parts.stage.setAttribute("aria-label", say("stage_beside"));
  parts.image.setAttribute("aria-label", say("beside"));
  return pane;
}

function startOf(scene, number) {
  return seriesOf(scene).slice(0, number).reduce((sum, { urls }) => sum + urls.length, 0);
}

function titleOf(scene, number) {
  return seriesOf(scene)[number].title || say("series_number", { number: number + 1 });
}

// The link --------------------------------------------------------------------------------------------------------

// Which slices lie at one place: those that are seen now, or, as the pane opens, the middles of both stacks.
function anchorLink(viewer, seen = true) {
  const [here, there] = [placeNow(viewer), placeNow(viewer.beside)];
  viewer.anchor = seen
    ? { key: pairOf(here, there), here: here.frame, there: there.frame }
    : { key: pairOf(here, there), here: (here.count - 1) / 2, there: (there.count - 1) / 2 };
}

function pairOf(here, there) {
  return `${here.number}:${there.number}`;
}

function toggleLink(viewer) {
  const main = mainOf(viewer);
  if (!main.beside) return;
  main.linked = !main.linked;
  if (main.linked) {
    anchorLink(main);
    followView(main);
  }
  main.beside.parts.link.setAttribute("aria-pressed", String(main.linked));
  main.announce(say(main.linked ? "say_linked" : "say_unlinked"));
}

// The frame of the other stack that lies where `frame` does. By millimetres from the anchor, or by share of the stack.
function linkedFrame(frame, from, to, anchors) {
  const last = Math.max(to.count - 1, 0);
  if (from.slice_mm && to.slice_mm) {
    return clamp(Math.round(anchors.to + ((frame - anchors.from) * from.slice_mm) / to.slice_mm), 0, last);
  }
  const shift = anchors.to - (anchors.from / Math.max(from.count - 1, 1)) * last;
  return clamp(Math.round((frame / Math.max(from.count - 1, 1)) * last + shift), 0, last);
}

// The other pane goes to the slice that lies where this one's does.
function followSlices(viewer) {
  const main = mainOf(viewer);
  if (!main.beside || !main.linked || main.following) return;
  const other = viewer === main ? main.beside : main;
  const [here, there] = [placeNow(viewer), placeNow(other)];
  if (here.count < 2 || there.count < 2) return;
  const key = viewer === main ? pairOf(here, there) : pairOf(there, here);
  if (main.anchor.key !== key) anchorLink(main, false); // another series was chosen on one side
  const { anchor } = main;
  const anchors = viewer === main ? { from: anchor.here, to: anchor.there } : { from: anchor.there, to: anchor.here };
  const facts = ({ series, count }) => ({ slice_mm: series.slice_mm, count });
  const frame = linkedFrame(here.frame, facts(here), facts(there), anchors);
  following(main, () => goToPicture(other, other.regions.picture + frame - there.frame, { said: false }));
}

function showTitle(pane) {
  pane.parts.title.textContent = titleOf(pane.scene, placeNow(pane).number);
}

// The other pane shows the same part of its image, with the same place in the middle.
function followView(viewer) {
  const main = mainOf(viewer);
  if (!main.beside || !main.linked || main.following) return;
  const other = viewer === main ? main.beside : main;
  if (!other.view || !other.stageSize[0]) return;
  const [size, otherSize, ratio] = [imageSize(viewer), imageSize(other), pixelRatio(viewer, other)];
  const view = sharedView(viewer.view, size, viewer.stageSize, otherSize, other.stageSize, ratio);
  following(main, () => setView(other, view));
}

// How large a pixel of the other pane is, in pixels of this one; null where one of the two is not known.
function pixelRatio(viewer, other) {
  const [here, there] = [spacingOf(viewer), spacingOf(other)];
  return here && there ? Math.sqrt((there[0] * there[1]) / (here[0] * here[1])) : null;
}

function sharedView(view, size, stage, otherSize, otherStage, ratio = null) {
  const closer = view.scale / fittedView(size, stage).scale;
  const scale = ratio ? view.scale * ratio : fittedView(otherSize, otherStage).scale * closer;
  const middle = toImage(view, [stage[0] / 2, stage[1] / 2]);
  const [x, y] = [0, 1].map((axis) => otherStage[axis] / 2 - (middle[axis] / size[axis]) * otherSize[axis] * scale);
  return { scale, x, y };
}

function following(main, act) {
  const before = main.following;
  main.following = true;
  try {
    act();
  } finally {
    main.following = before;
  }
}

// A view that a pane takes of itself, because its image has come or its stage has another size: the first pane leads.
function setOwnView(viewer, view) {
  const main = mainOf(viewer);
  following(main, () => setView(viewer, view));
  if (!main.view) return;
  fitBoth(main);
  followView(main);
}

// A whole image that is compared by millimetres stands back as far as the other one needs to be seen whole as well.
function fitBoth(main) {
  const { beside: other } = main;
  const ratio = other && main.linked && main.fitted ? pixelRatio(main, other) : null;
  if (!ratio || !other.stageSize[0]) return;
  const [size, stage] = [imageSize(main), main.stageSize];
  const factor = fittedView(imageSize(other), other.stageSize).scale / (fittedView(size, stage).scale * ratio);
  if (factor < 1) following(main, () => setView(main, zoomedView(main.view, middleOf(main), factor, size, stage)));
}
