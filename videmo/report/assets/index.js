// The page of a folder: courses and shares in colour, sorting, filtering, and the map of all recordings.

const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const table = byId("rows"), rows = Array.from(table.rows);
const dark = matchMedia("(prefers-color-scheme: dark)");

// Two characters per part: which emotion, and how clear in tenths; "." where nobody was seen.
function courseOf(text) {
  const parts = [];
  for (let place = 0; place < text.length; place += 2) {
    const emotion = text[place] === "." ? -1 : Number(text[place]);
    parts.push({ emotion, clear: Number(text[place + 1]) / 9 });
  }
  return parts;
}

function shade(colour, strength) {
  const [red, green, blue] = [1, 3, 5].map((place) => parseInt(colour.slice(place, place + 2), 16));
  return `rgb(${red} ${green} ${blue} / ${strength.toFixed(2)})`;
}

const strength = (clear) => 0.3 + 0.7 * clear;

for (const strip of document.querySelectorAll("[data-course]")) {
  const parts = courseOf(strip.dataset.course);
  const stops = parts.map(({ emotion, clear }, place) => {
    const colour = emotion < 0 ? "transparent" : shade(data.colours[emotion], strength(clear));
    return `${colour} ${(100 * place) / parts.length}% ${(100 * (place + 1)) / parts.length}%`;
  });
  if (stops.length) strip.style.backgroundImage = `linear-gradient(to right, ${stops.join(",")})`;
}

for (const cell of document.querySelectorAll("[data-heat]")) {
  const emotion = Number(cell.dataset.heat), share = Number(cell.parentElement.dataset[data.emotions[emotion]]);
  // Not so dark that black or white text becomes unreadable.
  if (share > 0) cell.style.backgroundColor = shade(data.colours[emotion], 0.06 + 0.5 * share);
}

// Sorting

const numeric = new Set(["duration", "people", "usable", ...data.emotions]);

function sort(button) {
  const heading = button.closest("th"), key = button.dataset.by;
  const before = heading.getAttribute("aria-sort");
  // Numbers start with the largest, names with A.
  const direction = before ? (before === "ascending" ? -1 : 1) : numeric.has(key) ? -1 : 1;
  document.querySelectorAll("thead th").forEach((other) => other.removeAttribute("aria-sort"));
  heading.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
  const value = (row) => row.dataset[key] ?? "";
  const compare = numeric.has(key)
    ? (a, b) => (value(a) === "" ? -1 : Number(value(a))) - (value(b) === "" ? -1 : Number(value(b)))
    : (a, b) => value(a).localeCompare(value(b), "en", { numeric: true });
  rows.sort((a, b) => direction * compare(a, b) || a.dataset.name.localeCompare(b.dataset.name, "en", { numeric: true }));
  table.append(...rows);
  drawMap();
}
document.querySelectorAll("thead button").forEach((button) => button.addEventListener("click", () => sort(button)));

// Filtering

const inputs = { name: byId("name"), quality: byId("quality"), dominant: byId("dominant") };

function filter() {
  const words = inputs.name.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of rows) {
    const name = row.dataset.name.toLowerCase();
    const fits = words.every((word) => name.includes(word))
      && (!inputs.quality.value || row.dataset.quality === inputs.quality.value)
      && (!inputs.dominant.value || row.dataset.dominant === inputs.dominant.value);
    row.hidden = !fits;
    shown += fits;
  }
  byId("count").textContent = `${shown} of ${rows.length}`;
  byId("none").hidden = shown > 0;
  drawMap();
}
Object.values(inputs).forEach((input) => input.addEventListener("input", filter));

// The map

const map = byId("map"), canvas = byId("canvas"), tip = byId("tip");
const mapped = () => rows.filter((row) => !row.hidden && row.dataset.strip);
const heightOf = (count) => Math.max(2, Math.min(18, Math.floor(420 / Math.max(1, count))));

function drawMap() {
  if (!map || !map.clientWidth) return;
  const lines = mapped(), each = heightOf(lines.length), gap = each > 5 ? 2 : each > 3 ? 1 : 0;
  const width = map.clientWidth, height = Math.max(1, lines.length * each), ratio = Math.max(1, devicePixelRatio || 1);
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  const empty = getComputedStyle(document.documentElement).getPropertyValue("--line");
  lines.forEach((row, place) => {
    const parts = courseOf(row.dataset.strip), wide = width / parts.length;
    parts.forEach(({ emotion, clear }, part) => {
      context.fillStyle = emotion < 0 ? empty : shade(data.colours[emotion], strength(clear));
      context.fillRect(part * wide, place * each, wide + 0.5, each - gap);
    });
  });
}

function under(event) {
  const lines = mapped(), box = canvas.getBoundingClientRect();
  const row = lines[Math.floor((event.clientY - box.top) / heightOf(lines.length))];
  return { row, x: event.clientX - box.left, y: event.clientY - box.top, share: (event.clientX - box.left) / box.width };
}

if (map) {
  map.addEventListener("pointermove", (event) => {
    const { row, x, y, share } = under(event);
    tip.hidden = !row;
    if (!row) return;
    const parts = courseOf(row.dataset.strip), part = parts[Math.min(parts.length - 1, Math.floor(share * parts.length))];
    const shows = part.emotion < 0 ? "nobody seen" : data.emotions[part.emotion];
    tip.textContent = `${row.dataset.name}: ${shows} at ${Math.round(share * 100)} %`;
    tip.style.left = `${Math.max(0, Math.min(x + 12, map.clientWidth - tip.offsetWidth))}px`;
    tip.style.top = `${y + 16}px`;
  });
  map.addEventListener("pointerleave", () => { tip.hidden = true; });
  map.addEventListener("click", (event) => under(event).row?.querySelector("a")?.click());
  new ResizeObserver(drawMap).observe(map);
  dark.addEventListener("change", drawMap);
}
