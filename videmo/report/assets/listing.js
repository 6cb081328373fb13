// The list of recordings: sorted, filtered, by folder or flat, folded.

const listing = (() => {
  const table = byId("rows");
  const bodies = Array.from(table.tBodies), groups = bodies.map((body) => body.querySelector(".group"));
  const rows = Array.from(table.querySelectorAll("tbody tr:not(.group)"));
  const homes = new Map(rows.map((row) => [row, row.parentElement]));
  const members = new Map(bodies.map((body) => [body, []]));
  rows.forEach((row) => members.get(row.parentElement).push(row));
  const numeric = new Set(["duration", "people", "usable", ...data.emotions]);
  const texts = new Map(rows.map((row) => [
    row, [row.dataset.name, ...Array.from(row.querySelectorAll(".who"), (who) => who.textContent)].join(" ").toLowerCase(),
  ]));
  const order = new Intl.Collator("en", { numeric: true });
  const inputs = { name: byId("name"), quality: byId("quality"), dominant: byId("dominant") };
  const changed = [];
  let key = "name", direction = 1, flat = false;

  const value = (row) => row.dataset[key] ?? "";
  const number = (row) => (value(row) === "" ? -1 : Number(value(row)));
  const visible = () => rows.filter((row) => !row.hidden && !row.classList.contains("folded"));
  const isFolded = (body) => body.querySelector(".group button")?.getAttribute("aria-expanded") === "false";

  function arrange() {
    const compare = numeric.has(key) ? (a, b) => number(a) - number(b) : (a, b) => order.compare(value(a), value(b));
    rows.sort((a, b) => direction * compare(a, b) || order.compare(a.dataset.name, b.dataset.name));
    const target = flat ? new Map([[bodies[0], rows]]) : new Map(bodies.map((body) => [body, []]));
    if (!flat) rows.forEach((row) => target.get(homes.get(row)).push(row));
    target.forEach((found, body) => body.append(...found));
    table.classList.toggle("flat", flat);
    refresh();
  }

  // Hides what is folded, and folders in which nothing is left.
  function refresh() {
    bodies.forEach((body, place) => {
      const group = groups[place];
      if (!group) return;
      const folded = isFolded(body) && !flat, own = members.get(body);
      own.forEach((row) => row.classList.toggle("folded", folded));
      group.hidden = flat || own.every((row) => row.hidden);
    });
    changed.forEach((listener) => listener());
  }

  function sort(wanted, way) {
    key = wanted;
    direction = way;
    table.querySelectorAll("thead th").forEach((heading) => {
      const own = heading.querySelector("button")?.dataset.by === key;
      if (own) heading.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
      else heading.removeAttribute("aria-sort");
    });
    const choice = byId("sort"), natural = naturally(key) === direction;
    choice.value = natural ? key : "";
    arrange();
  }

  // Numbers begin with the largest, names with A, quality with what needs a look.
  const naturally = (wanted) => (numeric.has(wanted) && wanted !== "usable" ? -1 : 1);

  function filter() {
    const words = inputs.name.value.toLowerCase().split(/\s+/).filter(Boolean);
    const lights = inputs.quality.value.split(" ").filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const fits = words.every((word) => texts.get(row).includes(word))
        && (!lights.length || lights.includes(row.dataset.quality) || ("doubtful" in row.dataset && lights.includes("doubtful")))
        && (!inputs.dominant.value || row.dataset.dominant === inputs.dominant.value);
      row.hidden = !fits;
      shown += fits;
    }
    byId("count").textContent = `${shown} of ${rows.length}`;
    byId("none").hidden = shown > 0;
    document.querySelectorAll("[data-light]").forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.light === inputs.quality.value));
    });
    refresh();
  }

  function quality(wanted) {
    inputs.quality.value = wanted;
    filter();
  }

  function fold(body, on) {
    body.querySelector(".group button").setAttribute("aria-expanded", String(!on));
  }

  table.querySelectorAll("thead button").forEach((button) => button.addEventListener("click", () => {
    const wanted = button.dataset.by;
    sort(wanted, wanted === key ? -direction : naturally(wanted));
  }));
  byId("sort").addEventListener("change", (event) => sort(event.target.value, naturally(event.target.value)));
  Object.values(inputs).forEach((input) => input.addEventListener("input", filter));
  document.querySelectorAll("[data-light]").forEach((button) => button.addEventListener("click", () => {
    quality(inputs.quality.value === button.dataset.light ? "" : button.dataset.light);
  }));
  byId("all-first")?.addEventListener("click", () => { quality(inputs.quality.lastElementChild.value); byId("list").scrollIntoView(); });
  groups.forEach((group, place) => group?.querySelector("button").addEventListener("click", () => {
    fold(bodies[place], !isFolded(bodies[place]));
    refresh();
  }));
  byId("fold")?.addEventListener("click", (event) => {
    const on = event.target.getAttribute("aria-pressed") !== "true";
    event.target.setAttribute("aria-pressed", String(on));
    bodies.forEach((body) => fold(body, on));
    refresh();
  });
  byId("by-folder")?.addEventListener("click", (event) => {
    flat = !flat;
    event.target.setAttribute("aria-pressed", String(!flat));
    byId("fold").disabled = flat;
    arrange();
  });

  return { rows, visible, inOrder: () => Array.from(table.querySelectorAll("tbody tr:not(.group, .folded, [hidden])")), onChange(listener) { changed.push(listener); } };
})();
