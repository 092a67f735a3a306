// Toasts: polite, six seconds, kept while hovered or focused, Undo where the act can be reversed, at most three.
import { element, icon } from "pegboard/delegate";

const STAY = 6000;
const MOST = 3;
const KEPT = "peg:flashes";
const ICONS = { ok: "circle-check", wait: "alert-triangle", missing: "alert-circle", "": "info-circle" };
const box = document.getElementById("toasts");

export function toast({ text, undo_url: undo, link, kind = "ok" }) {
  if (!box || !text) return;
  const close = element("button", { type: "button", class: "peg-toast-close", "aria-label": "Dismiss" }, icon("x"));
  const item = element("div", { class: "peg-toast" }, icon(ICONS[kind] ?? ICONS[""]), element("p", {}, text));
  if (kind === "missing") item.setAttribute("role", "alert");
  if (link) item.append(element("a", { href: link.url, class: "peg-toast-link" }, link.label));
  if (undo) item.append(undoButton(undo, item));
  item.append(close);
  close.addEventListener("click", () => leave(item));
  box.append(item);
  while (box.children.length > MOST) box.firstElementChild.remove();
  raise();
  // An error stays until it was read.
  if (kind !== "missing") linger(item);
}

function undoButton(url, item) {
  const button = element("button", { type: "button" }, "Undo");
  button.addEventListener("click", () => {
    leave(item);
    const list = document.getElementById("list") ? { target: "#list", select: "#list", swap: "outerHTML", selectOOB: "#flash:outerHTML" } : { target: "#main", swap: "none" };
    window.htmx.ajax("POST", url, list).then(() => { if (!document.getElementById("list")) location.reload(); });
  });
  return button;
}

function linger(item) {
  let timer = setTimeout(() => leave(item), STAY);
  const hold = () => clearTimeout(timer);
  const go = () => { clearTimeout(timer); timer = setTimeout(() => leave(item), STAY); };
  item.addEventListener("pointerenter", hold);
  item.addEventListener("focusin", hold);
  item.addEventListener("pointerleave", () => { if (!item.contains(document.activeElement)) go(); });
  item.addEventListener("focusout", () => { if (!item.matches(":hover")) go(); });
}

function leave(item) {
  item.remove();
  if (!box.children.length && box.matches(":popover-open")) box.hidePopover();
}

// The top layer, and the top of it: above an open dialog.
function raise() {
  if (!box.showPopover) return;
  if (box.matches(":popover-open")) box.hidePopover();
  box.showPopover();
}

export function announce(sentence) {
  const place = document.getElementById("said") ?? document.body.appendChild(element("div", { id: "said", class: "peg-sr", role: "status" }));
  place.textContent = sentence;
}

const asToast = (note) => ({ text: note.textContent.trim(), kind: note.dataset.flash || "ok", undo_url: note.dataset.undo });

function takeFlashes(root) {
  for (const note of root.querySelectorAll("#flash [data-flash]")) {
    toast(asToast(note));
    note.remove();
  }
}

// Messages of a page that a script fetched before the browser went there.
export function keepFlashes(page) {
  sessionStorage.setItem(KEPT, JSON.stringify([...page.querySelectorAll("#flash [data-flash]")].map(asToast)));
}

document.addEventListener("toast", ({ detail }) => toast({ kind: "ok", ...detail, text: detail.text ?? detail.value }));
document.addEventListener("htmx:after:settle", () => takeFlashes(document));
takeFlashes(document);
for (const kept of JSON.parse(sessionStorage.getItem(KEPT) ?? "[]")) toast(kept);
sessionStorage.removeItem(KEPT);
