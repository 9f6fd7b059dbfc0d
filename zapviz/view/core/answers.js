/* The answers to an exercise: the learner's marks, judged and counted. */

/** @import { Answered, Exercise, Fate, Palette, Sitting, Solution, Truth } from "../types.js" */

/** What the learner says of an entry, and what the model does, once it is known.
 *
 * @typedef {{mark: Fate | null, fate: Fate | null}} Judged
 */

/** The mark after one, and after the last none. @param {Fate[]} fates @param {Fate | null} mark */
export function nextMark(fates, mark) {
  const order = [null, ...fates];
  return order[(order.indexOf(mark) + 1) % order.length];
}

/** The sign of a mark on an entry, and its kind.
 *
 * @param {Palette} palette
 * @param {Judged} judged
 * @param {boolean} large whether there is room for more than one character
 * @returns {[string, string]}
 */
export function markSign(palette, { mark, fate }, large) {
  const letter = mark ? palette.fates[mark].letter : "?";
  if (!fate) return [letter, mark ? "zv-mark" : "zv-mark zv-open"];
  if (fate === mark) return [large ? `${letter}\u2713` : "\u2713", "zv-mark"];
  const short = mark ? "\u2260" : "?"; // the rest is said beneath
  return [large ? `${letter}\u2260${palette.fates[fate].letter}` : short, "zv-mark zv-wrong-mark"];
}

/** What a mark says, in words. @param {Judged} judged */
export function markText({ mark, fate }) {
  if (!fate) return mark ? `You say: ${mark}` : "Not marked yet";
  const answer = mark ? `You said ${mark}` : "You gave no answer";
  return fate === mark ? `${answer}: right` : `${answer}; it is ${fate}`;
}

/** Of entries, one for each kind of sign on them, with what the sign means.
 *
 * @param {number[]} ids
 * @param {(id: number) => Judged} judgedOf
 * @param {boolean} large whether the signs themselves say which answer it was
 * @returns {[number, string][]}
 */
export function signMeanings(ids, judgedOf, large) {
  /** @param {(judged: Judged) => boolean} holds */
  const first = (holds) => ids.find((id) => holds(judgedOf(id)));
  /** @type {[number | undefined, (judged: Judged) => string][]} */
  const found = [
    [first(({ mark, fate }) => !fate && !mark), () => "not marked yet"],
    [first(({ mark, fate }) => Boolean(fate) && fate === mark),
      ({ mark }) => (large ? `you said ${mark}: right` : "you were right")],
    [first(({ mark, fate }) => Boolean(fate && mark) && fate !== mark),
      ({ mark, fate }) => (large ? `you said ${mark}, it is ${fate}` : "you were wrong")],
    [first(({ mark, fate }) => Boolean(fate) && !mark),
      ({ fate }) => (large ? `no answer, it is ${fate}` : "no answer")],
  ];
  return found.flatMap(([id, said]) => (id === undefined ? [] : [[id, said(judgedOf(id))]]));
}

/** How an exercise is told from others of a sitting. @param {Exercise} one */
export const exerciseKey = (one) =>
  (one.number ? `${one.level}/${one.seed}/${one.number}` : `${one.kernel.name}/${one.scenario}`);

/** The exercise with the learner's answers, as it is counted and saved; judged if it can be.
 *
 * @param {Exercise} exercise
 * @param {Record<string, Fate>} answers by the entry's name
 * @param {Solution | null} solution
 * @returns {Sitting}
 */
export function sittingOf(exercise, answers, solution) {
  const { level, seed, number, question, scenario } = exercise;
  const fates = new Map(solution?.entries.map((entry) => [entry.name, entry.fate]));
  const entries = exercise.asked.map((entry) => ({ name: entry.name, kind: entry.kind,
    answered: answers[entry.name] ?? null, fate: fates.get(entry.name) ?? null }));
  return { level, seed, number, kernel: exercise.kernel.name, question, scenario,
    score: solution ? rightOf(entries).length : null, of: entries.length, entries };
}

/** Those whose answer is right. @template {Answered | Truth} E @param {E[]} entries */
export const rightOf = (entries) => entries.filter((entry) => entry.answered === entry.fate);

/** Entries that have something in common, in groups, in the order of their first ones.
 *
 * @param {Truth[]} entries
 * @param {(entry: Truth) => (string | null)[]} common
 */
function groupedBy(entries, common) {
  /** @type {Map<string, Truth[]>} */
  const groups = new Map();
  for (const entry of entries) {
    const key = JSON.stringify(common(entry));
    groups.set(key, [...groups.get(key) ?? [], entry]);
  }
  return [...groups.values()];
}

/** Entries of which all the same is to be said, together. @param {Truth[]} entries */
export const grouped = (entries) =>
  groupedBy(entries, ({ fate, answered, rule, reason }) => [fate, answered, rule, reason]);

/** Of such a group those that were and become the same, together. @param {Truth[]} group */
export const alike = (group) => groupedBy(group, ({ kind, after }) => [kind, after]);

/** Names of entries, those that follow each other as one range, as the language writes it. @param {string[]} names */
export function rangesOf(names) {
  /** @type {[string, number, number][]} */
  const ranges = [];
  for (const name of names) {
    const [, of, page] = /** @type {RegExpMatchArray} */ (name.match(/^(.*)\[(\d+)\]$/));
    const last = ranges[ranges.length - 1];
    if (last && last[0] === of && last[2] === Number(page)) last[2] += 1;
    else ranges.push([of, Number(page), Number(page) + 1]);
  }
  return ranges.map(([of, first, end]) => (end - first > 1 ? `${of}[${first}:${end}]` : `${of}[${first}]`));
}

/** How many are right, in words. @param {Truth[]} entries */
export function scoreText(entries) {
  const right = rightOf(entries).length;
  const total = `${right} of ${entries.length} right`;
  return right < entries.length ? `${total}.` : `${total}: all of them.`;
}

/** Right answers and all of them, by class of entry: [kind, right, of].
 *
 * @param {Pick<Answered, "kind" | "answered" | "fate">[]} entries
 * @returns {[string, number, number][]}
 */
export function scoresByClass(entries) {
  /** @type {Map<string, [number, number]>} */
  const scores = new Map();
  for (const entry of entries) {
    const [right, of] = scores.get(entry.kind) ?? [0, 0];
    scores.set(entry.kind, [right + Number(entry.answered === entry.fate), of + 1]);
  }
  return [...scores].map(([kind, [right, of]]) => [kind, right, of]);
}

/** What is said of a sitting's score. @param {Sitting[]} sitting */
export function tallyText(sitting) {
  if (!sitting.length) return "";
  const score = sitting.reduce((total, one) => total + (one.score ?? 0), 0);
  const of = sitting.reduce((total, one) => total + one.of, 0);
  return `This sitting: ${score} of ${of}`;
}

/** The question in three parts, the statement that it is about in the middle; "" where it is not in it.
 *
 * @param {Exercise} exercise
 * @returns {[string, string, string]}
 */
export function questionParts({ question, statement }) {
  if (!question.includes(statement)) return [question, "", ""];
  const [start, end] = question.split(statement);
  return [start, statement, end];
}
