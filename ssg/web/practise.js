// Practise in the browser: sends drafts and answers over plain HTTP routes, so that no queue stands before a learner's
// work. What is drawn is kept by the viewer too, so a lost connection loses nothing.

window.ssgPractise = ((WORDS) => {
  const KEEP_AFTER_MS = 500;
  let waiting = 0;
  let since = Date.now();
  let token = "";

  const read = (opened) => {
    try {
      return JSON.parse(opened || "{}");
    } catch {
      return {};
    }
  };

  const send = (method, path, body) =>
    fetch(path, {
      method,
      headers: { "content-type": "application/json" },
      credentials: "same-origin",
      body: JSON.stringify(body),
    });

  function keep(drawn, absent, opened) {
    clearTimeout(waiting);
    const handle = read(opened);
    if (!handle.case || (drawn && drawn.mode !== "draw")) return;
    begun(handle);
    waiting = setTimeout(() => send("PUT", "/api/drafts", { ...handle, drawn: plain(drawn), absent }).catch(() => {}), KEEP_AFTER_MS);
  }

  // The clock of an attempt starts with its token.
  function begun(handle) {
    if (handle.token === token) return;
    token = handle.token;
    since = Date.now();
  }

  function plain(drawn) {
    return drawn ? { case_id: drawn.case_id, drawn: drawn.drawn ?? [] } : null;
  }

  async function submit(drawn, absent, opened) {
    clearTimeout(waiting);
    const handle = read(opened);
    const same = { __type__: "update" };
    busy(true);
    try {
      const body = { ...handle, drawn: plain(drawn), absent, seconds: (Date.now() - since) / 1000 };
      const answer = await send("POST", "/api/attempts", body);
      const judged = await answer.json();
      if (!answer.ok) return [same, problem(judged.error)];
      const address = new URLSearchParams({ set: handle.set, case: handle.case, attempt: judged.receipt });
      history.replaceState(null, "", `${location.pathname}?${address}`);
      document.body.classList.add("judged");
      requestAnimationFrame(() => bringIntoSight());
      return [judged.scene, judged.feedback];
    } catch {
      return [same, problem(WORDS.offline)];
    } finally {
      busy(false);
    }
  }

  function bringIntoSight() {
    setTimeout(() => {
      const feedback = document.querySelector("#case-feedback");
      const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
      feedback?.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "nearest" });
    }, 60);
  }

  function busy(on) {
    const button = document.querySelector("#case-submit");
    if (!button) return;
    button.disabled = on;
    button.textContent = on ? WORDS.submitting : WORDS.submit;
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
    document.body.classList.remove("judged");
    if (handle.case) history.pushState(null, "", `${location.pathname}?${new URLSearchParams({ set: handle.set, case: handle.case })}`);
    document.querySelector("#content")?.scrollIntoView({ block: "start" });
  }

  return { keep, submit, opened };
})(PRACTISE_WORDS);

// Back and forward: each case is an address of its own.
window.addEventListener("popstate", () => location.reload());
