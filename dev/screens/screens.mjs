/**
 * The screens, in the order of the story that they tell.
 *
 * `prepare` (optional) does what changes something, once, in the wide window; `open`
 * brings the screen up in any window; `parts` are the selectors of what is ours.
 */
import {
  call,
  contact,
  goTo,
  openContact,
  openPreferences,
  sandbox,
  syncNow,
  until,
  write,
} from "./acts.mjs";

const ANNA = "anna.keller@harbourpine.example";
const CLARA = "clara.voss@lumen-glass.example";
const SUBJECT = "Samples for the workshop windows";
const ODOO = process.env.ODOO_URL;
const CONVERSATIONS = "action-gmail_two_way_sync.gmail_thread_action";
const JOURNAL = "action-gmail_two_way_sync.gmail_message_action";
const SANDBOX = process.env.SANDBOX_URL;

async function post(page, name, words, subject) {
  const id = await contact(page, name);
  const kwargs = {
    body: words,
    subject,
    message_type: "comment",
    subtype_xmlid: "mail.mt_comment",
    partner_ids: [id],
  };
  await call(page, "res.partner", "message_post", [[id]], kwargs);
}

/** Wait until that many messages have left Anna's mailbox. */
async function left(page, count) {
  const sent = [
    ["direction", "=", "out"],
    ["state", "=", "sent"],
  ];
  await until(
    "the message in Gmail",
    async () => (await call(page, "gmail.message", "search_count", [sent])) === count
  );
}

async function openConversation(page) {
  const [id] = await call(page, "gmail.thread", "search", [
    [["subject", "=", SUBJECT]],
  ]);
  await goTo(page, `${CONVERSATIONS}/${id}`);
  await page.waitForSelector(".o_form_view .o_form_sheet");
}

async function openSettings(page) {
  await page.goto(`${ODOO}/odoo/settings#general_settings`);
  await page.waitForSelector("#gmail_two_way_sync_client");
  await page.locator("#gmail_two_way_sync_client").scrollIntoViewIfNeeded();
}

/** Choose something from a form's action menu, and wait for the dialog. */
async function fromActionMenu(page, name) {
  await page.click(".o_cp_action_menus button:has(.fa-cog)");
  await page.click(`.o-dropdown--menu .o_menu_item:has-text("${name}")`);
  await page.waitForSelector(".modal .modal-body > *");
}

export const screens = [
  {
    name: "connect",
    user: "anna",
    open: openPreferences,
    parts: [".o_inner_group:has([name=action_gmail_connect])"],
  },
  {
    name: "permissions",
    user: "anna",
    isOutside: true,
    async open(page) {
      await openPreferences(page);
      await page.click("[name=action_gmail_connect]");
      await page.click(`.choice:has-text("${ANNA}")`);
      await page.waitForSelector("text=wants access");
    },
    parts: ["form"],
  },
  {
    name: "preferences",
    user: "anna",
    async prepare(page) {
      await page.click("text=Continue");
      await page.waitForSelector("[name=gmail_email]");
      await post(page, "Clara Voss", "Dear Clara, shall we talk on Tuesday?", SUBJECT);
      await left(page, 1);
    },
    open: openPreferences,
    parts: [
      ".o_inner_group:has([name=gmail_email])",
      ".o_inner_group:has([name=own_addresses])",
    ],
  },
  {
    name: "composer",
    user: "anna",
    async prepare(page) {
      const id = await contact(page, "Clara Voss");
      const ben = await contact(page, "Ben Okafor");
      await call(page, "res.partner", "message_subscribe", [[id], [ben]]);
    },
    async open(page) {
      await openContact(page, "Clara Voss");
      await write(
        page,
        "Dear Clara, the new glass samples arrived this morning. Shall I bring them along?"
      );
      await page.waitForSelector(".o-gmail-followersInside");
    },
    parts: [".o-gmail-MailHeader-from", ".o-gmail-MailHeader-followers"],
  },
  {
    name: "conversation",
    user: "anna",
    async prepare(page) {
      const [received] = await sandbox("messages", {email: CLARA});
      await sandbox("send", {
        email: CLARA,
        to: ANNA,
        subject: `Re: ${SUBJECT}`,
        text: "Dear Anna,\n\nTuesday at ten suits us well. Please bring the frosted one, too.\n\nClara\n",
        reply_to: received.id,
      });
      await syncNow(page);
      await post(page, "Clara Voss", "With pleasure. See you on Tuesday at ten!");
      await left(page, 2);
    },
    async open(page) {
      await openContact(page, "Clara Voss");
      await page.waitForSelector(".o-mail-Message:has-text('See you on Tuesday')");
      await page.locator(".o-mail-Message").last().scrollIntoViewIfNeeded();
    },
    parts: [".o-gmail-Message-details"],
  },
  {
    name: "details",
    user: "anna",
    async open(page) {
      await openContact(page, "Clara Voss");
      await page.click(
        ".o-mail-Message:has-text('Tuesday at ten suits') .o-gmail-Message-details"
      );
      await page.waitForSelector(".o-gmail-MessageDetails");
    },
    parts: [".o-gmail-MessageDetails"],
  },
  {
    name: "failed",
    user: "anna",
    async prepare(page) {
      await sandbox("inject", {
        kind: "error",
        method: "messages.send",
        error: "invalidArgument",
        times: 1,
      });
      await post(
        page,
        "Elena Prado",
        "Dear Elena, here is the new price list.",
        "Prices"
      );
      await until("the failure", () =>
        call(page, "gmail.message", "search_count", [[["state", "=", "failed"]]])
      );
    },
    async open(page) {
      await openContact(page, "Elena Prado");
      await page.waitForSelector(".o-gmail-MessageFailure");
      await page.locator(".o-gmail-MessageFailure").scrollIntoViewIfNeeded();
    },
    parts: [".o-gmail-MessageFailure"],
  },
  {
    name: "mailbox",
    user: "anna",
    isOutside: true,
    async open(page) {
      const [received] = await sandbox("messages", {email: CLARA});
      await page.goto(`${SANDBOX}/mail/${CLARA}/thread/${received.thread_id}`);
      await page.waitForSelector(`h1:has-text("${SUBJECT}")`);
    },
    parts: ["main"],
  },
  {
    name: "conversations",
    user: "anna",
    open: (page) => goTo(page, CONVERSATIONS),
    parts: [".o_list_renderer, .o_kanban_renderer"],
  },
  {
    name: "conversation-form",
    user: "anna",
    open: openConversation,
    parts: [".o_form_view .o_form_sheet"],
  },
  {
    name: "move",
    user: "anna",
    async open(page) {
      await openConversation(page);
      await page.click("button[name=action_move]");
      await page.waitForSelector(".modal .o_form_view");
    },
    parts: [".modal .o_form_view"],
  },
  {
    name: "journal",
    user: "anna",
    async prepare(page) {
      await sandbox("send", {
        email: "tobias@postbox.example",
        to: ANNA,
        subject: "Cinema tonight?",
        text: "The new one with the goat. Half past eight.\n",
      });
      await syncNow(page);
    },
    open: (page) => goTo(page, JOURNAL),
    parts: [".o_list_renderer, .o_kanban_renderer"],
  },
  {
    name: "journal-line",
    user: "anna",
    async open(page) {
      const [id] = await call(page, "gmail.message", "search", [
        [["reason", "=", "no_contact"]],
      ]);
      await goTo(page, `${JOURNAL}/${id}`);
      await page.waitForSelector(".o-gmail-LiveHeaders:has-text('Cinema')");
    },
    parts: [".o_form_view .o_form_sheet"],
  },
  {
    name: "why",
    user: "anna",
    async open(page) {
      await openContact(page, "Greta Lind");
      await fromActionMenu(page, "Why is mail from this person not here?");
    },
    parts: [".modal .modal-body"],
  },
  {
    name: "past-emails",
    user: "anna",
    async open(page) {
      await openContact(page, "Clara Voss");
      await fromActionMenu(page, "Import past emails");
    },
    parts: [".modal .o_form_view"],
  },
  {
    name: "settings",
    user: "admin",
    open: openSettings,
    parts: ["#gmail_two_way_sync_client", "#gmail_two_way_sync_redirect_uri"],
  },
  {
    name: "check",
    user: "admin",
    async open(page) {
      await openSettings(page);
      await page.click("button[name=action_gmail_check_setup]");
      await page.waitForSelector(".modal .o_form_view");
    },
    parts: [".modal .o_form_view"],
  },
  {
    name: "mailboxes",
    user: "admin",
    open: (page) => goTo(page, "action-gmail_two_way_sync.gmail_account_action"),
    parts: [".o_list_renderer, .o_kanban_renderer"],
  },
  {
    name: "statistics",
    user: "admin",
    open: (page) => goTo(page, "action-gmail_two_way_sync.gmail_message_report_action"),
    parts: [".o_graph_renderer"],
  },
];
