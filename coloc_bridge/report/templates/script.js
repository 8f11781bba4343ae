// Sorting, filtering and copying of tables. Without script the page holds the same.
"use strict";
const FILTERED_FROM = 12;
const number = text => {
  const found = text.replace(/−/g, "-").match(/^[^\d-]{0,2}(-?\d[\d.]*(e-?\d+)?)/i);
  return found ? parseFloat(found[1]) : NaN;
};
// A spreadsheet must not take a text for a formula.
const cell = text => (/^[=+\-@\t]/.test(text) && isNaN(Number(text)) ? "'" + text : text);
const shown = element => element.innerText.replace(/\s+/g, " ").trim();

function sort(table, head, index) {
  const up = head.getAttribute("aria-sort") !== "ascending";
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", up ? "ascending" : "descending");
  const body = table.tBodies[0];
  const keys = new Map([...body.rows].map(row => [row, row.cells[index].textContent.trim()]));
  const compare = (a, b) => {
    const [x, y] = [number(keys.get(a)), number(keys.get(b))];
    if (!isNaN(x) && !isNaN(y)) return x - y;
    return keys.get(a).localeCompare(keys.get(b), "en", { numeric: true });
  };
  body.append(...[...body.rows].sort((a, b) => (up ? compare(a, b) : compare(b, a))));
}

function button(words, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = words;
  made.addEventListener("click", act);
  return made;
}

async function copy(text, pressed) {
  const before = pressed.textContent;
  try {
    await navigator.clipboard.writeText(text);
    pressed.textContent = "Copied";
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    pressed.textContent = document.execCommand("copy") ? "Copied" : "Cannot copy here";
    area.remove();
    pressed.focus();
  }
  setTimeout(() => (pressed.textContent = before), 2000);
}

function equip(table) {
  const tools = document.createElement("div");
  tools.className = "tools";
  const rows = () => [...table.rows].filter(row => !row.hidden);
  const text = () => rows().map(row => [...row.cells].map(c => cell(shown(c))).join("\t")).join("\n");
  const copied = button("Copy table", () => copy(text(), copied));
  if (table.classList.contains("sortable")) {
    [...table.tHead.rows[0].cells].forEach((head, index) => {
      const sorted = button("", () => sort(table, head, index));
      sorted.append(...head.childNodes);
      head.append(sorted);
    });
    if (table.tBodies[0].rows.length >= FILTERED_FROM) {
      const label = document.createElement("label");
      const field = document.createElement("input");
      field.type = "search";
      field.addEventListener("input", () => {
        const wanted = field.value.toLowerCase();
        for (const row of table.tBodies[0].rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
      });
      label.append("Rows with", field);
      tools.append(label);
    }
  }
  tools.append(copied);
  const place = table.closest(".scroll");
  if (tools.children.length > 1) place.before(tools);
  else place.after(tools);
}

for (const table of document.querySelectorAll(".scroll > table")) {
  const folded = table.closest("details");
  if (!folded) equip(table);
  // Hundreds of folded tables cost nothing until one is opened.
  else folded.addEventListener("toggle", () => equip(table), { once: true });
}
for (const block of document.querySelectorAll(".paste")) {
  const copied = button("Copy", () => copy(block.innerText, copied));
  const tools = document.createElement("div");
  tools.className = "tools";
  tools.append(copied);
  block.after(tools);
}
// A link into a folded part opens it.
function unfold() {
  const found = location.hash && document.getElementById(location.hash.slice(1));
  for (let part = found; part; part = part.parentElement) if (part.tagName === "DETAILS") part.open = true;
}
addEventListener("hashchange", unfold);
unfold();
// Where the style sheet cannot open folded parts on paper.
addEventListener("beforeprint", () => {
  if (!CSS.supports("selector(::details-content)"))
    for (const part of document.querySelectorAll("details:not([open])")) part.open = true;
});
