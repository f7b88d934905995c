// Sentences about boxes, sizes and places. WORDS is put in front of this file by Python.

const SIDES = ["right", "left", "bilateral", "midline"];
const CONFIDENCES = [1, 2, 3, 4, 5];

function say(key, values = {}) {
  return WORDS[key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

function boxesInWords(count) {
  return count === 1 ? say("one_box") : say("many_boxes", { count });
}

// Boxes are kept to a fraction of a pixel and told in whole ones: nobody can point more finely.
// "136 × 88 px", and "57 × 37 mm" where the pixel spacing (row, column) is known.
function sizeInWords([x0, y0, x1, y1], spacing) {
  const pixels = say("pixels", { width: Math.round(x1 - x0), height: Math.round(y1 - y0) });
  if (!spacing) return pixels;
  const width = rounded((x1 - x0) * spacing[1]);
  const height = rounded((y1 - y0) * spacing[0]);
  return `${say("millimetres", { width, height })} · ${pixels}`;
}

function sizeForList([x0, y0, x1, y1], spacing) {
  if (!spacing) return say("pixels", { width: Math.round(x1 - x0), height: Math.round(y1 - y0) });
  return say("millimetres", { width: rounded((x1 - x0) * spacing[1]), height: rounded((y1 - y0) * spacing[0]) });
}

function rounded(mm) {
  return mm < 10 ? mm.toFixed(1) : String(Math.round(mm));
}

function sideInWords(side) {
  return side ? say(`side_${side}`) : say("side_none");
}

// "84%"; nobody is wholly sure: "<1%" and ">99%" are the ends.
function confidenceInWords(confidence) {
  const percent = Math.round(confidence * 100);
  const bound = percent < 1 ? "<" : percent > 99 ? ">" : "";
  return bound + say("percent", { percent: Math.min(Math.max(percent, 1), 99) });
}

// "2  pleural effusion · Right · 84 %": what stands beside a box.
function tagOf(viewer, region) {
  const number = numberOf(viewer.regions, region);
  if (!region.label && !viewer.scene.labels.length) return String(number);
  const parts = [region.label || say("unnamed")];
  if (region.side) parts.push(sideInWords(region.side));
  if (region.kind !== "drawn" && region.confidence !== null) {
    parts.push(confidenceInWords(region.confidence));
  }
  return `${number}  ${parts.join(" · ")}`;
}

function regionInWords(regions, region, spacing) {
  const list = regions.drawn.includes(region) ? regions.drawn : regions.shown;
  const [x0, y0, x1, y1] = region.box.map(Math.round);
  const label = [region.label || say("say_unnamed"), region.side ? sideInWords(region.side) : ""];
  return say("say_box", {
    name: say("box_name", { number: numberOf(regions, region) }),
    count: list.length,
    label: label.filter(Boolean).join(", "),
    x0,
    y0,
    x1,
    y1,
    size: sizeInWords(region.box, spacing),
  });
}

// A live region that screen readers follow. A burst (an arrow key held down) is spoken once, at its end; the same
// sentence again is spoken again, for which it has to differ by a space that nobody hears.
function createAnnouncer(element) {
  let waiting = 0;
  return (text) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      element.textContent = element.textContent === text ? `${text}\u00a0` : text;
    }, 120);
  };
}
