// What the page says to the visitor beside its answers. The sentences come from Python, some of them in hidden
// elements.

const said = {}; // place -> the message there, and for which choices it is shown
const waiting = {}; // place -> the timer of a message that is about to be shown
const undone = {}; // place -> the change that "Undo" makes there
const BESIDE = { // place -> what gets the focus when a message there is dismissed
  arrival: '[data-do="share"]',
  basket: "#shelf-title",
  add: '[data-form="add"] button',
  shop: '[data-fold="shop"] > summary',
};
let announcedAnswer = ""; // the last answer that was announced, with its basket
let focusBefore = null; // what had the focus when focusAnswer() was called; null if no answer is to be focused

// Return the HTML of a sentence in the current language.
//   name: the HTML of the product's name in it, if it has one
const written = (text, name) => document.querySelector(`[data-text=${text}]`).innerHTML.replace("#", () => name);

// Show a message beside the control that caused it, in a live region, so that screen readers read it, even if it
// repeats the last one.
//   write: returns the HTML, in the current language
//   holds: whether to show it for the current choices
//   now: the choices that the message is about; it is not shown in another shop
//   returns: a promise that is fulfilled once the message is shown
function say(place, write, holds, { shop }) {
  unsay(place);
  return new Promise((shown) => {
    waiting[place] = setTimeout(() => {
      delete waiting[place];
      said[place] = { write, holds: (now) => now.shop === shop && holds(now) };
      paint(choices());
      shown();
    }, 50);
  });
}

function unsay(place) {
  clearTimeout(waiting[place]);
  delete waiting[place];
  delete said[place];
  paint(choices());
}

function undo(region) {
  removed.clear(); // what comes back may be one of these
  changeChoices(undone[region.dataset.said]);
  dismiss(region);
}

function dismiss({ dataset: { said: place } }) {
  if (place === "answer") focusAnswer();
  else focus(BESIDE[place]);
  unsay(place);
}

// Announce something in a live region that only screen readers read.
function announce(html) {
  const { language } = choices();
  say("now", () => html, (now) => now.language === language, choices());
}

// Announce an answer, unless it is the last one drawn again, as after a name was refused. Focus it if focusAnswer() was
// called for it.
function announceAnswer(text) {
  const answer = JSON.stringify([text, choices().items]);
  if (answer !== announcedAnswer) announce(text);
  announcedAnswer = answer;
  const before = focusBefore;
  focusBefore = null;
  if (!before || ![before, document.body].includes(document.activeElement)) return;
  queueMicrotask(() => { // once it is drawn, as screen readers read what is focused
    const element = document.getElementById("answer");
    element.focus({ preventScroll: !isInSight(element) });
  });
}

// Focus the next answer once it is drawn, unless the visitor focuses something else meanwhile.
function focusAnswer() {
  focusBefore = document.activeElement;
}

// Return the paragraphs of a part of a piece, to announce them. If the part itself were a live region, screen readers
// would read only the words that have changed.
function readParagraphs(piece, part) {
  const paragraphs = new DOMParser().parseFromString(piece, "text/html").querySelectorAll(`${part} p`);
  return Array.from(paragraphs, ({ outerHTML }) => outerHTML).join("");
}

// Say that the server does not answer, or no longer say so: on the page, or on the loading page, which the first reply
// removes.
function trouble(there) {
  if (!there && !arrived) return;
  const region = document.querySelector(arrived ? '[data-said="line"]' : "#loading .wait");
  const text = there ? document.querySelector("[data-trouble]").dataset.trouble : "";
  if (region.textContent !== text) region.textContent = text;
}

// Copy a text, and say so; if the browser refuses, select the text for the visitor to copy.
//   show: returns the element with the text, or a promise of it
async function copy(button, text, show) {
  try {
    await navigator.clipboard.writeText(text);
  } catch { // no permission, or not a secure context
    const field = Object.assign(document.createElement("textarea"), { value: text, style: "position: fixed" });
    document.body.append(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    button.focus();
    const shown = copied ? null : await show();
    if (shown) getSelection().selectAllChildren(shown);
    if (!copied) return;
  }
  const { done } = button.dataset;
  announce(done);
  const label = button.querySelector("[data-label]");
  label.textContent = done;
  button.classList.add("done");
  setTimeout(() => {
    label.textContent = label.dataset.label; // the language may have changed
    button.classList.remove("done");
  }, 1500);
}

// Show the link in a notice, and return its element.
async function showLink(link) {
  const write = () => {
    const notice = document.querySelector("[data-text=link]").cloneNode(true);
    notice.querySelector("code").textContent = link;
    return notice.innerHTML;
  };
  await say("arrival", write, () => true, choices());
  return document.querySelector("#said-arrival code");
}
