// Forms: the first wrong field gets the focus, dates travel as the server reads them, work is not lost by accident.
import { on } from "pegboard/delegate";

function focusWrong(root) {
  const wrong = root.querySelector("form [aria-invalid=true]");
  if (wrong && !wrong.closest("dialog:not([open])")) wrong.focus();
}
focusWrong(document);
document.addEventListener("htmx:after:settle", ({ target }) => { if (target instanceof Element) focusWrong(target); });

// The browser writes 2026-11-22T10:00, the form reads 2026-11-22 10:00:00.
document.addEventListener("formdata", (event) => {
  for (const input of event.target.querySelectorAll("[data-datetime=space]")) {
    if (!input.value) continue;
    const [day, time] = input.value.split("T");
    event.formData.set(input.name, `${day} ${time.length === 5 ? `${time}:00` : time.split(".")[0]}`);
  }
});

// Sent once: the button rests until the answer or the next page; what is shown in a frame leaves the form as it is.
on("submit", "form.admin-form:not([hx-post])", (form, event) => {
  if (event.submitter?.formTarget) return;
  form.dataset.sent = "yes";
  for (const button of form.querySelectorAll("[type=submit]")) setTimeout(() => { button.disabled = true; });
});
on("input", "form.admin-form", (form) => { form.dataset.touched = "yes"; });
addEventListener("beforeunload", (event) => {
  const form = document.querySelector("main form.admin-form[data-touched]:not([data-sent])");
  if (form) event.preventDefault();
});
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("form.admin-form [type=submit]")) button.disabled = false;
});
