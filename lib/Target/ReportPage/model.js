// What the compiler wrote down, and what follows from it; and what is chosen at the moment.

const data = JSON.parse($("data").textContent);
const phaseNames = data.phases.map(phase => phase.name);

/** "linear_12" is a kernel of the family "linear". */
const familyOf = kernel => kernel.replace(/_\d+$/, "");

/** An entry point's figures, launches and buffers. */
function makeEntry(figures) {
  const program = data.programs[figures.name] || {launches: [], buffers: []};
  const kernels = new Map(figures.kernels.map(kernel => [kernel.name, kernel]));
  const launches = program.launches.map((launch, index) => {
    const kernel = kernels.get(launch.kernel);
    return {...launch, index, seconds: kernel.seconds / kernel.calls};
  });
  const entry = {...figures, kernels, launches, buffers: program.buffers};
  entry.strips = makeStrips(entry);
  return entry;
}

/** Runs of launches of one layer. Each holds nodes: a fused group with its launches, or a launch of which no more is known. */
function makeStrips(entry) {
  const strips = [];
  for (const launch of entry.launches) {
    let strip = strips.at(-1);
    if (!strip || strip.layer !== launch.layer)
      strips.push(strip = {layer: launch.layer, nodes: [], seconds: 0, key: "strip" + strips.length});
    strip.seconds += launch.seconds;
    const last = strip.nodes.at(-1);
    if (last && launch.group >= 0 && last.group === launch.group)
      last.launches.push(launch);
    else
      strip.nodes.push({group: launch.group, launches: [launch], strip, key: "node" + launch.index});
  }
  const groups = data.groups[entry.name] || [];
  for (const [index, strip] of strips.entries()) {
    for (const node of strip.nodes) {
      node.ops = node.group >= 0 && groups[node.group] ? groups[node.group].ops : [familyOf(node.launches[0].kernel)];
      node.kernel = node.launches.reduce((a, b) => b.seconds > a.seconds ? b : a).kernel; // the one that matters most
      node.seconds = node.launches.reduce((sum, launch) => sum + launch.seconds, 0);
    }
    strip.kind = kindOf(strip);
    strip.title = strip.layer >= 0 ? "Layer " + strip.layer
        : !data.model ? entry.name
        : index === 0 ? "Input" : index === strips.length - 1 ? "Output" : "Between layers";
    const names = new Set(strip.nodes.flatMap(node => node.launches.flatMap(launch => launch.names)));
    strip.weights = data.weights.filter(weight => names.has(weight.name));
    strip.states = data.states.filter(state => names.has(state.name));
    strip.parameters = strip.weights.reduce((sum, weight) => sum + weight.elements, 0);
  }
  return strips;
}

function kindOf(strip) {
  const families = new Set(strip.nodes.flatMap(node => node.launches.map(launch => familyOf(launch.kernel))));
  const has = pattern => [...families].some(family => pattern.test(family));
  if (strip.layer < 0)
    return data.model ? "" : "function";
  const mixers = [];
  if (has(/scan/))
    mixers.push("SSM");
  if (has(/attention/))
    mixers.push("attention");
  const feedsForward = strip.nodes.some(
      node => node.launches.some(launch => launch.names.some(name => /\.(up_proj|down_proj|mlp)\./.test(name))));
  if (feedsForward || mixers.length === 0)
    mixers.push("MLP");
  return mixers.join(" + ");
}

const entries = data.report.entries.map(makeEntry);
const ratesOf = entry => entry.rates || data.report.rates;
const entryNamed = name => entries.find(entry => entry.name === name);

/** Families by the time that they take in all entries together; the first have a colour of their own. */
const families = (() => {
  const sums = new Map();
  for (const entry of entries)
    for (const kernel of entry.kernels.values())
      sums.set(familyOf(kernel.name), (sums.get(familyOf(kernel.name)) || 0) + kernel.seconds / (entry.seconds || 1));
  return [...sums].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([name]) => name);
})();
const kColours = 8;
const colourOf = family => {
  const place = families.indexOf(family);
  return `var(--family-${place >= 0 && place < kColours ? place : "other"})`;
};

/** The entry, and of it a strip, a node or a kernel. */
const chosen = {entry: entries[0], strip: null, node: null, kernel: null};
const listeners = [];
const onChoice = listener => listeners.push(listener);

function choose(choice) {
  const before = chosen.entry;
  Object.assign(chosen, {strip: null, node: null, kernel: null}, choice);
  for (const listener of listeners)
    listener(before !== chosen.entry);
}

const nodeOfKernel = (entry, kernel) =>
    entry.strips.flatMap(strip => strip.nodes).find(node => node.launches.some(launch => launch.kernel === kernel));

/** Chooses a kernel where it is first launched. */
function chooseKernel(entry, kernel) {
  const node = nodeOfKernel(entry, kernel) || null;
  choose({entry, node, strip: node && node.strip, kernel});
}

const mostExpensive = entry => [...entry.kernels.values()].reduce((a, b) => b.seconds > a.seconds ? b : a);
