// Menus are popovers: placed beside their button, arrows move, letters jump, Esc returns (the browser's part).

const GAP = 4;

document.addEventListener("toggle", (event) => {
  const menu = event.target;
  if (!(menu instanceof HTMLElement) || !menu.matches(".peg-menu[popover]")) return;
  const button = document.querySelector(`[popovertarget="${menu.id}"]`);
  button?.setAttribute("aria-expanded", String(event.newState === "open"));
  if (event.newState !== "open" || !button) return;
  place(menu, button);
  (menu.querySelector(ITEMS) ?? menu.querySelector("select, input:not([type=hidden])"))?.focus();
}, true);

const ITEMS = "[role^=menuitem]";

function place(menu, button) {
  const from = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = from.bottom + GAP + height <= innerHeight || from.top < height;
  const left = Math.min(Math.max(8, from.right - width), innerWidth - width - 8);
  menu.style.left = `${from.left + width <= innerWidth - 8 && from.left < innerWidth / 2 ? from.left : left}px`;
  menu.style.top = `${Math.max(8, below ? Math.min(from.bottom + GAP, innerHeight - height - 8) : from.top - height - GAP)}px`;
}

document.addEventListener("keydown", (event) => {
  const menu = event.target instanceof Element && event.target.closest(".peg-menu[role=menu]");
  if (!menu) return;
  const items = [...menu.querySelectorAll(ITEMS)].filter((item) => !item.disabled);
  const at = items.indexOf(document.activeElement);
  const next = target(event, items, at);
  if (!next) return;
  event.preventDefault();
  event.stopPropagation();
  next.focus();
});

function target(event, items, at) {
  if (event.key === "ArrowDown") return items[(at + 1) % items.length];
  if (event.key === "ArrowUp") return items[(at - 1 + items.length) % items.length];
  if (event.key === "Home") return items[0];
  if (event.key === "End") return items.at(-1);
  if (event.key.length !== 1 || event.key === " " || event.ctrlKey || event.metaKey) return null;
  const order = [...items.slice(at + 1), ...items.slice(0, at + 1)];
  return order.find((item) => item.textContent.trim().toLowerCase().startsWith(event.key.toLowerCase()));
}

// A chosen line closes its menu; radio lines stay to be compared.
document.addEventListener("click", (event) => {
  const item = event.target instanceof Element && event.target.closest(".peg-menu [role=menuitem]");
  if (item && !item.dataset.confirm) item.closest("[popover]")?.hidePopover();
});
addEventListener("scroll", () => document.querySelector(".peg-menu:popover-open")?.hidePopover(), { capture: true, passive: true });
