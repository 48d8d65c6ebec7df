/* Players: the sources of a deck run together, sample for sample; switching only moves gains. */

const SOURCES = Object.keys(report.names);
const SWITCH_S = 0.003; // time constant: after 10 ms a switch is complete to 4 %
const KEPT = 24; // decoded clips held in memory
const decoded = new Map();
let context = null;
let playing = null;

function audio() {
  context ??= new AudioContext();
  return context;
}

/** A clip as an AudioBuffer, decoded once. */
function decode(clip) {
  const kept = decoded.get(clip);
  if (kept) return kept;
  const text = atob(document.getElementById(`clip-${clip}`).textContent);
  const bytes = Uint8Array.from(text, (sign) => sign.charCodeAt(0));
  const buffer = audio().decodeAudioData(bytes.buffer);
  decoded.set(clip, buffer);
  if (decoded.size > KEPT) decoded.delete(decoded.keys().next().value);
  return buffer;
}

/** All sources of a deck: name -> AudioBuffer. */
async function decodeDeck(deck) {
  const buffers = await Promise.all(SOURCES.map((source) => decode(deck.clips[source])));
  return Object.fromEntries(SOURCES.map((source, n) => [source, buffers[n]]));
}

/** Start all buffers at one moment of the context's clock; only the chosen one is heard. */
function startTogether(clock, buffers, { at, offset, source, loop, output }) {
  const gains = {};
  const nodes = Object.entries(buffers).map(([name, buffer]) => {
    const node = new AudioBufferSourceNode(clock, { buffer, loop });
    gains[name] = new GainNode(clock, { gain: name === source ? 1 : 0 });
    node.connect(gains[name]).connect(output);
    node.start(at, offset);
    return node;
  });
  return {
    nodes,
    choose(wanted, when) {
      for (const [name, { gain }] of Object.entries(gains)) {
        gain.cancelScheduledValues(when);
        gain.setTargetAtTime(name === wanted ? 1 : 0, when, SWITCH_S);
      }
    },
    stop() {
      for (const node of nodes) node.stop();
    },
  };
}

function clockText(seconds) {
  const whole = Math.floor(seconds + 1e-6);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

class Player {
  /** Controls of one place in the page; `moved` is told the position, in seconds of the song. */
  constructor(root, moved = () => {}) {
    this.root = root;
    this.moved = moved;
    this.deck = null;
    this.offset = 0;
    this.voices = null;
    this.button = root.querySelector(".play");
    this.seek = root.querySelector(".seek");
    this.loop = root.querySelector(".loop input");
    this.clock = root.querySelector(".clock");
    this.button.addEventListener("click", () => (this.voices ? this.pause() : this.play()));
    this.seek.addEventListener("input", () => this.jump(Number(this.seek.value)));
    this.loop.addEventListener("change", () => this.voices && this.jump(this.position()));
    for (const radio of root.querySelectorAll("fieldset input")) {
      radio.addEventListener("change", () => this.choose(radio.value));
    }
  }

  get source() {
    return this.root.querySelector("fieldset input:checked").value;
  }

  set source(name) {
    this.root.querySelector(`fieldset input[value="${name}"]`).checked = true;
    this.choose(name);
  }

  /** Take another deck, from `offset` seconds into it on. */
  load(deck, offset = 0) {
    this.pause();
    this.deck = deck;
    this.seek.max = deck.duration;
    this.offset = offset;
    this.root.hidden = false;
    this.show();
  }

  async play() {
    const deck = this.deck;
    if (playing && playing !== this) playing.pause();
    playing = this;
    this.label("…", "Loading");
    try {
      await audio().resume();
      const buffers = await decodeDeck(deck);
      if (playing !== this || this.deck !== deck) return;
      this.start(buffers);
    } catch (error) {
      this.label("✕", "No sound");
      this.button.title = String(error);
    }
  }

  start(buffers) {
    this.voices?.stop();
    this.startedAt = audio().currentTime + 0.03;
    this.voices = startTogether(audio(), buffers, {
      at: this.startedAt,
      offset: this.offset,
      source: this.source,
      loop: this.loop.checked,
      output: audio().destination,
    });
    const voices = this.voices;
    voices.nodes[0].onended = () => this.voices === voices && this.end();
    this.label("❚❚", "Pause");
    this.tick();
  }

  /** Seconds into the deck. */
  position() {
    if (!this.voices) return this.offset;
    const passed = this.offset + Math.max(audio().currentTime - this.startedAt, 0);
    const length = this.deck.duration;
    return this.loop.checked ? passed % length : Math.min(passed, length);
  }

  pause() {
    this.offset = this.position();
    this.voices?.stop();
    this.voices = null;
    if (playing === this) playing = null;
    this.label("▶", "Play");
  }

  end() {
    this.pause();
    this.offset = 0;
    this.show();
  }

  async jump(offset) {
    const wasPlaying = Boolean(this.voices);
    if (wasPlaying) this.pause();
    this.offset = Math.min(Math.max(offset, 0), this.deck.duration - 0.01);
    this.show();
    if (wasPlaying) await this.play();
  }

  choose(source) {
    this.voices?.choose(source, audio().currentTime);
    this.show();
  }

  tick() {
    if (!this.voices) return;
    this.show();
    requestAnimationFrame(() => this.tick());
  }

  show() {
    const at = this.position();
    const inSong = this.deck.start + at;
    this.seek.value = at;
    this.seek.setAttribute("aria-valuetext", clockText(inSong));
    this.clock.textContent = clockText(inSong);
    this.moved(inSong, at);
  }

  label(sign, text) {
    this.button.querySelector("span").textContent = sign;
    this.button.querySelector("b").textContent = text;
  }
}
