import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const chatter = ".o-mail-Chatter";

tours.add("gmail_two_way_sync.connect", {
    steps: () => [
        {
            content: "The preferences say what will be read and stored",
            trigger: ".o_form_view:contains(nothing is stored)",
        },
        {
            content: "Connect leads to Google",
            trigger: "button[name=action_gmail_connect]:visible",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Back in the preferences, connected",
            trigger: "[name=gmail_state]:contains(Connected)",
        },
        {
            trigger: "[name=gmail_email]:contains(anna@northwind.example)",
        },
        {
            trigger: "button[name=action_gmail_disconnect]:visible",
        },
    ],
});

tours.add("gmail_two_way_sync.change_account", {
    steps: () => [
        {
            trigger: "button[name=action_gmail_change_account]:visible",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Back in the preferences, with the other account",
            trigger: "[name=gmail_email]:contains(anna.berg@northwind.example)",
        },
        {
            trigger: "[name=gmail_state]:contains(Connected)",
        },
    ],
});

tours.add("gmail_two_way_sync.reconnect_and_disconnect", {
    steps: () => [
        {
            content: "The preferences say what happened, with one button",
            trigger:
                ".alert:contains(anna@northwind.example) button:contains(Reconnect)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: "[name=gmail_state]:contains(Connected)",
        },
        {
            trigger: "button[name=action_gmail_disconnect]:visible",
            run: "click",
        },
        {
            trigger:
                ".modal:contains(what was synced stays) button:contains(Disconnect)",
            run: "click",
        },
        {
            content: "As before the first connection",
            trigger: "body:not(:has(.modal)) button[name=action_gmail_connect]:visible",
        },
    ],
});

function send(words) {
    return [
        {
            trigger: `${chatter} button.o-mail-Chatter-sendMessage`,
            run: "click",
        },
        {
            trigger: `${chatter} .o-mail-Composer-input`,
            run: `edit ${words}`,
        },
        {
            trigger: `${chatter} .o-mail-Composer-send:enabled`,
            run: "click",
        },
        {
            trigger: `${chatter} .o-mail-Message:contains(${words})`,
        },
    ];
}

tours.add("gmail_two_way_sync.first_message", {
    steps: () => send("Shall we meet on Tuesday?"),
});

tours.add("gmail_two_way_sync.answer_and_second_message", {
    steps: () => [
        {
            content: "The customer's answer is on the contact, drawn as an email",
            trigger: `${chatter} .o-mail-Message:contains(Carla Custo) .overflow-x-auto:shadow :contains(Tuesday is fine)`,
        },
        ...send("See you at ten then."),
    ],
});
