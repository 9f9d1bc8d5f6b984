// What pages can do beyond showing: a dark switch, a search, and the value under the pointer. Without it all of the
// data can still be read and every page reached.
"use strict";

const page = document.documentElement;
const MOST_FOUND = 20;
const THEME = "scholar-etl-theme";

function remembered() {
  try {
    return localStorage.getItem(THEME);
  } catch {
    return null; // where a file may keep nothing
  }
}

function remember(theme) {
  try {
    localStorage.setItem(THEME, theme);
  } catch {
    // It holds for this page, then.
  }
}

// Before the page is painted, so that it never flashes.
if (["light", "dark"].includes(remembered())) page.dataset.theme = remembered();

function startTheme() {
  const button = document.getElementById("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (page.dataset.theme ? page.dataset.theme === "dark" : system.matches);
  const show = () => button.setAttribute("aria-pressed", String(isDark()));
  button.addEventListener("click", () => {
    page.dataset.theme = isDark() ? "light" : "dark";
    remember(page.dataset.theme);
    show();
  });
  system.addEventListener("change", show);
  show();
  button.hidden = false;
}

const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

function startSearch() {
  const form = document.querySelector(".search");
  const input = document.getElementById("search");
  const list = document.getElementById("found");
  const count = document.getElementById("found-count");
  let known = null;

  // The index is a script, since a page that was opened from a disk can read no other file.
  window.scholarFound = (entries) => {
    known = entries.map(([name, more, path]) => ({ name, path, text: folded(`${name} ${more}`) }));
    find();
  };
  const load = () => {
    const script = document.createElement("script");
    script.src = `${page.dataset.root}search.js`;
    document.head.append(script);
  };
  const find = () => {
    const words = folded(input.value).split(/\s+/).filter(Boolean);
    const found = words.length && known ? known.filter((entry) => words.every((word) => entry.text.includes(word))) : [];
    list.replaceChildren(...found.slice(0, MOST_FOUND).map(item));
    count.textContent = words.length && known ? `${found.length} found` : "";
  };
  const item = ({ name, path }) => {
    const link = document.createElement("a");
    link.href = page.dataset.root + path;
    link.textContent = name;
    link.dir = "auto";
    const line = document.createElement("li");
    line.append(link);
    return line;
  };
  const move = (event, by) => {
    const stops = [input, ...list.querySelectorAll("a")];
    stops[stops.indexOf(document.activeElement) + by]?.focus();
    event.preventDefault();
  };

  input.addEventListener("focus", load, { once: true });
  input.addEventListener("input", find);
  form.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") move(event, 1);
    if (event.key === "ArrowUp") move(event, -1);
    if (event.key === "Escape") {
      input.value = "";
      find();
      input.focus();
    }
  });
  form.addEventListener("focusout", (event) => {
    if (!form.contains(event.relatedTarget)) list.replaceChildren();
  });
  input.addEventListener("focus", find);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    list.querySelector("a")?.click();
  });
  form.hidden = false;
}

function startPlot(figure) {
  const svg = figure.querySelector("svg.plot");
  const readout = figure.querySelector(".readout");
  // The newest value comes first.
  const rows = [...figure.querySelectorAll("tr[data-x]")];
  const cursor = document.createElementNS(svg.namespaceURI, "path");
  cursor.setAttribute("class", "cursor");
  svg.append(cursor);
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const x = Math.round((1000 * (event.clientX - box.left)) / box.width);
    const row = rows.find((candidate) => candidate.dataset.x <= x) ?? rows.at(-1);
    const [since, value, delta] = [...row.cells].map((cell) => cell.textContent);
    cursor.setAttribute("d", `M${x} 0V100`);
    readout.textContent = `${value} since ${since}${delta && ` (${delta})`}`;
  });
  svg.addEventListener("pointerleave", () => {
    cursor.removeAttribute("d");
    readout.textContent = "";
  });
}

document.addEventListener("DOMContentLoaded", () => {
  startTheme();
  startSearch();
  document.querySelectorAll("figure.metric").forEach(startPlot);
});
