// Keeps the page current: asks for the part that changes each second and changes only what differs.
// Without this script the page is whole, and reloads itself now and then.
"use strict";

(() => {
  const EACH_SECOND = 1000;
  const AFTER_FAILURE = 3000;
  const TOO_LONG = 10000;
  const live = document.getElementById("live");
  const asOf = document.getElementById("as-of");
  const connection = document.getElementById("connection");
  let mark = "";

  const keyOf = (node) => (node.nodeType === Node.ELEMENT_NODE ? node.getAttribute("data-key") : null);

  // A node of the old page that a new one may be laid over: the same key, or none and the same kind.
  const fits = (before, after) =>
    before.nodeType === after.nodeType && before.nodeName === after.nodeName && keyOf(before) === keyOf(after);

  function matchAttributes(before, after) {
    for (const { name } of [...before.attributes]) {
      // What the reader unfolded stays unfolded.
      if (!after.hasAttribute(name) && !(name === "open" && before.nodeName === "DETAILS")) before.removeAttribute(name);
    }
    for (const { name, value } of after.attributes) {
      if (before.getAttribute(name) !== value) before.setAttribute(name, value);
    }
  }

  function matchChildren(before, after) {
    const wantedKeys = new Set([...after.children].map(keyOf));
    const keyed = new Map();
    for (const child of [...before.children]) {
      const key = keyOf(child);
      if (key === null) continue;
      if (wantedKeys.has(key)) keyed.set(key, child);
      else child.remove();
    }
    let place = before.firstChild;
    for (const wanted of [...after.childNodes]) {
      const key = keyOf(wanted);
      const known = key === null ? undefined : keyed.get(key);
      keyed.delete(key);
      if (known && known !== place && fits(known, wanted)) {
        before.insertBefore(known, place);
        match(known, wanted);
      } else if (place && fits(place, wanted)) {
        const present = place;
        place = place.nextSibling;
        match(present, wanted);
      } else {
        before.insertBefore(document.adoptNode(wanted), place);
      }
    }
    while (place) {
      const rest = place.nextSibling;
      place.remove();
      place = rest;
    }
  }

  function match(before, after) {
    if (before.nodeType !== Node.ELEMENT_NODE) {
      if (before.data !== after.data) before.data = after.data;
      return;
    }
    matchAttributes(before, after);
    matchChildren(before, after);
  }

  function say(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function showTitle() {
    const verdict = live.querySelector("[data-alarms]");
    const alarms = verdict ? Number(verdict.dataset.alarms) : 0;
    const title = alarms ? `(${alarms}) ${live.dataset.title}` : live.dataset.title;
    if (document.title !== title) document.title = title;
  }

  async function refresh() {
    const answer = await fetch("live", {
      cache: "no-store",
      headers: mark ? { "If-None-Match": mark } : {},
      signal: AbortSignal.timeout(TOO_LONG),
    });
    if (answer.status !== 304) {
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").body;
      matchChildren(live, fresh);
      mark = answer.headers.get("ETag") || "";
      showTitle();
    }
    const time = answer.headers.get("Holdtrue-As-Of");
    if (time) {
      asOf.dateTime = time;
      say(asOf, time.replace("T", " ").replace("Z", " UTC"));
    }
  }

  async function follow() {
    let pause = EACH_SECOND;
    if (!document.hidden) {
      try {
        await refresh();
        say(connection, "");
      } catch {
        say(connection, "The server does not answer; trying again.");
        pause = AFTER_FAILURE;
      }
    }
    setTimeout(follow, pause);
  }

  showTitle();
  setTimeout(follow, EACH_SECOND);
})();
