// The map page: layers, backgrounds, reading, permalink and panels put together. Plain JavaScript over Leaflet; called
// once as startMap(config). Whatever comes from data reaches the page through textContent only: it is shown, never run.
"use strict";

function startMap(config) {
  const map = window[config.map];
  const texts = config.texts;
  const phone = window.matchMedia("(max-width: 640px)");
  const layers = startLayers({ map, config, changed });
  const grounds = startGrounds({ map, config, note, changed });
  const permalink = startPermalink({ map, config, layers, grounds });

  prepareMap();
  const served = config.solar || config.parks || config.signage;
  const tools = served ? startTools({ map, phone }) : null;
  const panels = [];
  if (config.solar) panels.push(startRoof({ map, config, tools }));
  if (config.parks) panels.push(startPark({ map, config, tools }));
  if (config.signage) panels.push(startSignage({ map, config, tools }));
  const reading = startReading({ map, config, layers, panels, tools, note });
  layers.prepareRows();
  grounds.prepare();
  prepareLayerPanel();
  map.invalidateSize({ animate: false });
  permalink.apply() || applyDefaults();
  map.on("moveend", () => { layers.refreshSeen(); changed(); });
  window.addEventListener("hashchange", () => { permalink.apply(); changed(); });
  changed();

  function changed() {
    permalink.write();
  }

  function prepareMap() {
    const container = map.getContainer();
    container.setAttribute("role", "region");
    container.setAttribute("aria-label", texts.map);
    L.control.zoom({ position: phone.matches ? "bottomright" : "topleft", zoomInTitle: texts.zoom_in, zoomOutTitle: texts.zoom_out }).addTo(map);
    L.control.scale({ imperial: false }).addTo(map);
    map.attributionControl.setPrefix('<a href="https://leafletjs.com">Leaflet</a>');
    const area = container.parentElement;
    container.addEventListener("mousedown", () => area.classList.remove("keyboard"));
    container.addEventListener("keyup", () => area.classList.add("keyboard")); // Tab arrives here too: shows the crosshair
    container.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.target !== container) return;
      event.preventDefault(); // the key would press what gets the focus meanwhile
      reading.read(map.getSize().divideBy(2), { focus: true });
    });
    new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(container);
  }

  function prepareLayerPanel() {
    const toggle = document.getElementById("panel-toggle");
    const open = (wanted) => {
      toggle.setAttribute("aria-expanded", String(wanted));
      document.getElementById("panel").classList.toggle("closed", !wanted);
    };
    toggle.addEventListener("click", () => open(toggle.getAttribute("aria-expanded") !== "true"));
    open(!phone.matches);
    document.querySelector(".skip")?.addEventListener("click", (event) => {
      event.preventDefault(); // the address after # belongs to the permalink
      open(true);
      document.getElementById("layers").focus();
    });
  }

  function note(text) {
    const line = document.querySelector(".map-note[role=status]");
    line.hidden = !text;
    line.textContent = text;
  }

  function applyDefaults() {
    if (phone.matches) map.setZoom(map.getZoom() - 1, { animate: false });
    if (config.single) map.fitBounds(layers.items[0].spec.bounds, { animate: false, maxZoom: 17 });
    layers.items.forEach((item) => layers.switchLayer(item, config.single || item.spec.on));
    grounds.choose("plan");
  }
}
