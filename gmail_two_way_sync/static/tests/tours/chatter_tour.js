import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const chatter = ".o-mail-Chatter";
const dialog = ".modal .o_mail_composer_form";

function write(words) {
    return [
        {
            trigger: `${chatter} button.o-mail-Chatter-sendMessage`,
            run: "click",
        },
        {
            trigger: `${chatter} .o-mail-Composer-input`,
            run: `edit ${words}`,
        },
    ];
}

function openFullComposer() {
    return [
        {
            trigger: `${chatter} .o-mail-Composer button[name="open-full-composer"]`,
            run: "click",
        },
        {
            trigger: `${dialog} .o_field_widget[name=subject]`,
        },
    ];
}

function typeCopies() {
    return [
        {
            content: "The composer says from where it leaves",
            trigger: `${chatter} .o-gmail-MailHeader-from:contains(anna@northwind.example):contains(through Gmail)`,
        },
        {
            trigger: `${chatter} .o-gmail-addCopies`,
            run: "click",
        },
        {
            content: "The keyboard goes on in the new field",
            trigger: `${chatter} .o-gmail-cc:focus`,
            run: "edit Cora <cora@customer.example>",
        },
    ];
}

tours.add("gmail_two_way_sync.copies_from_chatter", {
    steps: () => [
        ...write("With a copy."),
        {
            content: "The composer says who gets it without being chosen",
            trigger: `${chatter} .o-gmail-followersInside:contains(Ben)`,
        },
        ...typeCopies(),
        {
            trigger: `${chatter} .o-gmail-bcc`,
            run: "edit ben",
        },
        {
            trigger: `${chatter} .o-mail-Composer-send:enabled`,
            run: "click",
        },
        {
            content: "It says what is wrong",
            trigger: ".modal:contains(Not an email address: ben.) .modal-footer button",
            run: "click",
        },
        {
            content: "What was typed is still there",
            trigger: `body:not(:has(.modal)) ${chatter} .o-mail-Composer-input:value(With a copy.)`,
        },
        {
            trigger: `${chatter} .o-gmail-bcc`,
            run: "edit ben@northwind.example",
        },
        {
            trigger: `${chatter} .o-mail-Composer-send:enabled`,
            run: "click",
        },
        {
            trigger: `${chatter} .o-mail-Message:contains(With a copy.)`,
        },
    ],
});

tours.add("gmail_two_way_sync.copies_from_full_composer", {
    steps: () => [
        ...write("With a copy."),
        ...typeCopies(),
        ...openFullComposer(),
        {
            trigger: `${dialog} [name=gmail_from]:contains(anna@northwind.example):contains(through Gmail)`,
        },
        {
            content: "What was typed in the chatter came along",
            trigger: `${dialog} [name=email_cc] input:value(Cora <cora@customer.example>)`,
        },
        {
            trigger: `${dialog} [name=email_bcc] input`,
            run: "edit ben@northwind.example",
        },
        {
            trigger: ".modal .o_mail_send:enabled",
            run: "click",
        },
        {
            trigger: `body:not(:has(.modal)) ${chatter} .o-mail-Message:contains(With a copy.)`,
        },
    ],
});

tours.add("gmail_two_way_sync.nothing_without_a_mailbox", {
    steps: () => [
        ...write("Hello."),
        {
            trigger: `${chatter}:has(.o-mail-RecipientsInput):not(:has(.o-gmail-MailHeader-from))`,
        },
        ...openFullComposer(),
        {
            trigger: `${dialog}:not(:has([name=gmail_from], [name=email_cc], [name=email_bcc], .o-gmail-notice))`,
        },
    ],
});

tours.add("gmail_two_way_sync.failed_message", {
    steps: () => [
        {
            content: "The sentence stands below the message",
            trigger: `${chatter} .o-gmail-MessageFailure:contains(Not sent.):contains(Google refused)`,
        },
        {
            trigger: `${chatter} .o-mail-Message-notification.text-danger`,
            run: "click",
        },
        {
            content: "The red envelope says the same",
            trigger: ".o-mail-MessageNotificationPopover:contains(Google refused)",
        },
        {
            trigger: `${chatter} .o-gmail-sendAgain`,
            run: "click",
        },
        {
            content: "It waits to be sent",
            trigger: `${chatter}:not(:has(.o-gmail-MessageFailure)):not(:has(.o-mail-Message-notification.text-danger))`,
        },
    ],
});

const reconnectLink = ".o-gmail-reconnect[href='/gmail_two_way_sync/oauth/start']";

tours.add("gmail_two_way_sync.reconnect_in_composer", {
    steps: () => [
        {
            content: "The message that failed for it offers it",
            trigger: `${chatter} .o-gmail-MessageFailure ${reconnectLink}`,
        },
        ...write("Will it leave?"),
        {
            trigger: `${chatter} .o-gmail-MailboxNotice:contains(anna@northwind.example) ${reconnectLink}`,
        },
        ...openFullComposer(),
        {
            trigger: `${dialog} .o-gmail-MailboxNotice:contains(anna@northwind.example) ${reconnectLink}`,
        },
    ],
});

tours.add("gmail_two_way_sync.bounce_and_details", {
    steps: () => [
        {
            content: "Why it came back, and from where; sending again would not help",
            trigger: `${chatter} .o-gmail-MessageFailure:contains(Bounced.):contains(No such person here.):not(:has(button))`,
        },
        {
            trigger: `${chatter} .o-mail-Message:contains(Dear Carla) .o-gmail-Message-details`,
            run: "click",
        },
        ...[
            "anna@northwind.example",
            "carla@customer.example",
            "cora@customer.example",
            "ben@northwind.example",
            "Bounced",
        ].map((words) => ({trigger: `.o-gmail-MessageDetails:contains(${words})`})),
        {
            trigger:
                ".o-gmail-MessageDetails a[href^='https://mail.google.com/mail/?authuser=anna%40northwind.example#all/']",
        },
        {
            content: "The keyboard closes it",
            trigger: ".o-gmail-MessageDetails a",
            run: "press Escape",
        },
        {
            trigger: "body:not(:has(.o-gmail-MessageDetails))",
        },
    ],
});
