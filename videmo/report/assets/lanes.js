// What persons showed over time: one line each, painted when it comes near; on one scale, stretched, or aligned.

const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);

// Two characters per part: which emotion, and how clear in tenths; "." where nobody was seen.
function courseOf(text) {
  const parts = [];
  for (let place = 0; place < text.length; place += 2) {
    const emotion = text[place] === "." ? -1 : Number(text[place]);
    parts.push({ emotion: data.colours[emotion] ? emotion : -1, clear: Number(text[place + 1]) / 9 });
  }
  return parts;
}

function shade(colour, strength) {
  const [red, green, blue] = [1, 3, 5].map((place) => parseInt(colour.slice(place, place + 2), 16));
  return `rgb(${red} ${green} ${blue} / ${strength.toFixed(2)})`;
}

// Neighbours that show the same become one stop; a thin line is left where a person was not seen.
function gradientOf(text) {
  const parts = courseOf(text), stops = [];
  for (let from = 0; from < parts.length; ) {
    const { emotion, clear } = parts[from];
    let to = from + 1;
    while (to < parts.length && parts[to].emotion === emotion && parts[to].clear === clear) to++;
    const strength = Math.round(30 + 70 * clear);
    const colour = emotion < 0 ? "transparent" : `color-mix(in srgb, ${data.colours[emotion]} ${strength}%, var(--panel))`;
    stops.push(`${colour} ${((100 * from) / parts.length).toFixed(2)}% ${((100 * to) / parts.length).toFixed(2)}%`);
    from = to;
  }
  const thin = "linear-gradient(var(--strong-line), var(--strong-line)) 0 50% / 100% 2px no-repeat";
  return stops.length ? `linear-gradient(to right, ${stops.join(",")}), ${thin}` : thin;
}

function clockText(seconds) {
  const tenths = Math.round(Math.abs(seconds) * 10), sign = seconds < -0.04 ? "\u2212" : "";
  const hours = Math.floor(tenths / 36000), minutes = Math.floor(tenths / 600) % 60, rest = tenths % 600;
  const second = `${String(Math.floor(rest / 10)).padStart(2, "0")}.${rest % 10}`;
  return sign + (hours ? `${hours}:${String(minutes).padStart(2, "0")}:${second}` : `${minutes}:${second}`);
}

const lanes = (() => {
  const painted = new Set();
  let how = "start", from = 0, span = 1, chosen = null;

  const durationOf = (row) => Number(row.dataset.duration);
  const happeningsOf = (row) => data.happenings[row.dataset.key] ?? [];

  // Where on the axis a recording begins, in seconds; null if it can't be aligned.
  function beginOf(row) {
    if (!how.startsWith("at ")) return 0;
    const found = happeningsOf(row).find(([, label]) => label === how.slice(3));
    return found ? -found[0] : null;
  }

  function layOf(row) {
    if (how === "fit") return { begin: 0, from: 0, span: durationOf(row) || 1 };
    return { begin: beginOf(row), from, span };
  }

  function paint(row) {
    if (painted.has(row)) return;
    painted.add(row);
    const { begin, from: first, span: whole } = layOf(row);
    const percent = (time) => `${(100 * (time - first)) / whole}%`;
    row.querySelectorAll(".lane").forEach((lane) => {
      if (begin === null) { lane.replaceChildren(); lane.title = `No event ${how.slice(3)} here`; return; }
      lane.title = "";
      const bar = element("i", {});
      bar.style.left = percent(begin);
      bar.style.width = `max(3px, ${(100 * durationOf(row)) / whole}%)`;
      bar.style.background = gradientOf(lane.dataset.strip);
      lane.replaceChildren(bar, ...happeningsOf(row).map(([onset]) => {
        const mark = element("b", {});
        mark.style.left = percent(begin + onset);
        return mark;
      }));
    });
    if (chosen?.row === row) showChosen();
  }

  const watcher = new IntersectionObserver(
    (entries) => entries.forEach((entry) => { if (entry.isIntersecting) paint(entry.target); }),
    { rootMargin: "600px 0px" },
  );

  function timeAt(row, share) {
    const { begin, from: first, span: whole } = layOf(row);
    return begin === null ? null : Math.min(Math.max(first + share * whole - begin, 0), durationOf(row));
  }

  function said(row, time, only = null) {
    const shows = [...row.querySelectorAll(".lane")].filter((lane) => !only || lane === only).map((lane) => {
      const parts = courseOf(lane.dataset.strip), share = time / (durationOf(row) || 1);
      const part = parts[Math.min(parts.length - 1, Math.floor(share * parts.length))];
      const name = lane.previousElementSibling.textContent;
      return `${name} ${!part || part.emotion < 0 ? "not seen" : data.emotions[part.emotion]}`;
    });
    return [clockText(time), ...shows].join(", ");
  }

  function open(row, time) {
    const link = row.querySelector("th a");
    if (link) location.href = `${link.getAttribute("href")}#t=${time.toFixed(1)}`;
  }

  function showChosen() {
    document.querySelectorAll(".lane .here").forEach((mark) => mark.remove());
    if (!chosen) return;
    const { begin, from: first, span: whole } = layOf(chosen.row);
    if (begin === null) return;
    chosen.row.querySelectorAll(".lane").forEach((lane) => {
      const mark = element("b", { className: "here" });
      mark.style.left = `${(100 * (begin + chosen.time - first)) / whole}%`;
      lane.append(mark);
    });
  }

  // A moment of a recording, chosen with keys.
  function choose(row, time) {
    chosen = { row, time: Math.min(Math.max(time, 0), durationOf(row)) };
    const strip = row.querySelector("div.course");
    strip.setAttribute("aria-valuenow", chosen.time.toFixed(1));
    strip.setAttribute("aria-valuetext", said(row, chosen.time));
    showChosen();
  }

  // The axis for some recordings; all lines are painted anew when they come near.
  function scale(rows) {
    const there = rows.filter((row) => row.querySelector(".lane") && beginOf(row) !== null);
    from = Math.min(0, ...there.map(beginOf));
    span = Math.max(1e-3, ...there.map((row) => beginOf(row) + durationOf(row))) - from;
    painted.forEach((row) => row.querySelectorAll(".lane").forEach((lane) => lane.replaceChildren()));
    painted.clear();
    rows.forEach((row) => { watcher.unobserve(row); watcher.observe(row); });
  }

  return {
    scale, paint, choose, open, said, timeAt,
    get how() { return how; },
    set how(value) { how = value; },
    get from() { return from; },
    get span() { return span; },
    timeOf: (row) => (chosen?.row === row ? chosen.time : 0),
  };
})();
