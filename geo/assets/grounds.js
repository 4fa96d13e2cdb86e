// Pictures of the ground under the layers, one at a time or none.
"use strict";

function startGrounds({ map, config, note, changed }) {
  const texts = config.texts;
  let ground = "";
  return { prepare, choose, chosen: () => ground };

  function prepare() {
    for (const radio of document.querySelectorAll("[name=ground]")) {
      radio.addEventListener("change", () => { choose(radio.value); changed(); });
      const tiles = window[config.tiles[radio.value]];
      tiles?.on("tileerror", () => note(texts.no_ground));
      tiles?.on("tileload", () => note(""));
      tiles?.setZIndex(0);
    }
  }

  function choose(name) {
    const radio = [...document.querySelectorAll("[name=ground]")].find((one) => one.value === name);
    if (!radio || name === ground) return;
    window[config.tiles[ground]]?.remove();
    window[config.tiles[name]]?.addTo(map);
    ground = name;
    radio.checked = true;
    note("");
  }
}
