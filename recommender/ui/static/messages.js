// What the page says to the visitor beside its answers. The sentences come from Python, some of them in hidden
// elements.

const said = {}; // place -> the message there, and for which choices it is shown
const waiting = {}; // place -> the timer of a message that is about to be shown

const written = (text) => document.querySelector(`[data-text=${text}]`).innerHTML;

// Show a message beside the control that caused it, in a live region, so that screen readers read it, even if it
// repeats the last one.
//   write: returns the HTML, in the current language
//   holds: whether to show it for a basket
//   now: the choices of the message; it disappears in another language or shop
//   returns: a promise that is kept once the message is shown
function say(place, write, holds, { language, shop }) {
  unsay(place);
  return new Promise((shown) => {
    waiting[place] = setTimeout(() => {
      delete waiting[place];
      said[place] = { write, holds: (now) => now.language === language && now.shop === shop && holds(now.items) };
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

// Say that the server does not answer: on the page, or on the loading page, which the first reply takes away.
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
  say("now", () => done, () => true, choices());
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
