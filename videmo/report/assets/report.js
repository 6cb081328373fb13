// Wires up the page: buttons, keys, switches, and the panel of the current moment.

const byId = (id) => document.getElementById(id);
const portraits = new Map(
  Array.from(document.querySelectorAll("article.person > img"), (img) => [Number(img.parentElement.dataset.person), img.src]),
);

function pressed(button, on) { button.setAttribute("aria-pressed", String(on)); }

function switchFor(label, on, act, colourClass = "") {
  const button = element("button", { type: "button" });
  if (colourClass) button.append(element("span", { className: `swatch ${colourClass}` }));
  button.append(element("bdi", { textContent: label }));
  pressed(button, on);
  button.addEventListener("click", () => {
    const now = button.getAttribute("aria-pressed") !== "true";
    pressed(button, now);
    act(now);
  });
  return button;
}

const switches = byId("switches");
data.emotions.forEach((emotion, index) =>
  switches.append(switchFor(emotion, true, (on) => timeline.switchEmotion(index, on), emotion)));
switches.append(element("span", { className: "gap" }));
persons.forEach((person) =>
  switches.append(switchFor(person.name, person.shown, (on) => { timeline.switchPerson(person.number, on); buildNow(); }, "")));

let cards = [];
function buildNow() {
  const list = byId("now");
  if (!list) return;
  const people = timeline.visible().slice(0, 8);
  list.classList.toggle("compact", people.length > 2);
  cards = people.map((person) => {
    const face = portraits.has(person.number)
      ? element("img", { src: portraits.get(person.number), alt: "" })
      : portraits.size ? element("span", { className: "blank", title: "no picture" }) : ""; // where nobody has one, no circles
    const shows = element("span", { className: "shows" }), valence = element("span", { className: "valence" });
    const bars = element("div", { className: "bars" }), rows = [];
    data.emotions.forEach((emotion) => {
      const fill = element("div", { className: `fill ${emotion}` }), value = element("span", { className: "value" });
      bars.append(element("span", { textContent: emotion }), element("div", { className: "track" }, fill), value);
      rows.push({ fill, value });
    });
    const who = element("div", { className: "who" }, element("bdi", { textContent: person.name }), valence);
    const item = element("li", {}, element("div", { className: "head" }, face, who, shows), bars);
    return { person, item, shows, valence, rows };
  });
  list.replaceChildren(...cards.map((card) => card.item));
  showNow(clock.time);
}

function showNow(time) {
  for (const { person, item, shows, valence, rows } of cards) {
    const state = at(person, time), known = state?.probabilities;
    item.classList.toggle("gone", !known);
    shows.textContent = known ? shownText(known, state.other) : state ? state.outcome : "away";
    valence.textContent = known ? `valence ${signedText(state.valence)}` : "";
    rows.forEach(({ fill, value }, index) => {
      fill.style.width = known ? `${100 * known[index]}%` : "0";
      value.textContent = known ? percentText(known[index]) : "–";
    });
  }
  byId("time").textContent = `${clockText(time)} / ${clockText(data.duration)}`;
  byId("play").textContent = clock.playing ? "❚❚ Pause" : "▶ Play";
  byId("play").setAttribute("aria-label", clock.playing ? "Pause" : "Play");
}

byId("play").addEventListener("click", () => clock.toggle());
byId("zoom-in").addEventListener("click", () => timeline.zoom(0.5));
byId("zoom-out").addEventListener("click", () => timeline.zoom(2));
byId("zoom-all").addEventListener("click", () => timeline.all());
byId("previous").addEventListener("click", () => episodes.step(-1));
byId("next").addEventListener("click", () => episodes.step(1));
let styled = "lines";
for (const id of ["bands", "lines", "areas"]) {
  byId(id).addEventListener("click", () => {
    if (id !== "bands") {
      styled = id;
      timeline.areas = id === "areas";
    }
    timeline.openAll(id !== "bands");
  });
}

// Which of them is pressed follows from what is open.
function showStyle() {
  const open = timeline.layout().some((lane) => lane.open);
  for (const id of ["bands", "lines", "areas"]) pressed(byId(id), id === (open ? styled : "bands"));
}
timeline.onDraw(showStyle);

document.querySelectorAll("[data-seek]").forEach((button) => button.addEventListener("click", () => {
  const start = Number(button.dataset.seek), end = Number(button.dataset.until || start);
  const span = timeline.view.end - timeline.view.start;
  if (start < timeline.view.start || end > timeline.view.end) timeline.show(start - span / 2, end + span / 2);
  dock.goTo(start);
}));

// Keys that mean something else where the focus is: those of fields, of what is pressed, of what scrolls, of the video.
const TAKEN = [
  ["input, select, textarea", /./],
  ["button, summary, a", /^ $/],
  [".scroll", /^Arrow/],
  ["video", /^( |Arrow.*)$/],
];

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const where = event.target instanceof Element ? event.target : document.body;
  if (TAKEN.some(([what, keys]) => where.matches(what) && keys.test(event.key))) return;
  const step = Math.max(data.step, data.duration / Math.max(1, data.frames)) * (event.shiftKey ? 10 : 1);
  const acts = {
    ArrowLeft: () => clock.seek(clock.time - step),
    ArrowRight: () => clock.seek(clock.time + step),
    "+": () => timeline.zoom(0.5),
    "=": () => timeline.zoom(0.5),
    "-": () => timeline.zoom(2),
    "0": () => timeline.all(),
    "[": () => episodes.step(-1),
    "]": () => episodes.step(1),
    ",": () => stretch.frame(-1),
    ".": () => stretch.frame(1),
    l: () => stretch.turn(),
    " ": () => clock.toggle(),
  };
  // Elsewhere these scroll the page.
  const here = where !== timeline.plot ? {} : {
    ArrowDown: acts.ArrowLeft,
    ArrowUp: acts.ArrowRight,
    Home: () => clock.seek(0),
    End: () => clock.seek(data.duration),
    PageUp: () => timeline.pan(-0.5),
    PageDown: () => timeline.pan(0.5),
  };
  const act = acts[event.key] ?? acts[event.key.toLowerCase()] ?? here[event.key];
  if (act) { event.preventDefault(); act(); }
});

clock.follow((time) => { timeline.follow(time); showNow(time); });
buildNow();
timeline.draw();

byId("speed").addEventListener("change", (event) => { clock.speed = Number(event.target.value); });
byId("copy-link").addEventListener("click", async (event) => {
  const button = event.target, words = button.textContent;
  history.replaceState(null, "", `#t=${clock.time.toFixed(3)}`);
  try {
    await navigator.clipboard.writeText(location.href);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Copy it from the address bar";
  }
  setTimeout(() => { button.textContent = words; }, 2500);
});

// report.html#t=12.5 opens at that time; else the page opens at that of the still, which stands where the video will be.
function toHash() {
  const wanted = /^#t=(\d+(?:\.\d+)?)$/.exec(location.hash);
  if (wanted) clock.seek(Number(wanted[1]));
  return Boolean(wanted);
}
window.addEventListener("hashchange", toHash);
if (!toHash()) clock.seek(data.still);
