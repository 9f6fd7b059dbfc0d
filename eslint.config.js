/* What is asked of the scripts besides their types: no mistakes, short functions, imports one way. */

import js from "@eslint/js";
import globals from "globals";

/** Modules of a layer may import those before it, and each other. */
const layer = (name, ...above) => ({
  files: [`zapviz/view/${name}/**`],
  rules: { "no-restricted-imports": ["error", { patterns: [{
    group: above.map((one) => `**/${one}/**`),
    message: `core, parts, views, hosts: ${name} imports only what stands before it`,
  }] }] },
});

export default [
  { ignores: ["**/built/**", "build/**", ".venv/**", "test-output/**"] },
  js.configs.recommended,
  {
    rules: {
      "max-lines-per-function": ["error", { max: 200, skipBlankLines: false, skipComments: false }],
      "no-unused-vars": ["error", { args: "all", argsIgnorePattern: "^_" }],
      "prefer-const": "error",
      "no-var": "error",
      eqeqeq: "error",
    },
  },
  {
    files: ["zapviz/view/**", "website/assets/**"],
    languageOptions: { globals: globals.browser },
  },
  {
    // Arithmetic: elements are made in dom.js alone.
    files: ["zapviz/view/core/**"],
    ignores: ["zapviz/view/core/dom.js"],
    languageOptions: { globals: Object.fromEntries(Object.keys(globals.browser).map((name) => [name, "off"])) },
  },
  {
    files: ["tools/**", "tests/**", "website/*.mjs", "*.config.js"],
    languageOptions: { globals: globals.node },
  },
  layer("core", "parts", "views", "hosts"),
  layer("parts", "views", "hosts"),
  layer("views", "hosts"),
];
