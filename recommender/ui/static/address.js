// The link to the visitor's choices, in the address bar, and what of a visit is stored in this tab.

const VISIT = "t5-recommender-visit";
const SHOP = "t5-recommender-shop";
const PARAMETERS = ["lang", "route", "translator", "checkpoint", "shop", "tab", "tale", "story", "add", "items"];
const visit = readVisit(); // before the address follows the visitor
remember("sessionStorage", VISIT, JSON.stringify(visit)); // from now on a reload is of this visit

// Return the link to the choices, the basket last: the server leaves out the end of a link that is too long.
function address(now) {
  const url = new URL(location.href);
  for (const name of PARAMETERS) url.searchParams.delete(name);
  url.searchParams.set("lang", now.language);
  if (now.route) url.searchParams.set("route", now.route);
  if (now.route === "translate" && now.translator !== "auto") url.searchParams.set("translator", now.translator);
  if (now.checkpoint !== "bundled") url.searchParams.set("checkpoint", now.checkpoint);
  const own = now.shop.length > 0; // stored in this tab only, with what is chosen in it
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
  paint.linking = 0;
  const [before, { tab }] = [history.state?.tab, choices()]; // none before, on arrival
  if (paint.link !== location.href || tab !== before) {
    const write = before && tab !== before ? "pushState" : "replaceState";
    try { history[write]({ tab, visit: visit.id }, "", paint.link); } catch { /* Safari allows 100 in 30 seconds; the next one takes it along */ }
  }
  paint(choices());
}

// Back and Forward go from tab to tab, and change nothing else: the entry's address gets the present choices.
addEventListener("popstate", ({ state }) => {
  if (state?.tab) act(() => ({ tab: state.tab }));
});

// Store in this tab what a page that is loaded again goes on with. The address does not tell it: while the browser waits
// for the new page, it lets the visitor choose on the old one, and the server reply to it, but keeps the old address.
function storeVisit({ why_not, hood_open }) {
  const pending = log.filter(({ change, kept }) => kept && !change).map(({ event, parts, kept }) => ({ event, parts, kept }));
  const stored = JSON.stringify({ ...visit, link: paint.link, why_not, hood_open, pending });
  if (stored !== storeVisit.last) remember("sessionStorage", VISIT, stored);
  storeVisit.last = stored;
}

// Store the visitor's own shop in this tab, and what is chosen in it. One that is stored stays so until another is opened,
// or it is left by its button or "Undo".
function storeShop({ left, shop, items, added, story_items }) {
  const own = shop.length > 0;
  if (own || storeShop.own) {
    const stored = JSON.stringify(own ? { left, shop, items, added, story_items } : { left });
    if (stored !== storeShop.last) remember("sessionStorage", SHOP, stored);
    storeShop.last = stored;
  }
  storeShop.own = own;
}

// Return the stored visit if this page goes on with it, else a new one. It does if its entry in the browser's history is
// of that visit: after a reload, and after Back and Forward, but not by a link. A reload makes a new entry if the address
// has changed since it began; so does one of the page around a frame, as on a Space, with the frame's first address.
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
