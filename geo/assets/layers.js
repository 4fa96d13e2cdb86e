// The layers of a map: one item each, with its row in the panel, its features and their look.
"use strict";

function startLayers({ map, config, changed }) {
  const texts = config.texts;
  const { number } = numbersIn(config.lang);
  const PAGE_SIZE = 4000;
  const RING = [[0, 0], [7, 0], [-7, 0], [0, 7], [0, -7], [5, 5], [-5, 5], [5, -5], [-5, -5]];
  const drawnAs = new WeakMap(); // SVG element -> {item, feature}
  const items = config.layers.map(makeItem);
  return { items, objectsAt, prepareRows: () => items.forEach(prepareRow), refreshSeen, switchLayer };

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
      style: (feature) => layerStyle(item.spec, feature),
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

  // What is read by what is seen is asked for again.
  function refreshSeen() {
    items.filter((item) => item.on && item.spec.minZoom).forEach(refresh);
  }

  // What lies at a point of the map, or a finger's width around it: points and lines first, upper layers before lower.
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

  // --- its row in the panel -------------------------------------------------------------------------------------

  function prepareRow(item) {
    item.box.addEventListener("change", () => { switchLayer(item, item.box.checked); changed(); });
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
}

function layerStyle(spec, feature) {
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
