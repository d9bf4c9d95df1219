// The page of `nova-ft review`. Everything that comes from the data is set as text, never as markup.

import { Viewer } from "./viewer.js";

const $ = (id) => document.getElementById(id);
const POLL_MS = 3000;
const MOST_LISTED = 400;
const MOST_PICTURES = 8;
const STATUS = { open: "to do", skipped: "left for later", settled: "settled", fine: "nothing against it" };
const HOW = { accepted: "accepted", picked: "picked", typed: "typed", skipped: "skipped" };

const viewer = new Viewer($("viewer"), $("picture"), $("frame"));
const state = {
  list: null,
  // Photos in the order of the page: it stays while the page is open.
  order: [],
  only: null,
  search: "",
  photo: null,
  sheet: null,
  busy: false,
  // A name that was asked about once: the second time it is taken.
  asked: null,
  hasDecided: false,
};

// ---- What the data holds, as text

/** Text with what nobody sees, or what turns its direction, as escapes. */
function visible(text) {
  return String(text).replace(/[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g,
    (character) => `\\u{${character.codePointAt(0).toString(16)}}`);
}

/** An element with a class and, as its text, a text or other elements. */
function make(tag, kind, ...children) {
  const element = document.createElement(tag);
  if (kind) element.className = kind;
  element.append(...children);
  return element;
}

function named(text, kind) {
  const element = make("span", kind, visible(text));
  element.lang = "zh-CN";
  return element;
}

function count(number, one) {
  return `${number.toLocaleString("en")} ${one}${number === 1 ? "" : "s"}`;
}

// ---- The server

async function call(path, body) {
  const options = body === undefined ? {} : {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
  };
  let response;
  try {
    response = await fetch(`api/${path}`, options);
  } catch {
    alarm("nova-ft does not answer: it was stopped. Everything that you decided is kept. Start `nova-ft review` again and open the address that it prints.");
    return null;
  }
  if (response.status === 403) {
    alarm("This address is of an earlier start of nova-ft review: open the one that it prints now.");
    return null;
  }
  if (response.status === 204) return { code: 204 };
  const answer = await response.json().catch(() => ({ message: `the answer makes no sense (${response.status})` }));
  return Object.assign(answer, { code: response.status });
}

function alarm(text) {
  $("trouble").hidden = !text;
  if (text && $("trouble").textContent !== visible(text)) $("trouble").textContent = visible(text);
}

function say(text, bad = false) {
  $("said").textContent = visible(text);
  $("said").className = bad ? "bad" : "";
}

// ---- Pictures: the next ones are fetched ahead

const pictures = new Map();

function picture(photo) {
  if (!pictures.has(photo)) {
    const fetched = fetch(`api/picture/${photo}`).then(async (response) => {
      if (response.ok) return { source: URL.createObjectURL(await response.blob()) };
      return { fault: (await response.json().catch(() => ({}))).message ?? `no picture (${response.status})` };
    }).catch(() => {
      pictures.delete(photo);
      return { fault: "the picture could not be fetched" };
    });
    pictures.set(photo, fetched);
    while (pictures.size > MOST_PICTURES) {
      const oldest = [...pictures.keys()].find((key) => key !== state.photo && key !== photo);
      pictures.get(oldest).then(({ source }) => source && URL.revokeObjectURL(source));
      pictures.delete(oldest);
    }
  } else {
    // The one that was used last is given up last.
    const fetched = pictures.get(photo);
    pictures.delete(photo);
    pictures.set(photo, fetched);
  }
  return pictures.get(photo);
}

// ---- The list

function items() {
  return new Map((state.list?.items ?? []).map((item) => [item.photo, item]));
}

function fits(item) {
  if (state.only === "open" && item.status === "fine") return false;
  const wanted = state.search.normalize("NFKC").toLowerCase();
  if (!wanted) return true;
  return [item.image, item.seller, ...item.names].some((text) => text.normalize("NFKC").toLowerCase().includes(wanted));
}

/** The photos that are listed, in their order. */
function listed() {
  const all = items();
  return state.order.map((photo) => all.get(photo)).filter((item) => item && fits(item));
}

function takeList(list) {
  const first = state.list === null;
  const lookedUp = state.list?.is_looking && !list.is_looking && !state.hasDecided;
  state.list = list;
  if (first || lookedUp) {
    state.order = list.items.map((item) => item.photo);
  } else {
    const known = new Set(state.order);
    state.order.push(...list.items.map((item) => item.photo).filter((photo) => !known.has(photo)));
  }
  if (first) state.only = list.only;
  alarm(list.trouble ? `Your decisions are kept in the journal, but: ${list.trouble}` : "");
  drawList();
}

function drawList() {
  const { counts, table } = state.list;
  const toDo = counts.open + counts.skipped + counts.settled;
  const percent = toDo ? Math.floor((100 * counts.settled) / toDo) : 100;
  document.title = `${counts.open} to do · ${visible(table)}`;
  $("table").textContent = visible(table);
  $("progress").setAttribute("aria-valuenow", percent);
  $("progress-done").setAttribute("width", percent);
  const later = counts.skipped ? `, ${counts.skipped} left for later` : "";
  $("counts").replaceChildren(make("b", "", String(counts.settled)), ` of ${toDo.toLocaleString("en")} settled${later}`);
  $("undo").disabled = !state.list.can_undo;
  $("only-open").setAttribute("aria-pressed", state.only === "open");
  $("only-all").setAttribute("aria-pressed", state.only === "all");
  const shown = listed();
  const at = Math.max(0, shown.findIndex((item) => item.photo === state.photo));
  const from = Math.max(0, Math.min(at - MOST_LISTED / 2, shown.length - MOST_LISTED));
  const part = shown.slice(from, from + MOST_LISTED);
  const list = $("items");
  const hadFocus = list.contains(document.activeElement);
  list.replaceChildren(...part.map((item) => {
    const about = [item.seller ? visible(item.image) : "", item.why].filter(Boolean).join(" · ");
    const button = make("button", item.status, make("span", "dot"), named(item.seller || item.image, "seller"),
      make("span", "image", about));
    button.type = "button";
    button.setAttribute("aria-current", item.photo === state.photo);
    button.title = STATUS[item.status];
    button.addEventListener("click", () => {
      $("queue").classList.remove("is-shown");
      $("list-button").setAttribute("aria-expanded", "false");
      go(item.photo);
    });
    return make("li", "", button);
  }));
  const current = list.querySelector('[aria-current="true"]');
  current?.scrollIntoView({ block: "nearest" });
  if (hadFocus) current?.focus();
  const notes = [];
  if (!shown.length) notes.push(state.search ? "Nothing is called so." : "Nothing waits for a decision.");
  if (shown.length > part.length) notes.push(`${count(shown.length - part.length, "more photo")}: search for them.`);
  if (state.list.is_looking) notes.push("Looking up what the reader has read before …");
  if (state.list.without_photo) notes.push(`${count(state.list.without_photo, "row")} without a photo here.`);
  $("items-note").textContent = notes.join(" ");
  drawDone();
}

function drawDone() {
  const { counts } = state.list;
  const isDone = counts.open === 0 && state.photo !== null
    ? state.hasDecided && !["open", "skipped"].includes(items().get(state.photo)?.status)
    : counts.open === 0;
  $("done").hidden = !isDone;
  if (!isDone) return;
  const title = counts.skipped ? "Settled, but for what you skipped" : "All settled";
  $("done-title").textContent = counts.settled ? title : "Nothing waits for a decision";
  const later = counts.skipped ? ` ${count(counts.skipped, "photo")} left for later: an empty ring marks them in the list.` : "";
  const fine = counts.fine ? ` Nothing speaks against the other ${count(counts.fine, "label")}.` : "";
  $("done-text").textContent = `${count(counts.settled, "photo")} settled.${later}${fine} You can close the page and stop nova-ft with Ctrl-C.`;
  $("done-all").hidden = state.only === "all";
}

// ---- One photo

async function go(photo) {
  state.photo = photo;
  state.asked = null;
  if (photo === null) {
    state.sheet = null;
    drawSheet();
    drawList();
    return;
  }
  const sheet = await call(`photo/${photo}`);
  if (!sheet || sheet.code !== 200 || state.photo !== photo) return;
  takeSheet(sheet);
  drawList();
}

function takeSheet(sheet) {
  const isNew = state.sheet?.photo !== sheet.photo;
  state.sheet = sheet;
  drawSheet();
  if (isNew) {
    $("typed").value = "";
    $("warnings").replaceChildren();
    $("panel").scrollTop = 0;
    if (!["search"].includes(document.activeElement?.id)) $("panel").focus({ preventScroll: true });
    showPicture(sheet);
  } else {
    viewer.learn(sheet.block);
  }
}

async function showPicture(sheet) {
  $("picture").alt = `Photo ${visible(sheet.image)}`;
  $("no-picture").hidden = true;
  $("picture").classList.add("loading");
  const { source, fault } = await picture(sheet.photo);
  if (state.photo !== sheet.photo) return;
  $("picture").hidden = !source;
  $("no-picture").hidden = Boolean(source);
  if (source) viewer.show(source, state.sheet.block);
  else $("no-picture").textContent = `The photo cannot be shown: ${visible(fault)}`;
  const next = nextOf(sheet.photo, 1);
  if (next !== null) picture(next);
}

function warningRow(warning) {
  return make("li", warning.severity, make("b", "", warning.code ? `${warning.code} ` : ""), visible(warning.text));
}

function drawSheet() {
  const sheet = state.sheet;
  $("sheet").hidden = !sheet;
  for (const id of ["accept", "skip"]) $(id).disabled = !sheet;
  if (!sheet) return;
  $("image").textContent = visible(sheet.image);
  const lines = sheet.lines.length === 1 ? `line ${sheet.lines[0]}` : `lines ${sheet.lines.join(", ")}`;
  $("place").textContent = sheet.lines.length ? lines : "not in the table";
  $("status").textContent = STATUS[sheet.status];
  $("status").className = `badge ${sheet.status}`;
  const { decided } = sheet;
  $("decided").textContent = decided && sheet.status === "settled" ? HOW[decided.how] : "";
  const fault = sheet.fault ? [{ severity: "error", text: `The photo has a fault: ${sheet.fault}` }] : [];
  const reasons = sheet.status === "settled" ? [] : sheet.reasons;
  $("reasons").replaceChildren(...[...fault, ...reasons].map(warningRow));
  $("candidates").replaceChildren(...sheet.candidates.map(candidate));
  $("evidence").replaceChildren(...sheet.evidence.map((text) => make("li", "", visible(text))));
  $("accept").firstChild.textContent = sheet.candidates.length ? "Accept " : "Type a name ";
}

function candidate({ name, who, runs, warnings }, at) {
  const key = at === 0 ? "Enter" : String(at + 1);
  const shown = make("span", "name");
  shown.lang = "zh-CN";
  shown.append(...runs.map(({ text, differs }) => (differs ? make("mark", "", visible(text)) : visible(text))));
  const button = make("button", "candidate", at < 9 ? make("kbd", "", key) : make("span"), shown,
    make("span", "who", who.map(visible).join(" · ")));
  for (const warning of warnings) {
    button.append(make("span", `odd ${warning.severity === "error" ? "severe" : ""}`, `${warning.code} ${visible(warning.text)}`));
  }
  if (state.sheet.status === "settled" && state.sheet.decided?.name === name) button.classList.add("chosen");
  if (state.asked === name) button.classList.add("sure");
  button.type = "button";
  button.addEventListener("click", () => pick(at));
  return make("li", "", button);
}

// ---- Decisions

function pick(at) {
  const chosen = state.sheet?.candidates[at];
  if (!chosen) return;
  const severe = chosen.warnings.find((warning) => warning.severity === "error");
  if (severe && state.asked !== chosen.name) {
    ask(chosen.name, `${severe.text}. Once more to take it all the same.`);
    drawSheet();
    return;
  }
  decide(chosen.name);
}

function ask(name, text) {
  state.asked = name;
  say(text, true);
}

function accept() {
  if (state.sheet?.candidates.length) pick(0);
  else type();
}

async function decide(name) {
  const { sheet } = state;
  if (!sheet || state.busy) return false;
  state.busy = true;
  const body = { photo: sheet.photo, image: sheet.image, seen: sheet.sellers, name };
  const answer = await call("decide", body).finally(() => { state.busy = false; });
  if (!answer) return false;
  if (answer.list) takeList(Object.assign(answer.list, { only: state.only }));
  if (answer.code !== 200) {
    say(answer.message, true);
    if (answer.sheet) takeSheet(answer.sheet);
    return false;
  }
  state.hasDecided = true;
  state.asked = null;
  say(name === null ? `${sheet.image}: left for later` : `${sheet.image}: ${name}`);
  const next = nextToDo(sheet.photo);
  if (next === null) {
    takeSheet(answer.sheet);
    drawList();
  } else {
    await go(next);
  }
  return true;
}

async function undo() {
  if (state.busy) return;
  state.busy = true;
  const answer = await call("undo", {}).finally(() => { state.busy = false; });
  if (!answer) return;
  if (answer.list) takeList(Object.assign(answer.list, { only: state.only }));
  if (answer.sheet) {
    state.photo = answer.photo;
    state.asked = null;
    takeSheet(answer.sheet);
    drawList();
    say(answer.message ?? `${answer.sheet.image}: undone`, Boolean(answer.message));
  } else {
    say(answer.message, true);
  }
}

/** The photo so many places after another in the list; `null` at its ends. */
function nextOf(photo, step) {
  const shown = listed();
  const at = shown.findIndex((item) => item.photo === photo);
  return shown[at + step]?.photo ?? null;
}

/** The next photo that waits, from the beginning again after the end. */
function nextToDo(photo) {
  const shown = listed();
  const at = shown.findIndex((item) => item.photo === photo);
  const round = [...shown.slice(at + 1), ...shown.slice(0, at + 1)];
  return round.find((item) => item.status === "open" && item.photo !== photo)?.photo ?? null;
}

function step(by) {
  const next = state.photo === null ? listed()[0]?.photo ?? null : nextOf(state.photo, by);
  if (next !== null) {
    say("");
    go(next);
  }
}

// ---- Typing a name

function type() {
  if (!state.sheet) return;
  const field = $("typed");
  if (!field.value) field.value = state.sheet.candidates[0]?.name ?? "";
  field.focus();
  field.select();
  check();
}

let checking = 0;

/** Shows what is odd about the typed name; the answer, where it is the last one that was asked for. */
async function check() {
  const ticket = ++checking;
  const name = $("typed").value;
  const answer = name.trim() ? await call("check", { name }) : { name: "", warnings: [] };
  if (ticket !== checking || !answer) return null;
  $("warnings").replaceChildren(...(answer.warnings ?? []).map((warning) => {
    const row = warningRow(warning);
    if (warning.repaired) {
      const button = make("button", "", "Write ", named(warning.repaired));
      button.type = "button";
      button.addEventListener("click", () => {
        $("typed").value = warning.repaired;
        $("typed").focus();
        check();
      });
      row.append(make("br"), button);
    }
    return row;
  }));
  return answer;
}

async function setTyped() {
  if (state.busy) return;
  const answer = await check();
  if (!answer?.warnings) {
    if (answer?.message) say(answer.message, true);
    return;
  }
  const known = state.sheet?.sellers.length && state.sheet.sellers.every((seller) => seller === answer.name);
  if (answer.warnings.length && state.asked !== answer.name && !known) {
    ask(answer.name, "Look at the warning; Enter once more takes the name as it is.");
    return;
  }
  if (await decide($("typed").value)) $("typed").blur();
}

$("typed").addEventListener("input", (event) => {
  state.asked = null;
  if (!event.isComposing) check();
});
$("typed").addEventListener("compositionend", () => check());
$("typed").addEventListener("keydown", (event) => {
  if (isComposing(event)) return;
  if (event.key === "Enter" && !event.repeat) {
    event.preventDefault();
    event.stopPropagation();
    setTyped();
  } else if (event.key === "Escape") {
    $("typed").value = "";
    $("warnings").replaceChildren();
    say("");
    $("panel").focus({ preventScroll: true });
  }
});

// ---- Keys

/** While an input method puts characters together, keys are its own. */
function isComposing(event) {
  return event.isComposing || event.keyCode === 229;
}

function setOnly(only) {
  state.only = only;
  const shown = listed();
  drawList();
  if (!shown.some((item) => item.photo === state.photo)) go(shown[0]?.photo ?? null);
}

function setSearch(text) {
  state.search = text;
  drawList();
}

const MOVES = { ArrowUp: [0, 60], ArrowDown: [0, -60], ArrowLeft: [60, 0], ArrowRight: [-60, 0] };

const KEYS = {
  Enter: accept,
  e: type,
  "/": type,
  s: () => decide(null),
  u: undo,
  j: () => step(1),
  ArrowDown: () => step(1),
  ArrowRight: () => step(1),
  k: () => step(-1),
  ArrowUp: () => step(-1),
  ArrowLeft: () => step(-1),
  z: () => viewer.toggle(),
  r: () => viewer.rotate(),
  "+": () => viewer.zoom(1.25),
  "=": () => viewer.zoom(1.25),
  "-": () => viewer.zoom(0.8),
  0: () => viewer.whole(),
  f: () => {
    if (getComputedStyle($("queue")).display === "none") $("list-button").click();
    $("search").focus();
    $("search").select();
  },
  a: () => setOnly(state.only === "all" ? "open" : "all"),
  "?": () => $("help").showModal(),
};
// A key that is held down moves on, and decides once.
const ONCE = new Set(["Enter", "s", "u", "e", "/", "r", "z", "a", "?", "f"]);

document.addEventListener("keydown", (event) => {
  if (isComposing(event) || event.ctrlKey || event.metaKey || event.altKey || $("help").open) return;
  if (event.target.matches("input")) return;
  if (event.shiftKey && MOVES[event.key]) {
    event.preventDefault();
    viewer.pan(...MOVES[event.key]);
    return;
  }
  // A button that has the focus is pressed by these.
  if (["Enter", " "].includes(event.key) && event.target.closest("button")) return;
  const digit = /^[1-9]$/.test(event.key) ? Number(event.key) : null;
  const act = digit ? () => pick(digit - 1) : KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  if (event.repeat && (digit || ONCE.has(event.key))) return;
  act();
});

$("search").addEventListener("input", (event) => setSearch(event.target.value));
$("search").addEventListener("keydown", (event) => {
  if (isComposing(event)) return;
  if (event.key === "Enter" && listed().length) {
    event.preventDefault();
    $("queue").classList.remove("is-shown");
    $("search").blur();
    go(listed()[0].photo);
  } else if (event.key === "Escape") {
    event.preventDefault();
    event.target.value = "";
    setSearch("");
    $("panel").focus({ preventScroll: true });
  }
});

// ---- Mouse and touch

/** A button that does something and gives the focus back, so that the keys go on. */
function press(id, act) {
  $(id).addEventListener("click", () => {
    act();
    if (document.activeElement === $(id)) $("panel").focus({ preventScroll: true });
  });
}

press("accept", accept);
press("skip", () => decide(null));
press("undo", undo);
press("before", () => step(-1));
press("after", () => step(1));
press("typed-set", setTyped);
press("only-open", () => setOnly("open"));
press("only-all", () => setOnly("all"));
press("done-all", () => setOnly("all"));
press("zoom-block", () => viewer.toggle());
press("zoom-in", () => viewer.zoom(1.25));
press("zoom-out", () => viewer.zoom(0.8));
press("rotate", () => viewer.rotate());
press("help-button", () => $("help").showModal());
press("list-button", () => {
  const isShown = $("queue").classList.toggle("is-shown");
  $("list-button").setAttribute("aria-expanded", isShown);
});
$("help-close").addEventListener("click", () => $("help").close());

viewer.onMode = (mode) => {
  const isBlock = mode === "block";
  $("zoom-block-label").textContent = isBlock || !viewer.block ? "Whole photo" : "Seller";
};

// ---- What changes elsewhere: in another tab, another program, the pages that are looked up

async function poll() {
  if (document.hidden || state.busy || !state.list) return;
  const list = await call(`list?since=${state.list.revision}`);
  if (!list || state.busy) return;
  if (list.code === 204) {
    if ($("trouble").textContent.startsWith("nova-ft does not answer")) alarm("");
    return;
  }
  if (list.code !== 200) return;
  const wasEmpty = state.photo === null;
  takeList(list);
  if (wasEmpty) {
    go(listed()[0]?.photo ?? null);
  } else {
    const { photo } = state;
    const sheet = await call(`photo/${photo}`);
    if (sheet?.code === 200 && state.photo === photo && !state.busy) takeSheet(sheet);
  }
}

setInterval(poll, POLL_MS);
document.addEventListener("visibilitychange", poll);
window.addEventListener("focus", poll);

const list = await call("list");
if (list?.code === 200) {
  takeList(list);
  await go((listed().find((item) => item.status === "open") ?? listed()[0])?.photo ?? null);
}
