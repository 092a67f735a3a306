// Theme, row height and single-letter keys: applied at once, remembered in a cookie so the server renders them.
import { on } from "pegboard/delegate";

const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");

const apply = {
  theme(value) {
    root.dataset.theme = value;
    root.dataset.bsTheme = value === "auto" ? (system.matches ? "dark" : "light") : value;
    document.dispatchEvent(new CustomEvent("peg:theme"));
  },
  density(value) { root.dataset.density = value; },
  keys(value) { root.dataset.keys = value; },
};

export function choose(name, value) {
  apply[name](value);
  document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax`;
  for (const item of document.querySelectorAll(`[data-set-${name}]`)) {
    item.setAttribute("aria-checked", String(item.getAttribute(`data-set-${name}`) === value));
  }
  tellServer(name, value);
}

function tellServer(name, value) {
  const url = document.querySelector("meta[name=preference-url]")?.content;
  if (!url) return;
  const token = document.querySelector("meta[name=csrf-token]").content;
  const body = new URLSearchParams({ name, value, csrf_token: token });
  fetch(url, { method: "POST", body, headers: { "X-CSRFToken": token } }).catch(() => {});
}

system.addEventListener("change", () => { if (root.dataset.theme === "auto") apply.theme("auto"); });
on("click", "[data-theme-toggle]", () => choose("theme", root.dataset.bsTheme === "dark" ? "light" : "dark"));
for (const name of Object.keys(apply)) {
  on("click", `[data-set-${name}]`, (item) => choose(name, item.getAttribute(`data-set-${name}`)));
}
