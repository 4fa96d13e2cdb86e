// The signage beside the map: a sign's sheet, and the door to what owners and planners do. Each task's scripts come when
// it is first asked for.
"use strict";

const SIGN_PANE = "sign";

function startSignage({ map, config, tools }) {
  const { address, texts, columns, tasks } = config.signage;
  const speech = { texts, lang: config.lang, sentences: signSentences(texts) };
  const spec = config.layers.find((layer) => layer.name === "signs");
  const marks = L.layerGroup().addTo(map);
  const { ask, stop } = questions(address, speech);
  const panel = sidePanel({ map, box: document.getElementById("signage"), texts, kicker: texts.signage, cleared });
  const need = scriptLoader(texts, config.lang);
  // What a task works with; `token` lives in this page's memory alone, `leave` is what the open task stops by, `plan` the
  // number of the plan asked for last, `form` what was typed for it.
  const desk = { map, config, panel, tools, marks, speech, token: "", leave: null, plan: null, form: null, openSign, menu };
  let turn = 0; // the newest thing asked of the panel
  map.createPane(SIGN_PANE).classList.add("sign-pane");
  tools.door({ icon: lineIcon("M10 18V3M10 4h6l2 2-2 2h-6M10 9H4l-2 2 2 2h6"), text: texts.signage, run: menu });
  return { layer: "signs", label: texts.sign_sheet, open };

  // --- one sign -----------------------------------------------------------------------------------------------------

  function open(properties, others = { count: 0 }) {
    const end = otherObjects(others, { texts, close: panel.close });
    return show(properties.id, (error) => {
      const said = error.status === 404 ? element("p", { className: "help", textContent: texts.not_in_register }) : refusalLine(error);
      const known = element("article", { className: "sheet" }, ...objectSheet(spec, properties, config));
      return panel.write(error.status === 404 ? texts.not_registered : texts.no_sheet, [said, known, ...end]);
    }, end);
  }

  function openSign(code) {
    return show(code, (error) => panel.write(texts.no_sheet, [refusalLine(error)]), []);
  }

  // The sign's sheet, or what `refused` writes in its place.
  async function show(code, refused, end) {
    const mine = begin();
    try {
      const [sign] = await Promise.all([ask(`/signs/${encodeURIComponent(code)}`), need(tasks.sheet)]);
      if (mine !== turn) return;
      ring([sign.lat, sign.lon]).addTo(marks);
      panel.write(sign.name || sign.code, [...signSheet(sign, { speech, columns, parks: config.signage.parks }), ...end]);
      map.panInside([sign.lat, sign.lon], { padding: [60, 60] });
    } catch (error) {
      if (!isOvertaken(error) && mine === turn) refused(refusal(error));
    }
  }

  function ring(at) {
    return L.circleMarker(at, { pane: SIGN_PANE, interactive: false, radius: 12, color: "#0b57d0", weight: 4, fillOpacity: 0.05 });
  }

  // --- what can be done ---------------------------------------------------------------------------------------------

  function menu() {
    begin();
    const entry = (title, help, scripts, run) => {
      const button = element("button", { type: "button" }, element("strong", { textContent: title }), element("span", { className: "straight", textContent: help }));
      button.addEventListener("click", () => task(scripts, run));
      return element("li", {}, button);
    };
    panel.write(texts.menu_title, [
      element("p", { textContent: texts.menu_help }),
      element("ul", { className: "walks" },
        entry(texts.request_title, texts.request_for, tasks.request, () => startSignRequest(desk)),
        entry(texts.plan_title, texts.plan_for, tasks.plan, () => startSignPlan(desk))),
    ]);
  }

  async function task(scripts, run) {
    const mine = begin();
    try {
      await need(scripts);
      if (mine === turn) await run();
    } catch (error) {
      if (mine === turn) panel.write(texts.menu_title, [refusalLine(refusal(error))]);
    }
  }

  // --- the panel ----------------------------------------------------------------------------------------------------

  function begin() {
    panel.open();
    panel.write(texts.loading, [], true);
    return turn;
  }

  function cleared() {
    turn += 1;
    stop();
    desk.leave?.();
    desk.leave = null;
    tools.rest();
    marks.clearLayers();
  }
}

// Loads scripts of ours in their order, each once; a Refusal when one does not come, and the next need asks again.
function scriptLoader(texts, lang) {
  const known = new Map();
  const load = (address) => new Promise((done, failed) => {
    const script = element("script", { src: address, async: false });
    script.addEventListener("load", done);
    script.addEventListener("error", () => {
      known.delete(address);
      script.remove();
      failed(new Refusal({ text: texts.service_failed, lang }, 0));
    });
    document.head.append(script);
  });
  return (addresses) => Promise.all(addresses.map((address) => {
    if (!known.has(address)) known.set(address, load(address));
    return known.get(address);
  }));
}

// The service's English sentences about signs, and ours that say the same.
function signSentences(texts) {
  return [
    [/^found no valid token,/, texts.no_token, "token"],
    [/^found too many wrong tokens/, texts.many_tokens, "token"],
    [/^found the role owner, expected planner or admin,/, texts.planners_only, "token"],
    [/^\S+ is of no organisation; expected an owner's user;/, texts.no_organisation, "token"],
    [/^found no register of signs,/, texts.no_register],
    [/^found too many plans that wait,/, texts.plans_wait],
    [/^found a plan that took too long,/, texts.plan_slow],
    [/^found no plan of that number,/, texts.plan_forgotten],
    [/^the Region pays (\S+) and owners (\S+);/, texts.rates_over, "owner"],
    [/^the first entrance totem costs /, texts.totem_first],
    [/^the shares of .+ 1 at most in all$/, texts.shares_over],
    [/^no plan: no plan that keeps deadlines and shares /, texts.no_plan_fits],
  ];
}
