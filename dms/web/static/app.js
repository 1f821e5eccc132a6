/* Comfort on top of pages that work without it: keys, focus on messages, field ↔ page highlight, drop zone. */
"use strict";

const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

/* ---- messages get the focus ---------------------------------------------------------------------------------- */

function focusMessage(root) {
  const message = one("[data-focus]", root);
  if (message) message.focus({ preventScroll: Boolean(location.hash) });
}

/* ---- a field and its place on the page light each other up ---------------------------------------------------- */

function light(id, on) {
  for (const element of all(`[data-region="${CSS.escape(id)}"]`)) element.classList.toggle("is-lit", on);
}

function regionOf(event) {
  const element = event.target instanceof Element ? event.target.closest("[data-region]") : null;
  return element ? { id: element.dataset.region, onPage: element.localName === "rect" } : null;
}

function hasFocus(id) {
  const region = document.activeElement && document.activeElement.closest("[data-region]");
  return Boolean(region) && region.dataset.region === id;
}

function counterpart(region) {
  return all(`[data-region="${CSS.escape(region.id)}"]`).find((element) => (element.localName === "rect") !== region.onPage);
}

function bringIntoView(event) {
  const region = regionOf(event);
  const other = region && counterpart(region);
  if (!other) return;
  other.scrollIntoView({ block: "nearest" });
  if (region.onPage) (one("input, select, textarea", other) || other).focus();
}

function startHighlights() {
  for (const [name, on] of [["mouseover", true], ["mouseout", false], ["focusin", true], ["focusout", false]]) {
    document.addEventListener(name, (event) => {
      const region = regionOf(event);
      if (region) light(region.id, on || hasFocus(region.id));
    });
  }
  document.addEventListener("click", bringIntoView);
  document.addEventListener("focusin", (event) => {
    const region = regionOf(event);
    const other = region && !region.onPage && counterpart(region);
    if (other) other.scrollIntoView({ block: "nearest" });
  });
}

function startFieldKeys() {
  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (!(field instanceof HTMLInputElement) || !field.closest("[data-region]")) return;
    if (event.key === "Escape") {
      field.value = field.defaultValue;
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || field.type === "number") return;
    const fields = all("[data-region] input");
    const next = fields[fields.indexOf(field) + step];
    if (next) {
      event.preventDefault();
      next.focus();
    }
  });
}

/* ---- viewer: zoom and turn, kept as attributes that the style sheet knows -------------------------------------- */

function startViewer() {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-view]") : null;
    const viewer = button && button.closest(".ak-viewer");
    if (!viewer) return;
    if (button.dataset.view === "turn") viewer.dataset.turn = String((Number(viewer.dataset.turn || 0) + 90) % 360);
    else viewer.dataset.zoom = { 100: "150", 150: "200", 200: "100" }[viewer.dataset.zoom || 100];
  });
}

/* ---- keys ---------------------------------------------------------------------------------------------------- */

const KEYS_OFF = "aktenlauf.keys.off";
const GO = { a: "tasks", p: "inbox", k: "files", r: "payables" };
const ACTS = { f: "file", w: "forward", z: "undo" };
let pending = false;

function keysOn() {
  return document.body.dataset.keys !== "off" && localStorage.getItem(KEYS_OFF) !== "1";
}

function typing(target) {
  return target instanceof Element && target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
}

function entries() {
  return all("[data-row]");
}

function step(by) {
  const rows = entries();
  if (!rows.length) return;
  const now = rows.findIndex((row) => row.classList.contains("is-current"));
  const next = rows[Math.min(rows.length - 1, Math.max(0, now + by))];
  rows.forEach((row) => row.classList.toggle("is-current", row === next));
  (one("a", next) || next).focus();
}

function showKeys() {
  let dialog = one("dialog.ak-keys");
  if (!dialog) {
    document.body.append(one("#tasten").content.cloneNode(true));
    dialog = one("dialog.ak-keys");
  }
  if (!dialog.open) dialog.showModal();
}

function act(name) {
  const element = one(`[data-key="${name}"]`);
  if (!element) return false;
  if (name === "search") element.focus();
  else element.click();
  return true;
}

function go(key) {
  const link = GO[key] && one(`[data-go="${GO[key]}"]`);
  if (link) link.click();
  return Boolean(link);
}

function onKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || typing(event.target) || one("dialog[open]") || !keysOn()) return;
  const handled = pending ? go(event.key) : single(event.key);
  pending = !pending && event.key === "g";
  if (handled) event.preventDefault();
}

function single(key) {
  if (key === "/") return act("search");
  if (key === "?") return showKeys() ?? true;
  if (key === "j") return step(1) ?? true;
  if (key === "k") return step(-1) ?? true;
  return ACTS[key] ? act(ACTS[key]) : false;
}

function startKeys() {
  document.addEventListener("keydown", onKey);
  const toggle = one("[data-keys-toggle]");
  if (!toggle) return;
  const show = () => {
    toggle.setAttribute("aria-pressed", String(keysOn()));
    toggle.textContent = keysOn() ? "Tastenkürzel ausschalten" : "Tastenkürzel einschalten";
  };
  toggle.hidden = false;
  toggle.addEventListener("click", () => {
    const off = keysOn();
    localStorage.setItem(KEYS_OFF, off ? "1" : "0");
    if (!off) document.body.dataset.keys = "on";
    show();
  });
  show();
}

function startMenu() {
  const menu = one(".ak-menu");
  if (!menu) return;
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    one("summary", menu).focus();
  });
}

/* ---- select all ---------------------------------------------------------------------------------------------- */

function startSelectAll() {
  document.addEventListener("change", (event) => {
    const box = event.target instanceof Element ? event.target.closest("[data-select-all]") : null;
    if (!box) return;
    for (const other of all(`input[name="${CSS.escape(box.dataset.selectAll)}"]`)) other.checked = box.checked;
  });
}

/* ---- upload: one request a file, so that each shows its own progress and outcome -------------------------------- */

function row(list, name) {
  const item = document.createElement("li");
  const label = document.createElement("span");
  const bar = document.createElement("progress");
  const outcome = document.createElement("span");
  label.textContent = name;
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", `${name} wird übertragen`);
  outcome.textContent = "wartet";
  item.append(label, bar, outcome);
  list.append(item);
  return { bar, outcome };
}

function outcomeOf(request) {
  try {
    const answer = JSON.parse(request.responseText);
    return { text: answer.text || answer.title, href: answer.href };
  } catch {
    return { text: request.status === 413 ? "zu groß" : "nicht angekommen, bitte erneut versuchen" };
  }
}

function send(form, field, file, shown) {
  return new Promise((resolve) => {
    const data = new FormData(form);
    data.delete(field.name);
    data.append(field.name, file, file.name);
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) shown.bar.value = event.loaded / event.total;
      shown.outcome.textContent = "wird übertragen";
    });
    request.addEventListener("loadend", () => {
      const { text, href } = request.status ? outcomeOf(request) : { text: "keine Verbindung, bitte erneut versuchen" };
      shown.bar.value = 1;
      if (href) {
        const link = document.createElement("a");
        link.href = href;
        link.textContent = text || "öffnen";
        shown.outcome.replaceChildren(link);
      } else shown.outcome.textContent = text;
      resolve();
    });
    request.send(data);
  });
}

async function sendAll(form, field, files, list) {
  const waiting = files.map((file) => [file, row(list, file.name)]);
  for (const [file, shown] of waiting) await send(form, field, file, shown);
  field.value = "";
}

function startDropZone(zone) {
  const field = one("input[type=file]", zone);
  const form = zone.closest("form");
  const list = one("[data-uploads]", zone);
  for (const name of ["dragover", "dragleave", "drop"]) {
    zone.addEventListener(name, (event) => {
      event.preventDefault();
      zone.classList.toggle("is-over", name === "dragover");
    });
  }
  zone.addEventListener("drop", (event) => sendAll(form, field, [...event.dataTransfer.files], list));
  form.addEventListener("submit", (event) => {
    if (!field.files.length) return;
    event.preventDefault();
    sendAll(form, field, [...field.files], list);
  });
}

/* ---- start --------------------------------------------------------------------------------------------------- */

focusMessage(document);
startHighlights();
startFieldKeys();
startViewer();
startKeys();
startMenu();
startSelectAll();
all("[data-drop]").forEach(startDropZone);
document.addEventListener("htmx:afterSettle", (event) => focusMessage(event.detail.elt));
document.addEventListener("htmx:afterSettle", (event) => all("[data-drop]", event.detail.elt).forEach(startDropZone));
