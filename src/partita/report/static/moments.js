/* The worst seconds: a player under each, pictures that follow it, and a choice of causes. */

function setUpMoment(card) {
  const pictures = card.querySelector(".pictures");
  const root = card.querySelector(".player");
  if (!root) return;
  const deck = report.decks[Number(pictures.dataset.deck)];
  const figures = [...pictures.querySelectorAll("figure")];
  const head = pictures.appendChild(document.createElement("i"));
  head.className = "head";
  const player = new Player(root, (inSong, at) => {
    head.style.left = `${(100 * at) / deck.duration}%`;
    for (const figure of figures) figure.classList.toggle("on", figure.dataset.source === player.source);
  });
  player.load(deck);
  for (const figure of figures) {
    figure.addEventListener("click", async (event) => {
      const box = figure.getBoundingClientRect();
      player.source = figure.dataset.source;
      await player.jump(((event.clientX - box.left) / box.width) * deck.duration);
      if (!player.voices) player.play();
    });
  }
}

function setUpFilter(filter) {
  const buttons = [...filter.querySelectorAll("button")];
  const cards = [...document.querySelectorAll(".moment")];
  for (const button of buttons) {
    button.addEventListener("click", () => {
      const cause = button.dataset.cause;
      for (const each of buttons) each.setAttribute("aria-pressed", String(each === button));
      for (const card of cards) card.hidden = Boolean(cause) && card.dataset.cause !== cause;
    });
  }
  filter.hidden = false;
}
