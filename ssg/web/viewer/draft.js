// Drafts: the boxes drawn on a case, kept in this browser until Python says that they are no longer needed.
//
// Nothing but boxes, labels, sides and confidences is written, under the case's id. A browser that refuses storage
// (private mode, full disk) is no error: the caller is told that nothing is kept.

const DRAFT_PREFIX = "ssg.draft.";
const MOST_DRAFTS = 60;

// `base` are the boxes that Python had named when the drawing began.
function keepDraft(caseId, size, regions, base = null) {
  try {
    localStorage.setItem(DRAFT_PREFIX + caseId, JSON.stringify({ size, regions, base, saved: Date.now() }));
    dropOldest();
    return true;
  } catch {
    return false;
  }
}

// {regions, saved, base} of a draft that fits this image and these labels, or null where there is none.
function readDraft(caseId, size, names, sizeOf = () => size) {
  try {
    const draft = JSON.parse(localStorage.getItem(DRAFT_PREFIX + caseId));
    if (!draft || !sameSize(draft.size, size)) return null;
    const fitting = draft.regions.filter((region) => fitsImage(region?.box, sizeOf(region?.picture ?? 0)));
    const base = Array.isArray(draft.base) ? draft.base : null;
    return { regions: fitting.map((region) => cleaned(region, names)), saved: Number(draft.saved) || 0, base };
  } catch {
    return null;
  }
}

function forgetDraft(caseId) {
  try {
    localStorage.removeItem(DRAFT_PREFIX + caseId);
  } catch {
    // Storage that cannot be written holds no draft either.
  }
}

function sameSize(a, b) {
  return Array.isArray(a) && a[0] === b[0] && a[1] === b[1];
}

function fitsImage(box, [width, height]) {
  return (
    Array.isArray(box) &&
    box.length === 4 &&
    box.every(Number.isFinite) &&
    hasArea(box) &&
    box[0] >= 0 &&
    box[1] >= 0 &&
    box[2] <= width &&
    box[3] <= height
  );
}

// A label that the case no longer offers is dropped, and the box with it kept: the person names it again.
function cleaned({ box, label, side, confidence, picture = 0 }, names) {
  return {
    box,
    ...(picture ? { picture } : {}),
    label: names.has(label) ? label : null,
    side: SIDES.includes(side) ? side : null,
    confidence: CONFIDENCES.includes(confidence) ? confidence : null,
  };
}

function dropOldest() {
  const keys = Object.keys(localStorage).filter((key) => key.startsWith(DRAFT_PREFIX));
  if (keys.length <= MOST_DRAFTS) return;
  const age = (key) => JSON.parse(localStorage.getItem(key))?.saved ?? 0;
  keys.sort((a, b) => age(a) - age(b));
  for (const key of keys.slice(0, keys.length - MOST_DRAFTS)) localStorage.removeItem(key);
}
