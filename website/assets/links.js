/* Permalinks in a page, as docs/permalink.md describes them: read and written without the model. */

/** What a permalink opens.
 *
 * @typedef {object} Link
 * @property {string} text the scenario
 * @property {string} kernel its name
 * @property {number | null} step the state; null: none was chosen
 * @property {number[]} schedule the CPU that takes each step of a race; empty: they run in turn
 * @property {boolean} whole_table whether the schedule counts a page table's entries as one step
 */
/** What a page knows: the scenarios that come along, the kernels, and the version of its model.
 *
 * @typedef {object} Known
 * @property {{name: string, text: string}[]} scenarios
 * @property {{name: string}[]} kernels
 * @property {number} model
 * @property {string} release
 * @property {string} usual the kernel of a link that names none
 */

const FORM = 2; // of tokens that are written; 1 is read, too
const MOST = 388 * 1024; // bytes that a token unpacks to
const MOST_TEXT = 65536;
const HEAD = ["kernel", "model", "release", "step", "schedule", "whole_table"];
const DAMAGED = "The permalink is not whole, or a character of it was changed on the way: copy it again, " +
  "from its first to its last character.";
const FOREIGN = "The permalink holds something else than a scenario of zapviz.";

/** Whether a fragment of an address is a link to something to be shown.
 *
 * @param {string} fragment without its "#"
 * @param {Known} known
 */
export const isLink = (fragment, known) => isToken(fragment) || shortOf(fragment, known) !== null;

/** Whether a fragment looks like a link, whatever it names. @param {string} fragment */
export const isNamed = (fragment) => /^[a-z0-9-]+(?:@|%40)/i.test(fragment);

/** @param {string} fragment */
export const isToken = (fragment) => /^zapviz(?::|%3A)[0-9]/i.test(fragment);

/** Read the fragment of an address; what is wrong with it is thrown, as a sentence.
 *
 * @param {string} fragment without its "#"
 * @param {Known} known
 * @param {() => Promise<Uint8Array | null>} dictionary what tokens of form 2 are packed against
 * @returns {Promise<Link>}
 */
export async function readLink(fragment, known, dictionary) {
  if (isToken(fragment)) return readToken(plain(fragment), known, dictionary);
  const short = shortOf(fragment, known);
  if (!short) throw new Error(FOREIGN);
  return short;
}

/** The shortest link to what is shown; "" where no link may hold it: the text is longer than a scenario can be.
 *
 * @param {Link} shown
 * @param {Known} known
 * @returns {Promise<string>}
 */
export async function writeLink(shown, known) {
  const listed = known.scenarios.find((one) => one.text.trim() === shown.text.trim());
  if ([...shown.text].length > MOST_TEXT) return "";
  if (!listed || shown.schedule.length) return writeToken(shown, known);
  return `${listed.name}@${shown.kernel.replaceAll(" ", "")}${shown.step === null ? "" : `:${shown.step}`}`;
}

/* -- names -- */

/** Undo what some programs do to the characters of a link. @param {string} fragment */
function plain(fragment) {
  try {
    return decodeURIComponent(fragment).trim();
  } catch {
    return fragment;
  }
}

/** What a short link names; null where it names no scenario that comes along.
 *
 * @param {string} fragment
 * @param {Known} known
 * @returns {Link | null}
 */
function shortOf(fragment, { scenarios, kernels, usual }) {
  const found = /^([a-z0-9-]+)(?:@([a-z0-9._+=,-]+?))?(?::([0-9]{1,9}))?$/i.exec(plain(fragment));
  const listed = found && scenarios.find((one) => one.name === found[1].toLowerCase());
  if (!found || !listed) return null;
  const [base, ...rules] = (found[2] ?? usual).split("+");
  const name = [base, `v${base}`, base.toLowerCase()].find((one) => kernels.some((kernel) => kernel.name === one)) ?? base;
  const patch = rules.join(",").split(",").join(", ");
  return { text: listed.text, kernel: patch ? `${name} + ${patch}` : name,
    step: found[3] === undefined ? null : Number(found[3]), schedule: [], whole_table: false };
}

/* -- tokens -- */

/** @param {string} token @param {Known} known @param {() => Promise<Uint8Array | null>} dictionary */
async function readToken(token, known, dictionary) {
  const found = /^(zapviz:([0-9]{1,9}):([a-z0-9_-]+)):([0-9a-f]{8})$/i.exec(token);
  const form = Number(/^zapviz:([0-9]+)/i.exec(token)?.[1]);
  if (form < 1 || form > FORM) {
    throw new Error(`The permalink has form ${form}, and this copy of zapviz reads forms 1 to ${FORM}; a newer one may read it.`);
  }
  if (!found || crc32(`zapviz${found[1].slice(6)}`) !== found[4].toLowerCase()) throw new Error(DAMAGED);
  const fields = form === 1 ? JSON.parse(await unpacked(found[3], "deflate", new Uint8Array()))
    : fieldsOf(await unpacked(found[3], "deflate-raw", await dictionary()));
  return checked(fields, known);
}

/** The fields of a token of form 2. @param {string} said */
function fieldsOf(said) {
  const end = said.indexOf("\n");
  /** @type {unknown[]} */
  const head = JSON.parse(said.slice(0, end));
  if (end < 0 || !Array.isArray(head)) throw new Error(FOREIGN);
  return { text: said.slice(end + 1), ...Object.fromEntries(HEAD.map((name, k) => [name, head[k] ?? undefined])) };
}

/** @param {any} fields @param {Known} known @returns {Link} */
function checked({ text, kernel, model, release, step, schedule, whole_table: wholeTable }, known) {
  const right = typeof text === "string" && text.length <= 2 * MOST_TEXT && typeof kernel === "string"
    && Number.isInteger(model) && typeof release === "string"
    && (step === undefined || (Number.isInteger(step) && step >= 0))
    && (schedule === undefined || /^[0-2]*$/.test(schedule));
  if (!right) throw new Error(FOREIGN);
  if (model !== known.model) {
    throw new Error(`The permalink was made by zapviz ${release} with version ${model} of the model; this is zapviz ` +
      `${known.release} with version ${known.model}, which may decide otherwise. Open it with zapviz ${release}.`);
  }
  return { text, kernel, step: step ?? null, schedule: [...(schedule ?? "")].map(Number), whole_table: wholeTable === true };
}

/** Unpack the body of a token: a stored block with the dictionary goes before it, and is dropped again.
 *
 * @param {string} body
 * @param {CompressionFormat} format
 * @param {Uint8Array | null} dictionary
 */
async function unpacked(body, format, dictionary) {
  if (!dictionary) throw new Error("What this permalink takes did not come from the site; try it again.");
  const packed = Uint8Array.from(atob(body.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
  const size = dictionary.length;
  const before = size ? [new Uint8Array([0, size & 255, size >> 8, ~size & 255, (~size >> 8) & 255]), dictionary] : [];
  const stream = new Blob(/** @type {BlobPart[]} */ ([...before, packed])).stream()
    .pipeThrough(new DecompressionStream(format));
  const reader = stream.getReader();
  const parts = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      length += value.length;
      if (length > size + MOST) throw new Error(FOREIGN);
      parts.push(value);
    }
  } catch {
    throw new Error(FOREIGN);
  }
  const all = new Uint8Array(await new Blob(/** @type {BlobPart[]} */ (parts)).arrayBuffer());
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(all.subarray(size));
}

/** Write a token; it refers to no dictionary, which a page cannot set, and reads the same.
 *
 * @param {Link} shown
 * @param {Known} known
 */
async function writeToken({ text, kernel, step, schedule, whole_table: wholeTable }, { model, release }) {
  const head = [kernel, model, release, step, schedule.length ? schedule.join("") : null, wholeTable || null];
  while (head.at(-1) === null) head.pop();
  const packed = await new Response(new Blob([`${JSON.stringify(head)}\n${text}`]).stream()
    .pipeThrough(new CompressionStream("deflate-raw"))).arrayBuffer();
  let bytes = "";
  for (const byte of new Uint8Array(packed)) bytes += String.fromCharCode(byte);
  const body = btoa(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return `zapviz:${FORM}:${body}:${crc32(`zapviz:${FORM}:${body}`)}`;
}

/** The CRC-32 of ASCII text, as eight hexadecimal digits. @param {string} text */
function crc32(text) {
  let crc = -1;
  for (let k = 0; k < text.length; k++) {
    crc ^= text.charCodeAt(k);
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ((crc ^ -1) >>> 0).toString(16).padStart(8, "0");
}
