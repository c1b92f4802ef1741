'use strict';
// Every word of the data becomes text (textContent), never markup; every number is the trace's own.
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const $ = id => document.getElementById(id);
  const ROWS = 16; // units that get a row with their number; more of them stand as columns side by side
  const MANY = 128; // units from which the columns are low
  const AROUND = 30; // characters of the text on each side of the current one
  const SPECIAL = { NaN: NaN, Inf: Infinity, '-Inf': -Infinity };

  const steps = data.chapters.flatMap(chapter => chapter.steps.map(raw => ({ raw, chapter })));
  const scenes = data.scenes.length ? data.scenes : steps.map((_, at) => [at, null, null, '', '']);
  let at = 0, layer = 0, unit = 0;

  // Numbers

  const read = (raw, x) => typeof x === 'string' ? SPECIAL[x] : raw.s ? Math.fround(x) : x;

  /** A step's vectors by quantity, and the states before it. */
  function values(index) {
    const step = steps[index], { raw, chapter } = step;
    if (step.layers) return step;
    const numbers = vector => vector && vector.map(x => read(raw, x));
    const named = (names, vectors) => Object.fromEntries(names.map((name, k) => [name, numbers(vectors[k])]));
    const names = chapter.quantities.map(q => q.name);
    const states = chapter.quantities.filter(q => q.state).map(q => q.name);
    step.layers = raw.v.map(vectors => named(names, vectors));
    step.before = raw.o ? raw.o.map(vectors => named(states, vectors)) : values(index - 1).layers;
    return step;
  }

  /** Two decimals as the terminal prints them: exact halves go to the even digit, a zero has no minus. */
  function decimals(x, signed, places = 2) {
    if (!Number.isFinite(x)) return Number.isNaN(x) ? 'nan' : (x < 0 ? '-inf' : '+inf');
    let text = Math.abs(x).toFixed(places);
    const eighths = Math.abs(x) * 8;
    if (places === 2 && Number.isInteger(eighths) && eighths % 2) {
      const down = Math.floor(Math.abs(x) * 100);
      text = ((down + down % 2) / 100).toFixed(2);
    }
    const sign = x < 0 && Number(text) !== 0 ? '-' : signed ? '+' : '';
    return sign + text;
  }

  const hundredths = n => (n < 0 ? '-' : '+') + (Math.abs(n) / 100).toFixed(2);

  /** The end of a scale: 1 for what is bounded, else 1, 2, 5, 10 … with what was seen; it never shrinks. */
  const largest = new Map();
  function scale(chapter, quantity, vector) {
    if (!quantity.grows) return 1;
    const key = `${data.chapters.indexOf(chapter)} ${layer} ${quantity.name}`;
    const seen = (vector || []).filter(Number.isFinite).reduce((most, x) => Math.max(most, Math.abs(x)), largest.get(key) || 0);
    largest.set(key, seen);
    return [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find(end => seen <= end) || 1000;
  }

  // Elements

  function make(tag, words = '', kind = '') {
    const element = document.createElement(tag);
    element.textContent = words;
    if (kind) element.className = kind;
    return element;
  }

  const spoken = text => text === ' ' ? 'space' : text;
  const isolated = text => `\u2068${text}\u2069`; // what is written from the right stays in its place
  const symbol = text => isolated(`'${text}'`);

  function button(words, label, act) {
    const element = make('button', words);
    element.type = 'button';
    element.tabIndex = -1; // keys reach it another way
    element.setAttribute('aria-label', label);
    element.addEventListener('click', act);
    return element;
  }

  /** A bar from its left end (gates) or its middle (signed values), with a tick where the value was before. */
  function bar(quantity, x, old, end, upright) {
    const track = make('span', '', `bar ${quantity.kind} ${x < 0 ? 'minus' : 'plus'}`);
    track.setAttribute('aria-hidden', 'true');
    const part = y => Number.isFinite(y) ? Math.min(1, Math.max(-1, y / end)) : 0;
    const place = y => quantity.kind === 'gate' ? part(y) : (1 + part(y)) / 2;
    const zero = quantity.kind === 'gate' ? 0 : 0.5;
    const [start, size] = upright ? ['bottom', 'height'] : ['left', 'width'];
    const fill = make('span', '', 'fill');
    fill.style[start] = `${100 * Math.min(zero, place(x))}%`;
    fill.style[size] = `${100 * Math.abs(place(x) - zero)}%`;
    track.append(fill);
    if (old !== undefined && Number.isFinite(old)) {
      const tick = make('span', '', 'tick');
      tick.style[start] = `${100 * place(old)}%`;
      track.append(tick);
    }
    return track;
  }

  // Painting

  function paintText(step, position) {
    const { chapter } = step, seen = new Map();
    steps.forEach((other, index) => { if (other.chapter === chapter) seen.set(other.raw.p, index); });
    const first = Math.max(chapter.from, position - AROUND);
    const last = Math.min(chapter.from + chapter.text.length - 1, Math.max(position, first) + AROUND);
    const slots = [];
    for (let p = first; p <= last; p += 1) {
      const text = chapter.text[p - chapter.from], before = steps[seen.get(p - 1)];
      const guess = before && before.raw.g;
      const wrong = p <= position && guess !== undefined && guess.true !== undefined && guess.true !== 0;
      const slot = button(text, `step ${p}: ${spoken(text)}${wrong ? ', guessed wrong' : ''}`, () => toStep(seen.get(p)));
      slot.classList.toggle('wrong', wrong);
      slot.classList.toggle('ahead', p > position);
      slot.disabled = !seen.has(p);
      if (p === position) slot.setAttribute('aria-current', 'step');
      slots.push(slot);
    }
    $('text').replaceChildren(...slots);
    const current = $('text').querySelector('[aria-current]');
    if (current) $('text').scrollLeft = current.offsetLeft - $('text').clientWidth / 2;
  }

  function words(step) {
    const { raw, chapter } = step, p = raw.p, text = chapter.text;
    const char = p ? text[p - chapter.from] : null, next = p < chapter.length ? text[p + 1 - chapter.from] : null;
    return { char, next, guess: scenes[at][6] ? undefined : raw.g };
  }

  function paintStatus(step) {
    const { char, next, guess } = words(step), { raw, chapter } = step;
    const told = [`step\u00a0${raw.p}/${chapter.length}`, char === null ? 'zero state' : `reading ${symbol(char)}`];
    told.push(next === null ? 'no target' : `next ${symbol(next)}`);
    if (raw.w) told.push(raw.w);
    if (raw.z) told.push('state set by hand');
    if (guess && guess.p !== undefined) told.push(`p\u00a0${decimals(read({}, guess.p), false)}\u00a0${guess.true === 0 ? '✓' : '✗'}`, `loss\u00a0${guess.loss}`);
    $('status').textContent = told.join('   ');
    if (raw.m) $('status').append(make('strong', raw.m));
    const heard = [`step ${raw.p} of ${chapter.length}`, char === null ? 'zero state' : `reading ${spoken(char)}`];
    if (next !== null) heard.push(`next ${spoken(next)}`);
    if (guess && guess.top.length) heard.push(`guess ${spoken(guess.top[0][0])}, probability ${decimals(guess.top[0][1], false)}${guess.true === undefined ? '' : guess.true === 0 ? ', right' : ', wrong'}`);
    const held = chapter.quantities.filter(q => q.state && step.layers[layer][q.name]);
    heard.push(`unit ${unit}: ${held.map(q => `${q.symbol} ${decimals(step.layers[layer][q.name][unit], true)}`).join(', ')}`);
    $('said').textContent = `${heard.join('; ')}. ${scenes[at][3]}`;
  }

  function row(quantity, vector, before, index, end) {
    const x = vector && vector[index], old = quantity.state && before ? before[index] : undefined;
    const signed = quantity.kind !== 'gate';
    const shown = x === undefined || vector === null ? '–' : decimals(x, signed);
    const moved = old === undefined || !(Math.abs(x - old) >= 0.005) ? '' : x > old ? '▲' : '▼';
    const choose = button('', `unit ${index}: ${quantity.symbol} ${shown}${moved ? (moved === '▲' ? ', rose' : ', fell') : ''}`, () => toUnit(index));
    choose.setAttribute('aria-pressed', String(index === unit));
    const number = make('data', shown, 'number');
    if (Number.isFinite(x)) { number.value = String(x); choose.title = String(x); }
    const few = vector === null || vector === undefined ? make('span', '', 'bar') : bar(quantity, x, old, end, false);
    choose.append(make('span', String(index), 'index'), few, number);
    if (quantity.state) choose.append(make('span', moved, 'move'));
    return choose;
  }

  function column(quantity, vector, index, end) {
    const x = vector ? vector[index] : 0;
    const choose = button('', `unit ${index}: ${quantity.symbol} ${vector ? decimals(x, quantity.kind !== 'gate') : '–'}`, () => toUnit(index));
    choose.setAttribute('aria-pressed', String(index === unit));
    choose.append(bar(quantity, x, undefined, end, true));
    return choose;
  }

  function paintPanels(step) {
    const { chapter } = step, here = step.layers[layer], before = step.raw.p ? step.before[layer] : null;
    const panels = chapter.quantities.map((quantity, k) => {
      const vector = here[quantity.name] || null, units = chapter.units[layer], end = scale(chapter, quantity, vector);
      const panel = make('section'), title = make('h2', `${k + 1} ${quantity.symbol} ${quantity.word}`);
      title.id = `panel-${k}`;
      panel.setAttribute('aria-labelledby', title.id);
      const ends = quantity.kind !== 'gate' ? `±${end}` : quantity.low ? `0 ${quantity.low} … 1 ${quantity.high}` : '0 … 1';
      const head = make('header');
      head.append(title, make('span', ends, 'ends'));
      const rows = make('div', '', units > MANY ? 'columns many' : units > ROWS ? 'columns' : 'rows');
      for (let index = 0; index < units; index += 1) {
        const old = before && before[quantity.name];
        rows.append(units > ROWS ? column(quantity, vector, index, end) : row(quantity, vector, old, index, end));
      }
      panel.append(head, make('p', quantity.sentence, 'sentence'), rows);
      if (units > ROWS) panel.append(make('p', `unit ${unit}: ${vector ? decimals(vector[unit], quantity.kind !== 'gate') : '–'}`, 'chosen'));
      return panel;
    });
    $('panels').className = `of${panels.length}`;
    $('panels').replaceChildren(...panels);
  }

  function paintGuess(step) {
    const { raw } = step, hidden = scenes[at][6], guess = hidden ? undefined : raw.g;
    const items = (guess ? guess.top : []).map(([text, p], k) => {
      const item = make('li'), right = guess.true === k, wrong = k === 0 && guess.true !== undefined && !right;
      const chance = read({}, p);
      item.append(make('span', symbol(text), 'index'), bar({ kind: 'gate' }, chance, undefined, 1, false));
      const number = make('data', decimals(chance, false), 'number');
      number.value = String(chance);
      item.append(number, make('span', right ? '✓' : wrong ? '✗' : '', 'move'));
      if (right || wrong) item.append(make('span', right ? ' the true next one' : ' guessed wrong', 'heard'));
      return item;
    });
    $('guesses').replaceChildren(...items);
    const missed = guess && guess.true === -1 ? `the true next one is ${symbol(words(step).next)}, p ${decimals(read({}, guess.p), false, 4)}` : '';
    $('unguessed').textContent = hidden ? 'hidden: what will it be?' : !guess ? 'no guess' : guess.true === undefined ? 'no target' : missed;
  }

  /** `-4.32 = h[2] -1.48, x 'e' -1.27, 8 more -1.57`: the parts add up to the total as they are printed. */
  function sum(chapter, addends, [total, ...parts]) {
    const named = [];
    let rest = total;
    for (let k = 0; k < parts.length; k += 2) {
      named.push(`${isolated(chapter.names[parts[k]])} ${hundredths(parts[k + 1])}`);
      rest -= parts[k + 1];
    }
    if (named.length < addends) named.push(`${addends - named.length} more ${hundredths(rest)}`);
    return `${hundredths(total)} = ${named.join(', ')}`;
  }

  /** The unit's equations: quantity → its line and what its pre-activation is the sum of. */
  function explained({ raw, chapter }) {
    const told = new Map(), [forms, ...lines] = raw.e ? (raw.e[layer][unit] || '').split('/') : [''];
    lines.forEach((line, k) => {
      const [name, form, addends, words] = chapter.forms[forms][k], parts = form.split('\u0001'), numbers = line.split(' ');
      const text = parts.map((part, hole) => part + (hole < parts.length - 1 ? numbers[hole] : '')).join('');
      const made = numbers.slice(parts.length - 1).map(Number);
      told.set(name, [text, words || (addends ? sum(chapter, addends, made) : '')]);
    });
    return told;
  }

  function paintEquations(step) {
    const { raw, chapter } = step, here = step.layers[layer];
    const told = explained(step);
    $('equations-title').textContent = `unit ${unit}${chapter.units.length > 1 ? `, layer ${layer + 1}/${chapter.units.length} (l${layer})` : ''}: its numbers`;
    $('lines').replaceChildren(...chapter.quantities.filter(q => here[q.name]).map(quantity => {
      const line = make('li'), [text, addends] = told.get(quantity.name) || [quantity.symbol];
      const exact = make('data', String(here[quantity.name][unit]), 'exact');
      exact.value = String(here[quantity.name][unit]);
      exact.dataset.quantity = quantity.name;
      line.append(make('span', text, 'equation'), exact);
      if (addends) line.append(make('span', addends, 'sum'));
      return line;
    }));
    const known = raw.e ? Object.keys(raw.e[layer]) : [];
    $('unexplained').textContent = told.size || !raw.p ? '' : known.length && known.length < chapter.units[layer]
      ? `Equations are here for the units ${known.join(', ')}.` : 'There are no equations for this unit here.';
  }

  // Questions

  const WORD = /[\p{L}\p{N}_]+/gu, ARTICLES = ['a', 'an', 'the', 'it', 'is', 'its'], NO = ['no', 'not', 'never', 'none', 'nothing'];
  const wordsOf = text => new Set((text.toLowerCase().match(WORD) || []).filter(word => !ARTICLES.includes(word)));
  function numberOf(text) {
    const found = /^[^\d+\-.,−]*([+\-−]?\d*[.,]?\d+)\D*$/.exec(text.trim());
    return found ? Number(found[1].replace(',', '.').replace('−', '-')) : null;
  }

  /** Judged kindly, as in the terminal: case, articles and more words do not count; numbers may be a little off. */
  function means(typed, answer) {
    const wanted = numberOf(answer), given = numberOf(typed), places = (answer.split('.')[1] || '').length;
    if (wanted !== null) return given !== null && Math.abs(given - wanted) <= 1.0001 * Math.max(0.05 * Math.abs(wanted), places ? 10 ** -places : 0);
    const said = wordsOf(typed), meant = wordsOf(answer), bare = text => text.trim().replace(/^['"]|['"]$/g, '');
    if (!meant.size) return bare(typed) === bare(answer);
    return [...meant].every(word => said.has(word)) && NO.every(word => said.has(word) === meant.has(word));
  }

  function judge() {
    const [question, answers] = scenes[at].slice(7), right = answers.some(answer => means($('answer').value, answer));
    if (question) $('verdict').textContent = `${right ? 'Right' : 'Not quite: it is'}${right ? ': ' : ' '}${answers[0]}.`;
  }

  function paintQuestion() {
    const question = scenes[at][7];
    $('question').hidden = !question;
    if (question && $('asked').textContent !== question) {
      $('asked').textContent = question;
      $('answer').value = $('verdict').textContent = '';
    }
  }

  function paintFrame(step) {
    const { chapter } = step;
    const lesson = data.scenes.length > 0;
    $('name').textContent = lesson ? data.title : chapter.name;
    $('facts').textContent = [...lesson ? [chapter.name] : [], ...chapter.facts].join(' · ');
    $('notes').replaceChildren(...chapter.notes.map(note => make('li', note)));
    const [caption, mark] = scenes[at].slice(3);
    $('caption').hidden = !scenes.some(scene => scene[3] || scene[4]);
    $('caption').replaceChildren(...mark ? [make('strong', mark)] : [], make('span', caption));
    $('slider').max = scenes.length - 1;
    $('slider').value = at;
    $('slider').setAttribute('aria-valuetext', `step ${step.raw.p} of ${chapter.length}`);
    $('first').disabled = $('back').disabled = at === 0;
    $('last').disabled = $('forward').disabled = at === scenes.length - 1;
    choices($('unit'), chapter.units[layer], unit, k => String(k));
    choices($('layer'), chapter.units.length, layer, k => `${k + 1}/${chapter.units.length} (l${k})`);
    $('layers').hidden = chapter.units.length < 2;
  }

  function choices(select, count, chosen, label) {
    if (select.options.length !== count) {
      select.replaceChildren(...Array.from({ length: count }, (_, k) => Object.assign(make('option', label(k)), { value: k })));
    }
    select.value = String(chosen);
  }

  // Going places

  function show() {
    const step = values(scenes[at][0]), sizes = step.chapter.units;
    layer = Math.min(layer, sizes.length - 1);
    unit = Math.min(unit, sizes[layer] - 1);
    for (const paint of [paintFrame, paintQuestion, paintStatus, paintPanels, paintGuess, paintEquations]) paint(step);
    paintText(step, step.raw.p);
  }

  function go(where) {
    const before = document.activeElement;
    at = Math.min(scenes.length - 1, Math.max(0, where));
    if (scenes[at][1] !== null) [, layer, unit] = scenes[at];
    show();
    if (before && before.disabled) $(before.id === 'forward' || before.id === 'last' ? 'back' : 'forward').focus(); // it would be lost
    try { history.replaceState(null, '', `#${steps[scenes[at][0]].raw.p}`); } catch { /* a page within a page has no address */ }
  }

  function toStep(record) {
    const places = scenes.map((scene, k) => [scene[0], k]).filter(([shown]) => shown === record);
    if (places.length) go(places[0][1]);
  }

  function toUnit(index) {
    const count = steps[scenes[at][0]].chapter.units[layer];
    unit = (index + count) % count;
    show();
  }

  function nextPause() {
    const next = scenes.findIndex((scene, k) => k > at && scene[5]);
    return next < 0 ? scenes.length - 1 : next;
  }

  const keys = {
    ArrowRight: () => go(at + 1), ArrowLeft: () => go(at - 1), Home: () => go(0), End: () => go(scenes.length - 1),
    ArrowDown: () => toUnit(unit + 1), ArrowUp: () => toUnit(unit - 1), ' ': () => go(nextPause()),
  };
  document.addEventListener('keydown', event => {
    if (!(event.key in keys) || event.ctrlKey || event.metaKey || event.altKey || event.target.tagName === 'SELECT' || event.target.id === 'answer') return;
    if (event.key === ' ' && (event.target.tagName === 'BUTTON' || $('paused').hidden)) return;
    event.preventDefault();
    keys[event.key]();
  });
  $('first').addEventListener('click', keys.Home);
  $('back').addEventListener('click', keys.ArrowLeft);
  $('forward').addEventListener('click', keys.ArrowRight);
  $('last').addEventListener('click', keys.End);
  $('slider').addEventListener('input', event => go(Number(event.target.value)));
  $('unit').addEventListener('change', event => toUnit(Number(event.target.value)));
  $('layer').addEventListener('change', event => { layer = Number(event.target.value); show(); });
  $('judge').addEventListener('click', judge);
  $('answer').addEventListener('keydown', event => { if (event.key === 'Enter') judge(); });
  $('paused').hidden = !scenes.some(scene => scene[5]);
  let touched = null;
  $('panels').addEventListener('touchstart', event => { touched = event.touches[0]; }, { passive: true });
  $('panels').addEventListener('touchend', event => {
    const { clientX, clientY } = event.changedTouches[0], x = clientX - touched.clientX, y = clientY - touched.clientY;
    if (Math.abs(x) > 40 && Math.abs(x) > 2 * Math.abs(y)) go(at + (x < 0 ? 1 : -1));
  }, { passive: true });

  document.querySelector('main').hidden = false;
  const told = (steps.find(step => step.raw.e) || { raw: {} }).raw.e;
  if (told && Object.keys(told[0]).length) unit = Math.min(...Object.keys(told[0])); // one that has equations
  const asked = scenes.findIndex(([record]) => `#${steps[record].raw.p}` === location.hash);
  go(Math.max(0, asked));
})();
