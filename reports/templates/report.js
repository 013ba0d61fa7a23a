"use strict";
// Folding, sorting, filtering and the colour theme. Without this script the page says the same.

const sections = [...document.querySelectorAll("details")];

function reveal(target) {
  for (let at = target && target.closest("details"); at; at = at.parentElement.closest("details"))
    at.open = true;
}

function followHash() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  reveal(target);
  target.scrollIntoView();
}

const folds = document.querySelector(".folds");
if (folds) {
  document.getElementById("unfold").addEventListener("click", () => {
    for (const section of document.querySelectorAll("details.chapter")) section.open = true;
  });
  document.getElementById("fold").addEventListener("click", () => {
    for (const section of sections) section.open = false;
  });
  folds.hidden = false;
  addEventListener("hashchange", followHash);
  followHash();
  // Paper cannot be unfolded.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details.chapter:not([open])")];
    for (const section of closed) section.open = true;
  });
  addEventListener("afterprint", () => {
    for (const section of closed) section.open = false;
  });
}

const table = document.querySelector("table.scores.all");

function sortBy(header) {
  const index = [...header.parentElement.children].indexOf(header);
  const ascending = header.getAttribute("aria-sort") !== "ascending";
  for (const other of header.parentElement.children)
    if (other.hasAttribute("aria-sort")) other.setAttribute("aria-sort", "none");
  header.setAttribute("aria-sort", ascending ? "ascending" : "descending");
  const key = (row) => row.children[index].dataset.sort;
  const compare = (a, b) => {
    const [x, y] = [key(a), key(b)];
    // What has no value comes last, whatever the direction.
    if (x === undefined || y === undefined) return (x === undefined) - (y === undefined);
    const order = index === 0 ? x.localeCompare(y) : Number(x) - Number(y);
    return ascending ? order : -order;
  };
  const body = table.tBodies[0];
  body.append(...[...body.rows].sort(compare));
}

function show(family, buttons) {
  let shown = 0;
  for (const row of table.tBodies[0].rows) {
    row.hidden = family !== "" && row.dataset.family !== family;
    if (!row.hidden) shown += 1;
  }
  for (const button of buttons)
    button.setAttribute("aria-pressed", String(button.dataset.family === family));
  document.getElementById("shown").textContent =
    `${shown} of ${table.tBodies[0].rows.length} observables`;
}

if (table) {
  for (const button of table.querySelectorAll("thead button"))
    button.addEventListener("click", () => sortBy(button.parentElement));
  const filter = document.querySelector(".filter");
  const buttons = [...filter.querySelectorAll("button")];
  for (const button of buttons)
    button.addEventListener("click", () => show(button.dataset.family, buttons));
  filter.hidden = false;
}

