// Acts that leave the building ask first: what, how many, with what consequence. The button repeats the verb.
// data-confirm: the question, {n} is the number of selected rows; -detail, -verb and -role complete it.

const box = document.getElementById("confirm");
let waiting = null;

// In the capture phase, before htmx or the browser acts on the click.
document.addEventListener("click", (event) => {
  const source = event.target instanceof Element && event.target.closest("[data-confirm]");
  if (!source || !source.dataset.confirm || !box) return;
  if (source.dataset.confirmed) {
    delete source.dataset.confirmed;
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  ask(source);
}, true);

function ask(source) {
  const { confirm, confirmDetail = "", confirmVerb, confirmRole } = source.dataset;
  const count = document.querySelector("#bulk-bar [data-count]")?.textContent ?? "1";
  const words = (text) => text.replaceAll("{n}", count);
  box.querySelector("h2").textContent = words(confirm);
  box.querySelector("#confirm-detail").textContent = words(confirmDetail);
  box.querySelector(".peg-dialog-body").hidden = !confirmDetail;
  const ok = box.querySelector("[data-ok]");
  ok.textContent = confirmVerb || source.textContent.trim();
  ok.className = `btn btn-${confirmRole === "danger" ? "danger" : "primary"}`;
  const menu = source.closest("[popover]");
  menu?.hidePopover?.();
  waiting = { source, opener: menu ? document.querySelector(`[popovertarget="${menu.id}"]`) : source };
  box.returnValue = "";
  box.showModal();
  box.querySelector("[data-cancel]").focus();
}

if (box) {
  box.querySelector("[data-cancel]").addEventListener("click", () => box.close());
  box.querySelector("[data-ok]").addEventListener("click", () => box.close("ok"));
  box.addEventListener("close", () => {
    const { source, opener } = waiting ?? {};
    waiting = null;
    opener?.focus();
    if (box.returnValue !== "ok" || !source?.isConnected) return;
    source.dataset.confirmed = "yes";
    source.click();
  });
}
