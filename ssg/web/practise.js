// Practise in the browser: sends drafts, hints and answers over plain HTTP routes, so that no queue stands before a
// learner's work. What is drawn is kept by the viewer too, so a lost connection loses nothing.

window.ssgPractise = ((WORDS) => {
  const KEEP_AFTER_MS = 500;
  const { SAME, read, send, problem, there, settled, bringIntoSight, takeFocus } = window.ssgExchange;
  const clock = window.ssgExchange.createClock();
  const shelf = window.ssgExchange.createShelf("said");
  let waiting = 0;
  let unsent = null; // the newest draft, until it is on its way
  let sending = null; // the draft that is on its way
  let toShow = ""; // the receipt of a checked answer whose reference is asked for
  const todo = []; // what the page is to do with the scene and the handle, which only Gradio hands out

  const find = (selector) => document.querySelector(selector);
  const all = (selector) => [...document.querySelectorAll(selector)];

  // What is said of each finding -----------------------------------------------------------------------------------

  const rows = () => all("#case-absent [data-finding]");

  function said() {
    const absent = [];
    const stated = [];
    for (const row of rows()) {
      const finding = row.dataset.finding;
      const says = row.querySelector("input[data-says]:checked")?.dataset.says;
      if (says === "absent") absent.push(finding);
      else if (says) stated.push({ finding, presence: says, ...(says === "present" && moreOf(row)) });
    }
    return { absent, stated };
  }

  function moreOf(row) {
    const grade = row.querySelector('[data-grade][aria-pressed="true"]')?.dataset.grade;
    return { side: row.querySelector("[data-part=side]")?.value || null, confidence: grade ? Number(grade) : null };
  }

  // Of a rapid packet what is left out counts as not there.
  function answerOf(drawn, handle) {
    const { absent, stated } = said();
    if (!handle.rapid) return { absent, stated };
    const marked = new Set((drawn?.drawn ?? []).map(({ label }) => label));
    const spoken = new Set(stated.map(({ finding }) => finding));
    const left = rows().map((row) => row.dataset.finding).filter((name) => !marked.has(name) && !spoken.has(name));
    return { absent: left, stated };
  }

  function countDrawn(drawn) {
    for (const row of rows()) {
      const count = drawn.filter(({ label }) => label === row.dataset.finding).length;
      const words = count === 1 ? WORDS.one_box : WORDS.boxes.replace("{count}", count);
      row.querySelector(".drawn-count").textContent = count ? words : "";
    }
  }

  // What was said before the connection was lost stands here again, as if it had just been said.
  async function restored(handle) {
    const before = handle.case && shelf.kept(handle);
    if (!before || !(await there(() => rows().length))) return;
    if (find("#case-absent input:disabled")) return shelf.forget(handle);
    const { absent, stated } = { absent: [], stated: [], ...read(before) };
    for (const row of rows()) {
      const finding = row.dataset.finding;
      const one = stated.find((told) => told.finding === finding);
      sayOf(row, one ?? (absent.includes(finding) ? { presence: "absent" } : {}));
    }
    kept();
  }

  function sayOf(row, { presence, side, confidence }) {
    for (const input of row.querySelectorAll("input[data-says]")) input.checked = input.dataset.says === presence;
    const more = row.querySelector(".stated-more");
    if (!more) return;
    more.hidden = presence !== "present";
    const choice = more.querySelector("[data-part=side]");
    if (choice) choice.value = side ?? "";
    for (const one of more.querySelectorAll("[data-grade]")) {
      one.setAttribute("aria-pressed", String(Number(one.dataset.grade) === confidence));
    }
  }

  // Drafts ---------------------------------------------------------------------------------------------------------

  // Strokes come in bursts and the viewer keeps them too, so they may wait a little.
  function keep(drawn, opened) {
    if (noted(drawn, opened)) waiting = setTimeout(sendDraft, KEEP_AFTER_MS);
  }

  // Ticks are few, and seldom.
  function keepAtOnce(drawn, opened) {
    if (noted(drawn, opened)) sendDraft();
  }

  function noted(drawn, opened) {
    clearTimeout(waiting);
    const handle = read(opened);
    if (!handle.case || (drawn && drawn.mode !== "draw")) return false;
    clock.begun(handle);
    unsent = { ...handle, drawn: plain(drawn), ...said() };
    shelf.keep(handle, JSON.stringify(said()));
    return true;
  }

  // One after the other: of two drafts under way at once, the older might arrive last.
  function sendDraft() {
    clearTimeout(waiting);
    if (!unsent || sending) return;
    sending = sendNow().finally(() => {
      sending = null;
      sendDraft();
    });
  }

  function sendNow() {
    const body = unsent;
    unsent = null;
    const told = JSON.stringify({ absent: body.absent, stated: body.stated });
    return send("PUT", "/api/drafts", body)
      .then(({ ok }) => ok && shelf.sent(body, told))
      .catch(() => {});
  }

  // A page that is left waits for nothing.
  window.addEventListener("pagehide", () => {
    clearTimeout(waiting);
    if (unsent) sendNow();
  });

  function plain(drawn) {
    return drawn ? { case_id: drawn.case_id, drawn: drawn.drawn ?? [] } : null;
  }

  // A draft that arrives after its attempt would come back as one's boxes and ticks with "Try again".
  async function draftsAreThere() {
    clearTimeout(waiting);
    unsent = null;
    await settled(sending);
  }

  // Answers --------------------------------------------------------------------------------------------------------

  // Gives the judged scene, the feedback, the receipt and the handle; what else a reload would show follows.
  async function submit(drawn, opened) {
    const handle = read(opened);
    const seesNothing = find("#case-task .rapid.open") && !(drawn?.drawn ?? []).length && !said().stated.length;
    if (seesNothing) return [SAME, problem(WORDS.rapid_empty), "", SAME];
    const later = handle.rapid === "end";
    const judged = await handIn(drawn, opened, later ? { check: true } : {});
    if (!judged.receipt) return refused(judged.error, drawn, opened);
    if (later) {
      requestAnimationFrame(() => find("#case-next")?.click());
      return [SAME, "", "", SAME];
    }
    history.replaceState(null, "", whereabouts(handle, { attempt: judged.receipt }));
    handedIn(judged.byKeyboard);
    bringIntoSight("#case-feedback");
    return [judged.scene, judged.feedback, judged.receipt, SAME];
  }

  // Judged in words, and nothing of the reference is here: the answer goes on, under a token of its own.
  async function check(drawn, opened) {
    const handle = read(opened);
    const judged = await handIn(drawn, opened, { check: true });
    if (!judged.receipt) return refused(judged.error, drawn, opened);
    ready();
    history.replaceState(null, "", whereabouts(handle, { attempt: judged.receipt }));
    const next = JSON.stringify({ ...handle, ...judged.handle });
    keepAtOnce(drawn, next);
    bringIntoSight("#case-feedback");
    return [SAME, judged.checked, "", next];
  }

  async function handIn(drawn, opened, more) {
    const byKeyboard = ["case-submit", "case-check"].includes(document.activeElement?.id) && document.activeElement.id;
    busy(true);
    await draftsAreThere();
    const handle = read(opened);
    clock.begun(handle);
    try {
      const body = { ...handle, drawn: plain(drawn), ...answerOf(drawn, handle), ...more };
      const answer = await send("POST", "/api/attempts", { ...body, seconds: clock.seconds() });
      const judged = await answer.json();
      if (answer.ok) shelf.forget(handle);
      return answer.ok ? { ...judged, byKeyboard } : { error: [judged.error, byKeyboard] };
    } catch {
      return { error: [WORDS.offline, byKeyboard] };
    }
  }

  function refused([sentence, byKeyboard], drawn, opened) {
    ready();
    if (byKeyboard) find(`#${byKeyboard}`)?.focus({ preventScroll: true });
    keepAtOnce(drawn, opened);
    return [SAME, problem(sentence), "", SAME];
  }

  // The reference of an answer that was only checked.
  async function show(drawn, opened) {
    const handle = read(opened);
    try {
      await draftsAreThere();
      const answer = await send("POST", `/api/attempts/${encodeURIComponent(toShow)}/reveal`, {});
      const judged = await answer.json();
      if (!answer.ok) return refused([judged.error, ""], drawn, opened);
      history.replaceState(null, "", whereabouts(handle, { attempt: judged.receipt }));
      return [judged.scene, judged.feedback, judged.receipt, SAME];
    } catch {
      return refused([WORDS.offline, ""], drawn, opened);
    }
  }

  function whereabouts({ set, case: name, packet, rapid, begun: start, summary }, more = {}) {
    const where = name ? { set, case: name } : {};
    const run = { ...(packet && { packet }), ...(rapid && { rapid, begun: start }), ...(summary && { summary }) };
    return window.ssgExchange.addressOf({ ...where, ...more, ...run });
  }

  function busy(on) {
    const [button, checking] = ["#case-submit", "#case-check"].map(find);
    if (checking) checking.disabled = on;
    if (!button) return;
    if (!button.disabled && on) button.dataset.said = button.textContent;
    button.disabled = on;
    button.textContent = on ? WORDS.submitting : (button.dataset.said ?? WORDS.submit);
  }

  const ready = () => busy(false);

  // The button goes in a moment; until then it stays shut, and the keyboard goes on from the feedback.
  function handedIn(byKeyboard) {
    const button = find("#case-submit");
    const feedback = find("#case-feedback");
    if (button) button.textContent = button.dataset.said ?? WORDS.submit;
    if (feedback && byKeyboard) takeFocus(feedback);
  }

  // A new case ----------------------------------------------------------------------------------------------------

  function arrived(value) {
    const handle = read(value);
    clock.begun(handle);
    restored(handle);
  }

  function opened(value) {
    const handle = read(value);
    clock.begun(handle);
    ready();
    if (handle.case || handle.summary) history.pushState(null, "", whereabouts(handle));
    find("#content")?.scrollIntoView({ block: "start" });
    if (handle.rapid) document.activeElement?.blur?.(); // so that the quick keys are heard
    restored(handle);
  }

  // What is done with the scene -----------------------------------------------------------------------------------

  // A preview in Build has the same rows and keeps nothing.
  function later(task) {
    const act = find("#case-act");
    if (!act) return;
    todo.push(task);
    act.click();
  }

  async function act(scene, opened) {
    return (await todo.shift()?.(scene, opened)) ?? SAME;
  }

  function askFor(receipt) {
    toShow = receipt;
    find("#case-show")?.click();
  }

  const kept = () => later((scene, opened) => {
    keepAtOnce(scene, opened);
    return SAME;
  });

  document.addEventListener("ssg:drawn", ({ target, detail }) => {
    if (target.closest("#case-viewer, #preview-viewer")) countDrawn(detail.drawn);
  });

  const parts = { find, plain, said, draftsAreThere };
  return { keep, submit, check, show, arrived, opened, act, later, kept, askFor, parts };
})(PRACTISE_WORDS);

// Back and forward: each case is an address of its own.
window.addEventListener("popstate", () => location.reload());
