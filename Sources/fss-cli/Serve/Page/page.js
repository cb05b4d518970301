// The page: one session, its photos, and one request after the other, the newest stroke first.
import { View, beforePicture, maskPicture, shadesPicture } from "./canvas.js";
import { droppedFiles, isPhoto } from "./files.js";
import { Marks, flagsOf, frameOf, likeness } from "./marks.js";
import { Tour } from "./tour.js";

const $ = (id) => document.getElementById(id);
const storage = "fss-session";
const percent = (share) => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
const state = { id: null, model: "", models: [], revision: 0, photos: [], chosen: null, limits: {} };

class Refused extends Error {
  constructor(status, text) { super(text); this.status = status; }
}

/** A request to the server; JSON where that comes. */
async function ask(method, path, body, type) {
  const headers = body === undefined ? {} : { "Content-Type": type ?? "application/json" };
  const answer = await fetch(path, { method, headers, body: type || body === undefined ? body : JSON.stringify(body) });
  const isJSON = (answer.headers.get("Content-Type") ?? "").startsWith("application/json");
  if (!answer.ok) throw new Refused(answer.status, isJSON ? (await answer.json()).error : `the server answered ${answer.status}`);
  return isJSON ? answer.json() : answer;
}

const session = (rest = "") => `api/sessions/${state.id}${rest}`;
/** Reasons of the server are parts of sentences; here they stand alone. A name of a file stays as it is. */
const sentence = (text) => (/^\p{Ll}+[\s:,]/u.test(text) && !/^[^:]*\.\w+:/.test(text) ? text[0].toUpperCase() + text.slice(1) : text);
const say = (text) => { $("status").textContent = text; };
const alarm = (error) => { $("alert").textContent = error ? sentence(String(error.message ?? error)) : ""; };

/** Does what a button asks, and says what went wrong. */
const attempt = (work) => async (...given) => {
  alarm("");
  try { await work(...given); } catch (error) {
    alarm(error instanceof TypeError ? "The server does not answer. Is `fss serve` still running?" : error);
  }
};

// Photos

function makePhoto(sent) {
  const frame = frameOf(sent);
  const photo = { id: sent.id, name: sent.name, width: sent.width, height: sent.height, frame, suggestion: sent.suggestion };
  photo.marks = Marks.from(sent.marks, frame);
  photo.isMarked = Boolean(sent.marks);
  if (sent.result) takeResult(photo, sent.result);
  if (sent.result && !sent.isCurrent) photo.revision = -1;
  photo.item = makeItem(photo);
  state.photos.push(photo);
  return photo;
}

function makeItem(photo) {
  const item = document.createElement("li"), button = document.createElement("button"), words = document.createElement("span");
  button.type = "button";
  photo.thumb = document.createElement("canvas");
  photo.thumb.width = 184;
  photo.thumb.height = 144;
  photo.thumb.setAttribute("aria-hidden", "true");
  for (const name of ["name", "note"]) {
    const part = document.createElement("span");
    part.className = name;
    words.append(part);
  }
  words.firstChild.textContent = photo.name;
  button.append(photo.thumb, words);
  button.addEventListener("click", attempt(() => choose(photo)));
  button.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    const next = step && state.photos[state.photos.indexOf(photo) + step];
    if (!next) return;
    event.preventDefault();
    next.item.firstChild.focus();
  });
  item.append(button);
  $("photos").append(item);
  return item;
}

async function load(photo, file) {
  const blob = file ?? await (await ask("GET", session(`/photos/${photo.id}`))).blob();
  const { width, height } = photo.frame;
  return createImageBitmap(blob, { resizeWidth: width, resizeHeight: height, resizeQuality: "medium", imageOrientation: "from-image" });
}

/** Draws the small picture, with the result over it. */
function drawThumb(photo, bitmap) {
  if (bitmap) {
    photo.small = new OffscreenCanvas(184, 144);
    const scale = Math.min(184 / photo.frame.width, 144 / photo.frame.height);
    const width = photo.frame.width * scale, height = photo.frame.height * scale;
    photo.spot = [(184 - width) / 2, (144 - height) / 2, width, height];
    photo.small.getContext("2d").drawImage(bitmap, ...photo.spot);
  }
  const context = photo.thumb.getContext("2d");
  context.clearRect(0, 0, 184, 144);
  if (photo.small) context.drawImage(photo.small, 0, 0);
  if (photo.spot && photo.result) context.drawImage(photo.result, ...photo.spot);
}

async function choose(photo) {
  state.chosen = photo;
  refresh();
  if (!photo) { view.show(null); return; }
  if (!photo.bitmap) {
    // Until it is there nothing is shown: a mark on the photo before would be taken for one on this.
    view.show(null);
    photo.bitmap = await load(photo);
    drawThumb(photo, photo.bitmap);
    // Bitmaps are large: those of the photos that were looked at last are enough.
    const held = state.photos.filter((other) => other.bitmap && other !== photo);
    for (const other of held.slice(0, Math.max(0, held.length - 5))) { other.bitmap.close(); other.bitmap = null; }
  }
  if (state.chosen === photo) view.show(photo);
  refresh();
  pump();
}

async function addFiles(files) {
  const photos = [...files].filter(isPhoto);
  const others = files.length - photos.length, refused = [];
  let first = null;
  for (const [index, file] of photos.entries()) {
    say(`Adding photo ${index + 1} of ${photos.length}`);
    try {
      const sent = await ask("POST", session(`/photos?name=${encodeURIComponent(file.name)}`), file, "application/octet-stream");
      const photo = makePhoto(sent);
      drawThumb(photo, await load(photo, file).catch(() => null));
      first ??= photo;
    } catch (error) {
      refused.push(error.message);
      if (error.status === 404) throw error;
    }
    refresh();
  }
  if (others > 0) refused.push(`${others} ${others === 1 ? "file is" : "files are"} no JPEG or PNG`);
  say(`${photos.length} ${photos.length === 1 ? "photo" : "photos"} read`);
  if (first && !state.chosen) await choose(first);
  pump();
  if (refused.length > 0) throw new Error(refused.slice(0, 3).join("; "));
}

async function addDrawn() {
  const made = (await ask("POST", session("/examples"))).map(makePhoto);
  for (const photo of made) drawThumb(photo, await load(photo));
  await choose(made[0]);
  say("Three drawn photos are there");
}

async function removeChosen() {
  const photo = state.chosen, place = state.photos.indexOf(photo);
  const sent = await ask("DELETE", session(`/photos/${photo.id}`));
  state.revision = sent.revision;
  state.photos.splice(place, 1);
  photo.item.remove();
  say(`${photo.name} is removed`);
  await choose(state.photos[Math.min(place, state.photos.length - 1)] ?? null);
  state.chosen?.item.firstChild.focus();
}

// Marks and results

function takeResult(photo, result) {
  const flags = flagsOf(result.mask, result.width, result.height);
  const isOther = photo.found && photo.found.model !== result.model;
  photo.likeness = photo.found && photo.flags.length === flags.length ? likeness(photo.flags, flags) : null;
  if (isOther) {
    photo.before = beforePicture(photo.flags, result.width, result.height);
    photo.beforeModel = photo.found.model;
  } else if (photo.before && photo.found.revision !== result.revision) photo.before = null;
  photo.flags = flags;
  photo.found = result;
  photo.revision = result.revision;
  photo.result = maskPicture(flags, result.width, result.height);
  photo.prior = result.prior ? shadesPicture(result.prior) : null;
}

function stroke(step) {
  const photo = state.chosen;
  if (!photo) return;
  if (step) photo.marks.add(step);
  photo.isChanged = true;
  photo.strokeTime = performance.now();
  refresh();
  view.draw();
  pump();
}

async function sendMarks(photo) {
  photo.isChanged = false;
  const marks = photo.marks.sent;
  const sent = marks ? await ask("PUT", session(`/photos/${photo.id}/marks`), marks) : await ask("DELETE", session(`/photos/${photo.id}/marks`));
  photo.isMarked = Boolean(sent.marks);
  state.revision = (await ask("PATCH", session(), {})).revision;
}

async function find(photo) {
  const result = await ask("POST", session(`/photos/${photo.id}/result`));
  takeResult(photo, result);
  drawThumb(photo);
  state.revision = Math.max(state.revision, result.revision);
  if (photo !== state.chosen) return;
  view.draw();
  const waited = photo.strokeTime ? performance.now() - photo.strokeTime : null;
  photo.strokeTime = null;
  if (waited !== null) document.body.dataset.strokeMilliseconds = Math.round(waited);
  say(`${sentence(words(photo))}${waited === null ? "" : `, ${Math.round(waited)} ms after the stroke`}`);
}

/** What was found, in words. */
function words(photo) {
  if (!photo.found) return photo.isMarked ? "marked" : "not searched yet";
  const { share, presence } = photo.found;
  const found = share === 0 ? "nothing found" : `found, ${percent(share)} of the photo`;
  const change = photo.before && photo.likeness !== null ? `, ${percent(photo.likeness)} like ${photo.beforeModel}` : "";
  return `${found}, presence ${presence.toFixed(2)}${change}`;
}

const isStale = (photo) => photo.revision !== state.revision;
let isPumping = false;

/** The next thing to do: marks before results, the chosen photo before others, features while nothing else is asked. */
function nextJob() {
  const { chosen, photos } = state;
  const changed = chosen?.isChanged ? chosen : photos.find((photo) => photo.isChanged);
  if (changed) return () => sendMarks(changed);
  if (!photos.some((photo) => photo.isMarked)) {
    if (!chosen || chosen.prepared === state.model) return null;
    chosen.prepared = state.model;
    return () => ask("POST", session(`/photos/${chosen.id}/features`));
  }
  const stale = chosen && isStale(chosen) ? chosen : photos.find(isStale);
  return stale ? () => find(stale) : null;
}

async function pump() {
  if (!state.id) return;
  if (isPumping) return;
  isPumping = true;
  await attempt(async () => {
    try {
      for (let job = nextJob(); job; job = nextJob()) {
        refresh();
        await job();
      }
    } finally {
      // Before anybody else runs, so that who asks now is not forgotten.
      isPumping = false;
    }
  })();
  refresh();
}

// What is seen

function refresh() {
  const { chosen, photos } = state, isMarked = photos.some((photo) => photo.isMarked);
  $("empty").hidden = photos.length > 0;
  for (const photo of photos) {
    const button = photo.item.firstChild, isChosen = photo === chosen;
    const note = photo.found ? (photo.found.share === 0 ? "nothing found" : `found ${percent(photo.found.share)}`) : "";
    button.setAttribute("aria-current", String(isChosen));
    button.lastChild.lastChild.textContent = [photo.isMarked ? "marked" : "", note].filter(Boolean).join(", ") || "not searched yet";
  }
  const canvas = $("canvas");
  $("stage-title").textContent = chosen ? chosen.name : "No photo yet";
  canvas.setAttribute("aria-label", chosen ? `${chosen.name}, ${chosen.width} by ${chosen.height} pixels, ${words(chosen)}` : "No photo");
  $("correct").disabled = !chosen?.found;
  $("remove").disabled = !chosen;
  $("undo").disabled = !chosen || chosen.marks.steps.length === 0;
  $("redo").disabled = !chosen || chosen.marks.undone.length === 0;
  $("clear").disabled = !chosen || chosen.marks.current.length === 0;
  const done = photos.filter((photo) => photo.found && !isStale(photo)).length;
  $("progress").max = Math.max(photos.length, 1);
  $("progress").value = isMarked ? done : 0;
  $("count").textContent = photos.length === 0 ? "" : isMarked ? `${done} of ${photos.length}` : "mark the thing first";
  $("save-concept").disabled = !isMarked;
  $("save-results").disabled = !photos.some((photo) => photo.found);
  document.body.dataset.busy = String(isPumping || (chosen !== null && view.photo !== chosen));
}

function useTool(name) {
  view.tool = name;
  view.step = null;
  for (const button of $("tools").querySelectorAll("[data-tool]")) button.setAttribute("aria-pressed", String(button.dataset.tool === name));
  $("canvas").style.cursor = name === "move" ? "grab" : "crosshair";
}

function correct() {
  const photo = state.chosen;
  photo.marks.clear();
  photo.marks.add({ kind: "mask", flags: photo.flags });
  useTool("brush");
  stroke(null);
  say("The result is now a mask: paint what is missing, erase what is wrong. This photo has joined the concept.");
  $("canvas").focus();
}

// Sessions, concepts, downloads

async function save(path, name) {
  const blob = await (await ask("GET", session(path))).blob();
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  say(`${name} is downloaded`);
}

const fileName = () => $("concept").value.trim().replace(/[^\p{L}\p{N}_-]+/gu, "-") || "object";

function showSession(sent) {
  state.id = sent.id;
  state.revision = sent.revision;
  state.model = sent.model;
  $("concept").value = sent.concept;
  $("model").value = sent.model;
  const remarks = state.models.find((model) => model.name === sent.model)?.remarks ?? [];
  $("remarks").textContent = remarks.map(sentence).join(". ");
  $("remarks").hidden = remarks.length === 0;
}

async function showPhotos(sent) {
  const known = new Set(state.photos.map((photo) => photo.id));
  const made = sent.filter((photo) => !known.has(photo.id)).map(makePhoto);
  if (!state.chosen && state.photos.length > 0) await choose(state.photos[0]);
  for (const photo of made) if (!photo.small) drawThumb(photo, await load(photo));
}

async function loadConcept(file) {
  const sent = await ask("POST", session("/concept"), file, "application/octet-stream");
  showSession(sent);
  await showPhotos(sent.photos);
  say(`The concept ${sent.concept} is loaded`);
  pump();
}

async function begin() {
  const held = sessionStorage.getItem(storage);
  if (held) {
    try { return await ask("GET", `api/sessions/${held}`); } catch (error) { if (error.status !== 404) throw error; }
  }
  const sent = await ask("POST", "api/sessions");
  sessionStorage.setItem(storage, sent.id);
  return sent;
}

async function end() {
  await ask("DELETE", session());
  sessionStorage.removeItem(storage);
  location.reload();
}

// Beginning

const view = new View($("canvas"), { stroke, say });
const tour = new Tour({ $, state, choose, stroke, correct });

function listen() {
  const click = (id, work) => $(id).addEventListener("click", attempt(work));
  click("add", () => $("files").click());
  click("add-folder", () => $("folder").click());
  click("drawn", addDrawn);
  click("remove", removeChosen);
  click("correct", correct);
  click("undo", () => state.chosen.marks.undo() && stroke(null));
  click("redo", () => state.chosen.marks.redo() && stroke(null));
  click("clear", () => { state.chosen.marks.clear(); stroke(null); });
  click("zoom-in", () => view.zoom(1.4));
  click("zoom-out", () => view.zoom(1 / 1.4));
  click("fit", () => view.fit());
  click("end", end);
  click("tour-open", () => tour.begin());
  click("save-concept", () => save("/concept", `${fileName()}.fss`));
  click("save-results", () => save(`/exports/${$("format").value}`, `${fileName()}-${$("format").value}.zip`));
  click("load-concept", () => $("concept-file").click());
  $("files").addEventListener("change", attempt(async () => { await addFiles($("files").files); $("files").value = ""; }));
  // Of a chosen folder the photos alone are meant, whatever else lies in it.
  $("folder").addEventListener("change", attempt(async () => { await addFiles([...$("folder").files].filter(isPhoto)); $("folder").value = ""; }));
  $("concept-file").addEventListener("change", attempt(async () => { await loadConcept($("concept-file").files[0]); $("concept-file").value = ""; }));
  $("concept").addEventListener("change", attempt(async () => showSession(await ask("PATCH", session(), { concept: $("concept").value }))));
  $("model").addEventListener("change", attempt(async () => {
    showSession(await ask("PATCH", session(), { model: $("model").value }));
    say(`The model is ${state.model}`);
    pump();
  }));
  $("pen").addEventListener("input", () => { view.size = Number($("pen").value); });
  for (const name of Object.keys(view.shows)) {
    $(`show-${name}`).addEventListener("change", (event) => { view.shows[name] = event.target.checked; view.draw(); });
  }
  for (const button of $("tools").querySelectorAll("[data-tool]")) button.addEventListener("click", () => useTool(button.dataset.tool));
  listenToKeys();
  listenToDrops();
}

function listenToKeys() {
  const tools = { b: "box", s: "scribble", p: "point", m: "brush", e: "erase", v: "move" };
  document.addEventListener("keydown", attempt((event) => {
    if (event.target.matches("input:not([type=checkbox]):not([type=range]), select")) return;
    const key = event.key.toLowerCase(), isCommand = event.ctrlKey || event.metaKey;
    if (isCommand && key === "z") $(event.shiftKey ? "redo" : "undo").click();
    else if (isCommand || event.altKey) return;
    else if (key in tools) useTool(tools[key]);
    else if (key === "+") view.zoom(1.4);
    else if (key === "-") view.zoom(1 / 1.4);
    else if (key === "0") view.fit();
    else return;
    event.preventDefault();
  }));
}

function listenToDrops() {
  let depth = 0;
  const shown = (change) => { depth = Math.max(0, depth + change); $("drop").hidden = depth === 0; };
  document.addEventListener("dragenter", () => shown(1));
  document.addEventListener("dragleave", () => shown(-1));
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", attempt(async (event) => {
    event.preventDefault();
    shown(-depth);
    const files = await droppedFiles(event.dataTransfer), concept = files.find((file) => file.name.endsWith(".fss"));
    if (concept) await loadConcept(concept);
    const photos = files.filter((file) => !file.name.endsWith(".fss"));
    if (photos.length > 0) await addFiles(photos);
  }));
}

await attempt(async () => {
  const about = await ask("GET", "api");
  state.models = about.models;
  state.limits = about.limits;
  $("model").append(...about.models.map((model) => new Option(model.name)));
  $("format").append(...about.formats.map((name) => new Option(name)));
  listen();
  const sent = await begin();
  showSession(sent);
  await showPhotos(sent.photos);
  // With nothing downloaded there is something to look at all the same.
  if (sent.photos.length === 0 && about.models.length === 1) { await addDrawn(); tour.begin(); }
  // The server ends sessions that nobody asks for.
  setInterval(() => fetch(session(), { method: "HEAD" }).catch(() => {}), 30_000);
  refresh();
  pump();
  document.body.dataset.ready = "true";
})();
