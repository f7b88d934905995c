// Replay of the chain of boxes: where to look first, which landmark, what there; one step at a time or played. A step is
// shown on its picture: the chain goes there, and on other pictures it is not seen.

const STEP_SECONDS = 2.2;

function createChain() {
  return { index: null, timer: 0 };
}

function currentStep(viewer) {
  return viewer.chain.index === null ? null : viewer.scene.steps[viewer.chain.index];
}

// The step that is painted: not on another picture than its own, and not before that has come.
function stepInSight(viewer) {
  const step = currentStep(viewer);
  return step && viewer.seen === pictureOfStep(step) && !isWaiting(viewer) ? step : null;
}

function pictureOfStep(step) {
  return step.picture ?? 0;
}

function goToStep(viewer, index) {
  viewer.chain.index = index;
  const step = currentStep(viewer);
  goToPicture(viewer, pictureOfStep(step), { said: false });
  bringIntoSight(viewer, step);
  viewer.announce(stepInWords(viewer, step));
  updateChain(viewer);
  requestPaint(viewer, "overlay");
}

function stepChain(viewer, by) {
  const next = (viewer.chain.index ?? -1) + by;
  if (next < 0 || next >= viewer.scene.steps.length) return;
  pauseChain(viewer);
  goToStep(viewer, next);
}

function playChain(viewer) {
  const { steps } = viewer.scene;
  if (!steps.length) return;
  if (viewer.chain.timer) {
    pauseChain(viewer);
    updateChain(viewer);
    return;
  }
  const atEnd = viewer.chain.index === null || viewer.chain.index === steps.length - 1;
  viewer.chain.timer = setInterval(() => playedOn(viewer), STEP_SECONDS * 1000);
  goToStep(viewer, atEnd ? 0 : viewer.chain.index + 1);
}

// A page plays the scene's steps, or some of its own ("ssg:play"): what was missed, say. They go with the next scene.
function playedByPage(viewer, steps) {
  leaveChain(viewer);
  if (steps) viewer.scene = { ...viewer.scene, steps };
  buildChain(viewer);
  playChain(viewer);
}

function playedOn(viewer) {
  if (!viewer.parts.root.isConnected) pauseChain(viewer);
  else if (viewer.loading) return; // its picture is still on the way
  else if (viewer.chain.index >= viewer.scene.steps.length - 1) {
    pauseChain(viewer);
    updateChain(viewer);
  } else {
    goToStep(viewer, viewer.chain.index + 1);
  }
}

function pauseChain(viewer) {
  clearInterval(viewer.chain.timer);
  viewer.chain.timer = 0;
}

function leaveChain(viewer) {
  const { chain, stage } = viewer.parts;
  const held = chain.contains(document.activeElement);
  pauseChain(viewer);
  viewer.chain.index = null;
  updateChain(viewer);
  if (held) stage.focus({ preventScroll: true });
  requestPaint(viewer, "overlay");
}

function stepInWords(viewer, step) {
  const caption = step.caption || step.label;
  return say("chain_step", { step: viewer.chain.index + 1, count: viewer.scene.steps.length, caption });
}

// The bar under the image: back, play, forward, what the step says, and a way out.
function buildChain(viewer) {
  const { chain } = viewer.parts;
  const caption = make("p", { class: "chain-caption" });
  chain.replaceChildren(
    iconButton("chain_back", "previous", () => stepChain(viewer, -1), { key: "[" }),
    iconButton("chain_play", "play", () => playChain(viewer), { key: "P" }),
    iconButton("chain_forward", "next", () => stepChain(viewer, 1), { key: "]" }),
    caption,
    iconButton("chain_end", "close", () => leaveChain(viewer)),
  );
  chain.setAttribute("aria-label", say("chain"));
  updateChain(viewer);
}

function updateChain(viewer) {
  const { chain } = viewer.parts;
  const { steps } = viewer.scene;
  chain.hidden = !steps.length;
  if (!steps.length) return;
  const [back, play, forward, caption, end] = chain.children;
  const { index, timer } = viewer.chain;
  setUsable(back, Boolean(index));
  setUsable(forward, index !== steps.length - 1);
  end.hidden = index === null;
  setIcon(play, timer ? "pause" : "play", say(timer ? "chain_pause" : "chain_play"));
  caption.textContent = index === null ? say("chain_intro") : stepInWords(viewer, currentStep(viewer));
}
