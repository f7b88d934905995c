// What the pages have in common: JSON sent to our routes, what an answer says, the clock of an attempt.

window.ssgExchange = (() => {
  const LARGEST_KEPT_ALIVE = 60_000; // bytes that a browser sends on for a page that is left; it refuses more
  const LEFT_FOR_MS = 250; // until what an answer takes away is gone
  const SAME = { __type__: "update" }; // leaves a Gradio component as it is

  // What the server hands over as text; empty where there is none, or something else.
  function read(text) {
    try {
      return JSON.parse(text || "{}");
    } catch {
      return {};
    }
  }

  function send(method, path, body) {
    const bytes = new Blob([JSON.stringify(body)], { type: "application/json" });
    const keepalive = bytes.size < LARGEST_KEPT_ALIVE;
    return fetch(path, { method, body: bytes, credentials: "same-origin", keepalive });
  }

  // A sentence as HTML that Gradio takes as it is: it would read ${} as its own.
  function problem(sentence) {
    const line = document.createElement("p");
    line.className = "note";
    line.setAttribute("role", "alert");
    line.textContent = sentence;
    return line.outerHTML.replaceAll("$", "&#36;").replaceAll("{", "&#123;").replaceAll("}", "&#125;");
  }

  // An attempt is timed from when its token was seen first.
  function createClock() {
    let [token, since] = ["", Date.now()];
    return {
      begun(handle) {
        if (handle.token === token) return;
        token = handle.token;
        since = Date.now();
      },
      seconds: () => (Date.now() - since) / 1000,
    };
  }

  // Until a draft that is on its way is there, but no longer than anybody would wait.
  const settled = (sending) => Promise.race([sending, new Promise((done) => setTimeout(done, 2000))]);

  function bringIntoSight(selector, focused) {
    setTimeout(() => {
      const place = document.querySelector(selector);
      if (!place) return;
      if (focused) takeFocus(place);
      const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
      place.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
    }, LEFT_FOR_MS);
  }

  // For the keyboard and a screen reader to go on from.
  function takeFocus(place) {
    place.tabIndex = -1;
    place.focus({ preventScroll: true });
  }

  const addressOf = (values) => `${location.pathname}?${new URLSearchParams(values)}`;

  return { SAME, read, send, problem, createClock, settled, bringIntoSight, takeFocus, addressOf };
})();
