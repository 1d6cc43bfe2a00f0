// Where a call's time goes: a bar for each entry, and each kernel of the chosen one in a table.

function familySums(entry) {
  const sums = new Map();
  for (const kernel of entry.kernels.values()) {
    const family = familyOf(kernel.name), sum = sums.get(family) || {family, seconds: 0, calls: 0};
    sum.seconds += kernel.seconds;
    sum.calls += kernel.calls;
    sums.set(family, sum);
  }
  return [...sums.values()].sort((a, b) => families.indexOf(a.family) - families.indexOf(b.family));
}

function callText(entry) {
  const each = Math.round(entry.tokens / entry.rows);
  return `${count(entry.rows)} ${entry.rows === 1 ? "row" : "rows"} of ${count(each)} ${each === 1 ? "token" : "tokens"} after ${count(entry.context)}`;
}

function drawShares() {
  const host = $("shares"), width = Math.max(300, host.clientWidth - 32);
  host.replaceChildren(...entries.map(entry => {
    const picture = svg("svg", {width, height: 28, role: "group", "aria-label": `${entry.name}: time by family`});
    let x = 0;
    for (const sum of familySums(entry)) {
      const part = width * sum.seconds / entry.seconds || 0, share = percent(sum.seconds / entry.seconds);
      const bar = svg("rect", {x, width: Math.max(0, part - 1), height: 28, rx: 2, style: `fill:${colourOf(sum.family)}`, role: "img",
                               "aria-label": `${sum.family}: ${share}, ${seconds(sum.seconds)}`});
      tip(bar, () => [el("b", {}, sum.family), `${seconds(sum.seconds)}, ${share}`, `${sum.calls} launches`].map(line => el("div", {}, line)));
      picture.append(bar);
      if (part > 90)
        picture.append(svg("text", {x: x + 9, y: 18.5, class: "in-bar", "aria-hidden": "true"}, clipped(`${sum.family} ${share}`, part - 12)));
      x += part;
    }
    const measured = entry.measured_seconds && ` Measured ${measuredText(entry)}.`;
    return el("div", {class: "share" + (entry === chosen.entry ? " chosen" : "")},
              el("p", {}, el("b", {}, entry.name), " ", el("span", {class: "number"}, seconds(entry.seconds)),
                 el("span", {class: "muted"}, ` ${callText(entry)}: ${si(entry.flops, "FLOP")}, ${si(entry.bytes, "B")}.`, measured || "")),
              picture);
  }));
}

/** The column that the table is sorted by, and which way. */
const order = {column: 5, down: true};
const everyColumn = [
  ["Kernel", kernel => kernel.name, kernel => kernel.name],
  ["Launches", kernel => kernel.calls, kernel => count(kernel.calls)],
  ["GFLOP", kernel => kernel.flops, kernel => (kernel.flops * 1e-9).toFixed(3)],
  ["MB", kernel => kernel.bytes, kernel => (kernel.bytes * 1e-6).toFixed(3)],
  ["Time", kernel => kernel.seconds, kernel => seconds(kernel.seconds)],
  ["Share", kernel => kernel.seconds, (kernel, entry) => percent(kernel.seconds / entry.seconds)],
  ["Measured", kernel => kernel.measured_seconds || 0, kernel => kernel.measured_seconds ? seconds(kernel.measured_seconds) : ""],
  ["Of it", kernel => kernel.seconds / kernel.measured_seconds || 0,
   kernel => kernel.measured_seconds ? percent(kernel.seconds / kernel.measured_seconds) : ""],
  ["Bound by", kernel => kernel.bound, kernel => kernel.bound === "memory" ? "memory" : kernel.math],
];
const anyMeasured = entries.some(entry => [...entry.kernels.values()].some(kernel => kernel.measured_seconds));
const columns = everyColumn.filter(([title]) => anyMeasured || (title !== "Measured" && title !== "Of it"));

function drawKernels() {
  const entry = chosen.entry, value = columns[order.column][1], sign = order.down ? -1 : 1;
  const rows = [...entry.kernels.values()].sort((a, b) => sign * (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : 0));
  const heads = columns.map(([title], index) => el("th", {scope: "col", "aria-sort": index !== order.column ? "none" : order.down ? "descending" : "ascending"},
      el("button", {type: "button", onclick: () => {
        Object.assign(order, {column: index, down: index === order.column ? !order.down : index > 0});
        drawKernels();
        $("kernels").querySelectorAll("th button")[index].focus();
      }}, title, index === order.column ? (order.down ? " ↓" : " ↑") : "")));
  $("kernels").replaceChildren(el("table", {},
      el("caption", {}, "Kernels of ", el("b", {}, entry.name)),
      el("thead", {}, el("tr", {}, heads)),
      el("tbody", {}, rows.map(kernel => el("tr", {class: chosen.kernel === kernel.name ? "chosen" : ""},
          columns.map(([, , text], index) => index === 0
              ? el("th", {scope: "row"}, el("span", {class: "swatch", style: `background:${colourOf(familyOf(kernel.name))}`}),
                   el("button", {type: "button", class: "link", onclick: () => {
                     chooseKernel(entry, kernel.name);
                     graph.reveal();
                   }}, el("code", {}, kernel.name)))
              : el("td", {}, text(kernel, entry))))))));
}
