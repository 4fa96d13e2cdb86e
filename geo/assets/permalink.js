// The page's address tells what it shows: #zoom/latitude/longitude/layers/background.
"use strict";

function startPermalink({ map, config, layers, grounds }) {
  const { items, switchLayer } = layers;
  return { write, apply };

  function write() {
    if (config.inline) return;
    const at = map.getCenter();
    const on = items.filter((item) => item.on).map((item) => item.spec.name).join(",");
    const hash = `#${map.getZoom()}/${at.lat.toFixed(5)}/${at.lng.toFixed(5)}/${on}/${grounds.chosen()}`;
    history.replaceState(null, "", hash);
    const language = document.getElementById("language");
    if (language) language.href = language.href.split("#")[0] + hash;
  }

  function apply() {
    const [zoom, lat, lng, on, background] = config.inline ? [] : location.hash.slice(1).split("/");
    const numbers = [zoom, lat, lng].map(Number);
    if (on === undefined || !numbers.every(Number.isFinite) || Math.abs(numbers[1]) > 90) return false;
    const wanted = new Set(on.split(","));
    map.setView([numbers[1], numbers[2]], numbers[0], { animate: false });
    items.forEach((item) => { if (item.on !== wanted.has(item.spec.name)) switchLayer(item, !item.on); });
    grounds.choose(background);
    if (!grounds.chosen()) grounds.choose("plan");
    return true;
  }
}
