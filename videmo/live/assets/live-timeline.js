// Draws what each person showed in the last minute: one lane per person, the newest cells on the right.

const byId = (id) => document.getElementById(id);
const data = JSON.parse(byId("data").textContent);

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function clockText(seconds) {
  const tenths = Math.max(0, Math.floor(seconds * 10 + 1e-6)), minutes = Math.floor(tenths / 600);
  const rest = `${String(Math.floor(tenths / 10) % 60).padStart(2, "0")}.${tenths % 10}`;
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}

const AWAY_S = 5;
const percentText = (share) => `${Math.round(100 * share)} %`;
const strongest = (p) => p.indexOf(Math.max(...p));
// The strongest of the words and its probability or, where the words more likely leave out what is shown, that of others.
const shownText = (p, other) =>
  `${data.emotions[strongest(p)]} ${other > data.likely ? `· other ${percentText(other)}` : percentText(p[strongest(p)])}`;

// A canvas as sharp as the screen, in units of CSS pixels.
function sharp(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  const across = Math.round(width * ratio), down = Math.round(height * ratio);
  if (canvas.width !== across || canvas.height !== down) {
    canvas.width = across;
    canvas.height = down;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

const timeline = (() => {
  const AXIS = 24, HEAD = 24, BODY = 72, BAND = 7, GAP = 12, LANE = HEAD + BODY + BAND + GAP, INSET = 2;
  const BRIDGE = 3; // cells: a gap of half a second doesn't break a line, as in the tables
  const RECENT = 12; // analysed cells from which the usual step between them is told
  const analysed = [];
  const cells = new Map(); // person → Map of cell → probabilities, and that of others
  const hiddenPeople = new Set(), emotions = new Set(data.emotions.map((_, index) => index));
  let newest = 0, now = 0;

  // A cell is sent again while it fills; the last version counts.
  function add(rows, time) {
    now = time;
    for (const [cell, person, p, other] of rows) {
      if (cell > newest) analysed.push(cell);
      if (analysed.length > RECENT) analysed.shift();
      newest = Math.max(newest, cell);
      if (!person) continue;
      if (!cells.has(person)) cells.set(person, new Map());
      cells.get(person).set(cell, { p, other });
    }
    const oldest = newest - Math.ceil(data.window / data.cell);
    for (const [person, course] of cells) {
      for (const cell of course.keys()) if (cell < oldest) course.delete(cell);
      if (!course.size) cells.delete(person);
    }
  }

  // Where fewer pictures are analysed than there are cells, one and a half of their steps don't break a line either.
  function bridge() {
    const steps = analysed.slice(1).map((cell, place) => cell - analysed[place]).sort((one, other) => one - other);
    return Math.max(BRIDGE, Math.ceil(1.5 * (steps[steps.length >> 1] ?? 1)));
  }

  const people = () => [...cells.keys()].sort((one, other) => one - other);
  const unseen = (person) => (newest - Math.max(...cells.get(person).keys())) * data.cell;
  const gone = (person) => unseen(person) >= AWAY_S;
  const shows = (person) => !hiddenPeople.has(person);
  // The plot fills from the left, and scrolls once it is full.
  const toX = (time, width) => INSET + ((time - Math.max(0, now - data.window)) / data.window) * (width - 2 * INSET);

  function draw() {
    const canvas = byId("lanes"), width = byId("plot").clientWidth;
    if (!width) return;
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    // Those who are gone make room for those who are there.
    const lanes = people().filter(shows).sort((one, other) => gone(one) - gone(other) || one - other);
    const height = AXIS + Math.max(1, lanes.length) * LANE;
    const context = sharp(canvas, width, height);
    context.clearRect(0, 0, width, height);
    context.textBaseline = "middle";
    drawAxis(context, width, height, colour);
    lanes.forEach((person, place) => drawLane(context, person, AXIS + place * LANE, width, colour));
    if (!lanes.length) {
      context.fillStyle = colour("--soft");
      context.font = "13px system-ui, sans-serif";
      context.textAlign = "center";
      context.fillText(cells.size ? "All persons are hidden." : "Nobody has been seen yet.", width / 2, AXIS + LANE / 2);
    }
  }

  function drawAxis(context, width, height, colour) {
    const step = width < 500 ? 20 : 10;
    context.font = "12px system-ui, sans-serif";
    context.textAlign = "center";
    for (let tick = Math.ceil(Math.max(0, now - data.window) / step) * step; tick <= Math.max(now, data.window); tick += step) {
      const x = Math.round(toX(tick, width)) + 0.5, words = clockText(tick).slice(0, -2);
      const half = context.measureText(words).width / 2 + 1;
      context.strokeStyle = colour("--line");
      context.beginPath(); context.moveTo(x, AXIS - 5); context.lineTo(x, height - GAP); context.stroke();
      context.fillStyle = colour("--soft");
      context.fillText(words, Math.min(Math.max(x, half), width - half), 9);
    }
  }

  function drawLane(context, person, top, width, colour) {
    const body = top + HEAD, bottom = body + BODY, course = cells.get(person), longest = bridge();
    context.fillStyle = colour("--ink");
    context.font = "600 12.5px system-ui, sans-serif";
    context.textAlign = "left";
    context.fillText(`Person ${person}`, INSET, top + 11);
    context.fillStyle = colour("--raised");
    context.fillRect(0, body, width, BODY + BAND);
    context.strokeStyle = colour("--line");
    for (const share of [0, 0.5, 1]) {
      const y = Math.round(bottom - share * (BODY - 6) - 2) + 0.5;
      context.beginPath(); context.moveTo(0, y); context.lineTo(width, y); context.stroke();
    }
    const order = [...course.keys()].sort((one, other) => one - other);
    order.forEach((cell, place) => {
      const next = order[place + 1], until = next && next - cell <= longest ? next : cell + 1;
      const left = toX(cell * data.cell, width), right = toX(until * data.cell, width);
      const { p, other } = course.get(cell), across = Math.min(right, width) - left + 0.6;
      context.fillStyle = data.colours[strongest(p)];
      context.fillRect(left, bottom, across, BAND);
      if (other > data.likely) hatch(context, left, bottom, across, colour("--ink"));
    });
    context.lineWidth = 1.8;
    context.lineJoin = "round";
    for (const emotion of emotions) {
      context.strokeStyle = data.colours[emotion];
      context.beginPath();
      let before = null;
      for (const cell of order) {
        const x = Math.min(toX((cell + 0.5) * data.cell, width), width), y = bottom - course.get(cell).p[emotion] * (BODY - 6) - 2;
        if (before !== null && cell - before <= longest) context.lineTo(x, y);
        else { context.moveTo(x - 1, y); context.lineTo(x, y); }
        before = cell;
      }
      context.stroke();
    }
    context.lineWidth = 1;
  }

  // Falling lines over a part of a band.
  function hatch(context, left, top, across, ink) {
    context.save();
    context.beginPath(); context.rect(left, top, across, BAND); context.clip();
    context.strokeStyle = ink;
    context.lineWidth = 1;
    context.beginPath();
    for (let x = Math.floor((left - BAND) / 5) * 5; x < left + across; x += 5) { context.moveTo(x, top); context.lineTo(x + BAND, top + BAND); }
    context.stroke();
    context.restore();
  }

  return {
    add, draw, people, shows, gone,
    get newest() { return newest; },
    switchPerson(person, on) { if (on) hiddenPeople.delete(person); else hiddenPeople.add(person); },
    switchEmotion(emotion, on) { if (on) emotions.add(emotion); else emotions.delete(emotion); },
  };
})();
