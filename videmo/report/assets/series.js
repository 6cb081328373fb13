// The page's data: decoded once, looked up by time, summarised by pixel.

const data = JSON.parse(document.getElementById("data").textContent);

function bytesOf(text) {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return bytes;
}

const EMOTIONS = data.emotions.length;
const OUTCOMES = { usable: 0, none: data.outcomes.length - 2, stray: data.outcomes.length - 3 };

const persons = data.persons.map((packed) => {
  const coverage = bytesOf(packed.coverage);
  const values = new Uint16Array(bytesOf(packed.values).buffer);
  const valence = new Int16Array(bytesOf(packed.valence).buffer);
  const other = packed.other && new Uint16Array(bytesOf(packed.other).buffer);
  return { ...packed, coverage, values, valence, other, outcome: bytesOf(packed.outcome), cells: coverage.length };
});

// Name what is shown: the strongest of the words and its probability or, where the words more likely leave it out, that of others.
function shownText(probabilities, other) {
  const best = probabilities.indexOf(Math.max(...probabilities));
  return other > data.likely
    ? `${data.emotions[best]} · other ${percentText(other)}`
    : `${data.emotions[best]} ${percentText(probabilities[best])}`;
}

// Look up what is known of a person at a time: probabilities or null, that of others or null, valence, coverage, and the
// outcome of the frame there.
function at(person, time) {
  const cell = Math.floor(time / data.step + 1e-6) - person.first;
  if (cell < 0 || cell >= person.cells) return null;
  const first = cell * EMOTIONS;
  const outcome = data.outcomes[person.outcome[cell]];
  if (person.values[first] === data.nothing) return { probabilities: null, outcome, coverage: 0 };
  const probabilities = Array.from(person.values.subarray(first, first + EMOTIONS), (value) => value / data.scale);
  const other = person.other && person.other[cell] !== data.nothing ? person.other[cell] / data.scale : null;
  return { probabilities, other, valence: person.valence[cell] / data.scale, outcome, coverage: person.coverage[cell] / 100 };
}

// Summarise a person for each of `columns` pixels between two times: mean, least and most of each emotion, mean coverage,
// whether the mean more likely shows another emotion, and the outcomes of frames where nothing is known. `mean` is NaN where
// nothing is known.
function summed(person, start, end, columns) {
  const mean = new Float32Array(columns * EMOTIONS).fill(NaN);
  const least = new Float32Array(columns * EMOTIONS);
  const most = new Float32Array(columns * EMOTIONS);
  const coverage = new Float32Array(columns);
  const outcome = new Int8Array(columns).fill(-1), other = new Uint8Array(columns);
  const perColumn = (end - start) / columns / data.step;
  const total = new Float64Array(EMOTIONS);
  for (let column = 0; column < columns; column++) {
    const from = start / data.step + column * perColumn - person.first;
    let first = Math.floor(from + 1e-6);
    const last = Math.max(first + 1, Math.ceil(from + perColumn - 1e-6));
    if (last <= 0 || first >= person.cells) continue;
    first = Math.max(first, 0);
    let known = 0, weight = 0, others = 0;
    total.fill(0);
    for (let cell = first; cell < Math.min(last, person.cells); cell++) {
      if (person.values[cell * EMOTIONS] === data.nothing) {
        if (!known || outcome[column] < 0) outcome[column] = person.outcome[cell];
        continue;
      }
      const w = Math.max(person.coverage[cell], 1);
      if (person.other && person.other[cell] !== data.nothing) others += w * person.other[cell] / data.scale;
      for (let e = 0; e < EMOTIONS; e++) {
        const value = person.values[cell * EMOTIONS + e] / data.scale;
        const place = column * EMOTIONS + e;
        total[e] += w * value;
        if (!known || value < least[place]) least[place] = value;
        if (!known || value > most[place]) most[place] = value;
      }
      known++;
      weight += w;
    }
    if (known) {
      coverage[column] = weight / known / 100;
      other[column] = others / weight > data.likely ? 1 : 0;
      for (let e = 0; e < EMOTIONS; e++) mean[column * EMOTIONS + e] = total[e] / weight;
    }
  }
  return { mean, least, most, coverage, outcome, other };
}

// Average the valence of a person, by the time seen, over the cells in each of `columns` pixels between two times; NaN where nothing is known.
function valences(person, start, end, columns) {
  const perColumn = (end - start) / columns / data.step;
  return Float32Array.from({ length: columns }, (_, column) => {
    const from = start / data.step + column * perColumn - person.first;
    const first = Math.max(Math.floor(from + 1e-6), 0);
    const last = Math.min(Math.max(Math.floor(from + 1e-6) + 1, Math.ceil(from + perColumn - 1e-6)), person.cells);
    let total = 0, seen = 0;
    for (let cell = first; cell < last; cell++) {
      if (person.values[cell * EMOTIONS] === data.nothing) continue;
      const weight = Math.max(person.coverage[cell], 1);
      total += weight * person.valence[cell];
      seen += weight;
    }
    return seen ? total / seen / data.scale : NaN;
  });
}

function signedText(value) {
  return `${value < 0 ? "\u2212" : "+"}${Math.abs(value).toFixed(2)}`;
}

function clockText(seconds) {
  const tenths = Math.round(Math.max(0, seconds) * 10);
  const hours = Math.floor(tenths / 36000), minutes = Math.floor(tenths / 600) % 60, rest = tenths % 600;
  const second = `${String(Math.floor(rest / 10)).padStart(2, "0")}.${rest % 10}`;
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${second}` : `${minutes}:${second}`;
}

function percentText(share, digits = 0) {
  return `${(100 * share).toFixed(digits)}\u00a0%`;
}
