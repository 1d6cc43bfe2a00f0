// Puts the page together.

function drawHead() {
  const report = data.report;
  $("title").textContent = report.model;
  $("subtitle").textContent = `on ${report.target}`;
  if (!data.model)
    $("model-text").textContent = "What was fused in the function, and what reads what.";
  if (anyMeasured)
    $("roofline-text").append(" Hollow marks are what was measured.");
  const rates = report.rates, model = data.model, facts = [];
  if (model)
    facts.push(["Layers", count(model.layers)], ["Parameters", si(model.parameters)], ["Architecture", model.architecture]);
  facts.push(["Arithmetic", data.dtype], ["Memory", si(rates.bytes, "B/s")]);
  for (const math of new Set(entries.flatMap(entry => [...entry.kernels.values()].map(kernel => kernel.math))))
    facts.push([math, si(rates[math], "FLOP/s")]);
  facts.push(["Rates", rates.source]);
  $("facts").replaceChildren(...facts.map(([key, value]) => el("div", {}, el("dt", {}, key), el("dd", {}, value))));
}

/** Buttons for a few entries, a list for many. */
function drawEntries() {
  const host = $("entries");
  if (entries.length > 4) {
    host.removeAttribute("role");
    host.append(el("select", {"aria-label": "Entry point", onchange: event => chooseEntry(entryNamed(event.target.value))},
                   entries.map(entry => el("option", {value: entry.name, selected: entry === chosen.entry}, entry.name))));
    return onChoice(() => host.firstChild.value = chosen.entry.name);
  }
  const draw = () => host.replaceChildren(...entries.map(entry =>
    el("button", {type: "button", role: "radio", "aria-checked": String(entry === chosen.entry), tabindex: entry === chosen.entry ? 0 : -1,
                  onclick: () => chooseEntry(entry)}, entry.name)));
  draw();
  onChoice(changed => changed && draw());
  host.addEventListener("keydown", event => {
    const by = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[event.key];
    if (!by)
      return;
    event.preventDefault();
    chooseEntry(entries[(entries.indexOf(chosen.entry) + by + entries.length) % entries.length]);
    host.querySelector('[aria-checked="true"]').focus();
  });
}

function chooseEntry(entry) {
  if (entry.strips.length === 1)
    openStrips.add(entry.name + "/" + entry.strips[0].key);
  chooseKernel(entry, mostExpensive(entry).name);
  graph.reveal();
}

function drawTheme() {
  const root = document.documentElement, dark = matchMedia("(prefers-color-scheme: dark)");
  $("theme").addEventListener("click", () => {
    const now = root.dataset.theme || (dark.matches ? "dark" : "light");
    root.dataset.theme = now === "dark" ? "light" : "dark";
  });
}

drawHead();
drawTheme();
drawEntries();
const graph = new Graph($("graph"));
const listing = new Listing($("panes"));
$("open-all").addEventListener("click", () => graph.all(true));
$("close-all").addEventListener("click", () => graph.all(false));
drawRooflineTools();
drawStates();
onResize($("roofline-plot"), drawRoofline);
onResize($("shares"), drawShares);
onResize($("arenas"), drawMemory);
onChoice(changed => {
  drawDetail();
  drawRoofline();
  drawKernels();
  listing.follow();
  if (changed) {
    drawShares();
    drawMemory();
  }
});
chooseEntry(chosen.entry);
// For other scripts, and for the console.
window.braidReport = {data, textOfPhase, chosen, listing};
