// Marks and notes: stretches and moments that the user marks, kept in the browser, handed out as events.csv.

const marks = (() => {
  const body = byId("mark-list"), open = byId("mark-open"), status = byId("mark-status"), label = byId("mark-label");
  const KINDS = { stimulus: "to compare", baseline: "baseline", exclude: "leave out", marker: "moment" };
  const place = `videmo-marks:${data.key}:${data.content}`;
  const bands = element("div", { className: "bands" });
  bands.setAttribute("aria-hidden", "true");
  timeline.plot.append(bands);
  let list = [], past = [], begin = null, loop = null, next = 1;

  function load() {
    try {
      const kept = JSON.parse(localStorage.getItem(place) ?? "[]");
      const sound = (mark) => Number.isFinite(mark.start) && Number.isFinite(mark.end) && mark.kind in KINDS
        && typeof mark.label === "string" && typeof mark.note === "string";
      list = Array.isArray(kept) ? kept.filter(sound).map((mark) => ({ ...mark, id: next++ })) : [];
      if (list.length) status.textContent = "These marks were kept in this browser.";
    } catch {
      status.textContent = "This browser keeps nothing for this page: download your marks before you close it.";
    }
  }

  function keep() {
    try {
      localStorage.setItem(place, JSON.stringify(list));
      status.textContent = "Kept in this browser.";
    } catch {
      status.textContent = "This browser keeps nothing for this page: download your marks before you close it.";
    }
  }

  function change(after) {
    past.push(list.map((mark) => ({ ...mark })));
    list = after;
    keep();
    show();
  }

  function add(start, end) {
    const kind = end > start ? "stimulus" : "marker";
    const mark = { id: next++, start, end, label: label.value.trim() || "mark", kind, note: "" };
    change([...list, mark].sort((a, b) => a.start - b.start || a.end - b.end));
    return mark;
  }

  function startHere() {
    begin = clock.time;
    byId("mark-out").disabled = false;
    open.textContent = `A stretch begins at ${clockText(begin)}.`;
    lay();
  }

  function endHere() {
    if (begin === null) return;
    const [start, end] = [begin, clock.time].sort((a, b) => a - b);
    if (end - start < 0.001) { open.textContent = "It has no length yet: go on to where it ends."; return; }
    begin = null;
    byId("mark-out").disabled = true;
    open.textContent = "";
    add(start, end);
  }

  function row(mark) {
    const go = element("button", { type: "button", className: "link", textContent: clockText(mark.start) });
    go.setAttribute("aria-label", `Go to ${clockText(mark.start)}: ${mark.label}`);
    go.addEventListener("click", () => visit(mark));
    const named = field(mark, "label", 60), note = field(mark, "note", 500);
    const kind = element("select", {}, ...Object.entries(KINDS)
      .filter(([name]) => (name === "marker") === (mark.end <= mark.start))
      .map(([name, words]) => element("option", { value: name, textContent: words })));
    kind.value = mark.kind;
    kind.setAttribute("aria-label", `Kind of ${mark.label}`);
    kind.addEventListener("change", () => edit(mark, "kind", kind.value));
    const acts = element("div", { className: "acts" });
    if (mark.end > mark.start) {
      const turns = element("button", { type: "button", textContent: "Loop" });
      pressed(turns, loop === mark.id);
      turns.addEventListener("click", () => repeat(loop === mark.id ? null : mark));
      acts.append(turns);
    }
    const away = element("button", { type: "button", textContent: "Remove" });
    away.setAttribute("aria-label", `Remove ${mark.label} at ${clockText(mark.start)}`);
    away.addEventListener("click", () => { if (loop === mark.id) loop = null; change(list.filter((each) => each !== mark)); });
    acts.append(away);
    return element(
      "tr", {}, element("td", {}, go),
      element("td", { className: "figure", textContent: mark.end > mark.start ? `${(mark.end - mark.start).toFixed(1)} s` : "–" }),
      element("td", {}, named), element("td", {}, kind), element("td", {}, note), element("td", {}, acts),
    );
  }

  function field(mark, name, longest) {
    const input = element("input", { type: "text", value: mark[name], maxLength: longest });
    input.setAttribute("aria-label", `${name === "label" ? "Label" : "Note"} of the mark at ${clockText(mark.start)}`);
    input.addEventListener("change", () => edit(mark, name, input.value.trim() || (name === "label" ? "mark" : "")));
    return input;
  }

  function edit(mark, name, value) {
    change(list.map((each) => (each.id === mark.id ? { ...each, [name]: value } : each)));
  }

  function visit(mark) {
    if (mark.start < timeline.view.start || mark.end > timeline.view.end) {
      const room = Math.max(4 * (mark.end - mark.start), Math.min(timeline.view.end - timeline.view.start, 20));
      timeline.show((mark.start + mark.end - room) / 2, (mark.start + mark.end + room) / 2);
    }
    dock.goTo(mark.start);
  }

  function repeat(mark) {
    loop = mark ? mark.id : null;
    show();
    if (!mark) return;
    visit(mark);
    if (!clock.playing) clock.toggle();
  }

  function lay() {
    const all = [...list];
    if (begin !== null) all.push({ start: Math.min(begin, clock.time), end: Math.max(begin, clock.time), open: true });
    bands.replaceChildren(...all.map((mark) => {
      const [from, to] = [timeline.toX(mark.start), timeline.toX(mark.end)];
      const band = element("div", { className: mark.open ? "open" : "" });
      band.style.left = `${from}px`;
      band.style.width = `${Math.max(3, to - from)}px`;
      return band;
    }));
  }

  function show() {
    byId("mark-table").hidden = !list.length;
    byId("mark-undo").disabled = !past.length;
    byId("mark-download").disabled = !list.length;
    body.replaceChildren(...list.map(row));
    lay();
  }

  function download() {
    const lines = list.map((mark) => [
      mark.start.toFixed(3), mark.kind === "marker" ? "" : (mark.end - mark.start).toFixed(3), csvText(mark.label), mark.kind,
      csvText(data.key), csvText(mark.note),
    ]);
    offerFile("events.csv", csvLines([["onset", "duration", "label", "kind", "recording", "note"], ...lines]));
    status.textContent = "events.csv is written. Put it into the folder of your study.";
  }

  byId("mark-in").addEventListener("click", startHere);
  byId("mark-out").addEventListener("click", endHere);
  byId("mark-moment").addEventListener("click", () => add(clock.time, clock.time));
  byId("mark-download").addEventListener("click", download);
  byId("mark-undo").addEventListener("click", () => {
    list = past.pop() ?? list;
    if (!list.some((mark) => mark.id === loop)) loop = null;
    keep();
    show();
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target instanceof Element && event.target.matches("input, select, textarea")) return;
    const act = { i: startHere, o: endHere, m: () => add(clock.time, clock.time) }[event.key.toLowerCase()];
    if (act) { event.preventDefault(); act(); }
  });
  clock.follow((time) => {
    const mark = list.find((each) => each.id === loop);
    if (mark && clock.playing && (time >= mark.end || time < mark.start - 0.5)) clock.seek(mark.start);
    if (begin !== null) lay();
  });
  timeline.onDraw(lay);
  load();
  show();
})();
