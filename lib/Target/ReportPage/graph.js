// The model as a column of layers; an open layer shows what was fused in it and what reads what.

const graphSizes = {strip: 32, gap: 12, node: 46, rank: 22, rail: 30, margin: 10};
const openStrips = new Set(); // keys with the entry's name

const stripId = strip => chosen.entry.name + "/" + strip.key;

/** Ranks by the longest way from what the layers before leave; nodes of one rank stand side by side. */
function rankNodes(strip) {
  const ofLaunch = new Map();
  for (const node of strip.nodes)
    for (const launch of node.launches)
      ofLaunch.set(launch.index, node);
  const ranks = [];
  for (const node of strip.nodes) {
    const sources = node.launches.flatMap(launch => launch.from);
    node.sources = new Set(sources.map(index => ofLaunch.get(index)).filter(source => source && source !== node));
    node.fromBefore = sources.some(index => !ofLaunch.has(index));
    node.rank = Math.max(0, ...[...node.sources].map(source => source.rank + 1));
    (ranks[node.rank] = ranks[node.rank] || []).push(node);
  }
  return ranks;
}

/** A bar as long as `seconds` in pixels for each `scale`, in the colours of its families. */
function familyBar(launches, x, y, width, height, whole) {
  const sums = new Map();
  for (const launch of launches)
    sums.set(familyOf(launch.kernel), (sums.get(familyOf(launch.kernel)) || 0) + launch.seconds);
  const bar = svg("g", {"aria-hidden": "true"}, svg("rect", {x, y, width, height, rx: 2, class: "bar-back"}));
  for (const [family, time] of [...sums].sort((a, b) => families.indexOf(a[0]) - families.indexOf(b[0]))) {
    const part = whole > 0 ? width * time / whole : 0;
    bar.append(svg("rect", {x, y, width: part, height, style: `fill:${colourOf(family)}`}));
    x += part;
  }
  return bar;
}

function clipped(text, pixels, perLetter = 6.7) {
  const most = Math.max(4, Math.floor(pixels / perLetter));
  return text.length <= most ? text : text.slice(0, most - 1) + "…";
}

class Graph {
  constructor(host) {
    this.host = host;
    this.focus = null;
    host.addEventListener("keydown", event => this.move(event));
    onResize(host, () => this.draw());
    onChoice(() => this.draw());
  }

  draw() {
    const hadFocus = this.host.contains(document.activeElement), scroll = this.host.scrollTop;
    const entry = chosen.entry, width = Math.max(300, this.host.clientWidth - 2 * graphSizes.margin);
    this.items = [];
    this.host.replaceChildren();
    if (entry.strips.length === 0) {
      this.host.append(el("p", {class: "hint"}, "The module had been lowered before this report was made, so it has no graph any more."));
      return;
    }
    const picture = svg("svg", {width, role: "presentation"}), longest = Math.max(...entry.strips.map(strip => strip.seconds));
    let y = 4;
    for (const strip of entry.strips) {
      if (y > 4)
        picture.append(svg("path", {d: `M${graphSizes.rail / 2} ${y - graphSizes.gap}v${graphSizes.gap}`, class: "edge"}));
      y = this.drawStrip(picture, strip, y, width, longest) + graphSizes.gap;
    }
    picture.setAttribute("height", y);
    this.host.append(picture);
    const focused = this.items.find(item => item.key === this.focus) || this.items[0];
    focused.element.setAttribute("tabindex", 0);
    this.host.scrollTop = scroll;
    if (hadFocus)
      focused.element.focus({preventScroll: true});
  }

  /** A thing that can be focused; `thing` is a strip or a node. */
  add(element, thing, act) {
    const item = {element, thing, key: thing.key};
    element.setAttribute("tabindex", -1);
    onActivate(element, () => {
      this.focus = item.key;
      act();
    });
    element.addEventListener("focus", () => this.focus = item.key);
    this.items.push(item);
    return element;
  }

  drawStrip(picture, strip, y, width, longest) {
    const open = openStrips.has(stripId(strip)), {strip: high} = graphSizes;
    const launches = strip.nodes.flatMap(node => node.launches), share = strip.seconds / chosen.entry.seconds;
    const barWidth = Math.min(150, width * 0.25), barAt = width - barWidth - 58;
    const head = svg("g", {class: "strip" + (chosen.strip === strip && !chosen.node ? " chosen" : ""), role: "button",
                           "aria-expanded": String(open), "data-layer": strip.layer, transform: `translate(0 ${y})`,
                           "aria-label": [strip.title, strip.kind, percent(share) + " of the time"].filter(Boolean).join(", ")},
        svg("rect", {width, height: high, rx: 6, class: "box"}),
        svg("path", {d: open ? "M11 13.5l5 5 5-5" : "M13.5 11l5 5-5 5", class: "arrow"}),
        svg("text", {x: 32, y: 20.5, class: "strong"}, strip.title),
        svg("text", {x: 112, y: 20.5, class: "muted"}, clipped(strip.kind, barAt - 190)),
        strip.parameters > 0 && barAt > 330 &&
            svg("text", {x: barAt - 12, y: 20.5, class: "muted number"}, si(strip.parameters)),
        familyBar(launches, barAt, 12, barWidth, 8, longest),
        svg("text", {x: width - 10, y: 20.5, class: "number"}, percent(share)));
    tip(head, () => [el("b", {}, strip.title + " " + strip.kind), `${seconds(strip.seconds)}, ${percent(share)} of ${chosen.entry.name}`,
                     `${launches.length} launches, ${si(strip.parameters)} parameters`].map(line => el("div", {}, line)));
    picture.append(this.add(head, strip, () => {
      this.toggle(strip, !open);
      choose({entry: chosen.entry, strip});
    }));
    return open ? this.drawNodes(picture, strip, y + high, width) : y + high;
  }

  drawNodes(picture, strip, top, width) {
    const {node: high, rank: gap, rail} = graphSizes, ranks = rankNodes(strip);
    const bottom = top + gap + ranks.length * (high + gap), right = width - 26;
    const edges = svg("g", {class: "edges"}), boxes = svg("g");
    for (const [row, nodes] of ranks.entries()) {
      const each = Math.min(300, (right - rail - 8) / nodes.length - 10), all = nodes.length * (each + 10) - 10;
      nodes.forEach((node, place) => {
        node.x = rail + 8 + (right - rail - 8 - all) / 2 + place * (each + 10);
        node.y = top + gap + row * (high + gap);
        node.width = each;
        node.isRightmost = place === nodes.length - 1;
      });
    }
    for (const node of strip.nodes) {
      for (const source of node.sources)
        edges.append(this.drawEdge(source, node, right));
      if (node.fromBefore)
        edges.append(svg("path", {d: `M${rail / 2} ${node.y + high / 2}H${node.x}`, class: "edge before"}),
                     svg("circle", {cx: rail / 2, cy: node.y + high / 2, r: 2.5, class: "joint"}));
      boxes.append(this.drawNode(node));
    }
    picture.append(svg("path", {d: `M${rail / 2} ${top}V${bottom}`, class: "edge"}), edges, boxes);
    // What the layer leaves goes back to the rail.
    const last = strip.nodes.at(-1);
    edges.append(svg("path", {d: `M${last.x + last.width / 2} ${last.y + high}V${bottom - gap / 2}H${rail / 2}`, class: "edge"}));
    return bottom;
  }

  drawEdge(source, node, right) {
    const x1 = source.x + source.width / 2, y1 = source.y + graphSizes.node, x2 = node.x + node.width / 2, y2 = node.y;
    if (node.rank === source.rank + 1)
      return svg("path", {d: `M${x1} ${y1}C${x1} ${y1 + 12} ${x2} ${y2 - 12} ${x2} ${y2}`, class: "edge"});
    // Past the nodes between, along the right side; from below where others stand in the way.
    const out = right + 4 + 6 * ((node.rank + source.rank) % 3), b = y2 + graphSizes.node / 2;
    const a = source.isRightmost ? y1 - graphSizes.node / 2 : y1 + graphSizes.rank / 2;
    const start = source.isRightmost ? `M${source.x + source.width} ${a}` : `M${x1} ${y1}V${a}`;
    return svg("path", {d: `${start}H${out - 6}Q${out} ${a} ${out} ${a + 6}V${b - 6}Q${out} ${b} ${out - 6} ${b}H${node.x + node.width}`,
                        class: "edge"});
  }

  drawNode(node) {
    const kernels = node.launches.map(launch => launch.kernel), share = node.seconds / chosen.entry.seconds;
    const related = chosen.kernel && kernels.includes(chosen.kernel);
    const box = svg("g", {class: "node" + (chosen.node === node ? " chosen" : related ? " related" : ""), role: "button",
                          "data-kernel": node.kernel, transform: `translate(${node.x} ${node.y})`,
                          "aria-label": `${node.ops.join(", ")}: kernel ${kernels.join(", ")}, ${percent(share)} of the time`},
        svg("rect", {width: node.width, height: graphSizes.node, rx: 5, class: "box"}),
        svg("rect", {x: 0, y: 6, width: 4, height: graphSizes.node - 12, rx: 2, style: `fill:${colourOf(familyOf(node.kernel))}`}),
        svg("text", {x: 13, y: 19}, clipped(node.ops.join(" + "), node.width - 22)),
        svg("text", {x: 13, y: 36, class: "muted code"}, clipped(kernels.join(", "), node.width - 70, 6.4)),
        svg("text", {x: node.width - 9, y: 36, class: "muted number"}, percent(share)));
    tip(box, () => [el("b", {}, node.ops.join(" + ")), ...kernels, seconds(node.seconds)].map(line => el("div", {}, line)));
    return this.add(box, node, () => choose({entry: chosen.entry, strip: node.strip, node, kernel: node.kernel}));
  }

  toggle(strip, open) {
    if (open)
      openStrips.add(stripId(strip));
    else
      openStrips.delete(stripId(strip));
  }

  all(open) {
    for (const strip of chosen.entry.strips)
      this.toggle(strip, open);
    this.draw();
  }

  /** Opens the chosen node's layer and brings it into view within the panel. */
  reveal() {
    if (!chosen.strip)
      return;
    this.toggle(chosen.strip, true);
    this.focus = (chosen.node || chosen.strip).key;
    this.draw();
    const item = this.items.find(item => item.key === this.focus);
    if (item) {
      const at = item.element.getBoundingClientRect(), frame = this.host.getBoundingClientRect();
      this.host.scrollTop += at.top - frame.top - frame.height / 3;
    }
  }

  move(event) {
    const at = this.items.findIndex(item => item.key === this.focus), item = this.items[at];
    if (!item)
      return;
    const strip = item.thing.strip || item.thing, isStrip = strip === item.thing, open = openStrips.has(stripId(strip));
    const to = {ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: this.items.length - 1}[event.key];
    if (to !== undefined)
      this.focus = this.items[Math.max(0, Math.min(to, this.items.length - 1))].key;
    else if (event.key === "ArrowRight" && isStrip && !open)
      this.toggle(strip, true);
    else if (event.key === "ArrowLeft" && isStrip && open)
      this.toggle(strip, false);
    else if (event.key === "ArrowLeft" && !isStrip)
      this.focus = strip.key;
    else
      return;
    event.preventDefault();
    this.draw();
    const focused = this.items.find(other => other.key === this.focus);
    focused.element.focus();
    focused.element.scrollIntoView({block: "nearest"});
  }
}
