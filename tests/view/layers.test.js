import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const VIEW = fileURLToPath(new URL("../../zapviz/view/", import.meta.url));
const LAYERS = ["core", "parts", "views", "hosts"];

/** Each module of the view with those that it imports. @type {Map<string, string[]>} */
const MODULES = new Map(LAYERS.flatMap((layer) => readdirSync(join(VIEW, layer)).map((name) => {
  const file = `${layer}/${name}`;
  const imports = readFileSync(join(VIEW, file), "utf8").matchAll(/^(?:import|export)\b[^;]*?from "(\.[^"]+)";$/gm);
  return [file, [...imports].map(([, path]) => normalize(join(dirname(file), path)))];
})));

test("modules import only what stands before them: core, parts, views, hosts", () => {
  assert.ok(MODULES.size > 40);
  for (const [file, imports] of MODULES) {
    for (const one of imports) {
      assert.ok(MODULES.has(one), `${file} imports ${one}`);
      const [from, to] = [file, one].map((path) => LAYERS.indexOf(path.split("/")[0]));
      assert.ok(to <= from, `${file} imports ${one}`);
    }
  }
});

test("no module imports itself, by whatever way", () => {
  /** @type {Set<string>} */
  const done = new Set();
  /** @param {string} file @param {string[]} way */
  const follow = (file, way) => {
    assert.ok(!way.includes(file), [...way, file].join(" -> "));
    if (done.has(file)) return;
    for (const one of MODULES.get(file) ?? []) follow(one, [...way, file]);
    done.add(file);
  };
  for (const file of MODULES.keys()) follow(file, []);
});
