// Makes the pages live: changes by server-sent events, keyboard, forms without reloading, times that tick, sound, badge.
// Every page works without it. The server draws; what it drew is merged into the page, so that focus, selection, open
// menus and half-typed texts stay as they are.
"use strict";
(() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const main = one("#main");
  const texts = document.body.dataset;
  const MAX_ROWS = 100;
  document.documentElement.classList.add("scripted");
  const recall = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
  const remember = (key, value) => { try { localStorage.setItem(key, value); } catch { /* private window */ } };

  // Times
  const skew = Number(main.dataset.now || Date.now()) - Date.now();
  function lasting(ms) {
    const s = Math.max(0, Math.floor(ms / 1000)), min = Math.floor(s / 60), h = Math.floor(min / 60), d = Math.floor(h / 24);
    if (s < 60) return `${s} s`;
    if (min < 60) return `${min} min`;
    const [large, unit, small, rest] = h < 24 ? [h, "h", min % 60, "min"] : [d, "d", h % 24, "h"];
    return small ? `${large} ${unit} ${small} ${rest}` : `${large} ${unit}`;
  }
  function tick() {
    const now = Date.now() + skew;
    for (const time of all("time[data-ago]")) say(time, lasting(now - Date.parse(time.dateTime)));
    for (const time of all("time[data-left]")) {
      const left = Date.parse(time.dateTime) - now;
      time.classList.toggle("over", left <= 0);
      say(time, left > 0 ? lasting(left) : `${texts.textsOverdue} ${lasting(-left)}`);
    }
  }
  function say(element, text) { if (element.textContent !== text) element.textContent = text; }
  setInterval(tick, 1000);

  // Merging what the server drew into what is shown
  function merge(have, want) {
    if (have.isEqualNode(want)) return have;
    if (have.nodeType !== want.nodeType || have.nodeName !== want.nodeName || keyOf(have) !== keyOf(want)) {
      have.replaceWith(want);
      return want;
    }
    if (have.nodeType !== Node.ELEMENT_NODE) {
      if (have.data !== want.data) have.data = want.data;
      return have;
    }
    const isKept = (name) => (name === "open" && have.nodeName === "DETAILS") || name === "aria-current" && have.matches(".row");
    for (const { name, value } of want.attributes) if (have.getAttribute(name) !== value) have.setAttribute(name, value);
    for (const { name } of [...have.attributes]) if (!want.hasAttribute(name) && !isKept(name)) have.removeAttribute(name);
    mergeChildren(have, want);
    return have;
  }
  const keyOf = (node) => (node.nodeType === Node.ELEMENT_NODE ? node.id || node.dataset.card || "" : "");
  const isBlank = (node) => node.nodeType === Node.TEXT_NODE && !node.data.trim();
  function mergeChildren(have, want) {
    const wanted = new Set([...want.children].map(keyOf));
    for (const child of [...have.children]) if (keyOf(child) && !wanted.has(keyOf(child))) child.remove();
    const known = new Map([...have.children].filter(keyOf).map((child) => [keyOf(child), child]));
    let here = have.firstChild;
    for (const child of [...want.childNodes]) {
      if (isBlank(child)) continue;
      while (here && isBlank(here)) here = here.nextSibling;
      const isAlike = here && !keyOf(here) && here.nodeName === child.nodeName;
      const same = keyOf(child) ? known.get(keyOf(child)) : isAlike ? here : null;
      if (same && same !== here) have.insertBefore(same, here);
      if (same) here = merge(same, child).nextSibling;
      else have.insertBefore(child, here);
    }
    while (here) { const next = here.nextSibling; if (!isBlank(here)) here.remove(); here = next; }
  }
  const parse = (html) => new DOMParser().parseFromString(html, "text/html");

  // Asking the server
  const csrf = () => one("meta[name=csrf]").content;
  async function ask(address, options, fragment) {
    try {
      const response = await fetch(address, { ...options, headers: { "x-fragment": fragment, "x-csrf": csrf() } });
      if (response.status === 401) location.reload();
      return { ok: response.ok, page: parse(await response.text()) };
    } catch {
      toast(texts.textsFailed);
      return null;
    }
  }
  function show(page, keepsBanner) {
    const fresh = one("#main", page), banner = one("#banner");
    if (!fresh || one(".door", fresh) || !fresh.children.length) return toast(page.body.textContent.trim());
    if (keepsBanner && banner && one("#banner", fresh)) one("#banner", fresh).replaceWith(banner.cloneNode(true));
    const hadFocus = document.activeElement !== document.body;
    mergeChildren(main, fresh);
    one("meta[name=csrf]").content = one("meta[name=csrf]", page).content;
    if (hadFocus && document.activeElement === document.body) main.focus({ preventScroll: true });
    tick();
    return undefined;
  }
  let asking = false, asksAgain = false, meanwhile = [];
  async function refresh() {
    if (asking) { asksAgain = true; return; }
    asking = true;
    const address = new URL(location.href);
    address.searchParams.delete("said");
    const answer = await ask(address, {}, "page");
    asking = false;
    if (answer) show(answer.page, true);
    // The answer may be older than what was heard while it was on its way.
    for (const changed of meanwhile.splice(0)) patch(changed);
    if (asksAgain) { asksAgain = false; refresh(); }
  }
  let later = 0, stormed = 0, toasting = 0, clearing = 0; // timers
  function refreshSoon(ms = 300) { clearTimeout(later); later = setTimeout(refresh, ms); }
  // In a storm two hundred pages would ask at once, again and again: each waits for a time of its own.
  function refreshInStorm() {
    if (Date.now() < stormed) return;
    const wait = (Date.now() - stormed > 10000 ? 0 : 3000) + Math.random() * 1000;
    stormed = Date.now() + wait;
    refreshSoon(wait);
  }
  function toast(text) {
    clearTimeout(toasting);
    one("#toast").textContent = text.replace(/\s+/g, " ").slice(0, 300);
    toasting = setTimeout(() => { one("#toast").textContent = ""; }, 8000);
  }
  function clearBannerLater() {
    clearTimeout(clearing);
    clearing = setTimeout(() => { const good = one("#banner .good"); if (good) good.remove(); }, 6000);
  }

  // Forms without reloading
  const fields = (form, submitter) => new URLSearchParams(new FormData(form, submitter));
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("[data-swap], [data-dialog], [data-row-form]")) return;
    event.preventDefault();
    if (form.dataset.busy) return;
    form.dataset.busy = "yes";
    const body = fields(form, event.submitter);
    if (form.matches("[data-row-form]")) {
      if (await actOnRow(form.dataset.about, body)) { form.reset(); form.closest("dialog").close(); }
    } else {
      const answer = await ask(form.action, { method: "POST", body }, "page");
      if (answer && answer.ok) {
        form.reset();
        const menu = form.closest("details");
        if (menu) { menu.open = false; one("summary", menu).focus({ preventScroll: true }); }
      }
      if (answer && answer.ok && form.matches("[data-dialog]")) openOnce(one("#main", answer.page));
      else if (answer) { show(answer.page); clearBannerLater(); }
    }
    delete form.dataset.busy;
  });
  function openOnce(content) {
    const dialog = document.createElement("dialog");
    dialog.append(...content.children);
    dialog.setAttribute("aria-label", one("h1", dialog).textContent.trim());
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }
  async function actOnRow(id, body) {
    const row = document.getElementById(`case-${id}`);
    body.set("revision", row ? row.dataset.revision : "0");
    const answer = await ask(`/cases/${id}/act`, { method: "POST", body }, "row");
    if (!answer) return false;
    const fresh = one(".row", answer.page);
    if (answer.ok && fresh && row && row.isConnected) { merge(row, fresh); flash(row); }
    if (!answer.ok) toast(answer.page.body.textContent.trim());
    return answer.ok;
  }
  function flash(row) {
    row.classList.remove("fresh");
    requestAnimationFrame(() => row.classList.add("fresh"));
  }

  // The queue
  const list = one("#queue");
  const newer = one("#newer");
  const waiting = new Map();
  const rows = () => all(".queue > .row");
  const selected = () => one(".queue > .row[aria-current]");
  function count(change) {
    const total = one("[data-total]");
    total.textContent = String(Math.max(0, Number(total.textContent) + change));
    one("#empty").hidden = Boolean(list.children.length || waiting.size);
  }
  function anchor() {
    return selected() || (window.scrollY > 80 ? rows().find((row) => row.getBoundingClientRect().bottom > 60) : null);
  }
  function insert(row) {
    const rank = Number(row.dataset.rank);
    const below = rows().find((other) => Number(other.dataset.rank) < rank);
    const held = anchor();
    if (held && below && (below === held || below.compareDocumentPosition(held) & Node.DOCUMENT_POSITION_FOLLOWING)) return false;
    list.insertBefore(row, below || null);
    flash(row);
    while (list.children.length > MAX_ROWS) list.lastElementChild.remove();
    return true;
  }
  function patch(changed) {
    for (const id of changed.gone || []) {
      const row = document.getElementById(`case-${id}`);
      if (row) remove(row);
      if (row || waiting.delete(id)) count(-1);
    }
    for (const { id, insert: isNew, html } of changed.rows || []) {
      const row = document.getElementById(`case-${id}`), fresh = one(".row", parse(html));
      if (row) { merge(row, fresh); flash(row); continue; }
      if (!isNew || list.dataset.first !== "yes") continue;
      if (waiting.has(id) || !insert(fresh)) { if (!waiting.has(id)) count(1); waiting.set(id, fresh); } else count(1);
    }
    showWaiting();
    tick();
  }
  function remove(row) {
    if (row.contains(document.activeElement)) move(row.nextElementSibling ? 1 : -1);
    row.remove();
  }
  function showWaiting(isMany) {
    newer.hidden = !waiting.size && !isMany;
    if (!newer.hidden) newer.textContent = texts.textsNew.replace("{0}", isMany ? `${MAX_ROWS}+` : waiting.size);
    newer.dataset.many = isMany ? "yes" : "";
  }
  if (newer) newer.addEventListener("click", async () => {
    const held = selected();
    if (held) held.removeAttribute("aria-current");
    document.activeElement.blur();
    window.scrollTo({ top: 0 });
    if (newer.dataset.many) await refresh();
    for (const row of waiting.values()) if (!document.getElementById(row.id)) insert(row);
    waiting.clear();
    showWaiting();
  });
  function move(by) {
    const shown = rows(), at = shown.indexOf(selected());
    const next = shown[at < 0 ? 0 : Math.min(shown.length - 1, Math.max(0, at + by))];
    if (next) { one(".c-title", next).focus(); next.scrollIntoView({ block: "nearest" }); }
  }
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest(".queue > .row");
    if (!row) return;
    for (const other of all(".queue > .row[aria-current]")) if (other !== row) other.removeAttribute("aria-current");
    row.setAttribute("aria-current", "true");
  });

  // What changes
  const feed = main.dataset.feed;
  const isQueue = feed.includes("view=queue");
  const isCard = feed.includes("view=case");
  let source = null, seq = new URLSearchParams(feed.split("?")[1]).get("after") || "0", wasOpen = seq !== "0";
  function connect() {
    const address = new URL(feed, location.origin);
    address.searchParams.set("after", seq);
    source = new EventSource(address);
    source.addEventListener("hello", () => { live(true); if (!wasOpen) refresh(); wasOpen = true; });
    source.addEventListener("changed", (event) => { seq = event.lastEventId || seq; hear(JSON.parse(event.data)); });
    source.addEventListener("error", () => {
      live(false);
      if (source.readyState === EventSource.CLOSED) setTimeout(() => { refresh(); connect(); }, 5000);
    });
  }
  function live(isOn) {
    const sign = one("#live");
    if (!sign) return;
    sign.hidden = false;
    sign.classList.toggle("lost", !isOn);
    one("[data-live-text]", sign).textContent = isOn ? texts.textsOn : texts.textsLost;
  }
  function hear(changed) {
    if (changed.missed && isQueue && anchor()) showWaiting(true);
    else if (changed.missed && isQueue) refreshInStorm();
    else if (changed.missed || (changed.cases || []).length) refresh();
    else if (!isQueue && !isCard && (changed.incidents || []).length) refreshSoon();
    if (isQueue) patch(changed);
    if (isQueue && asking) meanwhile.push(changed);
    announce(changed.announce || []);
  }
  let unseen = 0;
  const title = document.title;
  function announce(news) {
    if (!news.length) return;
    one("#announce").textContent = news.slice(0, 3).map((item) => item.text).join(". ") + (news.length > 3 ? ` +${news.length - 3}` : "");
    const critical = news.filter((item) => item.critical).length;
    if (!critical) return;
    unseen += critical;
    document.title = `(${unseen}) ${title}`;
    beep();
  }
  function seen() { if (unseen && !document.hidden) { unseen = 0; document.title = title; } }
  for (const kind of ["focus", "pointerdown", "keydown"]) window.addEventListener(kind, seen);
  document.addEventListener("visibilitychange", () => {
    seen();
    // Browsers open six connections to one address: a card that nobody looks at gives its own back.
    if (isCard && document.hidden && source) { source.close(); source = null; } else if (isCard && !document.hidden && !source) connect();
  });
  if (feed && window.EventSource) connect();
  if (Number(main.dataset.refresh)) setInterval(refresh, Number(main.dataset.refresh) * 1000);

  // Sound
  const bell = one("[data-sound]");
  let audio = null;
  function beep() {
    if (!bell || bell.getAttribute("aria-pressed") !== "true" || !audio) return;
    for (const [start, pitch] of [[0, 880], [0.18, 660]]) {
      const tone = audio.createOscillator(), volume = audio.createGain(), at = audio.currentTime + start;
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.12, at);
      volume.gain.exponentialRampToValueAtTime(0.001, at + 0.16);
      tone.connect(volume).connect(audio.destination);
      tone.start(at);
      tone.stop(at + 0.17);
    }
    document.body.dataset.beeps = String(Number(document.body.dataset.beeps || 0) + 1);
  }
  function sound(isOn) {
    bell.setAttribute("aria-pressed", String(isOn));
    remember("sound", isOn ? "on" : "off");
    if (isOn) { audio = audio || new AudioContext(); audio.resume(); }
  }
  if (bell && window.AudioContext) {
    bell.hidden = false;
    bell.addEventListener("click", () => { sound(bell.getAttribute("aria-pressed") !== "true"); beep(); });
    // A browser lets nothing sound before its person has touched the page.
    if (recall("sound") === "on") for (const kind of ["pointerdown", "keydown"]) window.addEventListener(kind, () => audio || sound(true), { once: true });
    bell.setAttribute("aria-pressed", String(recall("sound") === "on"));
  }

  // Keyboard and dialogs
  const help = one("#help");
  const keysSwitch = one("#keys-switch");
  let hasKeys = recall("keys") !== "off";
  keysSwitch.checked = hasKeys;
  keysSwitch.addEventListener("change", () => { hasKeys = keysSwitch.checked; remember("keys", hasKeys ? "on" : "off"); });
  for (const button of all("[data-open]")) {
    button.hidden = false;
    button.addEventListener("click", () => one(`#${button.dataset.open}`).showModal());
  }
  document.addEventListener("click", (event) => {
    const closer = event.target.closest("[data-close]"), dialog = closer && closer.closest("dialog");
    if (dialog) { event.preventDefault(); dialog.close(); }
    for (const menu of all("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  function ask4(kind, row) {
    const dialog = one(`#${kind}-dialog`), form = one("form", dialog);
    if (form.dataset.about !== row.dataset.case) form.reset();
    form.dataset.about = row.dataset.case;
    one("[data-what]", dialog).textContent = `#${row.dataset.number}`;
    dialog.showModal();
  }
  const ROW_KEYS = {
    a: (row) => actOnRow(row.dataset.case, new URLSearchParams({ do: "acknowledge" })),
    c: (row) => actOnRow(row.dataset.case, new URLSearchParams({ do: "claim" })),
    n: (row) => ask4("note", row),
    r: (row) => ask4("resolve", row),
  };
  const KEYS = {
    j: () => move(1),
    k: () => move(-1),
    g: () => { location.href = "/"; },
    "/": () => { const search = one("#search"); if (search) search.select(); else location.href = "/"; },
    "?": () => help.showModal(),
  };
  function press(element) {
    if (element.matches("textarea")) return element.focus();
    if (!element.matches("summary")) return element.click();
    element.click();
    const field = one("input:not([type=hidden], [readonly]), select, textarea:not([readonly])", element.parentElement);
    return field && element.parentElement.open ? field.focus() : element.focus();
  }
  document.addEventListener("keydown", (event) => {
    const isField = event.target.matches("input:not([type=checkbox], [type=radio]), textarea, select");
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form) {
      event.preventDefault();
      return event.target.form.requestSubmit();
    }
    if (event.key === "Escape" && !one("dialog[open]")) {
      const menu = event.target.closest("details.menu[open]");
      if (menu) { menu.open = false; one("summary", menu).focus(); } else if (isField) event.target.blur();
    }
    if (!hasKeys || isField || event.ctrlKey || event.metaKey || event.altKey || one("dialog[open]")) return undefined;
    const row = selected();
    const target = one(`#main [data-key="${CSS.escape(event.key)}"]`);
    const act = target ? () => press(target) : row && isQueue && ROW_KEYS[event.key] ? () => ROW_KEYS[event.key](row) : KEYS[event.key];
    if (!act) return undefined;
    event.preventDefault();
    return act();
  });

  for (const lanes of all("[data-end]")) lanes.scrollLeft = lanes.scrollWidth;
  if (one("#banner .good")) clearBannerLater();
  tick();

  // An address may bring a token behind its #, which browsers send to nobody; it is the person who signs in with it.
  const token = one("#token");
  if (token && location.hash.length > 1) {
    token.value = decodeURIComponent(location.hash.slice(1));
    history.replaceState(null, "", location.pathname + location.search);
    one("button", token.form).focus();
  }
})();
