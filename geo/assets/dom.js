// Elements and numbers for the page's scripts. What comes from data becomes text nodes only: it is shown, never run.
"use strict";

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function drawing(tag, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function fill(pattern, values) {
  return pattern.replace(/\{(\w+)\}/g, (all, key) => (key in values ? values[key] : all));
}

// How a language writes numbers, and how its readers type them.
function numbersIn(lang) {
  const locale = lang === "fr" ? "fr-FR" : "en-GB";

  // Decimals by size: 0.25, 12.3, 1,235.
  function number(value) {
    const size = Math.abs(value);
    return value.toLocaleString(locale, { maximumFractionDigits: size >= 1000 ? 0 : size >= 10 ? 1 : 2 });
  }

  function whole(value) {
    return (Math.round(value) || 0).toLocaleString(locale); // never "-0"
  }

  function percent(share, decimals = 0) {
    return share.toLocaleString(locale, { style: "percent", maximumFractionDigits: decimals });
  }

  // NaN for what is no number; an empty text is no number either.
  function parse(text) {
    const tight = text.replace(/[\s\u00a0\u202f]/g, "");
    const plain = lang === "fr" ? tight.replace(",", ".") : tight.replace(/,(?=\d{3}(\D|$))/g, "");
    return /^-?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) : NaN;
  }

  function month(index, width) {
    return new Date(2001, index, 15).toLocaleDateString(locale, { month: width });
  }

  function day(text) {
    return new Date(text).toLocaleDateString(locale);
  }

  // As much of a date as is known: 2013, 2019-06 or 2019-03-04; any other text stays as it is.
  function date(text) {
    if (!/^\d{4}(-\d\d){0,2}$/.test(text)) return text;
    const [year, month, dayOfMonth] = text.split("-").map(Number);
    const options = { year: "numeric", month: month && "long", day: dayOfMonth && "numeric" };
    return new Date(year, (month ?? 1) - 1, dayOfMonth ?? 1).toLocaleDateString(locale, options);
  }

  return { number, whole, percent, parse, month, day, date };
}
