// Pictures from the server: their samples in full depth where the series has it, else as the browser decodes them.

// Samples of a picture. `greys` says what its 16 bits mean, null where there are none to ask for; `progress` is told the
// share that has arrived, or null where the server does not say how much there is. What this program cannot decode in
// full depth comes as the server shows it, and `shallow` says why.
async function loadSamples(viewer, url, greys, signal, progress) {
  if (!greys) return shownSamples(await received(url, signal, progress));
  const bytes = await received(`${url}${url.includes("?") ? "&" : "?"}depth=full`, signal, progress);
  if (pngHeader(bytes)?.depth !== 16) return shownSamples(bytes);
  try {
    return deepSamples(await decodeInBackground(viewer.decoder, bytes), greys);
  } catch (error) {
    const shallow = error.message in WORDS ? error.message : "png_browser";
    return { ...(await shownSamples(await received(url, signal, progress))), shallow };
  }
}

// The bytes of an answer. They are put together here: a Blob of them would go through another process and back.
async function received(url, signal, progress) {
  const answer = await fetch(url, { signal, credentials: "same-origin" });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  const coded = answer.headers.get("content-encoding"); // then the length is not that of what arrives
  const total = coded ? 0 : Number(answer.headers.get("content-length"));
  const chunks = [];
  let count = 0;
  for (const reader = answer.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    count += value.length;
    progress(total ? Math.min(count / total, 1) : null);
  }
  const bytes = new Uint8Array(count);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

async function shownSamples(bytes) {
  const file = new Blob([bytes], { type: "image/png" });
  const bitmap = await createImageBitmap(file, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  const canvas = document.createElement("canvas");
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return samplesOf(context.getImageData(0, 0, canvas.width, canvas.height));
}
