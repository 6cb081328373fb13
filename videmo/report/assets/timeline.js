// The timeline: one lane per person, a band that opens to curves; a cursor, zoom, and a strip of the whole recording below.

const timeline = (() => {
  const plot = document.getElementById("plot"), canvas = document.getElementById("lanes");
  const cursor = document.getElementById("cursor"), selection = document.getElementById("selection");
  const tip = document.getElementById("tip");
  const minimap = document.getElementById("minimap"), whole = document.getElementById("whole");
  const windowMark = document.getElementById("window");
  const AXIS = 24, HEAD = 12, BODY = 84, RIBBON = 7, GAP = 10, LANE = HEAD + BODY + 2 + RIBBON + GAP, BAND = 16, CLOSED = BAND + 6;
  const MOST_OPEN = 2; // at first: curves of more persons would push each other off the screen
  const PLEASANT = "#1b7837", UNPLEASANT = "#762a83";
  const shortest = Math.min(data.duration, Math.max(5 * data.step, 1));
  const view = { start: 0, end: Math.max(data.duration, 1e-3) };
  const shown = new Set(persons.filter((person) => person.shown).map((person) => person.number));
  const opened = new Set(persons.length > MOST_OPEN ? [] : persons.map((person) => person.number));
  const emotions = new Set(data.emotions.map((_, index) => index));
  const drawn = [];
  let areas = false, width = 0, ratio = 1, printing = false, episodesOf = null;

  const visible = () => persons.filter((person) => shown.has(person.number));

  // Where each lane lies: its person, whether it is open, its top and height.
  function layout() {
    let top = AXIS;
    return visible().map((person) => {
      const open = opened.has(person.number), place = { person, open, top, height: open ? LANE : CLOSED };
      top += place.height;
      return place;
    });
  }
  const toX = (time) => ((time - view.start) / (view.end - view.start)) * width;
  const toTime = (x) => view.start + (x / width) * (view.end - view.start);

  function theme() {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    if (printing) return { ink: "#000", soft: "#444", line: "#ccc", hatch: "#bbb", panel: "#fff", wash: "#eceef0", warn: "#8f5a00" };
    return { ink: colour("--ink"), soft: colour("--soft"), line: colour("--line"), panel: colour("--panel"),
      wash: colour("--raised"), hatch: colour("--hatch"), warn: colour("--fair") };
  }

  // Lines that rise, that rise and fall, or that fall; on a background, or on what is there.
  function hatch(context, colour, background, crossed, falling = false) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    const brush = tile.getContext("2d");
    if (falling) { brush.translate(8, 0); brush.scale(-1, 1); }
    if (background) { brush.fillStyle = background; brush.fillRect(0, 0, 8, 8); }
    brush.strokeStyle = colour;
    brush.lineWidth = 1;
    brush.beginPath();
    brush.moveTo(-2, 10); brush.lineTo(10, -2);
    brush.moveTo(-2, 2); brush.lineTo(2, -2);
    brush.moveTo(6, 10); brush.lineTo(10, 6);
    if (crossed) { brush.moveTo(-2, -2); brush.lineTo(10, 10); }
    brush.stroke();
    return context.createPattern(tile, "repeat");
  }

  // From one pixel of the screen to another: of a window that is zoomed, edges between pixels would be seen as stripes.
  function fillColumn(context, column, top, height) {
    const from = Math.round(column * ratio) / ratio, to = Math.round((column + 1) * ratio) / ratio;
    context.fillRect(from, top, to - from, height);
  }

  function prepared(target, height) {
    ratio = Math.max(window.devicePixelRatio || 1, printing ? 2 : 1);
    const across = target.parentElement.clientWidth;
    target.width = Math.round(across * ratio);
    target.height = Math.round(height * ratio);
    target.style.height = `${height}px`;
    const context = target.getContext("2d");
    context.scale(ratio, ratio);
    return context;
  }

  function tickStep(span, room) {
    const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];
    return steps.find((step) => span / step <= room / 84) || 14400;
  }

  function draw() {
    width = plot.clientWidth;
    if (!width) return;
    const lanes = layout(), colours = theme();
    const height = lanes.length ? lanes.at(-1).top + lanes.at(-1).height : AXIS + LANE;
    const context = prepared(canvas, height);
    context.font = "12px system-ui, sans-serif";
    context.textBaseline = "middle";
    drawAxis(context, height, colours);
    const patterns = {
      none: hatch(context, colours.hatch, colours.wash, false),
      left: hatch(context, colours.warn, colours.wash, true),
      other: hatch(context, colours.soft, colours.panel, false, true),
      cover: hatch(context, colours.ink, null, false, true),
    };
    lanes.forEach(({ person, open, top }) => (open ? drawLane : drawBand)(context, person, top, colours, patterns));
    if (!lanes.length) {
      context.fillStyle = colours.soft;
      context.textAlign = "left"; // in the middle, the cursor would stand in it: a page opens there
      context.fillText(persons.length ? "All persons are hidden." : "No person was found.", 12, AXIS + LANE / 2);
    }
    drawMinimap();
    moveCursor(clock.time);
    drawn.forEach((listener) => listener());
  }

  function drawAxis(context, height, colours) {
    const step = tickStep(view.end - view.start, width);
    context.textAlign = "center";
    for (let tick = Math.ceil(view.start / step - 1e-9) * step; tick <= view.end + 1e-9; tick += step) {
      const x = Math.round(toX(tick)) + 0.5;
      context.strokeStyle = colours.line;
      context.beginPath(); context.moveTo(x, AXIS - 5); context.lineTo(x, height - GAP); context.stroke();
      context.fillStyle = colours.soft;
      const words = step < 1 ? clockText(tick) : clockText(tick).slice(0, -2);
      const half = context.measureText(words).width / 2 + 1;
      context.fillText(words, Math.min(Math.max(x, half + 8), width - half), 10);
    }
  }

  function drawLane(context, person, top, colours, patterns) {
    const body = top + HEAD, columns = Math.max(1, Math.round(width));
    const sums = summed(person, view.start, view.end, columns);
    const left = Math.max(0, toX(person.first * data.step)), right = Math.min(width, toX((person.first + person.cells) * data.step));
    if (right > left) {
      context.fillStyle = patterns.none;
      context.fillRect(left, body, right - left, BODY);
    }
    runs(columns, (column) => {
      if (!Number.isNaN(sums.mean[column * EMOTIONS])) return sums.other[column] ? "other" : "seen";
      const outcome = sums.outcome[column];
      return outcome > OUTCOMES.usable && outcome < OUTCOMES.stray ? "left" : "";
    }, (kind, from, to) => {
      if (!kind) return;
      context.fillStyle = kind === "seen" ? colours.panel : patterns[kind];
      context.fillRect(from, body, to - from, BODY);
    });
    context.strokeStyle = colours.line;
    context.lineWidth = 1;
    for (const share of [0, 0.5, 1]) {
      const y = Math.round(body + BODY * (1 - share)) + 0.5;
      context.beginPath(); context.moveTo(0, y); context.lineTo(width, y); context.stroke();
    }
    const pixels = (data.step / (view.end - view.start)) * width;
    if (areas) drawAreas(context, sums, columns, body, patterns);
    else if (pixels >= 2) drawCells(context, person, body);
    else drawLines(context, sums, columns, body);
    drawEpisodes(context, person, top + 1);
    drawValence(context, person, columns, body + BODY + 2, colours);
  }

  // A band: the strongest of the emotions that are switched on, paler where it is less clear; a line where nothing is known.
  function drawBand(context, person, top, colours, patterns) {
    const columns = Math.max(1, Math.round(width)), sums = summed(person, view.start, view.end, columns);
    const from = Math.max(0, toX(person.first * data.step)), to = Math.min(width, toX((person.first + person.cells) * data.step));
    context.fillStyle = colours.hatch;
    if (to > from) context.fillRect(from, top + BAND / 2, to - from, 1);
    for (let column = 0; column < columns; column++) {
      const first = column * EMOTIONS, outcome = sums.outcome[column];
      if (Number.isNaN(sums.mean[first])) {
        if (outcome <= OUTCOMES.usable || outcome >= OUTCOMES.stray) continue;
        context.fillStyle = patterns.left;
        fillColumn(context, column, top, BAND);
        continue;
      }
      const best = [...emotions].reduce((a, e) => (a < 0 || sums.mean[first + e] > sums.mean[first + a] ? e : a), -1);
      context.fillStyle = colours.panel;
      fillColumn(context, column, top, BAND);
      if (best < 0) continue;
      context.globalAlpha = sums.mean[first + best];
      context.fillStyle = data.colours[best];
      fillColumn(context, column, top, BAND);
      context.globalAlpha = 1;
      if (!sums.other[column]) continue;
      context.fillStyle = patterns.cover;
      fillColumn(context, column, top, BAND);
    }
  }

  // A ribbon: the further valence is from 0, the fuller the colour.
  function drawValence(context, person, columns, top, colours) {
    valences(person, view.start, view.end, columns).forEach((value, column) => {
      if (Number.isNaN(value)) return;
      context.fillStyle = colours.panel;
      fillColumn(context, column, top, RIBBON);
      context.globalAlpha = Math.min(1, Math.abs(value));
      context.fillStyle = value < 0 ? UNPLEASANT : PLEASANT;
      fillColumn(context, column, top, RIBBON);
      context.globalAlpha = 1;
    });
  }

  function runs(columns, kindOf, use) {
    let from = 0, kind = kindOf(0);
    for (let column = 1; column <= columns; column++) {
      const next = column < columns ? kindOf(column) : null;
      if (next !== kind) { use(kind, from, column); from = column; kind = next; }
    }
  }

  // Where a cell is wider than a pixel: a line through the middles of the cells.
  function drawCells(context, person, body) {
    const first = Math.max(0, Math.floor(view.start / data.step) - person.first - 1);
    const last = Math.min(person.cells, Math.ceil(view.end / data.step) - person.first + 1);
    const edge = (cell) => toX((person.first + cell) * data.step), middle = (cell) => (edge(cell) + edge(cell + 1)) / 2;
    const state = (cell) => {
      if (cell < first || cell >= last || person.values[cell * EMOTIONS] === data.nothing) return 0;
      return person.coverage[cell] < 50 ? 1 : 2;
    };
    context.lineJoin = "round";
    data.emotions.forEach((_, e) => {
      if (!emotions.has(e)) return;
      const y = (cell) => body + BODY * (1 - person.values[cell * EMOTIONS + e] / data.scale);
      context.strokeStyle = data.colours[e];
      for (let from = first; from < last; ) {
        const kind = state(from);
        let to = from + 1;
        while (to < last && state(to) === kind) to++;
        if (kind) {
          context.lineWidth = kind === 2 ? 1.8 : 1.4;
          context.setLineDash(kind === 2 ? [] : [3, 3]);
          context.beginPath();
          if (state(from - 1)) context.moveTo(middle(from - 1), y(from - 1)); else context.moveTo(edge(from), y(from));
          for (let cell = from; cell < to; cell++) context.lineTo(middle(cell), y(cell));
          if (!state(to)) context.lineTo(edge(to), y(to - 1));
          context.stroke();
        }
        from = to;
      }
      context.setLineDash([]);
    });
  }

  function drawLines(context, sums, columns, body) {
    const y = (share) => body + BODY * (1 - share);
    const state = (column) => {
      if (Number.isNaN(sums.mean[column * EMOTIONS])) return 0;
      return sums.coverage[column] < 0.5 ? 1 : 2;
    };
    data.emotions.forEach((_, e) => {
      if (!emotions.has(e)) return;
      const colour = data.colours[e];
      context.fillStyle = colour;
      context.globalAlpha = 0.18;
      for (let column = 0; column < columns; column++) {
        const place = column * EMOTIONS + e;
        if (state(column) && sums.most[place] > sums.least[place]) {
          context.fillRect(column, y(sums.most[place]), 1, (sums.most[place] - sums.least[place]) * BODY);
        }
      }
      context.globalAlpha = 1;
      context.strokeStyle = colour;
      context.lineJoin = "round";
      runs(columns, state, (kind, from, to) => {
        if (!kind) return;
        context.lineWidth = kind === 2 ? 1.8 : 1.4;
        context.setLineDash(kind === 2 ? [] : [3, 3]);
        context.beginPath();
        // From the end of the column before, so that a change of the dash leaves no hole.
        if (from && state(from - 1)) context.moveTo(from - 0.5, y(sums.mean[(from - 1) * EMOTIONS + e]));
        for (let column = from; column < to; column++) context.lineTo(column + 0.5, y(sums.mean[column * EMOTIONS + e]));
        if (to === from + 1) context.lineTo(to + 0.5, y(sums.mean[from * EMOTIONS + e]));
        context.stroke();
      });
      context.setLineDash([]);
    });
  }

  function drawAreas(context, sums, columns, body, patterns) {
    for (let column = 0; column < columns; column++) {
      if (Number.isNaN(sums.mean[column * EMOTIONS])) continue;
      context.globalAlpha = sums.coverage[column] < 0.5 ? 0.5 : 1;
      let below = 0;
      for (let e = 0; e < EMOTIONS; e++) {
        const share = sums.mean[column * EMOTIONS + e];
        context.fillStyle = data.colours[e];
        fillColumn(context, column, body + BODY * (1 - below - share), BODY * share);
        below += share;
      }
      if (!sums.other[column]) continue;
      context.fillStyle = patterns.cover;
      fillColumn(context, column, body, BODY);
    }
    context.globalAlpha = 1;
  }

  function drawEpisodes(context, person, top) {
    if (!episodesOf) {
      episodesOf = new Map(persons.map((each) => [each.number, []]));
      for (const episode of data.episodes) episodesOf.get(episode[0])?.push(episode);
    }
    for (const [, emotion, start, , end] of episodesOf.get(person.number)) {
      if (end < view.start || start > view.end || !emotions.has(emotion)) continue;
      const from = Math.max(0, toX(start)), to = Math.min(width, toX(end));
      context.fillStyle = data.colours[emotion];
      context.fillRect(from, top, Math.max(1.5, to - from - 1), 7);
    }
  }

  function drawMinimap() {
    const context = prepared(whole, minimap.clientHeight), lanes = visible(), across = minimap.clientWidth;
    const each = minimap.clientHeight / Math.max(1, lanes.length);
    lanes.forEach((person, place) => {
      const sums = summed(person, 0, Math.max(data.duration, 1e-3), across);
      for (let column = 0; column < across; column++) {
        let best = 0;
        if (Number.isNaN(sums.mean[column * EMOTIONS])) continue;
        for (let e = 1; e < EMOTIONS; e++) {
          if (sums.mean[column * EMOTIONS + e] > sums.mean[column * EMOTIONS + best]) best = e;
        }
        context.fillStyle = data.colours[best];
        fillColumn(context, column, place * each, Math.max(1, each - 1));
      }
    });
    const zoomed = view.end - view.start < data.duration - 1e-6;
    minimap.hidden = !zoomed;
    windowMark.style.left = `${(100 * view.start) / data.duration}%`;
    windowMark.style.width = `${(100 * (view.end - view.start)) / data.duration}%`;
  }

  function moveCursor(time) {
    const x = toX(time);
    cursor.hidden = x < -1 || x > width + 1;
    cursor.style.transform = `translateX(${x}px)`;
    plot.setAttribute("aria-valuenow", time.toFixed(3));
    plot.setAttribute("aria-valuetext", spoken(time));
  }

  function spoken(time) {
    const told = visible().map((person) => {
      const state = at(person, time);
      if (!state) return `${person.name} away`;
      if (!state.probabilities) return `${person.name} ${state.outcome}`;
      return `${person.name} ${shownText(state.probabilities, state.other)}`;
    });
    return [clockText(time), ...told].join(", ");
  }

  function show(start, end) {
    const span = Math.min(Math.max(end - start, shortest), data.duration);
    view.start = Math.min(Math.max((start + end - span) / 2, 0), data.duration - span);
    view.end = view.start + span;
    draw();
  }

  function zoom(factor, around = clock.time) {
    const fixed = Math.min(Math.max(around, view.start), view.end);
    const start = fixed - (fixed - view.start) * factor;
    show(start, start + (view.end - view.start) * factor);
  }

  function pan(share) {
    const by = share * (view.end - view.start);
    show(view.start + by, view.end + by);
  }

  // Keep the cursor in sight when time goes on or jumps.
  function follow(time) {
    if (time < view.start - 1e-6 || time > view.end + 1e-6) {
      const span = view.end - view.start;
      show(time - span / 10, time + (9 * span) / 10);
    } else {
      moveCursor(time);
    }
  }

  function within(event) { return Math.min(Math.max(event.clientX - plot.getBoundingClientRect().left, 0), width); }

  let drag = null;
  plot.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    drag = { from: within(event), selects: event.shiftKey };
    plot.setPointerCapture(event.pointerId);
    tip.hidden = true;
    if (!drag.selects) clock.seek(toTime(drag.from));
  });
  plot.addEventListener("pointermove", (event) => {
    const x = within(event);
    if (!drag) { hover(event, x); return; }
    if (drag.selects) {
      selection.hidden = false;
      selection.style.left = `${Math.min(x, drag.from)}px`;
      selection.style.width = `${Math.abs(x - drag.from)}px`;
    } else {
      clock.seek(toTime(x));
    }
  });
  const drop = (event) => {
    if (drag?.selects && event.type === "pointerup" && Math.abs(within(event) - drag.from) > 4) {
      const [from, to] = [drag.from, within(event)].sort((a, b) => a - b);
      show(toTime(from), toTime(to));
    }
    selection.hidden = true;
    drag = null;
  };
  plot.addEventListener("pointerup", drop);
  plot.addEventListener("pointercancel", drop);
  plot.addEventListener("pointerleave", () => { tip.hidden = true; });
  plot.addEventListener("wheel", (event) => {
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      event.preventDefault();
      pan(event.deltaX / width);
    } else if (event.ctrlKey || document.activeElement === plot) {
      event.preventDefault();
      zoom(Math.exp(Math.sign(event.deltaY) * Math.min(Math.abs(event.deltaY), 120) / 400), toTime(within(event)));
    }
  }, { passive: false });

  function hover(event, x) {
    const y = event.clientY - plot.getBoundingClientRect().top;
    const person = layout().find(({ top, height }) => y >= top && y < top + height)?.person;
    const time = toTime(x), state = person ? at(person, time) : null;
    if (!person || event.pointerType === "touch") { tip.hidden = true; return; }
    tip.replaceChildren(element("b", { textContent: `${person.name}, ${clockText(time)}` }));
    if (state?.probabilities) {
      state.probabilities.forEach((value, e) => tip.append(element("br"), `${data.emotions[e]} ${percentText(value, 1)}`));
      if (state.other !== null) {
        tip.append(element("br"), element(state.other > data.likely ? "b" : "span", { textContent: `other ${percentText(state.other, 1)}` }));
      }
      tip.append(element("br"), `valence ${signedText(state.valence)}`);
      if (state.coverage < 0.995) tip.append(element("br"), `seen for ${percentText(state.coverage)} of the time`);
    } else {
      tip.append(element("br"), state ? state.outcome : "away");
    }
    tip.hidden = false;
    const room = plot.clientWidth - tip.offsetWidth;
    tip.style.left = `${Math.max(0, Math.min(x + 14, room))}px`;
    if (x + 14 > room) tip.style.left = `${Math.max(0, x - 14 - tip.offsetWidth)}px`;
    tip.style.top = `${Math.max(0, y - 20)}px`;
  }

  const toPlace = (event) => {
    const box = minimap.getBoundingClientRect();
    const middle = ((event.clientX - box.left) / box.width) * data.duration, half = (view.end - view.start) / 2;
    show(middle - half, middle + half);
  };
  minimap.addEventListener("pointerdown", (event) => { minimap.setPointerCapture(event.pointerId); toPlace(event); });
  minimap.addEventListener("pointermove", (event) => { if (event.buttons) toPlace(event); });

  new ResizeObserver(() => { if (plot.clientWidth !== width) draw(); }).observe(plot);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  window.addEventListener("beforeprint", () => { printing = true; draw(); });
  window.addEventListener("afterprint", () => { printing = false; draw(); });

  return {
    plot, view, draw, show, zoom, pan, follow, visible, toX,
    onDraw(listener) { drawn.push(listener); },
    all() { show(0, data.duration); },
    set areas(value) { areas = value; draw(); },
    layout, head: HEAD, body: BODY,
    isOpen: (number) => opened.has(number),
    open(number, on) { if (on) opened.add(number); else opened.delete(number); draw(); },
    openAll(on) { persons.forEach(({ number }) => (on ? opened.add(number) : opened.delete(number))); draw(); },
    switchPerson(number, on) { if (on) shown.add(number); else shown.delete(number); draw(); },
    switchEmotion(index, on) { if (on) emotions.add(index); else emotions.delete(index); draw(); },
    isShown: (number) => shown.has(number),
  };
})();
