// What is chosen in words and numbers: a layer with its weights, or a kernel with its whole config.

/** Rows of a name and a value; values may be elements. */
const pairs = (rows, name = "pairs") =>
    el("dl", {class: name}, rows.map(([key, value]) => [el("dt", {}, key), el("dd", {}, value)]));

/** Buttons that go to `place` in each phase that has it. */
function jumps(label, place) {
  const buttons = data.phases.flatMap((phase, index) => {
    const line = place(phase.lines, phase.name);
    return line ? el("button", {type: "button", class: "jump", "data-phase": phase.name,
                                "aria-label": `${label} in the IR of ${phase.name}`,
                                onclick: () => listing.show(phase.name, line)}, phase.name) : [];
  });
  return buttons.length > 0 && el("div", {class: "jumps"}, el("span", {}, label), buttons);
}

/** The function of an entry: `forward` before it is specialised. */
const linesOf = (lines, entry) => lines.entries[entry.name] || lines.entries.forward;

/** The line of what is chosen, as closely as the phase has it; 0 where it has nothing of it. */
function lineOfChoice(phase) {
  const {entry, strip, node, kernel} = chosen, {lines, name} = data.phases[phaseNames.indexOf(phase)];
  const own = linesOf(lines, entry) || {}, launch = node && (node.launches.find(launch => launch.kernel === kernel) || node.launches[0]);
  const part = launch && (name === "fuse" || name === "schedule" ? launch.group : launch.index);
  return own.parts?.[part] || own.layers?.[strip?.layer] || lines.kernels[kernel] || own.line || 0;
}

const layerJumps = (entry, strip) => strip.layer >= 0 &&
    jumps("Layer", lines => (linesOf(lines, entry) || {layers: {}}).layers?.[strip.layer]);

function launchJumps(entry, launch) {
  return jumps("Op and launch", (lines, phase) => {
    const parts = linesOf(lines, entry)?.parts || [];
    return phase === "fuse" || phase === "schedule" ? parts[launch.group] : parts[launch.index];
  });
}

const kernelJumps = kernel => jumps("Kernel", lines => lines.kernels[kernel]);

/** Attributes that a person reads: "array<i64: 0, 4, 1>" as "[0, 4, 1]"; "540736 : i64" as "540736". */
const plainAttribute = text => text === "unit" ? "yes" : text.replace(/array<\w+: ([^>]*)>/g, "[$1]").replace(/ : (i\d+|index)\b/g, "");

function configOf(kernel) {
  const known = data.kernels[kernel] || {};
  const rows = (known.config || []).map(([key, value]) => [key, String(value)]);
  for (const attributes of [known.attributes, known.lowered])
    for (const [key, value] of Object.entries(attributes || {}))
      rows.push([key, plainAttribute(value)]);
  return rows;
}

/** The measured time of an entry or a kernel, and how much of it was predicted. */
const measuredText = figures =>
    `${seconds(figures.measured_seconds)}; the prediction is ${percent(figures.seconds / figures.measured_seconds)} of it`;

function kernelFigures(entry, figures) {
  const perByte = figures.bytes > 0 ? figures.flops / figures.bytes : 0;
  return pairs([
    ["Time", `${seconds(figures.seconds)}, ${percent(figures.seconds / entry.seconds)} of ${entry.name}`],
    ...(figures.measured_seconds ? [["Measured", measuredText(figures)]] : []),
    ["Bound by", figures.bound === "memory" ? "memory" : figures.math + " arithmetic"],
    ["Launches", String(figures.calls)],
    ["Operations", si(figures.flops, "FLOP")],
    ...(figures.exponentials > 0 ? [["Exponentials besides", si(figures.exponentials, "")]] : []),
    ["Moved", si(figures.bytes, "B")],
    ["Intensity", threeDigits(perByte) + " FLOP/B"],
  ], "pairs figures");
}

function kernelBlock(entry, kernel, launch) {
  const figures = entry.kernels.get(kernel), config = configOf(kernel), takes = (data.kernels[kernel] || {}).arguments;
  return el("article", {class: "kernel", "data-kernel": kernel},
      el("h3", {}, el("span", {class: "swatch", style: `background:${colourOf(familyOf(kernel))}`}), el("code", {}, kernel)),
      kernelFigures(entry, figures),
      el("h4", {}, "Config"),
      config.length > 0 ? pairs(config, "pairs config") : el("p", {class: "hint"}, takes ? "None: the family's text has its sizes." : "It is in the module before it is lowered."),
      launch && launch.names.length > 0 && [el("h4", {}, "Weights and states"),
          el("ul", {class: "names"}, launch.names.map(name => el("li", {}, el("code", {}, name), " ", describeName(name))))],
      takes && [el("h4", {}, "Arguments"),
          el("ol", {class: "names", start: 0}, takes.map(type => el("li", {}, el("code", {}, shortType(type)))))],
      el("h4", {}, "IR"), launch && launchJumps(entry, launch), kernelJumps(kernel));
}

function describeName(name) {
  const known = data.weights.find(weight => weight.name === name) || data.states.find(state => state.name === name);
  return el("span", {class: "muted"}, known ? known.shape.join("×") + " " + known.dtype : "");
}

function stripBlock(entry, strip) {
  return el("article", {},
      el("h3", {}, strip.title, el("span", {class: "muted"}, " " + strip.kind)),
      pairs([
        ["Time", `${seconds(strip.seconds)}, ${percent(strip.seconds / entry.seconds)} of ${entry.name}`],
        ["Groups", String(strip.nodes.length)],
        ["Parameters", count(strip.parameters)],
      ], "pairs figures"),
      strip.weights.length > 0 && [el("h4", {}, "Weights"),
          el("ul", {class: "names"}, strip.weights.map(weight => el("li", {}, el("code", {}, weight.name), " ", describeName(weight.name))))],
      strip.states.length > 0 && [el("h4", {}, "States"),
          el("ul", {class: "names"}, strip.states.map(state => el("li", {}, el("code", {}, state.name), " ", describeName(state.name))))],
      el("h4", {}, "IR"), layerJumps(entry, strip));
}

function drawDetail() {
  const {entry, strip, node, kernel} = chosen;
  const parts = [];
  if (node) {
    const named = node.launches.some(launch => launch.kernel === kernel);
    parts.push(el("p", {class: "path"}, `${entry.name} / ${strip.title} / ${node.ops.join(" + ")}`));
    const inOrder = [...node.launches].sort((a, b) => (b.kernel === kernel) - (a.kernel === kernel));
    parts.push(...inOrder.map(launch => kernelBlock(entry, launch.kernel, launch)));
    if (kernel && !named)
      parts.push(kernelBlock(entry, kernel));
  } else if (kernel) {
    parts.push(el("p", {class: "path"}, entry.name), kernelBlock(entry, kernel));
  } else if (strip) {
    parts.push(el("p", {class: "path"}, `${entry.name} / ${strip.title}`), stripBlock(entry, strip));
  } else {
    parts.push(el("p", {class: "hint"}, "Choose a layer, a group or a kernel."));
  }
  $("detail").replaceChildren(...parts);
  $("detail").scrollTop = 0;
}
