// Marks and notes: stretches and moments that the user marks, kept in the browser, handed out as events.csv.

const marks = (() => {
  const body = byId("mark-list"), open = byId("mark-open"), status = byId("mark-status"), label = byId("mark-label");
  const KINDS = { stimulus: "to compare", baseline: "baseline", exclude: "leave out", marker: "moment" };
  const place = `videmo-marks:${data.key}:${data.content}`;
  const bands = element("div", { className: "bands" });
  bands.setAttribute("aria-hidden", "true");
  timeline.plot.append(bands);
  const kept = new KeptList(place, isSound, (a, b) => a.start - b.start || a.end - b.end);
  const NOT_KEPT = "This browser keeps nothing for this page: download your marks before you close it.";
  const rows = new Map(), past = [];
  let begin = null, loop = null;

  function isSound(mark) {
    return Number.isFinite(mark?.start) && Number.isFinite(mark.end) && mark.kind in KINDS
      && typeof mark.label === "string" && typeof mark.note === "string";
  }

  // Goes from one state of a mark to another; null where it is not there.
  function step(from, to) {
    const [before, after] = [from, to].map((mark) => (mark ? [mark] : []));
    status.textContent = kept.keep(merged(before, after, kept.items)) ? "Kept in this browser." : NOT_KEPT;
    show();
  }

  function change(from, to) {
    past.push([from, to]);
    step(from, to);
  }

  function undo() {
    // What another tab removed since then can't be taken back.
    while (past.length) {
      const [from, to] = past.pop();
      if (!to || find(to.id)) { step(to, from); return; }
    }
    show();
  }

  function find(id) { return kept.items.find((mark) => mark.id === id) ?? null; }

  function add(start, end) {
    const kind = end > start ? "stimulus" : "marker";
    change(null, { id: KeptList.newId(), start, end, label: label.value.trim() || "mark", kind, note: "" });
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
    if (document.activeElement === byId("mark-out")) byId("mark-in").focus();
    byId("mark-out").disabled = true;
    open.textContent = "";
    add(start, end);
  }

  // The row of a mark, which shows its later states in place: who works in it keeps the focus, and what is being typed.
  function rowOf(first) {
    let mark = first;
    const at = clockText(mark.start), isStretch = mark.end > mark.start;
    const go = element("button", { type: "button", className: "link", textContent: at });
    go.addEventListener("click", () => visit(mark));
    const fields = { label: field("label", 60), note: field("note", 500) };
    const kind = element("select", {}, ...Object.entries(KINDS)
      .filter(([name]) => (name === "marker") !== isStretch)
      .map(([name, words]) => element("option", { value: name, textContent: words })));
    kind.addEventListener("change", () => edit("kind", kind.value));
    const turns = element("button", { type: "button", textContent: "Loop" });
    turns.addEventListener("click", () => repeat(loop === mark.id ? null : mark));
    const away = element("button", { type: "button", textContent: "Remove" });
    away.addEventListener("click", () => change(find(mark.id) ?? mark, null));
    const line = element(
      "tr", {}, element("td", {}, go),
      element("td", { className: "figure", textContent: isStretch ? `${(mark.end - mark.start).toFixed(1)} s` : "–" }),
      element("td", {}, fields.label), element("td", {}, kind), element("td", {}, fields.note),
      element("td", {}, element("div", { className: "acts" }, ...(isStretch ? [turns] : []), away)),
    );

    line.addEventListener("focusout", () => { if (!find(mark.id)) setTimeout(show); });

    function field(name, longest) {
      const input = element("input", { type: "text", maxLength: longest });
      input.setAttribute("aria-label", `${name === "label" ? "Label" : "Note"} of the mark at ${at}`);
      input.addEventListener("change", () => {
        input.defaultValue = input.value;
        edit(name, input.value.trim() || (name === "label" ? "mark" : ""));
      });
      return input;
    }

    // A mark that another tab removed while somebody was typing here comes back with what was typed.
    function edit(name, value) {
      const now = find(mark.id);
      if (now?.[name] === value) show(); else change(now, { ...(now ?? mark), [name]: value });
    }

    function isTyped(input) { return input.value !== input.defaultValue; }

    function showState(state) {
      mark = state;
      for (const [name, input] of Object.entries(fields)) {
        if (!isTyped(input)) input.value = input.defaultValue = mark[name];
      }
      kind.value = mark.kind;
      pressed(turns, loop === mark.id);
      go.setAttribute("aria-label", `Go to ${at}: ${mark.label}`);
      kind.setAttribute("aria-label", `Kind of ${mark.label}`);
      away.setAttribute("aria-label", `Remove ${mark.label} at ${at}`);
    }

    return { line, show: showState, isBusy: () => line.contains(document.activeElement) && Object.values(fields).some(isTyped) };
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
    const all = [...kept.items];
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
    if (!find(loop)) loop = null;
    const lines = [...body.children], focused = lines.findIndex((line) => line.contains(document.activeElement));
    const there = new Set(kept.items.map(({ id }) => id));
    for (const [id, { line, isBusy }] of rows) {
      if (!there.has(id) && !isBusy()) { line.remove(); rows.delete(id); }
    }
    let behind = null;
    for (const mark of [...kept.items].reverse()) {
      if (!rows.has(mark.id)) rows.set(mark.id, rowOf(mark));
      const { line, show: showState } = rows.get(mark.id);
      showState(mark);
      if (!line.isConnected) body.insertBefore(line, behind);
      behind = line;
    }
    byId("mark-table").hidden = !rows.size;
    byId("mark-download").disabled = !kept.items.length;
    if (focused >= 0 && !lines[focused].isConnected) focusRow(focused);
    const undoing = document.activeElement === byId("mark-undo");
    byId("mark-undo").disabled = !past.length;
    if (undoing && !past.length) byId(kept.items.length ? "mark-download" : "mark-moment").focus();
    lay();
  }

  // Who removed a row goes on in the next one, or in the last one, or where new marks are made.
  function focusRow(place) {
    const line = body.children[place] ?? body.lastElementChild;
    (line?.querySelector(".acts button:last-child") ?? byId("mark-moment")).focus();
  }

  function download() {
    const lines = kept.items.map((mark) => [
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
  byId("mark-undo").addEventListener("click", undo);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target instanceof Element && event.target.matches("input, select, textarea")) return;
    const act = { i: startHere, o: endHere, m: () => add(clock.time, clock.time) }[event.key.toLowerCase()];
    if (act) { event.preventDefault(); act(); }
  });
  clock.follow((time) => {
    const mark = find(loop);
    if (mark && clock.playing && (time >= mark.end || time < mark.start - 0.5)) clock.seek(mark.start);
    if (begin !== null) lay();
  });
  timeline.onDraw(lay);
  kept.follow(() => {
    const before = JSON.stringify(kept.items);
    if (!kept.look() || JSON.stringify(kept.items) === before) return;
    status.textContent = "Another tab changed these marks.";
    show();
  });
  status.textContent = !kept.look() ? NOT_KEPT : kept.items.length ? "These marks were kept in this browser." : "";
  show();
})();
