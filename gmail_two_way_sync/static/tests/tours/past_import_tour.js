import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const dialog = ".modal .o_form_view";

tours.add("gmail_two_way_sync.past_emails", {
    steps: () => [
        {
            content: "The contact has no email yet",
            trigger: ".o-mail-Chatter:not(:contains(Old order))",
        },
        {
            trigger: "button[name=action_gmail_import_past]",
            run: "click",
        },
        {
            trigger: `${dialog}:contains(anna@northwind.example)`,
        },
        {
            content: "Days that make no sense are refused",
            trigger: `${dialog} .o_radio_item:contains(Own dates) label`,
            run: "click",
        },
        {
            trigger: `${dialog} [name=date_from]`,
        },
        {
            trigger: `${dialog} .o_radio_item:contains(Last month) label`,
            run: "click",
        },
        {
            trigger: ".modal button[name=action_count]",
            run: "click",
        },
        {
            content: "What the period holds is counted before anything is imported",
            trigger: `.modal:has(button[name=action_start]) [name=found_count]:contains(/^1$/)`,
            timeout: 20000,
        },
        {
            trigger: ".modal button[name=action_change_period]",
            run: "click",
        },
        {
            trigger: `${dialog} .o_radio_item:contains(Everything) label`,
            run: "click",
        },
        {
            trigger: ".modal button[name=action_count]",
            run: "click",
        },
        {
            trigger: `.modal:has(button[name=action_start]) [name=found_count]:contains(/^3$/)`,
            timeout: 20000,
        },
        {
            trigger: ".modal button[name=action_start]",
            run: "click",
        },
        {
            content: "It begins at nothing, and may be closed",
            trigger: `${dialog} .progress[aria-valuenow="0"]`,
        },
        {
            trigger: ".modal footer .btn:contains(Close)",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal))",
        },
        {
            content:
                "The contact shows that it goes on; the same import is there again",
            trigger: "button[name=action_gmail_import_past]:contains(0 %)",
            run: "click",
        },
        {
            trigger: `.modal button[name=action_cancel]`,
        },
    ],
});

tours.add("gmail_two_way_sync.past_emails_arrive", {
    steps: () => [
        {
            trigger: "button[name=action_gmail_import_past]:contains(50 %)",
            run: "click",
        },
        {
            content: "Half-way: all are looked at",
            trigger: `${dialog} .progress[aria-valuenow="50"]`,
        },
        {
            content: "The bar moves by itself",
            trigger: `${dialog} .progress[aria-valuenow="100"]`,
            timeout: 40000,
        },
        {
            trigger: `${dialog} [name=imported_count]:contains(/^3$/)`,
        },
        {
            trigger: ".modal footer .btn:contains(Close)",
            run: "click",
        },
        {
            content: "The emails are on the contact",
            trigger: ".o-mail-Chatter .o-mail-Message:contains(Old order)",
        },
    ],
});
