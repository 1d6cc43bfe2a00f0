// The arena over the launches of a call, and what a slot keeps between calls.

const axisNames = {tokens: "By token", rows: "By row", fixed: "Fixed"};
const axisUnits = {tokens: " for each token", rows: " for each row", fixed: ""};

/** The most bytes that live buffers hold at once. */
function peakOf(buffers, launches) {
  const change = new Array(launches + 1).fill(0);
  for (const buffer of buffers) {
    change[buffer.first] += buffer.bytes;
    change[buffer.last + 1] -= buffer.bytes;
  }
  let live = 0, peak = 0;
  for (const step of change)
    peak = Math.max(peak, live += step);
  return peak;
}

function drawArena(entry, axis, width) {
  const buffers = entry.buffers.filter(buffer => buffer.axis === axis), bytes = data.arenas[entry.name][axis];
  const launches = entry.launches.length, times = axis === "tokens" ? entry.tokens : axis === "rows" ? entry.rows : 1;
  const left = 64, right = width - 12, top = 8, height = 240, bottom = height - 34;
  const atX = launch => left + (right - left) * launch / launches, atY = place => bottom - (bottom - top) * place / bytes;
  const picture = svg("svg", {width, height, role: "group", "aria-label": `${axisNames[axis]}: ${buffers.length} buffers`});
  for (let part = 0; part <= 4; ++part)
    picture.append(svg("path", {d: `M${left} ${atY(bytes * part / 4)}H${right}`, class: "grid"}),
                   svg("text", {x: left - 8, y: atY(bytes * part / 4) + 4, class: "tick end"}, si(bytes * part / 4, "B").replace(/\.0+ /, " ")));
  const step = Math.max(1, 10 ** Math.floor(Math.log10(launches / 3 || 1)));
  for (let launch = 0; launch <= launches; launch += step * Math.ceil(launches / step / 8))
    picture.append(svg("text", {x: atX(launch), y: bottom + 15, class: "tick middle"}, String(launch)));
  picture.append(svg("text", {x: (left + right) / 2, y: height - 3, class: "axis middle"}, "launch"));
  for (const buffer of buffers) {
    const writer = entry.launches[buffer.first], reader = entry.launches[buffer.last];
    const box = svg("rect", {x: atX(buffer.first), y: atY(buffer.offset + buffer.bytes), class: "buffer",
                             width: Math.max(1.5, atX(buffer.last + 1) - atX(buffer.first) - 0.5),
                             height: Math.max(1.5, atY(buffer.offset) - atY(buffer.offset + buffer.bytes) - 0.5),
                             style: `fill:${colourOf(familyOf(writer.kernel))}`});
    tip(box, () => [el("b", {}, shortType(buffer.type)), `${count(buffer.bytes)} B${axisUnits[axis]} at ${count(buffer.offset)}`,
                    `written by ${writer.kernel}, launch ${buffer.first}`, `last read by ${reader.kernel}, launch ${buffer.last}`]
                   .map(line => el("div", {}, line)));
    box.addEventListener("click", () => {
      chooseKernel(entry, writer.kernel);
      graph.reveal();
    });
    picture.append(box);
  }
  return el("div", {class: "panel plot arena", "data-axis": axis},
            el("p", {}, el("b", {}, axisNames[axis]), ` ${count(bytes)} B${axisUnits[axis]}, ${si(bytes * times, "B")} in this call; `,
               `at most ${count(peakOf(buffers, launches))} B live at once, in ${buffers.length} buffers`),
            picture);
}

function drawMemory() {
  const entry = chosen.entry, host = $("arenas"), width = Math.max(300, host.clientWidth - 34);
  const axes = Object.keys(axisNames).filter(axis => entry.buffers.some(buffer => buffer.axis === axis));
  host.replaceChildren(...axes.map(axis => drawArena(entry, axis, width)));
  if (axes.length === 0)
    host.append(el("p", {class: "panel hint"}, entry.launches.length === 0 && data.phases.length > 0
        ? "The plan is in the module before it is lowered." : "No kernel leaves anything for another: the arena is empty."));
}

function drawStates() {
  const kinds = {conv_tail: "convolution's tail, a slot", recurrent: "recurrent state, a slot", kv: "keys or values, a page of 128 tokens"};
  if (data.states.length === 0)
    return $("states").remove();
  const groups = new Map();
  for (const state of data.states) {
    const key = [state.kind, state.dtype, state.shape.join("×")].join(" ");
    groups.set(key, [...(groups.get(key) || []), state]);
  }
  $("states").append(el("table", {},
      el("caption", {}, "States, kept between calls"),
      el("thead", {}, el("tr", {}, ["Kind", "Shape", "Type", "States", "Bytes of each", "Together"].map(title => el("th", {scope: "col"}, title)))),
      el("tbody", {}, [...groups.values()].map(states => el("tr", {},
          el("th", {scope: "row"}, kinds[states[0].kind]), el("td", {}, states[0].shape.join("×")), el("td", {}, states[0].dtype),
          el("td", {}, count(states.length)), el("td", {}, count(states[0].bytes)),
          el("td", {}, si(states.reduce((sum, state) => sum + state.bytes, 0), "B")))))));
}
