import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const block = ".o_settings_container[name=gmail_two_way_sync], .app_settings_block";
const checklist = ".modal .o_field_widget[name=line_ids]";

function enter(id, value) {
    return {
        trigger: `${block} [name=gmail_two_way_sync_${id}] input`,
        run: `edit ${value}`,
    };
}

tours.add("gmail_two_way_sync.set_up", {
    steps: () => [
        {
            trigger: "button[name=action_gmail_check_setup]",
            run: "click",
        },
        {
            content: "The checklist says what is missing",
            trigger: `${checklist} tr:contains(Client ID):contains(To do)`,
            timeout: 30000,
        },
        {
            trigger: ".modal .nav-link:contains(Step by step)",
            run: "click",
        },
        {
            trigger: ".modal li:contains(Gmail API)",
        },
        {
            trigger: ".modal footer .btn:contains(Close)",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal))",
        },
        enter("client_id", "1234-test.apps.googleusercontent.com"),
        enter("client_secret", "wrong-secret"),
        {
            trigger: "button[name=action_gmail_check_setup]",
            run: "click",
        },
        {
            content: "Google does not know that secret",
            trigger: `${checklist} tr:contains(Google accepts):contains(To do)`,
            timeout: 30000,
        },
        {
            trigger: ".modal footer .btn:contains(Close)",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal))",
        },
        enter("client_secret", "test-secret"),
        {
            trigger: "button[name=action_gmail_check_setup]",
            run: "click",
        },
        {
            content: "Nothing is left to do",
            trigger: ".modal .alert-success:contains(Everything that is needed)",
            timeout: 30000,
        },
    ],
});

tours.add("gmail_two_way_sync.disconnect_leaver", {
    steps: () => [
        {
            content: "Who needs attention stands out",
            trigger: ".o_list_view tr.text-warning:contains(anna@northwind.example)",
        },
        {
            trigger:
                ".o_list_view tr:not(.text-warning):contains(ben@northwind.example)",
        },
        {
            trigger:
                ".o_data_row:contains(anna@northwind.example) .o_list_record_selector input",
            run: "click",
        },
        {
            trigger: ".o_control_panel button[name=action_disconnect]",
            run: "click",
        },
        {
            trigger: ".modal .btn-primary",
            run: "click",
        },
        {
            content: "Mailboxes that are not in use any more leave the list",
            trigger: ".o_list_view:not(:contains(anna@northwind.example))",
        },
        {
            trigger: ".o_data_row:contains(ben@northwind.example)",
        },
    ],
});
