// A park's panel: opens on a park, or finds the nearest ones to a place; its outline, entrances and walk on the map.
"use strict";

const PARK_PANE = "park";
const WALK_BLUE = "#0b57d0";

function startPark({ map, config, tools }) {
  const { address, texts, layers } = config.parks;
  const speech = { texts, lang: config.lang, sentences: parkSentences(texts) };
  const spec = config.layers.find((layer) => layer.name === "parks");
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  const marks = L.layerGroup().addTo(map);
  const { ask, stop } = questions(address, speech);
  const panel = sidePanel({ map, box: document.getElementById("park"), texts, kicker: texts.park, cleared });
  const tool = tools.add({ icon: lineIcon("M10 18v-4M10 14c-4 0-6-2-6-5 0-2 1-3 2-4 0-2 2-3 4-3s4 1 4 3c1 1 2 2 2 4 0 3-2 5-6 5zM7 18h6"), text: texts.nearest_park, prompt: () => texts.pick, found: findNear });
  map.createPane(PARK_PANE).classList.add("park-pane");
  return { layer: "parks", label: texts.park_sheet, open };

  // --- one park -----------------------------------------------------------------------------------------------------

  async function open(properties, others = { count: 0 }) {
    prepare();
    const end = otherObjects(others, { texts, close: panel.close });
    await show(properties.id, (page) => [...parkSheet(page, { speech, layers, toggle: entranceToggle(page.entrances) }), raw(page.park.properties), ...end], (error) => {
      const known = raw(properties);
      known.open = true;
      return [refusalLine(error), known, ...end];
    });
  }

  // The parts of the panel, once the sheet is there, or what stands in its place.
  async function show(id, written, refused) {
    panel.write(texts.loading, [], true);
    try {
      const page = await ask(`/${encodeURIComponent(id)}`);
      const bounds = drawPark(page.park);
      panel.write(page.park.properties.name || texts.unnamed, written(page, bounds));
      map.setView(bounds.getCenter(), Math.min(map.getBoundsZoom(bounds.pad(0.2)), 17), { animate: !still.matches });
    } catch (error) {
      if (!isOvertaken(error)) panel.write(texts.no_sheet, refused(refusal(error)));
    }
  }

  function drawPark(park) {
    const look = { pane: PARK_PANE, interactive: false, color: WALK_BLUE, weight: 4, fillOpacity: 0.05 };
    return L.geoJSON(park, { ...look, style: look, pointToLayer: (_, at) => L.circleMarker(at, { ...look, radius: 12 }) }).addTo(marks).getBounds();
  }

  function entranceToggle(entrances) {
    const points = L.geoJSON({ type: "FeatureCollection", features: entrances }, { pointToLayer: (feature, at) => entranceDot(at, feature.properties.kind !== "assumed") });
    return mapToggle(texts.show_entrances, (shown) => {
      if (shown) points.addTo(marks);
      else marks.removeLayer(points);
    });
  }

  // An entrance that is only supposed is hollow.
  function entranceDot(at, known) {
    return L.circleMarker(at, { pane: PARK_PANE, interactive: false, radius: 7, color: known ? "#fff" : "#14532d", weight: 2, fillColor: known ? "#14532d" : "#fff", fillOpacity: 1 });
  }

  function raw(facts) {
    return rawData(objectSheet(spec, facts, config), texts.all_data);
  }

  // --- the nearest parks to a place ---------------------------------------------------------------------------------

  async function findNear(place) {
    const at = place.wrap();
    tool.say(texts.searching);
    try {
      const answer = await ask(`/nearest?lon=${at.lng.toFixed(6)}&lat=${at.lat.toFixed(6)}`);
      prepare();
      list(answer, place);
    } catch (error) {
      if (!isOvertaken(error)) tool.say(refusal(error).said.text);
    }
  }

  function list(answer, place) {
    const doors = answer.parks.map(({ entrance }) => [entrance.lat, entrance.lon]);
    marks.clearLayers();
    doors.forEach((at) => entranceDot(at, true).addTo(marks));
    start(place);
    map.fitBounds(L.latLngBounds([place, ...doors]).pad(0.1), { maxZoom: 16, animate: !still.matches });
    panel.write(texts.nearest_title, nearestParks(answer, { speech, states: layers.parks.state.values, choose: (park) => choose(park, { answer, place }) }));
  }

  async function choose(park, { answer, place }) {
    cleared();
    const back = element("button", { type: "button", className: "plain", textContent: texts.back_to_list });
    back.addEventListener("click", () => list(answer, place));
    const walk = element("section", { className: "walk-there" }, ...walkLines(park, answer.walking, speech), element("p", { className: "help", textContent: texts.straight_line }), back);
    await show(park.id, (page, bounds) => {
      bounds.extend(drawWalk(place, [park.entrance.lat, park.entrance.lon]));
      return [walk, ...parkSheet(page, { speech, layers, toggle: entranceToggle(page.entrances) }), raw(page.park.properties)];
    }, (error) => [refusalLine(error), walk]);
  }

  function start(place) {
    L.circleMarker(place, { pane: PARK_PANE, interactive: false, radius: 8, color: "#fff", weight: 3, fillColor: WALK_BLUE, fillOpacity: 1 }).addTo(marks);
  }

  function drawWalk(place, entrance) {
    const line = L.polyline([place, entrance], { pane: PARK_PANE, interactive: false, color: WALK_BLUE, weight: 3, dashArray: "6 6" }).addTo(marks);
    start(place);
    entranceDot(entrance, true).addTo(marks);
    return line.getBounds();
  }

  // --- the panel ----------------------------------------------------------------------------------------------------

  function prepare() {
    tool.rest();
    panel.open();
  }

  function cleared() {
    stop();
    marks.clearLayers();
  }
}
