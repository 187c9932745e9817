import xml from "@prettier/plugin-xml";

/** How XML and JavaScript are laid out, as in the Odoo community's repositories. */
export default {
  plugins: [xml],
  bracketSpacing: false,
  printWidth: 88,
  semi: true,
  tabWidth: 4,
  trailingComma: "es5",
  xmlWhitespaceSensitivity: "strict",
  overrides: [{files: ["*.json", "*.mjs"], options: {tabWidth: 2}}],
};
