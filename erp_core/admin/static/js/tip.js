// Tips in words for pills, icons and headings (data-tip). The words are also in the accessible name,
// so the tip itself is hidden from assistive technology.
import { element } from "pegboard/delegate";

const tip = document.body.appendChild(element("div", { class: "peg-tip", popover: "manual", "aria-hidden": "true" }));
let owner = null;
let timer = 0;

function show(node) {
  owner = node;
  clearTimeout(timer);
  timer = setTimeout(() => {
    if (owner !== node || !node.isConnected || !tip.showPopover) return;
    tip.textContent = node.dataset.tip;
    tip.showPopover();
    const at = node.getBoundingClientRect();
    const left = at.left + at.width / 2 - tip.offsetWidth / 2;
    tip.style.left = `${Math.min(Math.max(8, left), innerWidth - tip.offsetWidth - 8)}px`;
    const above = at.top - tip.offsetHeight - 6;
    tip.style.top = `${above > 4 ? above : at.bottom + 6}px`;
  }, 300);
}

function hide() {
  owner = null;
  clearTimeout(timer);
  if (tip.matches(":popover-open")) tip.hidePopover();
}

document.addEventListener("pointerover", (event) => {
  const node = event.target instanceof Element && event.target.closest("[data-tip]");
  if (node && node !== owner && event.pointerType === "mouse") show(node);
  else if (!node && owner) hide();
});
document.addEventListener("focusin", (event) => {
  const node = event.target instanceof Element && event.target.closest("[data-tip]");
  if (node && node.matches(":focus-visible")) show(node);
  else hide();
});
document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
document.addEventListener("click", hide, true);
addEventListener("scroll", hide, { capture: true, passive: true });
