/** What JavaScript of the addon, the sandbox and dev/ must not do. */
import globals from "globals";

export default [
  {
    files: ["dev/**", "benchmarks/**"],
    languageOptions: {globals: globals.node},
  },
  {
    files: ["**/*.js", "**/*.mjs"],
    languageOptions: {
      ecmaVersion: 2024,
      sourceType: "module",
      globals: {...globals.browser, odoo: "readonly"},
    },
    linterOptions: {reportUnusedDisableDirectives: "error"},
    rules: {
      "array-callback-return": "error",
      curly: "error",
      eqeqeq: ["error", "smart"],
      "no-alert": "error",
      "no-console": "error",
      "no-const-assign": "error",
      "no-debugger": "error",
      "no-dupe-keys": "error",
      "no-duplicate-imports": "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-redeclare": "error",
      "no-shadow": "error",
      "no-undef": "error",
      "no-unreachable": "error",
      "no-unused-vars": ["error", {argsIgnorePattern: "^_"}],
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
    },
  },
];
