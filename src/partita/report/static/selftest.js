/* A page opened with #selftest hears itself, and writes what it found on its root element. */

/** The largest distance between two stretches of samples. */
function distance(a, b, from, to) {
  let most = 0;
  for (let n = from; n < to; n += 1) most = Math.max(most, Math.abs(a[n] - b[n]));
  return most;
}

function peakOf(buffer) {
  return buffer.getChannelData(0).reduce((most, x) => Math.max(most, Math.abs(x)), 0);
}

/** Render a switch from the stem to the estimate half way, and compare with what was decoded. */
async function switchIsExact(buffers) {
  const { length, sampleRate, numberOfChannels } = buffers.reference;
  const offline = new OfflineAudioContext(numberOfChannels, length, sampleRate);
  const half = Math.floor(length / 2);
  const voices = startTogether(offline, buffers, {
    at: 0, offset: 0, source: "reference", loop: false, output: offline.destination,
  });
  voices.choose("estimate", half / sampleRate);
  const heard = (await offline.startRendering()).getChannelData(0);
  const settled = half + Math.ceil(0.1 * sampleRate);
  return Math.max(
    distance(heard, buffers.reference.getChannelData(0), 0, half),
    distance(heard, buffers.estimate.getChannelData(0), settled, length),
  );
}

async function selfTest() {
  const found = { decks: report.decks.length, lengthsDiffer: 0, silent: 0, switchError: 0, seconds: [] };
  for (const deck of report.decks) {
    const buffers = await decodeDeck(deck);
    const lengths = new Set(SOURCES.map((source) => buffers[source].length));
    found.lengthsDiffer += lengths.size - 1;
    found.silent += Number(peakOf(buffers.mixture) === 0);
    found.switchError = Math.max(found.switchError, await switchIsExact(buffers));
    found.seconds.push([buffers.mixture.duration, deck.duration]);
  }
  const button = document.querySelector(".moment .play");
  if (button) {
    button.click();
    for (let tries = 0; tries < 100 && !found.position; tries += 1) {
      await new Promise((done) => setTimeout(done, 50));
      found.position = playing?.voices ? playing.position() : 0;
    }
    found.state = context.state;
    playing?.pause();
  }
  return found;
}

async function runSelfTest() {
  const root = document.documentElement;
  try {
    root.dataset.selftest = JSON.stringify(await selfTest());
  } catch (error) {
    root.dataset.selftest = JSON.stringify({ error: String(error) });
  }
}
