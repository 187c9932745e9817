import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");

tours.add("gmail_two_way_sync.move_conversation", {
    steps: () => [
        {
            content: "The contact has a button with its conversations",
            trigger: "button[name=action_gmail_threads]:contains(1)",
            run: "click",
        },
        {
            content: "The only one opens, with its messages",
            trigger: "[name=timeline_ids] .o_data_row:contains(How about Tuesday?)",
        },
        {
            trigger: ".o_statusbar_buttons button[name=action_move]",
            run: "click",
        },
        {
            content: "What the contact has open is proposed",
            trigger: ".modal .o_field_radio label:contains(Big deal)",
            run: "click",
        },
        {
            trigger: ".modal [name=record] input:value(Big deal)",
        },
        {
            trigger: ".modal button[name=action_move]",
            run: "click",
        },
        {
            content: "The earlier message went along",
            trigger: ".o-mail-Chatter .o-mail-Message:contains(Carla Custo)",
        },
        {
            content: "The opportunity has the button by now",
            trigger: "button[name=action_gmail_threads]:contains(1)",
            run: "click",
        },
        {
            trigger: ".o_statusbar_buttons button[name=action_stop]",
            run: "click",
        },
        {
            trigger: ".modal footer .btn-primary",
            run: "click",
        },
        {
            content: "It is stopped, and can be resumed",
            trigger: ".o_statusbar_buttons button[name=action_resume]",
            run: "click",
        },
        {
            trigger: ".o_statusbar_buttons button[name=action_stop]",
        },
    ],
});
