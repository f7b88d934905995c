// The parts of the viewer that touch no page, run by node: `node --test tests/web/parts.test.js`.

const assert = require("node:assert/strict");
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { test } = require("node:test");
const vm = require("node:vm");

const FOLDER = join(__dirname, "..", "..", "ssg", "web", "viewer");
const PURE = ["words", "geometry", "regions", "search", "pixels", "draft"];
const source = PURE.map((name) => readFileSync(join(FOLDER, `${name}.js`), "utf8")).join("\n");
const WORDS = { pixels: "{width} × {height} px", millimetres: "{width} × {height} mm" };

// The bundle's functions, with a localStorage of our own.
function bundle(localStorage = {}) {
  const context = vm.createContext({ WORDS, localStorage, Uint8Array, Uint32Array, Uint8ClampedArray });
  vm.runInContext(source, context);
  return context;
}

const parts = bundle();
const plain = (value) => JSON.parse(JSON.stringify(value));
const same = (got, expected) => assert.deepEqual(plain(got), expected);
const SIZE = [1024, 800];

test("a box between two points is whole pixels inside of the image, whichever corner came first", () => {
  same(parts.boxBetween([10.4, 20.6], [30.5, 5.2], SIZE), [10, 5, 31, 21]);
  same(parts.boxBetween([30.5, 5.2], [10.4, 20.6], SIZE), [10, 5, 31, 21]);
  same(parts.boxBetween([-50, 700], [2000, 900], SIZE), [0, 700, 1024, 800]);
});

test("a moved box keeps its size and stays inside", () => {
  same(parts.movedBox([10, 10, 30, 40], 5.4, -2.6, SIZE), [15, 7, 35, 37]);
  same(parts.movedBox([10, 10, 30, 40], -500, 5000, SIZE), [0, 770, 20, 800]);
});

test("a resized box keeps at least one pixel", () => {
  same(parts.resizedBox([10, 10, 30, 40], "se", 5, 6, SIZE), [10, 10, 35, 46]);
  same(parts.resizedBox([10, 10, 30, 40], "nw", 500, 500, SIZE), [29, 39, 30, 40]);
  same(parts.resizedBox([10, 10, 30, 40], "e", -500, 500, SIZE), [10, 10, 11, 40]);
  same(parts.resizedBox([10, 10, 30, 40], "n", 9, -500, SIZE), [10, 0, 30, 40]);
});

test("every view takes image points to the stage and back", () => {
  for (const view of [{ scale: 0.3, x: 12, y: -7 }, { scale: 9.5, x: -800.25, y: 33 }]) {
    const { left, top } = parts.toStage(view, [123, 456, 200, 500]);
    const [x, y] = parts.toImage(view, [left, top]);
    assert.ok(Math.abs(x - 123) < 1e-9 && Math.abs(y - 456) < 1e-9);
  }
});

test("zooming holds the point under the pointer still, within its limits", () => {
  const stage = [600, 500];
  const view = parts.fittedView(SIZE, stage);
  const point = [200, 300];
  const before = parts.toImage(view, point);
  const after = parts.toImage(parts.zoomedView(view, point, 3, SIZE, stage), point);
  assert.ok(Math.hypot(before[0] - after[0], before[1] - after[1]) < 1e-9);
  assert.equal(parts.zoomedView(view, point, 1e9, SIZE, stage).scale, 40);
  assert.equal(parts.zoomedView(view, point, 1e-9, SIZE, stage).scale, view.scale * 0.5);
});

test("no drag loses the image", () => {
  const stage = [600, 500];
  const lost = { scale: 1, x: 99999, y: -99999 };
  const view = parts.keptInSight(lost, SIZE, stage);
  assert.ok(view.x <= 450 && view.y >= 125 - 800);
});

test("a new box lies in the middle of what is seen, inside of the image", () => {
  const stage = [600, 500];
  const [x0, y0, x1, y1] = parts.centredBox({ scale: 4, x: -3600, y: -2800 }, stage, SIZE);
  assert.ok(x0 >= 900 && x1 <= 1024 && y0 >= 700 && y1 <= 800 && x1 - x0 === y1 - y0);
  same(parts.centredBox({ scale: 100, x: 0, y: 0 }, stage, [3, 3]), [0, 0, 3, 3]);
});

test("after a change of the stage the same image point is in the middle", () => {
  const view = { scale: 2, x: -500, y: -400 };
  const after = parts.recentredView(view, SIZE, [600, 500], [300, 700]);
  same(parts.toImage(after, [150, 350]), plain(parts.toImage(view, [300, 250])));
});

test("the smallest box under a point is taken", () => {
  const regions = [{ id: "large", box: [0, 0, 500, 500] }, { id: "small", box: [100, 100, 120, 120] }];
  assert.equal(parts.regionAt(regions, [110, 110], 0).id, "small");
  assert.equal(parts.regionAt(regions, [300, 300], 0).id, "large");
  assert.equal(parts.regionAt(regions, [600, 600], 0), null);
});

test("handles of a small box step outwards and leave its inside free", () => {
  const rect = { left: 100, top: 100, right: 110, bottom: 110 };
  assert.equal(parts.handleAt(rect, [105, 105], 4), null);
  assert.equal(parts.handleAt(rect, [97, 97], 4), "nw");
});

test("a scale bar has a round length that fits", () => {
  same(parts.scaleBar(0.5, 1, 220), { mm: 100, length: 200 });
  assert.equal(parts.scaleBar(0.5, 1000, 220), null);
});

test("undo and redo go through every step, and a run of nudges is one", () => {
  const regions = parts.createRegions();
  const { region } = parts.addRegion(regions, [0, 0, 10, 10]);
  for (const step of [1, 2, 3]) parts.nudgeRegion(regions, region.id, [step, 0, 10 + step, 10], 1000 + step * 50);
  parts.nudgeRegion(regions, region.id, [4, 0, 14, 10], 9000);
  assert.equal(regions.past.length, 3);
  parts.stepBack(regions);
  same(regions.drawn[0].box, [3, 0, 13, 10]);
  parts.stepBack(regions);
  same(regions.drawn[0].box, [0, 0, 10, 10]);
  parts.stepForward(regions);
  parts.stepForward(regions);
  same(regions.drawn[0].box, [4, 0, 14, 10]);
  assert.equal(parts.stepForward(regions), false);
});

test("the same box is not drawn twice, and ids are never used again", () => {
  const regions = parts.createRegions();
  const first = parts.addRegion(regions, [0, 0, 10, 10]);
  assert.equal(parts.addRegion(regions, [0, 0, 10, 10]).existed, true);
  parts.removeRegion(regions, first.region.id);
  assert.notEqual(parts.addRegion(regions, [0, 0, 10, 10]).region.id, first.region.id);
});

const LABELS = [
  { name: "pleural effusion", synonyms: ["hydrothorax", "fluid"], group: "pleura" },
  { name: "pneumothorax", synonyms: ["ptx", "collapsed lung"], group: "pleura" },
  { name: "œdème", synonyms: ["oedème"], group: "x" },
];
const found = (query) => plain(parts.searchLabels(LABELS, query).map(({ label }) => label.name));

test("labels are found by name, synonym, any word's start, and with a slip", () => {
  same(found("effusion"), ["pleural effusion"]);
  same(found("ptx"), ["pneumothorax"]);
  same(found("lung coll"), ["pneumothorax"]);
  same(found("effuison"), ["pleural effusion"]);
  same(found("OEDEME"), ["œdème"]);
  same(found("zzz"), []);
  assert.equal(found("").length, 3);
});

test("the full window shows every sample as it is stored; inverted, its opposite", () => {
  const samples = { low: 0, high: 255 };
  const full = parts.fullWindow(samples);
  same([...parts.shownValues(full, samples)], Array.from({ length: 256 }, (_, grey) => grey));
  const inverted = parts.shownValues({ ...full, inverted: true }, samples);
  same([...inverted], Array.from({ length: 256 }, (_, grey) => 255 - grey));
});

test("a window maps its edges to black and white, also with 12 bits", () => {
  const shown = parts.shownValues({ width: 400, level: 1000, inverted: false }, { low: -24, high: 4071 });
  same([shown[24 + 800], shown[24 + 1000], shown[24 + 1200], shown[0]], [0, 128, 255, 0]);
});

test("window and level reach every pixel, grey or coloured", () => {
  const image = (data) => ({ width: 2, height: 1, data: Uint8ClampedArray.from(data) });
  const grey = parts.samplesOf(image([10, 10, 10, 255, 200, 200, 200, 255]));
  assert.equal(grey.colour, null);
  const target = image(new Array(8).fill(0));
  parts.applyWindow(grey, { width: 1, level: 100, inverted: false }, target);
  same([...target.data], [0, 0, 0, 255, 255, 255, 255, 255]);
  const colour = parts.samplesOf(image([10, 20, 30, 255, 200, 200, 200, 255]));
  parts.applyWindow(colour, { ...parts.fullWindow(colour), inverted: true }, target);
  same([...target.data], [245, 235, 225, 255, 55, 55, 55, 255]);
});

test("pixels are told in whole ones, millimetres as finely as they can be read", () => {
  const { sizeForList, sizeInWords } = bundle();
  assert.equal(sizeForList([0.2, 0.2, 442.6, 409.8], null), "442 × 410 px");
  assert.equal(sizeInWords([0, 0, 40.4, 9.6], [0.5, 0.5]), "20 × 4.8 mm · 40 × 10 px");
});

test("a draft comes back for the same image only, and what the case no longer offers is dropped", () => {
  const kept = new Map();
  const storage = { setItem: (key, value) => kept.set(key, value), getItem: (key) => kept.get(key) ?? null };
  const { keepDraft, readDraft } = bundle(storage);
  const region = { box: [1, 2, 3, 4], label: "mass", side: "up", confidence: 9 };
  assert.equal(keepDraft("case", SIZE, [region, { box: [0, 0, 5000, 1] }, { box: "?" }]), true);
  same(readDraft("case", SIZE, new Set(["mass"])).regions, [
    { box: [1, 2, 3, 4], label: "mass", side: null, confidence: null },
  ]);
  same(readDraft("case", SIZE, new Set()).regions[0].label, null);
  assert.equal(readDraft("case", [10, 10], new Set()), null);
  assert.equal(readDraft("other", SIZE, new Set()), null);
});

test("storage that refuses is no error", () => {
  const refuse = () => {
    throw new Error("refused");
  };
  const { keepDraft, readDraft, forgetDraft } = bundle({ setItem: refuse, getItem: refuse, removeItem: refuse });
  assert.equal(keepDraft("case", SIZE, []), false);
  assert.equal(readDraft("case", SIZE, new Set()), null);
  forgetDraft("case");
});
