// What is done with the stretch that the timeline shows: play it again and again, or cut it out of the video.

const stretch = (() => {
  const again = byId("loop"), clip = byId("clip"), told = byId("clip-command");
  let loops = false;

  function loop(on) {
    loops = on;
    pressed(again, on);
    if (on && (clock.time < timeline.view.start || clock.time >= timeline.view.end)) clock.seek(timeline.view.start);
    if (on && !clock.playing) clock.toggle();
  }

  // Within single quotes, a POSIX shell takes all but a single quote as it is.
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

  function command() {
    const [start, end] = [timeline.view.start, timeline.view.end].map((time) => time.toFixed(3));
    return `ffmpeg -ss ${start} -to ${end} -i ${quoted(data.video)} clip-${start}-${end}.mp4`;
  }

  async function copy() {
    told.textContent = command();
    byId("clip-told").hidden = false;
    try {
      await navigator.clipboard.writeText(told.textContent);
      byId("clip-how").textContent = "Copied. Paste it into a terminal in the folder of this page:";
    } catch {
      byId("clip-how").textContent = "Copy this into a terminal in the folder of this page:";
    }
  }

  function frame(steps) {
    if (clock.playing) clock.toggle();
    clock.seek(clock.time + steps * data.frame);
  }

  again.addEventListener("click", () => loop(!loops));
  clip?.addEventListener("click", copy);
  byId("frame-back").addEventListener("click", () => frame(-1));
  byId("frame-on").addEventListener("click", () => frame(1));
  clock.follow((time) => {
    if (loops && clock.playing && (time >= timeline.view.end - 0.02 || time < timeline.view.start - 0.5)) clock.seek(timeline.view.start);
  });

  return { frame, turn: () => loop(!loops), get loops() { return loops; } };
})();
