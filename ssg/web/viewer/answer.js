// The two ways to Python: the scene that comes in, and the scene with its boxes that goes out.
//
// The component's value is always a whole scene. What is drawn is its `drawn`, set at once with every change, so that
// a submit right after a stroke carries it; and a viewer that Gradio takes off the page and puts back finds in it all
// that it needs. The event "input" follows at a pace that a queue can bear.

const INPUT_PACE_MS = 300;

function sendAnswer(viewer) {
  if (viewer.scene.mode !== "draw" || !viewer.given) return;
  const value = { ...viewer.given, drawn: plainRegions(viewer.regions) };
  viewer.given = value;
  viewer.sent = JSON.stringify(value);
  viewer.gradio.props.value = value;
  const { case_id, drawn } = value;
  viewer.parts.root.dispatchEvent(new CustomEvent("ssg:drawn", { bubbles: true, detail: { case_id, drawn } }));
  viewer.inputTimer ??= setTimeout(() => {
    viewer.inputTimer = null;
    viewer.gradio.trigger("input");
  }, INPUT_PACE_MS);
}

function tellSelected(viewer) {
  const region = regionById(viewer.regions, viewer.regions.selected);
  const { case_id } = viewer.scene;
  const chosen = { case_id, id: region?.id ?? null };
  viewer.parts.root.dispatchEvent(new CustomEvent("ssg:chosen", { bubbles: true, detail: chosen }));
  viewer.gradio.trigger("select", { case_id, id: region?.id ?? null, label: region?.label ?? null });
}

// Python has set the value, or the page has just been made. Gradio also reports what the viewer itself has sent.
function receive(viewer) {
  const value = viewer.gradio.props.value || null;
  if (viewer.sent !== null && JSON.stringify(value) === viewer.sent) return;
  viewer.sent = null;
  loadScene(viewer, value);
}
