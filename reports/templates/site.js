"use strict";
// Sorting by a column, and the colour theme. Without this script the page says the same.

for (const table of document.querySelectorAll("table.sortable")) {
  for (const button of table.querySelectorAll("thead button")) {
    const header = button.parentElement;
    const index = [...header.parentElement.children].indexOf(header);
    button.addEventListener("click", () => {
      const descending = header.getAttribute("aria-sort") === "ascending";
      for (const other of table.querySelectorAll("[aria-sort]")) other.setAttribute("aria-sort", "none");
      header.setAttribute("aria-sort", descending ? "descending" : "ascending");
      const body = table.tBodies[0];
      const key = (row) => row.children[index].dataset.sort;
      const compare = (a, b) => {
        const [x, y] = [key(a), key(b)];
        // What has no value comes last, whatever the direction.
        if (x === undefined || y === undefined) return (x === undefined) - (y === undefined);
        return descending ? Number(y) - Number(x) : Number(x) - Number(y);
      };
      body.append(...[...body.rows].sort(compare));
    });
  }
}

