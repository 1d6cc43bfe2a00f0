// Two panes of IR. Only the lines in sight are in the document, so a phase may have a million of them.

const kLine = 18, kWindow = 2000; // pixels of a line; letters of a long one that are shown

const syntax = new RegExp([
  String.raw`(?<comment>\/\/.*)`, String.raw`(?<string>"(?:[^"\\]|\\.)*")`, String.raw`(?<symbol>@[\w$.-]+|@"(?:[^"\\]|\\.)*")`,
  String.raw`(?<value>%[\w$.#-]+)`, String.raw`(?<attribute>#[\w.]+)`, String.raw`(?<type>![\w.]+|\b(?:tensor|vector|memref|index|[if]\d+|bf16)\b)`,
  String.raw`(?<op>\b[a-z_]\w*\.[\w.]+)`, String.raw`(?<number>\b-?\d+(?:\.\d+(?:e[+-]?\d+)?)?\b)`].join("|"), "g");

/** A line's pieces, coloured; `marks` are hits within it: [from, to, is current]. */
function paint(text, marks) {
  const pieces = [];
  let at = 0;
  for (const match of text.matchAll(syntax)) {
    if (match.index > at)
      pieces.push([at, match.index, ""]);
    pieces.push([match.index, match.index + match[0].length, Object.keys(match.groups).find(key => match.groups[key] !== undefined)]);
    at = match.index + match[0].length;
  }
  pieces.push([at, text.length, ""]);
  const nodes = [];
  let next = 0;
  for (const [from, to, kind] of pieces) {
    let start = from;
    while (start < to) {
      while (next < marks.length && marks[next][1] <= start)
        ++next;
      const mark = marks[next], inside = mark && mark[0] <= start;
      const end = Math.min(to, inside ? mark[1] : mark ? Math.max(mark[0], start + 1) : to);
      const part = text.slice(start, end), piece = kind ? el("span", {class: "s-" + kind}, part) : part;
      nodes.push(inside ? el("mark", {class: mark[2] ? "current" : ""}, piece) : piece);
      start = end;
    }
  }
  return nodes;
}

class Pane {
  constructor(listing, phase) {
    this.listing = listing;
    this.select = el("select", {"aria-label": "Phase", onchange: () => this.load(this.select.value)},
                     phaseNames.map(name => el("option", {value: name}, name)));
    this.hits = el("output", {class: "hits", "aria-live": "polite"});
    const step = (label, sign, by) => el("button", {type: "button", "aria-label": label, title: label, onclick: () => this.step(by)}, sign);
    this.lines = el("div", {class: "lines"});
    this.view = el("div", {class: "view", tabindex: 0, role: "region", "aria-label": "IR"}, this.lines);
    this.view.addEventListener("scroll", () => this.paint());
    this.view.addEventListener("focus", () => listing.active = this);
    this.size = el("span", {class: "muted size"});
    this.element = el("div", {class: "pane panel"},
        el("div", {class: "pane-head"}, this.select, this.size, this.hits, step("Previous hit", "↑", -1), step("Next hit", "↓", 1),
           el("button", {type: "button", title: "Save as .mlir", "aria-label": "Save as .mlir", onclick: () => this.save()}, "⤓")),
        this.view);
    onResize(this.view, () => this.paint());
    this.state = {text: "", starts: [0], places: [], current: -1, line: 0};
    this.ready = this.load(phase);
  }

  async load(phase) {
    this.phase = this.select.value = phase;
    const text = await textOfPhase(phase);
    if (this.phase !== phase) // another was chosen meanwhile
      return;
    const starts = lineStarts(text);
    Object.assign(this.state, {text, starts, line: 0});
    let longest = 0;
    for (let i = 1; i < starts.length; ++i)
      longest = Math.max(longest, Math.min(kWindow + 20, starts[i] - starts[i - 1]));
    this.lines.style.height = (starts.length - 1) * kLine + "px";
    this.lines.style.width = `calc(${longest}ch + 5.5rem)`;
    this.line(lineOfChoice(phase));
    this.size.textContent = `${count(starts.length - 1)} lines`;
    this.view.setAttribute("aria-label", "IR after " + phase);
    this.search();
  }

  search() {
    const {query, matchCase} = this.listing, state = this.state;
    state.places = findAll(state.text, query, matchCase);
    state.current = -1;
    this.count();
    this.paint();
  }

  count() {
    const {places, current} = this.state;
    this.hits.textContent = !this.listing.query ? "" : current < 0 ? `${count(places.length)} hits` : `${count(current + 1)} of ${count(places.length)}`;
  }

  /** To the next or previous hit from the one at hand, or from the line at the top. */
  step(by) {
    const state = this.state, many = state.places.length;
    this.listing.active = this;
    if (many === 0)
      return;
    if (state.current < 0) {
      const top = state.starts[Math.floor(this.view.scrollTop / kLine)] || 0;
      const before = lastAtMost(state.places, top - 1);
      state.current = by > 0 ? (before + 1) % many : (before + many) % many;
    } else {
      state.current = (state.current + by + many) % many;
    }
    const line = lastAtMost(state.starts, state.places[state.current]);
    this.scrollToLine(line);
    this.count();
    this.paint();
    const mark = this.lines.querySelector("mark.current");
    if (mark && (mark.offsetLeft < this.view.scrollLeft || mark.offsetLeft > this.view.scrollLeft + this.view.clientWidth - 120))
      this.view.scrollLeft = Math.max(0, mark.offsetLeft - 160);
  }

  scrollToLine(line) {
    const top = this.view.scrollTop, high = this.view.clientHeight;
    if (line * kLine < top + kLine || (line + 2) * kLine > top + high)
      this.view.scrollTop = Math.max(0, (line - 6) * kLine);
  }

  /** Marks a line, counted from 1 as in an editor, and brings it into view. */
  line(line) {
    this.state.line = line;
    this.view.scrollTop = Math.max(0, (line - 7) * kLine);
    this.view.scrollLeft = 0;
    this.paint();
  }

  async show(phase, line) {
    if (phase !== this.phase)
      await this.load(phase);
    this.line(line);
  }

  paint() {
    const {starts, line} = this.state, first = Math.max(0, Math.floor(this.view.scrollTop / kLine) - 4);
    const last = Math.min(starts.length - 1, first + Math.ceil(this.view.clientHeight / kLine) + 8);
    const rows = [];
    for (let index = first; index < last; ++index)
      rows.push(el("div", {class: "line" + (index + 1 === line ? " target" : ""), style: `top:${index * kLine}px`},
                   el("span", {class: "gutter", "aria-hidden": "true"}, String(index + 1)), this.paintLine(index)));
    this.lines.replaceChildren(...rows);
  }

  paintLine(index) {
    const {text, starts, places, current} = this.state, query = this.listing.query;
    let from = starts[index], to = starts[index + 1] - 1, dots = [];
    const marks = [];
    for (let hit = lastAtMost(places, from - 1) + 1; hit < places.length && places[hit] < to; ++hit)
      marks.push([places[hit], places[hit] + query.length, hit === current]);
    if (to - from > kWindow) { // around the current hit, else from the beginning
      const near = marks.find(mark => mark[2]), whole = to - from;
      if (near && near[1] > from + kWindow)
        from = Math.min(near[0] - 200, to - kWindow), dots.push("… ");
      if (from + kWindow < to)
        to = from + kWindow, dots.push(` … (${count(whole)} letters)`);
    }
    const inside = marks.filter(mark => mark[1] > from && mark[0] < to).map(mark => [mark[0] - from, mark[1] - from, mark[2]]);
    const dot = text => el("span", {class: "muted"}, text);
    return [dots[0] === "… " && dot(dots.shift()), ...paint(text.slice(from, to), inside), dots[0] && dot(dots[0])];
  }

  save() {
    const link = el("a", {href: URL.createObjectURL(new Blob([this.state.text])), download: this.phase + ".mlir"});
    link.click();
    URL.revokeObjectURL(link.href);
  }
}

class Listing {
  constructor(host) {
    this.query = "";
    this.matchCase = false;
    const left = phaseNames.includes("fuse") ? "fuse" : phaseNames[0];
    const right = phaseNames.includes("plan") ? "plan" : phaseNames.at(-1);
    this.panes = [new Pane(this, left), new Pane(this, right)];
    this.active = this.panes[0];
    host.append(...this.panes.map(pane => pane.element));
    let wait = 0;
    $("query").addEventListener("input", () => {
      clearTimeout(wait);
      wait = setTimeout(() => this.search(), 120);
    });
    $("case").addEventListener("change", () => this.search());
    $("query").addEventListener("keydown", event => {
      if (event.key !== "Enter")
        return;
      event.preventDefault();
      clearTimeout(wait);
      if (this.query !== $("query").value)
        this.search();
      this.active.step(event.shiftKey ? -1 : 1);
    });
  }

  search() {
    this.query = $("query").value;
    this.matchCase = $("case").checked;
    for (const pane of this.panes)
      pane.search();
  }

  /** Both panes go to what is chosen. */
  follow() {
    for (const pane of this.panes)
      if (pane.state.text)
        pane.line(lineOfChoice(pane.phase));
  }

  /** In the pane that shows the phase already; else earlier phases to the left, later ones to the right. */
  async show(phase, line) {
    const [left, right] = this.panes;
    const place = phaseNames.indexOf(phase);
    const pane = left.phase === phase ? left : right.phase === phase ? right
        : place <= phaseNames.indexOf(left.phase) || place < phaseNames.indexOf("tile") ? left : right;
    this.active = pane;
    $("ir").scrollIntoView();
    await pane.show(phase, line);
    pane.view.focus({preventScroll: true});
  }
}
