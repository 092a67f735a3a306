// The keyboard row of a grid and the detail row below a row.
import { on } from "pegboard/delegate";

const ROWS = ".peg-grid tbody > tr[id]:not(.peg-detail, .peg-group)";
let currentId = "";

export function rows() {
  return [...document.querySelectorAll(ROWS)].filter((row) => row.checkVisibility?.() !== false);
}

export function currentRow() {
  return document.activeElement?.closest?.(ROWS) ?? document.querySelector(`${ROWS}.is-current`);
}

export function moveTo(row) {
  if (!row) return;
  document.querySelector(`${ROWS}.is-current`)?.classList.remove("is-current");
  row.classList.add("is-current");
  currentId = row.id;
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

export function move(step) {
  const all = rows();
  const at = all.indexOf(currentRow());
  moveTo(all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)]);
}

export function clearCurrent() {
  const row = document.querySelector(`${ROWS}.is-current`);
  row?.classList.remove("is-current");
  currentId = "";
  return Boolean(row);
}

// Press what a mark names in the current row; a closed menu's lines can be pressed, too.
export function press(mark) {
  const spot = currentRow()?.querySelector(mark);
  if (!spot) return false;
  spot.click();
  return true;
}

function toggleDetail(button) {
  const row = button.closest("tr");
  const open = button.getAttribute("aria-expanded") === "true";
  button.setAttribute("aria-expanded", String(!open));
  if (open) {
    if (row.nextElementSibling?.matches(".peg-detail")) row.nextElementSibling.remove();
    return;
  }
  const detail = document.createElement("tr");
  detail.className = "peg-detail";
  const cell = detail.insertCell();
  cell.colSpan = row.cells.length;
  cell.textContent = "Loading…";
  row.after(detail);
  window.htmx.ajax("GET", button.dataset.expand, { source: button, target: cell, swap: "innerHTML" });
}

on("click", "[data-expand]", toggleDetail);
on("focusin", ROWS, (row) => {
  if (row.id === currentId) return;
  document.querySelector(`${ROWS}.is-current`)?.classList.remove("is-current");
  currentId = row.id;
  if (row.matches(":focus-visible")) row.classList.add("is-current");
});

// A row that was drawn again keeps its place and blinks once.
document.addEventListener("htmx:after:settle", ({ detail }) => {
  for (const node of detail.newContent ?? []) {
    if (node instanceof HTMLTableRowElement && node.id) node.classList.add("is-new");
  }
  if (currentId && !document.querySelector(`${ROWS}.is-current`)) document.getElementById(currentId)?.classList.add("is-current");
});
