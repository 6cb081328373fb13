// Asks for the next view once the last one is on the screen: a slow page misses some, but never lags behind.

const OVER = { ended: "ended", lost: "source lost", stopped: "stopped" };
const RUNNING = { live: "live", playing: "playing" };
const RETRIES = 3, LATENCIES = 45;
const picture = byId("picture");
let last = null, bitmap = null, held = false, boxes = true, letGo = null;
const latencies = [], cards = new Map(), buttons = new Map();

function sayState(words, kind) {
  const state = byId("state");
  if (state.textContent !== words) state.textContent = words;
  state.className = `light ${kind}`;
}

function notice(words) {
  byId("notice").hidden = !words;
  byId("notice").textContent = words;
}

async function next() {
  const response = await fetch(`next?after=${last ? last.number : 0}&since=${timeline.newest}`, { cache: "no-store" });
  if (response.status === 204) return null;
  if (!response.ok) throw new Error(String(response.status));
  const bytes = await response.arrayBuffer(), length = new DataView(bytes).getUint32(0);
  const view = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length)));
  const jpeg = new Uint8Array(bytes, 4 + length);
  view.bitmap = jpeg.length ? await createImageBitmap(new Blob([jpeg], { type: "image/jpeg" })) : null;
  return view;
}

async function follow() {
  for (let failures = 0; failures < RETRIES;) {
    if (held) await new Promise((resolve) => { letGo = resolve; });
    let view;
    try {
      view = await next();
      failures = 0;
    } catch {
      failures += 1;
      await new Promise((resolve) => setTimeout(resolve, 300));
      continue;
    }
    if (view === null) {
      if (!held) sayState("waiting for pictures", "fair");
      continue;
    }
    await new Promise(requestAnimationFrame);
    if (held && !(view.state in OVER)) { if (view.bitmap) view.bitmap.close(); continue; }
    show(view);
    if (view.state in OVER) return;
  }
  sayState("disconnected", "failed");
  notice("videmo no longer responds: the command has ended.");
}

function show(view) {
  if (view.bitmap) {
    if (bitmap) bitmap.close();
    bitmap = view.bitmap;
  }
  last = view;
  timeline.add(view.cells, view.time);
  redraw();
  const over = view.state in OVER;
  sayState(over ? OVER[view.state] : held ? "held" : RUNNING[view.state], over ? (view.state === "lost" ? "failed" : "over") : held ? "fair" : "good");
  notice(view.message);
  byId("time").textContent = clockText(view.time);
  byId("rate").textContent = over ? "–" : view.rate.toFixed(0);
  byId("missed").hidden = !view.missed;
  byId("missed").textContent = `${view.missed.toLocaleString("en")} ${view.missed === 1 ? "frame" : "frames"} skipped to keep up`;
  if (over) { byId("latency").textContent = "–"; return; }
  latencies.push(performance.timeOrigin + performance.now() - view.captured);
  if (latencies.length > LATENCIES) latencies.shift();
  byId("latency").textContent = Math.round([...latencies].sort((a, b) => a - b)[latencies.length >> 1]);
}

function redraw() {
  buildSwitches();
  drawPicture();
  showNow();
  timeline.draw();
}

function drawPicture() {
  const width = byId("screen").clientWidth, most = 0.52 * window.innerHeight;
  const scale = Math.min(width / data.width, most / data.height);
  const across = data.width * scale, down = data.height * scale;
  picture.style.width = `${across}px`;
  const context = sharp(picture, across, down);
  if (bitmap) context.drawImage(bitmap, 0, 0, across, down);
  if (!last) return;
  const seen = last.people.filter((one) => one.person && timeline.shows(one.person));
  const words = seen.map((one) => `Person ${one.person}: ${shownText(one.p, one.other)}`);
  picture.setAttribute("aria-label", words.length ? `The picture. ${words.join(". ")}` : "The picture. No person in view");
  if (!boxes) return;
  const taken = [];
  for (const one of last.people) if (!one.person || timeline.shows(one.person)) drawBox(context, one, across, down, taken);
}

function drawBox(context, one, across, down, taken) {
  const [x, y, w, h] = [one.box[0] * across, one.box[1] * down, one.box[2] * across, one.box[3] * down];
  const best = strongest(one.p);
  context.lineWidth = 2.5;
  context.setLineDash(one.person ? [] : [6, 5]);
  context.strokeStyle = data.colours[best];
  context.strokeRect(x, y, w, h);
  context.setLineDash([]);
  if (!one.person) return;
  const size = Math.max(11, Math.min(15, across / 42));
  context.font = `600 ${size}px system-ui, sans-serif`;
  context.textBaseline = "middle";
  context.textAlign = "left";
  const words = `${one.person}  ${shownText(one.p, one.other)}`;
  const wide = context.measureText(words).width + 20, high = size + 10;
  const left = Math.max(0, Math.min(x - 1, across - wide));
  const free = (top) => top >= 0 && top + high <= down && !taken.some((other) =>
    left < other.left + other.wide && other.left < left + wide && top < other.top + high && other.top < top + high);
  const wishes = [y - high - 3, y + h + 3, y - 2 * high - 4, y + h + high + 4];
  const top = wishes.find(free) ?? Math.max(0, y - high - 3);
  taken.push({ left, top, wide });
  context.fillStyle = "rgba(24, 26, 29, 0.82)";
  context.fillRect(left, top, wide, high);
  context.fillStyle = data.colours[best];
  context.fillRect(left, top, 5, high);
  context.fillStyle = "#fff";
  context.fillText(words, left + 12, top + high / 2 + 0.5);
}

function cardFor(person) {
  if (cards.has(person)) return cards.get(person);
  const shows = element("span", { className: "shows" }), bars = element("div", { className: "bars" }), rows = [];
  data.emotions.forEach((emotion) => {
    const fill = element("div", { className: `fill ${emotion}` }), value = element("span", { className: "value" });
    bars.append(element("span", { textContent: emotion }), element("div", { className: "track" }, fill), value);
    rows.push({ fill, value });
  });
  const item = element("li", {}, element("div", { className: "head" }, element("span", { textContent: `Person ${person}` }), shows), bars);
  item.dataset.person = person;
  cards.set(person, { item, shows, rows });
  return cards.get(person);
}

function showNow() {
  if (!last) return;
  const seen = new Map(last.people.filter((one) => one.person).map((one) => [one.person, one]));
  const known = timeline.people().filter((person) => timeline.shows(person) && (seen.has(person) || !timeline.gone(person)));
  const list = byId("now"), chosen = known.sort((a, b) => seen.has(b) - seen.has(a) || a - b).slice(0, 8).sort((a, b) => a - b);
  const items = chosen.map((person) => {
    const { item, shows, rows } = cardFor(person), one = seen.get(person), p = one?.p;
    item.classList.toggle("gone", !p);
    shows.textContent = p ? shownText(p, one.other) : "away";
    rows.forEach(({ fill, value }, index) => {
      fill.style.width = `${100 * (p ? p[index] : 0)}%`;
      value.textContent = p ? percentText(p[index]) : "–";
    });
    return item;
  });
  for (const person of [...cards.keys()]) if (!timeline.people().includes(person)) cards.delete(person);
  list.classList.toggle("compact", items.length > 2);
  if (items.length !== list.children.length || items.some((item, index) => item !== list.children[index])) list.replaceChildren(...items);
  byId("nobody").hidden = items.length > 0;
}

function switchFor(label, act, colour = "") {
  const button = element("button", { type: "button" });
  if (colour) button.append(element("span", { className: `swatch ${colour}` }));
  button.append(label);
  button.setAttribute("aria-pressed", "true");
  button.addEventListener("click", () => {
    const on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(on));
    act(on);
    redraw();
  });
  return button;
}

data.emotions.forEach((emotion, index) =>
  byId("switches").append(switchFor(emotion, (on) => timeline.switchEmotion(index, on), emotion)));
byId("switches").append(element("span", { className: "gap" }));

function buildSwitches() {
  const people = timeline.people();
  for (const person of people) {
    if (buttons.has(person)) continue;
    const button = switchFor(`Person ${person}`, (on) => timeline.switchPerson(person, on));
    const before = [...buttons.entries()].filter(([other]) => other > person).map(([, other]) => other)[0] || null;
    byId("switches").insertBefore(button, before);
    buttons.set(person, button);
  }
  for (const [person, button] of buttons) if (!people.includes(person)) { button.remove(); buttons.delete(person); }
}

function hold(on) {
  held = on;
  byId("pause").setAttribute("aria-pressed", String(on));
  byId("pause").textContent = on ? "▶ Resume" : "❚❚ Hold picture";
  byId("held").hidden = !on;
  if (last && !(last.state in OVER)) sayState(on ? "held" : RUNNING[last.state], on ? "fair" : "good");
  if (!on && letGo) { letGo(); letGo = null; latencies.length = 0; }
}

byId("pause").addEventListener("click", () => hold(!held));
byId("boxes").addEventListener("click", () => {
  boxes = !boxes;
  byId("boxes").setAttribute("aria-pressed", String(boxes));
  redraw();
});
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const control = event.target instanceof HTMLElement && event.target.matches("button, summary, a");
  if (event.key === " " && !control) { event.preventDefault(); hold(!held); }
  else if (event.key.toLowerCase() === "b") byId("boxes").click();
  else if (/^[1-9]$/.test(event.key)) buttons.get(Number(event.key))?.click();
});
window.addEventListener("resize", redraw);
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
redraw();
follow();
