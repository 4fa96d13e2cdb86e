// A roof's panel: opens on a building or near a place, shows its sheet and its form, and its panels on the map.
"use strict";

const PANEL_DOT_M = 0.42; // radius of a dot: two panels side by side stay apart
const EARTH_M_PER_PX = 156543; // of the map at the equator, zoom 0
const TAP_ZOOM = 16; // where a finger meets one roof

function startRoof({ map, config, phone, sheet }) {
  const { address, texts } = config.solar;
  const speech = { texts, lang: config.lang };
  const box = document.getElementById("roof");
  const area = box.parentElement;
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  const marks = L.layerGroup().addTo(map);
  const tool = makeTool();
  let request = null;
  let armed = false;
  let points = null; // the panels of the roof shown, once asked for

  map.on("zoomend", () => points?.eachLayer((dot) => dot.setStyle(dotLook()).setRadius(dotLook().radius)));
  map.createPane("roof").classList.add("roof-pane");
  box.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && armed) arm(false); });
  return { open, openNear, armed: () => armed };

  // --- the tool: the next click on the map asks for the nearest roof ----------------------------------------------

  function makeTool() {
    const button = element("button", { type: "button" }, roofIcon(), element("span", { textContent: texts.my_roof }));
    const hint = element("p", { className: "roof-hint", hidden: true });
    hint.setAttribute("role", "status");
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => arm(!armed));
    const holder = element("div", { className: "leaflet-control roof-tool" }, button, hint);
    L.DomEvent.disableClickPropagation(holder);
    const control = new L.Control({ position: phone.matches ? "bottomright" : "topleft" });
    control.onAdd = () => holder;
    control.addTo(map);
    return { button, hint };
  }

  function roofIcon() {
    const path = drawing("path", { d: "M2 11 10 4l8 7M5 9v7h10V9", fill: "none", stroke: "currentColor", "stroke-width": 2, "stroke-linejoin": "round", "stroke-linecap": "round" });
    return drawing("svg", { viewBox: "0 0 20 20", width: 18, height: 18, "aria-hidden": "true" }, path);
  }

  function arm(wanted) {
    armed = wanted;
    tool.button.setAttribute("aria-pressed", String(wanted));
    map.getContainer().classList.toggle("picking", wanted);
    hint(!wanted ? "" : map.getZoom() < TAP_ZOOM ? texts.pick_closer : texts.pick);
  }

  function hint(text) {
    tool.hint.hidden = !text;
    tool.hint.textContent = text;
  }

  // --- opening ------------------------------------------------------------------------------------------------------

  async function open(properties, others = { count: 0 }) {
    prepare();
    write(texts.loading, [], true);
    try {
      show(await ask(`/buildings/${encodeURIComponent(properties.id)}`), others);
    } catch (error) {
      if (isOvertaken(error)) return;
      const known = rawData(properties);
      known.open = true;
      write(texts.no_sheet, [refusalLine(refusal(error)), known, ...otherObjects(others)]);
    }
  }

  async function openNear(place) {
    if (map.getZoom() < TAP_ZOOM) {
      map.setView(place, TAP_ZOOM + 1, { animate: !still.matches });
      hint(texts.pick);
      return;
    }
    hint(texts.searching);
    try {
      const page = await ask(`/buildings?lon=${place.wrap().lng.toFixed(6)}&lat=${place.lat.toFixed(6)}`);
      arm(false);
      prepare();
      show(page, { count: 0 });
    } catch (error) {
      if (!isOvertaken(error)) hint(refusal(error).said.text);
    }
  }

  function ask(path) {
    request?.abort();
    request = new AbortController();
    return askService(address + path, { signal: request.signal }, speech);
  }

  function prepare() {
    arm(false);
    points = null;
    marks.clearLayers();
    map.closePopup();
    area.classList.add("roof-open");
    box.hidden = false;
    map.invalidateSize({ animate: false });
  }

  function show(page, others) {
    const id = page.building.id;
    const facts = page.building.properties;
    const columns = config.layers.find((layer) => layer.name === "buildings").columns;
    const outline = L.geoJSON(page.building, { pane: "roof", interactive: false, style: { color: "#0b57d0", weight: 4, fillOpacity: 0.05 } }).addTo(marks);
    const bounds = outline.getBounds();
    map.setView(bounds.getCenter(), Math.max(map.getBoundsZoom(bounds.pad(0.6)), 17), { animate: !still.matches });
    const parts = roofSheet(page, { speech, columns, panelButton: panelButton(id) });
    if (facts.panels > 0) parts.push(simulationForm({ page, solar: config.solar, speech }));
    parts.push(roofSources(page, speech), rawData(facts), ...otherObjects(others));
    write(roofTitle(facts, columns, texts), parts);
  }

  function write(title, parts, busy = false) {
    const heading = element("h2", { id: "roof-title", tabIndex: -1, textContent: title });
    const shut = element("button", { type: "button", className: "roof-close", textContent: "×" });
    shut.setAttribute("aria-label", texts.close);
    shut.addEventListener("click", close);
    const head = element("header", {}, element("p", { className: "kicker", textContent: texts.potential }), heading, shut);
    box.replaceChildren(head, element("div", { className: "roof-body" }, ...parts));
    box.setAttribute("aria-busy", String(busy));
    heading.focus();
  }

  function close() {
    request?.abort();
    marks.clearLayers();
    box.hidden = true;
    box.replaceChildren();
    area.classList.remove("roof-open");
    map.invalidateSize({ animate: false });
    map.getContainer().focus();
  }

  function rawData(facts) {
    return element("details", { className: "raw" }, element("summary", { textContent: texts.all_data }), sheet(facts));
  }

  function otherObjects(others) {
    if (others.count === 0) return [];
    const button = element("button", { type: "button", className: "others", textContent: fill(texts.others, { n: others.count }) });
    button.addEventListener("click", () => { close(); others.show(); });
    return [button];
  }

  // --- the panels on the map ------------------------------------------------------------------------------------------

  function panelButton(id) {
    const button = element("button", { type: "button", className: "plain", textContent: texts.show_panels });
    const line = element("span", { className: "panel-state" });
    line.setAttribute("role", "status");
    button.setAttribute("aria-pressed", "false");
    const toggle = async () => {
      points ??= await fetchPanels(id);
      const wanted = !marks.hasLayer(points);
      if (wanted) points.addTo(marks);
      else marks.removeLayer(points);
      button.setAttribute("aria-pressed", String(wanted));
      line.textContent = "";
    };
    button.addEventListener("click", () => {
      if (button.getAttribute("aria-disabled") === "true") return;
      button.setAttribute("aria-disabled", "true");
      toggle().catch((error) => { if (!isOvertaken(error)) line.textContent = refusal(error).said.text; }).finally(() => button.removeAttribute("aria-disabled"));
    });
    return element("p", { className: "panel-toggle" }, button, line);
  }

  async function fetchPanels(id) {
    const found = await ask(`/buildings/${encodeURIComponent(id)}/panels`);
    return L.geoJSON(found, { pointToLayer: (feature, at) => L.circleMarker(at, dotLook()) });
  }

  function dotLook() {
    const metre = 2 ** map.getZoom() / (EARTH_M_PER_PX * Math.cos((map.getCenter().lat * Math.PI) / 180));
    const radius = Math.max(1, Math.round(PANEL_DOT_M * metre));
    return { pane: "roof", interactive: false, radius, color: "#fff", weight: radius > 2 ? 1 : 0, fillColor: "#1d3557", fillOpacity: 1 };
  }
}

function refusalLine({ said }) {
  const line = element("p", { className: "refusal", lang: said.lang, textContent: said.text });
  line.setAttribute("role", "alert");
  return line;
}
