"use strict";
// Sorting, showing rows and the colour theme. Without this script the page says the same.

const table = document.querySelector("table.heat");

function sortBy(header) {
  const index = [...header.parentElement.children].indexOf(header);
  const descending = header.getAttribute("aria-sort") !== "descending";
  for (const other of header.parentElement.querySelectorAll("[aria-sort]")) other.setAttribute("aria-sort", "none");
  header.setAttribute("aria-sort", descending ? "descending" : "ascending");
  const key = (row) => row.children[index].dataset.sort;
  const compare = (a, b) => {
    const [x, y] = [key(a), key(b)];
    // What has no value comes last, whatever the direction.
    if (x === undefined || y === undefined) return (x === undefined) - (y === undefined);
    return descending ? Number(y) - Number(x) : Number(x) - Number(y);
  };
  const body = table.tBodies[0];
  body.append(...[...body.rows].sort(compare));
}

function show(which, buttons) {
  let shown = 0;
  for (const row of table.tBodies[0].rows) {
    row.hidden = which === "differs" && !("differs" in row.dataset);
    if (!row.hidden) shown += 1;
  }
  for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.rows === which));
  document.getElementById("shown").textContent = `${shown} of ${table.tBodies[0].rows.length} rows`;
}

for (const button of table.querySelectorAll("thead button"))
  button.addEventListener("click", () => sortBy(button.parentElement));
const filter = document.querySelector(".filter");
const buttons = [...filter.querySelectorAll("button")];
for (const button of buttons) button.addEventListener("click", () => show(button.dataset.rows, buttons));
filter.hidden = false;

// A figure that is linked to may be folded away.
function unfold() {
  const target = document.getElementById(location.hash.slice(1));
  const folded = target && target.closest("details:not([open])");
  if (folded) {
    folded.open = true;
    target.scrollIntoView();
  }
}
addEventListener("hashchange", unfold);
unfold();
addEventListener("beforeprint", () => {
  for (const folded of document.querySelectorAll("details.more")) folded.open = true;
});

