// The tour: a few callouts beside the first case, one at a time. It describes and waits, and does nothing for the learner.
//
// Where it stands is kept in this tab, so that a reload goes on; that it was finished or skipped is kept in this browser.
// Nothing of the page is changed by it: the callout and the frame around what is described lie over it.

window.ssgTour = ((WORDS, CALLOUTS) => {
  const AT = "ssg.tour.at";
  const DONE = "ssg.tour";
  const LOOK_MS = 200; // Gradio makes and exchanges elements when it likes
  const GAP = 12;
  let at = null; // number of the callout; null: there is no tour
  let waiting = false; // the learner works on the case
  let shown = -1; // the callout that stands there
  let timer = 0;
  let card = null;
  let frame = null;

  const find = (selector) => document.querySelector(selector);
  const onPractise = () => location.pathname === "/practise";
  const isJudged = () => Boolean(find("#case-feedback .ring"));
  const FIRST_JUDGED = CALLOUTS.findIndex(({ when }) => when === "judged");

  function stored(storage, key, value) {
    try {
      if (value === undefined) return storage.getItem(key);
      if (value === null) storage.removeItem(key);
      else storage.setItem(key, value);
    } catch {
      // A browser that keeps nothing is invited again.
    }
    return null;
  }

  // Where it stands -----------------------------------------------------------------------------------------------

  function begin(number) {
    at = number;
    waiting = false;
    stored(sessionStorage, AT, String(number));
    if (!timer) timer = setInterval(look, LOOK_MS);
    look();
  }

  function end() {
    clearInterval(timer);
    timer = 0;
    at = null;
    shown = -1;
    const held = card?.contains(document.activeElement);
    card?.remove();
    frame?.remove();
    stored(sessionStorage, AT, null);
    remember();
    if (held) find("#case-viewer .stage")?.focus({ preventScroll: true });
  }

  function remember() {
    stored(localStorage, DONE, "done");
    hideInvitation();
  }

  // Before there is one, too: Gradio makes the page later, and puts a page's own rules below an element of its own.
  function hideInvitation() {
    document.head.append(make("style", { textContent: ".invitation { display: none !important; }" }));
  }

  // The judgement takes the tour on from wherever it is; without one it goes back to before it.
  function look() {
    if (at === null) return;
    if (isJudged() && at < FIRST_JUDGED) return begin(FIRST_JUDGED);
    const callout = CALLOUTS[at];
    const target = waiting || (callout.when === "judged" && !isJudged()) ? null : seen(find(callout.at));
    if (!onPractise() || !target) return hide();
    show(callout, target);
  }

  function seen(element) {
    const box = element?.getBoundingClientRect();
    return box && box.width && box.height ? element : null;
  }

  function hide() {
    if (card) card.hidden = true;
    if (frame) frame.hidden = true;
    shown = -1;
  }

  // The callout ---------------------------------------------------------------------------------------------------

  function make(name, values, ...children) {
    const element = Object.assign(document.createElement(name), values);
    element.append(...children);
    return element;
  }

  function button(className, words, press) {
    const made = make("button", { type: "button", className, textContent: words });
    made.addEventListener("click", press);
    return made;
  }

  function build() {
    frame = make("div", { className: "tour-frame" });
    frame.setAttribute("aria-hidden", "true");
    card = make(
      "div",
      { className: "tour-card", tabIndex: -1 },
      button("tour-go", WORDS.go_there, goThere),
      make("p", { className: "tour-count" }),
      make("h2", { id: "tour-title" }),
      make("p", { id: "tour-text" }),
      make(
        "div",
        { className: "tour-buttons" },
        button("tour-skip", WORDS.skip, end),
        button("tour-back", WORDS.back, () => begin(at - 1)),
        button("tour-next", WORDS.next, next),
      ),
    );
    card.setAttribute("role", "dialog");
    card.setAttribute("aria-labelledby", "tour-title");
    card.setAttribute("aria-describedby", "tour-text");
    card.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      end();
    });
    document.body.append(frame, card);
  }

  function next() {
    const { then } = CALLOUTS[at];
    if (then === "wait") {
      waiting = true;
      look();
      find("#case-viewer .stage")?.focus({ preventScroll: true });
    } else if (then === "finish") {
      end();
      find("#case-next")?.click();
    } else {
      begin(at + 1);
    }
  }

  // To what is described, with the keyboard: the callout stands at the end of the page.
  function goThere() {
    const target = find(CALLOUTS[at].at);
    const usable = "button, a, input, select, [tabindex='0']";
    const goal = target?.matches(usable) ? target : target?.querySelector(usable);
    (goal ?? target)?.scrollIntoView({ block: "nearest" });
    goal?.focus({ preventScroll: true });
  }

  function show(callout, target) {
    if (!card?.isConnected) build();
    const isNew = shown !== at;
    card.hidden = frame.hidden = false;
    if (isNew) {
      fill(callout);
      bringIntoSight(target);
      // Whoever came by the tour's own buttons goes on there; whoever works on the case is not disturbed.
      const idle = [document.body, null].includes(document.activeElement) || card.contains(document.activeElement);
      if (idle) card.querySelector(".tour-next").focus({ preventScroll: true });
      shown = at;
    }
    place(target.getBoundingClientRect());
  }

  function fill({ title, text, touch, then }) {
    const [count, heading, said] = [".tour-count", "#tour-title", "#tour-text"].map((one) => card.querySelector(one));
    count.textContent = WORDS.count.replace("{number}", at + 1).replace("{count}", CALLOUTS.length);
    heading.textContent = title;
    said.textContent = touch && matchMedia("(pointer: coarse)").matches ? touch : text;
    card.querySelector(".tour-next").textContent =
      then === "wait" ? WORDS.wait : then === "finish" ? WORDS.following : WORDS.next;
    card.querySelector(".tour-skip").textContent = then === "finish" ? WORDS.finish : WORDS.skip;
    card.querySelector(".tour-back").hidden = at === 0 || at === FIRST_JUDGED; // nothing leads back before an answer
  }

  function bringIntoSight(target) {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const tall = target.getBoundingClientRect().height > innerHeight * 0.45;
    target.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: tall ? "start" : "center" });
  }

  // Below what is described, above it, or beside it; where it leaves no room, in the corner that it covers least.
  function place(box) {
    const { offsetWidth: width, offsetHeight: height } = card;
    const [wide, high] = [document.documentElement.clientWidth, innerHeight];
    Object.assign(frame.style, {
      left: `${box.left - 4}px`, top: `${box.top - 4}px`, width: `${box.width + 8}px`, height: `${box.height + 8}px`,
    });
    const within = (value, size, most) => Math.max(GAP, Math.min(value, most - size - GAP));
    let left = within(box.left, width, wide);
    let top = high - height - GAP;
    if (box.bottom + GAP + height + GAP <= high) top = Math.max(box.bottom + GAP, GAP);
    else if (box.top - GAP - height >= GAP) top = Math.min(box.top - GAP - height, high - height - GAP);
    else if (box.right + GAP + width + GAP <= wide) [left, top] = [box.right + GAP, within(box.top, height, high)];
    else if (box.left - GAP - width >= GAP) [left, top] = [box.left - GAP - width, within(box.top, height, high)];
    Object.assign(card.style, { left: `${left}px`, top: `${top}px` });
  }

  // -----------------------------------------------------------------------------------------------------------------

  addEventListener("scroll", look, { passive: true, capture: true });
  addEventListener("resize", look);

  document.addEventListener("click", ({ target }) => {
    if (target.closest?.("[data-tour-not-now]")) remember();
  });

  function arrive() {
    if (stored(localStorage, DONE)) hideInvitation();
    const asked = new URLSearchParams(location.search);
    if (asked.get("tour") && onPractise()) {
      asked.delete("tour"); // a reload goes on where it is, and a bookmark is of the case
      history.replaceState(null, "", `${location.pathname}?${asked}`);
      return begin(0);
    }
    const kept = stored(sessionStorage, AT);
    if (kept !== null && CALLOUTS[kept]) begin(Number(kept));
    return undefined;
  }

  arrive();
  return { begin, end };
})(TOUR_WORDS, TOUR_CALLOUTS);
