// Where PNG files of 16 bits are decoded: in a worker, so that the page never stands still; on the page, in short
// pieces, where a browser or a Content-Security-Policy allows no worker.

const WORKER_RESTS_MS = 20 * 1000; // then it is let go, and the next picture starts another

const AT_WORK = `onmessage = async ({ data: { job, bytes } }) => {
  try {
    const found = await decodedPng(bytes);
    postMessage({ job, found }, [found.grey.buffer]);
  } catch (error) {
    postMessage({ job, failed: error.message });
  }
};`;

function createDecoder() {
  return { worker: null, jobs: new Map(), count: 0, resting: 0, refused: false };
}

// What `decodedPng` finds; throws what it throws.
async function decodeInBackground(decoder, bytes) {
  if (!decoder.refused) {
    const answer = await askWorker(decoder, bytes);
    if (answer?.found) return answer.found;
    if (answer) throw new Error(answer.failed);
  }
  return decodedPng(bytes, () => new Promise((done) => setTimeout(done)));
}

// The worker's answer, or null where there is no worker to be had.
function askWorker(decoder, bytes) {
  return new Promise((done) => {
    clearTimeout(decoder.resting);
    decoder.worker ??= startWorker(decoder);
    if (!decoder.worker) return done(null);
    decoder.count += 1;
    decoder.jobs.set(decoder.count, done);
    return decoder.worker.postMessage({ job: decoder.count, bytes });
  });
}

function startWorker(decoder) {
  try {
    const text = [...DECODER.map(String), AT_WORK].join("\n");
    const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    const worker = new Worker(address);
    URL.revokeObjectURL(address);
    worker.onmessage = ({ data }) => answered(decoder, data);
    worker.onerror = () => giveUpWorker(decoder);
    return worker;
  } catch {
    giveUpWorker(decoder);
    return null;
  }
}

function answered(decoder, { job, ...answer }) {
  decoder.jobs.get(job)?.(answer);
  decoder.jobs.delete(job);
  if (!decoder.jobs.size) decoder.resting = setTimeout(() => letWorkerGo(decoder), WORKER_RESTS_MS);
}

function letWorkerGo(decoder) {
  decoder.worker?.terminate();
  decoder.worker = null;
}

// From now on the page decodes; so do those who wait.
function giveUpWorker(decoder) {
  decoder.refused = true;
  letWorkerGo(decoder);
  for (const done of decoder.jobs.values()) done(null);
  decoder.jobs.clear();
}
