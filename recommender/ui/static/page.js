// Handle what the visitor does. All text and markup come from Python.
// The page consists of Gradio's tabs and HTML components. The controls are native ones (select, radio, checkbox, file,
// details), because Gradio's lack groups of chips and right-to-left text, and store a second copy of each value.

const REMEMBERED = "t5-recommender-language";
const THEME = "t5-recommender-theme";
const TABS = props.tabs; // without the football story in a shop that cannot tell it
const removed = new Set(); // ids of products that were taken off the shelf, and may still be on the page
let searchTimer = 0; // of a search that waits for a pause in typing
let begun = false; // whether the components of the first tab are mounted

function remembered(storage, name) {
  try { return window[storage].getItem(name); } catch { return null; } // storage may be disabled
}

function remember(storage, name, value) {
  try { window[storage].setItem(name, value); } catch { /* then it is not remembered */ }
}

// Return what is stored in this tab under a name, or else the default.
function readStored(name, missing) {
  try { return JSON.parse(remembered("sessionStorage", name)) ?? missing; } catch { return missing; } // not of this page
}

// Handle the reply to an event: clear the text field or mark it as invalid, or lead to the shelf of the shop in a file.
function handleReply({ kind, text }, understood, before) {
  if (kind === "upload" && understood) leaveShop(before);
  if (kind === "add" && understood) removed.clear(); // it may be one of them again
  const field = document.querySelector(`[data-form="${kind}"] input`);
  if (!field || field.value !== text) return; // the visitor has typed something else since
  field.setAttribute("aria-invalid", String(!understood));
  if (understood) field.value = "";
}

const focus = (selector) => document.querySelector(selector)?.focus();

// Change the choices, unless the shop of which an element is drawn is closed by then.
function changeChoicesIn(element, change, done) {
  const shop = findShop(element);
  changeChoices((state) => (nameShop(state) === shop ? change(state) : {}), done);
}

// Change the basket; if items were removed, or added by the answer, say so and offer to undo it.
function putBasket(button, change, place, text) {
  const changed = (items) => {
    const next = change(items);
    return next.length === items.length && next.every((id) => items.includes(id)) ? items : next;
  };
  changeChoicesIn(button, ({ items }) => ({ items: changed(items), unticked: [] }), (before, after) => {
    if (before.items === after.items) return; // the last message, with its "Undo", still holds
    undone[place] = () => ({ items: before.items });
    if (place === "answer" || before.items.some((id) => !after.items.includes(id))) {
      say(place, () => written(text), ({ items }) => items === after.items, after);
    } else unsay(place);
  });
}

const pickOfShop = ({ items, added, why_not, story_items }) => ({ items, added, why_not, story_items });

// Go from one shop to another; what was ticked and added in it comes back by "Undo".
function leaveShop(before) {
  undone.basket = () => ({ shop: before.shop, ...pickOfShop(before) });
  unsay("shop");
  focus("#shelf-title");
}

// Search for the typed text once the visitor pauses.
function seek(text, pause = 0) {
  clearTimeout(searchTimer);
  if (pause) searchTimer = setTimeout(seek, pause, text);
  else if (choices().sought !== text) changeChoices(() => ({ sought: text }));
}

const actions = {
  // each reads its button at once: a change is made again later, when an answer may have made the button another one
  example: (button) => {
    const { items } = button.dataset;
    putBasket(button, () => items.split(" "), "basket", "replaced");
  },
  clear: (button) => putBasket(button, () => [], "basket", "cleared"),
  have: (button) => {
    const { itemId } = button.dataset;
    if (!choices().items.includes(itemId)) focusAnswer();
    putBasket(button, (items) => union(items, [itemId]), "answer", "joined");
  },
  tick: (button) => {
    const { itemId, rest = "" } = button.dataset; // what else was typed, and was not understood
    const name = button.querySelector("bdi").innerHTML; // in the present language
    changeChoicesIn(button, ({ items }) => ({ items: union(items, [itemId]), unticked: [] }), (before, after) => {
      const holds = ({ items, language }) => language === after.language && items.includes(itemId);
      say("basket", () => written("ticked", name), holds, after); // even if it was ticked before
    });
    const field = document.querySelector('[data-form="find"] input');
    field.value = rest;
    field.removeAttribute("aria-invalid");
    seek("");
    if (rest) sendEvent({ kind: "find", text: rest, item: itemId }, ["answer"]);
    field.focus();
  },
  undo: (button) => undo(button.closest("[data-said]")),
  why: ({ dataset: { itemId } }) => {
    changeChoices(() => ({ why_not: itemId }));
    document.getElementById("why-not").scrollIntoView({ block: "nearest" });
    focus("[data-choose=why_not]");
  },
  peek: () => {
    changeChoices(() => ({ tab: "recommend" }));
    requestAnimationFrame(() => { // once its tab is shown
      document.getElementById("answer").scrollIntoView();
      document.getElementById("answer").focus({ preventScroll: true });
    });
  },
  share: (button) => {
    const link = address(choices());
    copy(button, link, () => showLink(link));
  },
  copy: (button) => {
    const code = button.parentElement.querySelector("code");
    copy(button, code.textContent, () => code);
  },
  story: () => {
    changeChoices(() => ({ tab: "football" }));
    tabs()[TABS.indexOf("football")].focus();
  },
  "story-basket": (button) => {
    const { items } = button.dataset;
    changeChoicesIn(button, () => ({ story_items: items.split(" ").filter(Boolean) }));
  },
  own: () => {
    changeChoices(() => ({ tab: "recommend", story_items: [] }));
    tabs()[0].focus(); // the button that had the focus is in a closed tab now
    scrollTo({ top: 0 });
  },
  forget: (button) => {
    const { name, itemId } = button.dataset;
    const shown = button.querySelector("bdi").innerHTML;
    const owned = choices().items.includes(itemId);
    changeChoices(({ added, items }) => ({
      added: added.filter((other) => other !== name), items: items.filter((id) => id !== itemId),
    }));
    removed.add(itemId);
    undone.add = ({ added, items }) => ({ added: union(added, [name]), items: owned ? union(items, [itemId]) : items });
    say("add", () => written("removed", shown), () => true, choices());
    focus('[data-form="add"] input');
  },
  back: () => {
    const shop = []; // the same one in each call, because say() hides a message if the shop is another object
    changeChoices((state) => (state.shop.length ? { shop, ...state.left } : {}), (before, after) => {
      if (!before.shop.length) return; // a second tap: the message of the first, with its "Undo", still holds
      leaveShop(before);
      say("basket", () => written("left"), ({ items }) => items === after.items, after);
    });
  },
  dismiss: (button) => dismiss(button.closest("[data-said]")),
  theme: () => {
    remember("localStorage", THEME, document.body.classList.toggle("dark") ? "dark" : "light");
    paint(choices());
  },
};

document.addEventListener("click", (event) => {
  const summary = event.target.closest("details[data-fold] > summary");
  const fold = summary?.parentElement.dataset.fold;
  if (fold === "hood") {
    event.preventDefault(); // paint() opens it
    changeChoices(({ hood_open }) => ({ hood_open: !hood_open }));
  } else if (fold) open[fold] = !summary.parentElement.open;
  const tab = TABS[tabs().indexOf(event.target.closest('[role="tab"]'))];
  if (tab && tab !== choices().tab) changeChoices(() => ({ tab }));
  const button = event.target.closest("[data-do]");
  if (!button) return;
  if (button.tagName === "A") event.preventDefault();
  // the second click of a double click would hit what has taken the button's place
  if (event.detail > 1 && button.dataset.do !== "theme") return;
  if (removed.has(button.dataset.itemId)) return;
  actions[button.dataset.do](button);
});

// A fold may also be opened by the browser's search in the page.
document.addEventListener("toggle", ({ target }) => {
  const { fold } = target.dataset;
  if (fold && fold !== "hood") open[fold] = target.open;
}, true);

// The arrow keys go from tab to tab, as they do in tabs elsewhere; Gradio's have none.
document.addEventListener("keydown", (event) => {
  const at = tabs().indexOf(event.target);
  const forward = root.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
  const backward = root.dir === "rtl" ? "ArrowRight" : "ArrowLeft";
  const to = { [forward]: at + 1, [backward]: at - 1, Home: 0, End: TABS.length - 1 }[event.key];
  if (at < 0 || to === undefined) return;
  event.preventDefault();
  const next = tabs().at(to % TABS.length);
  next.click();
  next.focus();
});

document.addEventListener("submit", (event) => {
  const { form } = event.target.dataset;
  if (!form) return;
  event.preventDefault();
  const { value, placeholder } = event.target.querySelector("input");
  const text = form === "add" && !value.trim() ? placeholder.trim() : value; // which names a product to try
  if (form === "find") seek("");
  if (/[^\s;,؛،、]/.test(text)) sendEvent({ kind: form, text }, form === "add" ? ["page", "answer"] : ["answer"]);
});

document.addEventListener("input", (event) => {
  const form = event.target.closest("[data-form]");
  if (!form) return;
  event.target.removeAttribute("aria-invalid");
  if (form.dataset.form === "find") seek(event.target.value, 120);
  unsay(form.dataset.place);
});

// A pasted list may have one product per line. The field would join the lines by spaces: separate them by semicolons.
document.addEventListener("paste", (event) => {
  if (!event.target.matches('[data-form="find"] input')) return;
  const text = event.clipboardData.getData("text/plain").trim();
  const list = text.replace(/[\r\n]+/g, "; ");
  // unlike setRangeText, the command keeps to maxlength, can be undone, and causes an input event
  if (list !== text && document.execCommand("insertText", false, list)) event.preventDefault();
});

function upload(input) {
  const reader = new FileReader();
  reader.onload = () => {
    sendEvent({ kind: "upload", text: String(reader.result).split(",")[1] ?? "" }, ["page", "answer"]);
  };
  reader.onerror = () => say("shop", () => written("unread"), () => true, choices());
  // one byte more tells the server that the file is too large
  if (input.files[0]) reader.readAsDataURL(input.files[0].slice(0, props.max_bytes + 1));
  input.value = "";
}

document.addEventListener("change", (event) => {
  const input = event.target;
  if (input.matches("[data-upload]")) return upload(input);
  if (input.matches("input[data-item]")) {
    const { value, checked } = input;
    if (removed.has(value)) return paint(choices()); // which unticks it again
    const change = checked
      ? ({ items }) => ({ items: union(items, [value]) })
      : ({ items, unticked }) => ({ items: items.filter((id) => id !== value), unticked: union(unticked, [value]) });
    changeChoicesIn(input, change);
  } else if (input.matches("[data-choose]")) {
    const { value, dataset: { choose } } = input;
    if (choose !== "language") return changeChoices(() => ({ [choose]: value }));
    remember("localStorage", REMEMBERED, value);
    changeChoices(() => ({ language: value }));
  }
});

// Apply the theme that the visitor chose, if any. Gradio applies the system's when the page opens and when that changes.
function putTheme() {
  const theme = remembered("localStorage", THEME);
  if (theme) document.body.classList.toggle("dark", theme === "dark");
  paint(choices());
}

function begin() {
  // on a phone a bar shows the pick until much of its card is in sight, or the card fills much of a low window
  const watch = new IntersectionObserver((changes) => {
    const { intersectionRect: seen, boundingClientRect: card } = changes.at(-1);
    root.toggleAttribute("data-card-in-sight", seen.height > 0.4 * Math.min(card.height, innerHeight));
  }, { threshold: Array.from({ length: 21 }, (_, n) => n / 20) });
  watch.observe(document.getElementById("card"));
  putTheme();
  // after Gradio's own listener, and before the page is drawn
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => requestAnimationFrame(putTheme));
  const { left, ...own } = readStored(SHOP, { left: choices().left });
  const { why_not = "", hood_open = false, pending } = visit;
  changeChoices(() => ({ left }));
  sendEvent({
    kind: "arrive", query: readQuery(), remembered: remembered("localStorage", REMEMBERED),
    preferred: [...navigator.languages], ...own,
  }, ["page", "route", "answer"]);
  changeChoices(() => ({ why_not, hood_open }));
  for (const { event, parts, kept } of pending) sendEvent(event, parts, kept - 1);
}

function mounted() {
  if (begun && Object.entries(drawn).some(([name, html]) => window.pieces[name] && window.pieces[name].value !== html)) put();
  begun ||= props.first.every((name) => window.pieces?.[name]);
  if (begun && !number) begin();
}
document.addEventListener("mounted", mounted);
mounted();
