// Beside the lanes: names that open and close them, and what the heights of curves mean.

const heads = (() => {
  const place = document.getElementById("heads");
  const buttons = new Map(persons.map((person) => {
    const button = element("button", { type: "button", title: person.name }, element("bdi", { textContent: person.name }));
    button.addEventListener("click", () => timeline.open(person.number, !timeline.isOpen(person.number)));
    return [person.number, button];
  }));

  function marks(top) {
    return [1, 0.5, 0].map((share) => {
      const mark = element("span", { textContent: `${100 * share}\u00a0%` });
      mark.setAttribute("aria-hidden", "true");
      mark.style.top = `${top + timeline.head + timeline.body * (1 - share)}px`;
      return mark;
    });
  }

  // Buttons stay in their places, so that the focus does.
  function lay() {
    const lanes = timeline.layout(), there = new Set(lanes.map(({ person }) => person.number));
    place.querySelectorAll("span").forEach((mark) => mark.remove());
    buttons.forEach((button, number) => { if (!there.has(number)) button.remove(); });
    lanes.forEach(({ person, open, top }, order) => {
      const button = buttons.get(person.number);
      button.setAttribute("aria-expanded", String(open));
      button.style.top = `${top}px`;
      const before = place.querySelectorAll("button")[order] ?? null;
      if (before !== button) place.insertBefore(button, before);
      if (open) place.append(...marks(top));
    });
  }

  timeline.onDraw(lay);
  return { lay };
})();
