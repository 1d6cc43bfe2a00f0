// Elements, numbers and the tooltip. Text always goes in as a text node, so a name from a file cannot become markup.

const $ = id => document.getElementById(id);

function build(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on"))
      node.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== null && value !== false)
      node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter(child => child !== undefined && child !== null && child !== false));
  return node;
}

const el = (tag, attributes, ...children) => build(document.createElement(tag), attributes, children);
const svg = (tag, attributes, ...children) =>
    build(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

const threeDigits = value => value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);

/** 1234567 as "1.23 M"; steps of 1000. */
function si(value, unit = "") {
  if (!value)
    return ("0 " + unit).trim();
  const prefixes = ["n", "µ", "m", "", "k", "M", "G", "T", "P"];
  const step = Math.min(5, Math.max(-3, Math.floor(Math.log10(Math.abs(value)) / 3 + 1e-9)));
  return `${threeDigits(value / 1000 ** step)} ${prefixes[step + 3]}${unit}`.trim();
}

/** A power of ten as an axis shows it: "10 G". */
const tick = value => si(value).replace(/\.0+(?= |$)/, "");

const count = value => Math.round(value).toLocaleString("en-US");
const seconds = value => si(value, "s");
const percent = part => !isFinite(part) ? "0 %" : part >= 0.0995 ? (100 * part).toFixed(0) + " %" : (100 * part).toFixed(1) + " %";

/** "tile.view<?x512xbf16, strides [2320, 1]>" as "?x512xbf16, strides [2320, 1]". */
const shortType = type => type.replace(/^!tile\.view<(.*)>$/, "$1");

/** Shows what `content` returns while the pointer is over `node` or it has the keyboard's focus. */
function tip(node, content) {
  const box = $("tooltip");
  const show = (x, y) => {
    box.replaceChildren(...[content()].flat());
    box.hidden = false;
    box.style.left = Math.max(8, Math.min(x + 14, innerWidth - box.offsetWidth - 8)) + "px";
    box.style.top = (y + 18 + box.offsetHeight < innerHeight ? y + 18 : Math.max(8, y - box.offsetHeight - 10)) + "px";
  };
  node.addEventListener("pointermove", event => show(event.clientX, event.clientY));
  node.addEventListener("pointerleave", () => box.hidden = true);
  node.addEventListener("focus", () => {
    if (!node.matches(":focus-visible"))
      return;
    const at = node.getBoundingClientRect();
    show(at.left + at.width / 2, at.bottom - 10);
  });
  node.addEventListener("blur", () => box.hidden = true);
  return node;
}

/** Calls `act` on a click, Enter or the space bar. */
function onActivate(node, act) {
  node.addEventListener("click", act);
  node.addEventListener("keydown", event => {
    if (event.key !== "Enter" && event.key !== " ")
      return;
    event.preventDefault();
    act(event);
  });
  return node;
}

/** Draws again when the width of `node` changes. */
function onResize(node, draw) {
  let width = 0;
  new ResizeObserver(() => {
    if (Math.abs(node.clientWidth - width) < 2)
      return;
    width = node.clientWidth;
    requestAnimationFrame(draw); // not now: an observer that changes sizes is told of it as an error
  }).observe(node);
}
