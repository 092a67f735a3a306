// Rows inside a form: copy the template, give it the next free number, mark what will be deleted.
import { on } from "pegboard/delegate";

const PARTS = ["id", "name", "for", "aria-describedby"];

on("click", "[data-inline-add]", (button) => {
  const list = button.closest("[data-inline]");
  const rows = list.querySelector(":scope > [data-inline-rows]");
  const row = list.querySelector(":scope > template[data-inline-template]").content.firstElementChild.cloneNode(true);
  const prefix = `${list.dataset.inline}-${nextNumber(list, rows)}`;
  row.id = prefix;
  for (const part of PARTS) {
    for (const node of row.querySelectorAll(`[${part}]`)) {
      const old = node.getAttribute(part).replace(/^-/, "");
      node.setAttribute(part, old ? `${prefix}-${old}` : prefix);
    }
  }
  for (const node of row.querySelectorAll("[name='']")) node.name = prefix;
  rows.append(row);
  window.htmx?.process(row);
  row.querySelector("input:not([type=hidden]), select, textarea")?.focus();
});

function nextNumber(list, rows) {
  const used = [...rows.children].map((row) => Number(row.id.slice(list.dataset.inline.length + 1)));
  return Math.max(-1, ...used.filter(Number.isInteger)) + 1;
}

on("click", "[data-inline-remove]", (button) => {
  const list = button.closest("[data-inline]");
  button.closest("[data-inline-row]").remove();
  list.querySelector("[data-inline-add]").focus();
});
on("change", "[data-inline-delete]", (tick) => tick.closest("[data-inline-row]").classList.toggle("is-gone", tick.checked));
