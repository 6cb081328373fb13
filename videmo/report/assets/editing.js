// Editing persons in the page: suggestions, cards, undoing, and the people.csv to download.

const editing = (() => {
  const root = document.getElementById("editing");
  if (!root) return null;
  const cardList = document.getElementById("editing-cards"), status = document.getElementById("editing-status");
  const undoButton = document.getElementById("editing-undo"), download = document.getElementById("editing-download");
  const asked = document.getElementById("editing-asked"), changes = document.getElementById("editing-changes"), dismissed = new Set();

  const acts = {
    rename(number, text) {
      said.rename(number, text);
      showNames();
      tell(said.isNamed(number) ? `${said.standard(number)} is called ${said.nameOf(number)}.` : `${said.standard(number)} has no name.`);
    },
    merge(who, into) {
      const [one, other] = [said.rootOf(who), said.rootOf(into)], names = [said.nameOf(one), said.nameOf(other)];
      const bothNamed = said.isNamed(one) && said.isNamed(other), warning = besideText(one, other);
      said.merge(one, other);
      build(other);
      tell(`${names[0]} is the same person as ${names[1]} now${bothNamed ? ` and called ${names[1]}` : ""}.${warning}`);
    },
    takeOut(member) {
      said.takeOut(member);
      build(member);
      tell(`${said.standard(member)} is a person of its own again.`);
    },
    split(person, from, to, into) {
      const before = new Set(said.roots()), refused = said.split(person, from, to, into);
      if (refused) return refused;
      const target = into ?? said.roots().find((number) => !before.has(number));
      build(target);
      tell(`From ${clockText(from)} to ${to === Infinity ? "the end" : clockText(to)}, ${said.standard(person)} is ${said.nameOf(said.rootOf(target))} now.`);
      return "";
    },
    putBack(stretch) {
      said.putBack(stretch);
      build(said.rootOf(stretch.person));
      tell(`The stretch belongs to ${said.nameOf(said.rootOf(stretch.person))} again.`);
    },
  };

  // Who is seen beside another in one frame can hardly be the same person.
  function besideText(one, other) {
    const groups = [one, other].map((each) => new Set([each, ...said.membersOf(each)]));
    const pair = data.editing.beside.filter(([a, b]) => (groups[0].has(a) && groups[1].has(b)) || (groups[0].has(b) && groups[1].has(a)))
      .sort((a, b) => b[2] - a[2])[0];
    if (!pair) return "";
    return ` But ${said.standard(pair[0])} and ${said.standard(pair[1])} were found side by side in ${pair[2]} ${pair[2] === 1 ? "frame" : "frames"}: are you sure?`;
  }

  function tell(text) { status.textContent = text; }

  function build(focused = 0) {
    const open = new Set(Array.from(cardList.querySelectorAll("details[open]"), (panel) => panel.closest(".card").id));
    cardList.replaceChildren(...said.roots().map((number) => buildCard(number, acts)));
    for (const id of open) {
      const panel = document.getElementById(id)?.querySelector("details");
      if (panel && id !== `card-${focused}`) panel.open = true;
    }
    showNames();
    if (focused) document.querySelector(`#card-${said.rootOf(focused)} h3`)?.focus();
  }

  // Names change where they stand, so that nothing disappears under the pointer that leaves a field.
  function showNames() {
    const wrong = said.faults();
    for (const number of said.roots()) {
      document.querySelectorAll(`.name-of-${number}`).forEach((tag) => { tag.textContent = said.nameOf(number); });
      const card = document.getElementById(`card-${number}`), field = card.querySelector("input"), fault = card.querySelector(".fault");
      field.value = said.ownName(number);
      field.setAttribute("aria-invalid", String(wrong.has(number)));
      fault.textContent = wrong.get(number) ?? "";
      fault.hidden = !wrong.has(number);
      card.querySelector(".number").hidden = !said.isNamed(number);
    }
    undoButton.disabled = !said.canUndo;
    root.classList.toggle("changed", said.isChanged);
    ask();
  }

  function ask() {
    const pairs = new Map();
    for (const pair of data.editing.maybe) {
      const [one, other] = pair.map(said.rootOf).sort((a, b) => a - b);
      if (one !== other && !(said.isNamed(one) && said.isNamed(other))) pairs.set(`${one} ${other}`, [one, other]);
    }
    const open = [...pairs].filter(([key]) => !dismissed.has(key));
    asked.hidden = !open.length;
    asked.querySelector("ul").replaceChildren(...open.map(([key, pair]) => question(key, ...pair)));
    askOfChanges();
  }

  // Where a face that was followed may be another one from some moment on, until the user splits it or says that it isn't.
  function askOfChanges() {
    const open = data.editing.changes.filter(([person, time]) => !dismissed.has(`${person} from ${time}`) && !said.stretchesOf(person).length);
    changes.hidden = !open.length;
    changes.querySelector("ul").replaceChildren(...open.map(([person, time]) => change(person, time)));
  }

  function change(person, time) {
    const { faces, seen } = said.found.get(person), name = said.standard(person);
    const place = Math.max(0, seen.findIndex(([, stop]) => time <= stop)), stop = seen[place][1];
    const after = faces.find((face) => face[0] >= time), before = faces.filter((face) => face[0] < time).at(-1);
    const shown = element("div", { className: "faces" }, ...[before, after].filter(Boolean).map((face) => pictureOf(face)));
    const look = act(`Look at ${clockText(time)}`, () => dock.goTo(time), `${name}: look at ${clockText(time)}`);
    const split = act("Split off from there", () => {
      const fault = acts.split(person, ...within(person, time, Math.min(seen[place + 1]?.[0] ?? Infinity, stop + 0.5), stop), null);
      if (fault) tell(fault);
    }, `${name} is somebody else from ${clockText(time)} on`);
    const same = act("Same person", () => {
      dismissed.add(`${person} from ${time}`);
      askOfChanges();
      tell(`${name} stays one person at ${clockText(time)}.`);
      (changes.querySelector("button") ?? cardList.querySelector("h3")).focus();
    }, `${name} is the same person before and after ${clockText(time)}`);
    return element("li", {}, element("div", { className: "side" }, shown, nameTag(said.rootOf(person))),
      element("span", { className: "soft", textContent: `from ${clockText(time)} on` }), element("div", { className: "row no-print" }, look, split, same));
  }

  function question(key, one, other) {
    const side = (number) => {
      const faces = said.partsOf(number).flatMap((part) => part.faces), step = Math.max(1, faces.length / 4);
      const few = [0, 1, 2, 3].map((place) => faces[Math.floor(place * step)]).filter((face, place, all) => face && all.indexOf(face) === place);
      return element("div", { className: "side" }, element("div", { className: "faces" }, ...few.map((face) => pictureOf(face))), nameTag(number));
    };
    const names = `${said.standard(one)} and ${said.standard(other)}`;
    // Who has a name keeps it, and the number that it goes with.
    const [who, into] = said.isNamed(other) && !said.isNamed(one) ? [one, other] : [other, one];
    const yes = act("Same person", () => { acts.merge(who, into); }, `${names} are the same person`);
    const no = act("Different persons", () => {
      dismissed.add(key);
      ask();
      tell(`${names} stay apart.`);
      (asked.querySelector("button") ?? cardList.querySelector("h3")).focus();
    }, `${names} are different persons`);
    return element("li", {}, side(one), element("span", { className: "soft", textContent: "and" }), side(other), element("div", { className: "row no-print" }, yes, no));
  }

  undoButton.addEventListener("click", () => {
    said.undo();
    build();
    tell("The last change is undone.");
    if (undoButton.disabled) cardList.querySelector("h3")?.focus();
  });

  download.addEventListener("click", () => {
    const [number, words] = [...said.faults()][0] ?? [];
    if (number) {
      tell(`Not written yet: ${words}`);
      document.querySelector(`#card-${number} input`)?.focus();
      return;
    }
    offerFile("people.csv", said.csv());
    said.keep();
    root.classList.remove("changed");
    tell(download.dataset.done);
  });

  window.addEventListener("beforeunload", (event) => { if (said.isChanged) event.preventDefault(); });
  root.addEventListener("toggle", () => { if (root.open && !cardList.children.length) build(); });
  if (location.hash === "#edit-persons") root.open = true;
  document.querySelectorAll("a[href='#edit-persons']").forEach((link) => link.addEventListener("click", () => { root.open = true; }));
  if (root.open) build();
  return { said };
})();
