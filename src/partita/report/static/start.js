document.documentElement.classList.add("scripted");
setUpTheme();
for (const song of document.querySelectorAll("details.song")) setUpSong(song);
for (const card of document.querySelectorAll(".moment")) setUpMoment(card);
for (const filter of document.querySelectorAll(".filter")) setUpFilter(filter);
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
if (location.hash === "#selftest") runSelfTest();
