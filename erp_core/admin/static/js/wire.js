// What every htmx request shares: the token, error answers, the thin bar, the lost connection.
import { announce, keepFlashes, toast } from "pegboard/toast";
import { on } from "pegboard/delegate";

const SLOW = 400;
const bar = document.getElementById("bar");
const lost = document.getElementById("lost");
let open = 0;
let timer = 0;
let failed = null;

document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  ctx.request.headers["X-CSRFToken"] = document.querySelector("meta[name=csrf-token]")?.content ?? "";
  // A list's address says only what is set.
  if (ctx.sourceElement.matches("[data-list-form]")) {
    for (const [key, value] of [...ctx.request.body]) if (value === "") ctx.request.body.delete(key);
  }
});

document.addEventListener("htmx:before:request", () => {
  open += 1;
  timer ||= setTimeout(() => bar?.classList.add("is-on"), SLOW);
});
document.addEventListener("htmx:finally:request", () => {
  open = Math.max(0, open - 1);
  if (open) return;
  clearTimeout(timer);
  timer = 0;
  bar?.classList.remove("is-on");
});

// An answer of 400 and more is not put into the page, except a form sent back with its complaints.
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  if (lost) lost.hidden = true;
  const { status, raw } = ctx.response;
  if (leavesPage(ctx, raw)) return;
  if (status < 400) return;
  const problem = complaint(ctx.text);
  if (status === 422 && !problem) return;
  ctx.swap = "none";
  report(ctx.sourceElement, problem ?? `The server could not do this (${status}). Nothing was saved.`);
});

// A dialog's form that ends in a redirect brought a whole page. If it is this list, take its rows; else go there.
function leavesPage(ctx, raw) {
  const whole = /^\s*<!doctype/i.test(ctx.text ?? "");
  if (!whole || ctx.select || ctx.target?.id !== "dialog" || !raw.redirected) return false;
  const page = new DOMParser().parseFromString(ctx.text, "text/html");
  if (page.getElementById("list") && new URL(raw.url).pathname === location.pathname) {
    Object.assign(ctx, { target: document.getElementById("list"), select: "#list", swap: "outerHTML", selectOOB: "#flash:outerHTML" });
  } else {
    ctx.swap = "none";
    keepFlashes(page);
    location.assign(raw.url);
  }
  return true;
}

function complaint(text) {
  const found = new DOMParser().parseFromString(text ?? "", "text/html").querySelector("[data-error]");
  return found ? found.textContent.replace(/\s+/g, " ").trim() : null;
}

// Inside a dialog the sentence stands above the form, which keeps what was typed.
function report(source, sentence) {
  const body = source?.closest?.("#dialog")?.querySelector(".peg-dialog-body");
  if (!body) return toast({ text: sentence, kind: "missing" });
  body.querySelector(":scope > .peg-errors")?.remove();
  const box = document.createElement("div");
  box.className = "peg-errors";
  box.setAttribute("role", "alert");
  box.textContent = sentence;
  body.prepend(box);
  body.scrollTop = 0;
}

document.addEventListener("htmx:error", ({ detail }) => {
  if (detail.error?.name === "AbortError" || !detail.ctx || detail.ctx.response) return;
  failed = detail.ctx.sourceElement;
  if (lost) lost.hidden = false;
});
on("click", "[data-retry]", () => {
  lost.hidden = true;
  if (!failed?.isConnected) location.reload();
  else if (failed.matches("form")) failed.requestSubmit();
  else failed.click();
});

// The list was taken afresh: say how much it shows.
document.addEventListener("htmx:after:settle", () => {
  const list = document.getElementById("list");
  if (list?.dataset.summary && list.dataset.summary !== list.dataset.said) {
    list.dataset.said = list.dataset.summary;
    announce(list.dataset.summary);
  }
});
