// Keeps the video in sight: once a link was followed or the video plays, it waits in a corner while its place is scrolled
// away. What was clicked stays where it is.

const dock = (() => {
  const screen = document.querySelector(".screen"), place = screen?.parentElement;
  const LEAST = 0.6; // of its place
  let away = false, wanted = false;

  function settle() {
    const on = wanted && away && !screen.hidden;
    if (on === screen.classList.contains("docked")) return;
    place.style.minHeight = on ? `${place.getBoundingClientRect().height}px` : ""; // else all below would jump
    screen.classList.toggle("docked", on);
    document.documentElement.classList.toggle("has-dock", on);
  }

  function want(on) { wanted = on; settle(); }

  if (screen) {
    new IntersectionObserver(([entry]) => { away = entry.intersectionRatio < LEAST; settle(); }, { threshold: LEAST }).observe(place);
    document.getElementById("video").addEventListener("play", () => want(true));
    document.getElementById("undock").addEventListener("click", () => want(false));
    document.getElementById("to-player").addEventListener("click", () => {
      place.scrollIntoView({ block: "start" });
      timeline.plot.focus({ preventScroll: true });
    });
  }

  return {
    // Go to a moment; without a video that plays, the timeline shows it.
    goTo(time) {
      clock.seek(time);
      if (screen && !screen.hidden) want(true);
      else timeline.plot.scrollIntoView({ block: "nearest" });
    },
  };
})();
