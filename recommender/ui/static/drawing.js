// Draw the pieces that come from the server, and paint the page by the choices.

const root = document.documentElement;
const open = {}; // folds that the visitor opened, by name: a new answer must not close them
const drawn = {}; // name of a component -> its HTML
const shops = {}; // name of a component -> the shop of which it is drawn, as nameShop() names it
let suggestion = ""; // the product that the empty field of the form "add" suggests
let answeredWhyNot = ""; // the product of the last reply to "Why not …?"
let lookTimer = 0; // of the next request for the load status
let busyTimer = 0; // after which the page shows that it is busy

const all = (selector) => Array.from(document.querySelectorAll(selector));
const tabs = () => all('#tabs [role="tab"]');

const nameShop = ({ shop }) => JSON.stringify(shop);

// Return the shop of which an element is drawn: the element may still be there when another shop is open.
function findShop(element) {
  const piece = Object.keys(shops).find((name) => element.closest(`#${name}`));
  return shops[piece] ?? nameShop(choices()); // a message is about the open shop
}

// Show a part of the page that the server has drawn for some choices.
function draw({ pieces, tabs: names, language, direction, title, pending, announce: answer, example }, state) {
  Object.assign(drawn, pieces);
  const shop = nameShop(state);
  for (const name of Object.keys(pieces ?? {})) shops[name] = shop;
  if (example !== undefined) suggestion = example;
  if (pieces?.["why-not"]) putReply(pieces["why-not"]);
  else put();
  if (language) {
    Object.assign(root, { lang: language, dir: direction });
    document.title = title;
    document.getElementById("loading")?.remove();
    tabs().forEach((tab, n) => { if (tab.textContent.trim() !== names[n]) tab.textContent = names[n]; });
  }
  if (pending !== undefined) clearTimeout(lookTimer); // only the part with the load status has this field
  if (pending) lookTimer = setTimeout(() => changeChoices(({ look }) => ({ look: look + 1 })), 1500);
  if (answer) announceAnswer(answer);
  if (pieces?.story && choices().tab === "football") announce(readParagraphs(pieces.story, ".ending"));
}

// Return whether an element is in the window. If not, the visitor has scrolled away, and must not be brought back.
function isInSight(element) {
  const box = element?.getBoundingClientRect();
  return box?.bottom > 0 && box.top < innerHeight;
}

// Set the HTML of Gradio's components, which update only what differs and keep the focus. Those in a tab are mounted when
// it is first opened.
function put() {
  for (const [name, html] of Object.entries(drawn)) if (window.pieces[name]) window.pieces[name].value = html;
  queueMicrotask(() => paint(choices())); // after Gradio's own update, which is a microtask, too
}

// Draw the reply to "Why not …?". Announce a new one, and bring it into view, unless the visitor has left the question.
function putReply(piece) {
  const { why_not } = choices();
  const reply = readParagraphs(piece, ".why-not-answer");
  const follow = isInSight(document.querySelector("[data-choose=why_not]"));
  put();
  if (why_not && !reply) return; // the product is owned, or its reply is on the way
  if (why_not && why_not !== answeredWhyNot) {
    announce(reply);
    if (follow) queueMicrotask(() => document.querySelector(".why-not-answer").scrollIntoView({ block: "nearest" }));
  }
  answeredWhyNot = why_not;
}

// Update everything on the page that depends on the choices alone.
function paint(now) {
  const link = arrived ? address(now) : currentLink;
  if (link !== currentLink) {
    currentLink = link;
    clearTimeout(addressTimer);
    // Another tab is written before it is shown: the browser notes how far the page is scrolled, and it may be shorter.
    // All else is written after the request to the server: it takes tens of milliseconds.
    if (history.state?.tab && history.state.tab !== now.tab) writeAddress();
    else addressTimer = setTimeout(writeAddress);
  }
  const idle = arrived && !addressTimer && !pausing && !log.length && !Object.keys(waiting).length
    && Object.values(asked).every(({ drawn }) => drawn);
  root.toggleAttribute("data-idle", idle);
  clearTimeout(busyTimer);
  if (idle) {
    root.removeAttribute("data-busy");
    removed.clear();
  } else busyTimer = setTimeout(() => root.setAttribute("data-busy", ""), 250);
  if (!arrived) return;
  root.dataset.arrived = "";
  const owned = new Set(now.items);
  for (const box of all("input[data-item]")) box.checked = owned.has(box.value);
  const route = routeTaken(now);
  root.dataset.route = route;
  for (const input of all("[data-choose]")) {
    const value = { ...now, route }[input.dataset.choose];
    if (input.type === "radio") input.checked = input.value === value;
    else input.value = value;
    if (input.selectedIndex < 0) input.value = ""; // the product that was asked about is owned by now
  }
  for (const count of all("[data-count]")) count.textContent = count.dataset.count.replace("#", owned.size);
  for (const fold of all("details[data-fold]")) fold.open = fold.dataset.fold === "hood" ? now.hood_open : Boolean(open[fold.dataset.fold]);
  for (const place of all("[data-said]")) {
    const message = said[place.dataset.said];
    const html = message?.holds(now) ? message.write() : "";
    if (place.dataset.html !== html) [place.innerHTML, place.dataset.html] = [html, html];
  }
  for (const button of all('[data-do="theme"]')) button.setAttribute("aria-pressed", document.body.classList.contains("dark"));
  // once a product is added there is none, even before the reply: a second click on "Add" would add the suggestion
  const suggested = now.added.length ? "" : suggestion;
  for (const field of all('[data-form="add"] input')) field.placeholder = suggested || " "; // for :placeholder-shown
  const tab = tabs()[TABS.indexOf(now.tab)];
  if (tab && tab.getAttribute("aria-selected") !== "true") tab.click();
  storeShop(now);
  storeVisit(now);
}

// Return the chosen route, or the language's default if the T5 does not offer the chosen one.
function routeTaken(now) {
  const chosen = all("[data-choose=route]").find(({ value }) => value === now.route);
  return chosen && !chosen.disabled ? now.route : document.querySelector("[data-own-route]").dataset.ownRoute;
}
