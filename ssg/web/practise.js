// Practise in the browser: sends drafts and answers over plain HTTP routes, so that no queue stands before a learner's
// work. What is drawn is kept by the viewer too, so a lost connection loses nothing.

window.ssgPractise = ((WORDS) => {
  const KEEP_AFTER_MS = 500;
  const LARGEST_KEPT_ALIVE = 60_000; // bytes that a browser sends on for a page that is left; it refuses more
  const PATIENCE_MS = 2000;
  const SAME = { __type__: "update" };
  let waiting = 0;
  let unsent = null; // the newest draft, until it is on its way
  let sending = null; // the draft that is on its way
  let since = Date.now();
  let token = "";

  const read = (opened) => {
    try {
      return JSON.parse(opened || "{}");
    } catch {
      return {};
    }
  };

  const send = (method, path, body) => {
    const text = JSON.stringify(body);
    return fetch(path, {
      method,
      headers: { "content-type": "application/json" },
      credentials: "same-origin",
      body: text,
      keepalive: text.length < LARGEST_KEPT_ALIVE,
    });
  };

  // Strokes come in bursts and the viewer keeps them too, so they may wait a little.
  function keep(drawn, absent, opened) {
    if (noted(drawn, absent, opened)) waiting = setTimeout(sendDraft, KEEP_AFTER_MS);
  }

  // Ticks are kept nowhere else.
  function keepAtOnce(drawn, absent, opened) {
    if (noted(drawn, absent, opened)) sendDraft();
  }

  function noted(drawn, absent, opened) {
    clearTimeout(waiting);
    const handle = read(opened);
    if (!handle.case || (drawn && drawn.mode !== "draw")) return false;
    begun(handle);
    unsent = { ...handle, drawn: plain(drawn), absent };
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
    return send("PUT", "/api/drafts", body).catch(() => {});
  }

  // A page that is left waits for nothing.
  window.addEventListener("pagehide", () => {
    clearTimeout(waiting);
    if (unsent) sendNow();
  });

  // The clock of an attempt starts with its token.
  function begun(handle) {
    if (handle.token === token) return;
    token = handle.token;
    since = Date.now();
  }

  function plain(drawn) {
    return drawn ? { case_id: drawn.case_id, drawn: drawn.drawn ?? [] } : null;
  }

  // Gives the judged scene, the feedback and the receipt; what else a reload would show follows by the receipt.
  async function submit(drawn, absent, opened) {
    const byKeyboard = document.activeElement?.id === "case-submit"; // which a button that is shut forgets
    busy(true);
    await draftsAreThere();
    const handle = read(opened);
    try {
      const body = { ...handle, drawn: plain(drawn), absent, seconds: (Date.now() - since) / 1000 };
      const answer = await send("POST", "/api/attempts", body);
      const judged = await answer.json();
      if (!answer.ok) return refused(judged.error, byKeyboard, drawn, absent, opened);
      history.replaceState(null, "", addressOf(handle, { attempt: judged.receipt }));
      handedIn(byKeyboard);
      requestAnimationFrame(() => bringIntoSight());
      return [judged.scene, judged.feedback, judged.receipt];
    } catch {
      return refused(WORDS.offline, byKeyboard, drawn, absent, opened);
    }
  }

  // A draft that arrives after its attempt would come back as one's boxes and ticks with "Try again".
  async function draftsAreThere() {
    clearTimeout(waiting);
    unsent = null;
    await Promise.race([sending, new Promise((done) => setTimeout(done, PATIENCE_MS))]);
  }

  function refused(sentence, byKeyboard, ...answer) {
    busy(false);
    if (byKeyboard) document.querySelector("#case-submit")?.focus({ preventScroll: true });
    keepAtOnce(...answer);
    return [SAME, problem(sentence), ""];
  }

  function addressOf({ set, case: name, packet }, more = {}) {
    return `${location.pathname}?${new URLSearchParams({ set, case: name, ...more, ...(packet && { packet }) })}`;
  }

  function bringIntoSight() {
    setTimeout(() => {
      const feedback = document.querySelector("#case-feedback");
      const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
      feedback?.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
    }, 250); // after what the answer takes away is gone
  }

  function busy(on) {
    const button = document.querySelector("#case-submit");
    if (!button) return;
    button.disabled = on;
    button.textContent = on ? WORDS.submitting : WORDS.submit;
  }

  // The button goes in a moment; until then it stays shut, and the keyboard goes on from the feedback.
  function handedIn(byKeyboard) {
    const button = document.querySelector("#case-submit");
    const feedback = document.querySelector("#case-feedback");
    if (button) button.textContent = WORDS.submit;
    if (!feedback || !byKeyboard) return;
    feedback.tabIndex = -1;
    feedback.focus({ preventScroll: true });
  }

  function problem(sentence) {
    const line = document.createElement("p");
    line.className = "note";
    line.setAttribute("role", "alert");
    line.textContent = sentence;
    return line.outerHTML.replaceAll("$", "&#36;").replaceAll("{", "&#123;").replaceAll("}", "&#125;");
  }

  function opened(value) {
    const handle = read(value);
    begun(handle);
    if (handle.case) history.pushState(null, "", addressOf(handle));
    document.querySelector("#content")?.scrollIntoView({ block: "start" });
  }

  return { keep, keepAtOnce, submit, opened };
})(PRACTISE_WORDS);

// Back and forward: each case is an address of its own.
window.addEventListener("popstate", () => location.reload());
