// Operations per second over operations per byte, both on logarithmic axes, under the machine's roofs.

const shapes = ["circle", "diamond", "triangle", "square"];
const shownEntries = new Set(entries.slice(0, data.model ? 2 : 12).map(entry => entry.name));

function marker(shape, x, y, size, attributes) {
  const s = size * 1.15;
  const path = {
    circle: () => `M${x - size} ${y}a${size} ${size} 0 1 0 ${2 * size} 0a${size} ${size} 0 1 0 ${-2 * size} 0Z`,
    diamond: () => `M${x} ${y - s}L${x + s} ${y}L${x} ${y + s}L${x - s} ${y}Z`,
    triangle: () => `M${x} ${y - s}L${x + s} ${y + s * 0.8}H${x - s}Z`,
    square: () => `M${x - size} ${y - size}H${x + size}V${y + size}H${x - size}Z`,
  }[shape]();
  return svg("path", {d: path, ...attributes});
}

const shapeOf = entry => shapes[entries.indexOf(entry) % shapes.length];

/** The rates that entries are predicted with: the same for all, or those beside each measurement. */
function machinesOf(shown) {
  const machines = [];
  for (const entry of shown) {
    const rates = ratesOf(entry), known = machines.find(machine => machine.bytes === rates.bytes && machine.bf16 === rates.bf16);
    if (known)
      known.names.push(entry.name);
    else
      machines.push({...rates, names: [entry.name]});
  }
  return machines;
}

function rooflinePoints() {
  const points = [];
  for (const entry of entries.filter(entry => shownEntries.has(entry.name)))
    for (const kernel of entry.kernels.values())
      if (kernel.flops > 0 && kernel.bytes > 0)
        points.push({entry, kernel, x: kernel.flops / kernel.bytes, y: kernel.flops / kernel.seconds,
                     measured: kernel.measured_seconds && kernel.flops / kernel.measured_seconds});
  return points;
}

function drawRoofline() {
  const host = $("roofline-plot"), width = Math.max(320, host.clientWidth - 34), height = Math.round(Math.min(480, width * 0.55));
  const points = rooflinePoints(), machines = machinesOf(entries.filter(entry => shownEntries.has(entry.name)));
  const maths = [...new Set(points.map(point => point.kernel.math))];
  const ridge = (machine, math) => machine[math] / machine.bytes;
  const left = 64, right = width - 16, top = 16, bottom = height - 44;
  const xs = [...points.map(point => point.x), ...machines.flatMap(machine => maths.map(math => ridge(machine, math)))];
  const low = Math.floor(Math.log10(Math.min(...xs, 0.5))) , high = Math.ceil(Math.log10(Math.max(...xs, 10) * 2));
  const most = Math.max(...machines.flatMap(machine => maths.map(math => machine[math])), ...points.map(point => Math.max(point.y, point.measured || 0)), 1);
  const yHigh = Math.log10(most * 1.8), yLow = Math.min(yHigh - 2, Math.log10(Math.min(...points.map(point => Math.min(point.y, point.measured || point.y)), most)) - 0.4);
  const atX = value => left + (right - left) * (Math.log10(value) - low) / (high - low);
  const atY = value => bottom - (bottom - top) * (Math.log10(value) - yLow) / (yHigh - yLow);
  const clip = svg("clipPath", {id: "plot-area"}, svg("rect", {x: left, y: top, width: right - left, height: bottom - top}));
  const picture = svg("svg", {width, height, role: "group", "aria-label": "Roofline plot"}, clip);

  for (let power = low; power <= high; ++power)
    picture.append(svg("path", {d: `M${atX(10 ** power)} ${top}V${bottom}`, class: "grid"}),
                   svg("text", {x: atX(10 ** power), y: bottom + 18, class: "tick middle"}, tick(10 ** power)));
  for (let power = Math.ceil(yLow); power <= yHigh; ++power)
    picture.append(svg("path", {d: `M${left} ${atY(10 ** power)}H${right}`, class: "grid"}),
                   svg("text", {x: left - 8, y: atY(10 ** power) + 4, class: "tick end"}, tick(10 ** power)));
  picture.append(svg("text", {x: (left + right) / 2, y: height - 8, class: "axis middle"}, "operations for each byte moved (FLOP/B)"),
                 svg("text", {transform: `translate(14 ${(top + bottom) / 2}) rotate(-90)`, class: "axis middle"}, "FLOP/s"));
  for (const [index, machine] of machines.entries()) {
    const several = machines.length > 1 ? ", " + machine.names.join(", ") : "";
    for (const math of maths) {
      const peak = machine[math], lower = peak < Math.max(...maths.map(other => machine[other]));
      picture.append(svg("path", {class: "roof" + (index > 0 ? " second" : ""), "clip-path": "url(#plot-area)",
                                  d: `M${atX(10 ** low)} ${atY(10 ** low * machine.bytes)}L${atX(ridge(machine, math))} ${atY(peak)}` +
                                     `L${atX(10 ** high)} ${atY(peak)}`}),
                     svg("text", {x: atX(ridge(machine, math)) + 8, y: atY(peak) + (lower ? 16 : -8), class: "roof-label"},
                         `${math} ${si(peak, "FLOP/s")}${several}`));
    }
    const at = 10 ** Math.max(low + 0.25, yLow - Math.log10(machine.bytes) + 0.25);
    const tilt = Math.atan2(atY(at * 10 * machine.bytes) - atY(at * machine.bytes), atX(at * 10) - atX(at)) * 180 / Math.PI;
    picture.append(svg("text", {transform: `translate(${atX(at)} ${atY(at * machine.bytes) + (index > 0 ? 15 : -9)}) rotate(${tilt})`,
                                class: "roof-label"}, si(machine.bytes, "B/s") + several));
  }
  const group = svg("g", {class: "points"});
  for (const point of points.sort((a, b) => b.kernel.seconds / b.entry.seconds - a.kernel.seconds / a.entry.seconds)) {
    const share = point.kernel.seconds / point.entry.seconds;
    const mark = marker(shapeOf(point.entry), atX(point.x), atY(point.y), 4 + 14 * Math.sqrt(share), {
      class: "point" + (chosen.kernel === point.kernel.name && chosen.entry === point.entry ? " chosen" : ""),
      style: `fill:${colourOf(familyOf(point.kernel.name))}`, tabindex: 0, role: "button", "data-kernel": point.kernel.name,
      "data-entry": point.entry.name,
      "aria-label": `${point.kernel.name} in ${point.entry.name}: ${threeDigits(point.x)} operations a byte, ${percent(share)} of the time`});
    tip(mark, () => [el("b", {}, point.kernel.name), point.entry.name + ", " + point.kernel.calls + " launches",
                     threeDigits(point.x) + " FLOP/B", si(point.y, "FLOP/s"), `${seconds(point.kernel.seconds)}, ${percent(share)}`,
                     ...(point.measured ? ["measured " + measuredText(point.kernel)] : []),
                     "bound by " + (point.kernel.bound === "memory" ? "memory" : point.kernel.math)].map(line => el("div", {}, line)));
    onActivate(mark, () => {
      chooseKernel(point.entry, point.kernel.name);
      graph.reveal();
    });
    if (point.measured) // where the kernel was, hollow, below where it could be
      group.append(svg("path", {d: `M${atX(point.x)} ${atY(point.y)}V${atY(point.measured)}`, class: "fall"}),
                   marker(shapeOf(point.entry), atX(point.x), atY(point.measured), 3 + 7 * Math.sqrt(share),
                          {class: "measured", style: `stroke:${colourOf(familyOf(point.kernel.name))}`}));
    group.append(mark);
  }
  picture.append(group);
  const still = entries.filter(entry => shownEntries.has(entry.name)).flatMap(entry => [...entry.kernels.values()].filter(kernel => kernel.flops === 0));
  host.replaceChildren(picture, still.length > 0 && el("p", {class: "hint"}, "Without operations, so not in the plot: ",
      [...new Set(still.map(kernel => kernel.name))].join(", ")) || "");
}

function drawRooflineTools() {
  $("roofline-entries").replaceChildren(...entries.slice(0, 12).map(entry =>
    el("label", {class: "check"},
       el("input", {type: "checkbox", checked: shownEntries.has(entry.name), onchange: event => {
         shownEntries[event.target.checked ? "add" : "delete"](entry.name);
         drawRoofline();
       }}),
       svg("svg", {width: 16, height: 16, "aria-hidden": "true"}, marker(shapeOf(entry), 8, 8, 5, {class: "shape"})), entry.name)));
  $("legend").replaceChildren(...families.map(family =>
    el("span", {}, el("span", {class: "swatch", style: `background:${colourOf(family)}`}), family)));
}
