// Lists that the browser keeps for a page, which may be open in several tabs.

// Adds to a list what was added, changed and removed between two states of it; items are told apart by their id. What
// is no longer in the list does not come back.
function merged(before, after, list) {
  const byItsId = (items) => new Map(items.map((item) => [item.id, item]));
  const [old, now, there] = [before, after, list].map(byItsId);
  const changed = (item) => {
    const from = old.get(item.id) ?? {}, to = Object.entries(now.get(item.id) ?? {});
    return { ...item, ...Object.fromEntries(to.filter(([name, value]) => value !== from[name])) };
  };
  const stay = list.filter(({ id }) => now.has(id) || !old.has(id)).map(changed);
  return [...stay, ...after.filter(({ id }) => !old.has(id) && !there.has(id))];
}

// A list in the order of `inOrder`, kept under the name `place`; what is found there and not `isSound` is left out.
class KeptList {
  #known = [];  // As it was kept when this page last looked: what differs was changed here or there since then.

  constructor(place, isSound, inOrder) {
    Object.assign(this, { place, isSound, inOrder, items: [] });
  }

  // No other page makes the same one; crypto.randomUUID is missing where a page comes from http.
  static newId() { return Array.from(crypto.getRandomValues(new Uint32Array(3)), (part) => part.toString(36)).join("-"); }

  // Takes over what other tabs did; false where the browser keeps nothing.
  look() {
    try {
      const there = this.#read();
      if (there) this.items = merged(this.#known, this.items, there).sort(this.inOrder);
      this.#known = there ?? [];
      return true;
    } catch {
      return false;
    }
  }

  // Keeps the list as it is now, with what other tabs did; false where the browser keeps nothing.
  keep(items) {
    this.items = [...items].sort(this.inOrder);
    if (!this.look()) return false;
    try {
      localStorage.setItem(this.place, JSON.stringify(this.items));
      this.#known = this.items;
      return true;
    } catch {
      return false;
    }
  }

  // Calls back when another tab may have changed the list, also while this one slept.
  follow(listener) {
    addEventListener("storage", ({ key }) => { if (key === this.place || key === null) listener(); });
    addEventListener("pageshow", ({ persisted }) => { if (persisted) listener(); });
    document.addEventListener("visibilitychange", () => { if (!document.hidden) listener(); });
  }

  // What is kept; null where nothing is, or nothing that can be read. Pages made before numbered the items from 1.
  #read() {
    const text = localStorage.getItem(this.place);
    try {
      const items = JSON.parse(text);
      return Array.isArray(items) ? items.filter(this.isSound).map((item, at) => ({ ...item, id: String(item.id ?? at + 1) })) : null;
    } catch {
      return null;
    }
  }
}
