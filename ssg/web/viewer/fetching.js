// Pictures from the server: their samples in full depth where the series has it, else as the browser decodes them.

// Samples of a picture. `greys` says what its 16 bits mean, null where there are none to ask for; `progress` is told the
// share that has arrived, or null where the server does not say how much there is. What this program cannot decode in
// full depth comes as the server shows it, and `shallow` says why.
async function loadSamples(viewer, url, greys, signal, progress) {
  if (!greys) return shownSamples(await received(url, signal, progress));
  const file = await received(`${url}${url.includes("?") ? "&" : "?"}depth=full`, signal, progress);
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (pngHeader(bytes)?.depth !== 16) return shownSamples(file);
  try {
    return deepSamples(await decodeInBackground(viewer.decoder, bytes), greys);
  } catch (error) {
    const shallow = error.message in WORDS ? error.message : "png_browser";
    return { ...(await shownSamples(await received(url, signal, progress))), shallow };
  }
}

async function received(url, signal, progress) {
  const answer = await fetch(url, { signal, credentials: "same-origin" });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  return receivedBlob(answer, progress);
}

async function shownSamples(file) {
  const bitmap = await createImageBitmap(file, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
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
