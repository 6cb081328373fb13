// Wires up the page of a folder: the axis, the lines under pointer and keys, shares in colour, print.

const ticks = byId("ticks"), tip = byId("tip"), list = byId("list");

function tickStep(span, room) {
  const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];
  return steps.find((step) => span / step <= room / 70) || 14400;
}

function drawAxis() {
  if (lanes.how === "fit") {
    ticks.replaceChildren(element("span", { textContent: "start" }), element("span", { textContent: "end", className: "last" }));
    ticks.lastChild.style.left = "100%";
    return;
  }
  const { from, span } = lanes, step = tickStep(span, ticks.clientWidth || 300), made = [];
  for (let tick = Math.ceil(from / step - 1e-9) * step; tick <= from + span + 1e-9; tick += step) {
    const words = step < 1 ? clockText(tick) : clockText(tick).slice(0, -2);
    const mark = element("span", { textContent: words });
    const share = (tick - from) / span;
    mark.style.left = `${100 * share}%`;
    if (share > 0.95) mark.className = "last";
    made.push(mark);
  }
  ticks.replaceChildren(...made);
}

function rescale() {
  lanes.scale(listing.visible());
  drawAxis();
}

function colourShares(row) {
  row.querySelectorAll("[data-heat]").forEach((cell) => {
    const emotion = Number(cell.dataset.heat), share = Number(row.dataset[data.emotions[emotion]]);
    // Not so dark that black or white text becomes unreadable.
    if (share > 0) cell.style.backgroundColor = shade(data.colours[emotion], 0.06 + 0.5 * share);
  });
}

const soon = new IntersectionObserver((entries) => entries.forEach((entry) => {
  if (!entry.isIntersecting) return;
  colourShares(entry.target);
  soon.unobserve(entry.target);
}), { rootMargin: "600px 0px" });

for (const row of listing.rows) {
  soon.observe(row);
  const strip = row.querySelector("div.course");
  if (!strip) continue;
  strip.tabIndex = 0;
  strip.setAttribute("role", "slider");
  strip.setAttribute("aria-label", `Moment of ${row.dataset.name}`);
  strip.setAttribute("aria-valuemin", "0");
  strip.setAttribute("aria-valuemax", row.dataset.duration);
  strip.setAttribute("aria-valuenow", "0");
}

const rowOf = (event) => (event.target instanceof Element ? event.target.closest("div.course")?.closest("tr") : null);

function pointed(event) {
  const lane = event.target instanceof Element ? event.target.closest(".lane") : null;
  if (!lane) return null;
  const box = lane.getBoundingClientRect(), row = lane.closest("tr");
  const time = lanes.timeAt(row, (event.clientX - box.left) / box.width);
  return time === null ? null : { row, lane, time };
}

list.addEventListener("pointermove", (event) => {
  const found = event.pointerType === "touch" ? null : pointed(event);
  tip.hidden = !found;
  if (!found) return;
  tip.textContent = lanes.said(found.row, found.time, found.lane);
  const box = list.getBoundingClientRect();
  tip.style.left = `${Math.max(0, Math.min(event.clientX - box.left + 12, list.clientWidth - tip.offsetWidth))}px`;
  tip.style.top = `${event.clientY - box.top + 16}px`;
});
list.addEventListener("pointerleave", () => { tip.hidden = true; });
list.addEventListener("click", (event) => {
  const found = pointed(event);
  if (found) lanes.open(found.row, found.time);
});

function beside(row, way) {
  const there = listing.inOrder().filter((each) => each.querySelector("div.course"));
  return there[there.indexOf(row) + way];
}

list.addEventListener("keydown", (event) => {
  const row = rowOf(event);
  if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
  const duration = Number(row.dataset.duration), step = (duration / 60) * (event.shiftKey ? 5 : 1), time = lanes.timeOf(row);
  const go = (way) => beside(row, way)?.querySelector("div.course").focus();
  const acts = {
    ArrowLeft: () => lanes.choose(row, time - step),
    ArrowRight: () => lanes.choose(row, time + step),
    Home: () => lanes.choose(row, 0),
    End: () => lanes.choose(row, duration),
    ArrowUp: () => go(-1),
    ArrowDown: () => go(1),
    Enter: () => lanes.open(row, time),
  };
  if (!acts[event.key]) return;
  event.preventDefault();
  acts[event.key]();
});
list.addEventListener("focusin", (event) => {
  const row = rowOf(event);
  if (row) lanes.choose(row, lanes.timeOf(row));
});

byId("axis").addEventListener("change", (event) => { lanes.how = event.target.value; rescale(); });
listing.onChange(rescale);
new ResizeObserver(drawAxis).observe(ticks);
window.addEventListener("beforeprint", () => listing.visible().forEach((row) => { lanes.paint(row); colourShares(row); }));
rescale();
