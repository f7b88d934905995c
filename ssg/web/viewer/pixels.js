// Grey values and the lookup table that turns them into what is seen.
//
// Samples are a typed array with the range they may take, so 8 bits today and 12 to 16 bits tomorrow run through the
// same table: one entry for each possible value, applied to every pixel. No CSS filter is involved, and with the
// full window a pixel is shown exactly as it is stored.

const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

// `progress` is told the share that has arrived, or null where the server does not say how much there is.
async function loadSamples(url, signal, progress) {
  const answer = await fetch(url, { signal, credentials: "same-origin" });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  const bitmap = await createImageBitmap(await receivedBlob(answer, progress), {
    colorSpaceConversion: "none",
    premultiplyAlpha: "none",
  });
  const canvas = document.createElement("canvas");
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return samplesOf(context.getImageData(0, 0, canvas.width, canvas.height));
}

async function receivedBlob(answer, progress) {
  const coded = answer.headers.get("content-encoding"); // then the length is not that of what arrives
  const total = coded ? 0 : Number(answer.headers.get("content-length"));
  const chunks = [];
  let received = 0;
  for (const reader = answer.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) return new Blob(chunks, { type: answer.headers.get("content-type") ?? "" });
    chunks.push(value);
    received += value.length;
    progress(total ? Math.min(received / total, 1) : null);
  }
}

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

// The window that shows the whole range. A window [level - width / 2, level + width / 2] is mapped to black ... white.
function fullWindow({ low, high }) {
  return { width: high - low, level: (low + high) / 2, inverted: false };
}

function limitedWindow(window, { low, high }) {
  const span = high - low;
  return {
    width: clamp(window.width, Math.max(span / 255, 1), 2 * span),
    level: clamp(window.level, low, high),
    inverted: window.inverted,
  };
}

// One shown value, 0 to 255, for each sample value from low to high.
function shownValues({ width, level, inverted }, { low, high }) {
  const start = level - width / 2;
  return Uint8ClampedArray.from({ length: high - low + 1 }, (_, index) => {
    const shown = ((low + index - start) / width) * 255;
    return inverted ? 255 - clamp(shown, 0, 255) : shown;
  });
}

function packedGreys(shown) {
  return Uint32Array.from(shown, (value) =>
    LITTLE_ENDIAN
      ? (0xff000000 | (value << 16) | (value << 8) | value) >>> 0
      : ((value << 24) | (value << 16) | (value << 8) | 0xff) >>> 0,
  );
}

// Fills `target`, an ImageData of the image's size, with the samples seen through a window.
function applyWindow(samples, window, target) {
  const shown = shownValues(window, samples);
  if (samples.colour) {
    applyToChannels(samples.colour, shown, target.data);
    return;
  }
  const table = packedGreys(shown);
  const out = new Uint32Array(target.data.buffer);
  const { grey, low } = samples;
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
// workstations do. A drag over the whole stage crosses the whole range.
function draggedWindow(window, dx, dy, samples, stage) {
  const span = samples.high - samples.low;
  return limitedWindow(
    {
      width: window.width + (dx / stage[0]) * span * 1.5,
      level: window.level + (dy / stage[1]) * span,
      inverted: window.inverted,
    },
    samples,
  );
}

function greyAt(samples, [x, y]) {
  const column = Math.floor(x);
  const row = Math.floor(y);
  if (column < 0 || row < 0 || column >= samples.width || row >= samples.height) return null;
  return samples.grey[row * samples.width + column];
}
