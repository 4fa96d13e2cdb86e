// Forms of the signage: fields with their labels, the token, one line for what is refused, one sending at a time.
"use strict";

// {name, input, box}; `needed`: marked so; `hint`: what helps to fill it.
function signField({ name, label, input, hint, needed = false }) {
  const id = `sign-${name}`;
  Object.assign(input, { id, name, required: needed });
  const words = element("label", { htmlFor: id, textContent: label });
  if (needed) words.append(element("span", { className: "needed", textContent: " *" }));
  const help = element("p", { className: "help", id: `${id}-hint`, textContent: hint ?? "" });
  input.setAttribute("aria-describedby", `${help.id} sign-refusal`);
  return { name, input, help, box: element("div", { className: "field full" }, words, input, help) };
}

function signText(properties = {}) {
  return element("input", { type: "text", autocomplete: "off", ...properties });
}

function signChoice(options) {
  return element("select", {}, ...options.map(([value, textContent]) => element("option", { value, textContent })));
}

// The token is kept in this page's memory, and goes nowhere but into a request's header.
function tokenField(desk) {
  const { texts } = desk.speech;
  const input = element("input", { type: "password", autocomplete: "off", spellcheck: false, value: desk.token });
  input.addEventListener("input", () => { desk.token = input.value.trim(); });
  return signField({ name: "token", label: texts.token, input, hint: texts.token_hint, needed: true });
}

// Who asks, and what is sent; a header takes no other characters than a token is made of.
function signHeaders(desk, more = {}) {
  const { texts, lang } = desk.speech;
  if (!/^[\x21-\x7e]+$/.test(desk.token)) throw new Refusal({ text: desk.token ? texts.no_token : texts.token_missing, lang, field: "token" }, 0);
  return { Authorization: `Bearer ${desk.token}`, ...more };
}

function sendJson(desk, address, { body, key }) {
  const headers = signHeaders(desk, { "Content-Type": "application/json", "Idempotency-Key": key });
  return askService(address, { method: "POST", headers, body }, desk.speech);
}

// The same body has the same key, so that what is sent twice is done once.
function keyKeeper() {
  let kept = { body: null, key: "" };
  return (body) => {
    if (body !== kept.body) kept = { body, key: Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("") };
    return kept.key;
  };
}

// `send` does it all, or throws a Refusal whose `said.field` names the field that mends it.
function signForm({ desk, fields, parts, verb, sending, send }) {
  const refused = element("p", { className: "refusal", id: "sign-refusal", hidden: true });
  refused.setAttribute("role", "alert");
  const button = element("button", { type: "submit", className: "main", textContent: verb });
  const help = element("p", { className: "help", textContent: desk.speech.texts.needed_help });
  const form = element("form", { className: "sign-form", noValidate: true }, help, ...parts, refused, button);
  let busy = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!busy) run();
  });
  return form;

  async function run() {
    wait(true);
    refuse(null);
    try {
      await send();
    } catch (error) {
      if (!isOvertaken(error)) refuse(refusal(error).said);
    } finally {
      wait(false);
    }
  }

  function wait(wanted) {
    busy = wanted;
    form.setAttribute("aria-busy", String(wanted));
    button.setAttribute("aria-disabled", String(wanted));
    button.textContent = wanted ? sending : verb;
  }

  function refuse(said) {
    for (const { input } of fields()) input.removeAttribute("aria-invalid");
    refused.hidden = said === null;
    refused.textContent = said?.text ?? "";
    refused.lang = said?.lang ?? desk.speech.lang;
    if (said === null) return;
    const wrong = fields().find(({ name }) => name === said.field)?.input;
    wrong?.setAttribute("aria-invalid", "true");
    wrong?.focus();
    refused.scrollIntoView({ block: "nearest" }); // on a phone the line may stand below what is seen
  }
}

function actionButton(textContent, run, className = "plain") {
  const button = element("button", { type: "button", className, textContent });
  button.addEventListener("click", run);
  return button;
}
