// Two small charts as SVG nodes, each with its numbers in a table for whoever does not see it.
"use strict";

const CHART = { width: 340, height: 150, right: 8, top: 10, bottom: 20 };
const DIGIT = 6.6; // width of a figure in the type of the scale

// config: {values, labels, names, title, summary, write, tableText, head: [label, value]}
function barChart(config) {
  const scale = chartScale(0, Math.max(...config.values, 1e-9));
  const left = scaleWidth(scale, config.write);
  const step = (CHART.width - left - CHART.right) / config.values.length;
  const bars = config.values.flatMap((value, index) => {
    const x = left + index * step;
    const bar = drawing("rect", { class: "bar", x: x + step * 0.14, width: step * 0.72, y: scale.y(value), height: scale.y(0) - scale.y(value), rx: 1.5 });
    bar.append(drawing("title", {}, `${config.names[index]} : ${config.write(value)}`));
    return [bar, drawing("text", { class: "tick", x: x + step / 2, y: CHART.height - 6, "text-anchor": "middle" }, config.labels[index])];
  });
  return chartFigure(config, scale, bars);
}

// config: as above, one value a year from year 0; `mark` is the year, perhaps broken, where the line rises above zero
function lineChart(config) {
  const scale = chartScale(Math.min(...config.values, 0), Math.max(...config.values, 0));
  const left = scaleWidth(scale, config.write);
  const last = config.values.length - 1;
  const x = (year) => left + 4 + (year / last) * (CHART.width - left - CHART.right - 8);
  const points = config.values.map((value, year) => `${x(year).toFixed(1)},${scale.y(value).toFixed(1)}`);
  const parts = [
    drawing("polygon", { class: "area", points: [`${x(0)},${scale.y(0)}`, ...points, `${x(last)},${scale.y(0)}`].join(" ") }),
    drawing("line", { class: "zero", x1: left, x2: CHART.width - CHART.right, y1: scale.y(0), y2: scale.y(0) }),
    drawing("polyline", { class: "line", points: points.join(" ") }),
  ];
  if (config.mark !== null) parts.push(drawing("circle", { class: "mark", cx: x(config.mark), cy: scale.y(0), r: 4.5 }));
  for (let year = 0; year <= last; year += 5) {
    parts.push(drawing("text", { class: "tick", x: x(year), y: CHART.height - 6, "text-anchor": "middle" }, config.labels[year]));
  }
  return chartFigure(config, scale, parts);
}

// A scale whose lines fall on 1, 2 or 5 times a power of ten.
function chartScale(low, high) {
  const rough = (high - low || 1) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.8);
  const [from, to] = [Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step];
  const y = (value) => CHART.top + ((to - value) / (to - from || 1)) * (CHART.height - CHART.top - CHART.bottom);
  const lines = Array.from({ length: Math.round((to - from) / step) + 1 }, (_, index) => from + index * step);
  return { y, lines };
}

function scaleWidth(scale, write) {
  return 8 + DIGIT * Math.max(...scale.lines.map((value) => write(value).length));
}

function chartFigure(config, scale, parts) {
  const left = scaleWidth(scale, config.write);
  const grid = scale.lines.flatMap((value) => [
    drawing("line", { class: "grid", x1: left, x2: CHART.width - CHART.right, y1: scale.y(value), y2: scale.y(value) }),
    drawing("text", { class: "tick", x: left - 6, y: scale.y(value) + 4, "text-anchor": "end" }, config.write(value)),
  ]);
  const picture = drawing("svg", { class: "chart", viewBox: `0 0 ${CHART.width} ${CHART.height}`, role: "img", "aria-label": config.summary }, ...grid, ...parts);
  return element("figure", {}, element("figcaption", { textContent: config.title }), picture, chartTable(config));
}

function chartTable(config) {
  const rows = config.values.map((value, index) => element("tr", {}, element("th", { scope: "row", textContent: config.names[index] }), element("td", { textContent: config.write(value) })));
  const head = element("tr", {}, ...config.head.map((text) => element("th", { scope: "col", textContent: text })));
  const table = element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows));
  return element("details", {}, element("summary", { textContent: config.tableText }), table);
}
