// The list of episodes: filtered, ordered, a hundred at a time.

const episodes = (() => {
  const body = document.getElementById("episodes"), more = document.getElementById("more");
  const byPerson = document.getElementById("episode-person"), byEmotion = document.getElementById("episode-emotion");
  const byOrder = document.getElementById("episode-order"), count = document.getElementById("episode-count");
  const PAGE = 100;
  const names = new Map(persons.map((person) => [person.number, person.name]));
  let found = [], listed = 0;

  persons.forEach((person) => byPerson.append(element("option", { value: person.number, textContent: person.name })));
  data.emotions.forEach((emotion, index) => byEmotion.append(element("option", { value: index, textContent: emotion })));

  const orders = {
    start: (a, b) => a[2] - b[2] || a[0] - b[0],
    peak: (a, b) => b[6] - a[6] || a[2] - b[2],
    length: (a, b) => b[4] - b[2] - (a[4] - a[2]) || a[2] - b[2],
  };

  function filter() {
    found = data.episodes
      .filter((episode) => !byPerson.value || episode[0] === Number(byPerson.value))
      .filter((episode) => !byEmotion.value || episode[1] === Number(byEmotion.value))
      .sort(orders[byOrder.value]);
    const rest = data.episodesInAll - data.episodes.length;
    count.textContent = `${found.length} of ${data.episodesInAll} ${data.episodesInAll === 1 ? "episode" : "episodes"}`;
    if (rest) count.textContent += ` (the last ${rest} are in episodes.csv only)`;
    body.replaceChildren();
    listed = 0;
    list();
  }

  function list() {
    for (const episode of found.slice(listed, listed + PAGE)) body.append(row(episode));
    listed = Math.min(listed + PAGE, found.length);
    more.hidden = listed >= found.length;
    if (!found.length) body.append(element("tr", {}, element("td", { colSpan: 6, className: "soft", textContent: "No episodes." })));
  }

  function row(episode) {
    const [person, emotion, start, peak, end, mean, strongest] = episode;
    const go = element("button", { type: "button", className: "link", textContent: clockText(start) });
    go.setAttribute("aria-label", `Go to ${clockText(start)}: ${names.get(person)} ${data.emotions[emotion]}`);
    go.addEventListener("click", () => visit(episode));
    const shade = element("span", { className: `swatch ${data.emotions[emotion]}` });
    return element(
      "tr", {},
      element("td", {}, go),
      element("td", {}, element("bdi", { textContent: names.get(person) })),
      element("td", {}, element("span", { className: "dot" }, shade, data.emotions[emotion])),
      element("td", { className: "figure", textContent: `${(end - start).toFixed(1)} s` }),
      element("td", { className: "figure", textContent: percentText(mean, 1) }),
      element("td", { className: "figure", textContent: percentText(strongest, 1) }),
    );
  }

  function visit([, , start, , end]) {
    const span = timeline.view.end - timeline.view.start;
    if (start < timeline.view.start || end > timeline.view.end || (end - start) / span < 0.01) {
      const room = Math.max(4 * (end - start), Math.min(span, 20));
      timeline.show((start + end - room) / 2, (start + end + room) / 2);
    }
    dock.goTo(start);
  }

  [byPerson, byEmotion, byOrder].forEach((choice) => choice.addEventListener("change", filter));
  more.addEventListener("click", list);
  filter();

  return {
    // The next or previous episode, in time, of the persons that are switched on.
    step(direction) {
      const own = data.episodes.filter((episode) => timeline.isShown(episode[0])).sort(orders.start);
      const time = clock.time;
      const next = direction > 0
        ? own.find((episode) => episode[2] > time + 0.05)
        : own.reverse().find((episode) => episode[2] < time - 0.05);
      if (next) visit(next);
    },
  };
})();
