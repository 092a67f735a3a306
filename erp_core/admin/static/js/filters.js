// The "Filter" menu of a list with column filters: the value's control follows the chosen comparison.
import { element, on } from "pegboard/delegate";

const TYPES = { date: "date", datetime: "text", daterange: "text", int: "text", select2: "text" };

function drawValue(form) {
  const chosen = form.querySelector("#filter-kind").selectedOptions[0];
  const old = form.querySelector("#filter-value");
  const options = chosen.dataset.options ? JSON.parse(chosen.dataset.options) : null;
  const made = options
    ? element("select", { class: "form-select" }, ...options.map(([value, label]) => element("option", { value }, label)))
    : element("input", { class: "form-control", type: TYPES[chosen.dataset.type] ?? "text", autocomplete: "off" });
  made.id = "filter-value";
  made.name = `flt${form.dataset.addFilter}_${chosen.value}`;
  old.replaceWith(made);
}

on("change", "#filter-kind", (select) => drawValue(select.form));
document.addEventListener("toggle", (event) => {
  const form = event.target instanceof Element && event.target.matches("#filter-menu") && event.target.querySelector("form");
  if (form && event.newState === "open") drawValue(form);
}, true);
