// The position in the recording: the video's time or, without a video that plays, a clock of our own.

const clock = (() => {
  const video = document.getElementById("video");
  const listeners = [];
  let own = 0, running = false, last = 0, speed = 1, broken = !video;

  const tell = () => listeners.forEach((listener) => listener(clock.time));

  function beat(now) {
    if (!clock.playing) return;
    if (broken) {
      own = Math.min(data.duration, own + (speed * (now - last)) / 1000);
      last = now;
      if (own >= data.duration) running = false;
    }
    tell();
    requestAnimationFrame(beat);
  }

  if (video) {
    video.addEventListener("timeupdate", tell);
    video.addEventListener("seeking", tell);
    video.addEventListener("seeked", tell);
    video.addEventListener("play", () => requestAnimationFrame(beat));
    video.addEventListener("pause", tell);
    video.addEventListener("loadedmetadata", () => { if (own) video.currentTime = own; tell(); });
    video.addEventListener("error", () => {
      broken = true;
      document.getElementById("no-video").hidden = false;
      document.querySelector(".screen").hidden = true;
      tell();
    });
    if (video.error) video.dispatchEvent(new Event("error"));
  }

  return {
    get time() { return broken || (video.readyState === 0) ? own : video.currentTime; },
    get playing() { return broken ? running : !video.paused && !video.ended; },
    seek(time) {
      own = Math.min(Math.max(time, 0), data.duration);
      if (!broken && video.readyState > 0) video.currentTime = own;
      tell();
    },
    toggle() {
      if (!broken) {
        if (video.paused) video.play().catch(() => {}); else video.pause();
      } else {
        running = !running;
        if (running && own >= data.duration) own = 0;
        last = performance.now();
        requestAnimationFrame(beat);
      }
      tell();
    },
    set speed(value) { speed = value; if (video) video.playbackRate = value; },
    follow(listener) { listeners.push(listener); },
  };
})();
