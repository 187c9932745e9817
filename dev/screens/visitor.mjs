/** A user of the demo, at a wide screen, at a dark one and with a phone. */
import {badContrast, brokenStyle, overflow} from "./checks.mjs";
import {join} from "node:path";

const ODOO = process.env.ODOO_URL;
const {PICTURES, LOOKS} = process.env;
const WIDE = {width: 1600, height: 900};
const PHONE = {width: 360, height: 780};
const DARK_COOKIE = {name: "color_scheme", value: "dark", url: ODOO};
// What a browser says of files that a test machine does not have.
const HARMLESS = /favicon|net::ERR_ABORTED/;

export class Visitor {
  static async logIn(browser, login) {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${ODOO}/web/login`);
    await page.fill("input[name=login]", login);
    await page.fill("input[name=password]", login);
    await page.click(".oe_login_form button[type=submit]");
    await page.waitForSelector(".o_main_navbar");
    const storageState = await context.storageState();
    await context.close();
    const visitor = new Visitor();
    visitor.wide = await visitor.open(browser, {storageState, viewport: WIDE});
    visitor.dark = await visitor.open(browser, {storageState, viewport: WIDE});
    visitor.phone = await visitor.open(browser, {storageState, viewport: PHONE});
    await visitor.dark.context().addCookies([DARK_COOKIE]);
    return visitor;
  }

  constructor() {
    this.errors = [];
  }

  async open(browser, options) {
    const context = await browser.newContext({...options, reducedMotion: "reduce"});
    const page = await context.newPage();
    page.on("pageerror", (error) => this.errors.push(`console: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error" && !HARMLESS.test(message.text())) {
        this.errors.push(`console: ${message.text()}`);
      }
    });
    return page;
  }

  /** Look at a screen in all three ways; return what is wrong, in sentences. */
  async look(screen) {
    this.errors = [];
    await screen.prepare?.(this.wide);
    const found = [
      ...(await this.lookWide(screen)),
      ...(await this.lookDark(screen)),
      ...(await this.lookOnPhone(screen)),
    ];
    return [...new Set([...this.errors, ...found])];
  }

  async lookWide(screen) {
    await screen.open(this.wide);
    await settle(this.wide);
    await picture(this.wide, PICTURES, screen.name);
    return [
      ...(await brokenStyle(this.wide)),
      ...(await badContrast(this.wide, screen.parts, "light")),
    ];
  }

  async lookDark(screen) {
    if (screen.isOutside) {
      return [];
    }
    await screen.open(this.dark);
    await darken(this.dark);
    await settle(this.dark);
    await picture(this.dark, LOOKS, `${screen.name}-dark`);
    return badContrast(this.dark, screen.parts, "dark");
  }

  async lookOnPhone(screen) {
    await screen.open(this.phone);
    await settle(this.phone);
    await picture(this.phone, LOOKS, `${screen.name}-phone`);
    return overflow(this.phone, screen.parts);
  }
}

/** Odoo's dark theme, which this edition serves but does not switch to by itself. */
async function darken(page) {
  await page.evaluate(async () => {
    const light = document.querySelector("link[href*='web.assets_web.']");
    if (!light) {
      return; // a page that went on without being loaded anew is dark already
    }
    const dark = light.cloneNode();
    dark.href = "/web/assets/any/web.assets_web_dark.min.css";
    const loaded = new Promise((resolve, reject) => {
      dark.onload = resolve;
      dark.onerror = reject;
    });
    light.replaceWith(dark);
    await loaded;
  });
}

async function picture(page, folder, name) {
  if (folder) {
    await page.screenshot({path: join(folder, `${name}.png`)});
  }
}

async function settle(page) {
  await page.evaluate(() => document.fonts.ready);
  await page.waitForTimeout(400);
}
