import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const sheet = ".o_form_view .o_form_sheet";

tours.add("gmail_two_way_sync.import_anyway", {
    steps: () => [
        {
            content: "The journal says why",
            trigger:
                ".o_data_row td[name=explanation]:contains(Nobody in it is a contact)",
            run: "click",
        },
        {
            content: "Gmail is asked for the headers, and names belong to the reason",
            trigger: `${sheet} .o-gmail-LiveHeaders:contains(Request):contains(nora@newcomer.example is not an address of a contact)`,
        },
        {
            trigger: "button[name=action_import_anyway]",
            run: "click",
        },
        {
            content: "Nobody has the address: a contact is proposed",
            trigger: ".modal [name=name] input:value(Nora Neu)",
        },
        {
            trigger: ".modal button[name=action_import]",
            run: "click",
        },
        {
            trigger: ".o_notification:contains(will be on Nora Neu in a moment)",
        },
        {
            content: "It waits for the sync",
            trigger: `${sheet} [name=state]:contains(Waiting)`,
        },
    ],
});

tours.add("gmail_two_way_sync.imported_anyway", {
    steps: () => [
        {
            trigger: ".o_data_row td[name=explanation]:contains(On Nora Neu)",
            run: "click",
        },
        {
            trigger: "button[name=action_open_record]",
            run: "click",
        },
        {
            trigger: ".o-mail-Chatter .o-mail-Message:contains(Nora Neu)",
        },
    ],
});

tours.add("gmail_two_way_sync.find_and_never_again", {
    steps: () => [
        {
            trigger: ".o_control_panel button:contains(Find a mail)",
            run: "click",
        },
        {
            trigger: ".modal [name=pasted] input",
            run: "edit https://mail.google.com/mail/u/0/#inbox",
        },
        {
            trigger: ".modal button[name=action_find]",
            run: "click",
        },
        {
            content: "What it was is said in words",
            trigger: ".modal .alert:contains(neither a link)",
        },
        {
            trigger: ".modal [name=pasted] input",
            run: "edit <request@newcomer.example>",
        },
        {
            trigger: ".modal button[name=action_find]",
            run: "click",
        },
        {
            trigger: `${sheet} .o-gmail-blockDomain:contains(newcomer.example)`,
            run: "click",
        },
        {
            trigger: ".modal:contains(Never sync newcomer.example) .btn-primary",
            run: "click",
        },
        {
            trigger: ".o_notification button:contains(Never synced)",
            run: "click",
        },
        {
            trigger: ".o_data_row:contains(newcomer.example)",
        },
    ],
});
