// Places of a word in a text, without a look at the screen.

/** Where each line begins, and one place more: behind the end. */
function lineStarts(text) {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1))
    starts.push(at + 1);
  if (starts.at(-1) !== text.length)
    starts.push(text.length + 1);
  return starts;
}

/** Every place, none within another. */
function findAll(text, query, matchCase) {
  const places = [];
  if (!query)
    return places;
  const pattern = new RegExp(query.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), matchCase ? "g" : "gi");
  for (let match = pattern.exec(text); match; match = pattern.exec(text))
    places.push(match.index);
  return places;
}

/** The last index whose value is at most `value`. */
function lastAtMost(sorted, value) {
  let low = 0, high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] <= value)
      low = middle + 1;
    else
      high = middle;
  }
  return low - 1;
}
