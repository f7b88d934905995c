// PNG files of grey, decoded to their samples: a browser's own decoder cuts 16 bits to 8.
//
// After the PNG specification (W3C, third edition): chunks, zlib data, the five filters of clause 9. Nothing here knows
// the page or another file, because `DECODER` also runs in a worker as text (decoder.js). What is refused is thrown by
// the name of its sentence in WORDS.

function pngHeader(bytes) {
  const signature = [137, 80, 78, 71, 13, 10, 26, 10];
  if (bytes.length < 33 || signature.some((value, at) => bytes[at] !== value)) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  return { width, height, depth: bytes[24], colour: bytes[25], interlaced: bytes[28] !== 0 };
}

// The parts of the zlib stream, in the file's order; a file that ends before its IEND is damaged.
function pngData(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts = [];
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const kind = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (at + 12 + length > bytes.length) break;
    if (kind === "IDAT") parts.push(bytes.subarray(at + 8, at + 8 + length));
    if (kind === "IEND") return parts;
    at += 12 + length;
  }
  throw new Error("png_damaged");
}

// Exactly `length` bytes: a stream that holds more is no picture of this size, and may be a bomb.
async function inflated(parts, length) {
  const out = new Uint8Array(length);
  let filled = 0;
  try {
    const inflating = new DecompressionStream("deflate");
    const writer = inflating.writable.getWriter();
    // What goes wrong here is told where it is read.
    for (const part of parts) writer.write(part).catch(() => {});
    writer.close().catch(() => {});
    const reader = inflating.readable.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (filled + value.length > length) {
        await reader.cancel();
        throw new Error("png_damaged");
      }
      out.set(value, filled);
      filled += value.length;
    }
  } catch {
    throw new Error("png_damaged");
  }
  if (filled < length) throw new Error("png_damaged");
  return out;
}

// Undoes the filter of one row in place: `row` and the row `above` it are without their filter bytes; `step` is the
// bytes of a pixel. The first row's `above` is all zeros.
function unfilterRow(filter, row, above, step) {
  const { length } = row;
  if (filter === 1) for (let at = step; at < length; at += 1) row[at] += row[at - step];
  if (filter === 2) for (let at = 0; at < length; at += 1) row[at] += above[at];
  if (filter === 3) {
    for (let at = 0; at < step; at += 1) row[at] += above[at] >> 1;
    for (let at = step; at < length; at += 1) row[at] += (row[at - step] + above[at]) >> 1;
  }
  if (filter === 4) {
    for (let at = 0; at < step; at += 1) row[at] += above[at];
    for (let at = step; at < length; at += 1) {
      const a = row[at - step];
      const b = above[at];
      const c = above[at - step];
      const toA = Math.abs(b - c);
      const toB = Math.abs(a - c);
      const toC = Math.abs(a + b - 2 * c);
      row[at] += toA <= toB && toA <= toC ? a : toB <= toC ? b : c;
    }
  }
  if (filter > 4) throw new Error("png_damaged");
}

// {width, height, depth, grey, low, high}: the samples, Uint8Array or Uint16Array, and their range. `pause` is awaited
// from time to time where the page must not stand still meanwhile.
async function decodedPng(bytes, pause = null) {
  const head = pngHeader(bytes);
  if (!head) throw new Error("png_damaged");
  const { width, height, depth } = head;
  if (head.interlaced) throw new Error("png_interlaced");
  if (head.colour !== 0 || (depth !== 8 && depth !== 16)) throw new Error("png_kind");
  if (!width || !height || width * height > 25e6) throw new Error("png_size");
  const step = depth / 8;
  const stride = width * step;
  const raw = await inflated(pngData(bytes), height * (stride + 1));
  const grey = depth === 16 ? new Uint16Array(width * height) : new Uint8Array(width * height);
  let above = new Uint8Array(stride);
  let [low, high, since] = [65535, 0, 0];
  for (let y = 0, out = 0; y < height; y += 1) {
    const start = y * (stride + 1);
    const row = raw.subarray(start + 1, start + 1 + stride);
    unfilterRow(raw[start], row, above, step);
    above = row;
    for (let at = 0; at < stride; at += step, out += 1) {
      const value = step === 2 ? (row[at] << 8) | row[at + 1] : row[at];
      grey[out] = value;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    since += stride;
    if (pause && since > 400000) {
      since = 0;
      await pause();
    }
  }
  return { width, height, depth, grey, low, high };
}

const DECODER = [pngHeader, pngData, inflated, unfilterRow, decodedPng];
