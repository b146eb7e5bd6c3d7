"use strict";
const pages = Array.from(document.querySelectorAll("main > div"));
const button = document.getElementById("language");
function show(page) {
  for (const one of pages) one.hidden = one !== page;
  document.documentElement.lang = page.lang;
  const other = pages.find((one) => one !== page);
  button.textContent = other.dataset.name;
  button.lang = other.lang;
}
button.addEventListener("click", () => show(pages.find((one) => one.hidden)));
button.hidden = false;
function value(row, column) {
  const cell = row.cells[column];
  return cell.dataset.value === undefined ? cell.textContent : Number(cell.dataset.value);
}
function sort(table, column, head) {
  const heads = Array.from(table.tHead.rows[0].cells);
  const falls = head.getAttribute("aria-sort") !== "descending";
  for (const one of heads) one.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", falls ? "descending" : "ascending");
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  rows.sort((one, other) => {
    const [a, b] = [value(one, column), value(other, column)];
    const order = typeof a === "number" ? a - b : a.localeCompare(b);
    return falls ? -order : order;
  });
  body.append(...rows);
}
for (const table of document.querySelectorAll("table.sortable")) {
  Array.from(table.tHead.rows[0].cells).forEach((head, column) => {
    head.querySelector("button").addEventListener("click", () => sort(table, column, head));
  });
}
