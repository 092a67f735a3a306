// Small things of the frame: menu on a phone, print, back, shares of a bar.
import { on } from "pegboard/delegate";

const side = document.getElementById("side");

export function toggleSide(open) {
  document.body.classList.toggle("peg-menu-open", open);
  const burger = document.querySelector(".peg-burger");
  burger?.setAttribute("aria-expanded", String(open));
  if (open) side.querySelector("a[aria-current], a")?.focus();
  else burger?.focus();
}

on("click", "[data-burger]", () => toggleSide(!document.body.classList.contains("peg-menu-open")));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && document.body.classList.contains("peg-menu-open")) toggleSide(false);
});

on("click", "[data-print]", () => window.print());
on("click", "[data-back]", () => (history.length > 1 ? history.back() : location.assign("/")));
window.addEventListener("beforeprint", () => {
  for (const place of document.querySelectorAll("[data-printed]")) place.textContent = new Date().toLocaleString();
});

// The strict content policy forbids style attributes; a share is data and becomes a width here.
function drawShares(root) {
  for (const part of root.querySelectorAll("[data-share]")) part.style.flexGrow = part.dataset.share;
}
drawShares(document);
document.addEventListener("htmx:after:settle", (event) => drawShares(event.target));
side?.querySelector("a[aria-current]")?.scrollIntoView({ block: "nearest" });
