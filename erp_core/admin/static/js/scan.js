// A scanner types a code and Enter: each scan adds one to the row that knows the code. The focus stays.
import { on } from "pegboard/delegate";

on("keydown", "[data-scan]", (input, event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  const code = input.value.trim();
  const said = document.getElementById(input.getAttribute("aria-describedby"));
  const form = input.closest("form");
  if (code) say(said, ...scan(form, code));
  input.value = "";
  input.focus();
});

// Returns what to say and whether it is a complaint.
function scan(form, code) {
  const rows = [...form.querySelectorAll("[data-codes]")];
  const first = rows.filter((row) => JSON.parse(row.dataset.codes)[0] === code);
  const found = first.length ? first : rows.filter((row) => JSON.parse(row.dataset.codes).includes(code));
  if (!found.length) return [`“${code}” is no SKU or barcode of this list. Nothing was counted.`, true];
  if (found.length > 1) return [`${found.length} lines have the barcode “${code}”. Scan or type the SKU.`, true];
  startAtZero(form);
  const box = found[0].querySelector("[data-counted]");
  const units = (Number.parseInt(box.value, 10) || 0) + 1;
  box.value = String(units);
  const open = Number(found[0].dataset.open);
  const words = `${JSON.parse(found[0].dataset.codes)[0]}: ${units} of ${open}`;
  return units > open ? [`${words}. That is more than is open.`, true] : [words, false];
}

// What was only proposed is counted from 0; what somebody typed stays.
function startAtZero(form) {
  if (form.dataset.counting) return;
  form.dataset.counting = "yes";
  for (const box of form.querySelectorAll("[data-counted]")) if (box.value === box.defaultValue) box.value = "0";
}

function say(place, words, wrong) {
  place.textContent = words;
  place.classList.toggle("peg-role-missing", wrong);
}
