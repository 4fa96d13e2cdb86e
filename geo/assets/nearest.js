// The parks nearest to a place: how long and how far one walks, by which knowledge, and the straight line beside it.
"use strict";

// The service's English sentences about parks, and ours that say the same.
function parkSentences(texts) {
  return [
    [/^found no park entrance within 20 km,/, texts.no_park_near],
  ];
}

function nearestParks(answer, { speech, states, choose }) {
  const { texts, lang } = speech;
  const { number } = numbersIn(lang);
  const { speed_km_h: speed, detour } = answer.walking;
  const entry = (park) => {
    const button = element("button", { type: "button" }, element("strong", { textContent: park.name || texts.unnamed }), stateBadge(park.state, { texts, states }), ...walkLines(park, answer.walking, speech));
    button.addEventListener("click", () => choose(park));
    return element("li", {}, button);
  };
  return [
    element("p", { textContent: texts.nearest_help }),
    element("ol", { className: "walks" }, ...answer.parks.map(entry)),
    element("p", { className: "help", textContent: fill(texts.walking_assumed, { speed: number(speed), detour: number(detour) }) }),
  ];
}

// Spans, so that they may stand in a button.
function walkLines(park, walking, { texts, lang }) {
  const { whole, number } = numbersIn(lang);
  const by = park.by === "network" ? texts.by_ways : fill(texts.by_estimate, { detour: number(walking.detour) });
  const minutes = fill(texts.minutes, { n: whole(Math.max(1, park.walk_min)) });
  return [
    element("span", { className: "walk" }, element("b", { textContent: minutes }), ` (${metres(park.walk_m, { lang })}) `, by),
    element("span", { className: "straight", textContent: fill(texts.as_the_crow_flies, { distance: metres(park.straight_m, { lang }) }) }),
  ];
}

// 10 m is as sure as these figures are.
function metres(distance, { lang }) {
  const { number, whole } = numbersIn(lang);
  return distance < 1000 ? `${whole(10 * Math.round(distance / 10))}\u00a0m` : `${number(Math.round(distance / 100) / 10)}\u00a0km`;
}

function stateBadge(state, { texts, states }) {
  const known = Object.hasOwn(states, state) ? state : "unknown";
  return element("span", { className: `state-badge ${known}`, textContent: fill(texts.state, { state: states[known] }) });
}
