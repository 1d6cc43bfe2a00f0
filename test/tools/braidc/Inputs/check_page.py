"""check_page.py PAGE REPORT.json DUMPS: opens a report's page in Chromium and holds what it shows against the other files."""
import json
import os
import re
import sys

import chromium

PAGE, REPORT, DUMPS = sys.argv[1:4]
report = json.load(open(REPORT))
dumps = {name.split("-")[1][:-len(".mlir")]: open(os.path.join(DUMPS, name)).read() for name in sorted(os.listdir(DUMPS))}
plan = dumps["plan"]


def expect(what, found, wanted):
    if found != wanted:
        sys.exit(f"{what}: expected {wanted!r}, found {found!r}"[:2000])


def program(name):
    """The text of one entry's launches and buffers."""
    return re.search(rf"^  host\.program @{re.escape(name)} .*?^  }}$", plan, re.M | re.S).group()


def config(kernel):
    """What the kernel's text says of its config, as {parameter: value}."""
    head = next(line for line in plan.splitlines() if line.startswith(f"  tile.kernel @{kernel}("))
    found = re.search(r"tile\.config = #tile\.\w+_config<(.*?)>", head)
    return dict(pair.split(" = ") for pair in found.group(1).split(", ")) if found else {}


def check_phases(page):
    # Of IR that was given, the page has the text too; there is no dump of it.
    expect("phases", page.run("braidReport.data.phases.map(phase => phase.name)")[-len(dumps):], list(dumps))
    for name, text in dumps.items():
        expect(f"the text of {name}", page.run(f"braidReport.textOfPhase({json.dumps(name)})"), text)


def check_lines(page):
    """Every place that the page may lead to, by what its line begins."""
    for phase in page.run("braidReport.data.phases"):
        name, entries, kernels = phase["name"], phase["lines"]["entries"], phase["lines"]["kernels"]
        text = dumps.get(name) or page.run(f"braidReport.textOfPhase({json.dumps(name)})")
        lines = text.splitlines()

        def begins(number, pattern):
            line = lines[number - 1]
            expect(f"{name}:{number}: {line[:80]!r} is {pattern}", bool(re.match(rf"\s*({pattern})", line)), True)

        for kernel, number in kernels.items():
            begins(number, rf"(tile\.kernel|llvm\.func) @{re.escape(kernel)}\(")
        expect(f"kernels of {name}", name in ("tile", "plan", "lower"), bool(kernels))
        for entry, places in entries.items():
            begins(places["line"], rf"func\.func @|host\.program @|llvm\.func internal @braid_entry_")
            for number in places.get("parts", []):
                begins(number, r"%\d+(:\d+)? = braid\.fused\(" if name in ("fuse", "schedule") else r"host\.launch @")
            for layer, number in places.get("layers", {}).items():
                expect(f"{name}:{number} is of layer {layer}", f"layers.{layer}." in lines[number - 1], True)
        found = len(re.findall(r"braid\.fused\(|host\.launch @", text))
        expect(f"groups or launches of {name}", sum(len(places.get("parts", [])) for places in entries.values()), found)


def check_graph(page):
    layers = re.search(r"braid\.model = {.*?\blayers = (\d+)", plan)
    shown = page.run("[...document.querySelectorAll('.strip')].map(strip => +strip.dataset.layer).filter(layer => layer >= 0)")
    expect("layers", shown, list(range(int(layers.group(1)))) if layers else [])
    page.click("#open-all")
    launches = [re.findall(r"host\.launch @(?:\w+::)*@?(\w+)", program(entry["name"])) for entry in report["entries"]]
    labels = " ".join(page.run("[...document.querySelectorAll('.node')].map(node => node.getAttribute('aria-label'))"))
    expect("launches", sorted(re.findall(r"\w+_\d+\b", labels)), sorted(launches[0]))
    # With the keyboard alone: to the first layer, which closes, and on.
    page.run("document.querySelector('#graph [tabindex=\"0\"]').focus()")
    page.key("Home")
    nodes = len(page.run("[...document.querySelectorAll('.node')].map(node => 1)"))
    page.key("ArrowLeft")
    expect("the first layer", page.run("document.activeElement.getAttribute('aria-expanded')"), "false")
    fewer = len(page.run("[...document.querySelectorAll('.node')].map(node => 1)"))
    expect("nodes of a closed layer are gone", fewer < nodes, True)
    page.key("ArrowRight")
    page.key("ArrowDown")
    page.key("Enter")
    chosen = page.run("document.activeElement.dataset.kernel")
    expect("the kernel that Enter chose", page.run("braidReport.chosen.kernel"), chosen)


def check_config(page):
    for kernel in (kernel["name"] for kernel in report["entries"][0]["kernels"] if config(kernel["name"])):
        page.run("document.querySelector('#close-all').click(); document.querySelector('#open-all').click()")
        if not page.run(f"document.querySelector('.node[data-kernel=\"{kernel}\"]') !== null"):
            continue  # it shares a group with a dearer one
        page.click(f".node[data-kernel=\"{kernel}\"] .box")
        rows = page.run(f"[...document.querySelectorAll('#detail .kernel[data-kernel=\"{kernel}\"] .config dt')]"
                        ".map(name => [name.textContent, name.nextSibling.textContent])")
        expect(f"config of {kernel}", {**dict(rows), **config(kernel)}, dict(rows))
    return kernel


def check_jumps(page):
    """Each button of the detail leads to a line of the phase that names the chosen thing."""
    kernel = page.run("braidReport.chosen.kernel")
    wanted = {"fuse": r"braid\.fused\(", "schedule": r"braid\.fused\("}
    buttons = page.run("[...document.querySelectorAll('#detail .jump')].map(button => button.getAttribute('aria-label'))")
    expect("buttons", len(buttons) >= 5, True)
    for label in buttons:
        what, phase = label.split(" in the IR of ")
        page.click(f"#detail .jump[aria-label=\"{label}\"]")
        page.wait_for(f"braidReport.listing.active.phase === '{phase}' && document.activeElement === braidReport.listing.active.view")
        line = page.run("[...braidReport.listing.active.element.querySelector('.line.target').childNodes].slice(1)"
                        ".map(piece => piece.textContent).join('')")
        number = page.run("braidReport.listing.active.state.line")
        expect(f"line {number} of {phase}", line[:2000], dumps[phase].splitlines()[number - 1][:2000])
        pattern = (rf"(tile\.kernel|llvm\.func) @{kernel}\(" if what == "Kernel"
                   else wanted.get(phase, rf"host\.launch @(\w+::@)?{kernel} "))
        expect(f"{label}: {line[:80]!r} has {pattern}", bool(re.search(pattern, line)), True)


def check_search(page, query):
    page.run("document.querySelector('#query').focus()")
    page.run("document.querySelector('#query').select()")
    page.type(query)
    page.wait_for(f"braidReport.listing.query === {json.dumps(query)}")
    for pane in ("0", "1"):
        phase = page.run(f"braidReport.listing.panes[{pane}].phase")
        hits = len(re.findall(re.escape(query), dumps[phase], re.I))
        text = page.run(f"braidReport.listing.panes[{pane}].hits.textContent")
        expect(f"hits of {query!r} in {phase}", text, f"{hits:,} hits")
        if hits == 0:
            continue
        seen = []
        for _ in range(min(hits, 3)):
            page.click(f"#panes .pane:nth-child({int(pane) + 1}) button[aria-label='Next hit']")
            expect("the mark", page.run(f"[...document.querySelectorAll('#panes .pane:nth-child({int(pane) + 1}) mark.current')].map(mark => mark.textContent).join('').toLowerCase()"), query.lower())
            seen.append(int(page.run(f"braidReport.listing.panes[{pane}].hits.textContent").split(" ")[0].replace(",", "")))
        expect("one hit after the other", seen, [(seen[0] - 1 + i) % hits + 1 for i in range(len(seen))])
        page.click(f"#panes .pane:nth-child({int(pane) + 1}) button[aria-label='Previous hit']")
        back = (seen[-1] - 2) % hits + 1
        expect("back", page.run(f"braidReport.listing.panes[{pane}].hits.textContent"), f"{back:,} of {hits:,}")


def check_plots(page):
    marks = page.run("[...document.querySelectorAll('.point')].map(point => [point.dataset.entry, point.dataset.kernel])")
    shown = report["entries"][:2] if "braid.model" in plan else report["entries"]
    wanted = [[e["name"], k["name"]] for e in shown for k in e["kernels"] if k["flops"] > 0 and k["bytes"] > 0]
    expect("points of the roofline", sorted(marks), sorted(wanted))
    expect("rows of the table", page.run("document.querySelectorAll('#kernels tbody tr').length"),
           len(next(e for e in report["entries"] if e["name"] == page.run("braidReport.chosen.entry.name"))["kernels"]))
    for entry in report["entries"]:
        page.run(f"chooseForTest = {json.dumps(entry['name'])};"
                 "[...document.querySelectorAll('#entries button')].filter(b => b.textContent === chooseForTest).forEach(b => b.click());"
                 "[...document.querySelectorAll('#entries select')].forEach(s => { s.value = chooseForTest; s.dispatchEvent(new Event('change')); })")
        expect("the chosen entry", page.run("braidReport.chosen.entry.name"), entry["name"])
        buffers = re.findall(r"host\.buffer  (\w+) at", program(entry["name"]))
        for axis in ("tokens", "rows", "fixed"):
            found = page.run(f"document.querySelectorAll('.arena[data-axis={axis}] .buffer').length")
            expect(f"buffers of {entry['name']} by {axis}", found, buffers.count(axis))


CONTRAST = """(() => {
  const read = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const light = hex => [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16) / 255)
      .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ratio = (a, b) => { const [x, y] = [light(read(a)), light(read(b))].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
  const texts = ['--ink', '--muted', '--accent', ...'op value symbol type string number comment attribute'.split(' ').map(s => '--s-' + s)];
  const found = texts.map(text => [text, '--panel', ratio(text, '--panel'), 4.5]);
  found.push(['--muted', '--back', ratio('--muted', '--back'), 4.5], ['--muted', '--soft', ratio('--muted', '--soft'), 4.5]);
  for (const family of [0, 1, 2, 3, 4, 5, 6, 7, 'other'])
    found.push(['--family-' + family, '--panel', ratio('--family-' + family, '--panel'), 3]);
  return found.filter(([, , is, least]) => !(is >= least));
})()"""


def check_access(page):
    """Names for whoever does not see the page, and contrast for who sees it badly."""
    page.call("Accessibility.enable")
    for node in page.call("Accessibility.getFullAXTree")["nodes"]:
        role = node.get("role", {}).get("value")
        if role in ("button", "checkbox", "combobox", "searchbox", "radio", "link") and not node.get("ignored"):
            expect(f"the name of a {role}", bool(node.get("name", {}).get("value", "").strip()), True)
    expect("too little contrast", page.run(CONTRAST), [])


for dark in (False, True):
    with chromium.Page(PAGE, dark=dark) as page:
        page.wait_for("document.querySelectorAll('.line').length > 4")
        expect("a dark page", page.run("getComputedStyle(document.body).backgroundColor") == "rgb(18, 20, 22)", dark)
        check_access(page)
        if not dark:
            check_phases(page)
            check_lines(page)
            check_graph(page)
            check_config(page)
            check_jumps(page)
            for query in sys.argv[4:]:
                check_search(page, query)
            check_plots(page)
        expect("a script of a name's", page.run("window.pwned === undefined"), True)
        expect("errors of the page", page.errors, [])
print("the page shows what the compiler wrote")
