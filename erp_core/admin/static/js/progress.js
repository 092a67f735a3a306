// Progress of jobs: htmx asks every two seconds; this keeps the page's title current and stops asking when hidden.

const title = document.title;

function draw() {
  const bar = document.querySelector("[data-polling] progress");
  if (!bar) {
    if (document.title !== title && document.title.startsWith("(")) document.title = title;
    return;
  }
  const percent = Math.floor((100 * bar.value) / (bar.max || 1));
  document.title = `(${percent} %) ${title}`;
}

document.addEventListener("htmx:before:request", (event) => {
  if (document.hidden && event.detail.ctx.sourceElement.matches("[data-polling]")) event.preventDefault();
});
document.addEventListener("htmx:after:settle", draw);
draw();
