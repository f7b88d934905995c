// Starts the viewer. The last file of the bundle; the order of the others does not matter.
//
// `viewer` is one plain object and each file changes the part of it that it is about:
//
//   gradio, given, sent     Gradio's props and trigger; the scene as given; the value last sent        answer.js
//   scene                   the scene, every field filled in                                           loading.js
//   received, named         the scene as it came last; the boxes that Python named last                loading.js
//   parts                   the elements on the page                                                   stage.js
//   samples, pixels, buffer the image's greys; as seen through the window; the same on a canvas        loading.js
//   seen                    number of the picture that is shown now                                    loading.js
//   window                  {width, level, inverted}, in real values                                   window.js
//   reduced, stale          greys at the screen's resolution; whether `buffer` has another window      render.js
//   view, fitted            {scale, x, y}, null while the viewer has no size; whether it fits          view.js
//   stageSize, ratio        CSS pixels; device pixels for each of them                                 stage.js
//   regions                 {drawn, shown, selected, hidden, past, future}                             regions.js
//   kept, fetching          pictures by their address; what is on its way                              stack.js
//   windows, lastFrames     of each series: its window, its slice that was seen last                   stack.js
//   told                    series of which was said that their full depth is not shown                loading.js
//   decoder                 the worker that decodes PNG files                                          decoder.js
//   beside, main            the second pane; from it, the viewer that it belongs to                    beside.js
//   active                  the pane that was used last                                                beside.js
//   lens, pointer           whether the magnifier is on; where the pointer is on the stage             lens.js
//   mouse                   what the buttons and the wheel do                                          mouse.js
//   tool, gesture, pointers what the left button does; what goes on; which fingers are down            gestures.js
//   emptyHint               what to do where there is no image, as the page puts it
//   picker, chain           {id, hits, active} or null; {index, timer}                                 labels.js, chain.js

function createViewer(gradio) {
  return {
    uid: `ssg-${Math.random().toString(36).slice(2, 8)}`,
    gradio,
    given: null,
    received: null,
    named: null,
    sent: null,
    scene: BLANK_SCENE,
    parts: {},
    samples: null,
    window: null,
    view: null,
    fitted: true,
    stageSize: [0, 0],
    ratio: 1,
    dirty: new Set(),
    frame: 0,
    regions: createRegions(),
    tool: "pan",
    gesture: null,
    pointers: new Map(),
    coarse: matchMedia("(pointer: coarse)").matches,
    reach: REACH.mouse,
    picker: null,
    chain: createChain(),
    kept: new Map(),
    fetching: new Map(),
    windows: new Map(),
    lastFrames: new Map(),
    told: new Set(),
    decoder: createDecoder(),
    seen: null,
    reduced: null,
    stale: true,
    beside: null,
    main: null,
    active: null,
    lens: false,
    pointer: null,
    mouse: readMouse(),
    emptyHint: say("empty_hint"),
  };
}

function startViewer(element, props, trigger, watch) {
  const viewer = createViewer({ props, trigger });
  addStyleOnce();
  viewer.emptyHint = element.querySelector("[data-empty]")?.dataset.empty ?? viewer.emptyHint;
  buildParts(viewer, element);
  buildLevels(viewer);
  listenToToolbar(viewer);
  listenToPicker(viewer);
  listenToPointers(viewer);
  listenToKeys(viewer);
  viewer.parts.root.addEventListener("fullscreenchange", () => updateToolbar(viewer));
  viewer.parts.root.addEventListener("ssg:choose", ({ detail }) => chosenByPage(viewer, detail.id));
  viewer.parts.root.addEventListener("ssg:play", ({ detail }) => playedByPage(viewer, detail?.steps));
  watchSize(viewer);
  receive(viewer);
  watch("value", () => receive(viewer));
}
