// What it sends and keeps: deploy/gateway/PRIVACY.md
(() => {
'use strict';
const w = window, d = document, n = navigator, own = d.currentScript, set = own.dataset, S = 1000;
const url = new URL(`v1/touchpoints?key=${encodeURIComponent(set.key)}`, own.src);
const P = 'touchpoint.', queue = new Map(), told = new Set(), early = (w.touchpoint || {}).q || [];
let box = {}, busy = [], clicks = [], clicked = 0, raged = 0, tries = 0, timer, started, shown, watching, effect, invalid;
const on = (at, names, act) => names.split(' ').forEach(name => at.addEventListener(name, act, true));

// Without storage, for as long as the page lives.
try { box = w.localStorage || box; } catch (e) {}
const keep = (name, value) => {
  if (value === undefined) return box[P + name];
  try { value ? box[P + name] = value : delete box[P + name]; } catch (e) { (box = Object.assign({}, box))[P + name] = value; }
};
const kept = () => Object.keys(box).filter(key => key.startsWith(P)).map(key => key.slice(P.length)).sort();
const allowed = () => keep('consent') === 'yes' || (set.consent !== 'required' && !keep('consent'));
const random = () => crypto.getRandomValues(new Uint32Array(4)).join('');

const drop = id => { queue.delete(id); keep(id, ''); };
const add = (id, text) => {
  queue.set(id, text);
  if (queue.size > 200) drop(queue.keys().next().value);
  timer = timer || setTimeout(flush, S);
};
const put = (type, data, subject, who) => {
  if (!allowed()) return;
  if (!keep('id')) keep('id', random());
  const id = `q.${Date.now().toString(36)}.${random()}`, customer = keep('customer');
  const identity = customer && !who ? undefined : Object.assign({anonymous_id: keep('id')}, who);
  const text = JSON.stringify({id, type, time: new Date(), subject, customer, identity, data});
  if (text.length > 3000) return;
  if (!who) keep(id, text); // an address waits in memory only
  add(id, text);
};
const here = (type, data) => put(type, Object.assign({path: location.pathname}, data));
const take = () => [...queue.keys()].filter(id => !busy.includes(id)).slice(0, 20);
const body = ids => `[${ids.map(id => queue.get(id))}]`;
const post = ids => fetch(url, {method: 'POST', body: body(ids), keepalive: true});
const flush = async () => {
  clearTimeout(timer);
  timer = 0;
  const ids = take();
  if (busy[0] || !ids[0] || !n.onLine) return;
  busy = ids;
  try {
    const {ok, status} = await post(ids);
    if (status === 429 || status > 499) throw 0;
    ok || console.warn('touchpoint: refused', status);
    ids.forEach(drop);
    tries = 0;
  } catch (e) { tries++; }
  busy = [];
  clearTimeout(timer);
  timer = queue.size && setTimeout(flush, tries && Math.min(60, 2 ** tries) * S);
};
const leave = () => {
  for (let ids; n.onLine && (ids = take())[0]; ids.forEach(drop)) {
    if (!n.sendBeacon || !n.sendBeacon(url, body(ids))) post(ids).catch(() => {});
  }
};

const page = at => { shown = location.pathname; here('page.viewed', at && {path: at}); };
const moved = () => setTimeout(() => started && location.pathname !== shown && page());
const start = () => {
  if (started || !allowed()) return;
  started = true;
  kept().forEach(id => id[1] === '.' && add(id, keep(id)));
  page();
};
const verbs = {
  page,
  track: (type, data, subject) => put(type, data, subject),
  identify: (customer, who, traits) => {
    if (allowed()) keep('customer', `${customer}`);
    put('customer.updated', traits, undefined, who || {});
  },
  reset: () => ['customer', 'id'].forEach(drop),
  consent: given => {
    if (!given) [...kept(), ...queue.keys()].forEach(drop);
    if (given || set.consent !== 'required') keep('consent', given ? 'yes' : 'no');
    started = started && given;
    start();
  },
};

const named = at => (at.localName + (at.id && `#${at.id}`)).slice(0, 99);
const note = e => { effect = effect || e.type !== 'blur' || e.target === w; };
const seen = new MutationObserver(note);
on(w, 'scroll submit input invalid toggle play blur pagehide error unhandledrejection', note);
on(d, 'click', click => {
  const {x, y, target} = click, {href} = location, now = clicked = Date.now();
  if (!target.closest) return;
  clicks = clicks.filter(old => now - old.now < S && Math.hypot(old.x - x, old.y - y) < 30).concat({now, x, y});
  if (clicks.length > 3 && now - raged > 3 * S) {
    raged = now;
    here('click.raged', {element: named(target)});
  }
  const at = target.closest('a[href],button,summary,[type=submit],[type=button],[role=button],[onclick]');
  if (!at || watching || at.disabled || at.target || at.download) return;
  effect = false;
  seen.observe(d, {subtree: 1, childList: 1, attributes: 1, characterData: 1});
  watching = setTimeout(() => {
    watching = seen.disconnect();
    const leads = `${at.href || href}`.split('#')[0] !== href.split('#')[0] && !click.defaultPrevented;
    if (!effect && !leads && location.href === href) here('click.dead', {element: named(at)});
  }, S);
});
// Never the message of an error: it may quote what somebody typed.
const failed = (error, place) => {
  error = `${(error && error.name) || 'Error'} ${place}`;
  if (told.has(error) || told.size > 20) return;
  told.add(error);
  here(Date.now() - clicked < S ? 'click.failed' : 'error.shown', {error});
};
on(w, 'error', e => e.target === w && failed(e.error, `${e.filename.split(/[?#]/)[0].split('/').pop()}:${e.lineno}`));
on(w, 'unhandledrejection', e => failed(e.reason, 'promise'));
on(d, 'invalid', ({target}) => {
  if (invalid) return; // the first field stands for its form
  invalid = setTimeout(() => { invalid = 0; });
  let error;
  for (const name in target.validity) if (name !== 'valid' && target.validity[name]) error = name;
  here('error.shown', {error, element: named(target)});
});

for (const name of ['pushState', 'replaceState']) {
  const before = history[name];
  history[name] = function (...given) { before.apply(this, given); moved(); };
}
on(w, 'popstate', moved);
on(w, 'online', flush);
on(w, 'pagehide visibilitychange', leave);
w.touchpoint = (verb, ...given) => verbs[verb] && verbs[verb](...given);
start();
early.forEach(call => w.touchpoint(...call));
})();
