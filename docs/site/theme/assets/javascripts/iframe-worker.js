// The theme searches in a worker, and browsers start none for a page that was opened from the disk. There, this stands
// in for one: the worker's script runs in a hidden frame of the page, and messages are passed to it and back.
// The theme's plugin `offline` knows a stand-in by the name of this file, and then fetches none from elsewhere.
"use strict";

class FrameWorker extends EventTarget {
  #scope;

  constructor(address) {
    super();
    const script = document.createElement("script"), frame = document.createElement("iframe");
    script.src = new URL(address, document.baseURI).href;
    frame.srcdoc = script.outerHTML;
    frame.hidden = true;
    this.#scope = new Promise((ready) => {
      frame.addEventListener("load", () => {
        const scope = frame.contentWindow;
        // A worker's script answers with this; a window's would send its own message to itself.
        scope.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
        ready(scope);
      });
    });
    document.body.append(frame);
  }

  // As a worker gets it: later, in order, and a copy.
  postMessage(data) {
    const copy = structuredClone(data);
    this.#scope.then((scope) => scope.dispatchEvent(new MessageEvent("message", { data: copy })));
  }
}

if (location.protocol === "file:") window.Worker = FrameWorker;
