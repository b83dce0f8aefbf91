// The link to the visitor's choices, in the address bar.

const LINK = "t5-recommender-link";
const PARAMETERS = ["lang", "route", "translator", "checkpoint", "shop", "tab", "tale", "story", "add", "items"];
const opened = readParameters(location.search); // before the address follows the visitor

// Return the link to the choices, the basket last: the server leaves out the end of a link that is too long.
function address(now) {
  const url = new URL(location.href);
  for (const name of PARAMETERS) url.searchParams.delete(name);
  url.searchParams.set("lang", now.language);
  if (now.route) url.searchParams.set("route", now.route);
  if (now.route === "translate" && now.translator !== "auto") url.searchParams.set("translator", now.translator);
  if (now.checkpoint !== "bundled") url.searchParams.set("checkpoint", now.checkpoint);
  if (now.shop.length) url.searchParams.set("shop", "own"); // its products are stored in this tab only
  if (now.tab !== "recommend") url.searchParams.set("tab", now.tab);
  if (now.tab === "football") url.searchParams.set("tale", now.story_language);
  if (now.tab === "football" && now.story_items.length) url.searchParams.set("story", now.story_items.join(","));
  for (const name of now.added) url.searchParams.append("add", name);
  if (now.items.length) url.searchParams.set("items", now.items.join(","));
  return url.href.replaceAll("%2C", ",").replaceAll("%2F", "/");
}

// Write the link to the choices into the address bar; another tab of the page is a new entry of the browser's history.
// A page in a frame, as on a Space, has no address bar, and a reload opens it anew with the frame's first address: it
// stores the link in this tab, too.
function writeAddress() {
  paint.linking = 0;
  if (window !== window.parent) remember("sessionStorage", LINK, JSON.stringify({ opened, link: paint.link }));
  const [before, { tab }] = [history.state?.tab, choices()]; // none before, on arrival
  if (paint.link !== location.href || tab !== before) {
    const write = before && tab !== before ? "pushState" : "replaceState";
    try { history[write]({ tab }, "", paint.link); } catch { /* Safari allows 100 in 30 seconds; the next one takes it along */ }
  }
  paint(choices());
}

// Back and Forward go from tab to tab, and change nothing else: the entry's address gets the present choices.
addEventListener("popstate", ({ state }) => {
  if (state?.tab) act(() => ({ tab: state.tab }));
});

// Return the query part of the link to arrive with: the stored one, unless the visitor has come by another link.
function readQuery() {
  let stored = null;
  try { stored = JSON.parse(remembered("sessionStorage", LINK)); } catch { /* not ours */ }
  return window !== window.parent && stored?.opened === opened ? new URL(stored.link).search : location.search;
}

// Return the parameters of the page's own in the query part of a link, without those of a Space.
function readParameters(query) {
  return [...new URLSearchParams(query)].filter(([name]) => PARAMETERS.includes(name)).join("&");
}
