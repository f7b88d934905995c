// Report in the browser: keeps what is written, shows what it is taken for, hands it in, and ties sentences to regions.

window.ssgReport = ((WORDS) => {
  const KEEP_AFTER_MS = 600;
  const { SAME, read, send, problem, there, settled, bringIntoSight, addressOf } = window.ssgExchange;
  const clock = window.ssgExchange.createClock();
  const shelf = window.ssgExchange.createShelf("report");
  let timer = 0;
  let newest = null; // {handle, text}, until it is kept
  let keeping = null; // the draft that is on its way
  let asked = 0; // which question of what was read is the latest

  // Heard on the page itself: Gradio gives no values with the first event of a field that it has just shown.
  document.addEventListener("input", (event) => {
    if (event.target.matches?.("#report-text textarea")) typed();
  });

  function typed() {
    const handle = handleNow();
    if (!handle.case) return;
    clock.begun(handle);
    newest = { handle, text: textNow() };
    shelf.keep(handle, newest.text);
    clearTimeout(timer);
    timer = setTimeout(keep, KEEP_AFTER_MS);
  }

  // A page that has just been made, or made anew after the connection was lost.
  async function arrived() {
    const field = await there(() => handleNow().case && document.querySelector("#report-text textarea"));
    if (!field) return;
    const handle = handleNow();
    clock.begun(handle);
    const kept = shelf.kept(handle);
    if (kept === null || kept === field.value) return;
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(field, kept);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  const textNow = () => document.querySelector("#report-text textarea")?.value ?? "";
  const handleNow = () => read(document.querySelector("#report-read-now")?.dataset.handle);

  async function keep() {
    clearTimeout(timer);
    if (!newest) return;
    const { handle, text } = newest;
    newest = null;
    const question = ++asked;
    keeping = send("PUT", "/api/report-drafts", { ...handle, text })
      .then(({ ok }) => ok && shelf.sent(handle, text))
      .catch(() => {});
    try {
      const answer = await send("POST", "/api/report-read", { ...handle, text });
      const got = await answer.json();
      const place = document.querySelector("#report-read-now");
      if (place && question === asked) place.innerHTML = answer.ok ? got.html : problem(got.error);
    } catch {
      // the next keystroke asks again
    }
  }

  // Gives the judged scene, the feedback and the receipt; what else a reload would show follows by the receipt.
  async function submit() {
    const handle = handleNow();
    const text = textNow();
    clock.begun(handle);
    busy(true);
    clearTimeout(timer);
    newest = null;
    asked += 1;
    // A draft that arrives after its report would come back with "Write again".
    await settled(keeping);
    try {
      const body = { ...handle, text, seconds: clock.seconds() };
      const answer = await send("POST", "/api/reports", body);
      const judged = await answer.json();
      if (!answer.ok) return refused(judged.error);
      history.replaceState(null, "", addressOf({ ...placeOf(handle), attempt: judged.receipt }));
      shelf.forget(handle);
      busy(false);
      bringIntoSight("#report-feedback", true);
      return [judged.scene, judged.feedback, judged.receipt];
    } catch {
      return refused(WORDS.offline);
    }
  }

  function refused(sentence) {
    busy(false);
    typed();
    return [SAME, problem(sentence), ""];
  }

  function busy(on) {
    const button = document.querySelector("#report-submit");
    if (!button) return;
    button.disabled = on;
    button.textContent = on ? WORDS.submitting : WORDS.submit;
  }

  const placeOf = ({ set, case: name }) => ({ set, case: name });

  function opened(value) {
    const handle = read(value);
    clock.begun(handle);
    if (handle.case) history.pushState(null, "", addressOf(placeOf(handle)));
    arrived();
    document.querySelector("#content")?.scrollIntoView({ block: "start" });
  }

  // A page that is left waits for nothing.
  window.addEventListener("pagehide", () => {
    if (newest) send("PUT", "/api/report-drafts", { ...newest.handle, text: newest.text }).catch(() => {});
  });

  // Sentences and regions: choosing one shows the other -------------------------------------------------------------

  let turn = 0; // of several regions of one sentence, each press shows the next

  document.addEventListener("click", (event) => {
    const sentence = event.target.closest?.("#report-feedback [data-regions]");
    if (!sentence) return;
    const ids = sentence.dataset.regions.split(" ");
    turn = sentence.getAttribute("aria-pressed") === "true" ? (turn + 1) % ids.length : 0;
    const viewer = document.querySelector("#case-viewer .ssg-viewer");
    viewer?.dispatchEvent(new CustomEvent("ssg:choose", { detail: { id: ids[turn] } }));
    mark(ids);
  });

  document.addEventListener("ssg:chosen", (event) => {
    if (document.querySelector("#report-feedback [data-regions]")) mark(event.detail.id ? [event.detail.id] : []);
  });

  function mark(ids) {
    for (const one of document.querySelectorAll("#report-feedback [data-regions]")) {
      one.setAttribute("aria-pressed", String(one.dataset.regions.split(" ").some((id) => ids.includes(id))));
    }
  }

  return { submit, opened, arrived };
})(REPORT_WORDS);
