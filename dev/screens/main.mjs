/**
 * Plays the story of the demo in a real browser, and looks at every screen as a person
 * with a wide window, a dark theme and a phone would.
 *
 * In: ODOO_URL, SANDBOX_URL, BROWSER (its path), PICTURES and LOOKS (folders, or empty).
 * Out: pictures, wide ones in PICTURES, dark ones and the phone's in LOOKS; exit status 1
 * if something is wrong with a screen.
 */
import {Visitor} from "./visitor.mjs";
import {chromium} from "playwright-core";
import {screens} from "./screens.mjs";

const browser = await chromium.launch({
  executablePath: process.env.BROWSER,
  args: ["--no-sandbox"],
});
const visitors = {};
let faults = 0;
const tell = (line) => process.stdout.write(`  ${line}\n`);

try {
  for (const screen of screens) {
    visitors[screen.user] ??= await Visitor.logIn(browser, screen.user);
    const found = await visitors[screen.user].look(screen);
    tell(`${found.length ? "wrong" : "ok   "} ${screen.name}`);
    found.forEach((fault) => tell(`        ${fault}`));
    faults += found.length;
  }
} finally {
  await browser.close();
}
process.exitCode = faults ? 1 : 0;
