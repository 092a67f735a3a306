// Ticked rows and the bar that acts on them. Two steps for everything: this page, then all that match.
import { on } from "pegboard/delegate";

const TICKS = "input[name=rowid]";
let anchor = null;

const bar = () => document.getElementById("bulk-bar");
const form = () => document.getElementById("bulk");
const ticks = () => [...document.querySelectorAll(TICKS)];

export function selected() {
  return ticks().filter((tick) => tick.checked);
}

export function clearSelection() {
  const had = selected().length > 0;
  for (const tick of ticks()) tick.checked = false;
  takeAll(false);
  draw();
  return had;
}

export function toggleRow(row) {
  const tick = row?.querySelector(TICKS);
  if (!tick) return;
  tick.checked = !tick.checked;
  anchor = tick;
  takeAll(false);
  draw();
}

// From the last ticked row to this one.
export function toggleRange(row) {
  const to = row?.querySelector(TICKS);
  if (!to) return;
  const all = ticks();
  const [first, last] = [all.indexOf(anchor ?? to), all.indexOf(to)].sort((a, b) => a - b);
  for (const tick of all.slice(Math.max(first, 0), last + 1)) tick.checked = true;
  anchor = to;
  takeAll(false);
  draw();
}

function takeAll(yes) {
  const field = form()?.elements.all_matching;
  if (field) field.value = yes ? "1" : "";
}

function draw() {
  const chosen = selected();
  const all = ticks();
  for (const tick of all) tick.closest("tr").classList.toggle("is-selected", tick.checked);
  const head = document.querySelector("[data-select-all]");
  if (head) {
    head.checked = chosen.length > 0 && chosen.length === all.length;
    head.indeterminate = chosen.length > 0 && chosen.length < all.length;
  }
  drawBar(chosen.length, all.length);
}

function drawBar(count, shown) {
  const place = bar();
  if (!place) return;
  const total = Number(place.dataset.total || 0);
  const everything = form()?.elements.all_matching?.value === "1";
  place.classList.toggle("is-open", count > 0);
  place.querySelector("[data-count]").textContent = (everything ? total : count).toLocaleString("en");
  const more = place.querySelector("[data-all-matching]");
  more.hidden = !(count === shown && total > shown) || everything;
  more.textContent = `Select ${"more" in place.dataset ? "the first" : "all"} ${total.toLocaleString("en")} that match`;
}

on("change", "[data-select-all]", (head) => {
  for (const tick of ticks()) tick.checked = head.checked;
  takeAll(false);
  draw();
});
on("click", TICKS, (tick, event) => {
  if (event.shiftKey && anchor) toggleRange(tick.closest("tr"));
  else anchor = tick;
  takeAll(false);
  draw();
});
on("click", "[data-all-matching]", () => { takeAll(true); draw(); bar().querySelector(".btn")?.focus(); });
on("click", "#bulk-bar [data-clear]", () => { clearSelection(); document.querySelector("[data-select-all]")?.focus(); });
document.addEventListener("htmx:after:settle", draw);
addEventListener("pageshow", draw);
