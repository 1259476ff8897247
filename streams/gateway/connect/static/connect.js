// Copying, what arrives, and a link that signs in; all else works without.
"use strict";

const EVERY_MS = 400; // seen within a second
const KEPT = 20; // lines of what has arrived

for (const button of document.querySelectorAll("[data-copy]")) {
  const words = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const line = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(line.textContent);
      button.textContent = button.dataset.done;
      setTimeout(() => { button.textContent = words; }, 2000);
    } catch { // a page without HTTPS may not: mark it, so that the keyboard can copy
      getSelection().selectAllChildren(line);
      line.focus();
    }
  });
}

// `touchpoint gateway connect` prints a link with the token behind `#`, which no server and no log ever sees.
const token = new URLSearchParams(location.hash.slice(1)).get("token");
if (token) {
  history.replaceState(null, "", location.pathname + location.search);
  const door = document.getElementById("door");
  if (door) {
    door.elements.token.value = token;
    door.requestSubmit();
  }
}

const seen = document.getElementById("seen");
if (seen) {
  const live = document.getElementById("live");
  let number = 0;
  document.getElementById("no-script").remove();

  function say(words, isLost) {
    if (live.textContent !== words) live.textContent = words;
    live.parentElement.classList.toggle("lost", isLost);
  }

  function show(html) {
    seen.insertAdjacentHTML("afterbegin", html);
    while (seen.children.length > KEPT) seen.lastElementChild.remove();
    for (const time of seen.querySelectorAll("time:not([data-local])")) {
      time.textContent = new Date(time.dateTime).toLocaleTimeString(document.documentElement.lang, { hour12: false });
      time.dataset.local = "";
    }
  }

  async function ask() {
    try {
      const query = new URLSearchParams({ key: seen.dataset.key, after: number });
      const answer = await fetch(`/connect/seen?${query}`, { cache: "no-store" });
      if (answer.status === 401) return say(seen.dataset.ended, true);
      if (!answer.ok) throw new Error(answer.status);
      const news = await answer.json();
      if (news.html) show(news.html);
      number = news.number;
      say(seen.dataset.waiting, false);
    } catch {
      say(seen.dataset.lost, true);
    }
    setTimeout(ask, document.hidden ? 5 * EVERY_MS : EVERY_MS);
  }

  ask();
}
