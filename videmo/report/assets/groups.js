// Who is who, as it stands: pure state, without the page. Each person of a recording belongs to one participant.

class Groups {
  constructor(data) {
    this.persons = data.persons;
    this.called = data.persons.map((person) => person.participant);
    this.confirmed = data.persons.map((person) => person.confirmed);
    this.order = [...new Set(this.called)];
    this.apart = new Set(); // pairs that the user called different
    this.past = [];
    this.pairs = data.maybe;
    this.sizes = new Map();
    for (const { matched } of this.persons) this.sizes.set(matched, (this.sizes.get(matched) ?? 0) + 1);
    this.elsewhere = data.elsewhere.map(([, , participant]) => participant);
  }

  // Groups in a steady order: each one's name and the places of its persons. Nobody of interest comes last.
  groups() {
    const members = new Map(this.order.map((name) => [name, []]));
    this.called.forEach((name, place) => {
      if (!members.has(name)) members.set(name, []);
      members.get(name).push(place);
    });
    const found = [...members].filter(([, places]) => places.length);
    this.order = found.map(([name]) => name);
    return [...found.filter(([name]) => name), ...found.filter(([name]) => !name)].map(([name, places]) => ({ name, places }));
  }

  names() { return [...new Set(this.called)].filter(Boolean); }

  // Whether a group is as it was when people were matched, whatever it is called now.
  isAsMatched(places) {
    const { matched } = this.persons[places[0]];
    return places.every((place) => this.persons[place].matched === matched) && places.length === this.sizes.get(matched);
  }

  isConfirmed(places) { return places.every((place) => this.confirmed[place]); }

  // Why some persons can't be one participant with those of a group; empty if they can.
  refuses(places, name) {
    if (!name) return "";
    const seen = new Map();
    const all = this.called.flatMap((called, place) => (called === name && !places.includes(place) ? [place] : []));
    for (const place of [...all, ...places]) {
      const { recording, person } = this.persons[place];
      if (seen.has(recording)) return { recording, one: seen.get(recording), other: person };
      seen.set(recording, person);
    }
    return "";
  }

  // Remembers what was, for undo.
  note() { this.past.push([[...this.called], [...this.confirmed], [...this.order], new Set(this.apart)]); }

  undo() {
    const was = this.past.pop();
    if (was) [this.called, this.confirmed, this.order, this.apart] = was;
    return Boolean(was);
  }

  move(places, name) {
    this.note();
    const left = new Set(places.map((place) => this.called[place]));
    for (const place of places) {
      this.called[place] = name;
      this.confirmed[place] = false;
    }
    this.called.forEach((called, place) => { if (called === name || left.has(called)) this.confirmed[place] = false; });
    if (!this.order.includes(name)) {
      const beside = this.order.findIndex((called) => left.has(called));
      this.order.splice(beside + 1, 0, name);
    }
  }

  rename(name, wanted) {
    this.note();
    this.called = this.called.map((called) => (called === name ? wanted : called));
    this.order = [...new Set(this.order.map((called) => (called === name ? wanted : called)))];
  }

  confirm(places, yes) {
    this.note();
    for (const place of places) this.confirmed[place] = yes;
  }

  differ(one, other) {
    this.note();
    this.apart.add(`${one} ${other}`);
  }

  // The next free name of the form P01, as wide as those that there are.
  fresh() {
    const taken = new Set([...this.called, ...this.elsewhere]);
    const wide = Math.max(2, ...this.names().map((name) => (/^P(\d+)$/.exec(name)?.[1] ?? "").length));
    for (let number = 1; ; number += 1) {
      const name = `P${String(number).padStart(wide, "0")}`;
      if (!taken.has(name)) return name;
    }
  }

  // For each participant those who may be the same, the nearest first, unless the user said that they aren't, or
  // confirmed both.
  questions() {
    const open = new Set(this.called.filter((_, place) => !this.confirmed[place]));
    const found = new Map();
    const ask = (name, other, pair) => {
      if (!found.has(name)) found.set(name, new Map());
      const asked = found.get(name);
      if (asked.size < 3 && !asked.has(other)) asked.set(other, pair);
    };
    for (const [one, other, apart] of this.pairs) {
      const [first, second] = [this.called[one], this.called[other]];
      if (first === second || !first || !second || this.apart.has(`${one} ${other}`)) continue;
      if (!open.has(first) && !open.has(second)) continue;
      ask(first, second, { one, other, apart });
      ask(second, first, { one, other, apart });
    }
    return found;
  }
}
