// What the visitor chose, and what is asked of the server for it.
//
// The browser owns the choices: a reply never replaces them. What the visitor does is kept in a log, in order. What the
// server has to understand first (a typed name, a file, the link) holds its place in the log until the server has said
// what it changes, so that everything ends as if the visitor had waited for each reply.
// A part of the page is asked for again when something that it is drawn from has changed. Requests are numbered, and
// what arrives for a part is drawn only if nothing newer has been asked of that part.

const PARTS = { // what each is drawn from
  page: ["language", "shop", "added"],
  route: ["language", "checkpoint", "look"],
  answer: ["language", "route", "translator", "checkpoint", "answers", "items", "added", "shop", "why_not", "hood_open"],
  offers: ["language", "shop", "added", "items", "sought"],
  example: ["language", "checkpoint", "answers", "items", "added", "shop"], // once the answer is drawn, which it would delay
  story: ["language", "story_language", "story_items", "items", "checkpoint", "answers", "added", "shop"],
};
const RETRY = 3000; // milliseconds

let settled = { // the choices, but for what is in the log
  language: "en", route: "", translator: "auto", checkpoint: "bundled", items: [], added: [], shop: [],
  why_not: "", hood_open: false, tab: "recommend", story_language: "ar", story_items: [],
  sought: "", // what is being typed into the search box
  answers: "bundled", // the T5 that answers: the chosen one once it is loaded
  look: 0, // how often another T5's progress was looked at
};
const log = []; // { change, done } as act() takes them; change is null until the server has understood
const asked = {}; // part -> { number, key, drawn } of the newest request for it
let number = 0;
let arrived = false; // until the server has said what the address means, there is nothing to ask

const step = (state, { change }) => (change ? { ...state, ...change(state) } : state);
const choices = () => log.reduce(step, settled);
const union = (items, more) => [...new Set([...items, ...more])];
const key = (part, state) => JSON.stringify(PARTS[part].map((name) => state[name]));

// Do what needs no server.
//   change: from the choices to those that become different
//   done: told of the choices before and after, once everything before it has been understood
function act(change, done = () => {}) {
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

// Have the server understand something, after all that came before it.
let understood = Promise.resolve();
function tell(event, parts) {
  const entry = { change: null };
  log.push(entry);
  paint(choices()); // that something is under way
  understood = understood.then(async () => {
    const reply = await request(settled, parts, event); // everything before the entry is settled by now
    const { set = {}, tick = [], add = [] } = reply.change;
    entry.change = (state) => {
      const next = { ...state, ...set };
      return { ...next, items: union(next.items, tick), added: [...next.added, ...add] };
    };
    entry.done = (before, after) => {
      arrived = true;
      for (const { place, html, about } of reply.said) {
        say(place, () => html, (items) => about.every((id) => items.includes(id)), after);
      }
      heard(event, reply.understood);
      entry.after = after;
    };
    settle();
    accept(reply, entry.after);
    sync();
  });
}

// Paint the choices, and ask for the parts that were drawn from others.
function sync() {
  const now = choices();
  if (arrived) {
    const answered = asked.answer?.drawn && asked.answer.key === key("answer", now);
    const open = (part) => ({ story: now.tab === "football", offers: now.sought || asked.offers, example: answered })[part];
    const parts = Object.keys(PARTS).filter((part) => (open(part) ?? true) && asked[part]?.key !== key(part, now));
    if (parts.length) request(now, parts).then((reply) => { if (reply) { accept(reply, now); sync(); } });
  }
  paint(now);
}

// Return the reply, however often the line breaks; null once nobody waits for it.
async function request(state, parts, event = null) {
  const mine = ++number;
  for (const part of parts) asked[part] = { number: mine, key: event ? null : key(part, state), drawn: false };
  const outdated = () => !event && parts.every((part) => asked[part].number !== mine);
  for (let pause = RETRY; !outdated(); pause = Math.min(2 * pause, 10 * RETRY)) {
    const reply = await server.answer({ number: mine, choices: state, parts, event }); // Gradio's; undefined if it failed
    trouble(!reply);
    if (reply) return reply;
    await new Promise((done) => setTimeout(done, pause)); // the server is full or gone
  }
  return null;
}

// Draw what a reply holds for `state`, as far as it is still what the visitor chose.
function accept(reply, state) {
  const now = choices();
  for (const part of Object.keys(reply.parts)) {
    if (asked[part].number !== reply.number) continue;
    if (key(part, state) !== key(part, now)) { delete asked[part]; continue; }
    const final = part !== "answer" || !reply.waking; // else it is asked for again, and comes once the T5 is loaded
    asked[part] = { number: reply.number, key: final ? key(part, state) : null, drawn: final };
    draw(reply.parts[part]);
  }
  if (reply.answers && reply.answers !== now.answers) act(() => ({ answers: reply.answers }));
}
