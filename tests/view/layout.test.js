import assert from "node:assert/strict";
import { test } from "node:test";

import { edgeIn } from "../../zapviz/view/core/edge.js";
import { groupRows, layOut, spaceAlone } from "../../zapviz/view/core/layout.js";
import { slants } from "../../zapviz/view/core/slants.js";
import { clip, signed, sizeText } from "../../zapviz/view/core/text.js";
import { row } from "./sample.js";

const file = row({ id: "F", role: "file", pages: 8 });
const mapping = row({ id: "A", role: "mapping", file: "F", column: 2, pages: 8 });
const anon = row({ id: "N", role: "mapping" });
const swap = row({ id: "swap", role: "swap", pages: 2 });

test("a file and its mappings share columns; anonymous memory and swap stand apart", () => {
  const groups = groupRows([file, mapping, anon, anon, swap]);
  assert.deepEqual(groups.map((group) => group.rows), [[0, 1], [2, 3], [4]]);
  assert.deepEqual(groups.map((group) => group.span), [10, 4, 2]);
  assert.deepEqual(groups.map((group) => group.unit), ["file page", "page", "slot"]);
  assert.equal(groupRows([file, file]).length, 2);
  assert.equal(groupRows([file, mapping, row({ id: "B", role: "mapping", file: "F" })])[0].span, 10);
});

test("what is small is drawn with the largest cells, in one band", () => {
  const { pitch, bands, groups } = layOut([row({ id: "F", role: "file" })], { width: 1200 });
  assert.deepEqual([pitch, bands, groups.length], [50, 1, 1]);
});

test("cells shrink, then wrap, so that nothing is wider than there is room", () => {
  for (const width of [320, 420, 720, 1200]) {
    for (const pages of [4, 16, 20, 36, 64, 300]) {
      const rows = [row({ id: "F", role: "file", pages }), row({ id: "A", role: "mapping", file: "F", pages }), swap];
      const layout = layOut(rows, { width });
      assert.ok(layout.pitch >= 20);
      for (const { group, x, w, columns, parts } of layout.groups) {
        assert.ok(x + w <= width, `${pages} pages in ${width}`);
        assert.deepEqual([parts[0].first, parts[parts.length - 1].end], [0, group.span]);
        assert.ok(parts.every(({ first, end }) => end - first <= columns));
        if (parts.length > 1) assert.equal(columns % 4, 0);
        // Bands are of like length: the last one is not a remnant.
        const left = parts[parts.length - 1].end - parts[parts.length - 1].first;
        assert.ok(columns - left < 4 * parts.length, `${pages} pages in ${width}: ${columns}, ${left}`);
      }
    }
  }
});

test("a finger's cells are no smaller than asked, whatever the room", () => {
  assert.ok(layOut([file, mapping], { width: 320, least: 28 }).pitch >= 28);
  assert.equal(layOut([file], { width: 10, least: 28 }).pitch, 28); // no room at all: the smallest, in bands of four
});

test("a band holds the rows that have cells in it", () => {
  const { groups: [{ parts }] } = layOut([row({ id: "F", role: "file", pages: 300 }),
    row({ id: "A", role: "mapping", file: "F", column: 290, pages: 10 }),
    row({ id: "B", role: "mapping", file: "F" })], { width: 720 });
  assert.deepEqual(parts[0].rows, [0, 2]);
  assert.deepEqual(parts[parts.length - 1].rows, [0, 1]);
});

const BAND = { first: 0, end: 4, rows: 2, left: 100, width: 200, top: 40, height: 100, pitch: 50, size: 46, caption: 12, named: true };

test("the edge of i_size stands in the gap between two pages", () => {
  const { x, beyond, line } = edgeIn(BAND, 2 * 4096, true);
  assert.deepEqual([x, beyond], [198, 104]);
  assert.equal(line?.words, "i_size 2 pages");
  assert.equal(line?.path, "M198 20V141");
});

test("inside a page it stands where its byte is, and leaves room for what is written", () => {
  const { x, line } = edgeIn(BAND, 4096 + 2048, true);
  assert.equal(x, 173);
  assert.equal(line?.words, "i_size 6144 bytes");
  assert.equal(line?.path.split("M").length - 1, 4);
});

test("of several bands one has the line, and those after it are beyond", () => {
  const after = { ...BAND, first: 4, end: 8 };
  assert.equal(edgeIn(after, 2 * 4096, true).line, null);
  assert.equal(edgeIn(after, 2 * 4096, true).beyond, 204);
  assert.equal(edgeIn(BAND, 6 * 4096, false).line, null);
  assert.equal(edgeIn(BAND, 6 * 4096, false).beyond, null);
  assert.equal(edgeIn(BAND, 6 * 4096, true).line?.words, "i_size 6 pages \u2192");
  assert.equal(edgeIn(BAND, 0, true).line?.words, "i_size 0 pages");
});

test("slanted lines stay inside the cell and off its letter", () => {
  for (const [size, rich] of /** @type {[number, boolean][]} */ ([[17, false], [46, true]])) {
    let [x, y] = [0, 0];
    const [middle, down] = [size / 2, rich ? size * 0.42 : size / 2];
    for (const [, kind, dx, dy] of slants(size, rich).matchAll(/([ml])(-?[\d.]+) (-?[\d.]+)/g)) {
      for (let k = kind === "l" ? 0 : 1; k <= 1; k += 0.1) {
        const [px, py] = [x + k * Number(dx), y + k * Number(dy)];
        assert.ok(px > -0.5 && px < size + 0.5 && py > -0.5 && py < size + 0.5, `${px} ${py}`);
        assert.ok(Math.abs(px - middle) > size * 0.2 || Math.abs(py - down) > size * 0.2, `${px} ${py}`);
      }
      [x, y] = [x + Number(dx), y + Number(dy)];
    }
  }
  assert.notEqual(slants(17, false), "");
});

test("no part of a slanted line is drawn twice", () => {
  /** @type {Map<number, number>} */
  const ends = new Map(); // by x + y: where the last part on that line ends
  let [x, y] = [0, 0];
  for (const [, kind, dx, dy] of slants(46, true).matchAll(/([ml])(-?[\d.]+) (-?[\d.]+)/g)) {
    [x, y] = [x + Number(dx), y + Number(dy)];
    const sum = Math.round(x + y);
    if (kind === "m") assert.ok(x >= (ends.get(sum) ?? 0), `${x} on ${sum}`);
    ends.set(sum, x);
  }
});

test("numbers and words as they are shown", () => {
  assert.deepEqual([signed(2), signed(-2), signed(0)], ["+2", "\u22122", ""]);
  assert.equal(clip("abcdef", 4), "abc\u2026");
  assert.equal(clip("abcd", 4), "abcd");
  assert.deepEqual([sizeText(4096), sizeText(8192), sizeText(5)], ["i_size 1 page", "i_size 2 pages", "i_size 5 bytes"]);
});

test("rows that stand alone are as large as the width allows, the slots beside them or below", () => {
  const rows = [row({ id: "F", role: "file", pages: 2 }), row({ id: "A", role: "mapping", file: "F", pages: 2 }), swap];
  const wide = layOut(rows, spaceAlone(rows, 890, 72));
  assert.deepEqual([wide.pitch, wide.groups.map((group) => group.y)], [72, [0, 0]]);
  const narrow = layOut(rows, spaceAlone(rows, 300, 72));
  assert.ok(narrow.groups[1].y > 0);
  assert.ok(narrow.pitch >= 60);
});
