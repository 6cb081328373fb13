// Splitting off a stretch in which a person is somebody else: chosen by its first and last face, by track, or in seconds.

function splitPanel(root, parts, acts) {
  const panel = element("details", { className: "splitting no-print" }, element("summary", { textContent: "Split off a stretch …" }));
  let built = false;
  panel.addEventListener("toggle", () => {
    if (!panel.open || built) return;
    built = true;  // The many faces are made only for whom they are asked.
    parts.forEach((part) => panel.append(splitForm(root, part, parts.length > 1, acts)));
  });
  return panel;
}

function splitForm(root, part, several, acts) {
  const name = said.standard(part.person), faces = part.faces;
  const from = secondsField("From", `Stretch of ${name}: from second`), to = secondsField("To", `Stretch of ${name}: to second`);
  const fault = element("p", { className: "fault", role: "alert" });
  const select = choiceOf(root, "a new person");
  select.setAttribute("aria-label", `In this stretch, ${name} is`);
  let first = -1, end = -1;

  const buttons = faces.map((face, place) => {
    const button = element("button", { type: "button", className: "face" }, pictureOf(face), element("span", { textContent: clockText(face[0]) }));
    button.setAttribute("aria-label", `Face at ${clockText(face[0])}`);
    button.addEventListener("click", () => {
      // The first click begins a stretch, the next one extends it, one inside of it begins anew.
      const inside = first >= 0 && place >= first && place <= end;
      if (first < 0 || inside) first = end = place; else [first, end] = [Math.min(first, place), Math.max(end, place)];
      fill(...boundsOf(part, first, end));
      dock.goTo(face[0]);
    });
    return button;
  });

  function fill(begin, until) {
    from.input.value = plainSeconds(begin);
    to.input.value = until === Infinity ? "" : plainSeconds(until);
    mark();
  }

  function chosen() { return [Number(from.input.value || 0), to.input.value ? Number(to.input.value) : Infinity]; }

  function mark() {
    const [begin, until] = chosen(), none = !from.input.value && !to.input.value;
    buttons.forEach((button, place) => pressed(button, !none && faces[place][0] >= begin && faces[place][0] < until));
    done.disabled = none;
    fault.textContent = "";
  }

  const strip = element("div", { className: "strip", role: "group" });
  strip.setAttribute("aria-label", `Faces of ${name} in order of time`);
  part.seen.forEach(([begin, stop], place) => {
    const own = buttons.filter((_, at) => faces[at][0] >= begin && faces[at][0] <= stop);
    const until = part.seen[place + 1]?.[0] ?? Infinity;
    const whole = act(spanText([begin, stop]), () => { first = end = -1; fill(...within(part.person, begin, Math.min(until, stop + 0.5), stop)); }, `All of ${spanText([begin, stop])}`);
    whole.className = "link small";
    strip.append(element("div", { className: "span" }, whole, element("div", { className: "faces" }, ...own)));
  });
  const done = act("Split off", () => {
    fault.textContent = acts.split(part.person, ...chosen(), select.value ? Number(select.value) : null);
  });
  [from, to].forEach(({ input, here }) => {
    input.addEventListener("input", () => { first = end = -1; mark(); });
    here.addEventListener("click", () => { input.value = plainSeconds(clock.time); first = end = -1; mark(); });
  });
  mark();
  const legend = element("legend", { textContent: several ? name : "Who else is it, and when?" });
  const hint = element("p", { className: "soft small", textContent: "Choose the first and the last face that is somebody else, or a stretch in sight, or write seconds; empty means from the beginning or to the end. “Here” is the position in the timeline." });
  return element("fieldset", {}, legend, hint, strip, element("div", { className: "row" }, from.label, from.here, to.label, to.here),
    element("div", { className: "row" }, labelled("is", select), done), fault);
}

function secondsField(text, words) {
  const input = element("input", { type: "number", min: 0, step: "any", inputMode: "decimal" });
  input.setAttribute("aria-label", words);
  const here = element("button", { type: "button", textContent: "Here" });
  here.setAttribute("aria-label", `${words}: take the position in the timeline`);
  return { input, here, label: labelled(text, input) };
}

function plainSeconds(value) { return String(Number(value.toFixed(6))); }

// From when to when the faces with two places, and those between, stand for a person: whole stretches in sight where no
// other face is left in them, else halfway to the next face.
function boundsOf(part, first, end) {
  const { faces, seen, person } = part;
  const span = (place) => seen.findIndex(([begin, stop]) => faces[place][0] >= begin && faces[place][0] <= stop);
  const halfway = (place) => Number(((faces[place][0] + faces[place + 1][0]) / 2).toFixed(3));
  const here = span(first), there = span(end), begin = seen[here]?.[0] ?? faces[first][0], stop = seen[there]?.[1] ?? faces[end][0];
  const from = first > 0 && span(first - 1) === here ? halfway(first - 1) : begin;
  const to = end + 1 < faces.length && span(end + 1) === there ? halfway(end) : Math.min(seen[there + 1]?.[0] ?? Infinity, stop + 0.5);
  return within(person, from, to, stop);
}

// Keep a stretch clear of those that were split off before, and open where nothing follows.
function within(person, from, to, stop) {
  const others = said.stretchesOf(person);
  const before = Math.max(0, ...others.filter((each) => each.to <= stop && each.from < from).map((each) => each.to));
  const after = Math.min(Infinity, ...others.filter((each) => each.from >= from).map((each) => each.from));
  const latest = said.found.get(person).seen.at(-1)[1];
  return [Math.max(from, before), stop >= latest && to > latest ? after : Math.min(to, after)];
}
