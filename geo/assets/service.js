// The service's answers, and its English sentences in the page's language.
"use strict";

// {text, lang, field}: ours in the page's language, or the service's own English sentence where we have none for it.
// `sentences`: what the service says, the text of ours that says the same (what is in brackets goes into {0}, {1}, …), and
// the form's field that mends it, or the part of the results that tells it too.
function sayAgain(sentence, { texts, lang, sentences }) {
  const ofAll = [
    [/^found products that are being built or are damaged,/, texts.being_built],
    [/^found no published layers,/, texts.not_built],
  ];
  for (const [pattern, text, field] of [...sentences, ...ofAll]) {
    const found = pattern.exec(sentence);
    if (found) return { text: fill(text, found.slice(1).map((word) => sayWord(word, { texts, lang, sentences }))), lang, field };
  }
  return { text: sentence, lang: "en" };
}

function sayWord(word, speech) {
  if (/^\d{4}-\d{2}-\d{2}$/.test(word)) return numbersIn(speech.lang).day(word);
  if (/^(19|20)\d{2}$/.test(word)) return word; // a year
  if (/^\d+(\.\d+)?$/.test(word)) return numbersIn(speech.lang).number(Number(word));
  return /\s/.test(word) ? sayAgain(word, speech).text : word;
}

class Refusal extends Error {
  constructor(said, status) {
    super(said.text);
    this.said = said;
    this.status = status;
  }
}

// What the service answers, or a Refusal that says why not in one line.
async function askService(address, options, speech) {
  const failed = { text: speech.texts.service_failed, lang: speech.lang };
  const response = await fetch(address, options).catch((error) => {
    throw error.name === "AbortError" ? error : new Refusal(failed, 0);
  });
  const body = await response.json().catch(() => null);
  if (options.signal?.aborted) throw new DOMException("a newer question was asked", "AbortError");
  if (response.ok && body !== null) return body;
  throw new Refusal(typeof body?.detail === "string" ? sayAgain(body.detail, speech) : failed, response.status);
}

function isOvertaken(error) {
  return error.name === "AbortError";
}

// The error as a Refusal; any other is a fault of ours and stays one.
function refusal(error) {
  if (error instanceof Refusal) return error;
  throw error;
}

// Questions to one part of the service, one at a time: a newer one overtakes the older.
function questions(address, speech) {
  let request = null;
  const stop = () => request?.abort();
  const ask = (path) => {
    stop();
    request = new AbortController();
    return askService(address + path, { signal: request.signal }, speech);
  };
  return { ask, stop };
}
