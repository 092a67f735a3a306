// One <dialog> filled by htmx. Focus starts at the first choice and goes back to where it came from,
// to the same row even when that row was drawn again.
import { on } from "pegboard/delegate";

const dialog = document.getElementById("dialog");
const FIRST = [
  "[aria-invalid=true]", "[autofocus]", ".peg-dialog-body :is(input, select, textarea, button):not([type=hidden], :disabled)",
  ".peg-dialog-foot .btn-primary", "[data-close]",
];
let back = null;

// Remember where focus was: the element, and how to find it again in a new row.
function remember(source) {
  const row = source?.closest?.("tr[id], [data-row][id]");
  back = { source, row: row?.id, mark: source?.matches?.("[data-next]") ? "[data-next]" : "[popovertarget], [data-next]" };
}

export function showDialog() {
  if (!dialog.open) dialog.showModal();
  FIRST.map((wish) => dialog.querySelector(wish)).find(Boolean)?.focus();
}

export function closeDialog() {
  if (dialog?.open) dialog.close();
}

export function returnFocus(row, mark, source) {
  const again = row && document.getElementById(row);
  const spot = again?.querySelector(mark) ?? again;
  const visible = (node) => node?.isConnected && node.checkVisibility?.() !== false;
  (visible(spot) ? spot : visible(source) ? source : document.querySelector("#list a[href], h1, #main"))?.focus();
}

if (dialog) {
  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    if (ctx.target !== dialog || dialog.open) return;
    const menu = ctx.sourceElement.closest("[popover]");
    menu?.hidePopover();
    remember(menu ? document.querySelector(`[popovertarget="${menu.id}"]`) : ctx.sourceElement);
  });

  // Sent from the dialog and done: close it, unless the answer is its next step.
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    if (ctx.target === dialog && ctx.swap !== "none" && dialog.childElementCount && /peg-dialog-/.test(ctx.text)) showDialog();
    else if (fromDialog(ctx) && ctx.response.status < 400) closeDialog();
  });
  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
    if (fromDialog(ctx) && ctx.response?.status === 204) closeDialog();
  });

  dialog.addEventListener("close", () => {
    dialog.replaceChildren();
    const { row, mark, source } = back ?? {};
    // After the swap that replaced the row.
    setTimeout(() => returnFocus(row, mark ?? "a", source), 30);
  });
  document.addEventListener("dialog:close", closeDialog);
}

function fromDialog(ctx) {
  return ctx.request?.method !== "GET" && (dialog.contains(ctx.sourceElement) || ctx.target === dialog);
}

on("click", "dialog [data-close]", (button) => button.closest("dialog").close());
// A click on the backdrop hits the dialog element itself.
on("pointerdown", "dialog.peg-dialog", (node, event) => {
  if (event.target === node && !node.querySelector("form")) node.close();
});
on("keydown", "dialog form, form.admin-form", (form, event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit();
  }
});
