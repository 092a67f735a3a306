// The keyboard flow. Single letters rest in inputs, in dialogs, and when the person switched them off.
import { clearCurrent, currentRow, move, press } from "pegboard/grid";
import { clearSelection, toggleRange, toggleRow } from "pegboard/select";
import { openPalette } from "pegboard/palette";
import { on } from "pegboard/delegate";

const help = document.getElementById("help");
let goes = 0;

const click = (selector) => () => {
  const spot = document.querySelector(selector);
  spot?.click();
  return Boolean(spot);
};
const focus = (selector) => () => {
  const spot = document.querySelector(selector);
  if (spot?.matches("button")) spot.click();
  else spot?.focus();
  return Boolean(spot);
};
const onRow = (act) => () => {
  const row = currentRow();
  if (row) act(row);
  return Boolean(row);
};

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  x: onRow(toggleRow),
  X: onRow(toggleRange),
  " ": () => !plainControl() && press("[data-expand]"),
  Enter: () => !plainControl() && (press("[data-next]") || press("[data-open], a[href]")),
  o: () => press("[data-open], a[href]:not([data-next])"),
  e: () => press("[data-edit]") || click("main [data-edit]:not(tr *)")(),
  "/": () => focus("[data-search]")() || openPalette(),
  f: focus("[data-filter]"),
  v: focus("[data-views]"),
  n: click("[data-new]"),
  g: () => { goes = Date.now(); },
  "?": () => showHelp(),
  Escape: () => clearSelection() || clearCurrent(),
};

// Space and Enter belong to a focused link, button or tick.
function plainControl() {
  return document.activeElement?.matches("a, button, input, select, textarea, summary, [role=button]");
}

function typing(target) {
  return target instanceof Element && target.matches("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
}

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey) {
    event.preventDefault();
    openPalette();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.isComposing) return;
  if (document.querySelector("dialog[open], .peg-menu:popover-open, .peg-menu-open")) return;
  if (event.key === "Escape" && typing(event.target)) return event.target.blur();
  if (typing(event.target) || (event.key.length === 1 && document.documentElement.dataset.keys === "off")) return;
  if (goes && Date.now() - goes < 1500) {
    goes = 0;
    return goTo(event);
  }
  const act = KEYS[event.key];
  if (act && act() !== false) event.preventDefault();
});

// "g b": every entry of the menu has a letter, its own or the first free one of its words.
function letters() {
  const taken = new Map();
  const links = [...document.querySelectorAll(".peg-nav a")];
  for (const link of links) if (link.dataset.key) taken.set(link.dataset.key, link);
  for (const link of links.filter((node) => !node.dataset.key)) {
    const title = link.querySelector("span").textContent.toLowerCase();
    const wishes = [...title.split(/\s+/).map((word) => word[0]), ...title.replace(/[^a-z]/g, "")];
    const free = wishes.find((letter) => /[a-z]/.test(letter) && !taken.has(letter));
    if (free) taken.set(free, link);
  }
  return taken;
}

function goTo(event) {
  const link = letters().get(event.key.toLowerCase());
  if (!link) return;
  event.preventDefault();
  link.click();
}

export function showHelp() {
  const list = help?.querySelector("[data-go-keys]");
  if (!list) return;
  list.replaceChildren(...[...letters()].map(([letter, link]) => {
    const line = document.createElement("div");
    line.append(Object.assign(document.createElement("dt"), { textContent: link.querySelector("span").textContent }));
    const keys = line.appendChild(document.createElement("dd"));
    for (const key of ["g", letter]) keys.append(Object.assign(document.createElement("kbd"), { textContent: key }), " ");
    return line;
  }));
  help.showModal();
  help.querySelector("[data-close]").focus();
}

on("click", "[data-help]", showHelp);
