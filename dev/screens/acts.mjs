/** What people do in the demo, as steps that several screens need. */
const ODOO = process.env.ODOO_URL;
const SANDBOX = process.env.SANDBOX_URL;

/** Call a method of a model as the page's user. */
export async function call(page, model, method, args = [], kwargs = {}) {
  const answer = await page.request.post(`${ODOO}/web/dataset/call_kw`, {
    data: {jsonrpc: "2.0", method: "call", params: {model, method, args, kwargs}},
  });
  const {result, error} = await answer.json();
  if (error) {
    throw new Error(`${model}.${method}: ${error.data.message}`);
  }
  return result;
}

/** A command of the sandbox, see gmail_sandbox/client_*.py. */
export async function sandbox(command, values) {
  const answer = await fetch(`${SANDBOX}/_control/${command}`, {
    method: "POST",
    headers: {"Content-Type": "application/json"},
    body: JSON.stringify(values),
  });
  const {result, error} = await answer.json();
  if (error) {
    throw new Error(`${command}: ${error}`);
  }
  return result;
}

export async function until(what, isSo) {
  for (let tries = 0; tries < 60; tries++) {
    if (await isSo()) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`It never came: ${what}`);
}

export async function goTo(page, path) {
  await page.goto(`${ODOO}/odoo/${path}`);
  await page.waitForSelector(".o_action_manager .o_view_controller");
}

export async function openPreferences(page) {
  const answer = await page.request.post(`${ODOO}/web/session/get_session_info`, {
    data: {},
  });
  const {result} = await answer.json();
  await goTo(page, `my-preferences/${result.uid}`);
  await page.waitForSelector("[name=own_addresses]");
}

/** Open the form of the contact with that name, and wait for its messages. */
export async function openContact(page, name) {
  await goTo(page, `res.partner/${await contact(page, name)}`);
  await page.waitForSelector(".o-mail-Chatter .o-mail-Message");
}

export async function contact(page, name) {
  const [id] = await call(page, "res.partner", "search", [[["name", "=", name]]]);
  return id;
}

export async function write(page, words) {
  await page.click(".o-mail-Chatter-sendMessage");
  await page.fill(".o-mail-Composer-input", words);
}

export async function syncNow(page) {
  const ids = await call(page, "gmail.account", "search", [
    [["state", "=", "connected"]],
  ]);
  await call(page, "gmail.account", "action_sync_now", [ids]);
}
