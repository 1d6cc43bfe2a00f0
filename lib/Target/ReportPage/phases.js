// The IR of each phase, deflated and in base64 until somebody looks at it.

const phaseTexts = new Map();

function textOfPhase(name) {
  if (!phaseTexts.has(name))
    phaseTexts.set(name, inflate(document.querySelector(`script.phase[data-phase="${CSS.escape(name)}"]`).textContent));
  return phaseTexts.get(name);
}

async function inflate(packed) {
  const bytes = Uint8Array.from(atob(packed), letter => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).text();
}
