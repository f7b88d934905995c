// The parts of the viewer that touch no page, run by node: `node --test tests/web/parts.test.js`.

const assert = require("node:assert/strict");
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { test } = require("node:test");
const vm = require("node:vm");
const zlib = require("node:zlib");

const FOLDER = join(__dirname, "..", "..", "ssg", "web", "viewer");
const PURE = ["words", "geometry", "regions", "search", "pixels", "draft", "png", "presets", "mouse", "beside"];
const source = PURE.map((name) => readFileSync(join(FOLDER, `${name}.js`), "utf8")).join("\n");
const WORDS = { pixels: "{width} × {height} px", millimetres: "{width} × {height} mm" };

// The bundle's functions, with a localStorage of our own.
function bundle(localStorage = {}) {
  const arrays = { Uint8Array, Uint16Array, Uint32Array, Int32Array, Float64Array, Uint8ClampedArray };
  const context = vm.createContext({ WORDS, localStorage, ...arrays, DecompressionStream, DataView });
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

// PNG -----------------------------------------------------------------------------------------------------------------

function chunk(kind, data) {
  const body = Buffer.concat([Buffer.from(kind, "latin1"), data]);
  const ends = [Buffer.alloc(4), Buffer.alloc(4)]; // the checksum at the end is the server's to prove
  ends[0].writeUInt32BE(data.length);
  return Buffer.concat([ends[0], body, ends[1]]);
}

function pngOf(width, height, rows, { depth = 16, colour = 0, interlaced = 0, data = null } = {}) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([depth, colour, 0, 0, interlaced], 8);
  const packed = zlib.deflateSync(data ?? Buffer.concat(rows));
  const half = packed.length >> 1; // in two chunks, as writers do
  const chunks = [chunk("IHDR", head), chunk("tEXt", Buffer.from("a")), chunk("IDAT", packed.subarray(0, half))];
  chunks.push(chunk("IDAT", packed.subarray(half)), chunk("IEND", Buffer.alloc(0)));
  return new Uint8Array(Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), ...chunks]));
}

// A row as a filter stores it, by the definitions of the specification.
function filtered(filter, row, above, step) {
  const left = (line, at) => (at < step ? 0 : line[at - step]);
  const paeth = (a, b, c) => {
    const nearest = [a, b, c].map((value) => [Math.abs(a + b - c - value), value]);
    return nearest.reduce((best, one) => (one[0] < best[0] ? one : best))[1];
  };
  const guesses = [
    () => 0,
    (at) => left(row, at),
    (at) => above[at],
    (at) => Math.floor((left(row, at) + above[at]) / 2),
    (at) => paeth(left(row, at), above[at], left(above, at)),
  ];
  return Buffer.from([filter, ...[...row].map((value, at) => (value - guesses[filter](at)) & 255)]);
}

const noise = (count, most) => Array.from({ length: count }, (_, at) => (at * 2654435761) % most);

function filteredPng(samples, width, depth, filterOf) {
  const step = depth / 8;
  const height = samples.length / width;
  const bytes = Buffer.from(samples.flatMap((value) => (step === 2 ? [value >> 8, value & 255] : [value])));
  const line = (y) => (y < 0 ? Buffer.alloc(width * step) : bytes.subarray(y * width * step, (y + 1) * width * step));
  const rows = Array.from({ length: height }, (_, y) => filtered(filterOf(y), line(y), line(y - 1), step));
  return pngOf(width, height, rows, { depth });
}

for (const depth of [8, 16]) {
  for (const filter of [0, 1, 2, 3, 4]) {
    test(`a PNG of ${depth} bits is decoded through filter ${filter}`, async () => {
      const samples = noise(7 * 5, 2 ** depth);
      const found = await parts.decodedPng(filteredPng(samples, 7, depth, () => filter));
      same([...found.grey], samples);
      same([found.width, found.height, found.low, found.high], [7, 5, Math.min(...samples), Math.max(...samples)]);
    });
  }
}

test("each row has a filter of its own, and the page may breathe in between", async () => {
  const samples = noise(300 * 900, 65536);
  let pauses = 0;
  const pause = async () => {
    pauses += 1;
  };
  const found = await parts.decodedPng(filteredPng(samples, 300, 16, (y) => y % 5), pause);
  assert.deepEqual([...found.grey], samples);
  assert.ok(pauses > 0);
});

test("what is no plain grey PNG is refused by the name of its sentence", async () => {
  const refused = async (bytes) => {
    await assert.rejects(parts.decodedPng(bytes), (error) => (refused.said = error.message) !== "");
    return refused.said;
  };
  const rows = noise(8, 65536);
  const good = filteredPng(rows, 4, 16, () => 0);
  assert.equal(await refused(pngOf(4, 2, [], { data: Buffer.alloc(18), interlaced: 1 })), "png_interlaced");
  assert.equal(await refused(pngOf(4, 2, [], { data: Buffer.alloc(50), colour: 2 })), "png_kind");
  assert.equal(await refused(pngOf(4, 2, [], { data: Buffer.alloc(3), depth: 1 })), "png_kind");
  assert.equal(await refused(pngOf(60000, 60000, [], { data: Buffer.alloc(3) })), "png_size");
  assert.equal(await refused(good.subarray(0, good.length - 20)), "png_damaged");
  assert.equal(await refused(new Uint8Array(80)), "png_damaged");
  assert.equal(await refused(pngOf(4, 2, [], { data: Buffer.alloc(17) })), "png_damaged", "too short");
  assert.equal(await refused(pngOf(4, 2, [], { data: Buffer.alloc(5e6) })), "png_damaged", "a bomb");
  assert.equal(await refused(pngOf(4, 2, [], { data: Buffer.alloc(18, 9) })), "png_damaged", "no such filter");
  const spoilt = Uint8Array.from(good);
  spoilt[spoilt.length - 22] ^= 255;
  assert.equal(await refused(spoilt), "png_damaged", "the stream's own checksum");
});

test("the decoder stands by itself: as text it runs in a worker", async () => {
  const text = vm.runInContext("DECODER.map(String).join('\\n')", parts);
  const alone = vm.createContext({ DecompressionStream, DataView, Uint8Array, Uint16Array });
  vm.runInContext(text, alone);
  const samples = noise(6, 65536);
  same([...(await alone.decodedPng(filteredPng(samples, 3, 16, () => 4))).grey], samples);
});

// Full depth ----------------------------------------------------------------------------------------------------------

const CT = { values: [-1024, 1], window: [400, 40], inverted: false, unit: "HU" };
const units = (...values) => {
  const grey = Uint16Array.from(values, (value) => value + 1024);
  return parts.deepSamples({ width: values.length, height: 1, grey, low: Math.min(...grey), high: Math.max(...grey) }, CT);
};

test("Hounsfield units go through the window as DICOM's LINEAR says", () => {
  const samples = units(-1024, -160, -159, 40, 239, 240, 3000);
  same(parts.realRange(samples), [-1024, 3000]);
  same(parts.openingWindow(samples), { width: 400, level: 40, inverted: false });
  const shown = parts.shownValues(parts.openingWindow(samples), samples);
  same([-1024, -160, 39, 40, 239, 3000].map((value) => shown[value + 1024]), [0, 0, 127, 128, 255, 255]);
  const full = parts.fullWindow(samples);
  const all = parts.shownValues(full, samples);
  same([all[0], all.at(-1)], [0, 255]);
  assert.equal(parts.greyAt(samples, [3.5, 0.5]), 40);
});

test("inverted greys are shown so, and inverting them again shows them upright", () => {
  const samples = { ...units(0, 100), inverted: true, window: null };
  const shown = parts.shownValues(parts.fullWindow(samples), samples);
  same([shown[0], shown.at(-1)], [255, 0]);
  const upright = parts.shownValues({ ...parts.fullWindow(samples), inverted: true }, samples);
  same([upright[0], upright.at(-1)], [0, 255]);
});

test("a falling scale and fine steps keep their order and their limits", () => {
  const fine = { ...units(0, 1000), values: [10, -0.001], window: null, unit: "" };
  const [low, high] = parts.realRange(fine);
  assert.ok(Math.abs(low - 7.976) < 1e-9 && Math.abs(high - 8.976) < 1e-9);
  const shown = parts.shownValues(parts.fullWindow(fine), fine);
  same([shown[0], shown.at(-1)], [255, 0]);
  assert.equal(parts.valueInWords(8.9764, fine), "8.98");
});

test("presets of CT are those of the textbooks, and limits let all of them be", () => {
  const samples = units(0, 50, 100);
  const named = (key) => parts.presetsOf(samples).find((preset) => preset.key === key);
  const expected = { 1: [400, 40], 2: [1500, -600], 3: [150, 90], 4: [2500, 480], 5: [80, 40], 6: [350, 50], 7: [40, 40] };
  for (const [key, [width, level]] of Object.entries(expected)) {
    const window = parts.presetWindow(named(key), samples);
    same([window.width, window.level], [width, level]);
    same(parts.limitedWindow(window, samples), plain(window));
  }
});

test("presets of other pictures are shares of their greys, without the background", () => {
  const grey = Uint8Array.from([...Array(500).fill(0), ...Array.from({ length: 100 }, (_, at) => at + 50), 255, 255]);
  const samples = { width: grey.length, height: 1, grey, low: 0, high: 255, colour: null };
  const [opened, full, trimmed, narrow] = parts.presetsOf(samples);
  same(parts.presetWindow(opened, samples), plain(parts.presetWindow(full, samples)));
  const edges = (preset) => plain(parts.edgesOf(parts.presetWindow(preset, samples), samples));
  same(edges(trimmed), [50, 148]);
  same(edges(narrow), [59, 139]);
  const flat = { ...samples, grey: new Uint8Array(9).fill(7), low: 7, high: 7 };
  assert.ok(parts.presetWindow(narrow, flat).width >= 1);
});

test("what is seen of a large picture is the mean of what lies under each pixel of the screen", () => {
  const grey = Uint16Array.from({ length: 6 * 4 }, (_, at) => (at % 6) * 10 + Math.floor(at / 6));
  const samples = { width: 6, height: 4, grey, low: 0, high: 60 };
  const half = parts.reducedSamples(samples, { scale: 0.5, x: 1, y: 0 }, [10, 10], 1);
  same([half.left, half.top, half.width, half.height], [1, 0, 3, 2]);
  same([...half.grey], [6, 26, 46, 8, 28, 48]);
  const twice = parts.reducedSamples(samples, { scale: 2, x: -4, y: 0 }, [4, 4], 1);
  same([twice.width, twice.height, ...twice.grey.slice(0, 4)], [4, 4, 20, 20, 30, 30]);
});

// Two panes, and the mouse ----------------------------------------------------------------------------------------------

test("linked stacks go together by millimetres from their anchor, or by their share", () => {
  const [now, before] = [{ slice_mm: 2, count: 41 }, { slice_mm: 5, count: 20 }];
  const anchors = { from: 20, to: 9.5 };
  assert.equal(parts.linkedFrame(20, now, before, anchors), 10);
  assert.equal(parts.linkedFrame(30, now, before, anchors), 14);
  assert.equal(parts.linkedFrame(40, now, before, anchors), 18);
  assert.equal(parts.linkedFrame(0, now, { slice_mm: 1, count: 20 }, anchors), 0);
  const unknown = { slice_mm: null, count: 21 };
  assert.equal(parts.linkedFrame(40, now, unknown, { from: 20, to: 10 }), 20);
  assert.equal(parts.linkedFrame(10, now, unknown, { from: 20, to: 10 }), 5);
  assert.equal(parts.linkedFrame(3, now, { slice_mm: null, count: 1 }, { from: 20, to: 0 }), 0);
});

test("a shared view shows the same place as close, also of an image of another size", () => {
  const view = parts.zoomedView(parts.fittedView([512, 512], [400, 400]), [100, 300], 3, [512, 512], [400, 400]);
  const other = parts.sharedView(view, [512, 512], [400, 400], [256, 300], [400, 300]);
  assert.ok(Math.abs(other.scale / parts.fittedView([256, 300], [400, 300]).scale - 3) < 1e-9);
  const [x, y] = parts.toImage(view, [200, 200]);
  const [ox, oy] = parts.toImage(other, [200, 150]);
  assert.ok(Math.abs(x / 512 - ox / 256) < 1e-9 && Math.abs(y / 512 - oy / 300) < 1e-9);
});

test("a shared view shows a millimetre equally long where pixels are known", () => {
  const view = parts.fittedView([592, 592], [400, 400]);
  const other = parts.sharedView(view, [592, 592], [400, 400], [592, 592], [400, 400], 0.58 / 0.7);
  assert.ok(Math.abs(other.scale / 0.58 - view.scale / 0.7) < 1e-9);
  const [x, y] = parts.toImage(other, [200, 200]);
  assert.ok(Math.abs(x - 296) < 1e-6 && Math.abs(y - 296) < 1e-6);
});

test("whatever stands in the browser's storage, the mouse does something that exists", () => {
  same(parts.checkedMouse(null), { left: "tool", middle: "pan", right: "contrast", wheel: "usual" });
  same(parts.checkedMouse({ left: "zoom", middle: "constructor", right: 7, wheel: "level", more: 1 }), {
    left: "zoom",
    middle: "pan",
    right: "contrast",
    wheel: "level",
  });
  same(bundle({ getItem: () => "{" }).readMouse().left, "tool");
});
