// Ctrl+K: the menu's entries at once, and what the server finds when the page names a search address.
import { element, icon, on } from "pegboard/delegate";

const box = document.getElementById("palette");
const input = box?.querySelector("input");
const list = document.getElementById("palette-list");
const searchUrl = document.querySelector("meta[name=search-url]")?.content;
let asked = 0;

export function openPalette() {
  if (!box || box.open) return;
  input.value = "";
  show(matches(""));
  box.showModal();
  input.focus();
}

function entries() {
  const links = [...document.querySelectorAll(".peg-nav a")];
  const acts = [...document.querySelectorAll(".peg-head-actions a.btn, .peg-head-actions button.btn")];
  return [
    ...links.map((node) => ({ node, text: node.querySelector("span").textContent, kind: "Go to" })),
    ...acts.filter((node) => !node.disabled).map((node) => ({ node, text: node.textContent.trim(), kind: "On this page" })),
  ];
}

// Every typed word must begin a word of the title.
function matches(query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const begins = (text, word) => text.toLowerCase().split(/[\s-]+/).some((part) => part.startsWith(word));
  return entries().filter(({ text }) => words.every((word) => begins(text, word)));
}

function show(found) {
  list.replaceChildren(...found.map(({ node, text, kind }) => {
    const use = node.querySelector("use")?.getAttribute("href").split("#")[1] ?? "arrow-right";
    const option = element("li", { role: "option", "aria-selected": "false" }, icon(use), element("span", {}, text), element("span", { class: "peg-sub" }, kind));
    option.addEventListener("click", () => { box.close(); node.click(); });
    return option;
  }));
  number();
}

function number() {
  [...list.querySelectorAll("[role=option]")].forEach((option, place) => { option.id = `palette-${place}`; });
  point(0);
}

function point(place) {
  const options = [...list.querySelectorAll("[role=option]")];
  options.forEach((option, index) => option.setAttribute("aria-selected", String(index === place)));
  input.setAttribute("aria-activedescendant", options[place]?.id ?? "");
  options[place]?.scrollIntoView({ block: "nearest" });
}

async function ask(query) {
  const turn = ++asked;
  if (!searchUrl || query.length < 2) return;
  await new Promise((done) => setTimeout(done, 150));
  if (turn !== asked) return;
  const answer = await fetch(`${searchUrl}?q=${encodeURIComponent(query)}`, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok || turn !== asked) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const link of page.querySelectorAll("a[href]")) {
    const option = element("li", { role: "option", "aria-selected": "false" }, ...link.childNodes);
    option.addEventListener("click", () => location.assign(link.getAttribute("href")));
    list.append(option);
  }
  number();
}

if (box) {
  input.addEventListener("input", () => { show(matches(input.value)); ask(input.value.trim()); });
  input.addEventListener("keydown", (event) => {
    const options = [...list.querySelectorAll("[role=option]")];
    const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown") point(Math.min(at + 1, options.length - 1));
    else if (event.key === "ArrowUp") point(Math.max(at - 1, 0));
    else if (event.key === "Enter") options[at]?.click();
    else return;
    event.preventDefault();
  });
  box.addEventListener("click", (event) => { if (event.target === box) box.close(); });
}
on("click", "[data-palette]", openPalette);
