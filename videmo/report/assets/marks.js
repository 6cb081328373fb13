// Marks and notes: stretches and moments that the user marks, kept in the browser, handed out as events.csv.

const marks = (() => {
  const body = byId("mark-list"), open = byId("mark-open"), status = byId("mark-status"), label = byId("mark-label");
  const KINDS = { stimulus: "to compare", baseline: "baseline", exclude: "leave out", marker: "moment" };
  const place = `videmo-marks:${data.key}:${data.content}`;
  const bands = element("div", { className: "bands" });
  bands.setAttribute("aria-hidden", "true");
  timeline.plot.append(bands);
  const rows = new Map();
  let list = [], past = [], begin = null, loop = null;

  function sound(mark, place) {
    const known = Number.isFinite(mark?.start) && Number.isFinite(mark.end) && mark.kind in KINDS
      && typeof mark.label === "string" && typeof mark.note === "string";
    // Those of earlier versions have none of their own; what they are given is the same in all tabs.
    return known ? [{ ...mark, id: typeof mark.id === "string" ? mark.id : `${place}:${mark.start}:${mark.end}` }] : [];
  }

  function stored() {
    const kept = JSON.parse(localStorage.getItem(place) ?? "[]");
    return Array.isArray(kept) ? kept.flatMap(sound) : [];
  }

  const cannotKeep = () => {
    status.textContent = "This browser keeps nothing for this page: download your marks before you close it.";
  };

  function load() {
    try {
      list = inOrder(stored());
      if (list.length) status.textContent = "These marks were kept in this browser.";
    } catch {
      cannotKeep();
    }
  }

  const inOrder = (all) => [...all].sort((a, b) => a.start - b.start || a.end - b.end || (a.id < b.id ? -1 : 1));

  // What is kept may have changed in another tab: only the steps that were made here are made there. A step says what a
  // mark was before, and what it is after it; null where it is not there.
  function make(steps) {
    const taken = (all) => {
      const marks = new Map(all.map((mark) => [mark.id, mark]));
      for (const { id, after } of steps) {
        if (after) marks.set(id, after); else marks.delete(id);
      }
      return inOrder(marks.values());
    };
    try {
      const merged = taken(stored());
      localStorage.setItem(place, JSON.stringify(merged));
      list = merged;
      status.textContent = "Kept in this browser.";
    } catch {
      list = taken(list);
      cannotKeep();
    }
    if (!list.some((mark) => mark.id === loop)) loop = null;
    show();
  }

  function change(...steps) {
    past.push(steps);
    make(steps);
  }

  function add(start, end) {
    const kind = end > start ? "stimulus" : "marker";
    const id = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
    change({ id, before: null, after: { id, start, end, label: label.value.trim() || "mark", kind, note: "" } });
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

  const marked = (id) => list.find((mark) => mark.id === id);

  // A row stays the same element while its mark changes, so that the keyboard and the mouse stay where they are.
  function newRow({ id, start, end }) {
    const go = element("button", { type: "button", className: "link", textContent: clockText(start) });
    go.addEventListener("click", () => visit(marked(id)));
    const named = field(id, "label", 60, `Label of the mark at ${clockText(start)}`);
    const note = field(id, "note", 500, `Note of the mark at ${clockText(start)}`);
    const kind = element("select", {}, ...Object.entries(KINDS)
      .filter(([name]) => (name === "marker") === (end <= start))
      .map(([name, words]) => element("option", { value: name, textContent: words })));
    kind.addEventListener("change", () => edit(id, "kind", kind.value));
    const acts = element("div", { className: "acts" });
    const turns = element("button", { type: "button", textContent: "Loop" });
    turns.addEventListener("click", () => repeat(loop === id ? null : marked(id)));
    if (end > start) acts.append(turns);
    const away = element("button", { type: "button", textContent: "Remove" });
    away.addEventListener("click", () => remove(id));
    acts.append(away);
    const shown = element(
      "tr", {}, element("td", {}, go),
      element("td", { className: "figure", textContent: end > start ? `${(end - start).toFixed(1)} s` : "–" }),
      element("td", {}, named), element("td", {}, kind), element("td", {}, note), element("td", {}, acts),
    );
    const update = (mark) => {
      for (const [input, value] of [[named, mark.label], [note, mark.note], [kind, mark.kind]]) {
        if (input !== document.activeElement) input.value = value;
      }
      go.setAttribute("aria-label", `Go to ${clockText(start)}: ${mark.label}`);
      kind.setAttribute("aria-label", `Kind of ${mark.label}`);
      away.setAttribute("aria-label", `Remove ${mark.label} at ${clockText(start)}`);
      pressed(turns, loop === id);
    };
    return { shown, update, away };
  }

  function field(id, name, longest, called) {
    const input = element("input", { type: "text", maxLength: longest });
    input.setAttribute("aria-label", called);
    input.addEventListener("change", () => {
      input.value = input.value.trim() || (name === "label" ? "mark" : "");
      edit(id, name, input.value);
    });
    return input;
  }

  function edit(id, name, value) {
    const before = marked(id);
    if (before && before[name] !== value) change({ id, before, after: { ...before, [name]: value } });
  }

  function remove(id) {
    const at = list.findIndex((mark) => mark.id === id), near = (list[at + 1] ?? list[at - 1])?.id;
    if (at >= 0) change({ id, before: list[at], after: null });
    (rows.get(near)?.away ?? byId("mark-moment")).focus();
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
    for (const [id, { shown }] of rows) {
      if (marked(id)) continue;
      shown.remove();
      rows.delete(id);
    }
    list.forEach((mark, place) => {
      if (!rows.has(mark.id)) rows.set(mark.id, newRow(mark));
      const { shown, update } = rows.get(mark.id);
      if (body.children[place] !== shown) body.insertBefore(shown, body.children[place] ?? null);
      update(mark);
    });
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
    const steps = past.pop() ?? [];
    make(steps.map(({ id, before, after }) => ({ id, before: after, after: before })));
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
  addEventListener("storage", (event) => {
    if (event.key !== place && event.key !== null) return;
    load();
    show();
  });
  load();
  show();
})();
