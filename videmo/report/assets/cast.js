// The page of who is who: shows the groups, and turns what the user does into steps of `Groups`.

const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const groups = new Groups(data);
const chosen = new Set();
const cards = data.persons.map(cardOf);
const collator = new Intl.Collator(undefined, { numeric: true });
let saved = fileText(), shownGroups = [], dragged = [];
let members = new Map(), asked = new Map(), sections = new Map();

const quoted = (name) => (name ? `“${name}”` : "those who take no part");
const say = (text, bad = false) => { byId("said").textContent = text; byId("said").classList.toggle("bad", bad); };
const faces = (count) => (count === 1 ? "1 face" : `${count} faces`);

function time(seconds) {
  const whole = Math.round(seconds), hours = Math.floor(whole / 3600), minutes = Math.floor(whole / 60) % 60;
  const rest = String(whole % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

// One person of a recording: a picture that can be selected and dragged, and what is known.
function cardOf(person, place) {
  const { name } = data.recordings[person.recording];
  const picture = person.picture
    ? element("img", { src: person.picture, alt: "", width: 96, height: 96, loading: "lazy", draggable: false })
    : element("span", { className: "blank" }, person.sights ? "no picture" : "not recognisable");
  const button = element("button", { type: "button", className: "face", draggable: true }, picture);
  button.setAttribute("aria-pressed", "false");
  button.setAttribute("aria-label", `${name}, person ${person.person}`);
  button.addEventListener("click", () => choose(place, !chosen.has(place)));
  const title = person.page ? element("a", { href: person.page }) : element("span");
  title.append(element("bdi", {}, name));
  title.title = name;
  const told = element("p", { className: "told" }, title,
    element("span", {}, `person ${person.person}, ${time(person.first)}–${time(person.last)}`));
  if (!person.sights) told.append(element("span", { className: "odd" }, "cannot be recognised"));
  const card = element("li", { className: "card" }, button, told);
  button.addEventListener("dragstart", (event) => begin(event, chosen.has(place) ? [...chosen] : [place]));
  card.dataset.place = place;
  return card;
}

function begin(event, places) {
  dragged = places;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", faces(places.length));
}

// Lets faces be dropped on an element; they then belong to the participant that is named at that moment.
function takeDrops(target, nameOf) {
  target.addEventListener("dragover", (event) => { if (dragged.length) { event.preventDefault(); target.classList.add("over"); } });
  target.addEventListener("dragleave", () => target.classList.remove("over"));
  target.addEventListener("drop", (event) => {
    event.preventDefault();
    const places = dragged;
    dragged = [];
    target.classList.remove("over");
    move(places, nameOf());
  });
}

function choose(place, yes) {
  if (yes) chosen.add(place); else chosen.delete(place);
  cards[place].firstChild.setAttribute("aria-pressed", String(yes));
  showChosen();
}

function chooseNone() { for (const place of [...chosen]) choose(place, false); }

function showChosen() {
  byId("selected").textContent = chosen.size ? `${faces(chosen.size)} selected` : "No face selected";
  byId("move").disabled = !chosen.size;
}

// Moves faces where they can go, and says why they can't elsewhere.
function move(places, name) {
  const other = places.filter((place) => groups.called[place] !== name);
  if (!other.length) return;
  const clash = groups.refuses(other, name);
  if (clash) {
    const recording = data.recordings[clash.recording].name;
    say(`Persons ${clash.one} and ${clash.other} of ${recording} were seen as two people, so they cannot both be ${quoted(name)}. If they are the same, merge them in that recording's people.csv first.`, true);
    return;
  }
  groups.move(other, name);
  chooseNone();
  show();
  say(`${faces(other.length)} moved to ${quoted(name)}.`);
}

function rename(name, text) {
  const wanted = text.normalize("NFC").trim().replace(/\s+/g, " ");
  if (wanted === name) return;
  if (!wanted) { say("A participant needs a name. To leave somebody out, move the faces to “takes no part”.", true); return; }
  const places = groups.groups().find((group) => group.name === name).places;
  if (groups.names().includes(wanted)) {
    move(places, wanted);
    return;
  }
  groups.rename(name, wanted);
  show();
  say(`${quoted(name)} is now ${quoted(wanted)}.`);
}

function confirm(places, yes) {
  groups.confirm(places, yes);
  show();
}

// One participant: name, how sure, who may be the same, and the faces side by side.
function groupOf({ name, places }) {
  const sure = groups.isConfirmed(places);
  const section = element("section", { className: "panel group" });
  section.dataset.name = name;
  section.classList.toggle("confirmed", sure && Boolean(name));
  const head = element("div", { className: "head" });
  if (name) {
    const handle = element("span", { className: "handle no-print", draggable: true, title: "Drag onto another group to join them" }, "⠿");
    handle.setAttribute("aria-hidden", "true");
    handle.addEventListener("dragstart", (event) => begin(event, places));
    const field = element("input", { type: "text", value: name, className: "name", spellcheck: false, autocomplete: "off" });
    field.setAttribute("aria-label", "Participant");
    field.addEventListener("change", () => { const wanted = field.value; field.value = name; rename(name, wanted); });
    const button = element("button", { type: "button", className: "sure" }, sure ? "Confirmed" : "Confirm");
    button.setAttribute("aria-pressed", String(sure));
    button.addEventListener("click", () => { confirm(places, !sure); focusIn(name, ".sure"); });
    head.append(handle, field, button);
  } else {
    head.append(element("h2", {}, "Take no part"));
  }
  head.append(element("span", { className: "soft small" }, describe(places)));
  const all = element("button", { type: "button", className: "link small no-print" }, "select all");
  all.addEventListener("click", () => { for (const place of places) choose(place, true); });
  head.append(all);
  section.append(head);
  for (const [other, pair] of asked.get(name) ?? []) section.append(question(name, places, other, pair));
  section.append(element("ul", { className: "cards" }, ...places.map((place) => cards[place])));
  takeDrops(section, () => name);
  return section;
}

function describe(places) {
  const recordings = new Set(places.map((place) => data.persons[place].recording)).size;
  const far = Math.max(...places.map((place) => data.persons[place].apart ?? 0));
  const apart = far && groups.isAsMatched(places) ? `, up to ${far.toFixed(2)} from the others` : "";
  return (recordings === 1 ? "1 recording" : `${recordings} recordings`) + apart;
}

function question(name, places, other, { one, other: second, apart }) {
  const same = element("button", { type: "button" }, "Same");
  same.addEventListener("click", () => { move(places, other); focusIn(other, ".name"); });
  const differ = element("button", { type: "button" }, "Different");
  differ.addEventListener("click", () => { groups.differ(one, second); show(); say(`${quoted(name)} and ${quoted(other)} stay two. When both are confirmed, nobody asks again.`); focusIn(name, ".name"); });
  const beside = element("span", { className: "beside" });
  for (const place of members.get(other).slice(0, 4)) {
    const { picture } = data.persons[place];
    if (picture) beside.append(element("img", { src: picture, alt: "", width: 40, height: 40 }));
  }
  return element("p", { className: "maybe no-print" },
    element("span", {}, "May be the same as ", element("b", {}, element("bdi", {}, other)), ` (${apart.toFixed(2)} apart)`), beside, same, differ);
}

function matches({ name, places }) {
  const how = byId("filter").value, text = byId("find").value.trim().toLowerCase();
  if (how === "open" && (!name || groups.isConfirmed(places))) return false;
  if (how === "several" && (!name || new Set(places.map((place) => data.persons[place].recording)).size < 2)) return false;
  if (how === "maybe" && !asked.has(name)) return false;
  if (how === "out" && name) return false;
  const texts = [name, ...places.map((place) => data.recordings[data.persons[place].recording].name)];
  return !text || texts.some((each) => each.toLowerCase().includes(text));
}

function show() {
  const focused = document.activeElement?.closest?.(".card")?.dataset.place;
  const every = groups.groups();
  members = new Map(every.map(({ name, places }) => [name, places]));
  asked = groups.questions();
  shownGroups = every.filter(matches);
  const made = shownSections(every);
  const fresh = element("section", { className: "panel group fresh no-print" }, "Drop faces here to make them a participant of their own");
  takeDrops(fresh, () => groups.fresh());
  byId("groups").replaceChildren(...made, fresh);
  byId("none").hidden = made.length > 0;
  const named = every.filter(({ name }) => name), open = named.filter(({ places }) => !groups.isConfirmed(places)).length;
  byId("so-far").textContent = `${named.length === 1 ? "1 participant" : `${named.length} participants`}, ${open} to confirm`;
  byId("undo").disabled = !groups.past.length;
  showTargets();
  showChosen();
  if (focused !== undefined) cards[focused].firstChild.focus({ preventScroll: true });
}

// The sections of the groups that are shown; those in which nothing changed are kept, also while they are not shown.
function shownSections(every) {
  const kept = new Map(), shown = [], wanted = new Set(shownGroups);
  for (const group of every) {
    const { name, places } = group;
    const others = [...asked.get(name) ?? []].map(([other, { one, other: second }]) => [other, one, second, members.get(other).slice(0, 4)]);
    const state = JSON.stringify([name, places, groups.isConfirmed(places), others]);
    const known = sections.get(state), isWhole = known?.lastChild.children.length === places.length; // else its cards are elsewhere
    const section = isWhole ? known : wanted.has(group) ? groupOf(group) : null;
    if (section) kept.set(state, section);
    if (wanted.has(group)) shown.push(section);
  }
  sections = kept;
  return shown;
}

function showTargets() {
  const names = groups.names().sort(collator.compare).map((name) => element("option", { value: `=${name}` }, name));
  byId("move").replaceChildren(
    element("option", { value: "" }, "choose …"), element("option", { value: "+" }, "a participant of their own"),
    element("option", { value: "-" }, "takes no part"), ...names,
  );
}

function focusIn(name, what) {
  [...document.querySelectorAll(".group")].find((group) => group.dataset.name === name)?.querySelector(what)?.focus();
}

// The file, in the form that videmo reads, and the spreadsheet for which the tables are written. How far a face is from
// the participant's others stays as matched last; who may be the same goes by today's names.
function fileText() {
  const open = groups.questions(), semicolons = data.separator === ";";
  const decimal = (text) => text.replace(".", semicolons ? "," : "."), seconds = (number) => decimal(number.toFixed(1));
  const rows = data.persons.map((person, place) => [
    data.recordings[person.recording].csv, person.person, csvText(groups.called[place]), groups.confirmed[place] ? "yes" : "",
    seconds(person.first), seconds(person.last), person.sights, person.apart === null ? "" : decimal(person.apart.toFixed(3)),
    [...open.get(groups.called[place]) ?? []].map(([other, { apart }]) => `${csvText(other)} (${apart.toFixed(3)})`).join("; "),
  ]);
  const others = data.elsewhere.map(([recording, person, participant, ...rest]) => [recording, person, csvText(participant), ...rest]);
  const lines = [["recording", "person", "participant", "confirmed", "first_s", "last_s", "sights", "apart", "maybe_same_as"], ...rows, ...others];
  return (semicolons ? "\ufeff" : "") + csvLines(lines, data.separator);
}

async function save() {
  const text = fileText();
  if (!data.served) {
    offerFile("cast.csv", text);
    saved = text;
    say("Put the file into the folder of the results, in place of the one that is there. Then run videmo report on the folder.");
    return;
  }
  try {
    const answer = await fetch("cast", { method: "POST", body: text, headers: { "Content-Type": "text/csv", "If-Match": data.served } });
    const told = await answer.text();
    if (!answer.ok) { say(told, true); return; }
    data.served = told;
    saved = text;
    say("Saved. Run videmo report on the folder, and the names are in every table, plot and page.");
  } catch {
    say("Not saved: videmo does not answer any more. Start it again with the same command, in another tab; this page keeps what you did.", true);
  }
}

function undo() {
  if (!groups.undo()) return;
  chooseNone();
  show();
  say("Taken back.");
}

function toMove(value) {
  if (value) move([...chosen], value === "+" ? groups.fresh() : value === "-" ? "" : value.slice(1));
  byId("move").value = "";
}

// From the keyboard, each arrow key is a choice: only Enter moves. With the mouse, the choice is made at once.
const target = byId("move");
let choosing = false, cameFrom = null;

function chooseTarget() {
  if (!chosen.size) { say("No face is selected: Space selects the one that you are at.", true); return; }
  cameFrom = document.activeElement?.closest?.(".card")?.dataset.place ?? [...chosen][0];
  target.focus();
}

function endChoice(value) {
  const back = cameFrom ?? [...chosen][0];
  choosing = false;
  toMove(value);
  const card = cards[back].firstChild;
  (card.offsetParent ? card : document.querySelector(".face"))?.focus();
}

target.addEventListener("pointerdown", () => { choosing = false; });
target.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    endChoice("");
    say("Nothing was moved.");
  } else if (event.key === "Enter" && target.value) {
    endChoice(target.value);
  } else {
    choosing ||= event.key !== "Tab";
    return;
  }
  event.preventDefault();
});
target.addEventListener("change", () => {
  if (!choosing) toMove(target.value);
  else if (target.value) say(`Enter moves ${faces(chosen.size)} to: ${target.selectedOptions[0].text}. Esc cancels.`);
});
target.addEventListener("blur", () => {
  if (choosing && target.value) say("Nothing was moved.");
  choosing = false; target.value = ""; cameFrom = null;
});

function confirmHere() {
  const section = document.activeElement?.closest?.(".group");
  const here = shownGroups.find(({ name }) => name && name === section?.dataset.name);
  const after = shownGroups.slice(here ? shownGroups.indexOf(here) + 1 : 0);
  const next = after.find(({ name, places }) => name && !groups.isConfirmed(places));
  if (here) { confirm(here.places, true); say(`${quoted(here.name)} is confirmed.`); }
  if (next) focusIn(next.name, ".sure");
}

function neighbour(key) {
  const all = [...document.querySelectorAll(".face")], here = all.indexOf(document.activeElement);
  const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
  if (here < 0 || step) { all[here + step]?.focus(); return; }
  // One face after the other: to measure all of them would lay out every group that is out of sight.
  const { left, top } = all[here].getBoundingClientRect(), way = key === "ArrowDown" ? 1 : -1;
  let nearest = null, best = Infinity, edge = null;
  for (let at = here + way; all[at]; at += way) {
    const box = all[at].getBoundingClientRect();
    if (Math.abs(box.top - top) < 5) continue;
    edge ??= box.top;
    if (Math.abs(box.top - edge) >= 5) break;
    if (Math.abs(box.left - left) < best) [nearest, best] = [all[at], Math.abs(box.left - left)];
  }
  nearest?.focus();
}

addEventListener("keydown", (event) => {
  if (event.target.matches?.("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
  const act = {
    m: chooseTarget, u: undo, c: confirmHere, Escape: chooseNone,
    s: () => { if (chosen.size) move([...chosen], groups.fresh()); },
  }[event.key];
  if (act) act();
  else if (event.key.startsWith("Arrow") && event.target.matches?.(".face")) neighbour(event.key);
  else return;
  event.preventDefault();
});
addEventListener("dragend", () => { dragged = []; });
addEventListener("beforeunload", (event) => { if (fileText() !== saved) event.preventDefault(); });
byId("filter").addEventListener("change", show);
byId("find").addEventListener("input", show);
byId("undo").addEventListener("click", undo);
byId("save").addEventListener("click", save);
show();
