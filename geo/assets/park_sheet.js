// What a park's sheet says: state, areas, owners, protections, communes, who lives near, entrances, events, open questions.
// What is missing is left out; what is unknown says so.
"use strict";

const GUESSED_PERIMETERS = ["circle", "point"];
const SQUARE_METRES_PER_HECTARE = 10_000;

// `layers`: the columns of each layer, by name; `toggle`: the button that shows the entrances.
function parkSheet(page, { speech, layers, toggle }) {
  const { texts } = speech;
  const facts = page.park.properties;
  const parts = [
    page.synthetic && element("p", { className: "warning", textContent: texts.invented_park }),
    element("p", { className: "badges" }, stateBadge(facts.state, { texts, states: layers.parks.state.values }), ...(facts.large_park ? [element("span", { className: "large-park", textContent: fill(texts.large_park, { name: facts.large_park }) })] : [])),
    factList(parkFacts(page, { speech, columns: layers.parks })),
    page.access && accessSection(page.access, { speech, columns: layers.park_access }),
    page.entrances.length > 0 && entranceSection(page.entrances, { speech, columns: layers.park_entrances, toggle }),
    page.events.length > 0 && eventSection(page.events, { speech, columns: layers.events }),
    page.issues.length > 0 && issueSection(page.issues, { speech, columns: layers.parks_issues }),
    parkSources(page, { speech, columns: layers.parks }),
  ];
  return parts.filter(Boolean);
}

function factList(rows) {
  const told = rows.filter(([, value]) => value !== null);
  return element("dl", { className: "facts" }, ...told.flatMap(([label, value]) => [element("dt", { textContent: label }), element("dd", {}, ...[value].flat())]));
}

function parkFacts(page, { speech, columns }) {
  const facts = page.park.properties;
  const { texts } = speech;
  const given = (name) => (facts[name] === null || facts[name] === undefined ? null : writeValue(facts[name], columns[name], speech));
  return [
    [texts.kind, given("kind")],
    [texts.opening_year, facts.opening_year ? String(facts.opening_year) : null],
    [texts.drawn_area, area(facts.area_m2, speech)],
    [texts.stated_area, area(facts.stated_area_m2, speech)],
    [texts.perimeter, perimeter(page, { speech, columns })],
    [texts.owner, given("owner")],
    [texts.manager, given("manager")],
    [texts.protections, protections(facts, speech)],
    [texts.communes, communes(facts, speech)],
  ];
}

function area(squareMetres, { lang }) {
  if (typeof squareMetres !== "number") return null;
  const { whole, number } = numbersIn(lang);
  const hectares = squareMetres / SQUARE_METRES_PER_HECTARE;
  return hectares < 1 ? `${whole(squareMetres)}\u00a0m²` : `${number(hectares)}\u00a0ha`;
}

function perimeter(page, { speech, columns }) {
  const source = page.park.properties.perimeter_source;
  const said = source ? writeValue(source, columns.perimeter_source, speech) : speech.texts.unknown;
  const guessed = page.estimate || GUESSED_PERIMETERS.includes(source);
  return guessed ? [said, " ", element("span", { className: "guess", textContent: speech.texts.estimation })] : said;
}

// In the page's language where the parts are known; the words of the data where only they are.
function protections(facts, { texts, lang }) {
  const parts = [
    [texts.inscribed, facts.inscribed_share],
    [texts.buffer, facts.buffer_share],
    [texts.classified, facts.classified_share],
  ].filter(([, share]) => typeof share === "number");
  const holding = parts.filter(([, share]) => share >= 0.005);
  if (holding.length > 0) return lines(holding.map(([label, share]) => fill(texts.share, { name: label, part: numbersIn(lang).percent(share) })));
  if (parts.length > 0) return texts.no_protection;
  return facts.protections || null;
}

function lines(said) {
  return said.map((textContent) => element("span", { className: "line", textContent }));
}

// `commune_shares` is such as "62498:62 %|62528:38 %"; a commune without a name here keeps its code.
function communes(facts, { texts, lang }) {
  if (!facts.commune_shares) return facts.commune || null;
  const codes = (facts.insee ?? "").split("|");
  const names = (facts.commune ?? "").split(", ");
  const nameOf = (code) => (codes.length === names.length && codes.includes(code) ? names[codes.indexOf(code)] : code);
  return lines(facts.commune_shares.split("|").map((text) => {
    const found = /^(\w+):(\d+) %$/.exec(text);
    return found ? fill(texts.share, { name: nameOf(found[1]), part: numbersIn(lang).percent(found[2] / 100) }) : text;
  }));
}

function section(title, ...parts) {
  return element("section", { className: "part" }, element("h3", { textContent: title }), ...parts);
}

function accessSection(access, { speech, columns }) {
  const { texts, lang } = speech;
  const { whole } = numbersIn(lang);
  const figure = (className, label, people, help) => element("div", { className }, element("dt", { textContent: label }), element("dd", {}, whole(people), element("span", { className: "unit", textContent: `\u00a0${texts.people}` })), element("dd", { className: "help", textContent: help }));
  const { people_300m: near, people_10min_straight: straight, people_10min_network: ways } = access;
  const known = (value) => typeof value === "number";
  const figures = [
    known(near) && figure("wide whole", texts.near_300m, near, texts.near_help),
    known(straight) && figure("", texts.straight_10min, straight, texts.straight_help),
    known(ways) && figure("", texts.ways_10min, ways, texts.ways_help),
  ].filter(Boolean);
  if (figures.length === 0) return null;
  const parts = [element("dl", { className: "figures" }, ...figures)];
  if (known(straight) && known(ways)) parts.push(element("p", { className: "help", textContent: fill(texts.difference, { n: whole(straight - ways) }) }));
  if (access.population_origin) parts.push(element("p", { className: "help", textContent: `${texts.population} ${writeValue(access.population_origin, columns.population_origin, speech)}` }));
  if (known(access.greenway_near_m)) parts.push(factList([[columns.greenway_near_m.label, metres(access.greenway_near_m, speech)]]));
  return section(texts.access, ...parts);
}

function entranceSection(entrances, { speech, columns, toggle }) {
  const { texts } = speech;
  const kinds = new Map();
  for (const { properties: { kind } } of entrances) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  const list = [...kinds].map(([kind, count]) => element("li", { textContent: fill(texts.share, { name: kind ? writeValue(kind, columns.kind, speech) : texts.unknown, part: count }) }));
  const invented = entrances.filter(({ properties }) => properties.synthetic === true).length;
  if (invented > 0) list.push(element("li", { className: "invented", textContent: fill(texts.invented_entrances, { n: invented }) }));
  return section(fill(texts.entrances, { n: entrances.length }), element("ul", {}, ...list), toggle);
}

function eventSection(events, { speech, columns }) {
  const { texts } = speech;
  const scopes = { network: texts.of_the_chain, large_park: texts.of_the_large_park };
  const entry = ({ properties: facts }) => {
    const about = [facts.kind && writeValue(facts.kind, columns.kind, speech), Object.hasOwn(scopes, facts.scope) && scopes[facts.scope]].filter(Boolean).join(" · ");
    const more = [about, facts.figures, facts.source && `${texts.source} ${facts.source}`].filter(Boolean);
    return element("li", {}, element("span", { className: "when", textContent: period(facts, speech) }), element("strong", { textContent: facts.name || texts.unnamed }), ...more.map((textContent) => element("span", { className: "line", textContent })));
  };
  return section(texts.events, element("ol", { className: "events" }, ...events.map(entry)));
}

function period({ starts, ends }, { texts, lang }) {
  const days = [...new Set([starts, ends].filter(Boolean))].map(numbersIn(lang).date);
  return days.length > 0 ? days.join(" – ") : texts.undated;
}

function issueSection(issues, { speech, columns }) {
  const { texts, lang } = speech;
  const own = (facts, name) => (lang === "en" && facts[`${name}_en`]) || facts[name];
  const entry = ({ properties: facts }) => {
    const todo = own(facts, "action");
    return element("li", {}, element("strong", { textContent: facts.kind ? writeValue(facts.kind, columns.kind, speech) : texts.unnamed }), ...[own(facts, "message"), todo && `${texts.to_do} ${todo}`].filter(Boolean).map((textContent) => element("span", { className: "line", textContent })));
  };
  return section(texts.issues, element("ul", { className: "issues" }, ...issues.map(entry)));
}

function parkSources(page, { speech, columns }) {
  const { texts, lang } = speech;
  const facts = page.park.properties;
  return sourceLines(
    [texts.certainty, facts.certainty ? writeValue(facts.certainty, columns.certainty, speech) : texts.unknown],
    [texts.source, facts.source || texts.unknown],
    [texts.credit, page.credit],
    [texts.built, numbersIn(lang).day(page.built_at)]);
}
