"use strict";

const report = JSON.parse(document.getElementById("data").textContent);

/** Light, dark, or as the system has it; remembered where the browser allows. */
function setUpTheme() {
  const themes = ["system", "light", "dark"];
  const button = document.getElementById("theme");
  let now = "system";
  try {
    now = localStorage.getItem("partita-theme") || now;
  } catch { /* a file opened from disk may have no storage */ }

  function show() {
    if (now === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = now;
    button.querySelector("span").textContent = now;
  }

  button.addEventListener("click", () => {
    now = themes[(themes.indexOf(now) + 1) % themes.length];
    show();
    try {
      localStorage.setItem("partita-theme", now);
    } catch { /* see above */ }
  });
  button.hidden = false;
  show();
}
