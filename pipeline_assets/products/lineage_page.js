"use strict";
// The whole plan is in the page: no request is ever made. All text is set as text, never as markup.
const plan = JSON.parse(document.getElementById("plan").textContent);
const datasets = plan.datasets, tasks = plan.tasks;
const columns = [];                       // column id -> [dataset index, place]
datasets.forEach((d, i) => { d.first = columns.length; d.columns.forEach((_, c) => columns.push([i, c])); });
const byName = new Map(datasets.map((d, i) => [d.name, i]));
const made = columns.map(() => []), used = columns.map(() => []);   // flows that end and start at a column
plan.flows.forEach(flow => { flow[2].forEach(c => made[c].push(flow)); flow[1].forEach(c => used[c].push(flow)); });
const label = c => datasets[columns[c][0]].name + "." + datasets[columns[c][0]].columns[columns[c][1]][0];
const $ = id => document.getElementById(id);
const WAYS = [["up", "made from"], ["down", "used by"], ["both", "both"]];
let state = { at: "", way: "both", depth: 99 };

// -- what is reached

function reach(start, way, depth) {
  const seen = new Map(start.map(c => [c, 0])), [flows, from, to] = way === "up" ? [made, 2, 1] : [used, 1, 2];
  const picked = new Map();               // flow -> its columns at the near end that were reached
  let edge = start;
  for (let step = 1; step <= depth && edge.length; step++) {
    const next = [];
    for (const c of edge) for (const flow of flows[c]) {
      if (!picked.has(flow)) picked.set(flow, new Set());
      picked.get(flow).add(c);
      for (const other of flow[to]) if (!seen.has(other)) { seen.set(other, step); next.push(other); }
    }
    edge = next;
  }
  return { seen, picked, near: from, far: to };
}

function focus() {
  const [name, column] = state.at.split("."), index = byName.get(name);
  if (index === undefined) return null;
  const dataset = datasets[index], place = dataset.columns.findIndex(c => c[0] === column);
  const start = place >= 0 ? [dataset.first + place] : dataset.columns.map((_, i) => dataset.first + i);
  return { index, place, start };
}

// -- drawing

const SVG = "http://www.w3.org/2000/svg", ROW = 17, HEAD = 22, MOST = 14, MOST_CURVES = 12;
function draw(tag, attributes, ...inside) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  for (const part of inside) node.append(part);
  return node;
}
function html(tag, attributes, ...inside) {
  const node = Object.assign(document.createElement(tag), attributes);
  node.append(...inside);
  return node;
}

function picture() {
  const at = focus();
  return at ? focused(at) : whole();
}

function whole() {
  // Every dataset as a chip under its generation, one band per layer; flows only of the one that is pointed at.
  const boxes = new Map(); let top = 30, wide = 0;
  for (const layer of plan.layers) {
    const inLayer = datasets.map((d, i) => [d, i]).filter(([d]) => d.layer === layer), counts = new Map();
    let x = 12, tall = 0;
    for (const g of [...new Set(inLayer.map(([d]) => d.generation))].sort((a, b) => a - b)) {
      const members = inLayer.filter(([d]) => d.generation === g);
      for (let from = 0; from < members.length; from += 16) {
        const part = members.slice(from, from + 16), width = Math.max(...part.map(([d]) => d.name.length)) * 7.3 + 18;
        part.forEach(([d, i], row) => boxes.set(i, { x, y: top + row * 26, width, height: 21, rows: [] }));
        tall = Math.max(tall, part.length * 26); counts.set(x, g); x += width + 26;
      }
    }
    for (const [place, g] of counts) boxes.set("g" + layer + place, { x: place, y: top - 6, text: g < 0 ? "given" : "g" + String(g).padStart(2, "0") });
    boxes.set("l" + layer, { x: 12, y: top - 20, text: layer, head: true });
    top += tall + 52; wide = Math.max(wide, x);
  }
  return { boxes, width: wide, height: top, curves: [] };
}

function focused(at) {
  const parts = [];
  if (state.way !== "down") parts.push(["up", reach(at.start, "up", state.depth)]);
  if (state.way !== "up") parts.push(["down", reach(at.start, "down", state.depth)]);
  const shown = new Map([[at.index, new Set(at.start)]]);
  for (const [, r] of parts) for (const c of r.seen.keys()) {
    const d = columns[c][0]; if (!shown.has(d)) shown.set(d, new Set()); shown.get(d).add(c);
  }
  const ranks = [...new Set([...shown.keys()].map(i => datasets[i].generation))].sort((a, b) => a - b);
  const levels = ranks.map(g => [...shown.keys()].filter(i => datasets[i].generation === g));
  order(levels, parts);
  const boxes = new Map(); let x = 12, tall = 0;
  levels.forEach((level, n) => {
    const names = level.flatMap(i => [datasets[i].name, ...[...shown.get(i)].slice(0, MOST).map(c => datasets[i].columns[columns[c][1]][0])]);
    const width = Math.max(...names.map(t => t.length)) * 7.3 + 22;
    let y = 26;
    boxes.set("g" + n, { x, y: 16, text: ranks[n] < 0 ? "given" : "g" + String(ranks[n]).padStart(2, "0") });
    for (const i of level) {
      const all = [...shown.get(i)].sort((a, b) => a - b), rows = all.slice(0, MOST), more = all.length - rows.length;
      const height = HEAD + ROW * (rows.length + (more ? 1 : 0)) + 4;
      boxes.set(i, { x, y, width, height, rows, more }); y += height + 14;
    }
    tall = Math.max(tall, y); x += width + 70;
  });
  for (const level of levels) {            // each level in the middle of the tallest: flows then pass fewer boxes
    const last = boxes.get(level[level.length - 1]), down = (tall - 14 - last.y - last.height) / 2;
    for (const i of level) boxes.get(i).y += down;
  }
  return { boxes, width: x, height: tall + 10, curves: curves(parts, boxes) };
}

function order(levels, parts) {
  // Put each dataset near the middle of those it is joined with: a few sweeps, there and back.
  const joined = new Map(), link = (a, b) => { if (!joined.has(a)) joined.set(a, new Set()); joined.get(a).add(b); };
  for (const [, r] of parts) for (const flow of r.picked.keys()) for (const a of new Set(flow[1].map(c => columns[c][0])))
    for (const b of new Set(flow[2].map(c => columns[c][0]))) { link(a, b); link(b, a); }
  const place = new Map(); levels.forEach(level => level.forEach((i, n) => place.set(i, n / level.length)));
  for (let sweep = 0; sweep < 6; sweep++) for (const level of sweep % 2 ? [...levels].reverse() : levels) {
    const wish = i => { const near = [...(joined.get(i) || [])].filter(j => place.has(j)).map(j => place.get(j)); return near.length ? near.reduce((a, b) => a + b) / near.length : place.get(i); };
    const wishes = new Map(level.map(i => [i, wish(i)]));
    level.sort((a, b) => wishes.get(a) - wishes.get(b)); level.forEach((i, n) => place.set(i, n / level.length));
  }
}

function curves(parts, boxes) {
  // Column by column where that can be read, one thick line for a pair of datasets that shares more.
  const pairs = new Map();
  for (const [way, r] of parts) for (const [flow, near] of r.picked) for (const c of near) for (const other of flow[r.far]) {
    if (!r.seen.has(other)) continue;
    const [a, b] = r.far === 1 ? [other, c] : [c, other], [i, j] = [columns[a][0], columns[b][0]], pair = i + " " + j;
    if (!pairs.has(pair)) pairs.set(pair, new Map());
    pairs.get(pair).set(a + " " + b, [way, i, j, a, b, 0]);
  }
  const list = [...pairs.values()].flatMap(found => {
    if (found.size <= MOST_CURVES) return [...found.values()];
    const [way, i, j] = found.values().next().value;
    return [[way, i, j, null, null, found.size]];
  });
  return list.map(([way, i, j, a, b, n]) => {
    const from = boxes.get(i), to = boxes.get(j), y1 = from.y + middle(from, a), y2 = to.y + middle(to, b);
    const x1 = from.x + from.width, x2 = to.x, bend = Math.max(30, (x2 - x1) / 2);
    return { way, i, j, d: `M${x1},${y1} C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`, thick: n ? Math.min(5, 1 + Math.log2(n) / 2) : 1 };
  });
}
function middle(box, column) {
  const row = column === null ? -1 : box.rows.indexOf(column);
  return row >= 0 ? HEAD + ROW * (row + .5) : column === null ? HEAD / 2 : box.height - 4 - ROW / 2;
}

let drawing;
function show() {
  drawing = picture();
  const svg = draw("svg", { width: drawing.width, height: drawing.height, viewBox: `0 0 ${drawing.width} ${drawing.height}` });
  for (const c of drawing.curves) svg.append(draw("path", { d: c.d, class: `flow ${c.way} ${c.thick > 1 ? "rough" : ""}`, "stroke-width": c.thick, "data-i": c.i, "data-j": c.j }));
  const at = focus();
  for (const [i, box] of drawing.boxes) svg.append(typeof i === "string" ? draw("text", { x: box.x, y: box.y, class: box.head ? "head" : "gen" }, box.text) : boxed(i, box, at));
  $("stage").replaceChildren(svg);
  const n = [...drawing.boxes.keys()].filter(i => typeof i === "number").length;
  $("counts").textContent = at ? `${state.at}: ${n} datasets` : `${n} datasets, ${columns.length} columns, ${tasks.length} tasks`;
  fit(true);
  const here = at && drawing.boxes.get(at.index), stage = $("stage");
  stage.scrollTo(here ? (here.x + here.width / 2) * scale - stage.clientWidth / 2 : 0, here ? here.y * scale - stage.clientHeight / 3 : 0);
  ways(); tell(at); search();
}

function boxed(i, box, at) {
  const d = datasets[i], group = draw("g", { transform: `translate(${box.x},${box.y})` });
  if (box.rows.length) group.append(draw("rect", { class: "box", width: box.width, height: box.height, rx: 5 }));
  group.append(button(d.name, d.name, 0, HEAD, box.width, at && at.index === i && at.place < 0, "head", `var(--${d.layer})`));
  box.rows.forEach((c, n) => {
    const name = d.columns[columns[c][1]][0];
    group.append(button(name, d.name + "." + name, HEAD + n * ROW, ROW, box.width, at && at.start.includes(c) && at.place >= 0, ""));
  });
  if (box.more) group.append(button(`… ${box.more} more`, d.name, HEAD + box.rows.length * ROW, ROW, box.width, false, ""));
  group.addEventListener("mouseenter", () => light(i)); group.addEventListener("mouseleave", () => light(null));
  return group;
}
function button(text, target, y, height, width, marked, style, fill) {
  const node = draw("g", { role: "button", tabindex: 0, class: marked ? "marked" : "", transform: `translate(0,${y})` });
  if (fill) node.append(draw("rect", { width, height: height - 1, rx: 4, style: `fill:${fill}` }));
  node.append(draw("rect", { class: "row", x: 1, width: width - 2, height, rx: 3, "fill-opacity": fill && !marked ? 0.4 : 1 }));
  node.append(draw("text", { x: 9, y: height - 6, class: style }, text));
  node.addEventListener("click", () => go(target)); node.addEventListener("keydown", e => { if (e.key === "Enter") go(target); });
  return node;
}
function light(i) {
  for (const path of document.querySelectorAll("svg .flow")) {
    const near = path.dataset.i === String(i) || path.dataset.j === String(i);
    path.classList.toggle("lit", near); path.classList.toggle("faint", i !== null && !near);
  }
}
let scale = 1;
function fit(onlyShrink) {
  const stage = $("stage"), svg = stage.firstChild, room = Math.min(stage.clientWidth / drawing.width, stage.clientHeight / drawing.height);
  scale = onlyShrink ? Math.max(.8, Math.min(1, room)) : Math.min(1.5, room);
  zoom();
}
function zoom() { const svg = $("stage").firstChild; svg.setAttribute("width", drawing.width * scale); svg.setAttribute("height", drawing.height * scale); }

// -- words

function link(text, target) {
  const node = html("button", { className: "go" + (target === state.at ? " here" : ""), textContent: text });
  node.addEventListener("click", () => go(target)); return node;
}
function list(title, items) { return items.length ? [html("h3", { textContent: title }), html("ul", {}, ...items.map(item => html("li", {}, ...[].concat(item))))] : []; }

function tell(at) {
  if (!at) {
    $("told").replaceChildren(html("p", { textContent: "Choose a dataset or one of its columns: here is what it says, where it comes from and what is made from it." }),
      html("p", { className: "dim", textContent: "A task that computes in Python may use every column it is given, so all of them are named." }));
    return;
  }
  const d = datasets[at.index], task = d.task === null ? null : tasks[d.task], column = at.place >= 0 ? d.columns[at.place] : null;
  const near = (flows, end, word) => {     // one entry per dataset and task, with all columns that are joined
    const groups = new Map();
    for (const c of at.start) for (const f of flows[c]) for (const o of f[end]) {
      const of = columns[o][0] + " " + f[0]; if (!groups.has(of)) groups.set(of, new Set()); groups.get(of).add(o);
    }
    return [...groups].map(([of, all]) => {
      const [i, t] = of.split(" "), names = [...all].sort((a, b) => a - b).map(o => datasets[i].columns[columns[o][1]][0]);
      const target = names.length === 1 ? `${datasets[i].name}.${names[0]}` : datasets[i].name;
      const note = names.length === 1 ? "" : names.length > 8 ? `${names.slice(0, 8).join(", ")} and ${names.length - 8} more; ` : `${names.join(", ")}; `;
      return [link(target, target), html("span", { className: "dim", textContent: ` ${note}${word} ${tasks[t].name}` })];
    });
  };
  const short = items => items.length > 60 ? [...items.slice(0, 60), html("span", { className: "dim", textContent: `and ${items.length - 60} more` })] : items;
  const open = html("a", { href: "/assets/" + d.layer + "/" + d.name, textContent: "open in Dagster" });
  const filters = task ? task.filters.map(c => link(label(c), label(c))) : [];
  $("told").replaceChildren(
    html("h2", { textContent: state.at }),
    html("p", { textContent: column ? column[3] : d.description }),
    html("p", { className: "dim", textContent: column ? `${column[1]}${column[2] ? ", may be null" : ""}. ${d.name}: ${d.description}` :
      `${d.layer}, ${d.generation < 0 ? "given" : "generation " + d.generation}, ${d.grain} grain, key: ${d.key.join(", ")}` }),
    ...(location.protocol === "file:" ? [] : [open]),
    ...(task ? list(`made by ${task.name} (${task.kind})`, task.stages.map(s => [html("code", { textContent: s[0] }), html("span", { className: "dim", textContent: " " + s[1] })])) : []),
    ...(column ? [] : list("columns", d.columns.map(c => [link(c[0], d.name + "." + c[0]), html("span", { className: "dim", textContent: " " + c[3] })]))),
    ...list("made from", short(near(made, 1, "by"))), ...list("decides which rows there are", short(filters)), ...list("used by", short(near(used, 2, "in"))));
}

function search() {
  const words = $("search").value.trim().toLowerCase().split(/[\s.]+/).filter(Boolean), hits = [];
  for (const d of datasets) {
    const name = d.name.toLowerCase();
    if (words.every(w => name.includes(w))) hits.push([d, d.name]);
    else if (words.length) for (const c of d.columns) if (words.every(w => name.includes(w) || c[0].toLowerCase().includes(w))) hits.push([d, d.name + "." + c[0]]);
  }
  hits.sort((a, b) => words.length ? a[1].length - b[1].length : 0);
  const groups = words.length ? [[`${hits.length} found`, hits.slice(0, 150)]] : plan.layers.map(l => [l, hits.filter(([d]) => d.layer === l)]);
  $("hits").replaceChildren(...groups.flatMap(([title, found]) => list(title, found.map(([d, target]) => {
    const node = link(target, target); node.prepend(html("span", { className: "dot", style: `background:var(--${d.layer})` })); return node;
  }))));
}

function ways() {
  $("ways").replaceChildren(...WAYS.map(([way, text]) => {
    const node = html("button", { className: state.way === way ? "on" : "", textContent: text });
    node.addEventListener("click", () => { state.way = way; write(); }); return node;
  }));
}

// -- where we are: the address says it all, so it can be linked to and gone back from

function go(target) { state.at = target; write(); }
function write() {
  const next = "#" + (state.at ? `${encodeURIComponent(state.at)}&${state.way}&${state.depth}` : "");
  if (location.hash === next || (next === "#" && !location.hash)) show(); else location.hash = next;
}
function read() {
  const [at, way, depth] = location.hash.slice(1).split("&");
  state.at = decode(at || plan.start || "");
  if (WAYS.some(([w]) => w === way)) state.way = way;
  if (Number(depth) > 0) state.depth = Number(depth);
  $("depth").value = String(state.depth); show();
}
function decode(text) { try { return decodeURIComponent(text); } catch { return ""; } }

$("depth").addEventListener("change", e => { state.depth = Number(e.target.value); write(); });
$("search").addEventListener("input", search);
$("search").addEventListener("keydown", e => { if (e.key === "Enter") { const first = document.querySelector("#hits .go"); if (first) first.click(); } });
$("fit").addEventListener("click", () => fit(false));
$("plain").addEventListener("click", () => { plan.start = ""; state.at = ""; $("search").value = ""; write(); });
$("stage").addEventListener("wheel", e => { if (e.ctrlKey) { e.preventDefault(); scale = Math.max(.2, Math.min(2, scale * (e.deltaY < 0 ? 1.1 : .9))); zoom(); } }, { passive: false });
addEventListener("keydown", e => { if (e.key === "/" && document.activeElement !== $("search")) { e.preventDefault(); $("search").focus(); } });
addEventListener("hashchange", read);
read();
