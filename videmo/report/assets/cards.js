// The cards of the persons who are edited: faces, name, when seen, and who was put together.

function pictureOf(face, alt = "") {
  return face?.[1]
    ? element("img", { src: face[1], alt, width: 72, height: 72, draggable: false })
    : element("span", { className: "blank" });
}

function spanText([begin, end]) { return `${clockText(begin)} – ${clockText(Math.min(end, data.duration))}`; }

function seenText(spans) {
  const most = 4, shown = spans.slice(0, most).map(spanText).join(", ");
  if (!spans.length) return "nothing is left of this person";
  return `in sight ${shown}${spans.length > most ? ` and ${spans.length - most} more times` : ""}`;
}

// A name that follows the person's name wherever it is typed.
function nameTag(number, tag = "bdi") {
  return element(tag, { textContent: said.nameOf(number), className: `name-of-${number}` });
}

function choiceOf(except, first) {
  const options = said.roots().filter((root) => root !== except)
    .map((root) => element("option", { value: root, textContent: said.nameOf(root), className: `name-of-${root}` }));
  return element("select", {}, element("option", { value: "", textContent: first }), ...options);
}

function labelled(text, ...controls) {
  return element("label", { className: "no-print" }, element("span", { textContent: text }), ...controls);
}

function act(text, action, label = "") {
  const button = element("button", { type: "button", textContent: text });
  if (label) button.setAttribute("aria-label", label);
  button.addEventListener("click", action);
  return button;
}

function portraitOf(root, parts) {
  const whole = parts.find((part) => part.person === root && !part.stretch);
  const chosen = whole && said.found.get(root).faces[said.found.get(root).portrait];
  return chosen && whole.faces.includes(chosen) ? chosen : parts.flatMap((part) => part.faces)[0];
}

// acts: what the page does with each wish; it builds the cards anew when persons change.
function buildCard(root, acts) {
  const parts = said.partsOf(root), standard = said.standard(root);
  const handle = element("div", { className: "handle", draggable: true, title: "Drag onto another person to put the two together" }, pictureOf(portraitOf(root, parts)));
  const title = element("h3", { tabIndex: -1 }, nameTag(root));
  const number = element("span", { className: "soft number", textContent: standard, hidden: !said.isNamed(root) });
  const spans = parts.flatMap((part) => part.seen).sort((a, b) => a[0] - b[0]);
  const told = element("div", {}, title, number, element("p", { className: "soft small", textContent: seenText(spans) }));
  const fault = element("p", { className: "fault", id: `fault-${root}`, hidden: true });
  const field = element("input", { type: "text", value: said.ownName(root), placeholder: said.participantsOf(root)[0] ?? standard, maxLength: 200, autocomplete: "off", spellcheck: false, dir: "auto" });
  field.setAttribute("aria-label", `Name of ${standard}`);
  field.setAttribute("aria-describedby", fault.id);
  field.addEventListener("change", () => acts.rename(root, field.value));
  const card = element("li", { className: "card", id: `card-${root}` }, element("div", { className: "head" }, handle, told), labelled("Name", field), fault);
  card.dataset.person = root;
  const members = memberList(root, parts, acts);
  if (members.children.length) card.append(members);
  if (said.roots().length > 1) card.append(mergeForm(root, acts));
  const splittable = parts.filter((part) => !part.stretch && part.seen.length);
  if (splittable.length) card.append(splitPanel(root, splittable, acts));
  makeDraggable(card, handle, root, acts);
  return card;
}

function mergeForm(root, acts) {
  const select = choiceOf(root, "nobody else here");
  select.setAttribute("aria-label", `${said.standard(root)} is the same person as`);
  const button = act("Put together", () => acts.merge(root, Number(select.value)));
  button.disabled = true;
  select.addEventListener("change", () => { button.disabled = !select.value; });
  return element("div", { className: "row no-print" }, labelled("Same person as", select), button);
}

function memberList(root, parts, acts) {
  const list = element("ul", { className: "members" });
  list.setAttribute("aria-label", `Put together as ${said.standard(root)}`);
  const shown = new Set(parts.filter((part) => !part.stretch).map((part) => part.person));
  for (const part of parts) {
    if (part.person === root && !part.stretch) continue;
    const name = said.standard(part.person), into = part.stretch?.into;
    const words = part.stretch ? `${name} ${spanText([part.stretch.from, part.stretch.to])}` : name;
    const undo = !part.stretch ? act("Take out", () => acts.takeOut(part.person), `Take ${name} out`)
      : into === root ? act("Put back", () => acts.putBack(part.stretch), `Put the stretch back to ${name}`)
      : act("Take out", () => acts.takeOut(into), `Take ${said.standard(into)} out`);
    list.append(element("li", {}, pictureOf(part.faces[0]), element("span", { textContent: words }), undo));
  }
  for (const member of said.membersOf(root)) {
    if (shown.has(member) || parts.some((part) => part.stretch?.into === member)) continue;
    const name = said.standard(member);
    list.append(element("li", {}, pictureOf(null), element("span", { textContent: name }), act("Take out", () => acts.takeOut(member), `Take ${name} out`)));
  }
  return list;
}

function makeDraggable(card, handle, root, acts) {
  handle.addEventListener("dragstart", (event) => {
    event.dataTransfer.setData("application/x-person", String(root));
    event.dataTransfer.effectAllowed = "link";
    card.classList.add("dragged");
  });
  handle.addEventListener("dragend", () => card.classList.remove("dragged"));
  const isPerson = (event) => event.dataTransfer.types.includes("application/x-person");
  card.addEventListener("dragover", (event) => {
    if (!isPerson(event)) return;
    event.preventDefault();
    card.classList.add("over");
  });
  card.addEventListener("dragleave", (event) => { if (!card.contains(event.relatedTarget)) card.classList.remove("over"); });
  card.addEventListener("drop", (event) => {
    if (!isPerson(event)) return;
    event.preventDefault();
    card.classList.remove("over");
    const who = Number(event.dataTransfer.getData("application/x-person"));
    if (who !== root) acts.merge(who, root);
  });
}
