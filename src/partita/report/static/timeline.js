/* Timelines: read a second by pointing, choose it by clicking or by keys, hear it where kept. */

const tip = document.getElementById("tip");

function number(value, digits) {
  if (value === null) return "–";
  if (typeof value === "string") return value.replace("-", "−").replace("inf", "∞");
  return value.toFixed(digits).replace(/^-(?=0\.?0*$)/, "").replace("-", "−");
}

/** What is known of one frame, in words. */
function describe(stem, frames, n) {
  const words = [clockText(startOf(frames, n)), stem, report.states[frames.states[n]]];
  const score = frames.score[n];
  if (score !== null) words.push(`${report.metric} ${number(score, 2)} ${report.unit}`.trim());
  if (frames.target[n] !== null) {
    words.push(`stem ${number(frames.target[n], 1)}, estimate ${number(frames.estimate[n], 1)} dBFS`);
  }
  if (frames.shares && frames.shares[0][n] !== null) {
    const shares = frames.shares.map((row, cause) => `${row[n]} % ${report.causes[cause]}`);
    words.push(`error: ${shares.join(", ")}`);
  }
  return words.join(" · ");
}

function startOf(frames, n) {
  return typeof frames.time === "number" ? frames.time * n : frames.time[n];
}

function setUpSong(root) {
  const system = Number(root.dataset.system);
  const song = report.systems[system].songs.find((each) => each.name === root.dataset.song);
  const output = root.querySelector("output");
  const player = new Player(root.querySelector(".player"), followed);
  const strips = [...root.querySelectorAll(".strip")].map(setUpStrip);
  const decks = report.decks.filter((d) => d.system === system && d.song === song.name)
    .sort((a, b) => b.duration - a.duration); // the longest stretch is the best to walk about in
  let chosen = null;

  for (const strip of strips) markKept(strip);
  setUpZoom(root, strips);
  root.querySelector(".readout").hidden = false;

  function setUpStrip(element) {
    const stem = element.dataset.stem;
    const frames = song.stems[stem];
    const strip = { element, stem, frames, count: frames.states.length, at: 0 };
    strip.cursor = element.appendChild(document.createElement("i"));
    strip.cursor.className = "cursor";
    strip.cursor.hidden = true;
    element.tabIndex = 0;
    for (const [name, value] of Object.entries({
      role: "slider",
      "aria-label": `${stem} of ${song.name}`,
      "aria-valuemin": 0,
      "aria-valuemax": strip.count - 1,
      "aria-valuenow": 0,
      "aria-valuetext": describe(stem, frames, 0),
    })) element.setAttribute(name, value);
    element.addEventListener("pointermove", (event) => point(strip, event));
    element.addEventListener("pointerleave", () => (tip.hidden = true));
    element.addEventListener("click", (event) => choose(strip, under(strip, event), true));
    element.addEventListener("keydown", (event) => press(strip, event));
    return strip;
  }

  function under(strip, event) {
    const box = strip.element.getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    return Math.min(Math.max(Math.floor(share * strip.count), 0), strip.count - 1);
  }

  function point(strip, event) {
    if (event.pointerType === "touch") return;
    tip.textContent = describe(strip.stem, strip.frames, under(strip, event));
    tip.hidden = false;
    const left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
    const below = event.clientY + 18;
    const top = below + tip.offsetHeight > innerHeight ? event.clientY - tip.offsetHeight - 12 : below;
    tip.style.transform = `translate(${Math.max(left, 8)}px, ${top}px)`;
  }

  /** A deck that holds this second, or nothing. */
  function deckAt(stem, time) {
    return decks.find((d) => d.stem === stem && time >= d.start - 0.01 && time < d.start + d.duration - 0.01);
  }

  function choose(strip, n, play) {
    chosen = strip;
    strip.at = Math.min(Math.max(n, 0), strip.count - 1);
    const time = startOf(strip.frames, strip.at);
    const text = describe(strip.stem, strip.frames, strip.at);
    for (const each of strips) each.cursor.hidden = each !== strip;
    strip.cursor.style.left = `${(100 * strip.at) / strip.count}%`;
    strip.element.setAttribute("aria-valuenow", strip.at);
    strip.element.setAttribute("aria-valuetext", text);
    output.textContent = text;
    const deck = deckAt(strip.stem, time);
    if (!deck) {
      player.pause();
      player.root.hidden = true;
      if (decks.length) output.textContent += " · no sound kept here";
      return;
    }
    player.load(deck, Math.max(time - deck.start, 0));
    if (play) player.play();
  }

  function followed(inSong) {
    if (!chosen || !player.voices) return;
    const last = startOf(chosen.frames, chosen.count - 1);
    const hop = chosen.count > 1 ? last / (chosen.count - 1) : 1;
    chosen.cursor.style.left = `${Math.min((100 * inSong) / (hop * chosen.count), 100)}%`;
  }

  function press(strip, event) {
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1, PageDown: -10, PageUp: 10 };
    const ends = { Home: 0, End: strip.count - 1 };
    if (event.key in steps) choose(strip, strip.at + steps[event.key], false);
    else if (event.key in ends) choose(strip, ends[event.key], false);
    else if (event.key === "Enter" || event.key === " ") choose(strip, strip.at, true);
    else return;
    event.preventDefault();
    strip.cursor.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /** A line under the seconds whose sound is in the file. */
  function markKept(strip) {
    const last = startOf(strip.frames, strip.count - 1);
    const length = strip.count > 1 ? (last / (strip.count - 1)) * strip.count : 1;
    for (const deck of decks.filter((d) => d.stem === strip.stem)) {
      const line = strip.element.appendChild(document.createElement("i"));
      line.className = "kept";
      line.style.left = `${(100 * deck.start) / length}%`;
      line.style.width = `${Math.min((100 * deck.duration) / length, 100 - (100 * deck.start) / length)}%`;
    }
  }
}

function setUpZoom(root, strips) {
  const box = root.querySelector(".strips");
  const wide = root.querySelector(".wide");
  const most = Math.max(...strips.map((strip) => strip.count)) / 15; // no fewer than 15 frames
  let zoom = 1;

  function to(wanted, middle = box.clientWidth / 2) {
    const next = Math.min(Math.max(wanted, 1), Math.max(most, 1));
    const place = (box.scrollLeft + middle) / zoom;
    zoom = next;
    wide.style.width = `${100 * zoom}%`;
    box.scrollLeft = place * zoom - middle;
  }

  const ways = { in: () => to(zoom * 2), out: () => to(zoom / 2), all: () => to(1) };
  for (const button of root.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", ways[button.dataset.zoom]);
  }
  root.querySelector(".zoom").hidden = false;
  box.addEventListener("keydown", (event) => {
    const way = { "+": "in", "=": "in", "-": "out", 0: "all" }[event.key];
    if (way && !event.ctrlKey && !event.metaKey) ways[way]();
  });
  box.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    to(zoom * 2 ** (-event.deltaY / 200), event.clientX - box.getBoundingClientRect().left);
  }, { passive: false });
}
