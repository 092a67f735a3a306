// A lookup in a long table: type, choose. The hidden input holds the key (or keys, separated) as the form expects it.
import { element, icon, on } from "pegboard/delegate";

const PAUSE = 200;

function build(box) {
  const hidden = box.querySelector("input[data-url]");
  if (!hidden || box.dataset.ready) return;
  box.dataset.ready = "yes";
  const state = { box, hidden, many: hidden.dataset.multiple === "1", chosen: initial(hidden), asked: 0 };
  state.tags = element("div", { class: "peg-combo-tags" });
  state.list = element("ul", { class: "peg-combo-list", role: "listbox", id: `${hidden.id}-list`, hidden: "" });
  state.list.setAttribute("aria-label", "Choices");
  state.input = element("input", {
    type: "text", id: `${hidden.id}-text`, class: hidden.dataset.class, role: "combobox", autocomplete: "off",
    "aria-expanded": "false", "aria-controls": state.list.id, "aria-autocomplete": "list", placeholder: hidden.dataset.placeholder ?? "",
  });
  for (const name of ["aria-describedby", "aria-invalid"]) {
    if (hidden.hasAttribute(name)) state.input.setAttribute(name, hidden.getAttribute(name));
  }
  box.append(...(state.many ? [state.tags] : []), state.input, state.list);
  state.input.addEventListener("input", () => ask(state));
  state.input.addEventListener("focus", () => { if (Number(hidden.dataset.minimumInputLength) === 0) ask(state); });
  state.input.addEventListener("keydown", (event) => steer(state, event));
  state.input.addEventListener("blur", () => setTimeout(() => leave(state), 150));
  draw(state);
}

function initial(hidden) {
  const json = hidden.dataset.json ? JSON.parse(hidden.dataset.json) : null;
  if (!json) return [];
  return hidden.dataset.multiple === "1" ? json : [json];
}

function draw(state) {
  const { hidden, chosen, many, input, tags } = state;
  hidden.value = chosen.map(([key]) => key).join(hidden.dataset.separator ?? ",");
  if (!many) input.value = chosen[0]?.[1] ?? "";
  tags.replaceChildren(...chosen.map(([key, label]) => {
    const remove = element("button", { type: "button", "aria-label": `Remove ${label}` }, icon("x"));
    remove.addEventListener("click", () => { state.chosen = chosen.filter(([other]) => other !== key); draw(state); input.focus(); });
    return element("span", { class: "peg-tag" }, label, remove);
  }));
}

async function ask(state) {
  const turn = ++state.asked;
  const query = state.input.value.trim();
  if (query.length < Number(state.hidden.dataset.minimumInputLength ?? 1)) return close(state);
  await new Promise((done) => setTimeout(done, PAUSE));
  if (turn !== state.asked) return;
  const url = new URL(state.hidden.dataset.url, location.href);
  url.search = new URLSearchParams({ ...Object.fromEntries(url.searchParams), query, offset: 0, limit: 10 });
  const answer = await fetch(url).catch(() => null);
  if (turn === state.asked) fill(state, answer?.ok ? await answer.json() : []);
}

function fill(state, found) {
  const options = found.map(([key, label], place) => {
    const option = element("li", { role: "option", id: `${state.list.id}-${place}`, "aria-selected": String(place === 0) }, label);
    option.addEventListener("pointerdown", (event) => { event.preventDefault(); take(state, [key, label]); });
    option.pair = [key, label];
    return option;
  });
  const none = element("li", { class: "peg-combo-note", role: "option", "aria-disabled": "true", "aria-selected": "false" }, "Nothing found");
  state.list.replaceChildren(...(options.length ? options : [none]));
  state.list.hidden = false;
  state.input.setAttribute("aria-expanded", "true");
  state.input.setAttribute("aria-activedescendant", options[0]?.id ?? "");
}

function take(state, pair) {
  const others = state.chosen.filter(([key]) => key !== pair[0]);
  state.chosen = state.many ? [...others, pair] : [pair];
  if (state.many) state.input.value = "";
  draw(state);
  close(state);
  state.hidden.dispatchEvent(new Event("change", { bubbles: true }));
}

function close(state) {
  state.asked += 1;
  state.list.hidden = true;
  state.input.setAttribute("aria-expanded", "false");
  state.input.removeAttribute("aria-activedescendant");
}

// Left without choosing: an emptied text empties the field, other text goes back to the choice.
function leave(state) {
  close(state);
  if (!state.many && !state.input.value.trim()) state.chosen = [];
  draw(state);
}

function steer(state, event) {
  const options = [...state.list.querySelectorAll("[role=option]:not([aria-disabled])")];
  const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  const open = !state.list.hidden;
  if (event.key === "Escape" && open) close(state);
  else if (event.key === "Enter" && open && options[at]) take(state, options[at].pair);
  else if (event.key === "ArrowDown" && !open) ask(state);
  else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && open) point(state, options, at + (event.key === "ArrowDown" ? 1 : -1));
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function point(state, options, place) {
  const next = options[Math.min(Math.max(place, 0), options.length - 1)];
  for (const option of options) option.setAttribute("aria-selected", String(option === next));
  state.input.setAttribute("aria-activedescendant", next?.id ?? "");
  next?.scrollIntoView({ block: "nearest" });
}

const buildAll = (root) => { for (const box of root.querySelectorAll("[data-combobox]")) build(box); };
buildAll(document);
document.addEventListener("htmx:after:settle", ({ target }) => { if (target instanceof Element) buildAll(target); });
on("click", "[data-inline-add]", () => setTimeout(() => buildAll(document)));
