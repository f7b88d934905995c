// A scene arrives: its image, its boxes, its draft. The same image is not loaded twice, and stays as it is seen.

const STALLED_SECONDS = 30; // without a byte
const SHOW_LOADING_MS = 150; // an image from the cache should not flash
const CLEARLY_LATER_MS = 60 * 1000; // a draft of this browser reaches the server some moments after it was kept here

const BLANK_SCENE = {
  case_id: null,
  image: null,
  mode: "show",
  labels: [],
  ask_confidence: false,
  spacing_mm: null,
  orientation: null,
  greys: null,
  series: [],
  picture: 0,
  regions: [],
  drawn: null,
  drawn_age: null,
  steps: [],
  selected: null,
  keep_draft: false,
};

function loadScene(viewer, given) {
  const before = viewer.scene;
  const scene = { ...BLANK_SCENE, ...given };
  // A page may hand over one scene twice as it opens: what has been drawn or restored since is not undone by that.
  const again = viewer.received && sameScene(viewer.received, given);
  viewer.received = given;
  closePicker(viewer);
  leaveChain(viewer);
  cancelGesture(viewer);
  viewer.given = given;
  viewer.scene = scene;
  const sameCase = scene.case_id === before.case_id && scene.image?.url === before.image?.url;
  if (!sameCase) {
    closeBeside(viewer);
    beginPictures(viewer);
  }
  if (viewer.beside) viewer.beside.scene = besideScene(scene);
  if (!sameCase || scene.drawn) viewer.named = scene.drawn;
  placeRegions(viewer, sameCase && before.mode === scene.mode, again);
  setMode(viewer);
  buildChain(viewer);
  buildStack(viewer);
  nameStage(viewer);
  selectionChanged(viewer);
  if (!scene.image) showEmpty(viewer);
  else if (sameCase && viewer.samples) bringSelected(viewer);
  else loadImage(viewer);
}

// Another case: nothing of the pictures before is kept, and the first one to be seen is the scene's.
function beginPictures(viewer) {
  const { scene, regions } = viewer;
  viewer.kept.clear();
  viewer.windows.clear();
  viewer.lastFrames.clear();
  viewer.told.clear();
  const selected = scene.regions.find(({ id }) => id === scene.selected);
  regions.picture = selected?.picture ?? scene.picture;
}

// What is drawn when a draw scene arrives. On the case that is open already: what is there, or what Python has put in
// its place, as a step that can be undone. On another case: the draft or what Python names, see `firstDrawn`.
function placeRegions(viewer, goesOn, again) {
  const { scene, regions } = viewer;
  if (!scene.keep_draft && scene.case_id) forgetDraft(scene.case_id);
  const shown = scene.regions.map((region, index) => shownRegion(region, index));
  if (scene.mode !== "draw") {
    replaceAll(regions, [], shown);
  } else if (goesOn) {
    if (scene.drawn && !again) replaceDrawn(regions, scene.drawn);
    replaceShown(regions, shown);
  } else {
    replaceAll(regions, firstDrawn(viewer), shown);
  }
  const selected = regionById(regions, scene.selected);
  if (selected) regions.selected = selected.id;
  if (!sameDrawn(plainRegions(regions), scene.drawn ?? [])) sendAnswer(viewer);
}

function sameScene(a, b) {
  const timeless = (scene) => JSON.stringify({ ...scene, drawn_age: null });
  return timeless(a) === timeless(b);
}

// A draft of this browser is written with every stroke, so it wins over the boxes that Python names, unless those have
// changed since and are clearly later: somebody has gone on at another computer. Ages are compared, because clocks may
// disagree.
function firstDrawn(viewer) {
  const { drawn, drawn_age, keep_draft } = viewer.scene;
  const draft = keep_draft ? draftOf(viewer.scene) : null;
  const age = Date.now() - (draft?.saved ?? 0);
  const changed = drawn && !(draft?.base && sameDrawn(draft.base, drawn));
  if (!draft || (changed && drawn_age + CLEARLY_LATER_MS < age)) return drawn ?? [];
  const { regions } = draft;
  if (regions.length && !sameDrawn(regions, drawn ?? [])) {
    notify(viewer, say("draft_restored", { boxes: boxesInWords(regions.length) }));
  }
  return regions;
}

function sameDrawn(a, b) {
  const facts = ({ box, label, side, confidence, picture = 0 }) => [box, label, side, confidence, picture];
  const plain = (list) => JSON.stringify(list.map(facts));
  return plain(a) === plain(b);
}

function shownRegion(region, index) {
  const blank = { id: `shown-${index + 1}`, kind: "reader", reader: "", label: null, side: null, confidence: null, note: "", picture: 0 };
  return { ...blank, ...region };
}

function bringSelected(viewer) {
  const region = regionById(viewer.regions, viewer.regions.selected);
  if (region) bringIntoSight(viewer, region);
}

// Drafts ----------------------------------------------------------------------------------------------------------

function draftOf(scene) {
  const names = new Set(scene.labels.map(({ name }) => name));
  const sizeOf = (picture) => (picture < pictureCount(scene) ? sizeOfPicture(scene, picture) : [0, 0]);
  return readDraft(scene.case_id, [scene.image.width, scene.image.height], names, sizeOf);
}

function saveDraft(viewer) {
  const { scene, regions } = viewer;
  if (scene.mode !== "draw" || !scene.keep_draft) return;
  const size = [scene.image.width, scene.image.height];
  if (keepDraft(scene.case_id, size, plainRegions(regions), viewer.named) || viewer.draftless) return;
  viewer.draftless = true;
  notify(viewer, say("draft_unkept"));
}

// The image -------------------------------------------------------------------------------------------------------

function showEmpty(viewer) {
  forgetImage(viewer);
  showState(viewer, "empty", make("strong", { text: say("empty") }), make("p", { text: viewer.emptyHint }));
}

function forgetImage(viewer) {
  viewer.loading?.abort();
  viewer.loading = null;
  viewer.samples = null;
  viewer.reduced = null;
  viewer.view = null;
  requestPaint(viewer, "view");
}

async function loadImage(viewer) {
  const { url, series } = placeNow(viewer);
  if (!viewer.samples || !sameSize([viewer.samples.width, viewer.samples.height], imageSize(viewer))) forgetImage(viewer);
  viewer.loading?.abort();
  viewer.parts.root.style.setProperty("--aspect", series.height / series.width);
  const loading = new AbortController();
  viewer.loading = loading;
  const bar = make("progress", { "aria-label": say("loading") });
  const said = make("p", { text: say("loading") });
  if (!viewer.samples) showState(viewer, "loading");
  const showing = setTimeout(() => {
    if (viewer.loading !== loading) return;
    if (viewer.samples) viewer.parts.root.dataset.waits = "";
    else viewer.parts.state.replaceChildren(said, bar);
  }, SHOW_LOADING_MS);
  const stalled = stallTimer(() => loading.abort());
  try {
    const samples = await picturesOf(viewer, url, series.greys, loading.signal, (share) => {
      stalled.again();
      showProgress(bar, said, share);
    });
    keepSamples(viewer, url, samples);
    if (viewer.loading === loading) arrived(viewer, samples);
  } catch {
    if (viewer.loading === loading) showBroken(viewer, say("broken"), say("broken_hint"));
  } finally {
    clearTimeout(showing);
    stalled.stop();
    if (viewer.loading === loading || !viewer.loading) delete viewer.parts.root.dataset.waits;
  }
}

// A picture that is on its way as one of the next is waited for, not asked for again.
async function picturesOf(viewer, url, greys, signal, progress) {
  const coming = viewer.fetching.get(url);
  if (coming) {
    try {
      return await coming;
    } catch {
      // It is asked for once more below, and then told if it cannot be had.
    }
  }
  return loadSamples(viewer, url, greys, signal, progress);
}

// Whether the picture that is wanted is not the one that is seen yet: nobody should draw on the slice before.
function isWaiting(viewer) {
  return !viewer.samples || viewer.seen !== viewer.regions.picture;
}

function stallTimer(act) {
  let timer = 0;
  const stop = () => clearTimeout(timer);
  const again = () => {
    stop();
    timer = setTimeout(act, STALLED_SECONDS * 1000);
  };
  again();
  return { again, stop };
}

function showProgress(bar, said, share) {
  if (share === null) return;
  bar.value = share;
  said.textContent = say("loading_percent", { percent: Math.round(share * 100) });
}

function arrived(viewer, samples) {
  const expected = imageSize(viewer);
  const got = [samples.width, samples.height];
  if (!sameSize(got, expected)) {
    const [was, wanted] = [got, expected].map(([width, height]) => say("pixels", { width, height }));
    showBroken(viewer, say("wrong_size", { got: was, expected: wanted }));
    return;
  }
  const goesOn = viewer.samples && viewer.view; // another slice of what is seen
  viewer.loading = null;
  viewer.samples = samples;
  viewer.reduced = null;
  viewer.seen = viewer.regions.picture;
  delete viewer.parts.root.dataset.waits;
  if (!goesOn) {
    viewer.pixels = new ImageData(...got);
    viewer.buffer = make("canvas");
    [viewer.buffer.width, viewer.buffer.height] = got;
  }
  showState(viewer, "ready");
  setWindow(viewer, goesOn ? viewer.window : (viewer.windows.get(placeNow(viewer).number) ?? openingWindow(samples)));
  if (!goesOn && viewer.stageSize[0]) setOwnView(viewer, fittedView(got, viewer.stageSize));
  if (samples.shallow) tellShallow(viewer, samples.shallow);
  updateToolbar(viewer);
  if (!viewer.main) bringSelected(viewer);
  if (!viewer.main && stepInSight(viewer)) bringIntoSight(viewer, stepInSight(viewer));
  fetchAhead(viewer);
}

// The picture is shown with 8 of its bits, which is said once for each series.
function tellShallow(viewer, why) {
  const { number } = placeNow(viewer);
  if (viewer.told.has(number)) return;
  viewer.told.add(number);
  notify(viewer, say("shallow", { why: say(why) }));
}

function showBroken(viewer, what, hint = "") {
  viewer.loading = null;
  cancelGesture(viewer);
  const retry = make("button", { type: "button", class: "done", text: say("retry") });
  retry.addEventListener("click", () => {
    viewer.parts.stage.focus({ preventScroll: true });
    loadImage(viewer);
  });
  const children = [make("strong", { text: what }), ...(hint ? [make("p", { text: hint })] : []), retry];
  showState(viewer, "broken", ...children);
  updateToolbar(viewer);
  viewer.announce([what, hint].filter(Boolean).join(" "));
}
