// The column chooser: a column moves up or down in the list, and the focus goes with it.
import { on } from "pegboard/delegate";
import { announce } from "pegboard/toast";

on("click", "[data-move]", (button) => {
  const line = button.closest("li");
  const up = button.dataset.move === "-1";
  const other = up ? line.previousElementSibling : line.nextElementSibling;
  if (!other) return;
  if (up) other.before(line);
  else other.after(line);
  button.focus();
  const place = [...line.parentElement.children].indexOf(line) + 1;
  announce(`${line.querySelector("span").textContent}: place ${place} of ${line.parentElement.childElementCount}`);
});
