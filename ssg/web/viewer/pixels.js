// Grey values and the lookup table that turns them into what is seen.
//
// Samples are a typed array of what the file stores, 8 or 16 bits; a real value (Hounsfield units in CT) is
// values[0] + values[1] × stored. Windows are in real values. One table with an entry for each stored value is applied
// to every pixel: no CSS filter is involved, and with the full window 8 bits are shown exactly as they are stored.

const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

// {width, height, low, high, grey, colour}: `grey` holds one sample a pixel; `colour` the RGBA bytes where the image
// is not grey (an ultrasound frame, say), and then the table is applied to each channel.
function samplesOf({ width, height, data }) {
  const grey = new Uint8Array(width * height);
  let colourful = false;
  for (let index = 0, at = 0; index < grey.length; index += 1, at += 4) {
    grey[index] = data[at + 1];
    colourful ||= data[at] !== data[at + 1] || data[at + 2] !== data[at + 1];
  }
  return { width, height, low: 0, high: 255, grey, colour: colourful ? data : null };
}

// Samples of 16 bits with what their greys mean, see Greys in scene.py. `deep` tells them from those of 8 bits.
function deepSamples({ width, height, grey, low, high }, { values, window, inverted, unit }) {
  return { width, height, low, high, grey, colour: null, deep: true, values, window, inverted, unit };
}

function realOf({ values = [0, 1] }, stored) {
  return values[0] + values[1] * stored;
}

// The lowest and the highest real value.
function realRange(samples) {
  const ends = [realOf(samples, samples.low), realOf(samples, samples.high)];
  return ends[1] < ends[0] ? ends.reverse() : ends;
}

// The difference that one step of the stored values makes.
function stepOf({ values = [0, 1] }) {
  return Math.abs(values[1]);
}

// Whole values are windowed as DICOM's function LINEAR does (PS3.3 C.11.2.1.2), finer ones as LINEAR_EXACT.
function isLinear(samples) {
  return Boolean(samples.deep) && stepOf(samples) >= 1;
}

// The real values shown black and white.
function edgesOf({ width, level }, samples) {
  const [span, middle] = isLinear(samples) ? [Math.max(width - 1, 0.001), level - 0.5] : [width, level];
  return [middle - span / 2, middle + span / 2];
}

// The window with these edges.
function windowOf(black, white, samples) {
  const span = Math.max(white - black, stepOf(samples));
  const middle = (black + white) / 2;
  const linear = isLinear(samples);
  return { width: linear ? span + 1 : span, level: linear ? middle + 0.5 : middle, inverted: false };
}

function fullWindow(samples) {
  return windowOf(...realRange(samples), samples);
}

// The window that a picture opens with: that of its series, or everything.
function openingWindow(samples) {
  if (!samples.window) return fullWindow(samples);
  return { width: samples.window[0], level: samples.window[1], inverted: false };
}

// What sliders and drags may set: all that the picture holds, the window it opens with, and the presets of its unit.
function windowLimits(samples) {
  const ends = realRange(samples);
  if (samples.window) ends.push(...edgesOf(openingWindow(samples), samples));
  if (samples.unit === "HU") ends.push(-1350, 1730);
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const least = samples.deep ? 2 * stepOf(samples) : Math.max((high - low) / 255, 1);
  return { low, high, least, most: Math.max(2 * (high - low), least) };
}

function limitedWindow(window, samples) {
  const limits = windowLimits(samples);
  return {
    width: clamp(window.width, limits.least, limits.most),
    level: clamp(window.level, limits.low, limits.high),
    inverted: window.inverted,
  };
}

// One shown value, 0 to 255, for each stored value from low to high.
function shownValues(window, samples) {
  const { low, high } = samples;
  const [black, white] = edgesOf(window, samples);
  const flipped = Boolean(window.inverted) !== Boolean(samples.inverted);
  const table = new Uint8ClampedArray(high - low + 1);
  const [offset, slope] = samples.values ?? [0, 1];
  const span = white - black;
  for (let index = 0; index < table.length; index += 1) {
    const shown = ((offset + slope * (low + index) - black) / span) * 255;
    table[index] = flipped ? 255 - clamp(shown, 0, 255) : shown;
  }
  return table;
}

function packedGreys(shown) {
  const table = new Uint32Array(shown.length);
  for (let index = 0; index < table.length; index += 1) {
    const value = shown[index];
    table[index] = LITTLE_ENDIAN
      ? (0xff000000 | (value << 16) | (value << 8) | value) >>> 0
      : ((value << 24) | (value << 16) | (value << 8) | 0xff) >>> 0;
  }
  return table;
}

// Fills `target`, an ImageData of the image's size, with the samples seen through a window.
function applyWindow(samples, window, target) {
  const shown = shownValues(window, samples);
  if (samples.colour) applyToChannels(samples.colour, shown, target.data);
  else lookUp(samples.grey, samples.low, packedGreys(shown), new Uint32Array(target.data.buffer));
}

function lookUp(grey, low, table, out) {
  for (let index = 0; index < grey.length; index += 1) out[index] = table[grey[index] - low];
}

function applyToChannels(colour, shown, out) {
  for (let at = 0; at < colour.length; at += 4) {
    out[at] = shown[colour[at]];
    out[at + 1] = shown[colour[at + 1]];
    out[at + 2] = shown[colour[at + 2]];
    out[at + 3] = 255;
  }
}

// A drag of the window tool: sideways widens, downwards raises the level (the image darkens), as radiology
// workstations do. A drag over the whole stage crosses the whole range of 8 bits; of 16, a few times the window that
// the drag began with, because a brain is looked at in a fiftieth of what a CT holds.
function draggedWindow(window, dx, dy, samples, stage) {
  const limits = windowLimits(samples);
  const whole = limits.high - limits.low;
  const span = samples.deep ? Math.min(whole, Math.max(4 * window.width, whole / 64)) : whole;
  return limitedWindow(
    {
      width: window.width + (dx / stage[0]) * span * 1.5,
      level: window.level + (dy / stage[1]) * span,
      inverted: window.inverted,
    },
    samples,
  );
}

// The real value at an image point, null beside the image.
function greyAt(samples, [x, y]) {
  const column = Math.floor(x);
  const row = Math.floor(y);
  if (column < 0 || row < 0 || column >= samples.width || row >= samples.height) return null;
  return realOf(samples, samples.grey[row * samples.width + column]);
}

// A real value as people say it: whole where its steps are whole ones.
function valueInWords(value, samples) {
  return stepOf(samples) >= 1 || Number.isInteger(value) ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

// The part of a large image that is seen, at the screen's own resolution: {grey, left, top, width, height} in device
// pixels, each the mean of the samples under it. A window is tried on these while it is being dragged.
function reducedSamples(samples, view, stage, ratio) {
  const scale = view.scale * ratio;
  const from = [Math.max(Math.round(view.x * ratio), 0), Math.max(Math.round(view.y * ratio), 0)];
  const to = [
    Math.min(Math.round((view.x + samples.width * view.scale) * ratio), Math.round(stage[0] * ratio)),
    Math.min(Math.round((view.y + samples.height * view.scale) * ratio), Math.round(stage[1] * ratio)),
  ];
  const [width, height] = [Math.max(to[0] - from[0], 0), Math.max(to[1] - from[1], 0)];
  const columns = sourceEdges(from[0], width, view.x * ratio, scale, samples.width);
  const rows = sourceEdges(from[1], height, view.y * ratio, scale, samples.height);
  const reduce = scale < 1 ? meansOf : nearestOf;
  return { grey: reduce(samples, columns, rows), left: from[0], top: from[1], width, height };
}

// Where the pixels of a screen begin in the image, and where the last one ends; of an enlarged image, what each shows.
function sourceEdges(from, count, offset, scale, length) {
  const edges = new Int32Array(count + 1);
  for (let index = 0; index <= count; index += 1) {
    const at = (from + index - offset) / scale;
    edges[index] = clamp(scale < 1 ? Math.round(at) : Math.floor(at + 0.5 / scale), 0, index < count ? length - 1 : length);
  }
  return edges;
}

// Every row of the image is gone through once, as it lies in memory: 5 million samples take a few milliseconds.
function meansOf(samples, columns, rows) {
  const width = columns.length - 1;
  const height = rows.length - 1;
  const out = new Uint16Array(width * height);
  const sums = new Float64Array(width);
  const { grey } = samples;
  for (let y = 0; y < height; y += 1) {
    const top = rows[y];
    const bottom = Math.max(rows[y + 1], top + 1);
    sums.fill(0);
    for (let row = top; row < bottom; row += 1) {
      const start = row * samples.width;
      for (let x = 0; x < width; x += 1) {
        const end = Math.max(columns[x + 1], columns[x] + 1);
        let sum = 0;
        for (let at = columns[x]; at < end; at += 1) sum += grey[start + at];
        sums[x] += sum;
      }
    }
    for (let x = 0; x < width; x += 1) {
      const count = (bottom - top) * Math.max(columns[x + 1] - columns[x], 1);
      out[y * width + x] = sums[x] / count + 0.5;
    }
  }
  return out;
}

function nearestOf(samples, columns, rows) {
  const width = columns.length - 1;
  const height = rows.length - 1;
  const out = new Uint16Array(width * height);
  for (let y = 0, at = 0; y < height; y += 1) {
    const start = rows[y] * samples.width;
    for (let x = 0; x < width; x += 1, at += 1) out[at] = samples.grey[start + columns[x]];
  }
  return out;
}
