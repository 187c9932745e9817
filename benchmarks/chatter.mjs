/** Opens the contact of the benchmark several times; ODOO_URL, BROWSER and VISITS given. */
import {chromium} from "../dev/node_modules/playwright-core/index.mjs";

const {ODOO_URL, BROWSER, VISITS} = process.env;

const browser = await chromium.launch({
  executablePath: BROWSER,
  args: ["--no-sandbox"],
});
const page = await browser.newPage();
await page.goto(`${ODOO_URL}/web/login`);
await page.fill("input[name=login]", "admin");
await page.fill("input[name=password]", "admin");
await page.click(".oe_login_form button[type=submit]");
await page.waitForSelector(".o_main_navbar");
const answer = await page.request.post(`${ODOO_URL}/web/dataset/call_kw`, {
  data: {
    params: {
      model: "res.partner",
      method: "search",
      args: [[["name", "=", "Carla"]]],
      kwargs: {},
    },
  },
});
const [contact] = (await answer.json()).result;
for (let visit = 0; visit < Number(VISITS); visit++) {
  await page.request.get(`${ODOO_URL}/robots.txt?visit-begins`);
  await page.goto(`${ODOO_URL}/odoo/res.partner/${contact}`);
  await page.waitForSelector(".o-mail-Message");
  await page.click(".o-mail-Chatter-sendMessage");
  await page.waitForSelector(".o-mail-Composer-input");
  await page.waitForTimeout(2000);
}
await browser.close();
