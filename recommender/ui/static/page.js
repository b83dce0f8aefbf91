// The browser's half of the page. Runs once, as the bridge component's js_on_load:
// `props.value` is what travels to Python, `trigger` sends it, `watch` tells of an answer.
// All text and markup come from Python; here are only ticks, choices and the address.

const REMEMBERED = "t5-recommender-language";
const THEME = "t5-recommender-theme";
const LARGEST = 256 * 1024; // bytes of a shop's file
const root = document.documentElement;
let arrived = false; // until Python has said what the address means, nothing may be painted over it
let state = { language: "en", items: [], added: [], shop: [] };
const open = {}; // folds that the visitor opened, by name: an answer must not close them

const all = (selector) => Array.from(document.querySelectorAll(selector));

function remembered(key) {
  try { return localStorage.getItem(key); } catch { return null; } // storage may be forbidden
}

function remember(key, value) {
  try { localStorage.setItem(key, value); } catch { /* then it is not remembered */ }
}

// `extra` travels once and is not kept.
function send(event, change = {}, extra = {}) {
  state = { ...state, ...change };
  paint();
  clearTimeout(send.slow);
  send.slow = setTimeout(() => document.body.setAttribute("data-busy", ""), 250);
  props.value = { ...state, hood_open: Boolean(open.hood), ...extra, sent: Date.now() };
  ask(event);
  if (document.querySelector("[data-story]")?.offsetParent) trigger("story"); // it is on show
}

function ask(event) {
  ask.last = event;
  trigger(event);
}

// A server that is full says so in the visitor's language (Gradio shows it); the question is asked again.
const fetched = window.fetch;
window.fetch = async (...call) => {
  const reply = await fetched(...call);
  if (reply.status === 429) {
    clearTimeout(send.slow);
    document.body.removeAttribute("data-busy");
    clearTimeout(ask.again);
    ask.again = setTimeout(() => trigger(ask.last), 1000 * (Number(reply.headers.get("Retry-After")) || 3));
  }
  return reply;
};

// Everything that follows from `state` alone, after any change and any answer.
function paint() {
  if (!arrived) return;
  const chosen = new Set(state.items);
  for (const box of all("input[data-item]")) box.checked = chosen.has(box.value);
  for (const input of all("[data-choose]")) {
    const value = state[input.dataset.choose];
    if (input.type === "radio") input.checked = input.value === value;
    else if (value !== undefined) input.value = value;
    if (input.selectedIndex < 0) input.value = ""; // what was asked about is owned by now
  }
  for (const count of all("[data-count]")) count.textContent = count.dataset.count.replace("#", chosen.size);
  for (const fold of all("details[data-fold]")) fold.open = Boolean(open[fold.dataset.fold]);
  root.lang = state.language;
  root.dir = state.language === "ar" ? "rtl" : "ltr";
  root.dataset.route = state.route || "";
  history.replaceState(null, "", address());
}

function address() {
  const url = new URL(location.href);
  for (const name of ["items", "lang", "route", "translator", "checkpoint", "add"]) url.searchParams.delete(name);
  if (state.items.length) url.searchParams.set("items", state.items.join(","));
  url.searchParams.set("lang", state.language);
  if (state.route) url.searchParams.set("route", state.route);
  if (state.route === "translate" && state.translator !== "auto") url.searchParams.set("translator", state.translator);
  if (state.checkpoint && state.checkpoint !== "bundled") url.searchParams.set("checkpoint", state.checkpoint);
  for (const name of state.added) url.searchParams.append("add", name);
  return url.href.replaceAll("%2C", ",").replaceAll("%2F", "/");
}

async function copy(button, text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch { // no permission, or not a secure context
    const field = Object.assign(document.createElement("textarea"), { value: text });
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
  const label = button.querySelector("[data-label]");
  const before = label.textContent;
  if (before === button.dataset.done) return;
  label.textContent = button.dataset.done;
  setTimeout(() => { label.textContent = before; }, 1500);
}

const actions = {
  example: (button) => send("ask", { items: button.dataset.items.split(" ") }),
  clear: () => send("ask", { items: [] }),
  recommend: () => { send("ask"); document.getElementById("answer")?.focus({ preventScroll: false }); },
  peek: () => document.getElementById("answer")?.scrollIntoView({ behavior: "smooth" }),
  share: (button) => copy(button, address()),
  copy: (button) => copy(button, button.parentElement.querySelector("code").textContent),
  own: () => { document.querySelector('#tabs [role="tab"]').click(); scrollTo({ top: 0, behavior: "smooth" }); },
  tick: (button) => {
    send("ask", { items: [...new Set([...state.items, button.dataset.itemId])] });
    button.closest(".found").replaceChildren();
  },
  forget: (button) => send("redraw", { added: state.added.filter((name) => name !== button.dataset.name) }),
  back: () => send("redraw", { shop: [], items: [], added: [] }),
  dismiss: (button) => button.parentElement.remove(),
  theme: () => {
    const dark = document.body.classList.toggle("dark");
    remember(THEME, dark ? "dark" : "light");
  },
};

document.addEventListener("click", (event) => {
  const summary = event.target.closest("details[data-fold] > summary");
  if (summary) open[summary.parentElement.dataset.fold] = !summary.parentElement.open;
  const button = event.target.closest("[data-do]");
  if (!button) return;
  if (button.tagName === "A") event.preventDefault();
  actions[button.dataset.do](button);
});

document.addEventListener("submit", (event) => {
  const { product, sought } = event.target.elements;
  const field = product ?? sought;
  if (!event.target.dataset.form) return;
  event.preventDefault();
  if (!field.value.trim()) return;
  if (product) send("redraw", { added: [...state.added, field.value] });
  else send("find", {}, { find: field.value });
  field.value = "";
});

function upload(input) {
  const reader = new FileReader();
  reader.onload = () => send("upload", {}, { file: String(reader.result).split(",")[1] ?? "" });
  if (input.files[0]) reader.readAsDataURL(input.files[0].slice(0, LARGEST + 1)); // one byte more tells that it is too large
  input.value = "";
}

document.addEventListener("change", (event) => {
  const input = event.target;
  if (input.matches("[data-upload]")) return upload(input);
  if (input.matches("input[data-item]")) {
    // another shelf may be on show than the one that was ticked on: only what is visible counts
    send("ask", { items: all("input[data-item]:checked").map((box) => box.value) });
  } else if (input.matches("[data-choose]")) {
    const what = input.dataset.choose;
    if (what === "checkpoint") return send("switch", { checkpoint: input.value });
    if (what !== "language") return send("ask", { [what]: input.value });
    remember(REMEMBERED, input.value);
    // a translation asked for stays asked for; else the new language's own way is taken
    send("redraw", { language: input.value, route: state.route === "translate" ? "translate" : "" });
  }
});

// Python answers with the whole state (on arrival, in another language, with another shelf) …
watch("value", () => {
  if (props.value.sent || !props.value.items) return;
  arrived = true;
  const { waking, ...told } = props.value;
  state = told;
  paint();
  follow();
  if (waking) send("ask"); // the page came before the T5 was loaded
});

// What is under the hood costs the T5 time: it comes with an answer only while its fold is open, or when it is opened.
let focusHood = false; // it has the focus, which it loses when its content arrives
function fillHood() {
  const hood = document.querySelector("[data-fold=hood]");
  if (open.hood && hood?.hasAttribute("data-empty")) {
    focusHood = hood.contains(document.activeElement);
    send("hood");
  } else if (focusHood && hood) {
    focusHood = false;
    if (document.activeElement === document.body) hood.querySelector("summary").focus({ preventScroll: true });
  }
}
document.addEventListener("toggle", fillHood, true); // which does not bubble

// While another T5 is on its way, how far it has come is asked for; once it is here, who chose it gets its answer.
function follow() {
  const pending = Boolean(document.querySelector("[data-pending]"));
  if (pending === Boolean(follow.timer)) return;
  clearInterval(follow.timer);
  follow.timer = pending && setInterval(() => {
    props.value = { ...state, sent: Date.now() };
    trigger("progress");
  }, 1500);
  if (!pending && state.checkpoint !== "bundled") send("switch");
}

// … and every piece that may hold choices carries a new serial number each time.
let seen = "";
new MutationObserver(() => {
  const serials = all("[data-serial]").map((piece) => piece.dataset.serial).join();
  if (serials === seen) return;
  seen = serials;
  clearTimeout(send.slow);
  document.body.removeAttribute("data-busy");
  paint();
  if (arrived) follow();
  fillHood();
}).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-serial"] });

const theme = remembered(THEME);
if (theme) document.body.classList.toggle("dark", theme === "dark");
props.value = { query: location.search, remembered: remembered(REMEMBERED), preferred: [...navigator.languages], sent: 1 };
ask("arrive");
// "ask", "redraw", "find", "upload", "switch" and "hood" are sent by send()
