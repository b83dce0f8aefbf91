// The link to the visitor's choices, in the address bar, and what of a visit is stored in this tab.

const VISIT = "t5-recommender-visit";
const SHOP = "t5-recommender-shop";
const PARAMETERS = ["lang", "route", "translator", "checkpoint", "shop", "tab", "tale", "story", "add", "items"];
const visit = readVisit(); // before the address follows the choices
let currentLink; // the link to the choices, once the page has arrived
let addressTimer = 0; // of the next writeAddress(), or 0
let hadOwnShop = false; // whether the visitor's own shop was open when storeShop() was last called
let storedShop = ""; // what storeShop() last stored
let storedVisit = ""; // what storeVisit() last stored
remember("sessionStorage", VISIT, JSON.stringify(visit)); // a reload from now on goes on with this visit

// Return the link to the choices, the basket last: the server leaves out the end of a link that is too long.
function address(now) {
  const url = new URL(location.href);
  for (const name of PARAMETERS) url.searchParams.delete(name);
  url.searchParams.set("lang", now.language);
  if (now.route) url.searchParams.set("route", now.route);
  if (now.route === "translate" && now.translator !== "auto") url.searchParams.set("translator", now.translator);
  if (now.checkpoint !== "bundled") url.searchParams.set("checkpoint", now.checkpoint);
  const own = now.shop.length > 0; // such a shop, and what is chosen in it, is stored in this tab only
  if (own) url.searchParams.set("shop", "own");
  if (now.tab !== "recommend") url.searchParams.set("tab", now.tab);
  if (now.story_language !== "ar") url.searchParams.set("tale", now.story_language);
  const { story_items, added, items } = own ? { story_items: [], added: [], items: [] } : now;
  if (story_items.length) url.searchParams.set("story", story_items.join(","));
  for (const name of added) url.searchParams.append("add", name);
  if (items.length) url.searchParams.set("items", items.join(","));
  return url.href.replaceAll("%2C", ",").replaceAll("%2F", "/");
}

// Write the link to the choices into the address bar; another tab of the page is a new entry of the browser's history.
function writeAddress() {
  addressTimer = 0;
  const [before, { tab }] = [history.state?.tab, choices()]; // on arrival there is no tab before
  if (currentLink !== location.href || tab !== before) {
    const write = before && tab !== before ? "pushState" : "replaceState";
    // Safari refuses more than 100 in 30 seconds; the next one writes a refused change, too
    try { history[write]({ tab, visit: visit.id }, "", currentLink); } catch { /* refused */ }
  }
  paint(choices());
}

// Back and Forward go from tab to tab, and change nothing else: the entry's address gets the present choices.
addEventListener("popstate", ({ state }) => {
  if (state?.tab) changeChoices(() => ({ tab: state.tab }));
});

// Store in this tab what the page goes on with after a reload. The address is not enough: while the browser waits for
// the new page, the visitor can still choose on the old one, but the new one gets the address from before.
function storeVisit({ why_not, hood_open }) {
  const pending = log.filter(({ change, kept }) => kept && !change).map(({ event, parts, kept }) => ({ event, parts, kept }));
  const stored = JSON.stringify({ ...visit, link: currentLink, why_not, hood_open, pending });
  if (stored !== storedVisit) remember("sessionStorage", VISIT, stored);
  storedVisit = stored;
}

// Store the visitor's own shop in this tab, and what is chosen in it. It is replaced when another is opened, and
// removed when the visitor leaves it, but not when a link opens the page's shop: Back leads to it again.
function storeShop({ left, shop, items, added, story_items }) {
  const own = shop.length > 0;
  if (own || hadOwnShop) {
    const stored = JSON.stringify(own ? { left, shop, items, added, story_items } : { left });
    if (stored !== storedShop) remember("sessionStorage", SHOP, stored);
    storedShop = stored;
  }
  hadOwnShop = own;
}

// Return the stored visit if this page goes on with it, else a new one. It goes on if its entry in the browser's
// history is of that visit: after a reload, and after Back and Forward, but not after a link. Two kinds of reload make
// a new entry: one during which the address changes, and one of the page around a frame, as on a Space, which opens the
// frame's first address.
//   id: unique in this tab
//   opened: the parameters of the address that began the visit
function readVisit() {
  const opened = readParameters(location.search);
  const stored = readStored(VISIT, {});
  const framed = window !== window.parent && stored.opened === opened;
  const reloaded = performance.getEntriesByType("navigation")[0]?.type === "reload";
  const id = history.state?.visit ?? (reloaded ? stored.id : null);
  if (stored.id && (framed || id === stored.id)) return stored;
  return { id: id ?? performance.timeOrigin, opened, link: location.href, pending: [] };
}

// Return the query part of the link to arrive with. An entry of the history leads to its own tab.
function readQuery() {
  const { searchParams } = new URL(visit.link);
  if (history.state?.tab) searchParams.set("tab", history.state.tab);
  return searchParams.toString();
}

// Return the parameters of the page's own in the query part of a link, without those of a Space.
function readParameters(query) {
  return [...new URLSearchParams(query)].filter(([name]) => PARAMETERS.includes(name)).join("&");
}
