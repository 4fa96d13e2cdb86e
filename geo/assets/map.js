// The map's panel, layers, popups and permalink. Plain JavaScript over Leaflet and dom.js; called once as
// startMap(config). Whatever comes from data reaches the page through textContent only: it is shown, never run.
"use strict";

function startMap(config) {
  const map = window[config.map];
  const texts = config.texts;
  const { number } = numbersIn(config.lang);
  const phone = window.matchMedia("(max-width: 640px)");
  const PAGE_SIZE = 4000;
  const RING = [[0, 0], [7, 0], [-7, 0], [0, 7], [0, -7], [5, 5], [-5, 5], [5, -5], [-5, -5]];
  const drawnAs = new WeakMap(); // SVG element -> {item, feature}
  const items = config.layers.map(makeItem);
  const byName = new Map(items.map((item) => [item.spec.name, item]));
  let ground = "";
  let selected = null;

  prepareMap();
  const roof = config.solar ? startRoof({ map, config, phone, sheet: rawSheet }) : null;
  items.forEach(preparePanelRow);
  prepareGrounds();
  preparePanel();
  map.invalidateSize({ animate: false });
  applyHash() || applyDefaults();
  map.on("moveend", () => { items.filter((item) => item.on && item.spec.minZoom).forEach(refresh); writeHash(); });
  window.addEventListener("hashchange", () => { applyHash(); writeHash(); });
  writeHash();

  // --- items: one per layer -------------------------------------------------------------------------------------

  function makeItem(spec, index) {
    const row = document.querySelector(`[data-layer="${CSS.escape(spec.name)}"]`);
    const pane = map.createPane(`layer-${spec.name}`);
    pane.style.zIndex = depth(spec, index);
    const item = { spec, row, index, on: false, quietOn: false, features: null, shape: null, request: null };
    item.box = row.querySelector(".switch input");
    if (spec.raster) {
      item.shape = window[config.tiles[spec.name]];
      item.shape.options.attribution = null; // its credit stands in the panel
      item.shape.options.pane = `layer-${spec.name}`;
      item.shape.on("tileerror", () => setState(item, texts.failed));
      item.shape.on("load", () => item.row.classList.remove("loading"));
    }
    return item;
  }

  // Pictures lowest, then outlines (wider areas over narrower), dense layers, areas and lines, points on top.
  function depth(spec, index) {
    if (spec.raster) return 350;
    if (!spec.fill) return 404 - index;
    return (spec.minZoom ? 405 : spec.points ? 460 : 410) + index;
  }

  function switchLayer(item, on) {
    item.on = on;
    item.box.checked = on;
    if (on) {
      refresh(item);
    } else {
      item.request?.abort();
      item.shape?.remove();
      setState(item, "");
      showQuietBox(item);
    }
  }

  function refresh(item) {
    if (item.spec.raster) {
      item.shape.addTo(map);
    } else if (item.spec.data) {
      item.features = item.spec.data;
      redraw(item);
    } else if (item.spec.minZoom && map.getZoom() < item.spec.minZoom) {
      item.request?.abort();
      item.shape?.remove();
      setState(item, texts.zoom_to_see, { text: zoomButtonText(item), run: () => zoomTo(item) });
    } else if (item.spec.minZoom || !item.features) {
      fetchFeatures(item);
    } else {
      redraw(item);
    }
  }

  async function fetchFeatures(item) {
    item.request?.abort();
    const request = (item.request = new AbortController());
    setState(item, texts.loading);
    try {
      const response = await fetch(item.spec.address + question(item), { signal: request.signal });
      if (!response.ok) throw new Error(`${response.status}`);
      const page = await response.json();
      if (request.signal.aborted || !item.on) return;
      item.features = page.features;
      redraw(item);
      const partial = page.numberMatched > page.numberReturned;
      setState(item, partial ? fill(texts.partial, { n: number(page.numberReturned), all: number(page.numberMatched) }) : "");
    } catch (error) {
      if (request.signal.aborted) return;
      setState(item, texts.failed, { text: texts.retry, run: () => refresh(item) }, true);
    }
  }

  function question(item) {
    if (!item.spec.minZoom) return "";
    const seen = map.getBounds();
    const box = [Math.max(seen.getWest(), -180), Math.max(seen.getSouth(), -90), Math.min(seen.getEast(), 180), Math.min(seen.getNorth(), 90)];
    return `?bbox=${box.map((degrees) => degrees.toFixed(5)).join(",")}&limit=${PAGE_SIZE}`;
  }

  function redraw(item) {
    item.shape?.remove();
    const pane = `layer-${item.spec.name}`;
    item.shape = L.geoJSON({ type: "FeatureCollection", features: item.features }, {
      pane,
      filter: (feature) => item.quietOn || !isQuiet(item, feature),
      style: (feature) => style(item.spec, feature),
      pointToLayer: (feature, at) => L.circleMarker(at, { pane, radius: 6 }),
      onEachFeature: (feature, drawn) => drawn.on("add", () => drawnAs.set(drawn.getElement(), { item, feature })),
    });
    if (item.on) item.shape.addTo(map);
    showQuietBox(item);
    const invented = item.features.filter((feature) => feature.properties.synthetic === true).length;
    const badge = item.row.querySelector(".badge");
    if (badge && !item.spec.minZoom && invented < item.features.length) badge.textContent = texts.partly;
  }

  function isQuiet(item, feature) {
    const quiet = item.spec.quiet;
    return Boolean(quiet) && quiet.values.includes(feature.properties[quiet.column]);
  }

  function showQuietBox(item) {
    const label = item.row.querySelector(".quiet");
    if (!label) return;
    const count = (item.features || []).filter((feature) => isQuiet(item, feature)).length;
    label.hidden = !item.on || count === 0;
    label.querySelector("span").textContent = fill(texts.quiet, { n: number(count), label: item.spec.quiet.label });
  }

  // --- look -----------------------------------------------------------------------------------------------------

  function style(spec, feature) {
    const { properties, geometry } = feature;
    const color = spec.ramp ? rampColor(spec.ramp.stops, properties[spec.ramp.column]) : spec.color;
    const rough = properties.certainty === "estimated" || properties.perimeter_source === "circle";
    const dashArray = rough ? "5 4" : null;
    if (geometry.type.endsWith("Point")) return { color: "#fff", weight: 1.5, fillColor: color, fillOpacity: 0.95, dashArray: rough ? "3 2" : null };
    if (geometry.type.endsWith("LineString")) return { color, weight: 2.5, opacity: 0.95, dashArray };
    if (!spec.fill) return { color, weight: spec.name === "epci" ? 3 : 1.2, fillOpacity: 0, dashArray };
    return spec.ramp
      ? { color: "#33302e", weight: 0.6, fillColor: color, fillOpacity: 0.9, dashArray }
      : { color, weight: 2, fillOpacity: 0.3, dashArray };
  }

  function rampColor(stops, value) {
    if (typeof value !== "number") return "#9aa0a6";
    const above = stops.findIndex((stop) => stop[0] >= value);
    if (above === 0) return stops[0][1];
    if (above < 0) return stops[stops.length - 1][1];
    const [low, high] = [stops[above - 1], stops[above]];
    const part = (value - low[0]) / (high[0] - low[0]);
    const channel = (at) => Math.round(parseInt(low[1].slice(at, at + 2), 16) * (1 - part) + parseInt(high[1].slice(at, at + 2), 16) * part);
    return `rgb(${channel(1)},${channel(3)},${channel(5)})`;
  }

  // --- reading an object ----------------------------------------------------------------------------------------

  function objectsAt(point) {
    const corner = map.getContainer().getBoundingClientRect();
    const found = new Map();
    for (const [right, down] of RING) {
      for (const element of document.elementsFromPoint(corner.left + point.x + right, corner.top + point.y + down)) {
        const hit = drawnAs.get(element);
        const near = right === 0 && down === 0;
        if (hit && (near || !hit.feature.geometry.type.endsWith("Polygon"))) found.set(hit.feature, { ...hit, element });
      }
    }
    const isArea = (hit) => hit.feature.geometry.type.endsWith("Polygon");
    return [...found.values()].sort((one, other) => isArea(one) - isArea(other) || other.item.index - one.item.index);
  }

  function read(point, { focus = false } = {}) {
    const place = map.containerPointToLatLng(point);
    if (roof?.armed()) {
      roof.openNear(place);
      return;
    }
    const hits = objectsAt(point);
    if (hits.length === 0) {
      if (focus) note(texts.nothing);
    } else if (roof && hits[0].item.spec.name === "buildings") {
      map.closePopup();
      const others = hits.slice(1);
      roof.open(hits[0].feature.properties, { count: others.length, show: () => leafThrough(others, place, true) });
    } else {
      leafThrough(hits, place, focus);
    }
  }

  function leafThrough(hits, place, focus) {
    const article = element("article", { tabIndex: -1, className: "sheet" });
    const size = map.getSize();
    const popup = L.popup({ maxWidth: Math.min(340, size.x - 70), minWidth: 220, maxHeight: Math.max(160, size.y - 150), autoPanPaddingTopLeft: [14, document.querySelector(".banner") ? 54 : 14], autoPanPaddingBottomRight: [14, 14] });
    const show = (index) => {
      select(hits[index].element);
      const steps = hits.length > 1 ? [stepper(index, hits.length, show)] : [];
      const { item, feature } = hits[index];
      article.replaceChildren(...steps, ...sheet(item.spec, feature.properties), ...roofLink(item.spec, feature));
      if (popup.isOpen()) popup.update();
    };
    show(0);
    popup.setLatLng(place).setContent(article).openOn(map);
    popup.getElement().querySelector(".leaflet-popup-close-button").setAttribute("aria-label", texts.close);
    if (focus) {
      article.focus();
      article.addEventListener("keydown", (event) => { if (event.key === "Escape") map.closePopup(popup); });
      popup.on("remove", () => map.getContainer().focus());
    }
  }

  // Where a building is not what the click met first, its sheet leads to its roof.
  function roofLink(spec, feature) {
    if (!roof || spec.name !== "buildings") return [];
    const button = element("button", { type: "button", className: "roof-link", textContent: config.solar.texts.what_can_it_do });
    button.addEventListener("click", () => { map.closePopup(); roof.open(feature.properties); });
    return [button];
  }

  function rawSheet(properties) {
    return element("article", { className: "sheet" }, ...sheet(byName.get("buildings").spec, properties));
  }

  function stepper(index, count, show) {
    const button = (label, sign, to) => {
      const made = element("button", { type: "button", textContent: sign });
      made.setAttribute("aria-label", label);
      made.addEventListener("click", (event) => { event.stopPropagation(); show((to + count) % count); });
      return made;
    };
    const bar = element("p", { className: "stepper" });
    bar.append(button(texts.previous, "‹", index - 1), element("span", { textContent: `${index + 1} / ${count}` }), button(texts.next, "›", index + 1));
    return bar;
  }

  function sheet(spec, properties) {
    const list = element("dl");
    for (const column of spec.columns) {
      const value = properties[column.name];
      const always = column.name === "certainty" || column.name === "source";
      if (column.name === "name" || !(column.shown || always)) continue;
      if (!always && (value === null || value === undefined || value === "")) continue;
      list.append(element("dt", { textContent: column.label }), element("dd", { textContent: format(value, column) }));
    }
    const parts = [
      element("p", { className: "kicker", textContent: spec.title }),
      element("h3", { textContent: properties.name || properties.id || texts.unnamed }),
    ];
    if (properties.synthetic === true) parts.push(element("p", { className: "warning", textContent: texts.synthetic }));
    return [...parts, list];
  }

  function format(value, column) {
    if (value === null || value === undefined || value === "") return texts.unknown;
    if (value === true) return texts.yes;
    if (value === false) return texts.no;
    if (typeof value === "number") return number(value) + (column.unit ? `\u00a0${column.unit}` : "");
    return Object.hasOwn(column.values, value) ? column.values[value] : String(value);
  }

  function select(element) {
    selected?.classList.remove("selected");
    selected = element;
    selected?.classList.add("selected");
  }

  // --- map and panel --------------------------------------------------------------------------------------------

  function prepareMap() {
    const container = map.getContainer();
    container.setAttribute("role", "region");
    container.setAttribute("aria-label", texts.map);
    L.control.zoom({ position: phone.matches ? "bottomright" : "topleft", zoomInTitle: texts.zoom_in, zoomOutTitle: texts.zoom_out }).addTo(map);
    L.control.scale({ imperial: false }).addTo(map);
    map.attributionControl.setPrefix('<a href="https://leafletjs.com">Leaflet</a>');
    map.on("click", (event) => read(event.containerPoint));
    map.on("popupclose", () => select(null));
    const area = container.parentElement;
    container.addEventListener("mousedown", () => area.classList.remove("keyboard"));
    container.addEventListener("keyup", () => area.classList.add("keyboard")); // Tab arrives here too: shows the crosshair
    container.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target === container) read(map.getSize().divideBy(2), { focus: true });
    });
    new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(container);
  }

  function preparePanelRow(item) {
    item.box.addEventListener("change", () => { switchLayer(item, item.box.checked); writeHash(); });
    item.row.querySelector(".zoom-to").addEventListener("click", () => { if (!item.on) switchLayer(item, true); zoomTo(item); });
    const about = item.row.querySelector(".about");
    const details = item.row.querySelector(".details");
    about.addEventListener("click", () => { details.hidden = !details.hidden; about.setAttribute("aria-expanded", String(!details.hidden)); });
    details.hidden = true;
    item.row.querySelector(".quiet input")?.addEventListener("change", (event) => { item.quietOn = event.target.checked; redraw(item); });
  }

  function zoomButtonText(item) {
    return item.row.querySelector(".zoom-to").textContent;
  }

  function zoomTo(item) {
    const bounds = L.latLngBounds(item.spec.bounds);
    const zoom = Math.min(Math.max(map.getBoundsZoom(bounds), item.spec.minZoom), 17);
    map.setView(bounds.getCenter(), zoom);
  }

  function prepareGrounds() {
    for (const radio of document.querySelectorAll("[name=ground]")) {
      radio.addEventListener("change", () => { switchGround(radio.value); writeHash(); });
      const tiles = window[config.tiles[radio.value]];
      tiles?.on("tileerror", () => note(texts.no_ground));
      tiles?.on("tileload", () => note(""));
      tiles?.setZIndex(0);
    }
  }

  function switchGround(name) {
    const radio = [...document.querySelectorAll("[name=ground]")].find((one) => one.value === name);
    if (!radio || name === ground) return;
    window[config.tiles[ground]]?.remove();
    window[config.tiles[name]]?.addTo(map);
    ground = name;
    radio.checked = true;
    note("");
  }

  function preparePanel() {
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

  function setState(item, text, action, failed = false) {
    const line = item.row.querySelector(".state");
    item.row.setAttribute("aria-busy", String(text === texts.loading));
    line.hidden = !text;
    line.classList.toggle("failed", failed);
    line.replaceChildren(document.createTextNode(text));
    if (!action) return;
    const button = element("button", { type: "button", textContent: action.text });
    button.addEventListener("click", action.run);
    line.append(" ", button);
  }

  function note(text) {
    const line = document.querySelector(".map-note[role=status]");
    line.hidden = !text;
    line.textContent = text;
  }

  // --- permalink: #zoom/latitude/longitude/layers/background ------------------------------------------------------

  function writeHash() {
    if (config.inline) return;
    const at = map.getCenter();
    const on = items.filter((item) => item.on).map((item) => item.spec.name).join(",");
    const hash = `#${map.getZoom()}/${at.lat.toFixed(5)}/${at.lng.toFixed(5)}/${on}/${ground}`;
    history.replaceState(null, "", hash);
    const language = document.getElementById("language");
    if (language) language.href = language.href.split("#")[0] + hash;
  }

  function applyHash() {
    const [zoom, lat, lng, on, background] = config.inline ? [] : location.hash.slice(1).split("/");
    const numbers = [zoom, lat, lng].map(Number);
    if (on === undefined || !numbers.every(Number.isFinite) || Math.abs(numbers[1]) > 90) return false;
    const wanted = new Set(on.split(","));
    map.setView([numbers[1], numbers[2]], numbers[0], { animate: false });
    items.forEach((item) => { if (item.on !== wanted.has(item.spec.name)) switchLayer(item, !item.on); });
    switchGround(background);
    if (!ground) switchGround("plan");
    return true;
  }

  function applyDefaults() {
    if (phone.matches) map.setZoom(map.getZoom() - 1, { animate: false });
    if (config.single) map.fitBounds(items[0].spec.bounds, { animate: false, maxZoom: 17 });
    items.forEach((item) => switchLayer(item, config.single || item.spec.on));
    switchGround("plan");
  }
}
