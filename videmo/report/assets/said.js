// What the user says about persons: names, who is the same, stretches that show somebody else. It is what people.csv
// says, and obeys the rules by which videmo reads that file; nothing here touches the page.

const said = (() => {
  const given = data.editing, last = given.last, past = [];
  const found = new Map(given.persons.map((person) => [person.number, person]));
  let names = new Map(given.names), merges = new Map(given.merges);
  let stretches = given.stretches.map(([person, from, to, into]) => ({ person, from, to: to ?? Infinity, into }));

  const standard = (number) => `Person ${number}`;
  const rootOf = (number) => merges.get(number) ?? number;
  // Names in cast.csv go with persons as found; they are not written, and people.csv must not contradict them.
  const cast = new Map(given.cast);
  // Proposals that nobody has agreed to give way to names that the user gives here.
  const proposed = new Set(given.proposed);
  // What it says of the one who stays counts; where it says nothing, what it says of those who are merged.
  const ownName = (number) => names.get(number) ?? "";
  const isOwn = (number) => names.has(number) && names.get(number) !== standard(number);
  const counts = (root, each) => cast.has(each) && !(isOwn(root) && proposed.has(each));
  const participantsOf = (root) => [...new Set((cast.has(root) ? [root] : membersOf(root)).filter((each) => counts(root, each)).map((each) => cast.get(each)))];
  const isNamed = (number) => isOwn(number) || participantsOf(number).length > 0;
  const nameOf = (number) => (isOwn(number) ? names.get(number) : participantsOf(number)[0] ?? standard(number));
  const isThere = (number) => number <= last || stretches.some((stretch) => stretch.into === number);
  const membersOf = (root) => [...merges].filter(([, into]) => into === root).map(([who]) => who).sort((a, b) => a - b);
  const stretchesOf = (person) => stretches.filter((each) => each.person === person).sort((a, b) => a.from - b.from);

  // One line, as persons.people.clean_name makes it.
  function cleaned(text) {
    const plain = text.normalize("NFC").replace(/[\u202a-\u202e\u2066-\u2069]/g, "").replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/gu, " ");
    return plain.split(/\p{Zs}+/u).filter(Boolean).join(" ");
  }

  function remember() { past.push({ names: new Map(names), merges: new Map(merges), stretches: [...stretches] }); }

  function undo() {
    if (past.length) ({ names, merges, stretches } = past.pop());
  }

  function rename(number, text) {
    const name = cleaned(text);
    if (name === (names.get(number) ?? "")) return;
    remember();
    if (name) names.set(number, name); else names.delete(number);
  }

  // The persons of one group become those of another; a name moves along where the other has none.
  function merge(who, into) {
    const [one, other] = [rootOf(who), rootOf(into)];
    if (one === other) return;
    remember();
    join(one, other);
  }

  function join(one, other) {
    for (const member of membersOf(one)) merges.set(member, other);
    merges.set(one, other);
    if (isOwn(one) && !isOwn(other)) names.set(other, names.get(one));
    names.delete(one);
  }

  function takeOut(member) {
    remember();
    merges.delete(member);
  }

  // Say that a stretch of a person as found is somebody else, or a new person; returns why it can't be, if so.
  function split(person, from, to, into) {
    if (!(from >= 0 && from < to)) return "The stretch must end after it begins.";
    const other = stretchesOf(person).find((each) => from < each.to && each.from < to);
    if (other) return `It overlaps the stretch from ${clockText(other.from)} that was split off before: put that one back first.`;
    const rest = restOf(person), inside = clip(rest, from, to);
    if (!inside.length) return `${standard(person)} is not in sight in this stretch.`;
    if (!without(rest, from, to).length) return "That is all there is of this person: use “Same person as” instead.";
    remember();
    const number = into ?? Math.max(last, ...stretches.map((each) => each.into)) + 1;
    stretches.push({ person, from, to, into: number });
    return "";
  }

  function putBack(stretch) {
    remember();
    stretches = stretches.filter((each) => each !== stretch);
    if (isThere(stretch.into)) return;
    // The number is gone: those who were put together under it stay together under the first of them.
    const [heir, ...others] = membersOf(stretch.into), name = names.get(stretch.into);
    merges.delete(stretch.into);
    names.delete(stretch.into);
    if (heir === undefined) return;
    merges.delete(heir);
    others.forEach((other) => merges.set(other, heir));
    if (name) names.set(heir, name);
  }

  function clip(seen, from, to) {
    return seen.map(([begin, end]) => [Math.max(begin, from), Math.min(end, to)]).filter(([begin, end]) => begin <= end && begin < to);
  }

  function without(seen, from, to) {
    return seen.flatMap(([begin, end]) => {
      if (begin >= to || end < from) return [[begin, end]];
      return [...(begin < from ? [[begin, from]] : []), ...(end >= to ? [[to, end]] : [])];
    });
  }

  function restOf(person) {
    return stretchesOf(person).reduce((seen, each) => without(seen, each.from, each.to), found.get(person)?.seen ?? []);
  }

  // What belongs to a group: persons as found, without what was split off, and stretches of others.
  function partsOf(root) {
    const own = [root, ...membersOf(root)].filter((number) => found.has(number)).map((person) => {
      const apart = stretchesOf(person);
      const faces = found.get(person).faces.filter(([time]) => !apart.some((each) => time >= each.from && time < each.to));
      return { person, stretch: null, faces, seen: restOf(person) };
    });
    const others = stretches.filter((each) => rootOf(each.into) === root && found.has(each.person)).map((stretch) => {
      const { person, from, to } = stretch, whole = found.get(person);
      return { person, stretch, faces: whole.faces.filter(([time]) => time >= from && time < to), seen: clip(whole.seen, from, to) };
    });
    return [...own, ...others];
  }

  function roots() {
    const all = [...found.keys(), ...stretches.map((each) => each.into)].map(rootOf);
    return [...new Set(all)].sort((a, b) => a - b);
  }

  // Names that videmo would refuse: two persons of the same name, or one who is somebody else in cast.csv.
  function faults() {
    const called = new Map(), wrong = new Map();
    const numbers = new Set([...Array(last).keys()].map((place) => place + 1));
    for (const each of stretches) numbers.add(each.into);
    for (const number of numbers) {
      if (merges.has(number)) continue;
      const participants = participantsOf(number), more = isOwn(number) ? [names.get(number), ...participants] : participants;
      if (new Set(more).size > 1) wrong.set(number, `cast.csv says ${participants.map((each) => `“${each}”`).join(" and ")} here. Change it there, or decide otherwise.`);
      const name = nameOf(number), other = called.get(name);
      if (other === undefined) called.set(name, number);
      else for (const [one, two] of [[number, other], [other, number]]) {
        if (isNamed(one) && !wrong.has(one)) wrong.set(one, `${standard(two)} is called “${name}” too. Choose another name, or say that they are the same person.`);
      }
    }
    return wrong;
  }

  function seconds(value) { return value.toFixed(9).replace(/\.?0+$/, ""); }

  function csv() {
    const rows = [["person", "name", "merge_into", "from_s", "to_s"]];
    const numbers = new Set([...names.keys(), ...merges.keys(), ...stretches.map((each) => each.person)]);
    for (const number of [...numbers].sort((a, b) => a - b)) {
      if (merges.has(number)) rows.push([number, "", merges.get(number), "", ""]);
      else if (names.has(number)) rows.push([number, csvText(names.get(number)), "", "", ""]);
      for (const { from, to, into } of stretchesOf(number)) {
        rows.push([number, "", into, seconds(from), to === Infinity ? "" : seconds(to)]);
      }
    }
    return csvLines(rows);
  }

  let kept = csv();
  return {
    found, standard, rootOf, isNamed, nameOf, membersOf, stretchesOf, partsOf, roots, faults, csv,
    rename, merge, takeOut, split, putBack, undo,
    ownName, participantsOf,
    get canUndo() { return past.length > 0; },
    get isChanged() { return csv() !== kept; },
    keep() { kept = csv(); },
  };
})();
