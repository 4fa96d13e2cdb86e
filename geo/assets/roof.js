// A roof's panel: opens on a building or near a place, shows its sheet and its form, and its panels on the map.
"use strict";

const PANEL_DOT_M = 0.42; // radius of a dot: two panels side by side stay apart
const EARTH_M_PER_PX = 156543; // of the map at the equator, zoom 0
const TAP_ZOOM = 16; // where a finger meets one roof

function startRoof({ map, config, tools }) {
  const { address, texts } = config.solar;
  const speech = { texts, lang: config.lang, sentences: roofSentences(texts) };
  const spec = config.layers.find((layer) => layer.name === "buildings");
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  const marks = L.layerGroup().addTo(map);
  const { ask, stop } = questions(address, speech);
  const panel = sidePanel({ map, box: document.getElementById("roof"), texts, kicker: texts.potential, cleared });
  const tool = tools.add({ icon: lineIcon("M2 11 10 4l8 7M5 9v7h10V9"), text: texts.my_roof, prompt, found: openNear });
  let points = null; // the panels of the roof shown, once asked for

  map.on("zoomend", () => points?.eachLayer((dot) => dot.setStyle(dotLook()).setRadius(dotLook().radius)));
  map.createPane("roof").classList.add("roof-pane");
  return { layer: "buildings", label: texts.what_can_it_do, open };

  function prompt() {
    return map.getZoom() < TAP_ZOOM ? texts.pick_closer : texts.pick;
  }

  // --- opening ------------------------------------------------------------------------------------------------------

  async function open(properties, others = { count: 0 }) {
    prepare();
    panel.write(texts.loading, [], true);
    try {
      show(await ask(`/buildings/${encodeURIComponent(properties.id)}`), others);
    } catch (error) {
      if (isOvertaken(error)) return;
      const known = raw(properties);
      known.open = true;
      panel.write(texts.no_sheet, [refusalLine(refusal(error)), known, ...otherObjects(others, { texts, close: panel.close })]);
    }
  }

  async function openNear(place) {
    if (map.getZoom() < TAP_ZOOM) {
      map.setView(place, TAP_ZOOM + 1, { animate: !still.matches });
      tool.say(texts.pick);
      return;
    }
    tool.say(texts.searching);
    try {
      const page = await ask(`/buildings?lon=${place.wrap().lng.toFixed(6)}&lat=${place.lat.toFixed(6)}`);
      prepare();
      show(page, { count: 0 });
    } catch (error) {
      if (!isOvertaken(error)) tool.say(refusal(error).said.text);
    }
  }

  function prepare() {
    tool.rest();
    panel.open();
  }

  function cleared() {
    stop();
    points = null;
    marks.clearLayers();
  }

  function show(page, others) {
    const id = page.building.id;
    const facts = page.building.properties;
    const outline = L.geoJSON(page.building, { pane: "roof", interactive: false, style: { color: "#0b57d0", weight: 4, fillOpacity: 0.05 } }).addTo(marks);
    const bounds = outline.getBounds();
    map.setView(bounds.getCenter(), Math.max(map.getBoundsZoom(bounds.pad(0.6)), 17), { animate: !still.matches });
    const parts = roofSheet(page, { speech, columns: spec.columns, panelButton: mapToggle(texts.show_panels, (shown) => showPanels(id, shown)) });
    if (facts.panels > 0) parts.push(simulationForm({ page, solar: config.solar, speech }));
    parts.push(roofSources(page, speech), raw(facts), ...otherObjects(others, { texts, close: panel.close }));
    panel.write(roofTitle(facts, spec.columns, texts), parts);
  }

  function raw(facts) {
    return rawData(objectSheet(spec, facts, config), texts.all_data);
  }

  // --- the panels on the map ------------------------------------------------------------------------------------------

  async function showPanels(id, shown) {
    points ??= await fetchPanels(id);
    if (shown) points.addTo(marks);
    else marks.removeLayer(points);
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
