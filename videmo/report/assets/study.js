/* Sort tables by a column, copy the methods, and open what is folded before printing. */
const collator = new Intl.Collator(undefined, { numeric: true });

function valueOf(row, column) {
  const cell = row.children[column], text = cell.title || cell.textContent.trim(); // all digits, where they are rounded
  const number = Number(text);
  return text !== "" && Number.isFinite(number) ? number : text;
}

// Cells without a value stand last, whichever way the others are sorted.
function compare(a, b, way) {
  if (a === "" || b === "") return a === b ? 0 : a === "" ? 1 : -1;
  return way * order(a, b);
}

function order(a, b) {
  return typeof a === "number" && typeof b === "number" ? a - b : collator.compare(String(a), String(b));
}

for (const table of document.querySelectorAll("table.values")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    head.querySelector("button").addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = [...table.tBodies[0].rows];
      rows.sort((a, b) => compare(valueOf(a, column), valueOf(b, column), down ? -1 : 1));
      table.tBodies[0].append(...rows);
    });
  });
}

const copy = document.getElementById("copy");
if (copy && navigator.clipboard) {
  copy.hidden = false;
  copy.addEventListener("click", () => {
    navigator.clipboard.writeText(document.getElementById("methods-text").textContent).then(
      () => { copy.textContent = "Copied"; },
      () => { copy.textContent = "Select the text and copy it"; },
    );
  });
}

addEventListener("beforeprint", () => {
  for (const folded of document.querySelectorAll("details")) folded.open = true;
});
