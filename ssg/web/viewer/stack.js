// Series and slices: which picture is seen, how one goes from slice to slice, and pictures fetched before they are asked.
//
// Pictures are counted through all series of a scene, as regions name them; `viewer.regions.picture` is the one that is
// seen. Within a series the view and the window stay as they are; each series keeps a window of its own.

const KEPT_BYTES = { desk: 320 * 2 ** 20, phone: 96 * 2 ** 20 }; // of pictures that were seen or fetched ahead
const AHEAD = 60; // in the direction of the last step
const BEHIND = 6;
const FETCHED_AHEAD_PIXELS = 16 * 2 ** 20; // no more than so many pixels ahead: large pictures are seldom many
const FETCHED_AT_ONCE = 4;
const WHEEL_STEP = 40; // a notch of a wheel is about 100, a trackpad sends many small ones

function seriesOf(scene) {
  if (scene.series.length) return scene.series;
  const { url, width, height } = scene.image;
  const { spacing_mm, orientation, greys } = scene;
  return [{ title: "", width, height, urls: [url], spacing_mm, orientation, greys, slice_mm: null, days: 0 }];
}

// {series, number, frame, count, url} of a picture; null where the scene has no image.
function placeOf(scene, picture) {
  if (!scene.image) return null;
  let left = picture;
  for (const [number, series] of seriesOf(scene).entries()) {
    const count = series.urls.length;
    if (left < count) return { series, number, frame: left, count, url: series.urls[left] };
    left -= count;
  }
  return placeOf(scene, 0);
}

function placeNow(viewer) {
  return placeOf(viewer.scene, viewer.regions.picture);
}

function sizeOfPicture(scene, picture) {
  const { series } = placeOf(scene, picture);
  return [series.width, series.height];
}

function spacingOf(viewer, picture = viewer.regions.picture) {
  return placeOf(viewer.scene, picture)?.series.spacing_mm ?? null;
}

function pictureCount(scene) {
  return scene.image ? seriesOf(scene).reduce((sum, { urls }) => sum + urls.length, 0) : 0;
}

// "Slice 12" or "Before, slice 12"; "" where the scene has one picture only.
function pictureInWords(scene, picture) {
  if (pictureCount(scene) < 2) return "";
  const { series, frame, count } = placeOf(scene, picture);
  const slice = count > 1 ? say("slice_number", { frame: frame + 1 }) : "";
  const named = seriesOf(scene).length > 1 ? series.title : "";
  return [named, slice].filter(Boolean).join(", ");
}

// Going there ---------------------------------------------------------------------------------------------------------

function goToPicture(viewer, picture, { said = true } = {}) {
  const wanted = clamp(picture, 0, pictureCount(viewer.scene) - 1);
  if (wanted === viewer.regions.picture || !viewer.scene.image) return;
  if (!viewer.main) closePicker(viewer);
  if (viewer.gesture?.kind !== "scroll") cancelGesture(viewer);
  const before = placeNow(viewer);
  viewer.forwards = wanted >= viewer.regions.picture;
  viewer.regions.picture = wanted;
  viewer.parts.root.dataset.picture = wanted; // what is asked for; `seen` follows when it is painted
  const selected = viewer.main ? null : regionById(viewer.regions, viewer.regions.selected);
  if (selected && selected.picture !== wanted && !isBeside(viewer, selected)) viewer.regions.selected = null;
  if (placeNow(viewer).number !== before.number) leaveSeries(viewer, before);
  showPicture(viewer);
  updateStack(viewer);
  if (viewer.main) showTitle(viewer);
  if (selected) selectionChanged(viewer);
  else requestPaint(viewer, "overlay");
  followSlices(viewer);
  if (said) announcePicture(viewer);
}

function leaveSeries(viewer, before) {
  viewer.windows.set(before.number, viewer.window);
  viewer.lastFrames.set(before.number, before.frame);
  forgetImage(viewer);
}

function goToEnd(viewer, last) {
  const { frame, count } = placeNow(viewer);
  goToPicture(viewer, viewer.regions.picture - frame + (last ? count - 1 : 0));
}

function goBySlice(viewer, by) {
  const { frame, count } = placeNow(viewer);
  const next = clamp(frame + by, 0, count - 1);
  if (next !== frame) goToPicture(viewer, viewer.regions.picture + next - frame);
}

function goToSeries(viewer, number) {
  const first = seriesOf(viewer.scene).slice(0, number).reduce((sum, { urls }) => sum + urls.length, 0);
  goToPicture(viewer, first + (viewer.lastFrames.get(number) ?? 0));
}

function announcePicture(viewer) {
  const { frame, count } = placeNow(viewer);
  const here = viewer.regions.drawn.filter(({ picture }) => picture === viewer.regions.picture).length;
  viewer.announce(say("say_slice", { frame: frame + 1, count, boxes: boxesInWords(here) }));
}

function wheelOverStack(viewer, event, lines) {
  viewer.wheel = (viewer.wheel ?? 0) + event.deltaY * lines;
  const steps = Math.trunc(viewer.wheel / WHEEL_STEP);
  if (!steps) return;
  viewer.wheel = Math.abs(event.deltaY * lines) >= WHEEL_STEP ? 0 : viewer.wheel - steps * WHEEL_STEP;
  goBySlice(viewer, Math.sign(steps) * Math.min(Math.abs(steps), Math.abs(event.deltaY * lines) >= WHEEL_STEP ? 1 : 3));
}

// Pictures ------------------------------------------------------------------------------------------------------------

// Shows the picture that is asked for now: at once where it is here, else when it has come. Meanwhile the one before
// stays, so that scrolling does not flicker.
function showPicture(viewer) {
  const { url } = placeNow(viewer);
  const samples = viewer.kept.get(url);
  if (samples) {
    viewer.loading?.abort();
    viewer.loading = null;
    arrived(viewer, samples);
  } else {
    loadImage(viewer);
  }
}

function keepSamples(viewer, url, samples) {
  viewer.kept.delete(url);
  viewer.kept.set(url, samples);
  const most = KEPT_BYTES[viewer.coarse ? "phone" : "desk"];
  let bytes = [...viewer.kept.values()].reduce((sum, one) => sum + bytesOf(one), 0);
  for (const [oldest, one] of viewer.kept) {
    if (bytes <= most || oldest === url) break;
    viewer.kept.delete(oldest);
    bytes -= bytesOf(one);
  }
}

function bytesOf({ grey, colour }) {
  return grey.byteLength + (colour?.byteLength ?? 0);
}

// The neighbours of what is seen, the next ones first; a picture that cannot be had is asked for again when it is its turn.
function fetchAhead(viewer) {
  const { series, frame } = placeNow(viewer);
  const most = Math.max(Math.floor(FETCHED_AHEAD_PIXELS / (series.width * series.height)), 3);
  const way = viewer.forwards === false ? -1 : 1;
  const order = Array.from({ length: Math.min(AHEAD, most) }, (_, step) => frame + way * (step + 1));
  order.push(...Array.from({ length: Math.min(BEHIND, most) }, (_, step) => frame - way * (step + 1)));
  for (const at of order) {
    const url = series.urls[at];
    if (!url || viewer.kept.has(url) || viewer.fetching.has(url)) continue;
    if (viewer.fetching.size >= FETCHED_AT_ONCE) return;
    const coming = loadSamples(viewer, url, series.greys, undefined, () => {});
    viewer.fetching.set(url, coming);
    coming
      .then((samples) => {
        keepSamples(viewer, url, samples);
        return true;
      })
      .catch(() => false)
      .then((came) => {
        viewer.fetching.delete(url);
        if (came && viewer.parts.root.isConnected && viewer.scene.image && viewer.samples) fetchAhead(viewer);
      });
  }
}

// The bar under the image -----------------------------------------------------------------------------------------------

function buildStack(viewer) {
  const { stack } = viewer.parts;
  const { scene } = viewer;
  stack.hidden = pictureCount(scene) < 2;
  stack.replaceChildren();
  if (stack.hidden) return;
  const series = seriesOf(scene);
  if (series.length > 1) stack.append(seriesRow(viewer, series));
  const slider = make("input", { type: "range", min: "0", step: "1", "aria-label": say("slice") });
  slider.addEventListener("input", () => {
    const { frame } = placeNow(viewer);
    goToPicture(viewer, viewer.regions.picture + Number(slider.value) - frame, { said: false });
  });
  const slices = make(
    "div",
    { class: "slices" },
    iconButton("slice_before", "previous", () => goBySlice(viewer, -1), { key: "PageUp" }),
    slider,
    iconButton("slice_after", "next", () => goBySlice(viewer, 1), { key: "PageDown" }),
    make("output", { class: "slice-count" }),
  );
  stack.append(slices);
  stack.setAttribute("aria-label", say("slices"));
  updateStack(viewer);
}

function seriesRow(viewer, series) {
  const row = make("div", { class: "choices series", role: "group", "aria-label": say("series") });
  for (const [number, one] of series.entries()) {
    const text = one.title || say("series_number", { number: number + 1 });
    const button = make("button", { type: "button", text, title: text });
    button.addEventListener("click", () => goToSeries(viewer, number));
    row.append(button);
  }
  return row;
}

function updateStack(viewer) {
  const { stack } = viewer.parts;
  if (stack.hidden || !viewer.scene.image) return;
  const { number, frame, count } = placeNow(viewer);
  for (const [at, button] of [...(stack.querySelector(".series")?.children ?? [])].entries()) {
    button.setAttribute("aria-pressed", String(at === number));
  }
  const slices = stack.querySelector(".slices");
  slices.hidden = count < 2;
  const slider = slices.querySelector("input");
  Object.assign(slider, { max: count - 1, value: frame });
  slider.setAttribute("aria-valuetext", say("slice_of", { frame: frame + 1, count }));
  slider.style.setProperty("--filled", `${(frame / Math.max(count - 1, 1)) * 100}%`);
  const [before, , after] = slices.children;
  setUsable(before, frame > 0);
  setUsable(after, frame < count - 1);
  slices.querySelector("output").textContent = say("slice_count", { frame: frame + 1, count });
}
