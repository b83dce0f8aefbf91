// The browser's side of the protocol: the visitor's choices, and the requests to the server.
//
// The browser owns the choices: a reply never replaces them. The visitor's actions are kept in a log, in order. An event
// that only the server understands (a typed name, a file, the link) keeps its place in the log until the server has
// replied what it changes, so that the result is as if the visitor had waited for each reply.
// A part of the page is requested again when a choice that it depends on has changed. Requests are numbered, and a reply
// for a part is drawn only if there is no newer request for this part.

const PARTS = { // part -> the choices that it depends on
  page: ["language", "shop", "added"],
  route: ["language", "checkpoint", "answers", "look"],
  answer: ["language", "route", "translator", "checkpoint", "answers", "items", "added", "shop"],
  // requested a while after the answer, because they would delay it, or the answer to the next tick
  details: ["language", "route", "translator", "checkpoint", "answers", "items", "added", "shop", "why_not", "hood_open"],
  example: ["language", "checkpoint", "answers", "items", "added", "shop"],
  offers: ["language", "shop", "added", "items", "sought"],
  story: ["language", "story_language", "story_items", "items", "checkpoint", "answers", "added", "shop"],
};
const RETRY = 3000; // milliseconds from a request that failed to the next try; twice as long after each
const LONGEST_RETRY = 10_000;
const PATIENCE = 60_000; // milliseconds after which a request counts as failed: some lines go dead without an error
const PAUSE = 150; // milliseconds from an answer to the request for its details
const RELOADS = 3; // how many reloads send an event again that has no reply yet; then it is given up

let settled = { // the choices without the changes in the log
  language: "en", route: "", translator: "auto", checkpoint: "bundled", items: [], unticked: [], added: [], shop: [],
  why_not: "", hood_open: false, tab: "recommend", story_language: "ar", story_items: [],
  sought: "", // the text in the search box
  answers: "bundled", // the T5 that answers: the chosen one once it is loaded
  look: 0, // number of requests for the load status of another T5
  left: { items: [], added: [], why_not: "", story_items: [] }, // what was chosen in the page's shop, while the visitor's own is open
};
const log = []; // { change, done } as in changeChoices(); with an event as in sendEvent(), change is null until the reply
const asked = {}; // part -> { number, key, drawn } of the newest request for it
let number = 0;
let newest = 0; // number of the newest reply that said which T5 answers; what an older one says may be outdated
let inventory = ""; // version of the operator's inventory from which the shelf was drawn
let pausing = 0; // timer of the pause after an answer
let arrived = false; // whether the server has replied what the page's address means
let eventsHandled = Promise.resolve(); // fulfilled once the replies to all events so far are handled

const step = (state, { change }) => (change ? { ...state, ...change(state) } : state);
const choices = () => log.reduce(step, settled);
const union = (items, more) => [...new Set([...items, ...more])];
const key = (part, state) => JSON.stringify(PARTS[part].map((name) => state[name]));

// Add a change of the choices to the log, and request the parts that depend on it.
//   change: returns the changed choices, given all of them
//   done: called with the choices before and after, once the server has replied to all earlier events
function changeChoices(change, done = () => {}) {
  log.push({ change, done });
  settle();
  sync();
}

function settle() {
  while (log[0]?.change) {
    const [entry, before] = [log.shift(), settled];
    settled = step(before, entry);
    entry.done(before, settled);
  }
}

// Send an event to the server, after all earlier ones.
//   kept: how many more reloads send the event again if it has no reply yet
function sendEvent(event, parts, kept = "text" in event ? RELOADS : 0) {
  const entry = { change: null, event, parts, kept };
  const last = log.at(-1)?.event;
  if (last && last.kind === event.kind && last.text === event.text) return; // a double click
  log.push(entry);
  paint(choices()); // show that the page is busy
  eventsHandled = eventsHandled.then(async () => {
    const reply = await request(settled, parts, event); // everything before the entry is settled by now
    const { set = {}, tick = [], add = [] } = reply.change;
    entry.change = (state) => {
      const next = { ...state, ...set };
      if (event.kind === "upload" && !state.shop.length) next.left = pickOfShop(state);
      return { ...next, items: tick.length ? union(next.items, tick) : next.items, added: [...next.added, ...add] };
    };
    entry.done = (before, after) => {
      arrived = true;
      // a message of a refusal or of a changed shelf stays when the language changes: nothing else shows it
      const passing = reply.understood && !["upload", "restock"].includes(event.kind);
      for (const { place, html, about } of reply.said) {
        const write = () => html[choices().language];
        const holds = (now) => !(passing && now.language !== after.language) && about.every((id) => now.items.includes(id));
        const follow = isInSight(document.querySelector(`[data-form="${event.kind}"]`));
        say(place, write, holds, after).then(() => {
          if (follow) document.getElementById(`said-${place}`).scrollIntoView({ block: "nearest" });
        });
      }
      handleReply(event, reply.understood, before);
      entry.after = after;
    };
    settle();
    if (["arrive", "restock"].includes(event.kind)) inventory = reply.inventory;
    accept(reply, entry.after);
    sync();
  });
}

// Paint the choices, and request the parts that depend on changed ones.
function sync() {
  const now = choices();
  if (arrived) {
    const answered = !pausing && asked.answer?.drawn && asked.answer.key === key("answer", now);
    const open = (part) => ({
      story: now.tab === "football", offers: now.sought || asked.offers, example: answered, details: answered,
    })[part];
    const parts = Object.keys(PARTS).filter((part) => (open(part) ?? true) && asked[part]?.key !== key(part, now));
    if (parts.length) request(now, parts).then((reply) => { if (reply) { accept(reply, now); sync(); } });
  }
  paint(now);
}

// Send a request until there is a reply; return it, or null if newer requests have replaced this one.
async function request(state, parts, event = null) {
  const mine = ++number;
  // the parts of an event come with its reply: sync() requests them only if what they depend on changes meanwhile
  for (const part of parts) asked[part] = { number: mine, key: key(part, state), drawn: false };
  const outdated = () => !event && parts.every((part) => asked[part]?.number !== mine);
  const late = []; // earlier tries, each waiting for a late reply, which is as good
  for (let pause = RETRY; !outdated(); pause = Math.min(2 * pause, LONGEST_RETRY)) {
    const sent = server.answer({ number: mine, choices: state, parts, event }); // undefined if it failed
    const reply = await Promise.race([sent, ...late, new Promise((done) => setTimeout(done, PATIENCE))]);
    late.push(sent.then((found) => found ?? new Promise(() => {})));
    trouble(!reply);
    if (reply) return reply;
    await rest(pause); // the server is busy or cannot be reached
  }
  return null;
}

// Wait for some milliseconds, or until the browser is connected, or the page is looked at, again.
function rest(pause) {
  return new Promise((done) => {
    const listening = new AbortController();
    const wake = () => { listening.abort(); done(); };
    const { signal } = listening;
    setTimeout(wake, pause);
    addEventListener("online", wake, { signal });
    document.addEventListener("visibilitychange", () => { if (!document.hidden) wake(); }, { signal });
  });
}

// Draw the parts of a reply to a request with the choices `state`, unless these have changed since.
function accept(reply, state) {
  const { answers } = reply;
  if (reply.number > newest && state.checkpoint === choices().checkpoint) {
    newest = reply.number;
    if (choices().answers !== answers) {
      // not by changeChoices(), which would request the parts again
      log.push({ change: () => ({ answers }), done: () => {} });
      settle();
    }
  }
  const [meant, now] = [{ ...state, answers }, choices()]; // the parts were drawn with the T5 that the reply names
  for (const part of Object.keys(reply.parts)) {
    if (asked[part]?.number !== reply.number) continue;
    if (key(part, meant) !== key(part, now)) { delete asked[part]; continue; }
    const final = part !== "answer" || !reply.delayed; // if not, it is requested again
    asked[part] = { number: reply.number, key: final ? key(part, meant) : null, drawn: final };
    if (part === "answer") {
      delete asked.details; // the answer was drawn without them
      clearTimeout(pausing);
      pausing = setTimeout(() => { pausing = 0; sync(); }, PAUSE);
      if (reply.inventory !== inventory) sendEvent({ kind: "restock" }, ["page", "answer"]);
    }
    draw(reply.parts[part], state);
  }
}
