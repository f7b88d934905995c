// Ask in the browser: a question is fixed when it is asked, an answer is shown only on the image that it is about, and
// what is typed outlives a reload. A policy on a CPU takes seconds, and people type and choose on while it looks.

window.ssgAsk = (() => {
  const KEPT = "ssg.ask.typed";
  const { SAME } = window.ssgExchange;
  const AUTOMATIC = "auto";

  // What is asked, as it stands at this moment: by the time its turn comes the field may hold something else.
  const taken = (text, image, specialty) =>
    JSON.stringify({ image: image ?? "", text: text ?? "", specialty: specialty || AUTOMATIC });

  // An answer about an image that has been left is not shown; it is in the learner's history.
  function shown(result, image) {
    const answer = result ? JSON.parse(result) : {};
    const choice = stillThere(answer);
    if (answer.image !== (image ?? "")) return [SAME, SAME, choice];
    if (answer.text) address(image, answer.text, answer.specialty);
    return [answer.scene ?? SAME, answer.html, choice];
  }

  // A specialty that there is not (a bookmark may be old) gives way to the one that answered, unless another was chosen.
  function stillThere({ chosen: asked, specialty: by }) {
    if (!by || by === asked || asked !== specialty) return SAME;
    chosen(by);
    return by;
  }

  // The address holds what was answered, never what the field holds: a reload asks it again.
  function address(image, text, by = specialty) {
    const wanted = new URLSearchParams({ image });
    if (text) wanted.set("q", text);
    if (by !== AUTOMATIC) wanted.set("specialty", by);
    history.replaceState(null, "", `${location.pathname}?${wanted}`);
  }

  function opened(image) {
    if (image && image !== asked("image")) address(image, "");
    bringChosen();
  }

  const asked = (name) => new URLSearchParams(location.search).get(name) ?? "";

  // The specialty that answers stays chosen: it goes into the address, and with every link that asks.
  let specialty = asked("specialty") || AUTOMATIC;

  function chosen(value) {
    specialty = value || AUTOMATIC;
  }

  function arrived(value) {
    chosen(value);
    bringChosen();
  }

  function carryChosen({ target }) {
    const link = target.closest?.('a[href^="/?"]');
    if (!link) return;
    const where = new URL(link.href);
    where.searchParams.delete("specialty");
    if (specialty !== AUTOMATIC) where.searchParams.set("specialty", specialty);
    link.setAttribute("href", where.pathname + where.search);
  }

  // A link with a question fills the field with it; otherwise the field keeps what was typed last in this tab.
  function restored() {
    const reloaded = performance.getEntriesByType("navigation")[0]?.type === "reload";
    const [now, kept, linked] = [field()?.value, read(), asked("q").slice(0, 1000)];
    const text = now || (linked && !(reloaded && kept) ? linked : kept);
    keep(text);
    return text;
  }

  const field = () => document.querySelector("#ask-text :is(textarea, input)");

  function read() {
    try {
      return sessionStorage.getItem(KEPT) ?? "";
    } catch {
      return "";
    }
  }

  function keep(text) {
    try {
      sessionStorage.setItem(KEPT, text);
    } catch {
      // A browser that keeps nothing still asks.
    }
  }

  // Inside of its strip only: the page itself does not move.
  function bringChosen() {
    requestAnimationFrame(() => {
      const chosen = document.querySelector("#ask-images [aria-current]");
      const strip = chosen?.parentElement;
      if (!strip) return;
      strip.scrollTop = chosen.offsetTop - (strip.clientHeight - chosen.offsetHeight) / 2;
      strip.scrollLeft = chosen.offsetLeft - (strip.clientWidth - chosen.offsetWidth) / 2;
    });
  }

  document.addEventListener("input", ({ target }) => {
    if (target === field()) keep(target.value);
  });

  document.addEventListener("click", carryChosen, true);

  return { taken, shown, opened, restored, arrived, chosen };
})();
